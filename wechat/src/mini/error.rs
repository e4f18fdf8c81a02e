//! What the mini-program API refuses, as reasons to act on.

use crate::ConfigError;
use crate::http::SendError;

/// Why a call to the mini-program API gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MiniError {
    /// The login code is wrong, too old or already used (40029, 40163): the page calls `wx.login` again.
    #[error("login code is not valid")]
    InvalidCode,
    /// Too many calls of this user (45011) or of this program (45009).
    #[error("too many calls")]
    TooManyRequests,
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
    },
    /// A setting does not work.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl MiniError {
    /// Source: 全局错误码 and the pages of the calls.
    pub(super) fn from_code(errcode: i64, errmsg: &str) -> Self {
        match errcode {
            40029 | 40163 => Self::InvalidCode,
            45009 | 45011 => Self::TooManyRequests,
            40226 => Self::Blocked,
            61010 => Self::VisitExpired,
            40001 | 40014 | 42001 => Self::Token,
            40013 | 40125 | 40164 | 41002 | 41004 => Self::Credentials { errcode },
            -1 => Self::Unavailable { reason: "busy".to_owned() },
            _ => Self::Refused { errcode, message: errmsg.chars().take(300).collect() },
        }
    }

    pub(super) fn unreadable(http: u16) -> Self {
        Self::Unavailable { reason: format!("answer {http} is not what the documents describe") }
    }
}

impl From<SendError> for MiniError {
    fn from(error: SendError) -> Self {
        Self::Unavailable { reason: error.reason }
    }
}
