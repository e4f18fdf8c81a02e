//! What the mini-program API refuses, as reasons to act on.

use crate::ConfigError;
use crate::http::SendError;

/// Why a call to the mini-program API gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MiniError {
    /// The login or phone code is wrong, too old or already used (40029, 40163): the page asks for a new one.
    #[error("code is not valid")]
    InvalidCode,
    /// Too many calls of this user (45011) or of this program (45009).
    #[error("too many calls")]
    TooManyRequests,
    /// The paid quota of phone numbers is used up (1400001): let people type their number.
    #[error("the quota is used up")]
    QuotaUsedUp,
    /// The platform holds this user for high-risk (40226).
    #[error("user is blocked by the platform")]
    Blocked,
    /// The user was not here within the last two hours (61010): check at the next visit.
    #[error("the user's visit is too long ago")]
    VisitExpired,
    /// The text is empty or too long.
    #[error("text must have 1 to {max_chars} characters")]
    Length {
        /// Limit.
        max_chars: usize,
    },
    /// An argument that the platform would refuse; nothing was sent.
    #[error("{field}: {reason}")]
    Argument {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// appid or secret is wrong, or our address is not on the list (40013, 40125, 41002, 41004, 40164).
    #[error("appid, secret or address is refused ({errcode})")]
    Credentials {
        /// The platform's code.
        errcode: i64,
    },
    /// The access token is refused although it was just fetched (40001, 40014, 42001).
    #[error("access token is refused")]
    Token,
    /// Any other refusal.
    #[error("refused with {errcode}: {message}")]
    Refused {
        /// The platform's code.
        errcode: i64,
        /// For operators.
        message: String,
    },
    /// Out of reach, busy (-1) or not understandable: try later, a login with a new code.
    #[error("platform not available: {reason}")]
    Unavailable {
        /// Without addresses: queries hold secrets.
        reason: String,
        /// False only if the platform certainly did nothing: a message may be sent again without doubling it.
        may_be_done: bool,
    },
    /// A setting does not work.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl MiniError {
    /// Is it worth trying the same call again later? Not when it was refused for what it says.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::TooManyRequests | Self::Token | Self::Unavailable { .. })
    }

    /// Source: 全局错误码 and the pages of the calls.
    pub(super) fn from_code(errcode: i64, errmsg: &str) -> Self {
        match errcode {
            40029 | 40163 => Self::InvalidCode,
            45009 | 45011 => Self::TooManyRequests,
            1_400_001 => Self::QuotaUsedUp,
            40226 => Self::Blocked,
            61010 => Self::VisitExpired,
            40001 | 40014 | 42001 => Self::Token,
            40013 | 40125 | 40164 | 41002 | 41004 => Self::Credentials { errcode },
            -1 => Self::Unavailable { reason: "busy".to_owned(), may_be_done: true },
            _ => Self::Refused { errcode, message: errmsg.chars().take(300).collect() },
        }
    }

    pub(super) fn unreadable(http: u16) -> Self {
        let reason = format!("answer {http} is not what the documents describe");
        Self::Unavailable { reason, may_be_done: true }
    }
}

impl From<SendError> for MiniError {
    fn from(error: SendError) -> Self {
        Self::Unavailable { reason: error.reason, may_be_done: error.was_sent }
    }
}
