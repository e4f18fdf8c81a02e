//! Pure decisions about erasure: what goes at once, what is kept, until when, and under which rule.

pub mod words;

use std::sync::OnceLock;

use chrono::{DateTime, Days, Duration, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::kit::clock::service_day;

const FILE: &str = include_str!("../../data/privacy.json");

/// Periods and words of erasure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    back_days: u64,
    #[allow(dead_code, reason = "words for the reader of the file")]
    back_source: String,
    closing_minutes: i64,
    #[allow(dead_code, reason = "words for the reader of the file")]
    closing_source: String,
    copy_days: u64,
    #[allow(dead_code, reason = "words for the reader of the file")]
    copy_source: String,
    /// What no law keeps.
    pub erased: Vec<Erased>,
    kept: Vec<Rule>,
}

/// Something that no law keeps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    #[allow(dead_code, reason = "names the part for the reader of the file")]
    part: String,
    /// In Chinese.
    pub words: String,
}

/// What stands in the way of an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// An order is still to come or under way.
    OrderOpen,
    /// A voucher is reserved.
    VoucherReserved,
    /// Money is on its way.
    MoneyOpen,
}

impl Obstacle {
    const ALL: [Self; 3] = [Self::OrderOpen, Self::VoucherReserved, Self::MoneyOpen];

    /// The text in the column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderOpen => "ORDER_OPEN",
            Self::VoucherReserved => "VOUCHER_RESERVED",
            Self::MoneyOpen => "MONEY_OPEN",
        }
    }

    /// What the elder is told, in Chinese.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OrderOpen => "还有没办完的订餐、上门服务或关怀回访，办完或取消后再申请删除",
            Self::VoucherReserved => "还有订单占用着服务券，订单办完后再申请删除",
            Self::MoneyOpen => "还有付款、退款或结算没有完成，完成后再申请删除",
        }
    }

    /// The obstacle behind a column.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|obstacle| obstacle.as_str() == text)
    }
}

/// Something that is kept for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Part {
    /// Orders with a part of public money.
    PublicOrders,
    /// Orders that the family paid alone.
    Orders,
    /// Assessments and what was measured.
    Health,
    /// Consents, and who read what.
    Consents,
    /// Whose all of it was.
    Identity,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    part: Part,
    years: u32,
    words: String,
    rule: String,
    #[allow(dead_code, reason = "words for the reader of the file")]
    source: String,
}

/// The policy of the data file.
pub fn policy() -> &'static Policy {
    static READ: OnceLock<Policy> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(FILE).expect("it is part of the program and read by a test"))
}

fn rule(part: Part) -> Option<&'static Rule> {
    policy().kept.iter().find(|rule| rule.part == part)
}

/// When something asked for now is erased, unless it is taken back.
pub fn erased_at(asked_at: DateTime<Utc>) -> DateTime<Utc> {
    asked_at + Days::new(policy().back_days)
}

/// When an elder who was closed is erased: nothing that began before the closing is still under way.
pub fn closed_long_enough_at(closed_at: DateTime<Utc>) -> DateTime<Utc> {
    closed_at + Duration::minutes(policy().closing_minutes)
}

/// Until when a copy can be fetched.
pub fn fetched_before(asked_at: DateTime<Utc>) -> DateTime<Utc> {
    asked_at + Days::new(policy().copy_days)
}

/// An order of the elder, as retention looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Whether public money paid for a part of it.
    pub is_public: bool,
}

/// What retention is reckoned from.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Orders of the elder, of either kind.
    pub orders: Vec<Served>,
    /// Whether there are assessments or values.
    pub has_health: bool,
    /// Whether there are consents or readings.
    pub has_consents: bool,
    /// The day on which the relation ends.
    pub ends_on: NaiveDate,
}

/// Something kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What.
    pub part: Part,
    /// Last day on which it is kept.
    pub until_on: NaiveDate,
}

impl Kept {
    /// What it is, in Chinese.
    pub fn words(&self) -> &'static str {
        rule(self.part).map_or("", |rule| &rule.words)
    }

    /// Under which rule, in Chinese.
    pub fn rule(&self) -> &'static str {
        rule(self.part).map_or("", |rule| &rule.rule)
    }
}

/// Last day on which something of a day is kept.
pub fn kept_until(part: Part, from: NaiveDate) -> NaiveDate {
    from.checked_add_months(Months::new(years_of(part) * 12)).unwrap_or(NaiveDate::MAX)
}

/// Of which part an order is.
pub const fn part_of(order: &Served) -> Part {
    if order.is_public { Part::PublicOrders } else { Part::Orders }
}

/// For how many years a part is kept.
pub fn years_of(part: Part) -> u32 {
    rule(part).map_or(0, |rule| rule.years)
}

/// The next day, from today on, that is the last one of anything: of a single order, or of a part.
pub fn next_end(basis: &Basis, today: NaiveDate) -> Option<NaiveDate> {
    let of_order = |order: &Served| kept_until(part_of(order), service_day(order.ended_at));
    let orders = basis.orders.iter().map(of_order);
    orders.chain(kept(basis, today).iter().map(|kept| kept.until_on)).filter(|last| *last >= today).min()
}

/// What is kept on a day and until when, the shortest first; whose it was is kept as long as anything.
pub fn kept(basis: &Basis, today: NaiveDate) -> Vec<Kept> {
    let day = |order: &Served| service_day(order.ended_at);
    let last_of = |part: Part| basis.orders.iter().filter(|order| part_of(order) == part).map(day).max();
    let mut all = Vec::new();
    for part in [Part::PublicOrders, Part::Orders] {
        all.extend(last_of(part).map(|last| Kept { part, until_on: kept_until(part, last) }));
    }
    let last_service = basis.orders.iter().map(day).max().filter(|_| basis.has_health);
    all.extend(
        last_service.map(|last| Kept { part: Part::Health, until_on: kept_until(Part::Health, last) }),
    );
    let ends = Some(basis.ends_on).filter(|_| basis.has_consents);
    all.extend(ends.map(|day| Kept { part: Part::Consents, until_on: kept_until(Part::Consents, day) }));
    // What has run out already is not kept.
    all.retain(|kept| kept.until_on >= today);
    all.sort_by_key(|kept| kept.until_on);
    let last = all.last().map(|kept| Kept { part: Part::Identity, until_on: kept.until_on });
    all.extend(last);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(day: &str, is_public: bool) -> Served {
        Served { ended_at: format!("{day}T04:00:00Z").parse().unwrap(), is_public }
    }

    fn told(basis: &Basis) -> Vec<(Part, String)> {
        kept(basis, basis.ends_on).into_iter().map(|kept| (kept.part, kept.until_on.to_string())).collect()
    }

    #[test]
    fn public_money_is_kept_fifteen_years_and_everything_else_three() {
        let orders =
            vec![served("2026-06-05", true), served("2026-06-09", false), served("2025-01-01", true)];
        let basis =
            Basis { orders, has_health: true, has_consents: true, ends_on: "2026-07-01".parse().unwrap() };
        let wanted = [
            (Part::Orders, "2029-06-09"),
            (Part::Health, "2029-06-09"),
            (Part::Consents, "2029-07-01"),
            (Part::PublicOrders, "2041-06-05"),
            (Part::Identity, "2041-06-05"),
        ];
        assert_eq!(told(&basis), wanted.map(|(part, day)| (part, day.to_owned())));
        let next = |today: &str| next_end(&basis, today.parse().unwrap()).map(|day| day.to_string());
        assert_eq!(next("2026-07-01").unwrap(), "2029-06-09");
        assert_eq!(next("2029-06-10").unwrap(), "2029-07-01");
        assert_eq!(next("2029-07-02").unwrap(), "2040-01-01", "each order has a period of its own");
        assert_eq!(next("2040-01-02").unwrap(), "2041-06-05");
        assert_eq!(next("2041-06-06"), None);
        assert!(
            kept(&basis, basis.ends_on)
                .iter()
                .all(|kept| !kept.words().is_empty() && !kept.rule().is_empty())
        );
    }

    #[test]
    fn nothing_is_kept_of_somebody_who_left_nothing_behind() {
        let basis = Basis {
            orders: Vec::new(),
            has_health: true,
            has_consents: false,
            ends_on: "2026-07-01".parse().unwrap(),
        };
        assert_eq!(told(&basis), [], "no service, no reason to keep an assessment");
        let old = Basis { orders: vec![served("2020-06-09", false)], ..basis };
        assert_eq!(told(&old), [], "its three years are over");
    }

    #[test]
    fn a_wish_can_be_taken_back_for_seven_days() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(erased_at(at("2026-06-01T02:00:00Z")), at("2026-06-08T02:00:00Z"));
        assert_eq!(closed_long_enough_at(at("2026-06-08T02:00:00Z")), at("2026-06-08T02:10:00Z"));
        assert!(!policy().erased.is_empty());
    }
}
