//! The amounts of one voucher and what moves them, in memory: the rows do the same in one guarded statement each, and
//! tests compare the two.

use entities::enums::VoucherState as S;
use entities::voucher_grant;

use super::{VoucherEvent, after};
use crate::kit::fen::Fen;

/// What became of a voucher. Always `granted = available + reserved + redeemed + lapsed + returned`, none below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// Where it stands.
    pub state: S,
    /// Given for the month.
    pub granted: Fen,
    /// Free for orders.
    pub available: Fen,
    /// Taken by orders that are not over.
    pub reserved: Fen,
    /// Carried out.
    pub redeemed: Fen,
    /// Unused at the end of the month.
    pub lapsed: Fen,
    /// Back in the public account.
    pub returned: Fen,
    /// The rest of the month has lapsed.
    pub has_lapsed: bool,
}

/// Something that moves money of a voucher, or shuts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// An order takes so much.
    Reserve(Fen),
    /// An order ends: so much was carried out, so much was not.
    Settle {
        /// Earned by the provider.
        redeemed: Fen,
        /// Not claimed by anybody.
        released: Fen,
    },
    /// Of what was redeemed, so much goes back.
    GiveBack(Fen),
    /// No orders for the time being.
    Freeze,
    /// Orders again.
    Unfreeze,
    /// The month is over.
    ///
    /// What nobody has ordered lapses. What is reserved belongs to services of this very month (MR-5: no order reserves
    /// of another month's voucher), so it stays reserved until the order ends: redeemed when the service was carried out
    /// on its day, also when the family confirms in the next month; back in the public account when it was not (MR-6).
    /// The voucher is LAPSED when nothing is reserved any more, which is the guard of `month_end` in the machine.
    MonthEnd,
    /// It was wrong to give it: what nobody has ordered goes back to the public account. What is reserved stays a promise
    /// to the provider, and goes back too when the service is not carried out.
    Revoke,
}

impl Purse {
    /// As issued.
    pub const fn issued(granted: Fen) -> Self {
        let none = Fen::ZERO;
        Self {
            state: S::Issued,
            granted,
            available: granted,
            reserved: none,
            redeemed: none,
            lapsed: none,
            returned: none,
            has_lapsed: false,
        }
    }

    /// Whether what is given free may be used again: neither is the month over nor is it revoked.
    pub const fn is_open(&self, is_month_over: bool) -> bool {
        matches!(self.state, S::Issued | S::Frozen) && !is_month_over
    }

    /// Whether the parts make what was granted and none is below zero.
    pub fn is_sound(&self) -> bool {
        let parts = [self.available, self.reserved, self.redeemed, self.lapsed, self.returned];
        parts.iter().all(|part| *part >= Fen::ZERO) && parts.into_iter().sum::<Fen>() == self.granted
    }

    /// How it is afterwards; `None` when the movement is refused, which changes nothing.
    pub fn after(self, movement: Movement, is_month_over: bool) -> Option<Self> {
        match movement {
            Movement::Reserve(fen) => {
                after(self.state, VoucherEvent::Reserve).filter(|_| !is_month_over && fen.is_positive())?;
                self.part(|it| {
                    it.available = less(it.available, fen)?;
                    it.reserved = it.reserved.checked_add(fen)?;
                    Some(())
                })
            }
            Movement::Settle { redeemed, released } => {
                let is_open = self.is_open(is_month_over);
                self.part(|it| {
                    it.reserved = less(less(it.reserved, redeemed)?, released)?;
                    it.redeemed = it.redeemed.checked_add(redeemed)?;
                    it.free(released, is_open)?;
                    if it.has_lapsed && it.reserved.is_zero() {
                        it.state = after(it.state, VoucherEvent::MonthEnd).unwrap_or(it.state);
                    }
                    Some(())
                })
            }
            Movement::GiveBack(fen) => {
                let is_open = self.is_open(is_month_over);
                self.part(|it| {
                    it.redeemed = less(it.redeemed, fen)?;
                    it.free(fen, is_open)
                })
            }
            Movement::Freeze => Some(Self { state: after(self.state, VoucherEvent::Freeze)?, ..self }),
            Movement::Unfreeze => Some(Self { state: after(self.state, VoucherEvent::Unfreeze)?, ..self }),
            Movement::MonthEnd => self.month_end(),
            Movement::Revoke => {
                let state = after(self.state, VoucherEvent::Revoke)?;
                let returned = self.returned.checked_add(self.available)?;
                Some(Self { state, returned, available: Fen::ZERO, ..self })
            }
        }
    }

    fn month_end(self) -> Option<Self> {
        let over = after(self.state, VoucherEvent::MonthEnd).filter(|_| !self.has_lapsed)?;
        let state = if self.reserved.is_zero() { over } else { self.state };
        let lapsed = self.lapsed.checked_add(self.available)?;
        Some(Self { state, lapsed, available: Fen::ZERO, has_lapsed: true, ..self })
    }

    fn part(mut self, change: impl FnOnce(&mut Self) -> Option<()>) -> Option<Self> {
        change(&mut self)?;
        Some(self)
    }

    fn free(&mut self, fen: Fen, is_open: bool) -> Option<()> {
        let place = if is_open { &mut self.available } else { &mut self.returned };
        *place = place.checked_add(fen)?;
        Some(())
    }
}

fn less(whole: Fen, part: Fen) -> Option<Fen> {
    whole.checked_sub(part).filter(|rest| *rest >= Fen::ZERO && part >= Fen::ZERO)
}

impl From<&voucher_grant::Model> for Purse {
    fn from(row: &voucher_grant::Model) -> Self {
        Self {
            state: row.state,
            granted: Fen::new(row.granted_fen),
            available: Fen::new(row.available_fen),
            reserved: Fen::new(row.reserved_fen),
            redeemed: Fen::new(row.redeemed_fen),
            lapsed: Fen::new(row.lapsed_fen),
            returned: Fen::new(row.returned_fen),
            has_lapsed: row.lapsed_at.is_some(),
        }
    }
}

#[cfg(test)]
mod tests;
