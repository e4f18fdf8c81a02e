//! Meal subsidies as dated rule packs.

pub mod assessment;
pub mod facts;
pub mod field;
mod in_place;
mod item;
mod place;
pub mod predicate;
pub mod programme;
pub mod scope;
pub mod sentence;
pub mod verdict;

use std::sync::OnceLock;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::kit::clock::age_on;
use crate::kit::fen::Fen;

/// The packs that ship with the program.
const SHIPPED: &str = include_str!("../../data/meal-subsidies.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    packs: Vec<Pack>,
}

/// One rule: who gets how much off a meal, where and when.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Names the rule in orders and in the ledger.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; open when null.
    pub valid_until: Option<NaiveDate>,
    /// Region code; the rule holds for everything below it.
    pub region: String,
    per: Per,
    needs_price_above_subsidy: bool,
    bands: Vec<Band>,
    /// Where the rule comes from.
    pub source: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Per {
    Meal,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    age_from: u32,
    age_to: Option<u32>,
    fen: i64,
}

/// What a rule gives for one meal, and which rule it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subsidy {
    /// Fen off the price of one portion, never more than the price.
    pub fen: Fen,
    /// The rule's code and first day, frozen in the order.
    pub rule: String,
}

/// Who eats what, when and where.
#[derive(Clone, Copy, Debug)]
pub struct Meal<'a> {
    /// The elder's day of birth.
    pub birth_on: NaiveDate,
    /// The day on which the meal is served; age counts on that day.
    pub served_on: NaiveDate,
    /// Region where the elder lives.
    pub region_code: &'a str,
    /// List price of the portion that would be subsidised.
    pub price: Fen,
}

/// The single best subsidy for a meal (MR-3: never a sum), or `None`.
///
/// Below 60 there is none: the law's elder begins at 60 (Elders' Rights Law art. 2).
pub fn meal_subsidy(packs: &[Pack], meal: Meal<'_>) -> Option<Subsidy> {
    let age = age_on(meal.birth_on, meal.served_on);
    packs
        .iter()
        .filter(|pack| pack.per == Per::Meal && meal.region_code.starts_with(&pack.region))
        .filter(|pack| {
            pack.valid_from <= meal.served_on && pack.valid_until.is_none_or(|end| meal.served_on <= end)
        })
        .filter_map(|pack| {
            let band = pack
                .bands
                .iter()
                .find(|band| band.age_from <= age && band.age_to.is_none_or(|to| age <= to))?;
            let offered = Fen::new(band.fen);
            let is_enough = !pack.needs_price_above_subsidy || meal.price > offered;
            let fen = offered.min(meal.price);
            (is_enough && fen.is_positive())
                .then(|| Subsidy { fen, rule: format!("{}@{}", pack.code, pack.valid_from) })
        })
        .max_by_key(|subsidy| subsidy.fen)
}

/// Reads rule packs; a wrong file is refused with line and reason.
pub fn read_packs(text: &str) -> Result<Vec<Pack>, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match file.packs.iter().find(|pack| pack.bands.iter().any(|band| band.fen < 0)) {
        Some(pack) => Err(format!("pack {}: a subsidy below zero", pack.code)),
        None => Ok(file.packs),
    }
}

/// The shipped packs, read once.
pub fn shipped() -> &'static [Pack] {
    static PACKS: OnceLock<Vec<Pack>> = OnceLock::new();
    PACKS.get_or_init(|| read_packs(SHIPPED).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn given(birth: &str, price: i64) -> i64 {
        let meal = Meal {
            birth_on: day(birth),
            served_on: day("2026-06-05"),
            region_code: "530111004009",
            price: Fen::new(price),
        };
        meal_subsidy(shipped(), meal).map_or(0, |subsidy| subsidy.fen.get())
    }

    #[test]
    fn bands_follow_the_age_on_the_day_of_the_meal() {
        assert!(!shipped().is_empty(), "the shipped file reads");
        let cases = [
            ("1966-06-06", 0),
            ("1966-06-05", 100),
            ("1956-06-06", 100),
            ("1956-06-05", 200),
            ("1946-06-05", 300),
            ("1936-06-05", 500),
            ("1920-01-01", 500),
        ];
        for (birth, fen) in cases {
            assert_eq!(given(birth, 1200), fen, "born {birth}");
        }
    }

    #[test]
    fn the_programme_that_families_read_says_what_is_taken_off_at_the_quote() {
        let told = programme::shipped().find("xishan_xiyuan_meal_subsidy").unwrap();
        let on = day("2026-06-05");
        for age in 55..=110 {
            let birth_on = on.checked_sub_months(chrono::Months::new(12 * age)).unwrap();
            let facts = facts::Facts::new(on, birth_on, "530111004009");
            let amount = programme::evaluate(told, &facts, on).amount.map_or(0, Fen::get);
            assert_eq!(amount, given(&birth_on.to_string(), 1200), "{age}");
        }
    }

    #[test]
    fn a_subsidy_never_passes_the_price() {
        assert_eq!(given("1930-01-01", 400), 400);
        assert_eq!(given("1930-01-01", 0), 0);
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_line() {
        let error = read_packs("{\n\"about\": \"x\",\n\"packs\": [{\"cod\": 1}]}").unwrap_err();
        assert!(error.contains("line 3"), "{error}");
    }
}
