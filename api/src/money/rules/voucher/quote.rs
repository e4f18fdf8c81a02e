//! What an elder's voucher pays of a price, or why it does not.

use chrono::{Datelike as _, NaiveDate};
use entities::enums::VoucherState as S;
use entities::voucher_grant::Model as Grant;
use uuid::Uuid;

use super::{month_of, next_month};
use crate::kit::fen::Fen;
use crate::rights::rules::programme::Programmes;

/// Why a voucher pays nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// The service is not in the programme's closed list.
    NotInList,
    /// The service falls into a month for which there is no voucher (MR-5).
    OtherMonth,
    /// It is carried out outside the district that bears it.
    OtherDistrict,
    /// It is frozen.
    Frozen,
    /// It was taken back.
    Revoked,
    /// Nothing is left of it.
    UsedUp,
}

/// What is to be paid for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What each programme pays for.
    pub programmes: &'a Programmes,
    /// Code of the service.
    pub service: &'a str,
    /// Day on which it is carried out; the voucher of this month counts (MR-5).
    pub on: NaiveDate,
    /// Region where it is carried out.
    pub region_code: &'a str,
    /// What the subsidy leaves of the price (MR-2).
    pub price: Fen,
}

/// What the voucher does about a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Which voucher.
    pub grant: Uuid,
    /// Programme and month, frozen in the order.
    pub rule: String,
    /// Name of the programme in Chinese; its code when nobody knows it any more.
    pub programme_name: String,
    /// Which tier.
    pub tier: String,
    /// What it pays; nothing when something bars it.
    pub pays: Fen,
    /// What was left of it before.
    pub before: Fen,
    /// Why it pays nothing.
    pub bar: Option<Bar>,
    /// The contract that bears it; `None` when nothing was agreed with the provider.
    pub limit: Option<Limit>,
}

/// What is left of a provider's contract under which a voucher pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Which voucher.
    pub grant: Uuid,
    /// Which contract.
    pub contract: Uuid,
    /// What it still pays in its year.
    pub left: Fen,
}

impl Applied {
    /// What is left of the contract when it does not suffice.
    pub fn over_limit(&self) -> Option<Fen> {
        self.limit.map(|limit| limit.left).filter(|left| *left < self.pays)
    }

    /// What is left of it afterwards.
    pub fn after(&self) -> Fen {
        self.before.checked_sub(self.pays).unwrap_or(Fen::ZERO)
    }
}

/// The one voucher that pays most of a price, never a sum of several (MR-3); when none pays, why. `None`: the elder has no
/// voucher of this month or a later one.
pub fn apply((grants, limits): (&[Grant], &[Limit]), wanted: Wanted<'_>) -> Option<Applied> {
    let all = grants.iter().map(|grant| {
        let limit = limits.iter().find(|limit| limit.grant == grant.id).copied();
        Applied { limit, ..one(grant, wanted) }
    });
    // The first of equals: those of the month come first in what is kept.
    let is_month = |applied: &Applied| applied.bar != Some(Bar::OtherMonth);
    all.reduce(|best, next| {
        let rank = |applied: &Applied| (applied.pays, is_month(applied));
        if rank(&next) > rank(&best) { next } else { best }
    })
}

fn one(grant: &Grant, wanted: Wanted<'_>) -> Applied {
    let available = Fen::new(grant.available_fen);
    let bar = bar_of(grant, wanted);
    let pays = if bar.is_some() { Fen::ZERO } else { most(grant, wanted.price).min(available) };
    Applied {
        grant: grant.id,
        rule: rule(grant),
        programme_name: wanted.programmes.name_of(&grant.programme),
        tier: grant.tier.clone(),
        pays,
        before: available,
        bar,
        limit: None,
    }
}

fn bar_of(grant: &Grant, wanted: Wanted<'_>) -> Option<Bar> {
    let is_listed = wanted.programmes.find(&grant.programme).is_some_and(|own| own.pays_for(wanted.service));
    let is_other_month = grant.month_on != month_of(wanted.on);
    let is_elsewhere = !wanted.region_code.starts_with(&grant.region_code);
    [
        (is_other_month, Bar::OtherMonth),
        (grant.state == S::Frozen, Bar::Frozen),
        (grant.state == S::Revoked, Bar::Revoked),
        (!is_listed, Bar::NotInList),
        (is_elsewhere, Bar::OtherDistrict),
        (grant.available_fen <= 0 || grant.state != S::Issued, Bar::UsedUp),
    ]
    .into_iter()
    .find_map(|(is_barred, bar)| is_barred.then_some(bar))
}

/// What it may pay of a price, however much is left of it: all, or its percentage rounded down.
fn most(grant: &Grant, price: Fen) -> Fen {
    let Some(percent_bp) = grant.percent_bp else { return price };
    // i128: no price overflows on its way through hundredths of a percent.
    let part = i128::from(price.get()) * i128::from(percent_bp) / 10_000;
    i64::try_from(part).map_or(Fen::ZERO, Fen::new)
}

/// Programme and month of a voucher, as orders keep them: `guandu_home_care_voucher@2026-06`.
pub fn rule(grant: &Grant) -> String {
    format!("{}@{}", grant.programme, grant.month_on.format("%Y-%m"))
}

/// Whether a service on `to` may still be paid by a voucher that was taken for one on `from` (MR-5).
pub fn is_same_month(from: NaiveDate, to: NaiveDate) -> bool {
    (from.year(), from.month()) == (to.year(), to.month())
}

/// The last day on which a voucher pays.
pub fn last_day(month_on: NaiveDate) -> NaiveDate {
    next_month(month_on).pred_opt().unwrap_or(month_on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::rules::programme::shipped;

    fn grant(month: &str, available: i64) -> Grant {
        let month_on = month.parse().unwrap();
        Grant {
            id: Uuid::from_u128(u128::from(month.as_bytes()[6])),
            programme: "guandu_home_care_voucher".to_owned(),
            elder_id: Uuid::nil(),
            month_on,
            region_code: "530111".to_owned(),
            tier: "100".to_owned(),
            percent_bp: None,
            state: S::Issued,
            granted_fen: 10_000,
            available_fen: available,
            reserved_fen: 10_000 - available,
            redeemed_fen: 0,
            lapsed_fen: 0,
            returned_fen: 0,
            frozen_for: None,
            issued_at: super::super::issues_at(month_on),
            closes_at: super::super::closes_at(month_on),
            lapsed_at: None,
            reminded_on: None,
            version: 0,
        }
    }

    fn wanted<'a>(service: &'a str, on: &str, price: i64) -> Wanted<'a> {
        let (programmes, on, price) = (shipped(), on.parse().unwrap(), Fen::new(price));
        Wanted { programmes, service, on, region_code: "530111004009", price }
    }

    #[test]
    fn a_voucher_pays_up_to_its_rest_in_its_month_its_list_and_its_district() {
        let june = |available| grant("2026-06-01", available);
        let frozen = Grant { state: S::Frozen, ..june(10_000) };
        let revoked = Grant { state: S::Revoked, ..june(0) };
        let cases = [
            (june(10_000), wanted("cleaning_help", "2026-06-04", 8_000), 8_000, None),
            (june(900), wanted("meal_delivery", "2026-06-06", 1_100), 900, None),
            (june(0), wanted("cleaning_help", "2026-06-30", 8_000), 0, Some(Bar::UsedUp)),
            (june(10_000), wanted("cleaning_help", "2026-07-01", 8_000), 0, Some(Bar::OtherMonth)),
            (june(10_000), wanted("day_care", "2026-06-04", 8_000), 0, Some(Bar::NotInList)),
            (frozen, wanted("cleaning_help", "2026-06-04", 8_000), 0, Some(Bar::Frozen)),
            (revoked, wanted("cleaning_help", "2026-06-04", 8_000), 0, Some(Bar::Revoked)),
            (
                june(10_000),
                Wanted { region_code: "530112001", ..wanted("cleaning_help", "2026-06-04", 8_000) },
                0,
                Some(Bar::OtherDistrict),
            ),
        ];
        for (grant, wanted, pays, bar) in cases {
            let applied = apply((std::slice::from_ref(&grant), &[]), wanted).unwrap();
            assert_eq!((applied.pays, applied.bar), (Fen::new(pays), bar), "{wanted:?}");
            assert_eq!(applied.after().get(), grant.available_fen - pays);
            assert_eq!(applied.rule, "guandu_home_care_voucher@2026-06");
        }
        assert_eq!(apply((&[], &[]), wanted("cleaning_help", "2026-06-04", 8_000)), None);
    }

    #[test]
    fn a_percentage_pays_its_part_rounded_down_up_to_the_cap() {
        for (price, available, pays) in
            [(26_000, 80_000, 13_000), (26_001, 80_000, 13_000), (26_000, 5_000, 5_000)]
        {
            let half = Grant { percent_bp: Some(5_000), ..grant("2026-06-01", available) };
            let applied = apply((&[half], &[]), wanted("bathing_help", "2026-06-10", price)).unwrap();
            assert_eq!(applied.pays, Fen::new(pays), "{price} {available}");
        }
    }

    #[test]
    fn of_several_vouchers_the_one_that_pays_most_is_taken_alone() {
        let half = Grant { id: Uuid::from_u128(7), percent_bp: Some(5_000), ..grant("2026-06-01", 80_000) };
        let rest = grant("2026-06-01", 3_000);
        let july = grant("2026-07-01", 10_000);
        let applied =
            apply((&[july.clone(), rest.clone(), half], &[]), wanted("cleaning_help", "2026-06-04", 8_000))
                .unwrap();
        assert_eq!((applied.grant, applied.pays), (Uuid::from_u128(7), Fen::new(4_000)));
        let used = Grant { available_fen: 0, ..rest };
        let applied = apply((&[july, used], &[]), wanted("cleaning_help", "2026-06-04", 8_000)).unwrap();
        assert_eq!(applied.bar, Some(Bar::UsedUp), "what counts is the month of the service");
    }

    #[test]
    fn a_contract_bears_up_to_its_rest() {
        let grant = grant("2026-06-01", 10_000);
        for (left, over) in [(8_000, None), (7_999, Some(7_999)), (0, Some(0))] {
            let limit = Limit { grant: grant.id, contract: Uuid::nil(), left: Fen::new(left) };
            let grants = std::slice::from_ref(&grant);
            let applied = apply((grants, &[limit]), wanted("cleaning_help", "2026-06-04", 8_000)).unwrap();
            assert_eq!(applied.over_limit(), over.map(Fen::new));
        }
        let other = Limit { grant: Uuid::from_u128(9), contract: Uuid::nil(), left: Fen::ZERO };
        let applied = apply((&[grant], &[other]), wanted("cleaning_help", "2026-06-04", 8_000)).unwrap();
        assert_eq!(applied.over_limit(), None, "of another voucher's programme");
    }
}
