//! Calling an order off: by the family before the cut-off, by the canteen with a reason.

use entities::enums::{AttemptState, MealState};
use entities::meal_order;
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::service::refund;
use crate::money::service::voucher::order as voucher;
use crate::money::store::attempt as attempts;
use crate::orders::graph::change::{MealOrderCancelErrorCode, MealOrderWithdrawErrorCode};
use crate::orders::rules::{MealEvent, after, frees_places};
use crate::orders::store::read::{self, Seen};
use crate::orders::store::write::{self, Cause};
use crate::people::rules::Scope;
use crate::slots::store::give_back;

/// Moves an order and does what belongs to the move: places back, voucher free again, money back, open attempts closed.
/// The caller has locked the order with `write::current`. False: its state does not allow the move.
pub async fn undo(
    app: &App,
    tx: &DatabaseTransaction,
    order: &meal_order::Model,
    event: MealEvent,
    cause: Cause,
) -> Result<bool, Fault> {
    let now = app.clock.now();
    let reason = match event {
        MealEvent::CanteenCancel => "食堂取消，全额退款",
        MealEvent::NotReached => "未能送达，全额退款",
        _ => "已取消，全额退款",
    };
    if after(order.state, event).is_none() {
        return Ok(false);
    }
    // The slot before the order, as in placing: there the same request, sent again, holds the slot and would wait for
    // an order that is changed and not committed yet.
    if frees_places(event) {
        give_back(tx, order.slot_id.into(), order.portions).await?;
    }
    if write::advance(app, tx, order, event, cause).await?.is_none() {
        return Err(Fault::new("an order changed under its lock"));
    }
    voucher::release(app, tx, (order.id, order.voucher_fen)).await?;
    for attempt in attempts::of_order(tx, order.id.into()).await? {
        match attempt.state {
            AttemptState::Paid => {
                let whole = Fen::new(attempt.amount_fen);
                refund::request(app, tx, &attempt, (whole, reason), now).await?;
            }
            AttemptState::Created | AttemptState::Prepaid => {
                schedule(tx, &app.ids, [(Due::PaymentCheck, attempt.id, now)]).await?;
            }
            AttemptState::Closed | AttemptState::LatePaid => {}
        }
    }
    Ok(true)
}

/// Family, elder or desk cancel. Free of charge until the cut-off, refused afterwards. Repeated, it answers the same.
pub async fn cancel(
    app: &App,
    who: &SignedIn,
    id: OrderId,
) -> Result<OrderId, Stop<MealOrderCancelErrorCode>> {
    use MealOrderCancelErrorCode as C;
    let seen = read::order_of(app.db.write(), who, id).await?;
    let Some(seen) = seen.filter(|seen| seen.reached.scopes.has(Scope::Book)) else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let tx = app.db.begin().await?;
    let order = write::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
    if order.state == MealState::Cancelled {
        return Ok(id);
    }
    if after(order.state, MealEvent::Cancel).is_none() {
        let is_late = matches!(order.state, MealState::Locked | MealState::Ready | MealState::OutForDelivery);
        return refuse(if is_late { C::CutOffPassed } else { C::AlreadyOver });
    }
    if order.state == MealState::Confirmed && app.clock.now() > seen.cut_off_at {
        return refuse(C::CutOffPassed);
    }
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    undo(app, &tx, &order, MealEvent::Cancel, cause).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// The canteen cannot cook: everything goes back, the family is told why.
pub async fn withdraw(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    reason: &str,
) -> Result<OrderId, Stop<MealOrderWithdrawErrorCode>> {
    use MealOrderWithdrawErrorCode as C;
    let length = reason.trim().chars().count();
    if length == 0 || length > 200 {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let Some(Seen { .. }) = read::order_for_staff(app.db.write(), who, id).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let tx = app.db.begin().await?;
    let order = write::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
    if order.state == MealState::Cancelled {
        return Ok(id);
    }
    let cause =
        Cause { actor: Some(who.person.0), reason: Some(reason.trim().to_owned()), ..Cause::default() };
    if !undo(app, &tx, &order, MealEvent::CanteenCancel, cause).await? {
        return refuse(C::AlreadyOver);
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}
