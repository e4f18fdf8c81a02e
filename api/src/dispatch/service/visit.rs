//! Carrying a visit out: the way, coming, the tasks, leaving. The server's time is the truth.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{AssignmentState, ProofKind, SecondProof, ServiceState};
use entities::{assignment, service_order, visit_proof, visit_task};
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::directory::distance::distance_m;
use crate::directory::store::is_rural_region;
use crate::dispatch::graph::visit::{VisitCheckInErrorCode, VisitCheckOutErrorCode, VisitSetOutErrorCode};
use crate::dispatch::rules::cross::{End, moment, stay};
use crate::dispatch::rules::{
    Miss, Place, misses_of_arrival, misses_of_delay, misses_of_length, misses_of_place, tasks_of,
    words_of_task,
};
use crate::dispatch::service::bathing;
use crate::dispatch::service::card::second_proof;
use crate::dispatch::service::exception::note;
use crate::dispatch::store;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::rules::service_order::{AUTO_CONFIRM_H, ServiceEvent};
use crate::orders::store::service_order as orders;
use crate::orders::store::write::Cause;
use crate::people::service::words::queue_said;

/// Nobody sets out or checks in earlier than so many minutes before the start: that would be another visit, and once a
/// carer is on the way a family cannot cancel any more.
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
    /// SHA-256 of a picture taken there, in lower-case hexadecimal.
    pub photo_hash: Option<String>,
    /// Where the picture is kept.
    pub photo_ref: Option<String>,
    /// Keyed hash of the device.
    pub device_index: Option<String>,
    /// Whether it came in a signed queue.
    pub is_signed: bool,
}

/// An order with the part of the carer who acts, locked.
pub struct Acting {
    /// The order.
    pub order: service_order::Model,
    /// The carer's part in it.
    pub part: assignment::Model,
}

/// The order for a carer who has said yes to it; `None` for everybody else.
pub async fn acting(tx: &DatabaseTransaction, who: &SignedIn, id: OrderId) -> Result<Option<Acting>, Fault> {
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
    if app.clock.now() < order.starts_at - Duration::minutes(EARLIEST_MIN) {
        return refuse(C::TooEarly);
    }
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    if orders::advance(app, &tx, &order, ServiceEvent::SetOut, cause).await?.is_none() {
        return refuse(C::WrongState);
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// So many wrong codes are told to a carer for one visit; after that a wrong one counts as none, so that nobody who is
/// elsewhere can find the code by trying.
const WRONG_CODES_MAX: i64 = 5;

/// The carer is at the home. What does not fit is noted, never refused; only a wrong code may be asked for again first.
/// Repeated, it answers the same.
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
    let mut proof = proof((app, now), (&order, &part), ProofKind::CheckIn, said);
    let came_at = moment(&end(&proof), (order.starts_at, order.ends_at));
    let code = code.map(str::trim).filter(|code| !code.is_empty());
    proof.second_proof = second_proof(app, &tx, &order, (code, came_at)).await?;
    let is_wrong = code.is_some() && proof.second_proof == SecondProof::None && !said.is_signed;
    if is_wrong && told_wrong((app, who, now), &tx, &part).await? {
        tx.commit().await?;
        return refuse_field(C::DoorCodeWrong, "code");
    }
    let mut misses = misses_of_proof(&tx, &order, &proof).await?;
    misses.extend(misses_of_arrival(proof.second_proof, order.starts_at, came_at));
    if !store::prove(&tx, proof).await? {
        return Ok(id);
    }
    note((app, now), &tx, (order.id, part.carer_id), misses).await?;
    if is_first {
        let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
        orders::advance(app, &tx, &order, ServiceEvent::CheckIn, cause).await?;
    }
    bathing::came(app, &tx, &order).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// Writes down that a carer at the door gave a wrong code: the only row of this refusal, and what limits the tries. False:
/// the carer is in already, or has tried often enough.
async fn told_wrong(
    (app, who, now): (&App, &SignedIn, DateTime<Utc>),
    tx: &DatabaseTransaction,
    part: &assignment::Model,
) -> Result<bool, Fault> {
    let proofs = store::proofs(tx, part.order_id).await?;
    let is_in =
        proofs.iter().any(|proof| proof.carer_id == part.carer_id && proof.kind == ProofKind::CheckIn);
    if is_in || store::wrong_codes(tx, part.id).await? >= WRONG_CODES_MAX {
        return Ok(false);
    }
    let event = Event {
        subject: "assignment",
        subject_id: part.id,
        name: store::DOOR_CODE_WRONG,
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    };
    record(tx, &app.ids, now, vec![event]).await?;
    Ok(true)
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
    let tasks = answered((app, who, now), &tx, &order, answers).await?;
    if !tasks {
        return refuse_field(C::TasksMissing, "tasks");
    }
    let proof = proof((app, now), (&order, &part), ProofKind::CheckOut, said);
    let mut misses = misses_of_proof(&tx, &order, &proof).await?;
    let agreed_min = (order.ends_at - order.starts_at).num_minutes();
    let (from, until) = stay((&end(came), &end(&proof)), (order.starts_at, order.ends_at));
    misses.extend(misses_of_length(agreed_min, (until - from).num_minutes()));
    store::prove(&tx, proof).await?;
    note((app, now), &tx, (order.id, part.carer_id), misses).await?;
    schedule(&tx, &app.ids, [(Due::VisitReview, order.id, now)]).await?;
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
    (app, who, now): (&App, &SignedIn, DateTime<Utc>),
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
    for row in &rows {
        if let Some(reason) = row.reason.as_deref().filter(|reason| !reason.is_empty()) {
            let said = (words_of_task(&row.code), reason);
            queue_said(app, tx, who, ("service_order", order.id), said).await?;
        }
    }
    if !rows.is_empty() {
        store::answer_tasks(tx, rows).await?;
    }
    let there = store::tasks(tx, order.id).await?;
    Ok(known.iter().all(|task| there.iter().any(|row| row.code == task.code)))
}

fn proof(
    (app, now): (&App, DateTime<Utc>),
    (order, part): (&service_order::Model, &assignment::Model),
    kind: ProofKind,
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
        second_proof: SecondProof::None,
        photo_hash: said.photo_hash.clone(),
        photo_ref: said.photo_ref.clone(),
        device_index: said.device_index.clone(),
        is_signed: said.is_signed,
    }
}

/// Where a phone is, seen from the order's home.
pub async fn where_from(
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    said: &Said,
) -> Result<Place, Fault> {
    let home = order.latitude_e6.zip(order.longitude_e6);
    Ok(Place {
        distance_m: said.at_e6.zip(home).map(|(here, home)| distance_m(here, home)),
        accuracy_m: said.at_e6.map(|_| said.accuracy_m.unwrap_or(0)),
        is_mock: said.is_mock,
        is_rural: is_rural_region(tx, &order.region_code).await?,
    })
}

/// One end of a visit as the rules want it.
fn end(proof: &visit_proof::Model) -> End {
    End {
        server_at: proof.server_at,
        signed_at: proof.device_at.filter(|_| proof.is_signed),
        at_e6: proof.latitude_e6.zip(proof.longitude_e6),
        accuracy_m: proof.accuracy_m.unwrap_or(0),
    }
}

/// What does not fit about the place and the delay of a proof.
async fn misses_of_proof(
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    proof: &visit_proof::Model,
) -> Result<Vec<Miss>, Fault> {
    let is_known = proof.latitude_e6.is_some();
    let mut misses = misses_of_place(Place {
        distance_m: proof.distance_m.and_then(|metres| u32::try_from(metres).ok()),
        accuracy_m: is_known.then(|| proof.accuracy_m.unwrap_or(0)),
        is_mock: proof.is_mock,
        is_rural: is_rural_region(tx, &order.region_code).await?,
    });
    if let Some(device_at) = proof.device_at.filter(|_| proof.is_signed) {
        misses.extend(misses_of_delay(device_at, proof.server_at));
    }
    Ok(misses)
}
