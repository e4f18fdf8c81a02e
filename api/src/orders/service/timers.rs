//! What happens to orders when a moment comes: time to pay over, cut-off, end of serving.

use chrono::{DateTime, Duration, Utc};
use entities::enums::MealState;

use crate::app::App;
use crate::kit::fen::Fen;
use crate::kit::ids::{OrderId, SlotId};
use crate::kit::refusal::Fault;
use crate::money::rules::Posting;
use crate::money::service::attempt::payable_until;
use crate::money::service::voucher::order as voucher;
use crate::money::store::{attempt as attempts, ledger};
use crate::orders::rules::MealEvent;
use crate::orders::service::cancel::undo;
use crate::orders::service::payment::close_for_good;
use crate::orders::service::service_order::cancel::expire;
use crate::orders::store::read;
use crate::orders::store::write::{self, Cause};

/// The time to pay is over: the open attempt is closed first, so that the order ends as exactly one of
/// confirmed or expired. While the platform says nothing certain this is tried again until nobody can pay there any
/// more; then the place is free, and the attempt stays with the worker: what was paid in time and is told later goes back.
pub async fn hold_timeout(app: &App, id: OrderId) -> Result<Option<DateTime<Utc>>, Fault> {
    if let Some(open) = attempts::open_of_order(app.db.write(), id).await?
        && !close_for_good(app, &open).await?
    {
        let (now, end) = (app.clock.now(), payable_until(&open));
        if now < end {
            return Ok(Some(end.min(now + Duration::seconds(15))));
        }
        tracing::warn!(order.id = %id, "an order expires without a word of the platform; its payment is asked about on");
    }
    let tx = app.db.begin().await?;
    let Some(order) = write::current(&tx, id.0).await? else {
        drop(tx);
        return expire(app, id).await.map(|()| None);
    };
    if order.state == MealState::Held {
        undo(app, &tx, &order, MealEvent::HoldTimeout, Cause::default()).await?;
        tx.commit().await?;
        app.nudge.notify_one();
    }
    Ok(None)
}

/// An order that was on its way at the cut-off has arrived by so many seconds later.
const STRAGGLER_S: i64 = 30;

/// The cut-off of a slot: what is confirmed goes on the kitchen sheet. Gives the instant of a second look, for orders
/// that were on their way when the first one was taken.
pub async fn cut_off(app: &App, id: SlotId) -> Result<Option<DateTime<Utc>>, Fault> {
    for order in read::of_slot(app.db.write(), id, vec![MealState::Confirmed]).await? {
        let tx = app.db.begin().await?;
        write::advance(app, &tx, &order, MealEvent::CutOff, Cause::default()).await?;
        tx.commit().await?;
    }
    app.nudge.notify_one();
    let slot = crate::slots::store::slot(app.db.read(), id).await?;
    let again = slot.map(|slot| slot.cut_off_at + Duration::seconds(STRAGGLER_S));
    Ok(again.filter(|again| *again > app.clock.now()))
}

/// Serving is over: dine-in and pick-up meals that nobody fetched are no-shows. Deliveries under way stay with
/// their courier, who hands them over or says that nobody was reached.
pub async fn period_end(app: &App, slot: SlotId) -> Result<(), Fault> {
    // A worker that was away at the cut-off finds both at once: what is confirmed was cooked all the same.
    cut_off(app, slot).await?;
    let waiting = vec![MealState::Locked, MealState::Ready];
    for order in read::of_slot(app.db.write(), slot, waiting).await? {
        if order.way == entities::enums::MealWay::Delivery {
            continue;
        }
        let tx = app.db.begin().await?;
        // As it stands now: the kitchen may have cooked it since the list was read.
        let Some(order) = write::current(&tx, order.id).await? else { continue };
        if write::advance(app, &tx, &order, MealEvent::PeriodEnd, Cause::default()).await?.is_some() {
            // Public money is claimed only for what was served (MR-7): the voucher's part is the elder's again.
            voucher::release(app, &tx, (order.id, order.voucher_fen)).await?;
            let provider = provider_of(app, &tx, order.canteen_id).await?;
            let posting = Posting::no_show(order.id, provider, Fen::new(order.cash_fen));
            ledger::post(&tx, &[posting], app.clock.now()).await?;
            tx.commit().await?;
        }
    }
    app.nudge.notify_one();
    Ok(())
}

/// The canteen has closed the day of a slot: every order that is not cooked yet is called off, with its reason.
pub async fn slot_closed(app: &App, slot: SlotId) -> Result<(), Fault> {
    let waiting = vec![MealState::Held, MealState::Confirmed, MealState::Locked];
    for order in read::of_slot(app.db.write(), slot, waiting).await? {
        let tx = app.db.begin().await?;
        // As it stands now: a payment may have confirmed it since the list was read.
        let Some(order) = write::current(&tx, order.id).await? else { continue };
        let event = if order.state == MealState::Held { MealEvent::Cancel } else { MealEvent::CanteenCancel };
        let cause = Cause { reason: Some("食堂当天停止供餐".to_owned()), ..Cause::default() };
        if undo(app, &tx, &order, event, cause).await? {
            tx.commit().await?;
        }
    }
    app.nudge.notify_one();
    Ok(())
}

/// The provider that runs a canteen.
pub async fn provider_of<C: sea_orm::ConnectionTrait>(
    app: &App,
    db: &C,
    canteen: uuid::Uuid,
) -> Result<uuid::Uuid, Fault> {
    use sea_orm::EntityTrait as _;
    let row = entities::canteen::Entity::find_by_id(canteen).one(db).await?;
    let row = row.ok_or_else(|| Fault::new(format!("a canteen vanished at {}", app.clock.now())))?;
    Ok(row.provider_id)
}
