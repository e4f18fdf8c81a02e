//! Idempotency: the key is written in the transaction of the effects, so both stand or neither.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::db::{execute, row};
use super::seal::sha256_hex;

/// What a request key says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// Never seen: do the act; its object has the id given.
    First,
    /// Done before with the same input: answer with this object.
    Again(Uuid),
    /// Used before with another input.
    Reused,
}

/// Whether a text can serve as a request key: 16 to 64 letters, digits, `-`, `_`, `.`, `:`.
pub fn is_request_key(key: &str) -> bool {
    (16..=64).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}

/// Fingerprint of an input: equal inputs, equal text.
pub fn fingerprint(input: &impl std::fmt::Debug) -> String {
    sha256_hex(format!("{input:?}").as_bytes())
}

/// One act under one key.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who acts.
    pub person: Uuid,
    /// Name of the mutation.
    pub act: &'a str,
    /// The client's key.
    pub key: &'a str,
    /// Fingerprint of the rest of the input.
    pub fingerprint: &'a str,
}

/// Writes the key, or says what it was used for. Call it first in the transaction of the act.
pub async fn once<C: ConnectionTrait>(
    tx: &C,
    request: Request<'_>,
    result: Uuid,
    at: DateTime<Utc>,
) -> Result<Once, DbErr> {
    #[derive(FromQueryResult)]
    struct Known {
        fingerprint: String,
        result_id: Uuid,
    }
    let Request { person, act, key, fingerprint } = request;
    let written = execute(
        tx,
        "INSERT INTO request_key (person_id, act, key, fingerprint, result_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        [person.into(), act.into(), key.into(), fingerprint.into(), result.into(), at.into()],
    )
    .await?;
    if written == 1 {
        return Ok(Once::First);
    }
    let known: Option<Known> = row(
        tx,
        "SELECT fingerprint, result_id FROM request_key WHERE person_id = $1 AND act = $2 AND key = $3",
        [person.into(), act.into(), key.into()],
    )
    .await?;
    Ok(match known {
        Some(known) if known.fingerprint == fingerprint => Once::Again(known.result_id),
        _ => Once::Reused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_of_a_sober_length_and_alphabet() {
        let good = "a".repeat(16);
        assert!(is_request_key(&good) && is_request_key(&"z-9_.:Z0".repeat(8)));
        for bad in ["", "short", "sixteen letters!", "nul\0nul\0nul\0nul\0nul", &"x".repeat(65)] {
            assert!(!is_request_key(bad), "{bad:?}");
        }
    }
}
