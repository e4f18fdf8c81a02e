//! What a programme gives to an elder, and why.

use chrono::NaiveDate;

use super::facts::Facts;
use super::field::{Field, field};
use super::predicate::{Reason, Truth};
use super::programme::{Belonging, Item, Kind, Programme, Tier};
use crate::kit::fen::Fen;

/// Why nobody of a place or a day gets anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The programme is switched off.
    SwitchedOff,
    /// It has not begun or is over.
    NotInForce,
    /// The elder belongs to a place that does not take part: `AREA_NOT_IN_PROGRAMME`.
    AreaNotInProgramme,
}

/// What an item gives to an elder, in short: what a run over many needs.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// Yes, no, or a fact is missing.
    pub truth: Truth,
    /// The highest tier that is certain.
    pub tier: Option<&'a Tier>,
    /// Fen for the month or meal of the item; `None` when there is no sum.
    pub amount: Option<Fen>,
}

/// What an item gives to an elder, and why.
#[derive(Clone, Debug)]
pub struct Verdict<'a> {
    /// Whether it is certain that he is entitled.
    pub is_entitled: bool,
    /// Why nobody there gets anything; then there are no reasons.
    pub refusal: Option<Refusal>,
    /// Fen for the month or meal of the item: the highest tier alone. For a percentage voucher the cap. `None` when he is
    /// not entitled or no sum is named.
    pub amount: Option<Fen>,
    /// The tier that gives it.
    pub tier: Option<&'a Tier>,
    /// The facts that decided.
    pub why: Vec<Reason<'a>>,
    /// What excludes him, by its Chinese name.
    pub excluded_by: Option<&'a str>,
    /// Facts that nobody has entered and that could turn the answer, or raise the tier.
    pub missing: Vec<&'static Field>,
}

/// What a voucher or subsidy gives to an elder; for a list of benefits its first item.
pub fn evaluate<'a>(programme: &'a Programme, facts: &Facts, on: NaiveDate) -> Verdict<'a> {
    match programme.items.first() {
        Some(item) => evaluate_item(programme, item, facts, on),
        None => Verdict::refused(Refusal::NotInForce),
    }
}

/// Why nobody of this place or day gets anything; `Err` when that hangs on the place of registration, which is missing.
fn refusal(programme: &Programme, facts: &Facts, on: NaiveDate) -> Result<Option<Refusal>, &'static Field> {
    if !programme.is_on {
        return Ok(Some(Refusal::SwitchedOff));
    }
    if !programme.valid.holds(on) {
        return Ok(Some(Refusal::NotInForce));
    }
    match (programme.area.holds(facts), field("hukou_region")) {
        (Truth::Yes, _) => Ok(None),
        (Truth::Unknown, Some(field)) if programme.area.by == Belonging::ResidenceOrHukou => Err(field),
        _ => Ok(Some(Refusal::AreaNotInProgramme)),
    }
}

fn is_excluded(item: &Item, facts: &Facts) -> Truth {
    let truths = item.exclusions.iter().map(|exclusion| exclusion.conditions.truth(facts, item.age_counts));
    truths.fold(Truth::No, Truth::or)
}

/// Yes or no with tier and amount, without reasons.
pub fn judge<'a>(programme: &'a Programme, item: &'a Item, facts: &Facts, on: NaiveDate) -> Judged<'a> {
    let none = |truth| Judged { truth, tier: None, amount: None };
    let base = match refusal(programme, facts, on) {
        Ok(Some(_)) => return none(Truth::No),
        Ok(None) => Truth::Yes,
        Err(_) => Truth::Unknown,
    };
    let base = base.and(item.conditions.truth(facts, item.age_counts)).and(!is_excluded(item, facts));
    if base == Truth::No {
        return none(Truth::No);
    }
    let mut truth = Truth::No;
    for tier in &item.tiers {
        let own = base.and(tier.conditions.truth(facts, item.age_counts));
        if own == Truth::Yes {
            let amount = match &programme.kind {
                Kind::Percent { monthly_cap_fen, .. } => Some(Fen::new(*monthly_cap_fen)),
                _ => tier.amount.as_ref().and_then(|amount| programme.fen(amount)),
            };
            return Judged { truth: Truth::Yes, tier: Some(tier), amount };
        }
        truth = truth.or(own);
    }
    none(truth)
}

/// What one item gives to an elder, and why.
pub fn evaluate_item<'a>(
    programme: &'a Programme,
    item: &'a Item,
    facts: &Facts,
    on: NaiveDate,
) -> Verdict<'a> {
    let mut missing = Vec::new();
    match refusal(programme, facts, on) {
        Ok(Some(refusal)) => return Verdict::refused(refusal),
        Ok(None) => {}
        Err(field) => missing.push(field),
    }
    let judged = judge(programme, item, facts, on);
    let excluding = item
        .exclusions
        .iter()
        .find(|exclusion| exclusion.conditions.truth(facts, item.age_counts) == Truth::Yes);
    let mut verdict = Verdict {
        is_entitled: judged.truth == Truth::Yes,
        refusal: None,
        amount: judged.amount,
        tier: judged.tier,
        why: Vec::new(),
        excluded_by: excluding.map(|exclusion| exclusion.name.as_str()),
        missing,
    };
    if let Some(exclusion) = excluding {
        exclusion.conditions.deciding(facts, item.age_counts, &mut verdict.why);
        verdict.missing.clear();
        return verdict;
    }
    let said = reasons(item, facts, &judged);
    let (open, decided): (Vec<_>, Vec<_>) =
        said.into_iter().partition(|reason| reason.fits == Truth::Unknown);
    verdict.missing.extend(open.iter().map(|reason| reason.test.field));
    if judged.truth == Truth::No {
        verdict.missing.clear();
    }
    let mut seen: Vec<&Field> = Vec::new();
    verdict.missing.retain(|field| {
        let is_new = !seen.contains(field);
        seen.push(field);
        is_new
    });
    verdict.why = decided;
    verdict
}

/// The facts that decided about an item, those that are missing among them.
fn reasons<'a>(item: &'a Item, facts: &Facts, judged: &Judged<'a>) -> Vec<Reason<'a>> {
    let mut said = Vec::new();
    let truth = |condition: &super::predicate::Condition| condition.truth(facts, item.age_counts);
    item.conditions.deciding(facts, item.age_counts, &mut said);
    if truth(&item.conditions) == Truth::No {
        return said;
    }
    for exclusion in item.exclusions.iter().filter(|exclusion| truth(&exclusion.conditions) == Truth::Unknown)
    {
        exclusion.conditions.deciding(facts, item.age_counts, &mut said);
    }
    let is_certain = |tier: &Tier| judged.tier.is_some_and(|own| std::ptr::eq(own, tier));
    for tier in &item.tiers {
        // Of the other tiers only what is missing counts, unless nothing is given at all.
        if is_certain(tier) || truth(&tier.conditions) == Truth::Unknown || judged.truth == Truth::No {
            tier.conditions.deciding(facts, item.age_counts, &mut said);
        }
        if is_certain(tier) {
            break;
        }
    }
    said
}

impl Verdict<'_> {
    fn refused(refusal: Refusal) -> Self {
        Self {
            is_entitled: false,
            refusal: Some(refusal),
            amount: None,
            tier: None,
            why: Vec::new(),
            excluded_by: None,
            missing: Vec::new(),
        }
    }

    /// Whether nothing is decided yet because facts are missing.
    pub fn is_open(&self) -> bool {
        !self.is_entitled && !self.missing.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::rules::field::Value;
    use crate::rights::rules::programme::shipped;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn word(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn guandu() -> &'static Programme {
        shipped().find("guandu_home_care_voucher").unwrap()
    }

    /// A person of a probe: age on 2018-06-01, region, and what else is known.
    fn probe(age: i32, region: &str, pairs: &[(&str, Value)]) -> Facts {
        let mut facts = Facts::new(day("2018-06-01"), day(&format!("{}-06-01", 2018 - age)), region);
        for (field, value) in pairs {
            facts.set(field, value.clone());
        }
        facts
    }

    #[test]
    fn the_seven_probes_of_story_s3() {
        let (jinma, guanshang) = ("530111004", "530111001");
        let empty_nest = ("household_type", word("empty_nest"));
        let poor = |need: &str| {
            [
                ("categories", Value::Words(vec!["five_guarantees".into()])),
                ("care_need", word(need)),
                ("lives_at", word("home")),
            ]
        };
        let allowance = [
            ("categories", Value::Words(vec!["minimum_living_allowance".into()])),
            ("self_care", word("unable")),
            ("children_in_city_caring", Value::Flag(false)),
        ];
        let mut both = poor("full_care").to_vec();
        both.push(empty_nest.clone());
        let cases = [
            (82, jinma, vec![empty_nest.clone()], 10_000),
            (101, guanshang, vec![], 30_000),
            (66, jinma, poor("semi_care").to_vec(), 30_000),
            (64, jinma, allowance.to_vec(), 20_000),
            (79, jinma, vec![empty_nest.clone()], 0),
            (85, jinma, both, 30_000),
        ];
        for (age, region, pairs, fen) in cases {
            let facts = probe(age, region, &pairs);
            let verdict = evaluate(guandu(), &facts, facts.on);
            assert_eq!(verdict.amount.map_or(0, Fen::get), fen, "{age} {pairs:?}");
            assert_eq!((verdict.is_entitled, verdict.refusal), (fen > 0, None), "{age} {pairs:?}");
        }
        let facts = probe(83, "530111009", &[empty_nest]);
        let verdict = evaluate(guandu(), &facts, facts.on);
        assert_eq!(
            (verdict.is_entitled, verdict.amount, verdict.refusal),
            (false, None, Some(Refusal::AreaNotInProgramme))
        );
    }

    #[test]
    fn what_is_missing_is_told_even_when_a_lower_tier_is_certain() {
        let facts = probe(82, "530111004", &[("household_type", word("empty_nest"))]);
        let verdict = evaluate(guandu(), &facts, facts.on);
        let names = |fields: &[&Field]| fields.iter().map(|field| field.code.clone()).collect::<Vec<_>>();
        assert_eq!(
            verdict.why.iter().map(|why| why.test.field.code.as_str()).collect::<Vec<_>>(),
            ["age", "household_type"]
        );
        assert_eq!(
            names(&verdict.missing),
            [
                "care_need",
                "ability_level",
                "lives_at",
                "categories",
                "self_care",
                "children_in_city_caring",
                "disability_grade"
            ]
        );
        let facts = probe(50, "530111004", &[]);
        let verdict = evaluate(guandu(), &facts, facts.on);
        assert!(!verdict.is_entitled && !verdict.is_open(), "no fact makes him older");
        let facts = probe(79, "530111004", &[("household_type", word("empty_nest"))]);
        assert!(evaluate(guandu(), &facts, facts.on).is_open());
    }

    #[test]
    fn a_national_voucher_is_off_and_its_exclusions_outweigh_its_conditions() {
        let national = shipped().find("national_disability_care_voucher").unwrap();
        let mut facts = Facts::new(day("2026-06-01"), day("1950-01-01"), "530111004");
        facts.set("ability_level", word("severe"));
        assert_eq!(evaluate(national, &facts, facts.on).refusal, Some(Refusal::SwitchedOff));
        let text = include_str!("../../../data/programmes/national_disability_care_voucher.json");
        let on = crate::rights::rules::programme::read(&text.replace("\"is_on\": false", "\"is_on\": true"))
            .unwrap();
        assert_eq!(evaluate(&on, &facts, day("2027-01-01")).refusal, Some(Refusal::NotInForce));
        assert!(evaluate(&on, &facts, facts.on).is_open(), "whether something excludes him is not known");
        for field in ["central_disability_care_subsidy", "home_care_upgrade_project"] {
            facts.set(field, Value::Flag(false));
        }
        facts.set("categories", Value::Words(Vec::new()));
        let verdict = evaluate(&on, &facts, facts.on);
        assert_eq!((verdict.is_entitled, verdict.amount), (true, Some(Fen::new(80_000))));
        facts.set("categories", Value::Words(vec!["extremely_poor".into()]));
        let verdict = evaluate(&on, &facts, facts.on);
        assert_eq!((verdict.is_entitled, verdict.excluded_by), (false, Some("特困人员供养救助")));
    }
}
