//! The gate of a bath during the visit: both carers come, values are taken, the bath begins, ends or is stopped.
//! Every act locks the order first; the gate moves only by its machine, the order only by its own.

pub mod act;
pub mod look;

use entities::enums::{AssignmentState, BathingAbort, BathingState, ProofKind, ServiceState};
use entities::{assignment, bathing_check, service_order};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::dispatch::rules::bathing::{is_staffed, second_carer_by};
use crate::dispatch::store;
use crate::dispatch::store::bathing as rows;
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::orders::rules::bathing::{BathingEvent, gate_of};
use crate::orders::rules::service_order::ServiceEvent;
use crate::orders::service::service_order::cancel::undo;
use crate::orders::store::bathing::{self as gates, Step};
use crate::orders::store::service_order as orders;
use crate::orders::store::write::Cause;

/// A gate with its order, locked, and the part of the carer who acts and has checked in.
struct Acting {
    order: service_order::Model,
    part: assignment::Model,
    check: bathing_check::Model,
}

/// Why a carer has nothing to do at a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outside {
    /// There is no such visit for him.
    NotFound,
    /// He has not checked in.
    NotCheckedIn,
    /// The service has no gate.
    NoGate,
}

async fn acting(
    tx: &DatabaseTransaction,
    who: &SignedIn,
    id: OrderId,
) -> Result<Result<Acting, Outside>, Fault> {
    let Some(order) = orders::current(tx, id.0).await? else { return Ok(Err(Outside::NotFound)) };
    let part = orders::part_of(tx, id.0, who).await?;
    // Who stopped a bath is released with it, and is still answered when he repeats what he did.
    let took_part = |part: &assignment::Model| {
        matches!(part.state, AssignmentState::Accepted | AssignmentState::Released)
    };
    let Some(part) = part.filter(took_part) else { return Ok(Err(Outside::NotFound)) };
    let proofs = store::proofs(tx, id.0).await?;
    let came = proofs.iter().any(|proof| proof.carer_id == part.carer_id && proof.kind == ProofKind::CheckIn);
    if !came {
        let is_live = part.state == AssignmentState::Accepted;
        return Ok(Err(if is_live { Outside::NotCheckedIn } else { Outside::NotFound }));
    }
    let check = gates::check(tx, id.0).await?;
    Ok(check.map(|check| Acting { order, part, check }).ok_or(Outside::NoGate))
}

/// Whether both carers are at the home, one of them certified.
async fn has_both(tx: &DatabaseTransaction, order: &service_order::Model) -> Result<bool, Fault> {
    let Some(needs) = gate_of(&order.service_code) else { return Ok(false) };
    let inside = rows::inside(tx, order.id).await?;
    let certified: Vec<bool> = inside.iter().map(|carer| carer.is_certified).collect();
    let carers = order.carers_needed.max(needs.carers);
    Ok(is_staffed(&certified, carers, order.certified_needed.max(needs.certified)))
}

/// A carer has checked in: with the last one the gate is STAFFED, the first one is not left alone for long.
pub async fn came(app: &App, tx: &DatabaseTransaction, order: &service_order::Model) -> Result<(), Fault> {
    let Some(check) = gates::check(tx, order.id).await? else { return Ok(()) };
    if check.state != BathingState::Consented {
        return Ok(());
    }
    if has_both(tx, order).await? {
        let step = (BathingEvent::TwoCarersIn, Step::default());
        gates::advance(app, tx, &check, step, Cause::default()).await?;
    } else if rows::inside(tx, order.id).await?.len() == 1 {
        let end = second_carer_by(order.starts_at, app.clock.now());
        schedule(tx, &app.ids, [(Due::ShortStaffed, order.id, end)]).await?;
    }
    Ok(())
}

/// Whether a carer may check out: an order without a gate always, a bath when it is finished.
pub async fn may_leave(tx: &DatabaseTransaction, order: Uuid) -> Result<bool, Fault> {
    let check = gates::check(tx, order).await?;
    Ok(check.is_none_or(|check| check.state == BathingState::Completed))
}

/// The second carer is missing for too long: the visit is called off, everything goes back.
pub async fn short_staffed(app: &App, id: OrderId) -> Result<(), Fault> {
    let tx = app.db.begin().await?;
    let Some(order) = orders::current(&tx, id.0).await? else { return Ok(()) };
    let Some(check) = gates::check(&tx, id.0).await? else { return Ok(()) };
    if order.state != ServiceState::CheckedIn || check.state != BathingState::Consented {
        return Ok(());
    }
    let reason = "第二位护理员没有按时到，助浴已取消，全额退款";
    let stop = (BathingEvent::ShortStaffed, BathingAbort::ShortStaffed);
    if stop_bath(app, &tx, (&order, &check), stop, (None, reason)).await? {
        tx.commit().await?;
        app.nudge.notify_one();
    }
    Ok(())
}

/// Stops a bath: the gate is ABORTED, the order REFUNDED without a fee, the carers are free, the family is told by the
/// events. False: the gate does not know the event in its state.
async fn stop_bath(
    app: &App,
    tx: &DatabaseTransaction,
    (order, check): (&service_order::Model, &bathing_check::Model),
    (event, abort): (BathingEvent, BathingAbort),
    (actor, reason): (Option<Uuid>, &str),
) -> Result<bool, Fault> {
    let cause = Cause { actor, reason: Some(reason.to_owned()), ..Cause::default() };
    let step = Step { abort: Some(abort), ..Step::default() };
    if gates::advance(app, tx, check, (event, step), cause.clone()).await?.is_none() {
        return Ok(false);
    }
    if !undo(app, tx, order, (ServiceEvent::Abort, Fen::ZERO), cause).await? {
        return Err(Fault::new("a bath was stopped whose visit was not under way"));
    }
    Ok(true)
}
