//! Pure decisions about visits: which tasks there are, and what does not fit in a proof.
//!
//! Every miss makes an exception record with a score; none blocks care, none passes silently (anti-cheating rules 2, 3
//! and 5 of the domain report, 4.3). All figures are the project's proposals.

pub mod bathing;

use std::collections::HashMap;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use serde::Deserialize;

const SHIPPED: &str = include_str!("../../data/visit-tasks.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    default: Vec<Task>,
    services: HashMap<String, Vec<Task>>,
}

/// Something that a carer answers before leaving.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// For programs.
    pub code: String,
    /// In words.
    pub zh: String,
}

/// Tasks of a service.
pub fn tasks_of(service: &str) -> &'static [Task] {
    static FILE: OnceLock<File> = OnceLock::new();
    let file = FILE.get_or_init(|| serde_json::from_str(SHIPPED).expect("the shipped tasks can be read"));
    file.services.get(service).unwrap_or(&file.default)
}

/// Farther from the home than this is an exception: town.
const TOWN_M: u32 = 200;
/// The same in the country.
const COUNTRY_M: u32 = 500;
/// A place known worse than this is an exception.
const ACCURACY_M: i32 = 100;
/// Coming so many minutes before or after the agreed time is an exception.
const PUNCTUAL_MIN: i64 = 30;
/// Below this part of the agreed time a visit is flagged, in percent.
const SHORT_PERCENT: i64 = 80;
/// Below this part its line is held, in percent.
const HELD_PERCENT: i64 = 50;

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Name of the rule.
    pub rule: &'static str,
    /// How much it weighs, 1 to 100.
    pub score: i16,
    /// What was found, in words that the carer may read.
    pub detail: String,
    /// Whether money waits for a person's look.
    pub holds_line: bool,
}

fn miss(rule: &'static str, score: i16, holds_line: bool, detail: String) -> Miss {
    Miss { rule, score, detail, holds_line }
}

/// What a phone said when the carer came or left.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Metres to the home; `None` when one of the two places is not known.
    pub distance_m: Option<u32>,
    /// Accuracy of the place in metres; `None` when no place was sent.
    pub accuracy_m: Option<i32>,
    /// Whether the place is made up by a program on the phone.
    pub is_mock: bool,
    /// Whether the home is in the country.
    pub is_rural: bool,
}

/// What does not fit about a place.
pub fn misses_of_place(place: Place) -> Vec<Miss> {
    let mut found = Vec::new();
    let reach_m = if place.is_rural { COUNTRY_M } else { TOWN_M };
    if place.is_mock {
        found.push(miss("MOCK_LOCATION", 80, true, "手机报告了模拟定位".to_owned()));
    }
    match (place.accuracy_m, place.distance_m) {
        (None, _) => found.push(miss("NO_LOCATION", 30, false, "没有提供定位".to_owned())),
        (Some(accuracy), _) if accuracy > ACCURACY_M => {
            found.push(miss("POOR_LOCATION", 15, false, format!("定位精度只有{accuracy}米")));
        }
        _ => {}
    }
    if let Some(distance) = place.distance_m.filter(|distance| *distance > reach_m) {
        let score = if distance > 5 * reach_m { 60 } else { 30 };
        found.push(miss("FAR_FROM_HOME", score, false, format!("离老人家{distance}米，超过{reach_m}米")));
    }
    found
}

/// What does not fit about coming.
pub fn misses_of_arrival(has_code: bool, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Miss> {
    let mut found = Vec::new();
    if !has_code {
        found.push(miss("NO_HOME_CODE", 30, false, "没有出示老人家的服务码".to_owned()));
    }
    let minutes = (now - starts_at).num_minutes();
    if minutes > PUNCTUAL_MIN {
        found.push(miss("LATE", 20, false, format!("比约定晚到{minutes}分钟")));
    } else if minutes < -PUNCTUAL_MIN {
        found.push(miss("EARLY", 10, false, format!("比约定早到{}分钟", -minutes)));
    }
    found
}

/// What does not fit about the length of a visit.
pub fn misses_of_length(agreed_min: i64, stayed_min: i64) -> Vec<Miss> {
    let percent = (stayed_min * 100).checked_div(agreed_min).unwrap_or(100);
    if percent < HELD_PERCENT {
        vec![miss("MUCH_TOO_SHORT", 60, true, format!("服务{stayed_min}分钟，约定{agreed_min}分钟"))]
    } else if percent < SHORT_PERCENT {
        vec![miss("TOO_SHORT", 25, false, format!("服务{stayed_min}分钟，约定{agreed_min}分钟"))]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(misses: &[Miss]) -> Vec<(&'static str, bool)> {
        misses.iter().map(|miss| (miss.rule, miss.holds_line)).collect()
    }

    fn place(distance_m: Option<u32>, accuracy_m: Option<i32>, is_mock: bool, is_rural: bool) -> Place {
        Place { distance_m, accuracy_m, is_mock, is_rural }
    }

    #[test]
    fn a_place_fits_or_says_why_not() {
        let cases = [
            (place(Some(40), Some(20), false, false), vec![]),
            (place(Some(200), Some(100), false, false), vec![]),
            (place(Some(201), Some(20), false, false), vec![("FAR_FROM_HOME", false)]),
            (place(Some(201), Some(20), false, true), vec![]),
            (place(Some(501), Some(20), false, true), vec![("FAR_FROM_HOME", false)]),
            (place(Some(40), Some(101), false, false), vec![("POOR_LOCATION", false)]),
            (place(None, None, false, false), vec![("NO_LOCATION", false)]),
            (place(Some(40), Some(5), true, false), vec![("MOCK_LOCATION", true)]),
        ];
        for (place, wanted) in cases {
            assert_eq!(rules(&misses_of_place(place)), wanted, "{place:?}");
        }
    }

    #[test]
    fn coming_fits_with_the_code_and_in_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let starts = at("2026-06-04T01:00:00Z");
        let cases = [
            (true, "2026-06-04T01:30:00Z", vec![]),
            (true, "2026-06-04T00:30:00Z", vec![]),
            (false, "2026-06-04T01:00:00Z", vec![("NO_HOME_CODE", false)]),
            (true, "2026-06-04T01:31:00Z", vec![("LATE", false)]),
            (true, "2026-06-04T00:29:00Z", vec![("EARLY", false)]),
        ];
        for (has_code, now, wanted) in cases {
            assert_eq!(rules(&misses_of_arrival(has_code, starts, at(now))), wanted, "{now}");
        }
    }

    #[test]
    fn a_short_visit_is_flagged_and_a_very_short_one_is_held() {
        let cases = [
            (120, 121, vec![]),
            (120, 96, vec![]),
            (120, 95, vec![("TOO_SHORT", false)]),
            (120, 60, vec![("TOO_SHORT", false)]),
            (120, 59, vec![("MUCH_TOO_SHORT", true)]),
            (120, 0, vec![("MUCH_TOO_SHORT", true)]),
        ];
        for (agreed, stayed, wanted) in cases {
            assert_eq!(rules(&misses_of_length(agreed, stayed)), wanted, "{stayed} of {agreed}");
        }
    }

    #[test]
    fn every_service_has_tasks() {
        assert_eq!(tasks_of("cleaning_help").len(), 4);
        assert_eq!(tasks_of("haircut").len(), 2);
    }
}
