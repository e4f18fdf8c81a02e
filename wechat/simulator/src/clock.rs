//! The simulator's clock: frozen and moved by hand, or the machine's clock with an offset.

use chrono::DateTime;

/// Seconds that Beijing is ahead of UTC.
pub const BEIJING_OFFSET_S: i64 = 8 * 3600;

/// Virtual time in whole seconds since 1970.
pub enum Clock {
    /// Stands still until somebody moves it.
    Frozen {
        /// The moment it shows, unix seconds.
        at: i64,
    },
    /// Runs with the machine, shifted.
    Running {
        /// Seconds added to the machine's clock.
        offset_s: i64,
    },
}

impl Clock {
    /// A frozen clock when a moment is given, else the machine's clock.
    pub fn new(start_at: Option<i64>) -> Self {
        match start_at {
            Some(at) => Self::Frozen { at },
            None => Self::Running { offset_s: 0 },
        }
    }

    /// Now, unix seconds.
    pub fn now(&self) -> i64 {
        match self {
            Self::Frozen { at } => *at,
            Self::Running { offset_s } => machine_seconds().saturating_add(*offset_s),
        }
    }

    /// Whether time only moves by hand.
    pub fn is_frozen(&self) -> bool {
        matches!(self, Self::Frozen { .. })
    }

    /// Sets the clock; a running clock goes on from there.
    pub fn set(&mut self, to: i64) {
        match self {
            Self::Frozen { at } => *at = to,
            Self::Running { offset_s } => *offset_s = to.saturating_sub(machine_seconds()),
        }
    }
}

/// The one place of this crate that reads the machine's clock.
#[allow(clippy::disallowed_methods, reason = "this is the virtual clock itself; everything else asks it")]
fn machine_seconds() -> i64 {
    chrono::Utc::now().timestamp()
}

/// A moment as the platform writes it: RFC 3339 with `+08:00`.
pub fn beijing(at: i64) -> String {
    match DateTime::from_timestamp(at.saturating_add(BEIJING_OFFSET_S), 0) {
        Some(shifted) => shifted.format("%Y-%m-%dT%H:%M:%S+08:00").to_string(),
        None => "1970-01-01T08:00:00+08:00".to_owned(),
    }
}

/// A moment as an HTTP `Date` header.
pub fn http_date(at: i64) -> String {
    DateTime::from_timestamp(at, 0)
        .map(|moment| moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}

/// Unix seconds of an RFC 3339 text, with or without milliseconds.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp())
}
