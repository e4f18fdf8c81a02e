//! AES, HMAC and digests.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::CryptoError;
use crate::Secret;

/// Bytes of one AES block.
pub const AES_BLOCK_BYTES: u8 = 16;

/// The APIv3 key, ready to open what the platform encrypted, and those before it.
pub struct GcmKey(Vec<LessSafeKey>);

impl GcmKey {
    /// Takes 32 ASCII characters. Refuses every other length: an AES-128 key would open nothing real.
    pub fn new(api_v3_key: &Secret) -> Result<Self, CryptoError> {
        Ok(Self(vec![read(api_v3_key)?]))
    }

    /// Opens with a former key too what the present one does not open.
    pub fn and(mut self, former: &Secret) -> Result<Self, CryptoError> {
        self.0.push(read(former)?);
        Ok(self)
    }

    /// Opens a base64 cipher text whose last 16 bytes are the tag.
    ///
    /// A nonce of any length is an answer, never a panic: it comes from outside.
    /// Opening proves only that somebody knew the APIv3 key; the RSA signature is checked before.
    pub fn open(&self, nonce: &str, associated_data: &str, ciphertext: &str) -> Result<Vec<u8>, CryptoError> {
        let sealed = STANDARD.decode(ciphertext).map_err(|_| CryptoError::Encoding)?;
        for key in &self.0 {
            let nonce =
                Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(|_| CryptoError::Encoding)?;
            // Opening in place spoils the text, so each key gets a fresh one.
            let mut buffer = sealed.clone();
            let opened = key.open_in_place(nonce, Aad::from(associated_data.as_bytes()), &mut buffer);
            if let Ok(length) = opened.map(|plain| plain.len()) {
                buffer.truncate(length);
                return Ok(buffer);
            }
        }
        Err(CryptoError::Cipher)
    }
}

fn read(api_v3_key: &Secret) -> Result<LessSafeKey, CryptoError> {
    let unbound =
        UnboundKey::new(&AES_256_GCM, api_v3_key.expose().as_bytes()).map_err(|_| CryptoError::Key)?;
    Ok(LessSafeKey::new(unbound))
}

/// AES-CBC without padding rules; 16-byte key = AES-128, 32-byte key = AES-256.
///
/// Refuses: `Key` for other key lengths, `Cipher` if the text is not whole blocks.
pub fn decrypt_cbc(key: &[u8], iv: &[u8], mut text: Vec<u8>) -> Result<Vec<u8>, CryptoError> {
    let iv = FixedLength::try_from(iv).map_err(|_| CryptoError::Encoding)?;
    let key = DecryptingKey::cbc(cbc_key(key)?).map_err(|_| CryptoError::Key)?;
    key.decrypt(&mut text, DecryptionContext::Iv128(iv)).map_err(|_| CryptoError::Cipher)?;
    Ok(text)
}

/// The reverse of [`decrypt_cbc`]; the caller has padded.
pub fn encrypt_cbc(key: &[u8], iv: &[u8], mut text: Vec<u8>) -> Result<Vec<u8>, CryptoError> {
    let iv = FixedLength::try_from(iv).map_err(|_| CryptoError::Encoding)?;
    let key = EncryptingKey::cbc(cbc_key(key)?).map_err(|_| CryptoError::Key)?;
    key.less_safe_encrypt(&mut text, EncryptionContext::Iv128(iv)).map_err(|_| CryptoError::Cipher)?;
    Ok(text)
}

/// Pads as PKCS#7 up to whole blocks of `block_bytes` (at most 255).
pub fn pad(mut text: Vec<u8>, block_bytes: u8) -> Vec<u8> {
    let block = usize::from(block_bytes);
    let missing = block - text.len() % block;
    let mark = u8::try_from(missing).unwrap_or(block_bytes);
    text.resize(text.len() + missing, mark);
    text
}

/// Removes the padding of [`pad`]. Refuses `Cipher` if it is not whole.
///
/// Use it only on texts whose signature was checked, or the answer becomes an oracle.
pub fn unpad(mut text: Vec<u8>, block_bytes: u8) -> Result<Vec<u8>, CryptoError> {
    let mark = *text.last().ok_or(CryptoError::Cipher)?;
    let length = text.len().checked_sub(usize::from(mark)).ok_or(CryptoError::Cipher)?;
    if mark == 0 || mark > block_bytes || text[length..].iter().any(|byte| *byte != mark) {
        return Err(CryptoError::Cipher);
    }
    text.truncate(length);
    Ok(text)
}

fn cbc_key(key: &[u8]) -> Result<UnboundCipherKey, CryptoError> {
    let algorithm = match key.len() {
        16 => &AES_128,
        32 => &AES_256,
        _ => return Err(CryptoError::Key),
    };
    UnboundCipherKey::new(algorithm, key).map_err(|_| CryptoError::Key)
}

/// HMAC-SHA256 in lower-case hexadecimal.
pub fn hmac_sha256_hex(key: &[u8], message: &[u8]) -> String {
    lower_hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref())
}

/// SHA-1 in lower-case hexadecimal. Only where the platform prescribes it: push signatures, bill hashes.
pub fn sha1_hex(message: &[u8]) -> String {
    lower_hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message).as_ref())
}

/// SHA-1 of a stream, for the hashes of bills.
pub struct Sha1(digest::Context);

impl Sha1 {
    /// Of nothing yet.
    #[allow(clippy::new_without_default, reason = "a default of a hash says nothing")]
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY))
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Lower-case hexadecimal.
    pub fn finish(self) -> String {
        lower_hex(self.0.finish().as_ref())
    }
}

/// Compares in constant time, so that a signature cannot be guessed byte by byte.
pub fn is_equal(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

/// Lower-case hexadecimal.
pub fn lower_hex(bytes: &[u8]) -> String {
    hex(bytes, b"0123456789abcdef")
}

/// Upper-case hexadecimal.
pub fn upper_hex(bytes: &[u8]) -> String {
    hex(bytes, b"0123456789ABCDEF")
}

fn hex(bytes: &[u8], digits: &[u8; 16]) -> String {
    let high_and_low = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    high_and_low.map(|digit| char::from(digits[usize::from(digit)])).collect()
}
