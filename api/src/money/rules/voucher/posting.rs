//! What movements of vouchers leave in the ledger. Each programme has one account per district and part, so that
//! `granted = available + reserved + redeemed + lapsed + returned` can be told from the ledger alone.

use uuid::Uuid;

use super::purse::Purse;
use crate::kit::fen::Fen;
use crate::money::rules::{Account, Posting};

/// Where money of vouchers stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Promised by the public: what came in.
    Granted,
    /// Free for orders.
    Available,
    /// Taken by orders that are not over.
    Reserved,
    /// Carried out.
    Redeemed,
    /// Unused at the end of its month.
    Lapsed,
    /// Back in the public account.
    Returned,
}

impl Part {
    /// Every part, what was granted first.
    pub const ALL: [Self; 6] =
        [Self::Granted, Self::Available, Self::Reserved, Self::Redeemed, Self::Lapsed, Self::Returned];

    /// Last word of the account's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Available => "available",
            Self::Reserved => "reserved",
            Self::Redeemed => "redeemed",
            Self::Lapsed => "lapsed",
            Self::Returned => "returned",
        }
    }
}

/// Whose public account: `guandu_home_care_voucher/530111`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purser {
    /// Code of the programme.
    pub programme: String,
    /// Code of the district.
    pub region_code: String,
}

impl Purser {
    /// Name of the public account in the ledger, behind `public/`: what the programme owes for services carried out.
    pub fn name(&self) -> String {
        format!("{}/{}", self.programme, self.region_code)
    }

    fn account(&self, part: Part) -> Account {
        Account::Voucher(self.name(), part)
    }

    /// Moves an amount from one part to another.
    fn moves(&self, key: String, subject: Uuid, amount: Fen, (from, to): (Part, Part)) -> Posting {
        // Parts are owed, so they stand below zero; what is granted stands above.
        let entries = if amount.is_zero() {
            Vec::new()
        } else {
            vec![(self.account(from), amount), (self.account(to), amount.negated())]
        };
        Posting { key, order: subject, entries }
    }

    /// A voucher was given. One posting for each.
    pub fn issued(&self, grant: Uuid, amount: Fen) -> Posting {
        self.moves(format!("voucher/issue/{grant}"), grant, amount, (Part::Granted, Part::Available))
    }

    /// An order takes its part.
    pub fn reserved(&self, order: Uuid, amount: Fen) -> Posting {
        self.moves(format!("voucher/reserve/{order}"), order, amount, (Part::Available, Part::Reserved))
    }

    /// An order has ended: so much was carried out, so much was not.
    pub fn settled(&self, order: Uuid, (redeemed, released): (Fen, Fen), is_open: bool) -> Posting {
        let taken = [redeemed, released].into_iter().sum::<Fen>();
        let places = [(Part::Redeemed, redeemed), (freed(is_open), released)];
        let parts = places.into_iter().filter(|(_, amount)| !amount.is_zero());
        let mut entries: Vec<_> =
            parts.map(|(part, amount)| (self.account(part), amount.negated())).collect();
        if !taken.is_zero() {
            entries.push((self.account(Part::Reserved), taken));
        }
        Posting { key: format!("voucher/settle/{order}"), order, entries }
    }

    /// Of what an order had redeemed, so much goes back.
    pub fn given_back(&self, order: Uuid, amount: Fen, is_open: bool) -> Posting {
        self.moves(format!("voucher/back/{order}"), order, amount, (Part::Redeemed, freed(is_open)))
    }

    /// The month is over.
    pub fn lapsed(&self, grant: Uuid, amount: Fen) -> Posting {
        self.moves(format!("voucher/lapse/{grant}"), grant, amount, (Part::Available, Part::Lapsed))
    }

    /// It was wrong to give it.
    pub fn revoked(&self, grant: Uuid, amount: Fen) -> Posting {
        self.moves(format!("voucher/revoke/{grant}"), grant, amount, (Part::Available, Part::Returned))
    }
}

/// Where a part that an order does not need any more goes: to the elder while the month is open, else to the public
/// account (MR-6).
const fn freed(is_open: bool) -> Part {
    if is_open { Part::Available } else { Part::Returned }
}

/// What stands on each part of a purse, in the order of `Part::ALL`.
pub fn parts(purse: &Purse) -> [Fen; 6] {
    [purse.granted, purse.available, purse.reserved, purse.redeemed, purse.lapsed, purse.returned]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_posting_sums_to_zero_and_names_its_account() {
        let purser =
            Purser { programme: "guandu_home_care_voucher".to_owned(), region_code: "530111".to_owned() };
        let (id, fen) = (Uuid::nil(), Fen::new);
        for posting in [
            purser.issued(id, fen(10_000)),
            purser.reserved(id, fen(8_000)),
            purser.settled(id, (fen(8_000), fen(0)), true),
            purser.settled(id, (fen(3_000), fen(5_000)), false),
            purser.given_back(id, fen(1), false),
            purser.lapsed(id, fen(200)),
            purser.revoked(id, fen(0)),
        ] {
            assert_eq!(posting.entries.iter().map(|(_, amount)| amount.get()).sum::<i64>(), 0, "{posting:?}");
        }
        let names: Vec<_> =
            purser.issued(id, fen(1)).entries.iter().map(|(account, _)| account.name()).collect();
        let name = "voucher/guandu_home_care_voucher/530111";
        assert_eq!(names, [format!("{name}/granted"), format!("{name}/available")]);
    }
}
