//! What is known of an elder on a day: the newest word on each field that has begun and not run out.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use entities::enums::AbilityLevel;
use serde::{Deserialize, Serialize};

use super::field::{Field, Value, catalogue, field};
use crate::kit::clock::age_on;

/// One word on a field: from which day, until which day if it runs out, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word(pub NaiveDate, pub Option<NaiveDate>, pub Value);

/// Every standing word of an archive by field, the oldest first. Kept sealed beside the history, so that one opening
/// gives everything that rules ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot(pub BTreeMap<String, Vec<Word>>);

impl Snapshot {
    /// Adds a word: it replaces what was said of the field from its first day on.
    pub fn put(&mut self, field: &str, word: Word) {
        let words = self.0.entry(field.to_owned()).or_default();
        words.retain(|known| known.0 < word.0);
        words.push(word);
    }

    /// The word on a field that counts on a day; none when nothing has begun, or the newest has run out.
    pub fn on(&self, field: &str, day: NaiveDate) -> Option<&Word> {
        let newest = self.0.get(field)?.iter().rfind(|word| word.0 <= day)?;
        newest.1.is_none_or(|end| day <= end).then_some(newest)
    }
}

/// From which day a benefit takes the age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgeCounts {
    /// The day that is asked about.
    OnTheDay,
    /// The first day of its month: a new band begins in the month after the birthday, or with it on the 1st.
    OnTheFirst,
}

/// What is known of one elder on one day.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The day.
    pub on: NaiveDate,
    /// Day of birth.
    pub birth_on: NaiveDate,
    known: Vec<Option<Value>>,
}

impl Facts {
    /// Only what the elder's row says: birth and home.
    pub fn new(on: NaiveDate, birth_on: NaiveDate, region_code: &str) -> Self {
        let mut facts = Self { on, birth_on, known: vec![None; catalogue().len()] };
        facts.set("residence_region", Value::Text(region_code.to_owned()));
        facts
    }

    /// With the words of an archive that count on the day.
    pub fn with(mut self, archive: &Snapshot) -> Self {
        for field in archive.0.keys() {
            if let Some(word) = archive.on(field, self.on) {
                self.set(field, word.2.clone());
            }
        }
        self
    }

    /// With the level of the published assessment that counts on the day, when there is one.
    pub fn with_level(mut self, level: Option<AbilityLevel>) -> Self {
        if let Some(level) = level {
            self.set("ability_level", Value::Text(level.as_str().to_lowercase()));
        }
        self
    }

    /// Says something of a field. A field that the catalogue does not know is left out.
    pub fn set(&mut self, code: &str, value: Value) {
        if let Some(place) = field(code).and_then(|field| self.known.get_mut(field.place)) {
            *place = Some(value);
        }
    }

    /// What is known of a field; nothing entered is `None`, known to be none is `Value::Nothing`.
    pub fn known(&self, field: &Field) -> Option<&Value> {
        self.known.get(field.place)?.as_ref()
    }

    /// Whole years lived, on the day or on the 1st of its month.
    pub fn age(&self, counts: AgeCounts) -> i64 {
        let first = self.on.with_day(1).unwrap_or(self.on);
        let day = if counts == AgeCounts::OnTheFirst { first } else { self.on };
        i64::from(age_on(self.birth_on, day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_word_replaces_what_was_said_from_its_first_day_on_and_leaves_the_days_before() {
        let grade = |grade| Value::Number(grade);
        let mut archive = Snapshot::default();
        archive.put("disability_grade", Word(day("2025-01-01"), None, grade(3)));
        archive.put("disability_grade", Word(day("2026-03-01"), Some(day("2026-05-31")), grade(2)));
        let on = |archive: &Snapshot, text: &str| {
            archive.on("disability_grade", day(text)).map(|word| word.2.clone())
        };
        for (text, wanted) in [
            ("2024-12-31", None),
            ("2026-02-28", Some(grade(3))),
            ("2026-03-01", Some(grade(2))),
            ("2026-05-31", Some(grade(2))),
            ("2026-06-01", None),
        ] {
            assert_eq!(on(&archive, text), wanted, "{text}");
        }
        archive.put("disability_grade", Word(day("2025-06-01"), None, grade(1)));
        assert_eq!(on(&archive, "2026-04-01"), Some(grade(1)), "a correction of the past goes on to today");
        assert_eq!(on(&archive, "2025-05-31"), Some(grade(3)));
        let text = serde_json::to_string(&archive).unwrap();
        assert_eq!(text, r#"{"disability_grade":[["2025-01-01",null,3],["2025-06-01",null,1]]}"#);
        assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), archive);
    }

    #[test]
    fn the_age_of_a_month_is_that_of_its_first_day() {
        let facts = Facts::new(day("2026-06-15"), day("1946-06-15"), "530115001");
        assert_eq!((facts.age(AgeCounts::OnTheDay), facts.age(AgeCounts::OnTheFirst)), (80, 79));
        let facts = Facts::new(day("2026-06-01"), day("1946-06-01"), "530115001");
        assert_eq!((facts.age(AgeCounts::OnTheDay), facts.age(AgeCounts::OnTheFirst)), (80, 80));
    }
}
