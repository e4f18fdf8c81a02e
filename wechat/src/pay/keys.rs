//! The platform's keys by serial: configured ones for ever, downloaded ones until the next download.
//!
//! Several are valid at once: during a change of key or of mode the platform signs with both.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use serde::Deserialize;

use super::notification::{NotifyHeaders, Rejection, Resource, Seal};
use crate::ConfigError;
use crate::crypto::{Certificate, CryptoError, GcmKey, VerifyingKey, answer_message};

/// Start of the serial of a WeChat Pay public key (public-key mode).
const PUBLIC_KEY_PREFIX: &str = "PUB_KEY_ID_";

/// A key of the platform from the settings.
#[derive(Debug, Clone)]
pub enum PlatformKey {
    /// WeChat Pay public key: its id `PUB_KEY_ID_…` and the PEM from the merchant console.
    Public {
        /// As in `Wechatpay-Serial`.
        id: String,
        /// `PUBLIC KEY` PEM.
        pem: String,
    },
    /// Platform certificate; the serial is read from it.
    Certificate {
        /// `CERTIFICATE` PEM.
        pem: String,
    },
}

#[derive(Clone)]
struct RingKey {
    key: VerifyingKey,
    expires_at: i64,
}

/// With which of the platform's keys answers shall be signed, while the merchant has both kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AnswerKey {
    /// The public key, if one is configured: where every merchant goes.
    #[default]
    PublicKey,
    /// The platform certificate: before the switch, and on the way back.
    Certificate,
}

/// How many signatures each kind of key made: watch them during a switch, whose share grows over seven days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureCounts {
    /// Under a `PUB_KEY_ID_…`.
    pub public_key: u64,
    /// Under the serial of a certificate.
    pub certificate: u64,
}

/// All keys that may have signed.
pub(super) struct KeyRing {
    configured: RwLock<Configured>,
    downloaded: RwLock<HashMap<String, RingKey>>,
    answer_key: AnswerKey,
    /// Signatures that fitted, by serial: as many entries as there were keys.
    counts: Mutex<BTreeMap<String, u64>>,
}

/// What came from the settings.
struct Configured {
    keys: HashMap<String, RingKey>,
    public_key_id: Option<String>,
}

impl KeyRing {
    pub(super) fn new(keys: &[PlatformKey], answer_key: AnswerKey) -> Result<Self, ConfigError> {
        Ok(Self {
            configured: RwLock::new(Configured::read(keys)?),
            downloaded: RwLock::default(),
            answer_key,
            counts: Mutex::default(),
        })
    }

    /// Takes other keys from the settings, at once and for every clone.
    pub(super) fn replace(&self, keys: &[PlatformKey]) -> Result<(), ConfigError> {
        let read = Configured::read(keys)?;
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.configured().keys.is_empty()
    }

    /// The public key with which we ask the platform to sign its answers.
    pub(super) fn asked_for(&self) -> Option<String> {
        self.configured().public_key_id.clone().filter(|_| self.answer_key == AnswerKey::PublicKey)
    }

    /// The key with this serial, if it is known and not expired.
    pub(super) fn find(&self, serial: &str, now: i64) -> Option<VerifyingKey> {
        let (configured, downloaded) = (self.configured(), self.downloaded());
        let found = configured.keys.get(serial).or_else(|| downloaded.get(serial));
        found.filter(|key| now <= key.expires_at).map(|key| key.key.clone())
    }

    /// Serial and key to encrypt personal fields for: the public key, else the certificate that lasts longest.
    pub(super) fn sealing_key(&self, now: i64) -> Option<(String, VerifyingKey)> {
        if let Some(id) = self.asked_for() {
            return self.find(&id, now).map(|key| (id, key));
        }
        let (configured, downloaded) = (self.configured(), self.downloaded());
        let certificates = configured.keys.iter().chain(downloaded.iter());
        let good = certificates.filter(|(serial, key)| !is_public_key_id(serial) && now <= key.expires_at);
        good.max_by_key(|(_, key)| key.expires_at).map(|(serial, key)| (serial.clone(), key.key.clone()))
    }

    /// Counts a signature that fits.
    pub(super) fn count(&self, serial: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(serial) {
            Some(count) => *count += 1,
            None => drop(counts.insert(serial.to_owned(), 1)),
        }
    }

    pub(super) fn counts_by_serial(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn counts(&self) -> SignatureCounts {
        let counts = self.counts_by_serial();
        let of = |is_public: bool| {
            counts
                .iter()
                .filter(|(serial, _)| is_public_key_id(serial) == is_public)
                .map(|(_, count)| count)
                .sum()
        };
        SignatureCounts { public_key: of(true), certificate: of(false) }
    }

    fn configured(&self) -> RwLockReadGuard<'_, Configured> {
        self.configured.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn downloaded(&self) -> RwLockReadGuard<'_, HashMap<String, RingKey>> {
        self.downloaded.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces what was downloaded before.
    pub(super) fn install(&self, certificates: Vec<Certificate>) {
        let keys = certificates.into_iter().map(|certificate| {
            (certificate.serial, RingKey { key: certificate.key, expires_at: certificate.expires_at })
        });
        *self.downloaded.write().unwrap_or_else(PoisonError::into_inner) = keys.collect();
    }
}

impl Configured {
    fn read(keys: &[PlatformKey]) -> Result<Self, ConfigError> {
        let refuse = |reason: &str| ConfigError::new("platform_keys", reason);
        let mut read = Self { keys: HashMap::new(), public_key_id: None };
        for key in keys {
            match key {
                PlatformKey::Public { id, pem } => {
                    if !is_public_key_id(id) {
                        return Err(refuse("the id of a public key starts with PUB_KEY_ID_"));
                    }
                    let key = VerifyingKey::from_pem(pem).map_err(|_| refuse("public key cannot be read"))?;
                    read.keys.insert(id.clone(), RingKey { key, expires_at: i64::MAX });
                    read.public_key_id.get_or_insert_with(|| id.clone());
                }
                PlatformKey::Certificate { pem } => {
                    let certificate =
                        Certificate::from_pem(pem).map_err(|_| refuse("certificate cannot be read"))?;
                    let key = RingKey { key: certificate.key, expires_at: certificate.expires_at };
                    read.keys.insert(certificate.serial, key);
                }
            }
        }
        Ok(read)
    }
}

pub(super) fn is_public_key_id(serial: &str) -> bool {
    serial.starts_with(PUBLIC_KEY_PREFIX)
}

/// Verifies over the raw bytes.
pub(super) fn verify(seal: &Seal<'_>, raw: &[u8], key: &VerifyingKey) -> Result<(), Rejection> {
    key.verify(&answer_message(seal.stamp, raw), seal.signature).map_err(|error| match error {
        CryptoError::Encoding => Rejection::Malformed,
        _ => Rejection::BadSignature,
    })
}

#[derive(Deserialize)]
struct CertificateList {
    data: Vec<CertificateEntry>,
}

#[derive(Deserialize)]
struct CertificateEntry {
    serial_no: String,
    encrypt_certificate: Resource,
}

/// Reads the answer of `/v3/certificates` and verifies it.
///
/// The first download has no key to verify with. Then the answer is verified with a certificate
/// out of itself, which is sound because only a holder of the APIv3 key can have encrypted it.
pub(super) fn admit(
    headers: &NotifyHeaders,
    raw: &[u8],
    ring: &KeyRing,
    key: &GcmKey,
    now: i64,
) -> Result<Vec<Certificate>, Rejection> {
    let seal = Seal::read(headers, now)?;
    let list: CertificateList = serde_json::from_slice(raw).map_err(|_| Rejection::Malformed)?;
    let certificates: Vec<Certificate> =
        list.data.iter().map(|entry| open_entry(entry, key)).collect::<Result<_, _>>()?;
    let fresh = || certificates.iter().find(|c| c.serial == seal.serial && now <= c.expires_at);
    let signer = ring.find(seal.serial, now).or_else(|| fresh().map(|c| c.key.clone()));
    verify(&seal, raw, &signer.ok_or(Rejection::UnknownSerial)?)?;
    Ok(certificates)
}

fn open_entry(entry: &CertificateEntry, key: &GcmKey) -> Result<Certificate, Rejection> {
    let plain = entry.encrypt_certificate.open(key)?;
    let pem = std::str::from_utf8(&plain).map_err(|_| Rejection::Malformed)?;
    let certificate = Certificate::from_pem(pem).map_err(|_| Rejection::Malformed)?;
    if certificate.serial == entry.serial_no { Ok(certificate) } else { Err(Rejection::Malformed) }
}
