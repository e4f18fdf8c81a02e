//! A second reading of the programme files, straight from the JSON: one look as if everything unknown spoke against the elder,
//! one as if it spoke for him. What is true in the first is certain; what is false in the second is out of the question.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;

use crate::world::population::Made;

const FILES: [&str; 4] = [
    include_str!("../../api/data/programmes/guandu_home_care_voucher.json"),
    include_str!("../../api/data/programmes/jinning_basic_service_list.json"),
    include_str!("../../api/data/programmes/xishan_xiyuan_meal_subsidy.json"),
    include_str!("../../api/data/programmes/national_disability_care_voucher.json"),
];

/// What is known of one person, as plain JSON.
pub struct Person {
    birth_on: NaiveDate,
    on: NaiveDate,
    known: BTreeMap<String, Value>,
}

/// Outcome and amount of one item: ENTITLED, NOT_ENTITLED or UNDECIDED, and fen.
pub type Said = (String, u64, &'static str, Option<i64>);

impl Person {
    pub fn of(made: &Made, on: NaiveDate) -> Self {
        let mut known = BTreeMap::from([("residence_region".to_owned(), Value::from(made.region))]);
        for (field, word) in &made.facts {
            let text = serde_json::to_value(word).unwrap();
            let (from, until) = (day(&text[0]).unwrap(), day(&text[1]));
            if from <= on && until.is_none_or(|until| on <= until) {
                known.insert((*field).to_owned(), text[2].clone());
            }
        }
        if let Some((level, _, assessed_on)) = made.assessed {
            let anniversary = same_day(assessed_on, assessed_on.year() + 1);
            if assessed_on <= on && on <= anniversary {
                known.insert("ability_level".to_owned(), Value::from(level.to_lowercase()));
            }
        }
        Self { birth_on: made.birth_on, on, known }
    }

    /// Years lived, counted by calendar: one less before this year's birthday.
    fn age(&self, is_first: bool) -> i64 {
        let day = if is_first { self.on.with_day(1).unwrap() } else { self.on };
        let has_had_birthday = (day.month(), day.day()) >= (self.birth_on.month(), self.birth_on.day());
        i64::from(day.year() - self.birth_on.year() - i32::from(!has_had_birthday))
    }

    /// Whether a condition holds when what is unknown counts as `guess`.
    fn fulfils(&self, condition: &Value, is_first: bool, guess: bool) -> bool {
        if let Some(parts) = condition["all"].as_array() {
            return parts.iter().all(|part| self.fulfils(part, is_first, guess));
        }
        if let Some(parts) = condition["any"].as_array() {
            return parts.iter().any(|part| self.fulfils(part, is_first, guess));
        }
        let (field, op, wanted) =
            (condition["field"].as_str().unwrap(), condition["op"].as_str().unwrap(), &condition["value"]);
        if field == "is_family_member_of" {
            return self.fulfils(wanted, is_first, guess);
        }
        let age = Value::from(self.age(is_first));
        let known = if field == "age" { Some(&age) } else { self.known.get(field) };
        let Some(known) = known else { return guess };
        let among = |list: &Value, one: &Value| list.as_array().is_some_and(|list| list.contains(one));
        match op {
            "eq" => known == wanted,
            "gte" => known.as_i64() >= wanted.as_i64() && known.is_i64(),
            "lte" => known.as_i64() <= wanted.as_i64() && known.is_i64(),
            "in" => among(wanted, known),
            "contains" => among(known, wanted),
            "contains_any" => wanted.as_array().unwrap().iter().any(|one| among(known, one)),
            "under" => known.as_str().unwrap_or("").starts_with(wanted.as_str().unwrap()),
            "exists" => !known.is_null(),
            other => panic!("nobody asks with {other}"),
        }
    }

    fn belongs(&self, area: &Value, guess: bool) -> bool {
        let starts = |code: &str, list: &Value, key: Option<&str>| {
            list.as_array().unwrap().iter().any(|one| {
                let branch = key.map_or(one, |key| &one[key]);
                code.starts_with(branch.as_str().unwrap())
            })
        };
        let lies = |field: &str| {
            self.known.get(field).map_or(guess, |code| {
                let code = code.as_str().unwrap();
                starts(code, &area["included"], None) && !starts(code, &area["excluded"], Some("region"))
            })
        };
        lies("residence_region") || (area["by"] == "RESIDENCE_OR_HUKOU" && lies("hukou_region"))
    }

    /// The first step that is fulfilled, or `None`. A benefit without steps is one step.
    fn step<'a>(&self, programme: &Value, item: &'a Value, guess: bool) -> Option<&'a Value> {
        let is_first = item["age_counts"] == "ON_THE_FIRST";
        let excludes = |one: &Value| self.fulfils(&one["conditions"], is_first, !guess);
        let is_out = item["exclusions"].as_array().is_some_and(|list| list.iter().any(excludes));
        let meets =
            |of: &Value| of["conditions"].is_null() || self.fulfils(&of["conditions"], is_first, guess);
        if is_out || !meets(item) || !self.belongs(&programme["area"], guess) {
            return None;
        }
        match item["tiers"].as_array() {
            Some(steps) => steps.iter().find(|step| meets(step)),
            None => Some(item),
        }
    }

    /// What every item of every file gives.
    pub fn verdicts(&self) -> Vec<Said> {
        let mut said = Vec::new();
        for file in FILES {
            let programme: Value = serde_json::from_str(file).unwrap();
            let begins = day(&programme["valid"]["from"]).unwrap() <= self.on;
            let ends = day(&programme["valid"]["until"]).is_some_and(|until| until < self.on);
            let counts = programme["is_on"] == true && begins && !ends;
            for item in programme["items"].as_array().unwrap() {
                let certain = self.step(&programme, item, false).filter(|_| counts);
                let possible = self.step(&programme, item, true).filter(|_| counts);
                let (outcome, fen) = match (certain, possible) {
                    (Some(step), _) => ("ENTITLED", step["amount"]["fen"].as_i64()),
                    (None, Some(_)) => ("UNDECIDED", None),
                    (None, None) => ("NOT_ENTITLED", None),
                };
                let code = programme["code"].as_str().unwrap().to_owned();
                said.push((code, item["no"].as_u64().unwrap(), outcome, fen));
            }
        }
        said
    }
}

fn day(text: &Value) -> Option<NaiveDate> {
    text.as_str().map(|text| text.parse().unwrap())
}

/// The same day of another year; of a leap day the day before.
fn same_day(day: NaiveDate, year: i32) -> NaiveDate {
    day.with_year(year).unwrap_or_else(|| NaiveDate::from_ymd_opt(year, 2, 28).unwrap())
}
