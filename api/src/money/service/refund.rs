//! Refunds: fixed in the act's transaction with number and bytes, sent by the worker, repeated with the same number.
//! What the platform refuses for certain waits for a person, under the same clock.

mod earlier;
mod numbers;
mod word;

use chrono::{DateTime, Duration, Utc};
use entities::enums::RefundState;
use entities::payment_attempt::Model as Attempt;
use entities::refund::Model;
use sea_orm::ConnectionTrait;
use wechat::pay::{ErrorCode, RefundRequest};

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{PersonId, RefundId, encode};
use crate::kit::refusal::Fault;
use crate::money::rules::Posting;
use crate::money::rules::refund::{
    ALARM_DAYS, NOT_ENOUGH, Step, Turn, UNFIT, alarm_day, next_turn, step, turn,
};
use crate::money::store::{bill, ledger, refund};

pub use self::earlier::{Earlier, resume};
pub use self::numbers::put_right;
pub use self::word::{Asked, Told, ask, is_under_way, notified};
use self::word::{believe, settle_doubt};

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

/// The platform keeps its bills for three months: so long a refund is asked about each day of which its word differs.
const DOUBTED_D: i64 = 90;

/// The worker's turn: sends the refund, or asks how it is. Gives the instant of the next turn, or `None` at the end.
pub async fn pursue(app: &App, id: RefundId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(model) = refund::by_id(app.db.write(), id).await? else { return Ok(None) };
    if model.state == RefundState::Success {
        let now = app.clock.now();
        let is_settled = !bill::doubts(app.db.write(), &model).await?
            || settle_doubt(app, &model).await?
            || now - model.requested_at > Duration::days(DOUBTED_D);
        return Ok((!is_settled).then(|| now + Duration::days(1)));
    }
    if model.replaced_by.is_some() {
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
            Asked::Void => call_person(app, model, error.code().map_or(UNFIT, ErrorCode::as_str)).await,
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
    tell_as(app, tx, model, (name, None)).await
}

async fn tell_as<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    model: &Model,
    (name, actor): (&'static str, Option<PersonId>),
) -> Result<(), Fault> {
    let subject = refund::subject_of(tx, model.order_id).await?;
    let actor = actor.map(|person| person.0);
    let event = Event { subject, subject_id: model.order_id, name, actor, ..Event::default() };
    Ok(record(tx, &app.ids, app.clock.now(), vec![event]).await?)
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
