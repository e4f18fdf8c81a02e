//! The 30 items of Jinning's list: somebody who just qualifies, somebody who just does not, and why.

use chrono::NaiveDate;
use nuanyang::kit::fen::Fen;
use nuanyang::rights::rules::facts::Facts;
use nuanyang::rights::rules::field::field;
use nuanyang::rights::rules::programme::{Item, Programme, Verdict, evaluate_item, shipped};
use serde_json::{Value, json};

/// Item, fen a month, the facts of one who just qualifies, what is different in one who just does not, the fields that decide.
struct Case {
    no: u16,
    fen: Option<i64>,
    birth: &'static str,
    facts: Value,
    change: Value,
    why: &'static [&'static str],
}

fn case(
    no: u16,
    fen: i64,
    birth: &'static str,
    (facts, change): (Value, Value),
    why: &'static [&'static str],
) -> Case {
    Case { no, fen: (fen > 0).then_some(fen), birth, facts, change, why }
}

/// Somebody who is a day too young: born a day later.
fn younger(birth: &str) -> Value {
    let day: NaiveDate = birth.parse().unwrap();
    json!({ "birth": day.succ_opt().unwrap().to_string() })
}

fn cases() -> Vec<Case> {
    let here = || json!({ "hukou_region": "530115001" });
    let nothing = || json!({});
    let aged = |no, birth: &'static str, facts: Value| case(no, 0, birth, (facts, younger(birth)), &["age"]);
    let sixty = "1966-06-01";
    let mut cases: Vec<Case> = [4, 7, 8, 9, 10].into_iter().map(|no| aged(no, sixty, nothing())).collect();
    cases.extend([
        case(1, 6_000, "1946-06-01", (here(), younger("1946-06-01")), &["age"]),
        case(2, 12_000, "1936-06-01", (here(), younger("1936-06-01")), &["age"]),
        case(3, 50_000, "1926-06-01", (here(), json!({ "hukou_region": "530111004" })), &["hukou_region"]),
        case(5, 0, sixty, (json!({ "pension_scheme": "employee", "pension_age_reached": true }), json!({ "pension_age_reached": false })), &["pension_age_reached"]),
        case(6, 0, sixty, (json!({ "pension_scheme": "resident", "pension_age_reached": true }), json!({ "pension_scheme": "employee" })), &["pension_scheme"]),
        case(11, 0, sixty, (json!({ "documents": ["senior_card"] }), json!({ "documents": ["disability_card"] })), &["documents", "documents"]),
        case(12, 0, sixty, (json!({ "documents": ["yunnan_id_card"] }), json!({ "documents": ["id_card"] })), &["documents", "documents"]),
        aged(13, "1961-06-01", json!({ "assessment_requested": true })),
        aged(14, "1961-06-01", nothing()),
        case(15, 0, sixty, (
            json!({ "economic_difficulty": true, "legal_aid_eligible": true, "special_hardship": false }),
            json!({ "legal_aid_eligible": false })), &["legal_aid_eligible", "special_hardship"]),
        case(16, 0, sixty, (json!({ "litigation_claim": "support", "litigation_fee_difficulty": true }), json!({ "litigation_claim": null })), &["litigation_claim"]),
        case(17, 0, sixty, (
            json!({ "categories": ["veteran_preferential"], "no_legal_supporter_or_unable": true, "receives_state_regular_pension": true }),
            json!({ "receives_state_regular_pension": false })), &["receives_state_regular_pension"]),
        case(18, 0, sixty, (json!({ "categories": ["extremely_poor"], "support_mode": "scattered" }), json!({ "support_mode": "institution" })), &["support_mode"]),
        case(19, 0, sixty, (json!({ "categories": ["extremely_poor"], "support_mode": "institution" }), json!({ "categories": [] })), &["categories"]),
        case(20, 0, sixty, (json!({ "categories": ["minimum_living_allowance"], "still_in_difficulty": true }), json!({ "still_in_difficulty": false })), &["still_in_difficulty"]),
        case(21, 0, sixty, (json!({ "categories": ["extremely_poor"], "ability_level": "mild" }), json!({ "ability_level": "intact" })), &["ability_level"]),
        case(22, 5_000, "1946-06-01", (json!({ "hukou_region": "530115101", "categories": ["extremely_poor_scattered"] }), younger("1946-06-01")), &["age"]),
        case(23, 9_000, sixty, (json!({ "hukou_region": "530115", "disability_grade": 2, "needs_long_term_care": true }), json!({ "disability_grade": 3 })), &["disability_grade"]),
        case(24, 9_000, sixty, (json!({ "hukou_region": "530115", "disability_grade": 4, "categories": ["minimum_living_allowance"] }), json!({ "disability_grade": null })), &["disability_grade"]),
        case(25, 59_000, sixty, (json!({ "only_child_status": "deceased" }), json!({ "only_child_status": null })), &["only_child_status"]),
        case(26, 0, sixty, (json!({ "categories": ["family_planning_special"] }), json!({ "categories": ["veteran_preferential"] })), &["categories"]),
        case(27, 0, "1946-06-01", (
            json!({ "categories": ["minimum_living_allowance"], "ability_level": "intact", "disability_grade": 3 }), younger("1946-06-01")),
            &["categories", "age", "ability_level", "disability_grade"]),
        case(28, 0, sixty, (json!({ "ability_level": "intact", "dementia": true }), json!({ "dementia": false })), &["ability_level", "dementia"]),
        case(29, 0, sixty, (
            json!({ "lives_at": "home", "household_type": "left_behind", "ability_level": "intact", "disability_grade": null, "categories": [] }),
            json!({ "lives_at": "institution" })), &["lives_at"]),
        case(30, 0, sixty, (json!({ "homeless_or_begging": true }), json!({ "homeless_or_begging": false })), &["homeless_or_begging"]),
    ]);
    cases
}

fn jinning() -> &'static Programme {
    shipped().find("jinning_basic_service_list").unwrap()
}

fn item(no: u16) -> &'static Item {
    jinning().items.iter().find(|item| item.no == no).unwrap()
}

/// A resident of Jinning of whom nothing is known but this.
fn facts(birth: &str, on: &str, known: &Value) -> Facts {
    let mut facts = Facts::new(on.parse().unwrap(), birth.parse().unwrap(), "530115001");
    for (code, value) in known.as_object().unwrap() {
        if code == "birth" {
            facts.birth_on = value.as_str().unwrap().parse().unwrap();
            continue;
        }
        assert!(field(code).is_some(), "{code}");
        facts.set(code, serde_json::from_value(value.clone()).unwrap());
    }
    facts
}

fn judged(no: u16, facts: &Facts) -> Verdict<'static> {
    evaluate_item(jinning(), item(no), facts, facts.on)
}

#[test]
fn every_item_has_one_who_just_qualifies_and_one_who_just_does_not() {
    let cases = cases();
    let mut numbers: Vec<u16> = cases.iter().map(|case| case.no).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=30).collect::<Vec<_>>());
    for Case { no, fen, birth, facts: known, change, why } in cases {
        let name = &item(no).name;
        let yes = judged(no, &facts(birth, "2026-06-01", &known));
        assert!(yes.is_entitled && yes.missing.is_empty(), "{no} {name}: {yes:?}");
        assert_eq!(yes.amount.map(Fen::get), fen, "{no} {name}");
        let mut other = known.clone();
        other.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let no_more = judged(no, &facts(birth, "2026-06-01", &other));
        assert!(
            !no_more.is_entitled && !no_more.is_open() && no_more.amount.is_none(),
            "{no} {name}: {no_more:?}"
        );
        let told: Vec<&str> = no_more.why.iter().map(|reason| reason.test.field.code.as_str()).collect();
        assert_eq!(told, why, "{no} {name}");
        assert_eq!(no_more.refusal, None, "{no} {name}");
    }
}

#[test]
fn steps_give_the_sum_of_their_grade() {
    let graded = |grade: i64| json!({ "hukou_region": "530115", "disability_grade": grade, "needs_long_term_care": true });
    for (grade, fen) in [(1, Some(11_000)), (2, Some(9_000)), (3, None)] {
        let verdict = judged(23, &facts("1950-01-01", "2026-06-01", &graded(grade)));
        assert_eq!(verdict.amount.map(Fen::get), fen, "{grade}");
    }
    for (status, fen) in [("disabled", 46_000), ("deceased", 59_000)] {
        let verdict = judged(25, &facts("1950-01-01", "2026-06-01", &json!({ "only_child_status": status })));
        assert_eq!(verdict.amount.map(Fen::get), Some(fen));
    }
    let poor = json!({ "categories": ["extremely_poor"], "support_mode": "scattered" });
    let verdict = judged(18, &facts("1950-01-01", "2026-06-01", &poor));
    assert_eq!(
        (verdict.is_entitled, verdict.amount),
        (true, None),
        "the base of the formula is not in the documents"
    );
}

/// Items that ask for an age alone, with the age at which they begin.
const BEGIN: [(u16, i32); 8] = [(4, 60), (7, 60), (8, 60), (9, 60), (10, 60), (14, 65), (13, 65), (26, 60)];

#[test]
fn a_benefit_of_an_age_begins_on_the_birthday() {
    let known = json!({ "assessment_requested": true, "categories": ["family_planning_special"] });
    for (no, age) in BEGIN {
        let birth = format!("{}-06-15", 2026 - age);
        for (on, is_entitled) in [("2026-06-14", false), ("2026-06-15", true), ("2026-06-16", true)] {
            assert_eq!(judged(no, &facts(&birth, on, &known)).is_entitled, is_entitled, "item {no} on {on}");
        }
    }
    // Somebody born on a leap day is a year older on 1 March of other years.
    let leap = |on: &str| judged(4, &facts("1968-02-29", on, &json!({}))).is_entitled;
    assert!(leap("2028-02-29") && !leap("2028-02-28"));
    let leap = |on: &str| judged(14, &facts("1964-02-29", on, &json!({}))).is_entitled;
    assert!(!leap("2029-02-28") && leap("2029-03-01"));
}

#[test]
fn a_monthly_sum_takes_the_age_of_the_first_day_of_its_month() {
    let known = json!({ "hukou_region": "530115001", "categories": ["minimum_living_allowance"] });
    let days = |birth: &str, no: u16, on: [&str; 4]| {
        on.map(|on| judged(no, &facts(birth, on, &known)).amount.map_or(0, Fen::get))
    };
    let around = ["2026-06-14", "2026-06-15", "2026-06-16", "2026-07-01"];
    assert_eq!(days("1946-06-15", 1, around), [0, 0, 0, 6_000]);
    assert_eq!(days("1946-06-15", 22, around), [0, 0, 0, 5_000]);
    assert_eq!(days("1936-06-15", 1, around), [6_000, 6_000, 6_000, 0]);
    assert_eq!(days("1936-06-15", 2, around), [0, 0, 0, 12_000]);
    assert_eq!(days("1926-06-15", 2, around), [12_000, 12_000, 12_000, 0]);
    assert_eq!(days("1926-06-15", 3, around), [0, 0, 0, 50_000]);
    let first = ["2026-05-31", "2026-06-01", "2026-06-02", "2026-06-30"];
    assert_eq!(days("1946-06-01", 1, first), [0, 6_000, 6_000, 6_000]);
    assert_eq!(days("1936-06-01", 1, first), [6_000, 0, 0, 0], "one band ends where the next begins");
    assert_eq!(days("1936-06-01", 2, first), [0, 12_000, 12_000, 12_000]);
}

#[test]
fn the_list_counts_for_who_lives_or_is_registered_in_jinning() {
    let on: NaiveDate = "2026-06-01".parse().unwrap();
    let asked = |home: &str, hukou: Option<&str>| {
        let mut facts = Facts::new(on, "1944-03-01".parse().unwrap(), home);
        if let Some(hukou) = hukou {
            facts.set("hukou_region", serde_json::from_value(json!(hukou)).unwrap());
        }
        let verdict = judged(1, &facts);
        (verdict.is_entitled, verdict.is_open(), verdict.refusal.is_some())
    };
    assert_eq!(asked("530115001", Some("530115001")), (true, false, false));
    assert_eq!(
        asked("530111004", Some("530115001")),
        (true, false, false),
        "registered there, lives elsewhere"
    );
    assert_eq!(
        asked("530115001", Some("530111004")),
        (false, false, false),
        "lives there, registered elsewhere"
    );
    assert_eq!(asked("530111004", Some("530111004")), (false, false, true));
    assert_eq!(asked("530111004", None), (false, true, false), "where he is registered is missing");
}
