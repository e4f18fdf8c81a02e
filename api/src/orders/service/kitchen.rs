//! Acts of the kitchen and the courier.

use chrono::NaiveDate;
use entities::enums::{MealPeriod, MealState, MealWay};
use entities::meal_order;

use crate::app::App;
use crate::directory::store::canteen_of_provider;
use crate::kit::ids::{CanteenId, OrderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::graph::kitchen::{
    KitchenPrepareErrorCode, MealOrderDeliverErrorCode, MealOrderDepartErrorCode,
};
use crate::orders::rules::MealEvent;
use crate::orders::service::cancel::undo;
use crate::orders::service::counter::serve_order;
use crate::orders::store::read;
use crate::orders::store::write::{self, Cause};

/// Everything of a day and period that is locked is cooked now. Gives how many orders became ready.
pub async fn prepare(
    app: &App,
    who: &SignedIn,
    canteen: CanteenId,
    (day, period): (NaiveDate, MealPeriod),
) -> Result<i32, Stop<KitchenPrepareErrorCode>> {
    use KitchenPrepareErrorCode as C;
    if canteen_of_provider(app.db.read(), who, canteen).await?.is_none() {
        return refuse_field(C::CanteenNotFound, "canteenId");
    }
    let mut ready = 0;
    for seen in read::sheet(app.db.write(), who, canteen, (day, period)).await? {
        if seen.order.state != MealState::Locked {
            continue;
        }
        let tx = app.db.begin().await?;
        let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
        let moved = write::advance(app, &tx, &seen.order, MealEvent::Prepared, cause).await?;
        tx.commit().await?;
        ready += i32::from(moved.is_some());
    }
    app.nudge.notify_one();
    Ok(ready)
}

/// The courier sets out with a delivery.
pub async fn depart(
    app: &App,
    who: &SignedIn,
    id: OrderId,
) -> Result<OrderId, Stop<MealOrderDepartErrorCode>> {
    use MealOrderDepartErrorCode as C;
    let Some(seen) = read::order_for_staff(app.db.write(), who, id).await? else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    if seen.order.way != MealWay::Delivery {
        return refuse(C::NotADelivery);
    }
    if seen.order.state == MealState::OutForDelivery {
        return Ok(id);
    }
    let tx = app.db.begin().await?;
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    if write::advance(app, &tx, &seen.order, MealEvent::LeaveForDelivery, cause).await?.is_none() {
        return refuse(C::WrongState);
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// How a delivery ended at the door.
#[derive(Clone, Debug)]
pub enum AtTheDoor {
    /// Given to the elder or a neighbour; who took it.
    HandedOver(String),
    /// Nobody opened after two calls and a wait; what was tried.
    NotReached(String),
}

/// The courier says how the delivery ended. Nobody reached: money back, and somebody looks after the elder.
pub async fn deliver(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    ending: AtTheDoor,
) -> Result<OrderId, Stop<MealOrderDeliverErrorCode>> {
    use MealOrderDeliverErrorCode as C;
    if read::order_for_staff(app.db.write(), who, id).await?.is_none() {
        return refuse_field(C::OrderNotFound, "orderId");
    }
    let tx = app.db.begin().await?;
    let order = write::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
    let (AtTheDoor::HandedOver(words) | AtTheDoor::NotReached(words)) = &ending;
    let length = words.trim().chars().count();
    if length == 0 || length > 200 {
        return refuse_field(C::WordsMissing, "words");
    }
    let cause =
        Cause { actor: Some(who.person.0), reason: Some(words.trim().to_owned()), ..Cause::default() };
    let is_repeat = matches!(
        (&ending, order.state),
        (AtTheDoor::HandedOver(_), MealState::Served) | (AtTheDoor::NotReached(_), MealState::Undelivered)
    );
    if is_repeat {
        return Ok(id);
    }
    let moved = match ending {
        AtTheDoor::HandedOver(_) => serve_order(app, &tx, &order, MealEvent::HandedOver, cause).await?,
        AtTheDoor::NotReached(_) => not_reached(app, &tx, &order, cause).await?,
    };
    if !moved {
        return refuse(C::WrongState);
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

async fn not_reached(
    app: &App,
    tx: &sea_orm::DatabaseTransaction,
    order: &meal_order::Model,
    cause: Cause,
) -> Result<bool, Fault> {
    if !undo(app, tx, order, MealEvent::NotReached, cause).await? {
        return Ok(false);
    }
    write::open_welfare_check(app, tx, (order.elder_id, order.id), "meal_not_reached").await?;
    Ok(true)
}
