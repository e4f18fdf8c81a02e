//! How far our clock is from the platform's, told by the `Date` of its answers.
//!
//! Five minutes off and every call is refused with 401 (签名生成). `Date` is not signed, so it only corrects what we
//! sign and how fresh an answer to our own call must be; notifications are always judged by our own clock.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap};

/// Seconds off from which a refusal is blamed on the clock.
const WRONG_FROM_S: u64 = 60;
/// Nothing was heard yet.
const UNKNOWN: i64 = i64::MIN;

/// The measured difference: platform minus ours.
pub(super) struct Skew {
    measured_s: AtomicI64,
    is_corrected: AtomicBool,
}

impl Skew {
    pub(super) fn new() -> Self {
        Self { measured_s: AtomicI64::new(UNKNOWN), is_corrected: AtomicBool::new(false) }
    }

    /// Takes note of an answer's `Date`.
    pub(super) fn note(&self, headers: &HeaderMap, now: i64) {
        let date = headers.get(DATE).and_then(|value| value.to_str().ok());
        let Some(at) = date.and_then(|text| DateTime::parse_from_rfc2822(text).ok()) else { return };
        let skew_s = at.timestamp().saturating_sub(now);
        self.measured_s.store(skew_s, Ordering::Relaxed);
        if skew_s.unsigned_abs() < WRONG_FROM_S {
            self.is_corrected.store(false, Ordering::Relaxed);
        }
    }

    /// Seconds; `None` before the first answer.
    pub(super) fn measured_s(&self) -> Option<i64> {
        Some(self.measured_s.load(Ordering::Relaxed)).filter(|skew_s| *skew_s != UNKNOWN)
    }

    /// After a refused signature: goes over to the platform's time. False if the clock is not to blame, or if that
    /// was tried already.
    pub(super) fn correct(&self) -> bool {
        let is_wrong = self.measured_s().is_some_and(|skew_s| skew_s.unsigned_abs() >= WRONG_FROM_S);
        is_wrong && !self.is_corrected.swap(true, Ordering::Relaxed)
    }

    /// The time to sign with.
    pub(super) fn time(&self, now: i64) -> i64 {
        if !self.is_corrected.load(Ordering::Relaxed) {
            return now;
        }
        now.saturating_add(self.measured_s().unwrap_or_default())
    }
}
