//! What can go wrong with a call, and the one question that matters for money: was it executed?

use super::code::ErrorCode;
use super::notification::Rejection;
use super::request::Invalid;
use crate::http::SendError;
use crate::{ConfigError, crypto::CryptoError};

/// Longest part of a platform message that is kept; messages may echo what a user typed.
const MESSAGE_MAX_CHARS: usize = 300;

/// Was the call executed? Callers decide on this, not on texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Certainly not executed: it never left. May be tried again at any time.
    NotSent,
    /// The platform said no, and proved that it was the platform. Nothing was executed.
    Refused,
    /// Executed or not. Query, or repeat with the same number and the same bytes; never a new number.
    Unknown,
}

/// Why a call to WeChat Pay gave no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PayError {
    /// The platform answered with an error.
    #[error("WeChat Pay answered {http} {code}: {message}")]
    Api {
        /// HTTP status.
        http: u16,
        /// The platform's code. Decide on this before the status: pages differ in the status.
        code: ErrorCode,
        /// For operators. May echo what a user typed: escape it.
        message: String,
        /// The platform's `Request-ID`, for its support desk.
        request_id: Option<String>,
        /// Was the call executed? `Unknown` also if an earlier, identical try may have been.
        outcome: Outcome,
    },
    /// An answer that did not prove to come from the platform, or made no sense.
    #[error("answer {http} could not be trusted: {reason}")]
    Unverified {
        /// HTTP status.
        http: u16,
        /// What was wrong with it.
        reason: Rejection,
        /// As the answer said; not proven.
        request_id: Option<String>,
    },
    /// No whole answer came.
    #[error("no answer (sent: {sent}): {reason}")]
    Transport {
        /// False only if the request certainly did not leave.
        sent: bool,
        /// Without addresses.
        reason: String,
    },
    /// A setting or argument cannot work; nothing was sent.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Not even tried: the platform was out of reach five times in a row a few seconds ago.
    #[error("not tried: the platform was out of reach")]
    Breaker,
    /// Not even tried: more calls wait than may leave within the time-out.
    #[error("not tried: too many calls of this kind wait")]
    Limited,
}

impl PayError {
    /// Was the call executed? Source: merchant documents, 错误码 and 退款 (429 proves nothing for refunds).
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Api { outcome, .. } => *outcome,
            Self::Unverified { .. } | Self::Transport { sent: true, .. } => Outcome::Unknown,
            Self::Transport { sent: false, .. } | Self::Config(_) | Self::Breaker | Self::Limited => {
                Outcome::NotSent
            }
        }
    }

    /// The platform's code, if it gave one.
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Api { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The code of a clear no: signed by the platform, to a call of which nothing is in doubt. Act on this one; [`Self::code`]
    /// may come from a page that nobody signed.
    pub fn refusal(&self) -> Option<&ErrorCode> {
        self.code().filter(|_| self.outcome() == Outcome::Refused)
    }

    /// May the client itself repeat the call at once? Not while the platform asks for fewer calls.
    pub(super) fn is_worth_repeating(&self) -> bool {
        match self {
            Self::Api { http: 429, .. } | Self::Config(_) | Self::Breaker | Self::Limited => false,
            Self::Api { outcome, .. } => *outcome == Outcome::Unknown,
            Self::Unverified { .. } | Self::Transport { .. } => true,
        }
    }

    /// This error, seen after `earlier` tries of the same bytes.
    ///
    /// A clear no to the second try does not say that the first was not executed.
    pub(super) fn after(self, earlier: Option<Self>) -> Self {
        let Some(earlier) = earlier.filter(|earlier| earlier.outcome() == Outcome::Unknown) else {
            return self;
        };
        match self {
            Self::Api { http, code, message, request_id, .. } => {
                Self::Api { http, code, message, request_id, outcome: Outcome::Unknown }
            }
            latest if latest.outcome() == Outcome::Unknown => latest,
            _ => earlier,
        }
    }

    pub(super) fn malformed(http: u16) -> Self {
        Self::Unverified { http, reason: Rejection::Malformed, request_id: None }
    }
}

impl From<SendError> for PayError {
    fn from(error: SendError) -> Self {
        Self::Transport { sent: error.was_sent, reason: error.reason }
    }
}

impl From<Invalid> for PayError {
    /// A number that no order or refund can have; nothing is sent.
    fn from(invalid: Invalid) -> Self {
        Self::Config(ConfigError::new(invalid.field, invalid.reason.to_string()))
    }
}

impl From<CryptoError> for PayError {
    /// Only signing ends here: a key that was fine at the start, or no random bytes.
    fn from(error: CryptoError) -> Self {
        Self::Config(ConfigError::new("merchant_key_pem", error.to_string()))
    }
}

/// Keeps the first characters of a platform message.
pub(super) fn shorten(message: &str) -> String {
    message.chars().take(MESSAGE_MAX_CHARS).collect()
}

impl From<crate::route::Open> for PayError {
    fn from(_: crate::route::Open) -> Self {
        Self::Breaker
    }
}
