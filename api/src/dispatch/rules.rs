//! Pure decisions about visits: which tasks there are, and what does not fit in a proof.
//!
//! Every miss makes an exception record with a score; none blocks care, none passes silently (anti-cheating rules of the
//! domain report, 4.3). All figures stand in `api/data/visit-rules.json` and are the project's proposals.

pub mod cross;
pub mod limits;
pub mod queue;
pub mod sample;

pub mod bathing;

use std::collections::HashMap;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use entities::enums::SecondProof;
use serde::Deserialize;

use self::limits::limits;

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

/// Under which name the reason of a task that was not done is checked by the platform, with the order as its subject.
pub fn words_of_task(code: &str) -> String {
    format!("task:{code}")
}

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

/// A miss of a rule, weighed as the data file says.
pub fn miss(rule: &'static str, detail: String) -> Miss {
    let limits::Weight { score, holds_line } = limits::weight(rule);
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
    let limits = limits();
    let reach_m = if place.is_rural { limits.country_m } else { limits.town_m };
    if place.is_mock {
        found.push(miss("MOCK_LOCATION", "手机报告了模拟定位".to_owned()));
    }
    match (place.accuracy_m, place.distance_m) {
        (None, _) => found.push(miss("NO_LOCATION", "没有提供定位".to_owned())),
        (Some(accuracy), _) if accuracy > limits.accuracy_m => {
            found.push(miss("POOR_LOCATION", format!("定位精度只有{accuracy}米")));
        }
        _ => {}
    }
    if let Some(distance) = place.distance_m.filter(|distance| *distance > reach_m) {
        let mut far = miss("FAR_FROM_HOME", format!("离老人家{distance}米，超过{reach_m}米"));
        if distance > limits.very_far_times * reach_m {
            far.score = limits.very_far_score;
        }
        found.push(far);
    }
    found
}

/// What does not fit about coming. `came_at` is when the carer came: the server's time, or the phone's when it may count.
pub fn misses_of_arrival(proven: SecondProof, starts_at: DateTime<Utc>, came_at: DateTime<Utc>) -> Vec<Miss> {
    let mut found = Vec::new();
    if proven == SecondProof::None {
        found.push(miss("NO_HOME_CODE", "没有出示老人家的服务码或服务卡".to_owned()));
    }
    let minutes = (came_at - starts_at).num_minutes();
    if minutes > limits().punctual_min {
        found.push(miss("LATE", format!("比约定晚到{minutes}分钟")));
    } else if minutes < -limits().punctual_min {
        found.push(miss("EARLY", format!("比约定早到{}分钟", -minutes)));
    }
    found
}

/// What does not fit about the length of a visit.
pub fn misses_of_length(agreed_min: i64, stayed_min: i64) -> Vec<Miss> {
    let percent = (stayed_min * 100).checked_div(agreed_min).unwrap_or(100);
    let detail = || format!("服务{stayed_min}分钟，约定{agreed_min}分钟");
    if percent < limits().held_percent {
        vec![miss("MUCH_TOO_SHORT", detail())]
    } else if percent < limits().short_percent {
        vec![miss("TOO_SHORT", detail())]
    } else {
        Vec::new()
    }
}

/// What does not fit about an act that a phone handed in later.
pub fn misses_of_delay(device_at: DateTime<Utc>, received_at: DateTime<Utc>) -> Vec<Miss> {
    let minutes = (received_at - device_at).num_minutes();
    let is_late = minutes > limits().offline_min;
    is_late.then(|| miss("OFFLINE", format!("手机离线，记录晚到{minutes}分钟"))).into_iter().collect()
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
            (SecondProof::Code, "2026-06-04T01:15:00Z", vec![]),
            (SecondProof::Card, "2026-06-04T00:45:00Z", vec![]),
            (SecondProof::None, "2026-06-04T01:00:00Z", vec![("NO_HOME_CODE", false)]),
            (SecondProof::Code, "2026-06-04T01:16:00Z", vec![("LATE", false)]),
            (SecondProof::Code, "2026-06-04T00:44:00Z", vec![("EARLY", false)]),
        ];
        for (proven, now, wanted) in cases {
            assert_eq!(rules(&misses_of_arrival(proven, starts, at(now))), wanted, "{now}");
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
    fn a_record_that_comes_a_quarter_of_an_hour_late_is_noted() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let device = at("2026-06-04T01:00:00Z");
        assert_eq!(misses_of_delay(device, at("2026-06-04T01:15:59Z")), []);
        let late = misses_of_delay(device, at("2026-06-04T01:16:00Z"));
        assert_eq!((rules(&late), late[0].score), (vec![("OFFLINE", false)], 5));
    }

    #[test]
    fn every_service_has_tasks() {
        assert_eq!(tasks_of("cleaning_help").len(), 4);
        assert_eq!(tasks_of("haircut").len(), 2);
    }
}
