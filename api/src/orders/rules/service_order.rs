//! Pure decisions about service orders: the life cycle, what a visit costs, what is kept when it is called off.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{OfferingUnit, ServiceState};

use super::turns::{LATE_ALARM_MIN, share};
use crate::kit::fen::Fen;
use crate::money::rules::{Split, split};

/// What can happen to a service order. Names as in machine `ServiceOrder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceEvent {
    /// The carers' time is taken.
    HoldSlot,
    /// Nobody took the quote up.
    QuoteTimeout,
    /// The family's payment arrived.
    PayOk,
    /// Public money covers everything.
    NothingToPay,
    /// The time to pay is over.
    HoldTimeout,
    /// Family, elder or desk call it off.
    Cancel,
    /// Carers are asked.
    Offer,
    /// Every carer needed has accepted.
    Accept,
    /// A carer declined or did not answer.
    DeclineOrTimeout,
    /// Nobody is left to ask.
    NobodyFound,
    /// The provider calls it off.
    ProviderCancel,
    /// Moved to another time.
    Reschedule,
    /// The carer sets out.
    SetOut,
    /// The carer is at the home.
    CheckIn,
    /// Nobody opened.
    NobodyHome,
    /// The carer did not come.
    CarerNoShow,
    /// Stopped for safety.
    Abort,
    /// The carer has finished.
    CheckOut,
    /// Elder or family say that it was done.
    Confirm,
    /// Nobody objected in time.
    AutoConfirm,
    /// Elder, family or desk object.
    Dispute,
    /// The objection is not upheld.
    ResolvePaid,
    /// Part of the money goes back.
    ResolvePartRefund,
    /// All of the money goes back.
    ResolveFullRefund,
    /// The statement of the period is closed.
    Settle,
}

use ServiceEvent as E;
use ServiceState as S;

/// Event, its name, the states from which it leads, and where to.
const MACHINE: [(E, &str, &[S], S); 25] = [
    (E::HoldSlot, "hold_slot", &[S::Quoted], S::SlotHeld),
    (E::QuoteTimeout, "quote_timeout", &[S::Quoted], S::Expired),
    (E::PayOk, "pay_ok", &[S::SlotHeld], S::Paid),
    (E::NothingToPay, "nothing_to_pay", &[S::SlotHeld], S::Paid),
    (E::HoldTimeout, "hold_timeout", &[S::SlotHeld], S::Expired),
    (E::Cancel, "cancel", &[S::SlotHeld, S::Paid, S::Offered, S::Accepted], S::Cancelled),
    (E::Offer, "offer", &[S::Paid], S::Offered),
    (E::Accept, "accept", &[S::Offered], S::Accepted),
    (E::DeclineOrTimeout, "decline_or_timeout", &[S::Offered], S::Paid),
    (E::NobodyFound, "nobody_found", &[S::Paid], S::Cancelled),
    (E::ProviderCancel, "provider_cancel", &[S::Accepted, S::EnRoute], S::Paid),
    (E::Reschedule, "reschedule", &[S::Paid, S::Accepted], S::SlotHeld),
    (E::SetOut, "set_out", &[S::Accepted], S::EnRoute),
    (E::CheckIn, "check_in", &[S::Accepted, S::EnRoute], S::CheckedIn),
    (E::NobodyHome, "nobody_home", &[S::Accepted, S::EnRoute], S::Refunded),
    (E::CarerNoShow, "carer_no_show", &[S::Accepted, S::EnRoute], S::Paid),
    (E::Abort, "abort", &[S::CheckedIn], S::Refunded),
    (E::CheckOut, "check_out", &[S::CheckedIn], S::Done),
    (E::Confirm, "confirm", &[S::Done], S::Confirmed),
    (E::AutoConfirm, "auto_confirm", &[S::Done], S::Confirmed),
    (E::Dispute, "dispute", &[S::Done, S::Confirmed], S::Disputed),
    (E::ResolvePaid, "resolve_paid", &[S::Disputed], S::Confirmed),
    (E::ResolvePartRefund, "resolve_part_refund", &[S::Disputed], S::Confirmed),
    (E::ResolveFullRefund, "resolve_full_refund", &[S::Disputed], S::Refunded),
    (E::Settle, "settle", &[S::Confirmed], S::Settled),
];

impl ServiceEvent {
    /// Every event.
    pub fn all() -> impl Iterator<Item = Self> {
        MACHINE.iter().map(|(event, ..)| *event)
    }

    /// Name in the state machine and in the timeline.
    pub fn name(self) -> &'static str {
        MACHINE.iter().find(|(event, ..)| *event == self).map_or("", |(_, name, ..)| name)
    }
}

/// The next state, or `None` when the event means nothing there.
pub fn after(state: ServiceState, event: ServiceEvent) -> Option<ServiceState> {
    let (.., from, to) = MACHINE.iter().find(|(own, ..)| *own == event)?;
    from.contains(&state).then_some(*to)
}

/// Whether nothing can happen any more.
pub fn is_over(state: ServiceState) -> bool {
    ServiceEvent::all().all(|event| after(state, event).is_none())
}

/// Whether the carers' time is taken for an order in this state.
pub const fn keeps_time(state: ServiceState) -> bool {
    !matches!(state, S::Quoted | S::Expired | S::Cancelled | S::Refunded)
}

/// Whether the visit took place: it can be rated from then on. Machine `ServiceOrder`, invariants.
pub const fn is_carried_out(state: ServiceState) -> bool {
    matches!(state, S::Done | S::Confirmed | S::Disputed | S::Settled)
}

/// How long an unpaid order keeps its carers, in minutes. Machine `ServiceOrder`, `hold_minutes`.
pub const HOLD_MIN: i64 = 15;
/// How long a carer may think about an offer, in minutes. Machine `ServiceOrder`, `offer_minutes`.
pub const OFFER_MIN: i64 = 10;
/// An order is confirmed by itself so many hours after the visit. Machine `ServiceOrder`, `auto_confirm_hours`.
pub const AUTO_CONFIRM_H: i64 = 24;
/// So many hours before the start somebody must have accepted. Machine `ServiceOrder`, `nobody_found`.
pub const NOBODY_FOUND_H: i64 = 2;
/// A visit is booked at least so many hours ahead: time to pay and to ask more than one carer.
pub const LEAD_H: i64 = 3;
/// A visit is booked at most so many days ahead.
pub const AHEAD_D: i64 = 60;
/// Cancelling is free until so many hours before the start. Process "home service", 4.1.
const FREE_CANCEL_H: i64 = 4;
/// What is kept when it is cancelled later, in hundredths of a percent.
const LATE_CANCEL_BP: i64 = 3_000;

/// Last moment for cancelling free of charge.
pub fn free_cancel_until(starts_at: DateTime<Utc>) -> DateTime<Utc> {
    starts_at - Duration::hours(FREE_CANCEL_H)
}

/// What the provider keeps of a price when the family cancels at `now`: floor(price x percent kept), MR-4. Nothing when
/// the carer is a quarter of an hour late: the provider's fault is never charged.
pub fn kept_on_cancel(price: Fen, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Fen {
    let is_late = now >= starts_at + Duration::minutes(LATE_ALARM_MIN);
    if now <= free_cancel_until(starts_at) || is_late {
        return Fen::ZERO;
    }
    share(price, LATE_CANCEL_BP)
}

/// Until when an order must be paid.
pub fn pay_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::minutes(HOLD_MIN)
}

/// Price and length of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Who pays what.
    pub split: Split,
    /// How long it takes.
    pub duration_min: i64,
}

/// Prices a visit. `None`: the quantity means nothing for the unit, or the price passes the end.
pub fn price(unit: OfferingUnit, price: Fen, duration_min: i32, quantity: i16) -> Option<Visit> {
    let is_sober = match unit {
        OfferingUnit::Visit => quantity == 1,
        OfferingUnit::Hour | OfferingUnit::Unit => (1..=8).contains(&quantity),
    };
    if !is_sober {
        return None;
    }
    let minutes = match unit {
        OfferingUnit::Visit => i64::from(duration_min),
        OfferingUnit::Hour => i64::from(quantity) * 60,
        OfferingUnit::Unit => i64::from(duration_min) * i64::from(quantity),
    };
    let list = price.checked_times(i64::from(quantity))?;
    Some(Visit { split: split(list, Fen::ZERO, Fen::ZERO, Fen::ZERO)?, duration_min: minutes })
}

impl Visit {
    /// The same visit with a voucher that pays `voucher` of what the subsidy leaves.
    pub fn with_voucher(self, voucher: Fen) -> Self {
        let Split { list, delivery, subsidy, .. } = self.split;
        Self { split: split(list, delivery, subsidy, voucher).unwrap_or(self.split), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn from_file() -> Value {
        let machines: Value =
            serde_json::from_str(include_str!("../../../data/state-machines.json")).unwrap();
        let all = machines["machines"].as_array().unwrap();
        all.iter().find(|machine| machine["name"] == "ServiceOrder").unwrap().clone()
    }

    #[test]
    fn every_pair_of_state_and_event_is_as_in_the_machine() {
        let machine = from_file();
        let transitions = machine["transitions"].as_array().unwrap();
        for state in ServiceState::ALL {
            for event in ServiceEvent::all() {
                let wanted = transitions.iter().find(|transition| {
                    transition["event"] == event.name()
                        && transition["from"].as_array().unwrap().iter().any(|from| from == state.as_str())
                });
                let wanted = wanted.and_then(|transition| transition["to"].as_str());
                assert_eq!(after(*state, event).map(ServiceState::as_str), wanted, "{state:?} {event:?}");
            }
        }
        for transition in transitions {
            assert!(ServiceEvent::all().any(|event| transition["event"] == event.name()), "{transition}");
        }
        for state in ServiceState::ALL {
            let is_named = machine["terminal"].as_array().unwrap().iter().any(|name| name == state.as_str());
            assert_eq!(is_over(*state), is_named, "{state:?}");
        }
    }

    #[test]
    fn late_cancelling_costs_a_third_less_a_little_rounded_down() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let starts = at("2026-06-04T06:00:00Z");
        let cases = [
            (8_000, "2026-06-04T02:00:00Z", 0),
            (8_000, "2026-06-04T02:00:01Z", 2_400),
            (8_333, "2026-06-04T05:00:00Z", 2_499),
            (8_000, "2026-06-04T06:14:59Z", 2_400),
            (8_000, "2026-06-04T06:15:00Z", 0),
            (0, "2026-06-04T05:00:00Z", 0),
        ];
        for (price, now, kept) in cases {
            assert_eq!(kept_on_cancel(Fen::new(price), starts, at(now)), Fen::new(kept), "{price} {now}");
        }
    }

    #[test]
    fn a_visit_is_priced_by_its_unit() {
        let cases = [
            (OfferingUnit::Visit, 8_000, 120, 1, Some((8_000, 120))),
            (OfferingUnit::Visit, 8_000, 120, 2, None),
            (OfferingUnit::Hour, 4_500, 60, 3, Some((13_500, 180))),
            (OfferingUnit::Unit, 1_000, 20, 4, Some((4_000, 80))),
            (OfferingUnit::Unit, 1_000, 20, 0, None),
            (OfferingUnit::Hour, 4_500, 60, 9, None),
            (OfferingUnit::Hour, i64::MAX, 60, 2, None),
        ];
        for (unit, fen, minutes, quantity, wanted) in cases {
            let visit = price(unit, Fen::new(fen), minutes, quantity);
            let found = visit.map(|visit| (visit.split.cash.get(), visit.duration_min));
            assert_eq!(found, wanted, "{unit:?} {fen} {quantity}");
        }
    }
}
