//! What can come between the yes and the visit's end: called off, a door that nobody opens, stopped for safety.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{AssignmentState, BathingState, FaultKind, IncidentKind, ServiceState};
use entities::{incident, service_order, visit_wait};
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::dispatch::graph::turn::{
    VisitAbortErrorCode, VisitCallOffErrorCode, VisitNobodyHomeErrorCode, VisitWaitErrorCode,
    VisitWayTellErrorCode,
};
use crate::dispatch::rules::misses_of_place;
use crate::dispatch::service::visit::{Acting, Said, acting, where_from};
use crate::dispatch::store::bathing as bath_rows;
use crate::kit::due::{Due, schedule};
use crate::kit::event::record;
use crate::kit::fen::Fen;
use crate::kit::ids::{CarerId, OrderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::rules::service_order::{ServiceEvent, after};
use crate::orders::rules::turns::{
    CALLS_MIN, CHOICE_MIN, LATE_ALARM_MIN, NOBODY_HOME_BP, WAIT_MIN, can_search, search_until, share,
};
use crate::orders::service::service_order::cancel::undo;
use crate::orders::store::bathing as orders_bathing;
use crate::orders::store::service_order as orders;
use crate::orders::store::service_turn as rows;
use crate::orders::store::way;
use crate::orders::store::write::{Cause, open_welfare_check};
use crate::slots::store::carers;

/// Longest reason in characters.
const REASON_MAX: usize = 200;

fn words(reason: &str) -> Option<&str> {
    let reason = reason.trim();
    (1..=REASON_MAX).contains(&reason.chars().count()).then_some(reason)
}

/// The provider's manager calls off all carers or one of them, or a carer himself. Others are looked for at once; when it
/// is too late for that, the family chooses between other carers and its money. Repeated, it answers the same.
pub async fn call_off(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (carer, reason): (Option<CarerId>, &str),
) -> Result<OrderId, Stop<VisitCallOffErrorCode>> {
    use VisitCallOffErrorCode as C;
    let Some(reason) = words(reason) else { return refuse_field(C::ReasonMissing, "reason") };
    let tx = app.db.begin().await?;
    let Some(order) = orders::current(&tx, id.0).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let is_manager = who.managed_provider().is_some_and(|own| own.0 == order.provider_id);
    let part = orders::part_of(&tx, id.0, who).await?;
    let out = match (is_manager, part) {
        (true, _) => carer.map(|carer| carer.0),
        (false, Some(part)) if carer.is_some_and(|carer| carer.0 != part.carer_id) => {
            return refuse_field(C::CarerNotFound, "carerId");
        }
        (false, Some(part)) if part.state == AssignmentState::Failed => return Ok(id),
        (false, Some(part)) if part.state == AssignmentState::Accepted => Some(part.carer_id),
        _ => return refuse_field(C::OrderNotFound, "orderId"),
    };
    // While the second carer is still asked, the first takes his word back.
    let event = match order.state {
        ServiceState::Offered => ServiceEvent::DeclineOrTimeout,
        _ => ServiceEvent::ProviderCancel,
    };
    if after(order.state, event).is_none() {
        let was_done = order.state == ServiceState::Paid && order.failed_at.is_some();
        return if was_done && is_manager { Ok(id) } else { refuse(C::WrongState) };
    }
    let now = app.clock.now();
    let failed = rows::fail_parts(&tx, order.id, out, (reason, now)).await?;
    if failed.is_empty() {
        return refuse_field(C::CarerNotFound, "carerId");
    }
    for carer in &failed {
        carers::give_back(&tx, order.id, Some(*carer)).await?;
        let fault = (FaultKind::CalledOff, Some(*carer));
        rows::blame(&tx, app.ids.next(), &order, fault, (reason, now)).await?;
    }
    let cause = Cause { actor: Some(who.person.0), reason: Some(reason.to_owned()), ..Cause::default() };
    back_to_search(app, &tx, &order, (event, cause)).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// The provider failed: carers are looked for anew, or the family chooses.
pub async fn back_to_search(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    (event, cause): (ServiceEvent, Cause),
) -> Result<(), Fault> {
    let now = app.clock.now();
    let is_search = can_search(order.starts_at, now);
    let next = if is_search { now } else { now + Duration::minutes(CHOICE_MIN) };
    let until = is_search.then(|| search_until(order.starts_at, now));
    rows::failed(tx, order.id, now, (until, (!is_search).then_some(next))).await?;
    orders::advance(app, tx, order, event, cause).await?;
    schedule(tx, &app.ids, [(Due::Dispatch, order.id, next)]).await?;
    Ok(())
}

/// A carer on the way tells where he is; the family sees how far it still is. Told again and again, the last counts.
pub async fn tell_way(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    said: &Said,
) -> Result<OrderId, Stop<VisitWayTellErrorCode>> {
    use VisitWayTellErrorCode as C;
    let part = orders::part_of(app.db.write(), id.0, who).await?;
    let Some(part) = part.filter(|part| part.state == AssignmentState::Accepted) else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let Some(at) = said.at_e6.filter(|_| !said.is_mock) else {
        return refuse_field(C::PlaceMissing, "place");
    };
    if !way::tell(app.db.write(), (id.0, part.carer_id), at, app.clock.now()).await? {
        return refuse(C::WrongState);
    }
    // No event: a place on the way is forgotten when the way is over.
    app.bus.tell(&format!("service_order:{}", id.0)).await;
    Ok(id)
}

/// A carer at the door waits for somebody to open; the family is told. Repeated, it answers the same.
pub async fn wait(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    said: &Said,
) -> Result<OrderId, Stop<VisitWaitErrorCode>> {
    use VisitWaitErrorCode as C;
    let tx = app.db.begin().await?;
    let Some(Acting { order, part }) = acting(&tx, who, id).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let now = app.clock.now();
    if after(order.state, ServiceEvent::NobodyHome).is_none() {
        return refuse(C::WrongState);
    }
    if now < order.starts_at - Duration::minutes(LATE_ALARM_MIN) {
        return refuse(C::TooEarly);
    }
    let place = where_from(&tx, &order, said).await?;
    let row = visit_wait::Model {
        order_id: order.id,
        round: order.round,
        carer_id: part.carer_id,
        arrived_at: now,
        distance_m: place.distance_m.and_then(|metres| i32::try_from(metres).ok()),
        is_proven: place.distance_m.is_some() && misses_of_place(place).is_empty(),
    };
    if !row.is_proven {
        return refuse_field(C::PlaceNotProven, "place");
    }
    if rows::wait(&tx, row).await? {
        let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
        record(&tx, &app.ids, now, vec![orders::told(&order, "at_door", (None, None), cause)]).await?;
        tx.commit().await?;
        app.nudge.notify_one();
    }
    Ok(id)
}

/// Nobody opened for a quarter of an hour, in spite of two calls: the visit ends, half of the price is kept, and somebody
/// looks after the elder. Repeated, it answers the same.
pub async fn nobody_home(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    calls: &[DateTime<Utc>],
) -> Result<OrderId, Stop<VisitNobodyHomeErrorCode>> {
    use VisitNobodyHomeErrorCode as C;
    let tx = app.db.begin().await?;
    let Some(order) = orders::current(&tx, id.0).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let Some(part) = orders::part_of(&tx, id.0, who).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let waited = rows::waiting(&tx, &order).await?;
    if order.state == ServiceState::Refunded && waited.is_some() {
        return Ok(id);
    }
    if part.state != AssignmentState::Accepted || after(order.state, ServiceEvent::NobodyHome).is_none() {
        return refuse(C::WrongState);
    }
    let now = app.clock.now();
    let Some(waited) = waited else { return refuse(C::NotWaited) };
    let since = waited.arrived_at.max(order.starts_at);
    if now < since + Duration::minutes(WAIT_MIN) {
        return refuse(C::NotWaited);
    }
    let mut calls: Vec<_> = calls.iter().filter(|at| **at >= waited.arrived_at && **at <= now).collect();
    calls.sort_unstable();
    calls.dedup();
    if i32::try_from(calls.len()).unwrap_or(i32::MAX) < CALLS_MIN {
        return refuse_field(C::CallsMissing, "callsAt");
    }
    // The provider's fault is never charged: who came late has no claim.
    let is_late = waited.arrived_at > order.starts_at + Duration::minutes(LATE_ALARM_MIN);
    let kept = if is_late { Fen::ZERO } else { share(Fen::new(order.cash_fen), NOBODY_HOME_BP) };
    let cause = Cause {
        actor: Some(who.person.0),
        reason: Some(format!("等候{}分钟，拨打{}次电话", (now - since).num_minutes(), calls.len())),
        ..Cause::default()
    };
    undo(app, &tx, &order, (ServiceEvent::NobodyHome, kept), cause).await?;
    open_welfare_check(app, &tx, (order.elder_id, order.id), "nobody_home").await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// Why a visit is stopped, in words.
const fn danger_zh(danger: IncidentKind) -> &'static str {
    match danger {
        IncidentKind::ElderUnwell => "老人身体不适",
        IncidentKind::HomeUnsafe => "家中不安全",
        IncidentKind::CarerUnwell => "护理员身体不适",
        IncidentKind::ElderRefuses => "老人不愿意继续",
        IncidentKind::BathDistress | IncidentKind::Other => "其他安全原因",
    }
}

/// A carer inside stops a visit for safety: everything goes back. His manager, desk and office can do it for him, so that no
/// visit stays open for ever. Repeated, it answers the same.
pub async fn abort(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (danger, detail): (IncidentKind, &str),
) -> Result<OrderId, Stop<VisitAbortErrorCode>> {
    use VisitAbortErrorCode as C;
    let Some(detail) = words(detail) else { return refuse_field(C::ReasonMissing, "detail") };
    let tx = app.db.begin().await?;
    let Some(order) = orders::current(&tx, id.0).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let is_manager = who.managed_provider().is_some_and(|own| own.0 == order.provider_id);
    let is_in_charge = who.is_desk_for(&order.region_code) || who.is_officer_for(&order.region_code);
    if !is_manager && !is_in_charge && !has_part(&tx, &order, who).await? {
        return refuse_field(C::OrderNotFound, "orderId");
    }
    if after(order.state, ServiceEvent::Abort).is_none() {
        let is_done = order.state == ServiceState::Refunded;
        return if is_done { Ok(id) } else { refuse(C::WrongState) };
    }
    let gate = orders_bathing::check(&tx, order.id).await?;
    match gate.map(|gate| gate.state) {
        Some(BathingState::Bathing) => return refuse(C::BathUnderWay),
        Some(BathingState::Completed) => return refuse(C::WrongState),
        _ => {}
    }
    let inside = bath_rows::inside(&tx, order.id).await?;
    let carer = inside.first().ok_or_else(|| Fault::new("a checked-in visit without its carer"))?.carer_id;
    let incident = incident::Model {
        id: app.ids.next(),
        order_id: order.id,
        carer_id: carer,
        kind: danger,
        detail_sealed: app.seal.seal(detail)?,
        is_emergency: false,
        noted_at: app.clock.now(),
    };
    bath_rows::insert_incident(&tx, incident).await?;
    let cause = Cause {
        actor: Some(who.person.0),
        reason: Some(format!("{}：{detail}", danger_zh(danger))),
        ..Cause::default()
    };
    undo(app, &tx, &order, (ServiceEvent::Abort, Fen::ZERO), cause).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

async fn has_part(
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    who: &SignedIn,
) -> Result<bool, Fault> {
    let part = orders::part_of(tx, order.id, who).await?;
    let is_over = order.state == ServiceState::Refunded;
    Ok(part.is_some_and(|part| {
        part.state == AssignmentState::Accepted || is_over && part.state == AssignmentState::Released
    }))
}
