//! Calling a visit off: what goes back, what is kept, whose time is free again.

use entities::enums::{AttemptState, ServiceState};
use entities::service_order;
use sea_orm::DatabaseTransaction;

use super::settle;
use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;
use crate::money::rules::Posting;
use crate::money::service::refund;
use crate::money::service::voucher::order as voucher;
use crate::money::store::{attempt as attempts, ledger};
use crate::orders::graph::service_order::ServiceOrderCancelErrorCode;
use crate::orders::rules::service_order::{ServiceEvent, after, kept_on_cancel};
use crate::orders::store::service_order as store;
use crate::orders::store::write::Cause;
use crate::people::rules::Scope;
use crate::slots::store::carers;

/// Ends an order early: carers free again, voucher free again, money back but for what is kept, open attempts closed.
/// The caller has locked the order with `current`. False: its state does not allow the move.
pub async fn undo(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    (event, kept): (ServiceEvent, Fen),
    cause: Cause,
) -> Result<bool, Fault> {
    if after(order.state, event).is_none() {
        return Ok(false);
    }
    let now = app.clock.now();
    store::release_all(tx, order.id).await?;
    carers::give_back(tx, order.id, None).await?;
    if store::advance(app, tx, order, event, cause).await?.is_none() {
        return Err(Fault::new("an order changed under its lock"));
    }
    voucher::release(app, tx, (order.id, order.voucher_fen)).await?;
    let mut is_paid = false;
    for attempt in attempts::of_order(tx, order.id.into()).await? {
        match attempt.state {
            AttemptState::Paid => {
                is_paid = true;
                let back = Fen::new(attempt.amount_fen).checked_sub(kept).unwrap_or(Fen::ZERO);
                refund::request(app, tx, &attempt, (back, refund_words(event, kept)), now).await?;
            }
            AttemptState::Created | AttemptState::Prepaid => {
                schedule(tx, &app.ids, [(Due::PaymentCheck, attempt.id, now)]).await?;
            }
            AttemptState::Closed | AttemptState::LatePaid => {}
        }
    }
    if is_paid {
        store::keep(tx, order.id, kept.get()).await?;
        ledger::post(tx, &[Posting::kept(order.id, order.provider_id, kept)], now).await?;
        if kept.is_positive() {
            settle::enter_kept(app, tx, order, kept).await?;
        }
    }
    Ok(true)
}

/// What the family reads beside its refund.
fn refund_words(event: ServiceEvent, kept: Fen) -> &'static str {
    match event {
        ServiceEvent::NobodyFound => "没有护理员能来，全额退款",
        ServiceEvent::NobodyHome => "家中无人，扣除误工费后退款",
        ServiceEvent::Abort => "为安全停止服务，全额退款",
        _ if kept.is_positive() => "已取消，扣除误工费后退款",
        _ => "已取消，全额退款",
    }
}

/// Family, elder or desk cancel. The fee follows the notice; another fee than the one that was seen is refused.
/// Repeated, it answers the same.
pub async fn cancel(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    expected_fee: Option<Fen>,
) -> Result<OrderId, Stop<ServiceOrderCancelErrorCode>> {
    use ServiceOrderCancelErrorCode as C;
    let seen = store::order_of(app.db.write(), who, id).await?;
    if !seen.is_some_and(|seen| seen.reached.scopes.has(Scope::Book)) {
        return refuse_field(C::OrderNotFound, "orderId");
    }
    let tx = app.db.begin().await?;
    let order = store::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
    if order.state == ServiceState::Cancelled {
        return Ok(id);
    }
    if after(order.state, ServiceEvent::Cancel).is_none() {
        let is_under_way = matches!(order.state, ServiceState::EnRoute | ServiceState::CheckedIn);
        return refuse(if is_under_way { C::AlreadyUnderWay } else { C::AlreadyOver });
    }
    let fee = fee_of(&order, app.clock.now());
    if expected_fee.is_some_and(|seen| seen != fee) {
        return refuse_saying(C::FeeChanged, format!("现在取消要收 {fee} 元误工费，请重新确认"));
    }
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    undo(app, &tx, &order, (ServiceEvent::Cancel, fee), cause).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// What cancelling costs the family at this moment; nothing before it is paid, nor after the provider failed. Each payer
/// bears the fee of his own part (MR-4), and public money is claimed only for what was carried out (MR-7): so it is a share
/// of the family's part alone, and a visit that a voucher pays whole is called off free of charge.
pub fn fee_of(order: &service_order::Model, now: chrono::DateTime<chrono::Utc>) -> Fen {
    if order.state == ServiceState::SlotHeld || order.failed_at.is_some() {
        return Fen::ZERO;
    }
    kept_on_cancel(Fen::new(order.cash_fen), order.starts_at, now)
}

/// The time to pay is over: the carers are free again. The attempt was closed before, or nobody can pay it any more.
pub async fn expire(app: &App, id: OrderId) -> Result<(), Fault> {
    let tx = app.db.begin().await?;
    let Some(order) = store::current(&tx, id.0).await? else { return Ok(()) };
    if undo(app, &tx, &order, (ServiceEvent::HoldTimeout, Fen::ZERO), Cause::default()).await? {
        tx.commit().await?;
        app.nudge.notify_one();
    }
    Ok(())
}
