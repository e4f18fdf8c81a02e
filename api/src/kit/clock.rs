//! Now, and the service day. In demo and test mode the clock can be set and moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;

/// Where "now" comes from. Cheap to clone; clones share one hand.
#[derive(Clone, Debug)]
pub struct Clock(Hand);

#[derive(Clone, Debug)]
enum Hand {
    System,
    /// The host's clock plus so many microseconds: the demo, in which time still runs.
    Shifted(Arc<AtomicI64>),
    /// Stands still until it is moved: tests.
    Frozen(Arc<AtomicI64>),
}

impl Clock {
    /// The host's clock: production.
    pub fn system() -> Self {
        Self(Hand::System)
    }

    /// The host's clock, but it can be moved: demo.
    pub fn shifted() -> Self {
        Self(Hand::Shifted(Arc::new(AtomicI64::new(0))))
    }

    /// A clock that stands at `at` until it is moved: tests.
    pub fn frozen(at: DateTime<Utc>) -> Self {
        Self(Hand::Frozen(Arc::new(AtomicI64::new(at.timestamp_micros()))))
    }

    /// The present instant, cut to whole microseconds because PostgreSQL keeps no more.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match &self.0 {
            Hand::System => host_micros(),
            Hand::Shifted(offset) => host_micros().saturating_add(offset.load(Ordering::Relaxed)),
            Hand::Frozen(at) => at.load(Ordering::Relaxed),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Unix seconds, for the WeChat client.
    pub fn unix_s(&self) -> i64 {
        self.now().timestamp()
    }

    /// The service day in Asia/Shanghai.
    pub fn today(&self) -> NaiveDate {
        service_day(self.now())
    }

    /// Whether the hand can be moved at all.
    pub fn is_movable(&self) -> bool {
        !matches!(self.0, Hand::System)
    }

    /// Puts the hand on `at`. Without effect on the host's clock.
    pub fn set(&self, at: DateTime<Utc>) {
        match &self.0 {
            Hand::System => {}
            Hand::Shifted(offset) => {
                offset.store(at.timestamp_micros().saturating_sub(host_micros()), Ordering::Relaxed);
            }
            Hand::Frozen(hand) => hand.store(at.timestamp_micros(), Ordering::Relaxed),
        }
    }

    /// Moves the hand forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }
}

#[allow(clippy::disallowed_methods, reason = "the one place that reads the host's clock")]
fn host_micros() -> i64 {
    Utc::now().timestamp_micros()
}

/// The day in Asia/Shanghai on which `at` falls.
pub fn service_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Shanghai).date_naive()
}

/// The instant of a wall-clock time in Asia/Shanghai, which has no summer time since 1991.
pub fn instant(day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    Shanghai
        .from_local_datetime(&day.and_time(time))
        .earliest()
        .map_or(DateTime::UNIX_EPOCH, |at| at.with_timezone(&Utc))
}

/// Midnight in Asia/Shanghai with which a service day begins.
pub fn start_of_day(day: NaiveDate) -> DateTime<Utc> {
    instant(day, NaiveTime::MIN)
}

/// "11:00" in Asia/Shanghai.
pub fn clock_text(at: DateTime<Utc>) -> String {
    at.with_timezone(&Shanghai).format("%H:%M").to_string()
}

/// "6月4日 09:00" in Asia/Shanghai.
pub fn moment_text(at: DateTime<Utc>) -> String {
    at.with_timezone(&Shanghai).format("%-m月%-d日 %H:%M").to_string()
}

/// Whole years lived on `day`. Born on 29 February, one is a year older on 1 March.
pub fn age_on(birth_on: NaiveDate, day: NaiveDate) -> u32 {
    day.years_since(birth_on).unwrap_or(0)
}

/// 1 is Monday, 7 is Sunday.
pub fn weekday(day: NaiveDate) -> i16 {
    i16::try_from(day.weekday().number_from_monday()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_day_begins_at_sixteen_hours_utc() {
        let before = "2026-06-01T15:59:59Z".parse::<DateTime<Utc>>().unwrap();
        assert_eq!(service_day(before).to_string(), "2026-06-01");
        assert_eq!(service_day(before + Duration::seconds(1)).to_string(), "2026-06-02");
    }

    #[test]
    fn age_changes_on_the_birthday() {
        let born = NaiveDate::from_ymd_opt(1966, 6, 2).unwrap();
        assert_eq!(age_on(born, NaiveDate::from_ymd_opt(2026, 6, 1).unwrap()), 59);
        assert_eq!(age_on(born, NaiveDate::from_ymd_opt(2026, 6, 2).unwrap()), 60);
    }
}
