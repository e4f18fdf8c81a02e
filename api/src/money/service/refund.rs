//! Refunds: fixed in the act's transaction with number and bytes, sent by the worker, repeated with the same number.
//! What the platform refuses for certain waits for a person, under the same clock.

use chrono::{DateTime, Duration, Utc};
use entities::enums::RefundState;
use entities::payment_attempt::Model as Attempt;
use entities::refund::Model;
use sea_orm::ConnectionTrait;
use wechat::pay::{ErrorCode, PayError, RefundRequest, RefundState as Said, RefundStatus};

use crate::app::App;
use crate::kit::clock::service_day;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{RefundId, encode};
use crate::kit::refusal::Fault;
use crate::money::rules::Posting;
use crate::money::rules::refund::{
    ALARM_DAYS, NOT_ENOUGH, Step, Turn, UNFIT, alarm_day, misfit, next_turn, step, turn,
};
use crate::money::service::bill::heal;
use crate::money::store::{attempt as attempts, ledger, refund};

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
    let new = draft(app, attempt, (amount, reason), now)?;
    if !refund::insert(tx, &new).await? {
        return Ok(());
    }
    let posting = Posting::refund_requested(new.id, attempt.order_id, amount);
    ledger::post(tx, &[posting], now).await?;
    // Cash waits for the desk; the clock is sounded all the same.
    let first = if attempt.till_region.is_some() { now + Duration::days(ALARM_DAYS[0]) } else { now };
    schedule(tx, &app.ids, [(Due::Refund, new.id, first)]).await?;
    Ok(())
}

/// A new refund with its number and bytes.
fn draft(
    app: &App,
    attempt: &Attempt,
    (amount, reason): (Fen, &str),
    now: DateTime<Utc>,
) -> Result<Model, Fault> {
    let id: RefundId = app.ids.next();
    let out_refund_no = format!("R{}", encode(id.0));
    let body = frozen(app, attempt, (&out_refund_no, amount, reason))?;
    Ok(Model {
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
        stuck_code: None,
        stuck_at: None,
        replaced_by: None,
        sent_at: None,
        alarm_day: 0,
    })
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

/// The same money under a new number: the platform has closed or refused the old one and was not asked since `quiet_since`.
/// The clock goes on from the first request, and nothing is posted: the family is owed what it was owed. `None`: somebody was
/// quicker, or another refund of the payment is under way.
pub async fn again<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (old, attempt): (&Model, &Attempt),
    quiet_since: DateTime<Utc>,
) -> Result<Option<Model>, Fault> {
    let now = app.clock.now();
    let draft = draft(app, attempt, (Fen::new(old.amount_fen), &old.reason), old.requested_at)?;
    let new = Model { alarm_day: old.alarm_day, ..draft };
    if !refund::replace(tx, (old.id, new.id), (quiet_since, now)).await? || !refund::insert(tx, &new).await? {
        return Ok(None);
    }
    schedule(tx, &app.ids, [(Due::Refund, new.id, now)]).await?;
    Ok(Some(new))
}

/// The worker's turn: sends the refund, or asks how it is. Gives the instant of the next turn, or `None` at the end.
pub async fn pursue(app: &App, id: RefundId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(model) = refund::by_id(app.db.write(), id).await? else { return Ok(None) };
    if model.state == RefundState::Success || model.replaced_by.is_some() {
        return Ok(None);
    }
    sound_clock(app, &model).await?;
    if model.till_region.is_none() && model.state != RefundState::Closed {
        match turn(model.state, model.stuck_code.as_deref()) {
            Turn::Send => send(app, &model).await?,
            Turn::Ask => ask(app, &model).await.map(|_| ())?,
        }
        refund::checked(app.db.write(), model.id).await?;
    }
    let after = refund::by_id(app.db.write(), id).await?;
    Ok(after.and_then(|row| next_turn(&row, model.checks, app.clock.now())))
}

/// Sends the frozen bytes, unless the refund was replaced meanwhile.
async fn send(app: &App, model: &Model) -> Result<(), Fault> {
    if !refund::sending(app.db.write(), model.id, app.clock.now()).await? {
        return Ok(());
    }
    let error = match app.pay.refund(&model.body).await {
        Ok(said) => return believe(app, model, &said).await,
        Err(error) => error,
    };
    match step(&error) {
        Step::Again => {
            tracing::warn!(%error, refund.id = %RefundId(model.id), "a refund got no certain answer; the same number again");
            Ok(())
        }
        Step::Query => match ask(app, model).await? {
            Asked::Missing => call_person(app, model, error.code().map_or(UNFIT, ErrorCode::as_str)).await,
            Asked::Told | Asked::Silent => Ok(()),
        },
        // It was sent before, and what became of that is not known: the question comes before the giving up.
        Step::Person(_) if model.sent_at.is_some() && ask(app, model).await? == Asked::Told => Ok(()),
        Step::Funds(code) | Step::Person(code) => {
            tracing::warn!(%error, refund.id = %RefundId(model.id), "a refund is refused");
            call_person(app, model, &code).await
        }
    }
}

/// How the platform answered a question about a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It said how the refund is, and that was taken.
    Told,
    /// It knows no refund of this number.
    Missing,
    /// Nothing certain.
    Silent,
}

/// Asks the platform how a refund is.
pub async fn ask(app: &App, model: &Model) -> Result<Asked, Fault> {
    let error: PayError = match app.pay.query_refund(&model.out_refund_no).await {
        Ok(said) => return believe(app, model, &said).await.map(|()| Asked::Told),
        Err(error) => error,
    };
    if matches!(error.refusal(), Some(ErrorCode::ResourceNotExists | ErrorCode::OrderNotExist)) {
        return Ok(Asked::Missing);
    }
    tracing::warn!(%error, refund.id = %RefundId(model.id), "a refund query got no certain answer");
    Ok(Asked::Silent)
}

/// Takes an answer to our own call.
async fn believe(app: &App, model: &Model, said: &Said) -> Result<(), Fault> {
    if is_redirected(app, model, said).await? {
        return Ok(());
    }
    match apply(app, said).await? {
        Told::Mismatch => call_person(app, model, UNFIT).await,
        Told::Applied | Told::Known | Told::Unknown => Ok(()),
    }
}

/// A refund that was abnormal when the platform was asked and is under way again: another account was taken, though the answer to
/// that was lost. Somebody said where to; the list of those who must be called has it no longer.
async fn is_redirected(app: &App, model: &Model, said: &Said) -> Result<bool, Fault> {
    let is_back = model.state == RefundState::Abnormal && said.status == RefundStatus::Processing;
    if !is_back || unfit(app, app.db.write(), model, said).await?.is_some() {
        return Ok(false);
    }
    let tx = app.db.begin().await?;
    if refund::redirected(&tx, model.id).await? {
        tell(app, &tx, model, "refund_redirected").await?;
        tx.commit().await?;
        app.nudge.notify_one();
    }
    Ok(true)
}

/// Whether an abnormal refund is on its way again, or there: asked after a call whose answer was lost.
pub async fn is_under_way(app: &App, model: &Model) -> Result<bool, Fault> {
    match app.pay.query_refund(&model.out_refund_no).await {
        Ok(said) => Ok(matches!(said.status, RefundStatus::Processing | RefundStatus::Success)
            && unfit(app, app.db.write(), model, &said).await?.is_none()),
        Err(_) => Ok(false),
    }
}

/// Whether the platform itself says that a refund will never be paid: closed, or a number that it does not know.
pub async fn is_void(app: &App, model: &Model) -> Result<bool, Fault> {
    match app.pay.query_refund(&model.out_refund_no).await {
        Ok(said) => {
            Ok(said.status == RefundStatus::Closed
                && unfit(app, app.db.write(), model, &said).await?.is_none())
        }
        Err(error) => {
            Ok(matches!(error.refusal(), Some(ErrorCode::ResourceNotExists | ErrorCode::OrderNotExist)))
        }
    }
}

/// Notes that a refund waits for a person, and calls one once for each reason.
async fn call_person(app: &App, model: &Model, code: &str) -> Result<(), Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if !refund::stuck(&tx, model.id, code, now).await? {
        return Ok(());
    }
    let what = if code == NOT_ENOUGH { "money in the merchant account" } else { "a person" };
    tracing::error!(refund.id = %RefundId(model.id), code, "a refund waits for {what}");
    tell(app, &tx, model, "refund_stuck").await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(())
}

async fn tell<C: ConnectionTrait>(app: &App, tx: &C, model: &Model, name: &'static str) -> Result<(), Fault> {
    let subject = refund::subject_of(tx, model.order_id).await?;
    let event = Event { subject, subject_id: model.order_id, name, ..Event::default() };
    Ok(record(tx, &app.ids, app.clock.now(), vec![event]).await?)
}

/// What became of what the platform said about a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It moved the refund.
    Applied,
    /// Nothing new.
    Known,
    /// No refund has this number.
    Unknown,
    /// It does not fit what we asked for, or what was said before. Somebody must look; nothing is booked.
    Mismatch,
}

impl Told {
    /// Name in the inbox and in the metrics.
    pub fn verdict(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Known => "known",
            Self::Unknown => "unknown_refund",
            Self::Mismatch => "mismatch",
        }
    }
}

/// What the platform says about a refund, from notification, answer or query.
pub async fn apply(app: &App, said: &Said) -> Result<Told, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(model) = refund::by_refund_no(&tx, &said.out_refund_no).await? else {
        tracing::error!("the platform speaks of a refund that is not ours");
        return Ok(Told::Unknown);
    };
    if let Some(why) = unfit(app, &tx, &model, said).await? {
        tracing::error!(refund.id = %RefundId(model.id), why, "a refund does not fit");
        return Ok(Told::Mismatch);
    }
    let to = match said.status {
        RefundStatus::Success => RefundState::Success,
        RefundStatus::Closed => RefundState::Closed,
        RefundStatus::Abnormal => RefundState::Abnormal,
        _ => RefundState::Accepted,
    };
    if to == RefundState::Accepted && model.state != RefundState::Requested {
        return Ok(Told::Known);
    }
    if !refund::advance(&tx, model.id, to, Some(&said.refund_id), now).await? {
        let current = refund::by_refund_no(&tx, &said.out_refund_no).await?;
        let is_known = current.is_some_and(|row| row.state == to);
        if is_known {
            return Ok(Told::Known);
        }
        tracing::error!(refund.id = %RefundId(model.id), said = to.as_str(), "a refund that has ended is said to be otherwise");
        return Ok(Told::Mismatch);
    }
    if to == RefundState::Success {
        let posting = Posting::refunded(model.id, model.order_id, Fen::new(model.amount_fen));
        ledger::post(&tx, &[posting], now).await?;
    }
    if matches!(to, RefundState::Abnormal | RefundState::Closed) {
        tracing::error!(refund.id = %RefundId(model.id), state = to.as_str(), "a refund waits for a person");
    }
    tell(app, &tx, &model, told_as(to)).await?;
    if service_day(model.requested_at) < service_day(now) {
        heal(app, &tx, Some(&model.out_refund_no)).await?;
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(Told::Applied)
}

fn told_as(state: RefundState) -> &'static str {
    match state {
        RefundState::Success => "refund_success",
        RefundState::Abnormal => "refund_abnormal",
        RefundState::Closed => "refund_closed",
        RefundState::Requested | RefundState::Accepted => "refund_accepted",
    }
}

/// How what the platform says does not fit the refund and its payment.
async fn unfit<C: ConnectionTrait>(
    app: &App,
    db: &C,
    model: &Model,
    said: &Said,
) -> Result<Option<&'static str>, Fault> {
    let attempt = attempts::by_id(db, model.attempt_id.into()).await?;
    let attempt = attempt.ok_or_else(|| Fault::new("a refund without its payment"))?;
    Ok(misfit((model, &attempt), said, &app.config.wechat_mchid))
}

/// The refund clock: days 3, 7 and 12 call for a person, and after them every day, each once.
async fn sound_clock(app: &App, model: &Model) -> Result<(), Fault> {
    let age_d = (app.clock.now() - model.requested_at).num_days();
    let Some(day) = alarm_day(age_d) else { return Ok(()) };
    if refund::alarmed(app.db.write(), model.id, i16::try_from(day).unwrap_or(i16::MAX)).await? {
        tracing::error!(refund.id = %RefundId(model.id), age_d, state = model.state.as_str(), "a refund is {day} days old");
    }
    Ok(())
}
