//! Objections to a visit, and their three endings.

use chrono::Duration;
use entities::enums::ServiceState;
use entities::service_order;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::settle::{self, REASON_MAX, give_back};
use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::ids::{OrderId, ProviderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::settlement::LineEvent;
use crate::money::store::settlement::{self as lines, Review};
use crate::orders::graph::service_order::turns::{
    ServiceOrderDisputeErrorCode, ServiceOrderResolveErrorCode,
};
use crate::orders::rules::service_order::{ServiceEvent, after};
use crate::orders::rules::turns::DISPUTE_D;
use crate::orders::store::service_order as store;
use crate::orders::store::service_turn as turns;
use crate::orders::store::write::Cause;
use crate::people::rules::Scope;

/// Elder, family or desk object within a week after the visit, once. The provider's line waits for the decision.
/// Repeated, it answers the same.
pub async fn dispute(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    reason: &str,
) -> Result<OrderId, Stop<ServiceOrderDisputeErrorCode>> {
    use ServiceOrderDisputeErrorCode as C;
    let reason = reason.trim();
    if !(1..=REASON_MAX).contains(&reason.chars().count()) {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let seen = store::order_of(app.db.write(), who, id).await?;
    if !seen.is_some_and(|seen| seen.reached.scopes.has(Scope::Book)) {
        return refuse_field(C::OrderNotFound, "orderId");
    }
    let tx = app.db.begin().await?;
    let order = store::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
    if order.state == ServiceState::Disputed {
        return Ok(id);
    }
    if after(order.state, ServiceEvent::Dispute).is_none() {
        return refuse(if order.done_at.is_none() { C::NotDone } else { C::AlreadyOver });
    }
    let now = app.clock.now();
    if order.done_at.is_some_and(|done| now > done + Duration::days(DISPUTE_D)) {
        return refuse(C::TooLate);
    }
    if !turns::disputed(&tx, order.id, now).await? {
        return refuse(C::AlreadyDecided);
    }
    let cause = Cause { actor: Some(who.person.0), reason: Some(reason.to_owned()), ..Cause::default() };
    store::advance(app, &tx, &order, ServiceEvent::Dispute, cause).await?;
    lines::advance(&tx, order.id, LineEvent::AnomalyOrDispute).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// How a dispute ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The objection is not upheld.
    Paid,
    /// So much goes back to its payers.
    PartRefund(Fen),
    /// Everything goes back.
    FullRefund,
}

/// Desk or office of the region, who have nothing to do with the provider, decide. Repeated, it answers the same.
pub async fn resolve(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (ending, reason): (Ending, &str),
) -> Result<OrderId, Stop<ServiceOrderResolveErrorCode>> {
    use ServiceOrderResolveErrorCode as C;
    let reason = reason.trim();
    if !(1..=REASON_MAX).contains(&reason.chars().count()) {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let tx = app.db.begin().await?;
    let order = store::current(&tx, id.0).await?;
    let is_mine = |order: &service_order::Model| {
        who.is_desk_for(&order.region_code) || who.is_officer_for(&order.region_code)
    };
    let Some(order) = order.filter(is_mine) else { return refuse_field(C::OrderNotFound, "orderId") };
    if who.is_staff_of(ProviderId(order.provider_id)) {
        return refuse(C::OwnProvider);
    }
    if order.state != ServiceState::Disputed {
        return decided_before(&order, ending).map_or_else(
            || refuse(C::NotDisputed),
            |is_same| {
                if is_same { Ok(id) } else { refuse(C::AlreadyDecided) }
            },
        );
    }
    let price = Fen::new(order.list_fen);
    let (event, back) = match ending {
        Ending::Paid => (ServiceEvent::ResolvePaid, Fen::ZERO),
        Ending::PartRefund(back) if back.is_positive() && back < price => {
            (ServiceEvent::ResolvePartRefund, back)
        }
        Ending::PartRefund(_) => return refuse_field(C::AmountInvalid, "backFen"),
        Ending::FullRefund => (ServiceEvent::ResolveFullRefund, price),
    };
    end(app, &tx, &order, (event, back), (who.person.0, reason)).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// Whether a dispute that was decided before ended so; `None` when there was none.
fn decided_before(order: &service_order::Model, ending: Ending) -> Option<bool> {
    order.disputed_at.and(order.decided_at)?;
    let left = match ending {
        Ending::Paid => order.list_fen,
        Ending::PartRefund(back) => order.list_fen - back.get(),
        Ending::FullRefund => 0,
    };
    Some(order.kept_fen == Some(left))
}

async fn end(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    (event, back): (ServiceEvent, Fen),
    (actor, reason): (Uuid, &str),
) -> Result<(), Fault> {
    let now = app.clock.now();
    let left = give_back(app, tx, order, (back, "服务争议处理，退款")).await?;
    let left = left.ok_or_else(|| Fault::new("a dispute was decided before"))?;
    let cause = Cause { actor: Some(actor), reason: Some(reason.to_owned()), ..Cause::default() };
    store::advance(app, tx, order, event, cause).await?;
    let is_void = event == ServiceEvent::ResolveFullRefund;
    if lines::of_order(tx, order.id).await?.is_none() && !is_void {
        // Objected to before it was confirmed: the line begins as the decision left it.
        settle::enter(app, tx, order).await?;
        lines::advance(tx, order.id, LineEvent::AnomalyOrDispute).await?;
    }
    let line_event = match event {
        ServiceEvent::ResolvePaid => LineEvent::Clear,
        ServiceEvent::ResolvePartRefund => LineEvent::Cut,
        _ => LineEvent::Reject,
    };
    let review = Review { by: actor, at: now, reason: reason.to_owned() };
    lines::decide(tx, order.id, (line_event, left), &review).await?;
    schedule(tx, &app.ids, [(Due::Settle, order.id, now)]).await?;
    Ok(())
}
