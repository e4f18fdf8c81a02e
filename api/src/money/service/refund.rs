//! Refunds: fixed in the act's transaction with number and bytes, sent by the worker, repeated with the same number.

use chrono::{DateTime, Duration, Utc};
use entities::enums::RefundState;
use entities::payment_attempt::Model as Attempt;
use entities::refund::Model;
use sea_orm::ConnectionTrait;
use wechat::pay::{ErrorCode, RefundRequest, RefundStatus};

use crate::app::App;
use crate::kit::clock::service_day;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{RefundId, encode};
use crate::kit::refusal::Fault;
use crate::money::rules::{Posting, REFUND_ALARM_DAYS, next_refund_check_s};
use crate::money::service::bill::heal;
use crate::money::store::{ledger, refund};

/// Writes a refund of an attempt, whole or in part, with its postings and the work to send it. Once per attempt;
/// nothing to refund leaves no trace.
pub async fn request<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    attempt: &Attempt,
    (amount, reason): (Fen, &str),
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    if !amount.is_positive() {
        return Ok(());
    }
    if amount.get() > attempt.amount_fen {
        return Err(Fault::new("a refund larger than its payment"));
    }
    let id: RefundId = app.ids.next();
    let out_refund_no = format!("R{}", encode(id.0));
    let body = frozen(app, attempt, (&out_refund_no, amount, reason))?;
    let new = Model {
        id: id.0,
        order_id: attempt.order_id,
        attempt_id: attempt.id,
        out_refund_no,
        amount_fen: amount.get(),
        reason: reason.to_owned(),
        body,
        state: RefundState::Requested,
        wechat_refund_id: None,
        checks: 0,
        requested_at: now,
        ended_at: None,
        till_region: attempt.till_region.clone(),
    };
    if !refund::insert(tx, &new).await? {
        return Ok(());
    }
    let posting = Posting::refund_requested(id.0, attempt.order_id, amount);
    ledger::post(tx, &[posting], now).await?;
    // Cash waits for the desk; the clock is sounded all the same.
    let first = if attempt.till_region.is_some() { now + Duration::days(REFUND_ALARM_DAYS[0]) } else { now };
    schedule(tx, &app.ids, [(Due::Refund, id.0, first)]).await?;
    Ok(())
}

/// The bytes that will be sent; none for cash.
fn frozen(
    app: &App,
    attempt: &Attempt,
    (out_refund_no, amount, reason): (&str, Fen, &str),
) -> Result<String, Fault> {
    if attempt.till_region.is_some() {
        return Ok(String::new());
    }
    let request = RefundRequest {
        out_trade_no: attempt.out_trade_no.clone(),
        out_refund_no: out_refund_no.to_owned(),
        reason: reason.to_owned(),
        refund_fen: amount.get(),
        total_fen: attempt.amount_fen,
    };
    app.pay.freeze_refund(&request).map_err(|invalid| Fault::new(format!("{invalid:?}")))
}

/// The worker's turn: sends the refund, or asks how it is. Gives the instant of the next turn, or `None` at the end.
pub async fn pursue(app: &App, id: RefundId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(model) = refund::by_id(app.db.write(), id).await? else { return Ok(None) };
    if matches!(model.state, RefundState::Success | RefundState::Closed) {
        return Ok(None);
    }
    sound_clock(app, &model).await?;
    if model.till_region.is_some() {
        return Ok(Some(app.clock.now() + Duration::days(1)));
    }
    let said = match model.state {
        RefundState::Requested => app.pay.refund(&model.body).await,
        _ => app.pay.query_refund(&model.out_refund_no).await,
    };
    let now = app.clock.now();
    match said {
        Ok(state) => apply(app, &state, now).await?,
        Err(error) if error.code() == Some(&ErrorCode::NotEnough) => {
            // The merchant's balance is too small on a quiet day: the same number again later.
            tracing::error!(refund.id = %id, "a refund waits for money in the merchant account");
        }
        Err(error) => {
            tracing::warn!(%error, refund.id = %id, "a refund got no certain answer; the same number again")
        }
    }
    refund::checked(app.db.write(), model.id).await?;
    let after = refund::by_id(app.db.write(), id).await?.map(|row| row.state);
    let is_over = matches!(after, None | Some(RefundState::Success | RefundState::Closed));
    let next = now + Duration::seconds(next_refund_check_s(model.checks));
    Ok((!is_over).then_some(next))
}

/// What the platform says about a refund, from notification, answer or query.
pub async fn apply(app: &App, said: &wechat::pay::RefundState, now: DateTime<Utc>) -> Result<(), Fault> {
    let tx = app.db.begin().await?;
    let Some(model) = refund::by_refund_no(&tx, &said.out_refund_no).await? else {
        tracing::error!("the platform speaks of a refund that is not ours");
        return Ok(());
    };
    if said.refund_fen != model.amount_fen {
        tracing::error!(refund.id = %RefundId(model.id), "the platform refunds another amount");
        return Ok(());
    }
    let to = match said.status {
        RefundStatus::Success => RefundState::Success,
        RefundStatus::Closed => RefundState::Closed,
        RefundStatus::Abnormal => RefundState::Abnormal,
        _ => RefundState::Accepted,
    };
    let is_step_back = to == RefundState::Accepted && model.state != RefundState::Requested;
    if is_step_back || !refund::advance(&tx, model.id, to, Some(&said.refund_id), now).await? {
        return Ok(());
    }
    if to == RefundState::Success {
        let posting = Posting::refunded(model.id, model.order_id, Fen::new(model.amount_fen));
        ledger::post(&tx, &[posting], now).await?;
    }
    if matches!(to, RefundState::Abnormal | RefundState::Closed) {
        tracing::error!(refund.id = %RefundId(model.id), state = to.as_str(), "a refund needs a person");
    }
    let event = Event {
        subject: refund::subject_of(&tx, model.order_id).await?,
        subject_id: model.order_id,
        name: match to {
            RefundState::Success => "refund_success",
            RefundState::Abnormal => "refund_abnormal",
            RefundState::Closed => "refund_closed",
            _ => "refund_accepted",
        },
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    if service_day(model.requested_at) < service_day(now) {
        heal(app, &tx, Some(&model.out_refund_no)).await?;
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(())
}

/// The refund clock: days 3, 7 and 12 call for a person.
async fn sound_clock(app: &App, model: &Model) -> Result<(), Fault> {
    let age_d = (app.clock.now() - model.requested_at).num_days();
    let Some(day) = REFUND_ALARM_DAYS.iter().rev().find(|day| age_d >= **day) else { return Ok(()) };
    tracing::error!(refund.id = %RefundId(model.id), age_d, "a refund is {day} days old");
    Ok(())
}
