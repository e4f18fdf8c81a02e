//! Signatures, ciphers and digests, all from aws-lc-rs.
//!
//! Owns: which bytes are signed and how. Never does: HTTP, JSON, time.
//! The `rsa` crate is kept out on purpose: its private-key operations leak timing (RUSTSEC-2023-0071).

mod certificate;
mod cipher;

use std::sync::Arc;

use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::pem::Pem;

pub use certificate::Certificate;
pub use cipher::{
    AES_BLOCK_BYTES, GcmKey, Sha1, decrypt_cbc, encrypt_cbc, hmac_sha256_hex, is_equal, lower_hex, pad,
    sha1_hex, unpad, upper_hex,
};

use crate::Secret;

/// A key, signature or cipher text that cannot be used.
///
/// Says nothing of the cause: whoever sends bad input must not learn from the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The key or certificate cannot be read or is of the wrong kind.
    #[error("key or certificate cannot be used")]
    Key,
    /// Not base64, or of the wrong length.
    #[error("text is not in the expected encoding")]
    Encoding,
    /// The signature does not fit key and message.
    #[error("signature does not verify")]
    Signature,
    /// The cipher text does not open with this key.
    #[error("cipher text does not open")]
    Cipher,
    /// The operating system gave no random bytes.
    #[error("no random bytes")]
    Random,
}

/// The merchant's RSA key. Signs requests and the parameters of the payment page, opens personal fields of answers.
pub struct SigningKey {
    pair: RsaKeyPair,
    /// None for a key in PKCS#1.
    opening: Option<PrivateDecryptingKey>,
}

impl SigningKey {
    /// Reads a PKCS#8 PEM (`apiclient_key.pem`) or a PKCS#1 PEM.
    pub fn from_pem(pem: &Secret) -> Result<Self, CryptoError> {
        let pem = first_pem(pem.expose())?;
        let pair = match pem.label.as_str() {
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&pem.contents),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&pem.contents),
            _ => return Err(CryptoError::Key),
        };
        let opening = PrivateDecryptingKey::from_pkcs8(&pem.contents).ok();
        pair.map(|pair| Self { pair, opening }).map_err(|_| CryptoError::Key)
    }

    /// Opens a personal field that the platform encrypted for this key (敏感信息加解密).
    pub fn open(&self, sealed_base64: &str) -> Result<String, CryptoError> {
        let key = self.opening.clone().ok_or(CryptoError::Key)?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| CryptoError::Key)?;
        let sealed = STANDARD.decode(sealed_base64).map_err(|_| CryptoError::Encoding)?;
        let mut plain = vec![0; key.min_output_size()];
        let opened =
            key.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut plain, None).map_err(|_| CryptoError::Cipher)?;
        String::from_utf8(opened.to_vec()).map_err(|_| CryptoError::Cipher)
    }

    /// SHA256withRSA (PKCS#1 v1.5) in base64.
    pub fn sign(&self, message: &[u8]) -> Result<String, CryptoError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| CryptoError::Key)?;
        Ok(STANDARD.encode(signature))
    }
}

/// A key of the platform: verifies what it signed, seals what only it may read. RSA, 2048 to 8192 bits.
#[derive(Clone)]
pub struct VerifyingKey {
    parsed: ParsedPublicKey,
    subject_public_key_info: Arc<[u8]>,
}

impl VerifyingKey {
    /// Reads a `PUBLIC KEY` PEM (SubjectPublicKeyInfo).
    pub fn from_pem(pem: &str) -> Result<Self, CryptoError> {
        let pem = first_pem(pem)?;
        if pem.label != "PUBLIC KEY" {
            return Err(CryptoError::Key);
        }
        Self::from_der(&pem.contents)
    }

    fn from_der(subject_public_key_info: &[u8]) -> Result<Self, CryptoError> {
        let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, subject_public_key_info)
            .map_err(|_| CryptoError::Key)?;
        Ok(Self { parsed, subject_public_key_info: subject_public_key_info.into() })
    }

    /// Encrypts a personal field of a request (敏感信息加解密): RSA-OAEP with SHA-1 for both hashes, base64. At most
    /// 214 bytes with a key of 2048 bits; `Cipher` for longer ones.
    pub fn seal(&self, text: &str) -> Result<String, CryptoError> {
        let key =
            PublicEncryptingKey::from_der(&self.subject_public_key_info).map_err(|_| CryptoError::Key)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| CryptoError::Key)?;
        let mut sealed = vec![0; key.ciphertext_size()];
        let sealed = key
            .encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut sealed, None)
            .map_err(|_| CryptoError::Cipher)?;
        Ok(STANDARD.encode(sealed))
    }

    /// Refuses: `Encoding` if the signature is not strict base64, `Signature` if it does not fit.
    pub fn verify(&self, message: &[u8], signature_base64: &str) -> Result<(), CryptoError> {
        let signature = STANDARD.decode(signature_base64).map_err(|_| CryptoError::Encoding)?;
        self.parsed.verify_sig(message, &signature).map_err(|_| CryptoError::Signature)
    }
}

/// What a v3 request signs: method, path with query as sent, timestamp, nonce, body.
///
/// Every line ends with a line feed, also the last and the empty body. Source: 如何生成请求签名.
pub fn request_message(method: &str, target: &str, stamp: Stamp<'_>, body: &str) -> String {
    format!("{method}\n{target}\n{}\n{}\n{body}\n", stamp.timestamp, stamp.nonce)
}

/// What the platform signs in answers and notifications, over the raw bytes of the body.
pub fn answer_message(stamp: Stamp<'_>, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{}\n{}\n", stamp.timestamp, stamp.nonce).into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

/// What the parameters of `wx.requestPayment` sign. `package` is `prepay_id=…`.
pub fn payment_page_message(appid: &str, stamp: Stamp<'_>, package: &str) -> String {
    format!("{appid}\n{}\n{}\n{package}\n", stamp.timestamp, stamp.nonce)
}

/// Timestamp (unix seconds, as text) and nonce, exactly as in the headers.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// Unix seconds as text: the signature covers the characters, not the number.
    pub timestamp: &'a str,
    /// At most 32 characters.
    pub nonce: &'a str,
}

/// A fresh nonce: 32 upper-case hexadecimal characters.
pub fn fresh_nonce() -> Result<String, CryptoError> {
    Ok(upper_hex(&random_bytes::<16>()?))
}

pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], CryptoError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| CryptoError::Random)?;
    Ok(bytes)
}

fn first_pem(text: &str) -> Result<Pem, CryptoError> {
    Pem::iter_from_buffer(text.as_bytes()).next().and_then(Result::ok).ok_or(CryptoError::Key)
}
