//! Certificates of the platform: read for serial, validity and key only.

use super::{CryptoError, VerifyingKey, first_pem, upper_hex};

/// A platform certificate. No chain is checked: it is trusted because it came out of a cipher text
/// that only the APIv3 key opens, or out of the configuration.
#[derive(Clone)]
pub struct Certificate {
    /// Upper-case hexadecimal without leading zero bytes, as in `Wechatpay-Serial`.
    pub serial: String,
    /// Unix seconds.
    pub begins_at: i64,
    /// Unix seconds; later signatures are not accepted.
    pub expires_at: i64,
    /// The key inside.
    pub key: VerifyingKey,
}

impl Certificate {
    /// Reads a `CERTIFICATE` PEM with an RSA key.
    pub fn from_pem(pem: &str) -> Result<Self, CryptoError> {
        let pem = first_pem(pem)?;
        if pem.label != "CERTIFICATE" {
            return Err(CryptoError::Key);
        }
        let certificate = pem.parse_x509().map_err(|_| CryptoError::Key)?;
        let serial = certificate.raw_serial();
        // DER puts a zero byte before a serial whose first bit is set.
        let digits = serial.iter().position(|byte| *byte != 0).map_or(&serial[..0], |at| &serial[at..]);
        Ok(Self {
            serial: upper_hex(digits),
            begins_at: certificate.validity().not_before.timestamp(),
            expires_at: certificate.validity().not_after.timestamp(),
            key: VerifyingKey::from_der(certificate.public_key().raw)?,
        })
    }
}
