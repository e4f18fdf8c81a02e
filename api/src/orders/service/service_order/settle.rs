//! The line that a confirmed visit becomes in its provider's statement, and a person's decision about its money.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{AttemptState, LineState, ServiceState};
use entities::{service_order, settlement_line};
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::ids::{OrderId, ProviderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::settlement::{LineEvent, after_refund, closes_at};
use crate::money::rules::{Posting, Publics, Split};
use crate::money::service::refund;
use crate::money::service::voucher::order as voucher;
use crate::money::store::settlement::{self, Review};
use crate::money::store::{attempt as attempts, ledger};
use crate::orders::graph::settlement::SettlementLineReviewErrorCode;
use crate::orders::rules::service_order::ServiceEvent;
use crate::orders::rules::turns::DISPUTE_D;
use crate::orders::store::service_order as store;
use crate::orders::store::service_turn as turns;
use crate::orders::store::write::Cause;

/// Who paid what of an order.
pub fn split_of(order: &service_order::Model) -> Split {
    Split {
        list: Fen::new(order.list_fen),
        delivery: Fen::ZERO,
        subsidy: Fen::new(order.subsidy_fen),
        voucher: Fen::new(order.voucher_fen),
        cash: Fen::new(order.cash_fen),
    }
}

/// Writes the line of a visit that was just confirmed, and when its month is closed.
pub async fn enter(app: &App, tx: &DatabaseTransaction, order: &service_order::Model) -> Result<(), Fault> {
    let now = app.clock.now();
    let line = settlement_line::Model {
        order_id: order.id,
        provider_id: order.provider_id,
        region_code: order.region_code.clone(),
        state: if order.is_held { LineState::Held } else { LineState::Pending },
        subsidy_fen: order.subsidy_fen,
        voucher_fen: order.voucher_fen,
        cash_fen: order.cash_fen,
        confirmed_at: now,
        reviewed_by: None,
        reviewed_at: None,
        review_reason: None,
        version: 0,
        voucher_rule: order.voucher_rule.clone(),
    };
    settlement::open(tx, &line).await?;
    schedule(tx, &app.ids, [(Due::Settle, order.id, closing_of(order, now))]).await?;
    Ok(())
}

/// Writes the line of what the provider keeps of an order that ended early.
pub async fn enter_kept(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    kept: Fen,
) -> Result<(), Fault> {
    let kept = service_order::Model {
        subsidy_fen: 0,
        voucher_fen: 0,
        cash_fen: kept.get(),
        voucher_rule: None,
        ..order.clone()
    };
    enter(app, tx, &kept).await
}

fn closing_of(order: &service_order::Model, confirmed_at: DateTime<Utc>) -> DateTime<Utc> {
    closes_at(confirmed_at, order.done_at.unwrap_or(confirmed_at), Duration::days(DISPUTE_D))
}

/// The month of a line is closed: what is not held any more is payable, and the order is settled. What is held waits for
/// its decision, which asks again.
pub async fn close(app: &App, id: OrderId) -> Result<Option<DateTime<Utc>>, Fault> {
    let tx = app.db.begin().await?;
    let Some(order) = store::current(&tx, id.0).await? else { return Ok(None) };
    let Some(line) = settlement::of_order(&tx, id.0).await? else { return Ok(None) };
    let closing = closing_of(&order, line.confirmed_at);
    if app.clock.now() < closing {
        return Ok(Some(closing));
    }
    let is_found_right =
        line.state == LineState::Held && !order.is_held && order.state == ServiceState::Confirmed;
    let event = if is_found_right { LineEvent::Clear } else { LineEvent::PeriodClose };
    settlement::advance(&tx, id.0, event).await?;
    let is_free = is_found_right || matches!(line.state, LineState::Pending | LineState::Payable);
    if is_free {
        store::advance(app, &tx, &order, ServiceEvent::Settle, Cause::default()).await?;
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(None)
}

/// Leaves the provider what is left of the price after `back` goes back to its payers. The order has been told to be
/// decided by the caller; once per order. `None`: more than the price.
pub async fn give_back(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    (back, words): (Fen, &str),
) -> Result<Option<Split>, Fault> {
    let (now, before) = (app.clock.now(), split_of(order));
    let Some(left) = after_refund(before, back) else { return Ok(None) };
    if !turns::decided(tx, order.id, left.list.get(), now).await? {
        return Ok(None);
    }
    let owing = voucher::decide(app, tx, (order.id, order.voucher_fen), left.voucher).await?;
    let publics = Publics { subsidy: None, voucher: owing.as_deref() };
    let mut postings = Vec::new();
    if settlement::of_order(tx, order.id).await?.is_some() {
        postings.push(Posting::unserved(order.id, order.provider_id, before, publics));
    }
    postings.push(Posting::decided(order.id, order.provider_id, left, publics));
    ledger::post(tx, &postings, now).await?;
    let cash = before.cash.checked_sub(left.cash).unwrap_or(Fen::ZERO);
    let paid = attempts::of_order(tx, order.id.into()).await?;
    if let Some(attempt) = paid.iter().find(|attempt| attempt.state == AttemptState::Paid) {
        refund::request(app, tx, attempt, (cash, words), now).await?;
    }
    Ok(Some(left))
}

/// Takes all of a price back that was earned and paid out, also when a person had found the visit right before.
pub async fn take_back(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
) -> Result<Split, Fault> {
    let (now, before) = (app.clock.now(), split_of(order));
    turns::taken_back(tx, order.id, now).await?;
    let owing = voucher::decide(app, tx, (order.id, order.voucher_fen), Fen::ZERO).await?;
    let publics = Publics { subsidy: None, voucher: owing.as_deref() };
    ledger::post(tx, &[Posting::taken_back(order.id, order.provider_id, before, publics)], now).await?;
    let paid = attempts::of_order(tx, order.id.into()).await?;
    if let Some(attempt) = paid.iter().find(|attempt| attempt.state == AttemptState::Paid) {
        refund::request(app, tx, attempt, (before.cash, "服务经查不实，退款"), now).await?;
    }
    Ok(Split {
        list: Fen::ZERO,
        delivery: Fen::ZERO,
        subsidy: Fen::ZERO,
        voucher: Fen::ZERO,
        cash: Fen::ZERO,
    })
}

/// How a person's look at a held line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider gets everything.
    Clear,
    /// So much goes back to its payers.
    Cut(Fen),
    /// Everything goes back.
    Reject,
}

/// Longest reason in characters.
pub const REASON_MAX: usize = 500;

/// Somebody of the region's desk or office who has nothing to do with the provider decides about a held line.
/// Repeated, it answers the same.
pub async fn review(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (verdict, reason): (Verdict, &str),
) -> Result<settlement_line::Model, Stop<SettlementLineReviewErrorCode>> {
    use SettlementLineReviewErrorCode as C;
    let reason = reason.trim();
    if !(1..=REASON_MAX).contains(&reason.chars().count()) {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let tx = app.db.begin().await?;
    let order = store::current(&tx, id.0).await?;
    let Some(order) =
        order.filter(|order| who.is_desk_for(&order.region_code) || who.is_officer_for(&order.region_code))
    else {
        return refuse_field(C::LineNotFound, "orderId");
    };
    if who.is_staff_of(ProviderId(order.provider_id)) {
        return refuse(C::OwnProvider);
    }
    let Some(line) = settlement::of_order(&tx, id.0).await? else {
        return refuse_field(C::LineNotFound, "orderId");
    };
    if line.state != LineState::Held && line.reviewed_by == Some(who.person.0) {
        return Ok(line);
    }
    if line.state != LineState::Held || order.state != ServiceState::Confirmed {
        return refuse(C::NotHeld);
    }
    let (event, back) = match verdict {
        Verdict::Clear => (LineEvent::Clear, Fen::ZERO),
        Verdict::Cut(back) if back.is_positive() && back.get() < order.list_fen => (LineEvent::Cut, back),
        Verdict::Cut(_) => return refuse_field(C::AmountInvalid, "backFen"),
        Verdict::Reject => (LineEvent::Reject, Fen::new(order.list_fen)),
    };
    let Some(left) = give_back(app, &tx, &order, (back, "服务未通过核查，退款")).await? else {
        return refuse(C::NotHeld);
    };
    let review = Review { by: who.person.0, at: app.clock.now(), reason: reason.to_owned() };
    settlement::decide(&tx, id.0, (event, left), &review).await?;
    let told = store::told(
        &order,
        line_event(event),
        (None, None),
        Cause { actor: Some(who.person.0), reason: Some(reason.to_owned()), ..Cause::default() },
    );
    crate::kit::event::record(&tx, &app.ids, review.at, vec![told]).await?;
    schedule(&tx, &app.ids, [(Due::Settle, order.id, closing_of(&order, line.confirmed_at))]).await?;
    let line = settlement::of_order(&tx, id.0).await?.ok_or_else(|| Fault::new("a line vanished"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(line)
}

fn line_event(event: LineEvent) -> &'static str {
    match event {
        LineEvent::Clear => "line_cleared",
        LineEvent::Cut => "line_cut",
        _ => "line_rejected",
    }
}
