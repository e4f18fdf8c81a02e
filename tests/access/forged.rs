//! Access tokens that this server did not make, or did not mean.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as URL};
use serde_json::{Value, json};

use crate::world::World;
use crate::world::client::Person;

/// Makes tokens as this server does, and all kinds that it does not.
pub struct Forge {
    key: Ed25519KeyPair,
    foreign: Ed25519KeyPair,
    head: Value,
    claims: Value,
}

/// What it is, and the text after `Bearer `.
pub type Forged = (&'static str, String);

fn joined(head: &Value, claims: &Value) -> String {
    format!("{}.{}", URL.encode(head.to_string()), URL.encode(claims.to_string()))
}

fn with(value: &Value, name: &str, new: impl Into<Value>) -> Value {
    let mut changed = value.clone();
    changed[name] = new.into();
    changed
}

fn without(value: &Value, name: &str) -> Value {
    let mut changed = value.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

impl Forge {
    /// For somebody with a live session.
    pub fn new(world: &World, who: &Person) -> Self {
        let der = STANDARD.decode(&world.settings["token_key"]).unwrap();
        let foreign = nuanyang::people::service::token::random_key().unwrap();
        let now = world.app.clock.now().timestamp();
        Self {
            key: Ed25519KeyPair::from_pkcs8(&der).unwrap(),
            foreign: Ed25519KeyPair::from_pkcs8(&foreign).unwrap(),
            head: json!({ "typ": "JWT", "alg": "EdDSA", "kid": "t1" }),
            claims: json!({
                "iss": "nuanyang", "aud": "nuanyang-api", "sub": who.said.person.0, "sid": who.said.session.0,
                "iat": now, "exp": now + 900, "typ": "access",
            }),
        }
    }

    fn signed(&self, head: &Value, claims: &Value) -> String {
        let body = joined(head, claims);
        let signature = self.key.sign(body.as_bytes());
        format!("{body}.{}", URL.encode(signature.as_ref()))
    }

    /// A token that the server must accept: the rest differs from it in one thing each.
    pub fn good(&self) -> String {
        self.signed(&self.head, &self.claims)
    }

    /// Every token that must not be accepted. `other` is a live session of another person.
    pub fn all(&self, other: &Person) -> Vec<Forged> {
        [self.by_algorithm(), self.by_key(), self.by_claims(other), self.by_shape()].concat()
    }

    fn by_algorithm(&self) -> Vec<Forged> {
        let mut made = Vec::new();
        for (name, alg) in [("none", "none"), ("None", "None"), ("NONE", "NONE"), ("nOnE", "nOnE")] {
            let head = with(&self.head, "alg", alg);
            made.push((name, format!("{}.", joined(&head, &self.claims))));
            made.push((name, self.signed(&head, &self.claims)));
        }
        let public = self.key.public_key().as_ref().to_vec();
        let text = STANDARD.encode(&public);
        let mac = |alg: &'static str, with_algorithm: hmac::Algorithm, key: &[u8]| {
            let body = joined(&with(&self.head, "alg", alg), &self.claims);
            let tag = hmac::sign(&hmac::Key::new(with_algorithm, key), body.as_bytes());
            format!("{body}.{}", URL.encode(tag.as_ref()))
        };
        made.push(("HS256 by the public key", mac("HS256", hmac::HMAC_SHA256, &public)));
        made.push(("HS256 by the public key as text", mac("HS256", hmac::HMAC_SHA256, text.as_bytes())));
        made.push(("HS256 by an empty key", mac("HS256", hmac::HMAC_SHA256, b"")));
        made.push(("HS384 by the public key", mac("HS384", hmac::HMAC_SHA384, &public)));
        made.push(("HS512 by the public key", mac("HS512", hmac::HMAC_SHA512, &public)));
        for alg in ["RS256", "ES256", "PS512", "eddsa", "", "HS256"] {
            made.push((
                "another algorithm in the head",
                self.signed(&with(&self.head, "alg", alg), &self.claims),
            ));
        }
        made.push(("no algorithm", self.signed(&without(&self.head, "alg"), &self.claims)));
        made
    }

    fn by_key(&self) -> Vec<Forged> {
        let body = joined(&self.head, &self.claims);
        let x = URL.encode(self.foreign.public_key().as_ref());
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
        let by_stranger = |head: &Value| {
            let body = joined(head, &self.claims);
            let signature = self.foreign.sign(body.as_bytes());
            format!("{body}.{}", URL.encode(signature.as_ref()))
        };
        vec![
            ("no signature", format!("{body}.")),
            ("a signature of zeros", format!("{body}.{}", URL.encode([0_u8; 64]))),
            ("another key", by_stranger(&self.head)),
            ("its own key in the head", by_stranger(&with(&self.head, "jwk", jwk))),
            ("its own key by address", by_stranger(&with(&self.head, "jku", "https://foe.example/keys"))),
            (
                "its own certificate by address",
                by_stranger(&with(&self.head, "x5u", "https://foe.example/x")),
            ),
            ("another key id", self.signed(&with(&self.head, "kid", "t2"), &self.claims)),
            ("no key id", self.signed(&without(&self.head, "kid"), &self.claims)),
            ("a key id that is a path", by_stranger(&with(&self.head, "kid", "../../dev/null"))),
            ("a key id that is a query", by_stranger(&with(&self.head, "kid", "t1' UNION SELECT 'x"))),
            (
                "critical and unknown",
                self.signed(&with(&self.head, "crit", json!(["exp", "x"])), &self.claims),
            ),
            (
                "critical b64",
                self.signed(&with(&with(&self.head, "crit", json!(["b64"])), "b64", false), &self.claims),
            ),
        ]
    }

    fn by_claims(&self, other: &Person) -> Vec<Forged> {
        let now = self.claims["iat"].as_i64().unwrap();
        let changed = |name: &str, value: Value| self.signed(&self.head, &with(&self.claims, name, value));
        let dropped = |name: &str| self.signed(&self.head, &without(&self.claims, name));
        vec![
            ("no exp", dropped("exp")),
            ("no sub", dropped("sub")),
            ("no sid", dropped("sid")),
            ("no aud", dropped("aud")),
            ("no iss", dropped("iss")),
            ("no iat", dropped("iat")),
            ("no kind", dropped("typ")),
            ("run out", changed("exp", json!(now - 31))),
            ("an end in a thousand years", changed("exp", json!(now + 31_536_000_000_i64))),
            ("an end beyond all numbers", changed("exp", json!(i64::MAX))),
            ("an end that is a text", changed("exp", json!((now + 900).to_string()))),
            ("an end with a point", changed("exp", serde_json::from_str("1e400").unwrap_or(Value::Null))),
            ("made tomorrow", changed("iat", json!(now + 86_400))),
            ("for another audience", changed("aud", json!("somebody-else"))),
            ("by another issuer", changed("iss", json!("somebody-else"))),
            ("of another kind", changed("typ", json!("refresh"))),
            ("of nobody", changed("sub", json!(uuid::Uuid::nil()))),
            ("a sub that is no id", changed("sub", json!("admin"))),
            ("another person by this session", changed("sub", json!(other.said.person.0))),
            ("a session that is not there", changed("sid", json!(uuid::Uuid::nil()))),
            ("this person by another session", changed("sid", json!(other.said.session.0))),
        ]
    }

    fn by_shape(&self) -> Vec<Forged> {
        let good = self.good();
        let parts: Vec<&str> = good.split('.').collect();
        let other_claims =
            URL.encode(with(&self.claims, "exp", self.claims["exp"].as_i64().unwrap() + 60).to_string());
        let last = if good.ends_with('A') { 'Q' } else { 'A' };
        vec![
            ("nothing but points", "..".into()),
            ("letters", "abc".into()),
            ("long", "A".repeat(6_000)),
            (
                "JSON",
                json!({ "payload": parts[1], "signature": parts[2], "protected": parts[0] }).to_string(),
            ),
            ("two parts", format!("{}.{}", parts[0], parts[1])),
            ("four parts", format!("{good}.{}", parts[2])),
            ("a point at the end", format!("{good}.")),
            ("padded", format!("{good}==")),
            ("small letters", good.to_lowercase()),
            ("another body under the signature", format!("{}.{other_claims}.{}", parts[0], parts[2])),
            ("a signature with another last letter", format!("{}{last}", &good[..good.len() - 2])),
            ("head and body swapped", format!("{}.{}.{}", parts[1], parts[0], parts[2])),
            ("two tokens", format!("{good} {good}")),
        ]
    }
}
