//! How a benefit stands in a file, and what of it cannot stand.

use serde::Deserialize;

use super::facts::AgeCounts;
use super::in_place::read_in_place;
use super::predicate::Condition;
use super::programme::{Amount, AmountKind, Exclusion, FEN_MAX, Item, Per, Source, Subject, Sum, Tier};
use crate::kit::fen::Fen;

/// A benefit as written: one amount, or tiers, or neither.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawItem {
    no: u16,
    code: String,
    name: String,
    subject: Subject,
    age_counts: AgeCounts,
    is_applied_for: bool,
    conditions: Option<Condition>,
    #[serde(default)]
    exclusions: Vec<Exclusion>,
    amount: Option<Amount>,
    tiers: Option<Vec<RawTier>>,
    per: Per,
    target: String,
    standard: String,
    manner: String,
    departments: Vec<String>,
    effect: String,
    source: Source,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    #[serde(default)]
    name: String,
    conditions: Condition,
    amount: Option<Amount>,
    #[allow(dead_code, reason = "words of the document")]
    effect: Option<String>,
    #[allow(dead_code, reason = "words of the document")]
    quote: Option<String>,
}

/// An amount as written: fen, or a formula.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAmount {
    fen: Option<i64>,
    formula: Option<Formula>,
    kind: AmountKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Formula {
    parameter: String,
    times: i64,
    over: i64,
}

read_in_place!(Item = RawItem, Amount = RawAmount);

impl TryFrom<RawAmount> for Amount {
    type Error = String;

    fn try_from(raw: RawAmount) -> Result<Self, String> {
        let sum = match (raw.fen, raw.formula) {
            (Some(fen), None) if (1..=FEN_MAX).contains(&fen) => Sum::Fen(Fen::new(fen)),
            (None, Some(Formula { parameter, times, over })) if times > 0 && over > 0 => {
                Sum::Formula { parameter, times, over }
            }
            _ => {
                return Err(format!(
                    "an amount is fen above zero and at most {FEN_MAX}, or a formula with numbers above zero"
                ));
            }
        };
        Ok(Self { sum, kind: raw.kind })
    }
}

impl TryFrom<RawItem> for Item {
    type Error = String;

    fn try_from(raw: RawItem) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("item {} ({}): {why}", raw.no, raw.code));
        let everybody = || Condition::All(Vec::new());
        let tiers = match (raw.amount, raw.tiers) {
            (Some(_), Some(_)) => return wrong("has an amount and tiers; it can have one of them"),
            (None, Some(tiers)) if tiers.is_empty() => return wrong("has no tier in its tiers"),
            (amount, None) if raw.conditions.is_some() => {
                vec![Tier { name: String::new(), conditions: everybody(), amount }]
            }
            (_, None) => return wrong("has neither conditions nor tiers"),
            (None, Some(tiers)) => tiers
                .into_iter()
                .map(|RawTier { name, conditions, amount, .. }| Tier { name, conditions, amount })
                .collect(),
        };
        let known = |tier: &Tier| match tier.amount {
            Some(Amount { sum: Sum::Fen(fen), .. }) => Some(fen),
            _ => None,
        };
        let sums: Vec<Fen> = tiers.iter().filter_map(known).collect();
        if !sums.is_sorted_by(|higher, lower| higher > lower) {
            return wrong("tiers stand from the highest to the lowest");
        }
        Ok(Self {
            no: raw.no,
            code: raw.code,
            name: raw.name,
            subject: raw.subject,
            age_counts: raw.age_counts,
            is_applied_for: raw.is_applied_for,
            conditions: raw.conditions.unwrap_or_else(everybody),
            exclusions: raw.exclusions,
            tiers,
            per: raw.per,
            target: raw.target,
            standard: raw.standard,
            manner: raw.manner,
            departments: raw.departments,
            effect: raw.effect,
            source: raw.source,
        })
    }
}
