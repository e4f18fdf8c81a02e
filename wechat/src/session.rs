//! What a session key can prove and open.
//!
//! Nothing in the login path needs it: the key is dropped there. These two are for tools that get
//! signed or encrypted data from an older page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::Secret;
use crate::crypto::{AES_BLOCK_BYTES, CryptoError, decrypt_cbc, hmac_sha256_hex, unpad};

/// Signature of a body with a session key, lower-case hexadecimal.
///
/// The key of the HMAC is the base64 text, not the bytes behind it. Source: 用户登录态签名.
pub fn signature(session_key: &Secret, body: &str) -> String {
    hmac_sha256_hex(session_key.expose().as_bytes(), body.as_bytes())
}

/// Data that a page got encrypted, all parts in base64. Source: 开放数据校验与解密.
#[derive(Debug, Clone, Copy)]
pub struct SealedUserData<'a> {
    /// `encryptedData`.
    pub encrypted_data: &'a str,
    /// `iv`.
    pub iv: &'a str,
}

/// Opens user data (AES-128-CBC) and checks that it was made for this mini-program.
pub fn open_user_data(
    session_key: &Secret,
    sealed: SealedUserData<'_>,
    appid: &str,
) -> Result<Value, CryptoError> {
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| CryptoError::Encoding);
    let (key, iv) = (decode(session_key.expose())?, decode(sealed.iv)?);
    let padded = decrypt_cbc(&key, &iv, decode(sealed.encrypted_data)?)?;
    let plain = unpad(padded, AES_BLOCK_BYTES)?;
    let data: Value = crate::json::read(&plain).map_err(|_| CryptoError::Cipher)?;
    if data["watermark"]["appid"] == appid { Ok(data) } else { Err(CryptoError::Cipher) }
}
