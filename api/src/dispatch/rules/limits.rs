//! Limits and weights of the rules, read once from the shipped file.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

const SHIPPED: &str = include_str!("../../../data/visit-rules.json");

/// A figure with where it comes from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "T: DeserializeOwned")]
struct Sourced<T> {
    value: T,
    #[allow(dead_code, reason = "words for the reader of the file")]
    source: String,
}

fn value<'de, D: serde::Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<T, D::Error> {
    Sourced::<T>::deserialize(from).map(|sourced| sourced.value)
}

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $type:ty),+ $(,)?) => {
        /// Limits of the rules.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Limits { $($(#[$doc])* #[serde(deserialize_with = "value")] pub $name: $type),+ }
    };
}

limits! {
    /// Farther from the home than this is an exception: town.
    town_m: u32,
    /// The same in the country.
    country_m: u32,
    /// A place known worse than this is an exception.
    accuracy_m: i32,
    /// So many times the reach is very far.
    very_far_times: u32,
    /// What very far weighs.
    very_far_score: i16,
    /// Coming so many minutes before or after the agreed time is an exception.
    punctual_min: i64,
    /// Homes no farther from each other than this are neighbours: what lies between them is no way.
    nearby_m: u32,
    /// Nobody gets faster from one home to the next.
    speed_km_h: i64,
    /// Below this part of the agreed time the line is held, in percent.
    held_percent: i64,
    /// Below this part of the agreed time a visit is flagged, in percent.
    short_percent: i64,
    /// So many of a hundred confirmed visits are asked about.
    call_back_percent: u32,
    /// The same for providers that are new or flagged.
    call_back_watched_percent: u32,
    /// So many days after its first approval a provider is new.
    new_provider_days: i64,
    /// With fewer confirmed visits a provider is new.
    new_provider_visits: i64,
    /// So many days a held visit makes its provider a flagged one.
    flagged_provider_days: i64,
    /// So many flags of a carer and an elder in a month are looked at by a person.
    flags_a_month: i64,
    /// A record that comes so many minutes after it was made is noted.
    offline_min: i64,
    /// Seconds after which the picture of a home's card changes.
    window_s: i64,
    /// The phone's own time may lie so many minutes beside the booking.
    beside_booking_min: i64,
}

/// What a rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// 1 to 100.
    pub score: i16,
    /// Whether money waits for a person's look.
    pub holds_line: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    score: i16,
    holds_line: bool,
    #[allow(dead_code, reason = "words for the reader of the file")]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Daily {
    #[serde(deserialize_with = "value")]
    default: i64,
    services: HashMap<String, Sourced<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    limits: Limits,
    daily_minutes: Daily,
    rules: HashMap<String, Rule>,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| serde_json::from_str(SHIPPED).expect("the shipped rules can be read"))
}

/// Limits of the rules.
pub fn limits() -> &'static Limits {
    &file().limits
}

/// What a rule weighs. A rule that the file does not know weighs most.
pub fn weight(rule: &str) -> Weight {
    let most = Weight { score: 100, holds_line: true };
    file().rules.get(rule).map_or(most, |rule| Weight { score: rule.score, holds_line: rule.holds_line })
}

/// Minutes of a service that an elder may get on one day before a person looks at it.
pub fn daily_minutes(service: &str) -> i64 {
    let daily = &file().daily_minutes;
    daily.services.get(service).map_or(daily.default, |sourced| sourced.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_the_report_are_in_the_file() {
        let found = limits();
        assert_eq!((found.town_m, found.country_m, found.accuracy_m, found.speed_km_h), (200, 500, 100, 60));
        assert_eq!((found.held_percent, found.short_percent, found.flags_a_month), (50, 80, 3));
        assert_eq!((found.call_back_percent, found.call_back_watched_percent), (5, 30));
        assert_eq!((daily_minutes("cleaning_help"), daily_minutes("haircut")), (180, 240));
        assert!(file().rules.values().all(|rule| (1..=100).contains(&rule.score)));
        assert_eq!(weight("NO_SUCH_RULE"), Weight { score: 100, holds_line: true });
    }
}
