//! The simulator's own cryptography: RSA signatures, AES-256-GCM, and values derived from the seed.
//!
//! Written apart from the client in the `wechat` crate on purpose: a mistake shared by both sides would hide itself.

use std::io;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest},
    iv::FixedLength,
    rand::SystemRandom,
    rsa::{
        OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
        PublicEncryptingKey,
    },
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Bytes inside the first PEM block of a text; anything outside the block is ignored.
pub fn pem_bytes(text: &str) -> io::Result<Vec<u8>> {
    let block = pem_block(text)?;
    let inner: String = block.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(inner).map_err(io::Error::other)
}

/// The first PEM block of a text, without the note that marks the simulator's key files.
pub fn pem_block(text: &str) -> io::Result<&str> {
    let start = text.find("-----BEGIN ").ok_or_else(|| io::Error::other("no PEM block"))?;
    Ok(&text[start..])
}

/// A private RSA key that signs as WeChat Pay v3 does: SHA-256, PKCS#1 v1.5, base64.
pub struct Signer(RsaKeyPair);

impl Signer {
    /// Reads a PKCS#8 key in PEM form.
    pub fn from_pem(text: &str) -> io::Result<Self> {
        RsaKeyPair::from_pkcs8(&pem_bytes(text)?).map(Self).map_err(io::Error::other)
    }

    /// Signature of a message in base64.
    pub fn sign(&self, message: &[u8]) -> io::Result<String> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(io::Error::other)?;
        Ok(STANDARD.encode(signature))
    }
}

/// Whether a base64 signature over the message was made with the key whose public half is given (DER, SPKI).
pub fn is_signed_by(public_key: &[u8], message: &[u8], signature: &str) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key).verify(message, &signature).is_ok()
}

/// Encrypts with AES-256-GCM: cipher text and tag in base64, as in `resource.ciphertext`.
pub fn seal(key: &[u8], nonce: &str, associated: &str, plain: &[u8]) -> io::Result<String> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(io::Error::other)?);
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(io::Error::other)?;
    let mut buffer = plain.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(associated.as_bytes()), &mut buffer)
        .map_err(io::Error::other)?;
    Ok(STANDARD.encode(buffer))
}

/// 32 bytes that depend on the seed, the purpose and the thing they name, and on nothing else.
///
/// Identifiers made this way do not depend on the order in which calls come in, and stay unique for ever because
/// the numbers they are derived from are.
pub fn derived(seed: u64, purpose: &str, about: &str) -> [u8; 32] {
    let text = format!("wxsim\n{seed}\n{purpose}\n{about}");
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    out
}

/// As many decimal digits as asked for (at most 32) out of derived bytes.
pub fn digits(bytes: &[u8; 32], count: usize) -> String {
    bytes.iter().take(count).map(|byte| char::from(b'0' + byte % 10)).collect()
}

/// As many characters of `a-z2-7` as asked for (at most 32) out of derived bytes.
pub fn base32(bytes: &[u8; 32], count: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    bytes.iter().take(count).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// As many upper-case hexadecimal digits as asked for (at most 64) out of derived bytes.
pub fn hex(bytes: &[u8; 32], count: usize) -> String {
    let all: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    all[..count.min(all.len())].to_owned()
}

/// SHA-1 in lower-case hexadecimal: signatures of message push, hashes of bills.
pub fn sha1_hex(message: &[u8]) -> String {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, message).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// AES-256-CBC with the first half of the key as iv and padding to 32 bytes: the envelope of message push.
pub fn seal_push(key: &[u8; 32], plain: &[u8]) -> io::Result<String> {
    let missing = 32 - plain.len() % 32;
    let mut text = plain.to_vec();
    text.resize(plain.len() + missing, u8::try_from(missing).map_err(io::Error::other)?);
    let iv: [u8; 16] = key[..16].try_into().map_err(io::Error::other)?;
    let cipher = UnboundCipherKey::new(&AES_256, key).map_err(io::Error::other)?;
    EncryptingKey::cbc(cipher)
        .and_then(|cipher| {
            cipher.less_safe_encrypt(&mut text, EncryptionContext::Iv128(FixedLength::from(&iv)))
        })
        .map_err(io::Error::other)?;
    Ok(STANDARD.encode(text))
}

/// Encrypts a field for a public key (DER) with RSA-OAEP, SHA-1 for both hashes.
pub fn seal_field(public_der: &[u8], plain: &str) -> Option<String> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public_der).ok()?).ok()?;
    let mut sealed = vec![0; key.ciphertext_size()];
    let sealed = key.encrypt(&OAEP_SHA1_MGF1SHA1, plain.as_bytes(), &mut sealed, None).ok()?;
    Some(STANDARD.encode(sealed))
}

/// Opens a field that was encrypted for this private key (PEM) with RSA-OAEP, SHA-1 for both hashes.
pub fn open_field(private_pem: &str, ciphertext: &str) -> Option<String> {
    let key = PrivateDecryptingKey::from_pkcs8(&pem_bytes(private_pem).ok()?).ok()?;
    let key = OaepPrivateDecryptingKey::new(key).ok()?;
    let sealed = STANDARD.decode(ciphertext).ok()?;
    let mut plain = vec![0; key.min_output_size()];
    let opened = key.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut plain, None).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}
