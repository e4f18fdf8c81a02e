//! Message push: what the mini-program platform sends to our server. Source: 消息推送.
//!
//! Owns: the two signatures, the window of time, the envelope of secure mode, the events as types.
//! Never does: act on them. They come up to three times, also before our own commit: de-duplicate by
//! [`Pushed::key`], answer `success` within 5 s. Choose JSON (not XML) as the format in the console.

mod event;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde::Serialize;

use crate::crypto::{CryptoError, decrypt_cbc, encrypt_cbc, is_equal, pad, random_bytes, sha1_hex, unpad};
use crate::{ConfigError, Now, Secret};

pub use event::{Answer, Delivered, Event, Pushed};

/// The platform signs with a shared word and no expiry; this window against replays is ours.
const WINDOW_S: u64 = 300;
/// Secure mode pads to 32 bytes although a block has 16.
const PAD_BYTES: u8 = 32;
/// Random bytes before the length and the message.
const SALT_BYTES: usize = 16;

/// 43 characters carry 258 bits for a key of 256: the last two are noise, which strict decoders
/// refuse for 46 of the 62 possible last characters.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Settings of the push address.
#[derive(Debug, Clone)]
pub struct PushConfig {
    /// The mini-program.
    pub appid: String,
    /// The word from the console.
    pub token: Secret,
    /// 43 characters from the console.
    pub encoding_aes_key: Secret,
}

/// Checks and opens pushed messages.
pub struct Push {
    appid: String,
    token: Secret,
    key: [u8; 32],
    now: Now,
}

/// The query of a push call.
#[derive(Debug, Clone, Copy)]
pub struct PushQuery<'a> {
    /// `signature`; in secure mode `msg_signature`.
    pub signature: &'a str,
    /// Unix seconds as text.
    pub timestamp: &'a str,
    /// As it came.
    pub nonce: &'a str,
}

/// Why a pushed message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PushRejection {
    /// More than 300 s away from our clock, or no number.
    #[error("timestamp too far from our clock")]
    Stale,
    /// The signature does not fit.
    #[error("bad signature")]
    BadSignature,
    /// The envelope does not open.
    #[error("cannot be decrypted")]
    Undecryptable,
    /// Made for another app.
    #[error("for another app")]
    OtherApp,
}

/// An encrypted answer, under the names that the platform wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SealedReply {
    /// Base64.
    pub encrypt: String,
    /// Lower-case hexadecimal.
    pub msg_signature: String,
    /// Unix seconds.
    pub time_stamp: i64,
    /// As given.
    pub nonce: String,
}

impl Push {
    /// Checks the settings.
    pub fn new(config: PushConfig, now: Now) -> Result<Self, ConfigError> {
        if config.token.expose().is_empty() {
            return Err(ConfigError::new("token", "is empty"));
        }
        let decoded = LENIENT.decode(format!("{}=", config.encoding_aes_key.expose()));
        let key = decoded.ok().and_then(|bytes| bytes.try_into().ok());
        let key = key.ok_or(ConfigError::new("encoding_aes_key", "must be 43 characters of base64"))?;
        Ok(Self { appid: config.appid, token: config.token, key, now })
    }

    /// Checks the address test (answer with its `echostr`) and messages of plain mode.
    pub fn check(&self, query: PushQuery<'_>) -> Result<(), PushRejection> {
        self.check_parts(query, &[])
    }

    /// Checks and opens the `Encrypt` of a message of secure mode.
    pub fn open(&self, query: PushQuery<'_>, encrypt: &str) -> Result<Vec<u8>, PushRejection> {
        self.check_parts(query, &[encrypt])?;
        let undecryptable = |_| PushRejection::Undecryptable;
        let text = STANDARD.decode(encrypt).map_err(|_| PushRejection::Undecryptable)?;
        let padded = decrypt_cbc(&self.key, &self.key[..16], text).map_err(undecryptable)?;
        let plain = unpad(padded, PAD_BYTES).map_err(undecryptable)?;
        let (message, appid) = split(&plain).ok_or(PushRejection::Undecryptable)?;
        if appid == self.appid.as_bytes() { Ok(message.to_vec()) } else { Err(PushRejection::OtherApp) }
    }

    /// Encrypts an answer of secure mode.
    pub fn seal(&self, message: &str, nonce: &str) -> Result<SealedReply, CryptoError> {
        self.seal_with(random_bytes()?, message, nonce)
    }

    fn seal_with(
        &self,
        salt: [u8; SALT_BYTES],
        message: &str,
        nonce: &str,
    ) -> Result<SealedReply, CryptoError> {
        let length = u32::try_from(message.len()).map_err(|_| CryptoError::Encoding)?;
        let parts = [&salt[..], &length.to_be_bytes(), message.as_bytes(), self.appid.as_bytes()];
        let sealed = encrypt_cbc(&self.key, &self.key[..16], pad(parts.concat(), PAD_BYTES))?;
        let encrypt = STANDARD.encode(sealed);
        let time_stamp = (self.now)();
        let msg_signature = self.signature(&[&time_stamp.to_string(), nonce, &encrypt]);
        Ok(SealedReply { encrypt, msg_signature, time_stamp, nonce: nonce.to_owned() })
    }

    fn check_parts(&self, query: PushQuery<'_>, more: &[&str]) -> Result<(), PushRejection> {
        let signed_at: i64 = query.timestamp.parse().map_err(|_| PushRejection::Stale)?;
        if signed_at.abs_diff((self.now)()) > WINDOW_S {
            return Err(PushRejection::Stale);
        }
        let expected = self.signature(&[&[query.timestamp, query.nonce], more].concat());
        if is_equal(&expected, query.signature) { Ok(()) } else { Err(PushRejection::BadSignature) }
    }

    /// SHA-1 over the sorted parts and the shared word.
    fn signature(&self, parts: &[&str]) -> String {
        let mut sorted = [parts, &[self.token.expose()]].concat();
        sorted.sort_unstable();
        sha1_hex(sorted.concat().as_bytes())
    }
}

/// Salt, length (4 bytes, big end first), message, appid.
fn split(plain: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = plain.get(SALT_BYTES..)?.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::{Push, PushConfig, PushQuery, PushRejection};

    fn vector(name: &str) -> Value {
        let all: Value = serde_json::from_str(include_str!("../../tests/data/vectors.json")).unwrap();
        all[name].clone()
    }

    fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
        vector[field].as_str().unwrap()
    }

    fn push(vector: &Value, shift_s: i64) -> Push {
        let now = text(vector, "timestamp").parse::<i64>().unwrap() + shift_s;
        let or = |field: &str, other: &str| vector[field].as_str().unwrap_or(other).to_owned();
        let config = PushConfig {
            appid: or("appid", "wx0"),
            token: text(vector, "token").into(),
            encoding_aes_key: or("encoding_aes_key", &"A".repeat(43)).into(),
        };
        Push::new(config, Arc::new(move || now)).unwrap()
    }

    fn query<'a>(vector: &'a Value, signature: &str) -> PushQuery<'a> {
        PushQuery {
            signature: text(vector, signature),
            timestamp: text(vector, "timestamp"),
            nonce: text(vector, "nonce"),
        }
    }

    #[test]
    fn the_published_address_test_and_plain_message_are_believed() {
        for name in ["push_url_check", "push_plain"] {
            let vector = vector(name);
            let query = query(&vector, "signature");
            assert_eq!(push(&vector, 300).check(query), Ok(()), "{name}");
            assert_eq!(push(&vector, 301).check(query), Err(PushRejection::Stale), "{name}");
            let other = PushQuery { nonce: "1", ..query };
            assert_eq!(push(&vector, 0).check(other), Err(PushRejection::BadSignature), "{name}");
        }
    }

    #[test]
    fn the_published_secure_message_opens_for_its_app_only() {
        let mut vector = vector("push_secure");
        let opened = push(&vector, 0).open(query(&vector, "msg_signature"), text(&vector, "Encrypt"));
        assert_eq!(opened, Ok(text(&vector, "plaintext").as_bytes().to_vec()));
        vector["appid"] = "wx1".into();
        let opened = push(&vector, 0).open(query(&vector, "msg_signature"), text(&vector, "Encrypt"));
        assert_eq!(opened, Err(PushRejection::OtherApp));
    }

    #[test]
    fn the_published_secure_answer_is_reproduced() {
        let vector = vector("push_secure_reply");
        let salt = text(&vector, "random").as_bytes().try_into().unwrap();
        let reply = push(&vector, 0).seal_with(salt, text(&vector, "plaintext"), text(&vector, "nonce"));
        let reply = serde_json::to_value(reply.unwrap()).unwrap();
        assert_eq!(reply["Encrypt"], vector["Encrypt"]);
        assert_eq!(reply["MsgSignature"], vector["msg_signature"]);
    }

    #[test]
    fn every_last_character_of_an_encoding_aes_key_is_accepted() {
        for last in ('a'..='z').chain('A'..='Z').chain('0'..='9') {
            let config = PushConfig {
                appid: "wx0".to_owned(),
                token: "t".into(),
                encoding_aes_key: format!("{}{last}", "A".repeat(42)).into(),
            };
            assert!(Push::new(config, Arc::new(|| 0)).is_ok(), "{last}");
        }
    }
}
