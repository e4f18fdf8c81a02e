//! A meal that was paid for and never handed over: its money goes back to who paid.

use entities::enums::{AttemptState, LineState, MealState};
use entities::{meal_order, settlement_line};
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{OrderId, ProviderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::{Posting, Publics};
use crate::money::service::refund;
use crate::money::service::voucher::order as voucher;
use crate::money::store::{attempt as attempts, ledger};
use crate::orders::graph::statement::SettlementLineClawBackErrorCode as C;
use crate::orders::service::counter::split_of;
use crate::orders::store::statement::{self as store, Kitchen};
use crate::orders::store::write;

/// Takes back what a paid statement told of a meal. Repeated, it answers the same.
pub async fn take_back(
    app: &App,
    tx: DatabaseTransaction,
    who: &SignedIn,
    (id, reason): (OrderId, &str),
) -> Result<settlement_line::Model, Stop<C>> {
    let found = write::current(&tx, id.0).await?;
    let Some(order) = found else { return refuse_field(C::LineNotFound, "orderId") };
    let Some(kitchen) =
        store::kitchen_of(&tx, &order).await?.filter(|own| who.is_officer_for(&own.region_code))
    else {
        return refuse_field(C::LineNotFound, "orderId");
    };
    if who.is_staff_of(ProviderId(kitchen.provider_id)) {
        return refuse(C::OwnProvider);
    }
    if order.taken_back_at.is_none() {
        if order.state != MealState::Served || !kitchen.is_paid {
            return refuse(C::NotPaid);
        }
        store::take_back(&tx, id, reason, app.clock.now()).await?;
        give_back(app, &tx, &order, kitchen.provider_id).await?;
        record(&tx, &app.ids, app.clock.now(), vec![told(&order, who, reason)]).await?;
    }
    let order = write::current(&tx, id.0).await?.ok_or_else(|| Fault::new("a meal vanished"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(line(&order, kitchen))
}

async fn give_back(
    app: &App,
    tx: &DatabaseTransaction,
    order: &meal_order::Model,
    provider: uuid::Uuid,
) -> Result<(), Fault> {
    let (now, split) = (app.clock.now(), split_of(order));
    let owing = voucher::decide(app, tx, (order.id, order.voucher_fen), Fen::ZERO).await?;
    let publics = Publics { subsidy: order.subsidy_rule.as_deref(), voucher: owing.as_deref() };
    let mut postings = vec![Posting::taken_back(order.id, provider, split, publics)];
    let attempts = attempts::of_order(tx, order.id.into()).await?;
    match attempts.iter().find(|attempt| attempt.state == AttemptState::Paid) {
        Some(paid) => refund::request(app, tx, paid, (split.cash, "用餐经查不实，退款"), now).await?,
        // A walk-in paid at the canteen's own till, and has it back there.
        None => postings.push(Posting::back_at_counter(order.id, provider, split.cash)),
    }
    Ok(ledger::post(tx, &postings, now).await?)
}

fn told(order: &meal_order::Model, who: &SignedIn, reason: &str) -> Event {
    Event {
        subject: "meal_order",
        subject_id: order.id,
        name: "line_clawed_back",
        actor: Some(who.person.0),
        reason: Some(reason.to_owned()),
        ..Event::default()
    }
}

/// A meal as a line of its provider, taken back.
fn line(order: &meal_order::Model, kitchen: Kitchen) -> settlement_line::Model {
    settlement_line::Model {
        order_id: order.id,
        provider_id: kitchen.provider_id,
        region_code: kitchen.region_code,
        state: LineState::ClawedBack,
        subsidy_fen: 0,
        voucher_fen: 0,
        cash_fen: 0,
        confirmed_at: order.ended_at.unwrap_or(order.created_at),
        reviewed_by: None,
        reviewed_at: order.taken_back_at,
        review_reason: order.taken_back_reason.clone(),
        version: order.version,
        voucher_rule: order.voucher_rule.clone(),
    }
}
