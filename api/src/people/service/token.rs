//! Access tokens: short-lived JWTs signed with Ed25519, which hold no personal data and no roles.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kit::ids::{PersonId, SessionId};
use crate::kit::refusal::Fault;
use crate::kit::shelf::Shelf;

/// Issuer in every token.
pub const ISSUER: &str = "nuanyang";
/// Audience in every token.
pub const AUDIENCE: &str = "nuanyang-api";
/// Verifying a signature costs as much as all else of a small question, so good tokens are remembered: 4 MB at most.
const GOOD_ENTRIES: usize = 8_192;
const GOOD_BYTES: usize = 4_000_000;
/// Clocks of several servers may differ by so much, in seconds.
const LEEWAY_S: i64 = 30;

/// Signs and reads access tokens.
pub struct Signer {
    key_id: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// Tokens whose signature was found good. What they say about time is looked at anew each time.
    good: Shelf<Box<str>, Claims>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    iat: i64,
    exp: i64,
    /// Keeps tokens of other kinds out, should there ever be any.
    typ: String,
}

/// What a good token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub person: PersonId,
    /// By which session.
    pub session: SessionId,
    /// Until when, Unix seconds.
    pub expires_s: i64,
}

impl Signer {
    /// From the PKCS#8 of an Ed25519 key.
    pub fn new(key_id: &str, pkcs8: &[u8]) -> Result<Self, Fault> {
        use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8)
            .map_err(|_| Fault::new("token_key is no Ed25519 key in PKCS#8"))?;
        Ok(Self {
            key_id: key_id.to_owned(),
            encoding: EncodingKey::from_ed_der(pkcs8),
            decoding: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            good: Shelf::new(GOOD_ENTRIES, GOOD_BYTES),
        })
    }

    /// A token for a session, good for `life_s` seconds.
    pub fn sign(
        &self,
        person: PersonId,
        session: SessionId,
        now: DateTime<Utc>,
        life_s: u32,
    ) -> Result<String, Fault> {
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::EdDSA) };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: person.0,
            sid: session.0,
            iat: now.timestamp(),
            exp: now.timestamp() + i64::from(life_s),
            typ: "access".to_owned(),
        };
        encode(&header, &claims, &self.encoding).map_err(|error| Fault(Box::new(error)))
    }

    /// What the token says, or `None` for any token that this server did not make or that has run out.
    ///
    /// The times are compared with the product's clock, which the demo can move; the library would take the host's.
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Said> {
        let claims = match self.good.get(token) {
            Some(claims) => claims,
            None => {
                let claims = self.verified(token)?;
                self.good.put(token.into(), claims.clone(), token.len() + 200);
                claims
            }
        };
        let seconds = now.timestamp();
        let is_in_time = claims.exp.checked_add(LEEWAY_S)? > seconds
            && claims.iat <= seconds.checked_add(LEEWAY_S)?
            && claims.exp.checked_sub(claims.iat)? <= 7_200;
        is_in_time.then_some(Said {
            person: PersonId(claims.sub),
            session: SessionId(claims.sid),
            expires_s: claims.exp,
        })
    }

    fn verified(&self, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        // A head that names something critical wants to be understood (RFC 7515, 4.1.11); we understand nothing of it.
        let is_ours = header.alg == Algorithm::EdDSA && header.kid.as_deref() == Some(&self.key_id);
        if !is_ours || header.crit.is_some() {
            return None;
        }
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        rules.validate_exp = false;
        let claims = decode::<Claims>(token, &self.decoding, &rules).ok()?.claims;
        (claims.typ == "access").then_some(claims)
    }
}

/// A fresh Ed25519 key, for a demo that was given none.
pub fn random_key() -> Result<Vec<u8>, Fault> {
    use aws_lc_rs::signature::Ed25519KeyPair;
    let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new())
        .map_err(|_| Fault::new("no randomness"))?;
    Ok(document.as_ref().to_vec())
}
