//! Writing orders. Every change of state is one conditional statement; `rows_affected` decides.

use chrono::{DateTime, Utc};
use entities::enums::MealState;
use entities::{meal_order, meal_order_item};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _, sea_query::OnConflict,
};
use uuid::Uuid;

use super::placer::{Placed, Placing};
use crate::app::App;
use crate::kit::db::{execute, row};
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::money::store::voucher::{self, Taking};
use crate::orders::rules::{MealEvent, after, is_over, keeps_subsidy};
use crate::slots::store::{Slot, slot, take};

/// One order in a short transaction on the one SQLite writer: the same answers as the group statement.
pub async fn place_alone(app: &App, placing: &Placing) -> Result<Placed, DbErr> {
    let tx = app.db.begin().await?;
    let placed = place_in(app, &tx, placing).await?;
    if placed == Placed::Yes {
        tx.commit().await?;
    }
    Ok(placed)
}

/// One order in the caller's transaction, which must be dropped unless the answer is `Yes`.
pub async fn place_in<C: ConnectionTrait>(app: &App, tx: &C, placing: &Placing) -> Result<Placed, DbErr> {
    let order = &placing.order;
    let Some(slot) = slot(tx, order.slot_id.into()).await? else { return Ok(Placed::Closed) };
    if !slot.is_open || !(placing.ignores_cut_off || slot.cut_off_at > order.created_at) {
        return Ok(Placed::Closed);
    }
    if !take(tx, slot.id.into(), order.portions, placing.held_by_others).await? {
        return Ok(Placed::Full);
    }
    if !insert(tx, placing, &slot).await? {
        return Ok(Placed::Conflict);
    }
    if let Some(grant) = placing.voucher {
        let taking = Taking { grant, contract: placing.contract, fen: Fen::new(order.voucher_fen) };
        if !voucher::reserve(tx, order.id, taking, order.created_at).await? {
            return Ok(Placed::VoucherChanged);
        }
    }
    let event = Event {
        subject: "meal_order",
        subject_id: order.id,
        name: placing.event,
        to: Some(order.state.as_str()),
        actor: Some(order.placed_by),
        request_key: Some(order.request_key.clone()),
        topic: placing.topic.clone(),
        ..Event::default()
    };
    record(tx, &app.ids, order.created_at, vec![event]).await?;
    let work = super::placer::work_due(placing).map(|due| (Due::HoldTimeout, order.id, due));
    schedule(tx, &app.ids, work).await?;
    Ok(Placed::Yes)
}

/// Order and lines. False: a unique key refuses.
async fn insert<C: ConnectionTrait>(tx: &C, placing: &Placing, slot: &Slot) -> Result<bool, DbErr> {
    let mut order = placing.order.clone();
    (order.canteen_id, order.served_on, order.period) = (slot.canteen_id, slot.served_on, slot.period);
    let written = meal_order::Entity::insert(order.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await;
    match written {
        Ok(1) => {}
        Ok(_) | Err(DbErr::RecordNotInserted) => return Ok(false),
        Err(error) => return Err(error),
    }
    let lines = placing.lines.iter().zip(0_i16..).map(|(line, position)| meal_order_item::ActiveModel {
        order_id: Set(placing.order.id),
        position: Set(position),
        dish_id: Set(line.dish),
        name: Set(line.name.clone()),
        is_small: Set(line.is_small),
        quantity: Set(line.quantity),
        unit_price_fen: Set(line.unit_price.get()),
    });
    meal_order_item::Entity::insert_many(lines).exec_without_returning(tx).await?;
    Ok(true)
}

/// Who moves an order, and why.
#[derive(Clone, Debug, Default)]
pub struct Cause {
    /// The person; `None` is the house itself.
    pub actor: Option<Uuid>,
    /// Why, in words.
    pub reason: Option<String>,
    /// The request key of the act.
    pub request_key: Option<String>,
}

/// Moves an order by an event of its life cycle and leaves the event. False: it was in another state by now.
pub async fn advance<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    order: &meal_order::Model,
    event: MealEvent,
    cause: Cause,
) -> Result<Option<MealState>, DbErr> {
    let Some(to) = after(order.state, event) else { return Ok(None) };
    let now = app.clock.now();
    let ended: Option<DateTime<Utc>> = is_over(to).then_some(now);
    let changed = execute(
        tx,
        "UPDATE meal_order SET state = $3, version = version + 1, has_live_subsidy = has_live_subsidy AND $4, ended_at = $5 \
         WHERE id = $1 AND state = $2",
        [
            order.id.into(),
            order.state.as_str().into(),
            to.as_str().into(),
            keeps_subsidy(to).into(),
            ended.into(),
        ],
    )
    .await?;
    if changed == 0 {
        return Ok(None);
    }
    let event = Event {
        subject: "meal_order",
        subject_id: order.id,
        name: event.name(),
        from: Some(order.state.as_str()),
        to: Some(to.as_str()),
        actor: cause.actor,
        reason: cause.reason,
        request_key: cause.request_key,
        topic: Some(kitchen_topic(order)),
        is_quiet: false,
    };
    record(tx, &app.ids, now, vec![event]).await?;
    Ok(Some(to))
}

/// Live-update topic of the kitchen sheet on which the order stands.
pub fn kitchen_topic(order: &meal_order::Model) -> String {
    format!("kitchen:{}:{}", order.canteen_id, order.served_on)
}

/// The order as it stands now, locked against others on PostgreSQL.
pub async fn current<C: ConnectionTrait>(tx: &C, id: Uuid) -> Result<Option<meal_order::Model>, DbErr> {
    let lock = if tx.get_database_backend() == sea_orm::DbBackend::Postgres { " FOR UPDATE" } else { "" };
    row(tx, &format!("SELECT * FROM meal_order WHERE id = $1{lock}"), [id.into()]).await
}

/// Somebody must look after an elder who could not be reached with an order of either kind.
pub async fn open_welfare_check<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (elder, order): (Uuid, Uuid),
    reason: &str,
) -> Result<(), DbErr> {
    let id: Uuid = app.ids.next();
    execute(
        tx,
        "INSERT INTO welfare_check (id, elder_id, order_id, reason, state, opened_at) \
         VALUES ($1, $2, $3, $4, 'OPEN', $5) ON CONFLICT DO NOTHING",
        [id.into(), elder.into(), order.into(), reason.into(), app.clock.now().into()],
    )
    .await
    .map(|_| ())
}
