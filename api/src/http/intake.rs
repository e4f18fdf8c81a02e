//! Reads bodies: never more of one than allowed, and never longer than allowed.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::web::{self, BytesMut};
use futures_util::StreamExt;
use tokio::time::timeout;

/// How much of a body is taken, and for how long one waits for it.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Bytes.
    pub bytes_max: usize,
    /// From the end of the head to the end of the body.
    pub patience: Duration,
}

/// Why there is no body. Only after the last one may the connection go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// It is larger than allowed.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// It ended early.
    Broken,
}

impl Short {
    /// The status of its answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a body.
pub async fn read(
    mut payload: web::Payload,
    headers: &HeaderMap,
    measure: Measure,
) -> Result<BytesMut, Short> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|bytes| bytes > measure.bytes_max) {
        return Err(Short::TooLarge);
    }
    let whole = async {
        let mut body = BytesMut::with_capacity(declared.unwrap_or(1_024));
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|_| Short::Broken)?;
            if body.len().saturating_add(piece.len()) > measure.bytes_max {
                return Err(Short::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    };
    timeout(measure.patience, whole).await.unwrap_or(Err(Short::TooSlow))
}
