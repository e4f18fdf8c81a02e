//! Public programmes as data: who gets what, where and when, after which document. A new programme is a new file.
//!
//! A file is refused with line and reason when a field, a value, a way of asking or an order of tiers cannot stand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

pub use self::shelf::{Programmes, shipped};
use super::facts::AgeCounts;
use super::in_place::read_in_place;
use super::predicate::Condition;
pub use super::predicate::Truth;
pub use super::scope::{Area, Belonging, Excluded, Validity};
pub use super::verdict::{Refusal, Verdict, evaluate, evaluate_item, judge};
use crate::directory::rules::catalogue::service;
use crate::kit::fen::Fen;

/// Longest code of a programme.
const CODE_MAX: usize = 60;
/// Most that one amount can be, in fen: a million yuan. More is a slip of the pen, and sums stay far from the end of an `i64`.
pub(super) const FEN_MAX: i64 = 100_000_000;

/// One programme: a voucher, a list of benefits, or a subsidy on meals.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    /// Names the programme in rows and in the ledger.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Whether it is in use; a file may wait for an operator to switch it on.
    pub is_on: bool,
    /// What it gives.
    pub kind: Kind,
    /// When it counts.
    pub valid: Validity,
    /// Where it counts.
    pub area: Area,
    /// What it rests on.
    pub document: Document,
    parameters: BTreeMap<String, Option<i64>>,
    /// What can be had; exactly one for a voucher or a subsidy.
    pub items: Items,
}

/// What a programme gives.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum Kind {
    /// Benefits of offices; nothing is paid through this house.
    List,
    /// A voucher of a fixed amount a month, for a closed list of services.
    Fixed {
        /// What it pays for.
        services: Vec<Services>,
    },
    /// A voucher that pays a part of each price, up to an amount a month.
    Percent {
        /// Part of the price, 1 to 100.
        percent: Percent,
        /// Most that it pays in a calendar month, in fen.
        monthly_cap_fen: i64,
        /// What it pays for.
        services: Vec<Services>,
    },
    /// Fen off the price of each meal.
    Meal {
        /// Whether the meal must cost more than the subsidy.
        needs_price_above_subsidy: bool,
    },
}

/// One service as the document writes it, and what it is called in the catalogue.
#[derive(Debug)]
pub struct Services {
    /// As the document writes it.
    pub name: String,
    /// Codes of the catalogue.
    pub codes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServices {
    name: String,
    codes: Vec<String>,
}

read_in_place!(Services = RawServices);

impl TryFrom<RawServices> for Services {
    type Error = String;

    fn try_from(RawServices { name, codes }: RawServices) -> Result<Self, String> {
        match codes.iter().find(|code| service(code).is_none()) {
            Some(unknown) => Err(format!("there is no service {unknown:?}")),
            None => Ok(Self { name, codes }),
        }
    }
}

/// A part of a hundred, 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub struct Percent(pub u8);

impl TryFrom<u8> for Percent {
    type Error = String;

    fn try_from(percent: u8) -> Result<Self, String> {
        (1..=100).contains(&percent).then_some(Self(percent)).ok_or_else(|| "percent is 1 to 100".to_owned())
    }
}

/// What a programme rests on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Short name among the five source documents; `None` when it is none of them.
    pub id: Option<String>,
    /// Title with its number, in Chinese.
    pub title: String,
}

/// What can be had.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<Item>")]
pub struct Items(Vec<Item>);

impl TryFrom<Vec<Item>> for Items {
    type Error = String;

    fn try_from(items: Vec<Item>) -> Result<Self, String> {
        let numbers: BTreeSet<u16> = items.iter().map(|item| item.no).collect();
        if items.is_empty() || numbers.len() != items.len() {
            return Err("items need numbers of their own, and there is at least one".to_owned());
        }
        Ok(Self(items))
    }
}

impl std::ops::Deref for Items {
    type Target = [Item];

    fn deref(&self) -> &[Item] {
        &self.0
    }
}

/// Whom a benefit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Subject {
    /// The elder.
    Elder,
    /// Somebody of the elder's family.
    FamilyMember,
    /// The elder's household.
    Household,
}

/// For how long an amount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Per {
    /// A calendar month.
    Month,
    /// A meal.
    Meal,
}

/// One benefit.
#[derive(Debug)]
pub struct Item {
    /// Number in the programme.
    pub no: u16,
    /// What it is; bands of one benefit share it.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Whom it is for.
    pub subject: Subject,
    /// From which day the age is taken.
    pub age_counts: AgeCounts,
    /// Whether its use begins with an approval that is entered here.
    pub is_applied_for: bool,
    /// Who qualifies.
    pub conditions: Condition,
    /// Who does not, although he fulfils the conditions.
    pub exclusions: Vec<Exclusion>,
    /// What is given, the highest first; a benefit without a sum has one tier without an amount.
    pub tiers: Vec<Tier>,
    /// For how long an amount is.
    pub per: Per,
    /// Whom the document names, in Chinese.
    pub target: String,
    /// What the document promises, in Chinese.
    pub standard: String,
    /// How it is given, in Chinese.
    pub manner: String,
    /// Offices in charge, in Chinese.
    pub departments: Vec<String>,
    /// What follows from it.
    pub effect: String,
    /// Where it stands.
    pub source: Source,
}

/// Who is left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// What excludes, in Chinese.
    pub name: String,
    /// When it does.
    pub conditions: Condition,
}

/// One step of a benefit.
#[derive(Debug)]
pub struct Tier {
    /// Name in Chinese; empty when there is only one.
    pub name: String,
    /// Who gets this step.
    pub conditions: Condition,
    /// How much; `None` when no sum is named.
    pub amount: Option<Amount>,
}

/// How much a benefit is.
#[derive(Debug)]
pub struct Amount {
    /// Where the number comes from.
    pub sum: Sum,
    /// Whether it may be more.
    pub kind: AmountKind,
}

/// Where an amount comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Sum {
    /// So many fen.
    Fen(Fen),
    /// A parameter of the programme times a fraction, rounded up.
    Formula {
        /// Name of the parameter.
        parameter: String,
        /// Multiplied by.
        times: i64,
        /// Divided by.
        over: i64,
    },
}

/// Whether an amount may be more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AmountKind {
    /// Not less than this.
    AtLeast,
    /// This.
    Exact,
}

/// Where a benefit stands in the document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Section.
    pub section: String,
    /// Words of the document; `None` when only others tell of it.
    pub quote: Option<String>,
    /// How the project reads it, where it had to choose.
    #[serde(default)]
    pub note: Option<String>,
}

impl Programme {
    /// Whether the programme is in use on a day.
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        self.is_on && self.valid.holds(day)
    }

    /// Whether it is a voucher, which is issued every month.
    pub fn is_voucher(&self) -> bool {
        matches!(self.kind, Kind::Fixed { .. } | Kind::Percent { .. })
    }

    /// Whether a voucher of this programme pays for a service of the catalogue.
    pub fn pays_for(&self, service: &str) -> bool {
        match &self.kind {
            Kind::Fixed { services } | Kind::Percent { services, .. } => {
                services.iter().any(|listed| listed.codes.iter().any(|code| code == service))
            }
            Kind::List | Kind::Meal { .. } => false,
        }
    }

    /// An amount in fen; `None` when it needs a parameter that nobody has set.
    pub fn fen(&self, amount: &Amount) -> Option<Fen> {
        match &amount.sum {
            Sum::Fen(fen) => Some(*fen),
            Sum::Formula { parameter, times, over } => {
                let base = self.parameters.get(parameter).copied().flatten()?;
                let product = base.checked_mul(*times)?;
                Some(Fen::new(product.checked_add(over.checked_sub(1)?)?.checked_div(*over)?))
            }
        }
    }

    fn check(self) -> Result<Self, String> {
        let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if !(1..=CODE_MAX).contains(&self.code.len()) || !self.code.bytes().all(is_plain) {
            return Err(format!("code is 1 to {CODE_MAX} small letters, digits or _"));
        }
        if self.name.trim().is_empty() {
            return Err("a programme has a name".to_owned());
        }
        let per = if matches!(self.kind, Kind::Meal { .. }) { Per::Meal } else { Per::Month };
        if !matches!(self.kind, Kind::List) && self.items.iter().any(|item| item.per != per) {
            return Err("a voucher is per MONTH, a subsidy on meals per MEAL".to_owned());
        }
        if !matches!(self.kind, Kind::List) && self.items.len() != 1 {
            return Err("a voucher or subsidy has exactly one item".to_owned());
        }
        if let Kind::Percent { monthly_cap_fen, .. } = self.kind
            && !(1..=FEN_MAX).contains(&monthly_cap_fen)
        {
            return Err(format!("monthly_cap_fen is more than nothing and at most {FEN_MAX}"));
        }
        let has_no_sum = |item: &Item| {
            item.tiers.iter().any(|tier| !matches!(tier.amount, Some(Amount { sum: Sum::Fen(_), .. })))
        };
        if matches!(self.kind, Kind::Fixed { .. } | Kind::Meal { .. }) && self.items.iter().any(has_no_sum) {
            return Err("every tier of a voucher or subsidy has an amount in fen".to_owned());
        }
        let unknown = self.items.iter().flat_map(|item| &item.tiers).find_map(|tier| match &tier.amount {
            Some(Amount { sum: Sum::Formula { parameter, .. }, .. }) => {
                (!self.parameters.contains_key(parameter)).then_some(parameter)
            }
            _ => None,
        });
        match unknown {
            Some(parameter) => Err(format!("there is no parameter {parameter:?}")),
            None => Ok(self),
        }
    }
}

/// Reads a programme; a wrong file is refused with line and reason.
pub fn read(text: &str) -> Result<Programme, String> {
    let programme: Programme = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let last = text.trim_end().lines().count();
    programme.check().map_err(|why| format!("{why} at line {last}"))
}

mod shelf;
#[cfg(test)]
mod tests;
