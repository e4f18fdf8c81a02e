//! The end of a visit: elder or family say that it was done, or nobody objects in time.

use entities::enums::ServiceState;
use entities::service_order;
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::{Posting, Publics};
use crate::money::service::voucher::order as voucher;
use crate::money::store::ledger;
use crate::orders::graph::service_order::ServiceOrderConfirmErrorCode;
use crate::orders::rules::service_order::ServiceEvent;
use crate::orders::service::service_order::settle::{self, split_of};
use crate::orders::store::write::Cause;
use crate::orders::store::{service_hold, service_order as store};
use crate::people::rules::Scope;

/// Elder, family or desk confirm that the visit was done, from a device when they tell it. Repeated, it answers the same.
pub async fn confirm(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    device_index: Option<String>,
) -> Result<OrderId, Stop<ServiceOrderConfirmErrorCode>> {
    use ServiceOrderConfirmErrorCode as C;
    let seen = store::order_of(app.db.write(), who, id).await?;
    if !seen.is_some_and(|seen| seen.reached.scopes.has(Scope::Book)) {
        return refuse_field(C::OrderNotFound, "orderId");
    }
    let tx = app.db.begin().await?;
    let order = store::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
    if matches!(order.state, ServiceState::Confirmed | ServiceState::Settled) {
        return Ok(id);
    }
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    if !earn(app, &tx, &order, ServiceEvent::Confirm, cause).await? {
        return refuse(C::NotDone);
    }
    if let Some(index) = device_index {
        service_hold::confirmed_from(&tx, order.id, &index).await?;
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// Nobody objected within a day.
pub async fn auto_confirm(app: &App, id: OrderId) -> Result<(), Fault> {
    let tx = app.db.begin().await?;
    let Some(order) = store::current(&tx, id.0).await? else { return Ok(()) };
    if earn(app, &tx, &order, ServiceEvent::AutoConfirm, Cause::default()).await? {
        tx.commit().await?;
        app.nudge.notify_one();
    }
    Ok(())
}

/// A confirmed visit is earned: the family's part from escrow, public parts by their rules (MR-7).
async fn earn(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    event: ServiceEvent,
    cause: Cause,
) -> Result<bool, Fault> {
    if store::advance(app, tx, order, event, cause).await?.is_none() {
        return Ok(false);
    }
    let owing = voucher::redeem(app, tx, (order.id, order.voucher_fen)).await?;
    let publics = Publics { subsidy: None, voucher: owing.as_deref() };
    let posting = Posting::served(order.id, order.provider_id, split_of(order), publics);
    ledger::post(tx, &[posting], app.clock.now()).await?;
    settle::enter(app, tx, order).await?;
    schedule(tx, &app.ids, [(Due::VisitReview, order.id, app.clock.now())]).await?;
    Ok(true)
}
