//! Who is who: the simulated merchant's identity, the platform's keys, and which key signs what.

use std::io;

use serde::{Deserialize, Serialize};

use crate::crypto::{Signer, pem_block, pem_bytes};

/// The simulated mini-program unless another is named; every simulated app id starts with `wxsim`.
const APPID: &str = "wxsim0000000000001";
/// Secret of the mini-program.
pub const APP_SECRET: &str = "simulated-app-secret-0000000001";
/// The simulated merchant unless another is named; the platform's own examples use numbers like it.
const MCHID: &str = "1900000001";
/// Name that the payer sees.
pub const PAYEE: &str = "暖阳助餐（模拟商户）";
/// Serial numbers of the merchant's API certificates: the first, and the one it changes to.
pub const MERCHANT_SERIALS: [&str; 2] =
    ["3C0FFEE5A10000000000000000000000000000A1", "3C0FFEE5A20000000000000000000000000000A2"];
/// Word that signs message push.
pub const PUSH_TOKEN: &str = "simulatedpushtoken";
/// EncodingAESKey of message push: 43 characters. The last one carries two bits of noise, as real ones do.
pub const PUSH_AES_KEY: &str = "U2ltdWxhdGVkUHVzaEtleU5vdEFTZWNyZXQ0MTIzNDX";
/// The APIv3 key, 32 ASCII characters, the AES key of notifications: the first, and the one it changes to.
pub const APIV3_KEYS: [&str; 2] = ["SimulatedApiV3Key-not-a-secret-1", "SimulatedApiV3Key-not-a-secret-2"];
/// Ids of the platform's public keys: the first, and the one it changes to.
pub const PUBLIC_KEY_IDS: [&str; 2] =
    ["PUB_KEY_ID_SIM0000000000000000000000001", "PUB_KEY_ID_SIM0000000000000000000000002"];
/// Serial numbers of the two platform certificates.
pub const CERTIFICATE_SERIALS: [&str; 2] =
    ["51D0C7A1E0000000000000000000000000000001", "51D0C7A1E0000000000000000000000000000002"];
/// First and last second at which the two certificates are valid (unix).
pub const CERTIFICATE_LIFE: [(i64, i64); 2] =
    [(1_735_689_600, 2_051_222_400), (1_767_225_600, 2_082_758_400)];
/// A serial number that no list contains.
pub const UNKNOWN_SERIAL: &str = "7777777777777777777777777777777777777777";

const MERCHANT_PRIVATE: [&str; 2] = [
    include_str!("../keys/throwaway-merchant-private.pem"),
    include_str!("../keys/throwaway-merchant-2-private.pem"),
];
const MERCHANT_PUBLIC: [&str; 2] = [
    include_str!("../keys/throwaway-merchant-public-key.pem"),
    include_str!("../keys/throwaway-merchant-2-public-key.pem"),
];
const MERCHANT_CERTIFICATE: [&str; 2] = [
    include_str!("../keys/throwaway-merchant-certificate.pem"),
    include_str!("../keys/throwaway-merchant-2-certificate.pem"),
];
const PLATFORM_PRIVATE: [&str; 2] = [
    include_str!("../keys/throwaway-platform-public-key-private.pem"),
    include_str!("../keys/throwaway-platform-public-key-2-private.pem"),
];
const PLATFORM_PUBLIC: [&str; 2] = [
    include_str!("../keys/throwaway-platform-public-key.pem"),
    include_str!("../keys/throwaway-platform-public-key-2.pem"),
];
const CERTIFICATE_PRIVATE: [&str; 2] = [
    include_str!("../keys/throwaway-platform-certificate-1-private.pem"),
    include_str!("../keys/throwaway-platform-certificate-2-private.pem"),
];
const CERTIFICATES: [&str; 2] = [
    include_str!("../keys/throwaway-platform-certificate-1.pem"),
    include_str!("../keys/throwaway-platform-certificate-2.pem"),
];
const FORGER_PRIVATE: &str = include_str!("../keys/throwaway-forger-private.pem");

/// Who plays the merchant. Names that could be real are refused, so that nobody mistakes this for the platform.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The mini-program: `wxsim` and 3 to 27 letters and digits.
    pub appid: String,
    /// The merchant: `19000000` and two digits, the range of the platform's own examples.
    pub mchid: String,
}

impl Default for Identity {
    fn default() -> Self {
        Self { appid: APPID.to_owned(), mchid: MCHID.to_owned() }
    }
}

impl Identity {
    /// Refuses names that might belong to somebody.
    pub fn check(&self) -> io::Result<()> {
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let rest = self.appid.strip_prefix("wxsim");
        if !rest.is_some_and(|rest| (3..=27).contains(&rest.len()) && is_plain(rest)) {
            return Err(io::Error::other(
                "an app id of the simulator is wxsim and 3 to 27 letters and digits",
            ));
        }
        let rest = self.mchid.strip_prefix("19000000");
        if !rest.is_some_and(|rest| rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(io::Error::other("a merchant of the simulator is 19000000 and two digits"));
        }
        Ok(())
    }
}

/// All keys, parsed once at start.
pub struct Keys {
    public_mode: [Signer; 2],
    certificates: [Signer; 2],
    forger: Signer,
    merchant_public: [Vec<u8>; 2],
}

impl Keys {
    /// Parses the keys that are compiled in.
    pub fn load() -> io::Result<Self> {
        Ok(Self {
            public_mode: [Signer::from_pem(PLATFORM_PRIVATE[0])?, Signer::from_pem(PLATFORM_PRIVATE[1])?],
            certificates: [
                Signer::from_pem(CERTIFICATE_PRIVATE[0])?,
                Signer::from_pem(CERTIFICATE_PRIVATE[1])?,
            ],
            forger: Signer::from_pem(FORGER_PRIVATE)?,
            merchant_public: [pem_bytes(MERCHANT_PUBLIC[0])?, pem_bytes(MERCHANT_PUBLIC[1])?],
        })
    }

    /// The merchant's public key (DER) with this serial, against which requests and pay pages are verified.
    pub fn merchant_public(&self, serial: &str) -> Option<&[u8]> {
        MERCHANT_SERIALS
            .iter()
            .position(|known| *known == serial)
            .map(|at| self.merchant_public[at].as_slice())
    }

    /// The platform's key of that name.
    pub fn signer(&self, name: KeyName) -> &Signer {
        match name {
            KeyName::PublicKey => &self.public_mode[0],
            KeyName::PublicKey2 => &self.public_mode[1],
            KeyName::Certificate1 => &self.certificates[0],
            KeyName::Certificate2 => &self.certificates[1],
            KeyName::Forger => &self.forger,
        }
    }
}

/// Names one of the private keys that the simulator signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// The key behind the first `PUB_KEY_ID_...`.
    PublicKey,
    /// The key behind the second one.
    PublicKey2,
    /// The key of the first certificate.
    Certificate1,
    /// The key of the second certificate.
    Certificate2,
    /// A key that nobody trusts.
    Forger,
}

impl KeyName {
    /// What goes into `Wechatpay-Serial`.
    pub fn serial(self) -> &'static str {
        match self {
            Self::PublicKey => PUBLIC_KEY_IDS[0],
            Self::PublicKey2 => PUBLIC_KEY_IDS[1],
            Self::Certificate1 => CERTIFICATE_SERIALS[0],
            Self::Certificate2 => CERTIFICATE_SERIALS[1],
            Self::Forger => UNKNOWN_SERIAL,
        }
    }
}

/// Which keys the merchant is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyMode {
    /// Public key only, as every new merchant.
    PublicKey,
    /// Platform certificates only, as old merchants.
    Certificate,
    /// On the way from certificates to the public key: a share of notifications already uses the new key.
    Migration,
}

/// The current choice of keys; set over `POST /sim/keys`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPolicy {
    /// Which keys the merchant is on.
    pub mode: KeyMode,
    /// In migration: how many of a hundred notifications are signed with the public key.
    #[serde(default)]
    pub percent: u32,
    /// The same of a thousand, for the first step of 0.1 %; overrides `percent`.
    #[serde(default)]
    pub permille: Option<u32>,
    /// Which of the merchant's certificates are let in, 1 and 2.
    #[serde(default = "only_first")]
    pub merchant: Vec<u8>,
    /// Which public keys of the platform the merchant has, 1 and 2. With both, the second one takes its share of the
    /// notifications in mode `public_key`.
    #[serde(default = "only_first")]
    pub public_keys: Vec<u8>,
    /// Which APIv3 key encrypts, 1 or 2.
    #[serde(default = "first")]
    pub apiv3: u8,
    /// Which certificate signs, 1 or 2.
    #[serde(default = "first")]
    pub certificate: u8,
    /// Which certificates `GET /v3/certificates` lists.
    #[serde(default = "both")]
    pub listed: Vec<u8>,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self {
            mode: KeyMode::PublicKey,
            percent: 0,
            permille: None,
            merchant: only_first(),
            public_keys: only_first(),
            apiv3: first(),
            certificate: first(),
            listed: both(),
        }
    }
}

impl KeyPolicy {
    /// The certificate that signs now.
    pub fn certificate(&self) -> KeyName {
        if self.certificate == 2 { KeyName::Certificate2 } else { KeyName::Certificate1 }
    }

    /// The APIv3 key that encrypts now.
    pub fn apiv3_key(&self) -> &'static str {
        APIV3_KEYS[usize::from(self.apiv3 == 2)]
    }

    /// Whether the merchant has the public key of this id.
    fn has_public_key(&self, id: &str) -> bool {
        self.public_keys.iter().any(|number| PUBLIC_KEY_IDS[usize::from(*number == 2)] == id)
    }

    /// The public key that signs unless another is asked for: the older one that the merchant has.
    fn public_key(&self) -> KeyName {
        if self.public_keys.contains(&1) { KeyName::PublicKey } else { KeyName::PublicKey2 }
    }

    fn is_in_share(&self, throw: u32) -> bool {
        throw < self.permille.unwrap_or(self.percent * 10)
    }

    /// The key for an answer: the one that the request names in `Wechatpay-Serial`, if the merchant has it.
    pub fn for_answer(&self, wanted: Option<&str>) -> KeyName {
        let asked = wanted.filter(|id| self.has_public_key(id));
        let public = match asked {
            Some(id) if id == PUBLIC_KEY_IDS[1] => KeyName::PublicKey2,
            Some(_) => KeyName::PublicKey,
            None => self.public_key(),
        };
        match self.mode {
            KeyMode::PublicKey => public,
            KeyMode::Migration if asked.is_some() => public,
            KeyMode::Certificate | KeyMode::Migration => self.certificate(),
        }
    }

    /// The merchant's newest serial: personal fields are encrypted for its key.
    pub fn merchant_serial(&self) -> &'static str {
        MERCHANT_SERIALS[usize::from(self.merchant.contains(&2))]
    }

    /// Whether requests under this serial are let in.
    pub fn lets_in(&self, serial: &str) -> bool {
        self.merchant.iter().any(|number| MERCHANT_SERIALS[usize::from(*number == 2)] == serial)
    }

    /// The key for a notification, given a throw of 0–999.
    pub fn for_notification(&self, throw: u32) -> KeyName {
        match self.mode {
            KeyMode::PublicKey if self.has_public_key(PUBLIC_KEY_IDS[1]) && self.is_in_share(throw) => {
                KeyName::PublicKey2
            }
            KeyMode::PublicKey => self.public_key(),
            KeyMode::Migration if self.is_in_share(throw) => self.public_key(),
            KeyMode::Certificate | KeyMode::Migration => self.certificate(),
        }
    }
}

fn first() -> u8 {
    1
}

fn only_first() -> Vec<u8> {
    vec![1]
}

fn both() -> Vec<u8> {
    vec![1, 2]
}

/// Private PEM behind a serial of the platform, with which sensitive fields of requests are opened.
pub fn platform_private(serial: &str) -> Option<&'static str> {
    if let Some(at) = PUBLIC_KEY_IDS.iter().position(|known| *known == serial) {
        return Some(PLATFORM_PRIVATE[at]);
    }
    CERTIFICATE_SERIALS.iter().position(|known| *known == serial).map(|at| CERTIFICATE_PRIVATE[at])
}

/// PEM text of a platform certificate, 1 or 2.
pub fn certificate_pem(number: u8) -> io::Result<&'static str> {
    pem_block(CERTIFICATES[usize::from(number == 2)])
}

/// Everything that a merchant must be configured with; the body of `GET /sim/merchant.json`.
pub fn merchant_sheet(who: &Identity) -> io::Result<serde_json::Value> {
    Ok(serde_json::json!({
        "note": "simulator only: these keys and secrets are public",
        "appid": who.appid,
        "app_secret": APP_SECRET,
        "mchid": who.mchid,
        "merchant_serial": MERCHANT_SERIALS[0],
        "merchant_key_pem": pem_block(MERCHANT_PRIVATE[0])?,
        "merchant_certificate_pem": pem_block(MERCHANT_CERTIFICATE[0])?,
        "merchant_public_key_pem": pem_block(MERCHANT_PUBLIC[0])?,
        "next_merchant": {
            "merchant_serial": MERCHANT_SERIALS[1],
            "merchant_key_pem": pem_block(MERCHANT_PRIVATE[1])?,
            "merchant_certificate_pem": pem_block(MERCHANT_CERTIFICATE[1])?,
            "merchant_public_key_pem": pem_block(MERCHANT_PUBLIC[1])?,
        },
        "push_token": PUSH_TOKEN,
        "push_encoding_aes_key": PUSH_AES_KEY,
        "apiv3_key": APIV3_KEYS[0],
        "next_apiv3_key": APIV3_KEYS[1],
        "platform_public_key_id": PUBLIC_KEY_IDS[0],
        "platform_public_key_pem": pem_block(PLATFORM_PUBLIC[0])?,
        "next_platform_public_key": {
            "id": PUBLIC_KEY_IDS[1],
            "pem": pem_block(PLATFORM_PUBLIC[1])?,
        },
        "platform_certificates": [
            { "serial_no": CERTIFICATE_SERIALS[0], "certificate_pem": certificate_pem(1)? },
            { "serial_no": CERTIFICATE_SERIALS[1], "certificate_pem": certificate_pem(2)? },
        ],
    }))
}
