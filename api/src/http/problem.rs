//! The closed list of top-level error codes, and how every error is made fit to leave the house.

use std::time::Duration;

use actix_web::http::StatusCode;
use async_graphql::{Name, PathSegment, Pos, Response, ServerError, Value};

use crate::kit::ready;

const MESSAGE_BYTES_MAX: usize = 400;
const ERRORS_MAX: usize = 20;
const INTERNAL_MESSAGE: &str = "系统出错了，请把编号告诉我们";

/// What can be wrong with a request as a whole. What a person can mend is told in `userErrors` instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A token is missing, or is not acceptable.
    Unauthenticated,
    /// The role does not allow it.
    Forbidden,
    /// The request is malformed.
    BadRequest,
    /// The request is larger than the limits.
    QueryTooLarge,
    /// Too often; try later.
    RateLimited,
    /// It took longer than allowed.
    Timeout,
    /// Our fault; `extensions.ref` finds it in the log.
    Internal,
}

impl Code {
    const ALL: [Self; 7] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::BadRequest,
        Self::QueryTooLarge,
        Self::RateLimited,
        Self::Timeout,
        Self::Internal,
    ];

    /// The text of `extensions.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadRequest => "BAD_REQUEST",
            Self::QueryTooLarge => "QUERY_TOO_LARGE",
            Self::RateLimited => "RATE_LIMITED",
            Self::Timeout => "TIMEOUT",
            Self::Internal => "INTERNAL",
        }
    }

    /// The HTTP status of an answer that has this problem and no data.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::BadRequest | Self::QueryTooLarge => StatusCode::BAD_REQUEST,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code that an error carries, if it is one of the list.
    pub fn of(error: &ServerError) -> Option<Self> {
        match error.extensions.as_ref()?.get("code")? {
            Value::String(text) => Self::ALL.into_iter().find(|code| code.as_str() == text),
            _ => None,
        }
    }
}

/// One refusal of a whole request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// For programs.
    pub code: Code,
    /// For whoever writes the client. Never holds what was sent.
    pub message: String,
    /// Where in the document.
    pub at: Option<Pos>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// A problem of the whole request.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), at: None, retry_after: None }
    }

    /// A malformed request.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    /// A request larger than the limits.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(Code::QueryTooLarge, message)
    }

    /// Our own fault, already logged under its reference.
    pub fn internal() -> Self {
        Self::new(Code::Internal, INTERNAL_MESSAGE)
    }

    /// The error that the client gets.
    pub fn into_error(self, reference: &str) -> ServerError {
        let mut error = ServerError::new(self.message, self.at);
        shorten(&mut error.message);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", self.code.as_str());
        if self.code == Code::Internal {
            extensions.set("ref", reference);
        }
        if let Some(wait) = self.retry_after {
            extensions.set("retryAfterSeconds", wait.as_secs().max(1));
        }
        error
    }
}

/// Gives every error of an answer a code of the list, hides causes, and cuts what is long.
///
/// An error without a code is the client's mistake when it has no path (parsing, validation) or names an
/// input that could not be read; from a resolver it is our fault, and only the log learns its cause.
pub fn settle(response: &mut Response, reference: &str) {
    for error in &response.errors {
        fill(&mut response.data, &error.path);
    }
    response.errors.truncate(ERRORS_MAX);
    for error in &mut response.errors {
        match Code::of(error) {
            Some(code) if code != Code::Internal => shorten(&mut error.message),
            None if error.path.is_empty() || is_unreadable_input(error) => {
                shorten(&mut error.message);
                error.extensions.get_or_insert_default().set("code", Code::BadRequest.as_str());
            }
            _ => hide(error, reference),
        }
    }
}

/// Whether the request as a whole was refused, so that nothing of it was carried out.
pub fn is_refused(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The code of the first error.
pub fn outcome(response: &Response) -> Option<Code> {
    response.errors.first().map(|error| Code::of(error).unwrap_or(Code::Internal))
}

/// The JSON of an answer; a refused one has no `data` at all.
pub fn to_json(response: &Response) -> Vec<u8> {
    let mut text = Vec::with_capacity(512);
    text.push(b'{');
    if !is_refused(response) {
        text.extend_from_slice(b"\"data\":");
        ready::write(&mut text, &response.data);
    }
    if !response.errors.is_empty() {
        if text.len() > 1 {
            text.push(b',');
        }
        text.extend_from_slice(b"\"errors\":");
        if let Err(cause) = serde_json::to_writer(&mut text, &response.errors) {
            tracing::error!(%cause, "an answer could not be written as JSON");
            return br#"{"errors":[{"message":"The answer could not be written.","extensions":{"code":"INTERNAL"}}]}"#
                .to_vec();
        }
    }
    text.push(b'}');
    text
}

/// An answer that holds one problem and nothing else.
pub fn refused(problem: Problem, reference: &str) -> Response {
    Response::from_errors(vec![problem.into_error(reference)])
}

/// The library leaves a failed field out of its object; a client that asked for the field gets `null` instead.
fn fill(data: &mut Value, path: &[PathSegment]) {
    let Some((first, rest)) = path.split_first() else { return };
    match (data, first) {
        (Value::Object(fields), PathSegment::Field(name)) => {
            let field = fields.entry(Name::new(name)).or_insert(Value::Null);
            fill(field, rest);
        }
        (Value::List(items), PathSegment::Index(index)) => {
            if let Some(item) = items.get_mut(*index) {
                fill(item, rest);
            }
        }
        _ => {}
    }
}

fn hide(error: &mut ServerError, reference: &str) {
    tracing::error!(reference, path = ?error.path, cause = %error.message, "a resolver failed");
    let settled = Problem::internal().into_error(reference);
    error.message = settled.message;
    error.extensions = settled.extensions;
    error.source = None;
}

/// The library reads some inputs only while it executes, and marks their failure by its wording alone; an
/// error that a resolver made from another one has a source.
fn is_unreadable_input(error: &ServerError) -> bool {
    error.source.is_none()
        && error.extensions.is_none()
        && (error.message.starts_with("Failed to parse \"")
            || error.message.starts_with("Expected input type \""))
}

/// Validation messages quote what was sent, which may be huge.
fn shorten(message: &mut String) {
    if message.len() > MESSAGE_BYTES_MAX {
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
        message.push('…');
    }
}
