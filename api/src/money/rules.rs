//! Pure money: who pays, and what a posting says. Money rules MR-1 to MR-10.

pub mod bill;
pub mod complaint;
pub mod refund;
pub mod settlement;
pub mod voucher;

use uuid::Uuid;

use crate::kit::fen::Fen;
use voucher::posting::Part;

/// What a meal costs and who bears it. Always `list + delivery = subsidy + voucher + cash`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Published prices times quantities.
    pub list: Fen,
    /// Bringing it home.
    pub delivery: Fen,
    /// Borne by a public rule.
    pub subsidy: Fen,
    /// Borne by the elder's voucher of the month.
    pub voucher: Fen,
    /// Left for the family.
    pub cash: Fen,
}

/// Whether a number of the platform can be one: letters and digits, at most 64.
pub fn is_number(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Splits a price over its payers in the order subsidy, voucher, cash (MR-2); none goes below zero (MR-3).
///
/// `voucher` is what the elder's voucher could still give. `None`: the sum passes the end of an `i64`.
pub fn split(list: Fen, delivery: Fen, subsidy: Fen, voucher: Fen) -> Option<Split> {
    let total = list.checked_add(delivery)?;
    let subsidy = subsidy.min(list).max(Fen::ZERO);
    let after_subsidy = total.checked_sub(subsidy)?;
    let voucher = voucher.min(after_subsidy).max(Fen::ZERO);
    let cash = after_subsidy.checked_sub(voucher)?;
    Some(Split { list, delivery, subsidy, voucher, cash })
}

/// One side of the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// Money that WeChat Pay holds for us.
    Wechat,
    /// Money of orders that are not carried out yet.
    Escrow,
    /// Money on its way back to families.
    RefundPayable,
    /// What a provider has earned.
    Provider(Uuid),
    /// What a public rule, or a programme in a district, owes for what was carried out.
    Public(String),
    /// Part of a programme's vouchers in a district.
    Voucher(String, Part),
    /// Cash that a provider took at its own counter.
    Counter(Uuid),
    /// Cash that the desk of a branch of the region tree took.
    Till(String),
    /// Money that was paid out to providers.
    Payout,
}

impl Account {
    /// Name in the ledger.
    pub fn name(&self) -> String {
        match self {
            Self::Wechat => "wechat".to_owned(),
            Self::Escrow => "escrow".to_owned(),
            Self::RefundPayable => "refund_payable".to_owned(),
            Self::Provider(id) => format!("provider/{id}"),
            Self::Public(rule) => format!("public/{rule}"),
            Self::Voucher(purser, part) => format!("voucher/{purser}/{}", part.as_str()),
            Self::Counter(id) => format!("counter/{id}"),
            Self::Till(region) => format!("till/{region}"),
            Self::Payout => "payout".to_owned(),
        }
    }
}

/// The public accounts behind a split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publics<'a> {
    /// The rule that bears the subsidy.
    pub subsidy: Option<&'a str>,
    /// Programme and district that bear the voucher.
    pub voucher: Option<&'a str>,
}

/// Entries that sum to zero, under a key that makes them happen once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Unique for ever.
    pub key: String,
    /// For which order; the issue and the end of a voucher name the voucher.
    pub order: Uuid,
    /// Account and amount; what comes in is positive.
    pub entries: Vec<(Account, Fen)>,
}

impl Posting {
    /// Moves an amount from one account to another; nothing to move gives no entries.
    fn transfer(key: String, order: Uuid, amount: Fen, (from, to): (Account, Account)) -> Self {
        let entries =
            if amount.is_zero() { Vec::new() } else { vec![(to, amount), (from, amount.negated())] };
        Self { key, order, entries }
    }

    /// A family's money has arrived at WeChat.
    pub fn paid(attempt: Uuid, order: Uuid, amount: Fen) -> Self {
        Self::transfer(format!("paid/{attempt}"), order, amount, (Account::Escrow, Account::Wechat))
    }

    /// A walk-in paid at the canteen's own till.
    pub fn paid_at_counter(order: Uuid, provider: Uuid, amount: Fen) -> Self {
        Self::transfer(
            format!("counter/{order}"),
            order,
            amount,
            (Account::Escrow, Account::Counter(provider)),
        )
    }

    /// The desk of a branch took what was due in cash.
    pub fn paid_at_till(attempt: Uuid, order: Uuid, amount: Fen, region: String) -> Self {
        Self::transfer(format!("paid/{attempt}"), order, amount, (Account::Escrow, Account::Till(region)))
    }

    /// The desk of a branch handed cash back.
    pub fn handed_back(refund: Uuid, order: Uuid, amount: Fen, region: String) -> Self {
        let way = (Account::Till(region), Account::RefundPayable);
        Self::transfer(format!("refunded/{refund}"), order, amount, way)
    }

    /// Money is to go back to where it came from (MR-6).
    pub fn refund_requested(refund: Uuid, order: Uuid, amount: Fen) -> Self {
        Self::transfer(format!("refund/{refund}"), order, amount, (Account::RefundPayable, Account::Escrow))
    }

    /// The money has gone back.
    pub fn refunded(refund: Uuid, order: Uuid, amount: Fen) -> Self {
        Self::transfer(format!("refunded/{refund}"), order, amount, (Account::Wechat, Account::RefundPayable))
    }

    /// Carried out: the provider has earned the family's part and the public parts (MR-7).
    pub fn served(order: Uuid, provider: Uuid, split: Split, publics: Publics<'_>) -> Self {
        let public = |name: Option<&str>, other: &str| Account::Public(name.unwrap_or(other).to_owned());
        let parts = [
            (Account::Escrow, split.cash),
            (public(publics.subsidy, "unknown"), split.subsidy),
            (public(publics.voucher, "unknown_voucher"), split.voucher),
        ];
        let mut entries: Vec<_> = parts.into_iter().filter(|(_, amount)| amount.is_positive()).collect();
        let earned: Fen = entries.iter().map(|(_, amount)| *amount).sum();
        if earned.is_positive() {
            entries.push((Account::Provider(provider), earned.negated()));
        }
        Self { key: format!("served/{order}"), order, entries }
    }

    /// What `served` has posted is taken back: a person decided otherwise.
    pub fn unserved(order: Uuid, provider: Uuid, split: Split, publics: Publics<'_>) -> Self {
        let mut posting = Self::served(order, provider, split, publics);
        posting.key = format!("unserved/{order}");
        posting.entries.iter_mut().for_each(|(_, amount)| *amount = amount.negated());
        posting
    }

    /// What was earned for a meal or a visit and paid out is taken back.
    pub fn taken_back(order: Uuid, provider: Uuid, split: Split, publics: Publics<'_>) -> Self {
        Self { key: format!("taken_back/{order}"), ..Self::unserved(order, provider, split, publics) }
    }

    /// What a walk-in paid at the canteen's own till is to be handed back there.
    pub fn back_at_counter(order: Uuid, provider: Uuid, amount: Fen) -> Self {
        let way = (Account::Counter(provider), Account::Escrow);
        Self::transfer(format!("counter_back/{order}"), order, amount, way)
    }

    /// The provider has earned what a person's decision left of the price.
    pub fn decided(order: Uuid, provider: Uuid, left: Split, publics: Publics<'_>) -> Self {
        Self { key: format!("decided/{order}"), ..Self::served(order, provider, left, publics) }
    }

    /// A provider's statement was paid out.
    pub fn paid_out(statement: Uuid, provider: Uuid, amount: Fen) -> Self {
        Self::transfer(
            format!("paid_out/{statement}"),
            statement,
            amount,
            (Account::Payout, Account::Provider(provider)),
        )
    }

    /// The provider keeps a part of what was paid for a visit that was called off late (MR-4).
    pub fn kept(order: Uuid, provider: Uuid, amount: Fen) -> Self {
        Self::transfer(format!("kept/{order}"), order, amount, (Account::Provider(provider), Account::Escrow))
    }

    /// Nobody came: the kitchen keeps what the family paid and claims no public money (MR-7).
    pub fn no_show(order: Uuid, provider: Uuid, cash: Fen) -> Self {
        Self::transfer(
            format!("no_show/{order}"),
            order,
            cash,
            (Account::Provider(provider), Account::Escrow),
        )
    }
}

/// Seconds after which the platform is asked about an open attempt, counted from the last time.
pub fn next_check_s(checks: i16) -> i64 {
    *[15, 30, 60, 120, 300].get(usize::try_from(checks).unwrap_or(0)).unwrap_or(&300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fen(amount: i64) -> Fen {
        Fen::new(amount)
    }

    #[test]
    fn a_meal_is_paid_by_subsidy_then_voucher_then_cash() {
        // (list, delivery, subsidy, voucher) -> (subsidy, voucher, cash): story S1.
        let cases = [
            ((1200, 200, 300, 10_000), (300, 1100, 0)),
            ((1200, 200, 300, 900), (300, 900, 200)),
            ((1000, 0, 300, 0), (300, 0, 700)),
            ((200, 0, 300, 0), (200, 0, 0)),
        ];
        for ((list, delivery, subsidy, voucher), (by_subsidy, by_voucher, cash)) in cases {
            let split = split(fen(list), fen(delivery), fen(subsidy), fen(voucher)).unwrap();
            assert_eq!(
                (split.subsidy, split.voucher, split.cash),
                (fen(by_subsidy), fen(by_voucher), fen(cash))
            );
        }
    }

    #[test]
    fn a_sum_past_the_end_is_refused() {
        assert_eq!(split(fen(i64::MAX), fen(1), Fen::ZERO, Fen::ZERO), None);
    }

    proptest! {
        #[test]
        fn the_parts_make_the_whole_and_postings_sum_to_zero(
            list in 0_i64..1_000_000, delivery in 0_i64..10_000, subsidy in 0_i64..2_000_000, voucher in 0_i64..2_000_000
        ) {
            let split = split(fen(list), fen(delivery), fen(subsidy), fen(voucher)).unwrap();
            prop_assert_eq!(list + delivery, split.subsidy.get() + split.voucher.get() + split.cash.get());
            prop_assert!(split.cash.get() >= 0 && split.subsidy.get() <= list);
            let id = Uuid::nil();
            let publics = Publics { subsidy: Some("rule"), voucher: Some("programme/530111") };
            let served = Posting::served(id, id, split, publics);
            let earned = split.subsidy.get() + split.voucher.get() + split.cash.get();
            let provider = served.entries.iter().find(|(account, _)| *account == Account::Provider(id));
            prop_assert_eq!(provider.map_or(0, |(_, amount)| -amount.get()), earned, "all of the price is earned");
            for posting in [
                served,
                Posting::unserved(id, id, split, publics),
                Posting::taken_back(id, id, split, publics),
                Posting::back_at_counter(id, id, split.cash),
                Posting::decided(id, id, split, publics),
                Posting::no_show(id, id, split.cash),
                Posting::kept(id, id, split.cash),
                Posting::paid(id, id, split.cash),
                Posting::refund_requested(id, id, split.cash),
                Posting::refunded(id, id, split.cash),
                Posting::paid_at_till(id, id, split.cash, "530111".to_owned()),
                Posting::handed_back(id, id, split.cash, "530111".to_owned()),
            ] {
                prop_assert_eq!(posting.entries.iter().map(|(_, amount)| amount.get()).sum::<i64>(), 0);
            }
        }
    }
}
