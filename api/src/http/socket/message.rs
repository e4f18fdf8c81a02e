//! The messages of graphql-transport-ws.
//!
//! Source: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use async_graphql::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::answer::{Parameters, strip_bearer};
use crate::http::problem::{self, Code, Problem};

const ID_BYTES_MAX: usize = 128;

/// What a client can say.
pub enum Heard {
    /// Opens the talk.
    Init {
        /// The token inside, `None` without one.
        token: Result<Option<String>, Problem>,
    },
    /// Wants a `pong` with the same payload.
    Ping(Option<Map<String, Value>>),
    /// Answers a `ping`.
    Pong,
    /// Starts an operation.
    Subscribe {
        /// Chosen by the client, unique among its running ones.
        id: String,
        /// The operation; a problem goes back as its `error`.
        parameters: Result<Parameters, Problem>,
    },
    /// Ends an operation.
    Complete {
        /// Which one.
        id: String,
    },
}

/// Reads one message; `None` when it is not one of the protocol, for which the socket closes with 4400.
pub fn read(text: &str) -> Option<Heard> {
    // An array would pass for a struct in the JSON reader.
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let Kind { kind } = serde_json::from_str(text).ok()?;
    match kind.as_str() {
        "connection_init" => Some(Heard::Init { token: token(optional_payload(text)?.as_ref()) }),
        "ping" => Some(Heard::Ping(optional_payload(text)?)),
        "pong" => optional_payload(text).map(|_| Heard::Pong),
        "complete" => {
            let Complete { id } = serde_json::from_str(text).ok()?;
            is_id(&id).then_some(Heard::Complete { id })
        }
        "subscribe" => {
            let Subscribe { id, payload } = serde_json::from_str(text).ok()?;
            // The protocol wants a text, also an empty one beside the hash of a known document.
            payload.get("query")?;
            let parameters: Parameters = serde_json::from_value(Value::Object(payload)).ok()?;
            is_id(&id).then(|| Heard::Subscribe { id, parameters: parameters.checked() })
        }
        _ => None,
    }
}

/// `connection_ack`.
pub fn ack() -> String {
    r#"{"type":"connection_ack"}"#.to_owned()
}

/// `pong`, with the payload of the `ping`.
pub fn pong(payload: Option<Map<String, Value>>) -> String {
    write(&Said { kind: "pong", id: None, payload })
}

/// `next`, or `error` when nothing of the operation was carried out.
pub fn answer(id: &str, response: &Response, is_refused: bool) -> String {
    // An answer as JSON text already has the right shape, so the envelope is put around it.
    let body = if is_refused {
        serde_json::to_string(&response.errors).unwrap_or_else(|_| "[]".to_owned())
    } else {
        String::from_utf8(problem::to_json(response)).unwrap_or_default()
    };
    let kind = if is_refused { "error" } else { "next" };
    let id = Value::String(id.to_owned());
    format!(r#"{{"id":{id},"type":"{kind}","payload":{body}}}"#)
}

/// `complete`.
pub fn complete(id: &str) -> String {
    write(&Said::<()> { kind: "complete", id: Some(id), payload: None })
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    payload: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Complete {
    id: String,
}

#[derive(Deserialize)]
struct Subscribe {
    id: String,
    payload: Map<String, Value>,
}

#[derive(Serialize)]
struct Said<'a, P> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
}

fn write<P: Serialize>(said: &Said<'_, P>) -> String {
    serde_json::to_string(said).unwrap_or_default()
}

fn optional_payload(text: &str) -> Option<Option<Map<String, Value>>> {
    serde_json::from_str::<Payload>(text).ok().map(|read| read.payload)
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID_BYTES_MAX
}

/// `{"authorization": "Bearer …"}` or `{"token": "…"}`.
fn token(payload: Option<&Map<String, Value>>) -> Result<Option<String>, Problem> {
    let refused = || Err(Problem::new(Code::Unauthenticated, "The token cannot be read."));
    let find = |name: &str| payload.and_then(|given| given.get(name)).filter(|value| !value.is_null());
    if let Some(value) = find("authorization").or_else(|| find("Authorization")) {
        return value
            .as_str()
            .and_then(strip_bearer)
            .map_or_else(refused, |token| Ok(Some(token.to_owned())));
    }
    match find("token") {
        Some(value) => value.as_str().map_or_else(refused, |token| Ok(Some(token.to_owned()))),
        None => Ok(None),
    }
}
