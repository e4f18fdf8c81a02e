//! The merchant's own keys: the one in use, and former ones while their orders can still be paid.

use crate::crypto::SigningKey;
use crate::{ConfigError, Secret};

/// A key of the merchant.
#[derive(Debug, Clone)]
pub struct MerchantKey {
    /// Serial of the merchant API certificate, upper-case hexadecimal.
    pub serial: String,
    /// `apiclient_key.pem` (PKCS#8).
    pub key_pem: Secret,
}

/// Keys by serial; the first signs requests.
///
/// A prepay and the page that pays it must be signed with the same key, so a change of key must not strand the
/// orders made just before: keep the serial with each order.
pub(super) struct MerchantKeys(Vec<(String, SigningKey)>);

impl MerchantKeys {
    pub(super) fn new(current: MerchantKey, former: &[MerchantKey]) -> Result<Self, ConfigError> {
        let mut keys = vec![read(&current, "merchant_key_pem")?];
        for key in former {
            keys.push(read(key, "former_merchant_keys")?);
        }
        Ok(Self(keys))
    }

    /// Serial and key that sign requests.
    pub(super) fn current(&self) -> (&str, &SigningKey) {
        let (serial, key) = &self.0[0];
        (serial, key)
    }

    /// Opens a personal field that was encrypted for one of the keys.
    pub(super) fn open(&self, sealed: &str) -> Option<String> {
        self.0.iter().find_map(|(_, key)| key.open(sealed).ok())
    }

    /// The key with this serial.
    pub(super) fn find(&self, serial: &str) -> Option<&SigningKey> {
        self.0.iter().find(|(known, _)| known == serial).map(|(_, key)| key)
    }
}

fn read(key: &MerchantKey, setting: &'static str) -> Result<(String, SigningKey), ConfigError> {
    super::gateway::check_plain("merchant_serial", &key.serial, 64)?;
    let signing = SigningKey::from_pem(&key.key_pem).map_err(|e| ConfigError::new(setting, e.to_string()))?;
    Ok((key.serial.clone(), signing))
}
