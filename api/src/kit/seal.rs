//! Field encryption: what is personal lies sealed in its column, and is found by a keyed hash.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use super::refusal::Fault;

/// Seals and opens fields. The first key seals; all keys open, so that keys can be exchanged while serving.
#[derive(Clone)]
pub struct Seal {
    keys: std::sync::Arc<Vec<(String, LessSafeKey)>>,
    index_key: hmac::Key,
}

impl Seal {
    /// `keys` are pairs of key id and 32 bytes, the newest first; `index_key` never changes.
    pub fn new(keys: &[(String, [u8; 32])], index_key: &[u8; 32]) -> Result<Self, Fault> {
        let keys = keys
            .iter()
            .map(|(id, bytes)| {
                let key = UnboundKey::new(&AES_256_GCM, bytes)
                    .map_err(|_| Fault::new("a field key has a wrong length"))?;
                Ok((id.clone(), LessSafeKey::new(key)))
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        if keys.is_empty() {
            return Err(Fault::new("no field key"));
        }
        Ok(Self { keys: keys.into(), index_key: hmac::Key::new(hmac::HMAC_SHA256, index_key) })
    }

    /// `<key id>.<nonce and cipher text in base 64>`.
    pub fn seal(&self, text: &str) -> Result<String, Fault> {
        let (id, key) = self.keys.first().ok_or_else(|| Fault::new("no field key"))?;
        let mut nonce = [0_u8; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| Fault::new("no randomness"))?;
        let mut sealed = text.as_bytes().to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(id.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| Fault::new("a field could not be sealed"))?;
        Ok(format!("{id}.{}", BASE64.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// The text inside, or a fault when the value was made with a key that is not here.
    pub fn open(&self, sealed: &str) -> Result<String, Fault> {
        let broken = || Fault::new("a sealed field cannot be opened");
        let (id, body) = sealed.split_once('.').ok_or_else(broken)?;
        let (_, key) = self.keys.iter().find(|(known, _)| known == id).ok_or_else(broken)?;
        let bytes = BASE64.decode(body).map_err(|_| broken())?;
        let (nonce, cipher) = bytes.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut plain = cipher.to_vec();
        let text = key.open_in_place(nonce, Aad::from(id.as_bytes()), &mut plain).map_err(|_| broken())?;
        String::from_utf8(text.to_vec()).map_err(|_| broken())
    }

    /// Opens a column that may be empty.
    pub fn open_optional(&self, sealed: Option<&str>) -> Result<Option<String>, Fault> {
        sealed.map(|text| self.open(text)).transpose()
    }

    /// The blind index of a value: the same value gives the same 32 characters, and tells nothing else.
    /// `kind` keeps equal values of different columns apart.
    pub fn index(&self, kind: &str, value: &str) -> String {
        let tag = hmac::sign(&self.index_key, format!("{kind}\0{}", value.trim()).as_bytes());
        hex(tag.as_ref().get(..16).unwrap_or_default())
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in hexadecimal, for fingerprints and for tokens at rest.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// The keyed hash of a device's own key; `None` when it is not 16 to 64 letters, digits, `-` or `_`.
pub fn device_index(seal: &Seal, key: &str) -> Option<String> {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    ((16..=64).contains(&key.len()) && key.bytes().all(is_safe)).then(|| seal.index("device_key", key))
}

/// Keyed hash (HMAC-SHA256) of a text in hexadecimal; the key is the secret's UTF-8 bytes.
pub fn mac_hex(secret: &str, text: &str) -> String {
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes()).as_ref())
}

/// Whether `mac` is the keyed hash of the text. Takes as long for a wrong one as for the right one.
pub fn is_mac(secret: &str, text: &str, mac: &str) -> bool {
    let (own, given) = (mac_hex(secret, text), mac.to_ascii_lowercase());
    aws_lc_rs::constant_time::verify_slices_are_equal(own.as_bytes(), given.as_bytes()).is_ok()
}

/// So many random characters that are easy to read out: no 0, O, 1, I.
pub fn random_text(alphabet: &[u8; 32], length: usize) -> Result<String, Fault> {
    let mut bytes = vec![0_u8; length];
    rand::fill(&mut bytes).map_err(|_| Fault::new("no randomness"))?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(alphabet.get(usize::from(byte & 31)).copied().unwrap_or(b'A')))
        .collect())
}

/// Letters and digits that are hard to confuse.
pub const READABLE: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(id: &str, byte: u8) -> Seal {
        Seal::new(&[(id.to_owned(), [byte; 32])], &[9; 32]).unwrap()
    }

    #[test]
    fn a_sealed_field_opens_only_with_its_key() {
        let sealed = seal("k1", 1).seal("春城路 5 号").unwrap();
        assert!(!sealed.contains("春城"));
        assert_eq!(seal("k1", 1).open(&sealed).unwrap(), "春城路 5 号");
        assert!(seal("k1", 2).open(&sealed).is_err());
        assert!(seal("k2", 1).open(&sealed).is_err());
        assert_ne!(sealed, seal("k1", 1).seal("春城路 5 号").unwrap());
    }

    #[test]
    fn indexes_of_different_columns_differ() {
        let seal = seal("k1", 1);
        assert_eq!(seal.index("phone", "13800000000"), seal.index("phone", " 13800000000 "));
        assert_ne!(seal.index("phone", "13800000000"), seal.index("card", "13800000000"));
    }

    #[test]
    fn a_keyed_hash_is_known_by_its_key_alone() {
        // RFC 4231, test case 2.
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(mac_hex("Jefe", "what do ya want for nothing?"), wanted);
        assert!(is_mac("Jefe", "what do ya want for nothing?", &wanted.to_uppercase()));
        assert!(!is_mac("Jeff", "what do ya want for nothing?", wanted));
        assert!(!is_mac("Jefe", "what do ya want for nothing?", &wanted[..62]));
    }

    #[test]
    fn broken_values_are_faults_and_never_panics() {
        for text in ["", ".", "k1.", "k1.AAAA", "k1.%%%", "k1"] {
            assert!(seal("k1", 1).open(text).is_err());
        }
    }
}
