//! The platform's keys by serial: configured ones for ever, downloaded ones until the next download.
//!
//! Several are valid at once: during a change of key or of mode the platform signs with both.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

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

/// All keys that may have signed.
pub(super) struct KeyRing {
    configured: HashMap<String, RingKey>,
    downloaded: RwLock<HashMap<String, RingKey>>,
    public_key_id: Option<String>,
}

impl KeyRing {
    pub(super) fn new(keys: &[PlatformKey]) -> Result<Self, ConfigError> {
        let refuse = |reason: &str| ConfigError::new("platform_keys", reason);
        let mut configured = HashMap::new();
        let mut public_key_id = None;
        for key in keys {
            match key {
                PlatformKey::Public { id, pem } => {
                    if !is_public_key_id(id) {
                        return Err(refuse("the id of a public key starts with PUB_KEY_ID_"));
                    }
                    let key = VerifyingKey::from_pem(pem).map_err(|_| refuse("public key cannot be read"))?;
                    configured.insert(id.clone(), RingKey { key, expires_at: i64::MAX });
                    public_key_id.get_or_insert_with(|| id.clone());
                }
                PlatformKey::Certificate { pem } => {
                    let certificate =
                        Certificate::from_pem(pem).map_err(|_| refuse("certificate cannot be read"))?;
                    let key = RingKey { key: certificate.key, expires_at: certificate.expires_at };
                    configured.insert(certificate.serial, key);
                }
            }
        }
        Ok(Self { configured, downloaded: RwLock::default(), public_key_id })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.configured.is_empty()
    }

    /// The public key with which we ask the platform to sign its answers.
    pub(super) fn public_key_id(&self) -> Option<&str> {
        self.public_key_id.as_deref()
    }

    /// The key with this serial, if it is known and not expired.
    pub(super) fn find(&self, serial: &str, now: i64) -> Option<VerifyingKey> {
        let downloaded = self.downloaded.read().unwrap_or_else(PoisonError::into_inner);
        let found = self.configured.get(serial).or_else(|| downloaded.get(serial));
        found.filter(|key| now <= key.expires_at).map(|key| key.key.clone())
    }

    /// Replaces what was downloaded before.
    pub(super) fn install(&self, certificates: Vec<Certificate>) {
        let keys = certificates.into_iter().map(|certificate| {
            (certificate.serial, RingKey { key: certificate.key, expires_at: certificate.expires_at })
        });
        *self.downloaded.write().unwrap_or_else(PoisonError::into_inner) = keys.collect();
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
