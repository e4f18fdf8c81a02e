//! Pure decisions about ability assessments: what level a score means, and until when a result counts.

pub mod case;

use std::sync::OnceLock;

use chrono::{DateTime, Duration, Months, NaiveDate, Utc};
use entities::enums::AbilityLevel;
use serde::Deserialize;

const LEVELS: &str = include_str!("../../../data/ability-levels.json");
const MACHINES: &str = include_str!("../../../data/state-machines.json");

/// Characters of an assessor's note, at most.
pub const NOTE_MAX: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    items: Parts,
    levels: Vec<Band>,
}

/// How many items each part of the standard has.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// 自理能力.
    pub self_care: usize,
    /// 基础运动能力.
    pub basic_motor: usize,
    /// 精神状态.
    pub mental_state: usize,
    /// 感知觉与社会参与.
    pub sensory_and_social: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    code: String,
    #[allow(dead_code, reason = "words for the reader of the file")]
    zh: String,
    score_from: i16,
    score_to: i16,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| serde_json::from_str(LEVELS).expect("it is part of the program and read by a test"))
}

fn bands() -> &'static [Band] {
    &file().levels
}

/// How many items each part has.
pub fn parts() -> Parts {
    file().items
}

/// The level of a score; `None` for a score that cannot be.
pub fn level_of(score: i16) -> Option<AbilityLevel> {
    let band = bands().iter().find(|band| (band.score_from..=band.score_to).contains(&score))?;
    AbilityLevel::parse(&band.code)
}

/// The level of a result: that of its score, or a worse one when the standard's adjustments ask for it (coma, diagnosed
/// mental disorder, care-risk events). `None`: the score cannot be, or the level is better than the score.
pub fn level_given(score: i16, adjusted: Option<AbilityLevel>) -> Option<AbilityLevel> {
    let own = level_of(score)?;
    let given = adjusted.unwrap_or(own);
    (given >= own).then_some(given)
}

/// Timers of machine `AbilityAssessment`: months for which a result counts, days to object.
fn timers() -> (u32, u32) {
    static TIMERS: OnceLock<(u32, u32)> = OnceLock::new();
    *TIMERS.get_or_init(|| {
        let file: serde_json::Value = serde_json::from_str(MACHINES).unwrap_or_default();
        let machines = file.get("machines").and_then(|machines| machines.as_array());
        let own = machines.and_then(|all| all.iter().find(|machine| machine["name"] == "AbilityAssessment"));
        let timer = |name: &str| {
            let number = own.and_then(|machine| machine["timers"][name].as_u64());
            number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
        };
        (timer("valid_months"), timer("objection_days"))
    })
}

/// Last day on which a result counts. Machine `AbilityAssessment`, `valid_months`.
pub fn valid_until(assessed_on: NaiveDate) -> NaiveDate {
    assessed_on + Months::new(timers().0)
}

/// Until when the elder may object. Machine `AbilityAssessment`, `objection_days`.
pub fn object_before(scored_at: DateTime<Utc>) -> DateTime<Utc> {
    scored_at + Duration::days(i64::from(timers().1))
}

/// Whether somebody of this level decides and signs alone. The project's own proposal: up to MODERATE. A level is no
/// ruling of a court about capacity (Civil Code art. 21, 22); it only says whose signature is asked for here.
pub fn is_able(level: AbilityLevel) -> bool {
    level <= AbilityLevel::Moderate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_has_one_level() {
        use AbilityLevel::{Intact, Mild, Moderate, Severe, Total};
        let cases = [
            (-1, None),
            (0, Some(Total)),
            (29, Some(Total)),
            (30, Some(Severe)),
            (38, Some(Severe)),
            (45, Some(Severe)),
            (46, Some(Moderate)),
            (65, Some(Moderate)),
            (66, Some(Mild)),
            (89, Some(Mild)),
            (90, Some(Intact)),
            (91, None),
        ];
        for (score, level) in cases {
            assert_eq!(level_of(score), level, "{score}");
        }
        for score in 0..=90 {
            let holding = bands().iter().filter(|band| (band.score_from..=band.score_to).contains(&score));
            assert_eq!(holding.count(), 1, "{score}");
        }
    }

    #[test]
    fn an_adjustment_only_makes_a_level_worse() {
        use AbilityLevel::{Mild, Severe, Total};
        assert_eq!(level_given(38, None), Some(Severe));
        assert_eq!(level_given(38, Some(Total)), Some(Total));
        assert_eq!(level_given(38, Some(Mild)), None);
    }

    #[test]
    fn a_result_counts_for_a_year() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(valid_until(day("2026-03-10")), day("2027-03-10"));
        assert_eq!(valid_until(day("2024-02-29")), day("2025-02-28"));
    }
}
