//! Carrying a visit out: the way, coming, the tasks, leaving. The server's time is the truth.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{AssignmentState, ProofKind, ServiceState};
use entities::{assignment, service_order, visit_exception, visit_proof, visit_task};
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::directory::distance::distance_m;
use crate::dispatch::graph::visit::{VisitCheckInErrorCode, VisitCheckOutErrorCode, VisitSetOutErrorCode};
use crate::dispatch::rules::{Miss, Place, misses_of_arrival, misses_of_length, misses_of_place, tasks_of};
use crate::dispatch::service::bathing;
use crate::dispatch::store;
use crate::kit::event::{Due, schedule};
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::rules::service_order::{AUTO_CONFIRM_H, ServiceEvent};
use crate::orders::store::service_order as orders;
use crate::orders::store::write::Cause;

/// Nobody checks in earlier than so many minutes before the start: that would be another visit.
const EARLIEST_MIN: i64 = 120;

/// What the carer's phone says about where and when.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Millionths of a degree; `None` when the carer did not share it.
    pub at_e6: Option<(i32, i32)>,
    /// Metres.
    pub accuracy_m: Option<i32>,
    /// Whether the phone reports a made-up place.
    pub is_mock: bool,
    /// The phone's own time.
    pub device_at: Option<DateTime<Utc>>,
}

/// An order with the part of the carer who acts, locked.
struct Acting {
    order: service_order::Model,
    part: assignment::Model,
}

async fn acting(tx: &DatabaseTransaction, who: &SignedIn, id: OrderId) -> Result<Option<Acting>, Fault> {
    let Some(order) = orders::current(tx, id.0).await? else { return Ok(None) };
    let part = orders::part_of(tx, id.0, who).await?;
    let part = part.filter(|part| part.state == AssignmentState::Accepted);
    Ok(part.map(|part| Acting { order, part }))
}

/// The carer sets out. Repeated, or said by the second carer, it answers the same.
pub async fn set_out(app: &App, who: &SignedIn, id: OrderId) -> Result<OrderId, Stop<VisitSetOutErrorCode>> {
    use VisitSetOutErrorCode as C;
    let tx = app.db.begin().await?;
    let Some(Acting { order, .. }) = acting(&tx, who, id).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    if order.state == ServiceState::EnRoute {
        return Ok(id);
    }
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    if orders::advance(app, &tx, &order, ServiceEvent::SetOut, cause).await?.is_none() {
        return refuse(C::WrongState);
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// The carer is at the home. What does not fit is noted, never refused. Repeated, it answers the same.
pub async fn check_in(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (said, code): (&Said, Option<&str>),
) -> Result<OrderId, Stop<VisitCheckInErrorCode>> {
    use VisitCheckInErrorCode as C;
    let tx = app.db.begin().await?;
    let Some(Acting { order, part }) = acting(&tx, who, id).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let now = app.clock.now();
    if now < order.starts_at - Duration::minutes(EARLIEST_MIN) {
        return refuse(C::TooEarly);
    }
    let is_first = matches!(order.state, ServiceState::Accepted | ServiceState::EnRoute);
    if !is_first && order.state != ServiceState::CheckedIn {
        return refuse(C::WrongState);
    }
    let has_code = code.is_some_and(|code| code.trim() == order.visit_code);
    let proof = proof((app, now), (&order, &part), (ProofKind::CheckIn, has_code), said);
    let mut misses = misses_of_place(place(&proof));
    misses.extend(misses_of_arrival(has_code, order.starts_at, now));
    if !store::prove(&tx, proof).await? {
        return Ok(id);
    }
    note((app, now), &tx, (&order, &part), misses).await?;
    if is_first {
        let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
        orders::advance(app, &tx, &order, ServiceEvent::CheckIn, cause).await?;
    }
    bathing::came(app, &tx, &order).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// One answered task.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which task.
    pub code: String,
    /// Whether it was done.
    pub is_done: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// The carer leaves. Every task must be answered; when the last carer has left, the visit is done.
/// Repeated, it answers the same.
pub async fn check_out(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (said, answers): (&Said, &[Answer]),
) -> Result<OrderId, Stop<VisitCheckOutErrorCode>> {
    use VisitCheckOutErrorCode as C;
    let tx = app.db.begin().await?;
    let Some(Acting { order, part }) = acting(&tx, who, id).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let now = app.clock.now();
    let proofs = store::proofs(&tx, order.id).await?;
    let own = |kind| proofs.iter().find(|proof| proof.carer_id == part.carer_id && proof.kind == kind);
    if own(ProofKind::CheckOut).is_some() {
        return Ok(id);
    }
    let Some(came) = own(ProofKind::CheckIn).filter(|_| order.state == ServiceState::CheckedIn) else {
        return refuse(C::NotCheckedIn);
    };
    if !bathing::may_leave(&tx, order.id).await? {
        return refuse(C::BathNotFinished);
    }
    let tasks = answered((app, now), &tx, &order, answers).await?;
    if !tasks {
        return refuse_field(C::TasksMissing, "tasks");
    }
    let proof = proof((app, now), (&order, &part), (ProofKind::CheckOut, false), said);
    let mut misses = misses_of_place(place(&proof));
    let agreed_min = (order.ends_at - order.starts_at).num_minutes();
    misses.extend(misses_of_length(agreed_min, (now - came.server_at).num_minutes()));
    store::prove(&tx, proof).await?;
    note((app, now), &tx, (&order, &part), misses).await?;
    let inside = store::proven(&tx, order.id, ProofKind::CheckIn).await?;
    let left = store::proven(&tx, order.id, ProofKind::CheckOut).await?;
    if inside == left {
        let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
        orders::advance(app, &tx, &order, ServiceEvent::CheckOut, cause).await?;
        store::done_at(&tx, order.id, now).await?;
        schedule(&tx, &app.ids, [(Due::AutoConfirm, order.id, now + Duration::hours(AUTO_CONFIRM_H))])
            .await?;
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// Writes the answers; says whether every task of the service has one, and each "no" its reason.
async fn answered(
    (app, now): (&App, DateTime<Utc>),
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    answers: &[Answer],
) -> Result<bool, Fault> {
    let known = tasks_of(&order.service_code);
    let is_whole = |answer: &Answer| {
        let reason = answer.reason.as_deref().map_or(0, |reason| reason.trim().chars().count());
        known.iter().any(|task| task.code == answer.code) && reason <= 200 && (answer.is_done || reason > 0)
    };
    if !answers.iter().all(is_whole) || app.clock.now() < now {
        return Ok(false);
    }
    let rows: Vec<_> = answers
        .iter()
        .map(|answer| visit_task::Model {
            order_id: order.id,
            code: answer.code.clone(),
            is_done: answer.is_done,
            reason: answer.reason.as_deref().map(|reason| reason.trim().to_owned()),
            answered_at: now,
        })
        .collect();
    if !rows.is_empty() {
        store::answer_tasks(tx, rows).await?;
    }
    let there = store::tasks(tx, order.id).await?;
    Ok(known.iter().all(|task| there.iter().any(|row| row.code == task.code)))
}

fn proof(
    (app, now): (&App, DateTime<Utc>),
    (order, part): (&service_order::Model, &assignment::Model),
    (kind, has_code): (ProofKind, bool),
    said: &Said,
) -> visit_proof::Model {
    let home = order.latitude_e6.zip(order.longitude_e6);
    let distance = said.at_e6.zip(home).map(|(here, home)| distance_m(here, home));
    visit_proof::Model {
        id: app.ids.next(),
        order_id: order.id,
        carer_id: part.carer_id,
        kind,
        server_at: now,
        device_at: said.device_at,
        latitude_e6: said.at_e6.map(|at| at.0),
        longitude_e6: said.at_e6.map(|at| at.1),
        accuracy_m: said.accuracy_m.filter(|_| said.at_e6.is_some()),
        distance_m: distance.and_then(|metres| i32::try_from(metres).ok()),
        is_mock: said.is_mock,
        has_code,
    }
}

fn place(proof: &visit_proof::Model) -> Place {
    let is_known = proof.latitude_e6.is_some();
    Place {
        distance_m: proof.distance_m.and_then(|metres| u32::try_from(metres).ok()),
        accuracy_m: is_known.then(|| proof.accuracy_m.unwrap_or(0)),
        is_mock: proof.is_mock,
        is_rural: false,
    }
}

async fn note(
    (app, now): (&App, DateTime<Utc>),
    tx: &DatabaseTransaction,
    (order, part): (&service_order::Model, &assignment::Model),
    misses: Vec<Miss>,
) -> Result<(), Fault> {
    let rows = misses
        .into_iter()
        .map(|miss| visit_exception::Model {
            id: app.ids.next(),
            order_id: order.id,
            carer_id: part.carer_id,
            rule: miss.rule.to_owned(),
            score: miss.score,
            detail: miss.detail,
            holds_line: miss.holds_line,
            noted_at: now,
        })
        .collect();
    store::note(tx, rows).await?;
    Ok(())
}
