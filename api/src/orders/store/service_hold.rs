//! Money of a visit that waits for a person's look, and what is kept for that look.

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::app::App;
use crate::kit::db::execute;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::money::rules::settlement::LineEvent;
use crate::money::store::settlement;

/// Holds the money of a visit, its line too when there is one already, and leaves the event. False: it was held before.
pub async fn hold<C: ConnectionTrait>(app: &App, tx: &C, order: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE service_order SET is_held = true WHERE id = $1 AND NOT is_held";
    settlement::advance(tx, order, LineEvent::AnomalyOrDispute).await?;
    told(app, tx, (order, "line_held"), execute(tx, sql, [order.into()]).await?).await
}

/// Lets the money of a visit go on and leaves the event, when every reason to hold it was accepted. Its line becomes
/// payable when its month is closed. False: it was not held.
pub async fn release<C: ConnectionTrait>(app: &App, tx: &C, order: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE service_order SET is_held = false WHERE id = $1 AND is_held";
    if settlement::of_order(tx, order).await?.is_some() {
        schedule(tx, &app.ids, [(Due::Settle, order, app.clock.now())]).await?;
    }
    told(app, tx, (order, "line_released"), execute(tx, sql, [order.into()]).await?).await
}

/// Keeps from which device the family confirmed.
pub async fn confirmed_from<C: ConnectionTrait>(tx: &C, order: Uuid, index: &str) -> Result<(), DbErr> {
    let sql = "UPDATE service_order SET confirmed_device = $2 WHERE id = $1";
    execute(tx, sql, [order.into(), index.into()]).await.map(|_| ())
}

async fn told<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (subject_id, name): (Uuid, &'static str),
    changed: u64,
) -> Result<bool, DbErr> {
    if changed == 0 {
        return Ok(false);
    }
    let event = Event { subject: "service_order", subject_id, name, ..Event::default() };
    record(tx, &app.ids, app.clock.now(), vec![event]).await?;
    Ok(true)
}
