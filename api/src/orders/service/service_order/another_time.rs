//! Moving a visit to another time: the new time is taken before the old one is free. And the family's choice after its
//! carer failed: other carers soon, or its money.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{AssignmentState, ServiceState};
use entities::{assignment, service_order};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::cancel::undo;
use super::gate;
use crate::app::App;
use crate::directory::store::is_rural_region;
use crate::kit::clock::service_day;
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::voucher::quote::is_same_month;
use crate::orders::graph::service_order::ServiceOrderPlaceErrorCode as PlaceCode;
use crate::orders::graph::service_order::turns::{
    ServiceOrderChooseErrorCode, ServiceOrderRescheduleErrorCode,
};
use crate::orders::rules::service_order::{AHEAD_D, LEAD_H, ServiceEvent, after, free_cancel_until};
use crate::orders::rules::turns::{MOVES_MAX, next_start, search_until};
use crate::orders::store::service_order as store;
use crate::orders::store::service_turn as turns;
use crate::orders::store::write::Cause;
use crate::people::rules::Scope;
use crate::slots::rules::carers::{Candidate, Home, Need, Ranked, choose, is_on_grain, rank, taken};
use crate::slots::store::carers::{self, Wanted, Who};

/// Bookings that meet each other try again so often; each time one of them got on.
const TRIES: usize = 64;

/// Family, elder or desk move a visit, at most twice and until four hours before; free of both when the provider failed.
/// Repeated with the same time, it answers the same.
pub async fn reschedule(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    starts_at: DateTime<Utc>,
) -> Result<OrderId, Stop<ServiceOrderRescheduleErrorCode>> {
    use ServiceOrderRescheduleErrorCode as C;
    let seen = store::order_of(app.db.write(), who, id).await?;
    let Some(seen) = seen.filter(|seen| seen.reached.scopes.has(Scope::Book)) else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    for _ in 0..TRIES {
        let tx = app.db.begin().await?;
        carers::in_turn(&tx, seen.order.elder_id).await?;
        let order = store::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
        if order.starts_at == starts_at && order.moves > 0 {
            return Ok(id);
        }
        may_move(&order, starts_at, app.clock.now())?;
        let later = service_order::Model { starts_at, ..order.clone() };
        match gate::pass(&tx, &later).await? {
            Ok(_) => {}
            Err(PlaceCode::ConsentRequired) => return refuse(C::ConsentRequired),
            Err(_) => return refuse(C::AssessmentRequired),
        }
        match take(app, &tx, &order, starts_at).await? {
            Taken::Yes(new) => {
                follow(app, &tx, &order, (starts_at, new), who.person.0).await?;
                tx.commit().await?;
                app.nudge.notify_one();
                return Ok(id);
            }
            Taken::NobodyFree => return refuse_field(C::NobodyFree, "startsAt"),
            Taken::Booked => return refuse_field(C::AlreadyBooked, "startsAt"),
            Taken::Again => drop(tx),
        }
    }
    refuse(C::Busy)
}

fn may_move(
    order: &service_order::Model,
    starts_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Stop<ServiceOrderRescheduleErrorCode>> {
    use ServiceOrderRescheduleErrorCode as C;
    if after(order.state, ServiceEvent::Reschedule).is_none() {
        return refuse(if order.state == ServiceState::Offered { C::BeingOffered } else { C::WrongState });
    }
    let has_failed = order.failed_at.is_some();
    if !has_failed && order.moves >= MOVES_MAX {
        return refuse(C::MovedTooOften);
    }
    if !has_failed && now > free_cancel_until(order.starts_at) {
        return refuse(C::TooLate);
    }
    if !is_on_grain(starts_at) || starts_at > now + Duration::days(AHEAD_D) {
        return refuse_field(C::StartInvalid, "startsAt");
    }
    if starts_at < now + Duration::hours(LEAD_H) {
        return refuse_field(C::TooSoon, "startsAt");
    }
    if !keeps_voucher(order, starts_at) {
        return refuse_field(C::VoucherOtherMonth, "startsAt");
    }
    Ok(())
}

/// A voucher pays only for what is carried out in its own month (MR-5), and a visit is moved at the price as agreed: with a
/// voucher it stays in its month.
fn keeps_voucher(order: &service_order::Model, starts_at: DateTime<Utc>) -> bool {
    order.voucher_fen == 0 || is_same_month(service_day(order.starts_at), service_day(starts_at))
}

enum Taken {
    Yes(Vec<Ranked>),
    NobodyFree,
    /// The elder has the same service at that time.
    Booked,
    /// Somebody else took one of the carers at the same moment.
    Again,
}

/// Takes the new time of all carers, those of the old time first; then the old time is free.
async fn take(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    starts_at: DateTime<Utc>,
) -> Result<Taken, Fault> {
    let length = order.ends_at - order.starts_at;
    let wanted = Wanted {
        who: Who {
            provider: order.provider_id,
            service: &order.service_code,
            region: &order.region_code,
            certificate: order.certificate_kind,
            day: service_day(starts_at),
        },
        elder: order.elder_id,
        order: order.id,
        round: order.round + 1,
        starts_at,
        ends_at: starts_at + length,
        is_new: true,
    };
    let mut free = carers::candidates(tx, &wanted).await?;
    free.retain(|candidate| order.wished_carer.is_none_or(|wished| wished == candidate.carer));
    let is_rural = is_rural_region(tx, &order.region_code).await?;
    let home = Home { at_e6: order.latitude_e6.zip(order.longitude_e6), is_rural };
    let before = store::assignments(tx, order.id).await?;
    let row = known_first(rank(free, home), &before);
    let count = |number: i16| usize::try_from(number).unwrap_or(0);
    let need = Need {
        carers: count(order.carers_needed),
        certified: count(order.certified_needed),
        sex: order.wished_sex,
    };
    let Some(chosen) = choose(&row, need) else {
        let is_booked = carers::is_booked(tx, &wanted).await?;
        return Ok(if is_booked { Taken::Booked } else { Taken::NobodyFree });
    };
    let time = |carer: &Candidate| (carer.carer, taken(starts_at, length.num_minutes(), carer.buffer_min));
    let times: Vec<_> = chosen.iter().map(|one| time(&one.candidate)).collect();
    if !carers::take(tx, order.id, &times).await? {
        return Ok(Taken::Again);
    }
    carers::give_back_others(tx, order.id, &times).await?;
    tracing::debug!(order.id = %OrderId(order.id), now = %app.clock.now(), "a visit has its new time");
    Ok(Taken::Yes(chosen))
}

/// Who was to come at the old time is asked first for the new one.
fn known_first(row: Vec<Ranked>, before: &[assignment::Model]) -> Vec<Ranked> {
    use AssignmentState as S;
    let is_known = |ranked: &Ranked| {
        before.iter().any(|part| {
            part.carer_id == ranked.candidate.carer
                && matches!(part.state, S::Reserved | S::Offered | S::Accepted)
        })
    };
    let (mut known, others): (Vec<_>, Vec<_>) = row.into_iter().partition(is_known);
    known.iter_mut().for_each(|ranked| ranked.reasons = format!("改期前的护理员，{}", ranked.reasons));
    known.extend(others);
    known
}

/// The order goes to its new time, paid as it was, and its carers are asked.
async fn follow(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    (starts_at, chosen): (DateTime<Utc>, Vec<Ranked>),
    actor: Uuid,
) -> Result<(), Fault> {
    let now = app.clock.now();
    store::release_all(tx, order.id).await?;
    let ends_at = starts_at + (order.ends_at - order.starts_at);
    let is_counted = order.failed_at.is_none();
    turns::moved(tx, order, (starts_at, ends_at), (is_counted, search_until(starts_at, now))).await?;
    let mut order = service_order::Model { round: order.round + 1, ..order.clone() };
    for (one, seat) in chosen.iter().zip(1_i16..) {
        store::assign(app, tx, (&order, seat), one).await?;
    }
    let cause = Cause { actor: Some(actor), ..Cause::default() };
    let paid = if order.cash_fen == 0 { ServiceEvent::NothingToPay } else { ServiceEvent::PayOk };
    for (event, cause) in [(ServiceEvent::Reschedule, cause), (paid, Cause::default())] {
        let state = store::advance(app, tx, &order, event, cause).await?;
        order.state = state.ok_or_else(|| Fault::new("an order changed under its lock"))?;
    }
    schedule(tx, &app.ids, [(Due::Dispatch, order.id, now)]).await?;
    Ok(())
}

/// What a family wants after its carer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Other carers, as soon as somebody can come.
    OtherCarers,
    /// All of the money.
    Refund,
}

/// The family, elder or desk choose. Repeated, it answers the same.
pub async fn choose_after_failure(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    choice: Choice,
) -> Result<OrderId, Stop<ServiceOrderChooseErrorCode>> {
    use ServiceOrderChooseErrorCode as C;
    let seen = store::order_of(app.db.write(), who, id).await?;
    if !seen.is_some_and(|seen| seen.reached.scopes.has(Scope::Book)) {
        return refuse_field(C::OrderNotFound, "orderId");
    }
    let tx = app.db.begin().await?;
    let order = store::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
    let waits = order.state == ServiceState::Paid && order.choice_before.is_some();
    let was_chosen = match choice {
        Choice::OtherCarers => {
            let is_searching = matches!(order.state, ServiceState::Paid | ServiceState::Offered);
            is_searching && order.failed_at.is_some() && order.choice_before.is_none()
        }
        Choice::Refund => order.state == ServiceState::Cancelled && order.choice_before.is_some(),
    };
    if !waits {
        return if was_chosen { Ok(id) } else { refuse(C::NothingToChoose) };
    }
    let now = app.clock.now();
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    match choice {
        Choice::Refund => {
            undo(app, &tx, &order, (ServiceEvent::Cancel, Fen::ZERO), cause).await?;
        }
        Choice::OtherCarers => {
            let starts_at = next_start(now);
            if !keeps_voucher(&order, starts_at) {
                return refuse(C::VoucherOtherMonth);
            }
            let ends_at = starts_at + (order.ends_at - order.starts_at);
            store::release_all(&tx, order.id).await?;
            carers::give_back(&tx, order.id, None).await?;
            turns::moved(&tx, &order, (starts_at, ends_at), (false, search_until(starts_at, now))).await?;
            let told = store::told(&order, "reoffered", (None, None), cause);
            crate::kit::event::record(&tx, &app.ids, now, vec![told]).await?;
            schedule(&tx, &app.ids, [(Due::Dispatch, order.id, now)]).await?;
        }
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}
