//! A carer who paused or took leave, a provider that was suspended: their visits ahead look for others at once.

use entities::enums::{AssignmentState, FaultKind, ServiceState};
use uuid::Uuid;

use crate::app::App;
use crate::dispatch::service::offer::{back_to_paid, live_parts};
use crate::dispatch::service::turn::back_to_search;
use crate::dispatch::store;
use crate::dispatch::store::beside::{Stranded, stranded};
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::refusal::Fault;
use crate::orders::rules::service_order::ServiceEvent;
use crate::orders::service::service_order::cancel::undo;
use crate::orders::store::service_order as orders;
use crate::orders::store::service_turn as turns;
use crate::orders::store::write::Cause;
use crate::slots::store::carers;

/// The event's words, which the family reads.
const WORDS: &str = "护理员不能来了，正在另找";

/// The worker's turn: takes every visit ahead from carers who cannot come any more, one transaction for each.
pub async fn unavailable(app: &App, subject: Uuid) -> Result<(), Fault> {
    for found in stranded(app.db.write(), subject, app.clock.now()).await? {
        take_from(app, &found).await?;
    }
    Ok(())
}

async fn take_from(app: &App, found: &Stranded) -> Result<(), Fault> {
    let tx = app.db.begin().await?;
    let Some(mut order) = orders::current(&tx, found.order_id).await? else { return Ok(()) };
    let parts = live_parts(&tx, &order).await?;
    let Some(part) = parts.iter().find(|part| part.carer_id == found.carer_id) else { return Ok(()) };
    let now = app.clock.now();
    let has_promised = part.state == AssignmentState::Accepted;
    if has_promised {
        turns::fail_parts(&tx, order.id, Some(part.carer_id), (WORDS, now)).await?;
        let fault = (FaultKind::CalledOff, Some(part.carer_id));
        turns::blame(&tx, app.ids.next(), &order, fault, (WORDS, now)).await?;
    } else {
        store::replace(&tx, part.id, now).await?;
    }
    carers::give_back(&tx, order.id, Some(part.carer_id)).await?;
    let cause = || Cause { reason: Some(WORDS.to_owned()), ..Cause::default() };
    match order.state {
        ServiceState::Accepted => {
            back_to_search(app, &tx, &order, (ServiceEvent::ProviderCancel, cause())).await?;
        }
        // A word that was given is broken here too, though the second carer is still asked.
        ServiceState::Offered if has_promised => {
            back_to_search(app, &tx, &order, (ServiceEvent::DeclineOrTimeout, cause())).await?;
        }
        ServiceState::Offered | ServiceState::Paid => {
            back_to_paid(app, &tx, &mut order, WORDS).await?;
            schedule(&tx, &app.ids, [(Due::Dispatch, order.id, now)]).await?;
        }
        // Nobody of this provider will come: nobody pays for it.
        ServiceState::SlotHeld if found.is_shut => {
            undo(app, &tx, &order, (ServiceEvent::Cancel, Fen::ZERO), cause()).await?;
        }
        // Not paid yet: the free seat is filled when it is.
        _ => {}
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(())
}
