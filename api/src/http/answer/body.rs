//! Reads what was sent: bytes under a limit and a deadline, then the four parameters of a request.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderMap;
use actix_web::web::{self, BytesMut};
use async_graphql::{Request, Value, Variables};
use serde::Deserialize;

use super::Halt;
use crate::http::engine::Limits;
use crate::http::guard::Guarded;
use crate::http::intake::{self, Measure, Short};
use crate::http::problem::Problem;
use crate::kit::ready::DocumentId;

const OPERATION_NAME_BYTES_MAX: usize = 128;

/// The parameters of one GraphQL request, over HTTP or in a `subscribe` message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    /// The document; empty when its hash says which one.
    #[serde(default)]
    pub query: String,
    /// SHA-256 of a document that the server knows.
    #[serde(default)]
    document_id: Option<String>,
    /// Which of its operations.
    #[serde(default)]
    pub operation_name: Option<String>,
    /// Values of its variables.
    #[serde(default)]
    pub variables: Variables,
    /// Only looked at to refuse what we do not do.
    #[serde(default)]
    extensions: Option<HashMap<String, Value>>,
}

impl Parameters {
    /// Reads a JSON object. Lists of requests are refused: one request, one answer.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Problem> {
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            Some(b'{') => {}
            Some(b'[') => {
                return Err(Problem::bad("Several requests in one are not served; send one object."));
            }
            _ => return Err(Problem::bad("The body must be a JSON object.")),
        }
        let read: Self = serde_json::from_slice(bytes).map_err(|cause| told(&cause))?;
        read.checked()
    }

    /// Reads the parameters of an address; `variables` and `extensions` are JSON inside it.
    pub fn from_query(text: &str) -> Result<Self, Problem> {
        let web::Query(mut given) = web::Query::<HashMap<String, String>>::from_query(text)
            .map_err(|_| Problem::bad("The parameters of the address cannot be read."))?;
        let document_id = given.remove("documentId");
        let query = given.remove("query").or(document_id.as_ref().map(|_| String::new()));
        let query = query.ok_or_else(|| Problem::bad("query is missing."))?;
        let operation_name = given.remove("operationName").filter(|name| !name.is_empty());
        let variables = from_text(given.remove("variables"))?.unwrap_or_default();
        let extensions = from_text(given.remove("extensions"))?;
        Self { query, document_id, operation_name, variables, extensions }.checked()
    }

    /// The hash of the document, as a parameter or, over a socket whose messages have no place for it, as an extension.
    pub fn document_id(&self) -> Option<&str> {
        let named = self.extensions.as_ref().and_then(|given| match given.get("documentId")? {
            Value::String(hash) => Some(hash.as_str()),
            _ => None,
        });
        self.document_id.as_deref().or(named).filter(|hash| !hash.is_empty())
    }

    /// Refuses what cannot be meant, whichever way it came.
    pub fn checked(self) -> Result<Self, Problem> {
        if self.extensions.as_ref().is_some_and(|given| given.contains_key("persistedQuery")) {
            // The wording is what clients of that extension look for to send the whole document instead.
            return Err(Problem::bad("PersistedQueryNotSupported"));
        }
        if self.query.trim().is_empty() && self.document_id().is_none() {
            return Err(Problem::bad("query is empty."));
        }
        // No text of the house has a use for NUL, and PostgreSQL takes none.
        let has_nul = self.query.contains('\0') || self.query.contains("\\u0000");
        if has_nul || self.variables.values().any(holds_nul) {
            return Err(Problem::bad("Texts must not hold the character U+0000."));
        }
        if self.operation_name.as_ref().is_some_and(|name| name.len() > OPERATION_NAME_BYTES_MAX) {
            return Err(Problem::bad("operationName is too long."));
        }
        Ok(self)
    }

    /// The request as the schema takes it, with its guarded document, so that nothing is parsed twice.
    pub fn into_request(self, guarded: Arc<Guarded>) -> Request {
        let mut request = Request::new(self.query).variables(self.variables).data(DocumentId(guarded.id));
        request.operation_name = self.operation_name;
        request.set_parsed_query(guarded.document.clone());
        request.data(guarded)
    }
}

/// Reads a body, never more of it than allowed and never longer than allowed.
pub async fn read(payload: web::Payload, headers: &HeaderMap, limits: &Limits) -> Result<BytesMut, Halt> {
    let measure = Measure { bytes_max: limits.body_bytes, patience: Duration::from_secs(limits.body_s) };
    intake::read(payload, headers, measure).await.map_err(|short| match short {
        Short::Broken => Problem::bad("The body ended early.").into(),
        Short::TooSlow => {
            let problem = Problem::bad(format!("The body did not arrive within {} s.", limits.body_s));
            Halt::closing(short.status(), problem)
        }
        Short::TooLarge => {
            let problem = Problem::too_large(format!("The body is larger than {} bytes.", limits.body_bytes));
            Halt::closing(short.status(), problem)
        }
    })
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.values().any(holds_nul),
        _ => false,
    }
}

fn from_text<T: for<'de> Deserialize<'de>>(text: Option<String>) -> Result<Option<T>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    serde_json::from_str(&text).map_err(|cause| told(&cause))
}

/// The JSON reader quotes values in its messages, so only the kind of failure is told.
fn told(cause: &serde_json::Error) -> Problem {
    Problem::bad(match cause.classify() {
        serde_json::error::Category::Data => {
            "The parameters are not of their types: query and operationName are text, variables and extensions objects."
        }
        _ => "The body is not valid JSON.",
    })
}
