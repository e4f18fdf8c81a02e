//! What the platform says about a refund: in a notification, in the answer to our call, or asked for it.

use entities::enums::RefundState;
use entities::refund::Model;
use sea_orm::ConnectionTrait;
use wechat::pay::{ErrorCode, PayError, RefundState as Said, RefundStatus};

use super::{call_person, tell};
use crate::app::App;
use crate::kit::clock::service_day;
use crate::kit::due::{Due, schedule};
use crate::kit::fen::Fen;
use crate::kit::ids::RefundId;
use crate::kit::refusal::Fault;
use crate::money::rules::Posting;
use crate::money::rules::refund::{UNFIT, misfit};
use crate::money::service::bill::{agreed, contradicted, heal};
use crate::money::store::{attempt as attempts, bill, ledger, refund};

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

/// How the platform answered a question about a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It said how the refund is, and that was taken.
    Told,
    /// It knows no refund of this number, or has closed it: nothing will ever come of it.
    Void,
    /// Nothing certain.
    Silent,
}

/// Takes a notification. One that contradicts the end that the books have may be an old one: the platform is asked, and what it
/// answers counts.
///
/// # Errors
///
/// When that question has no answer; the platform repeats its notification.
pub async fn notified(app: &App, said: &Said) -> Result<Told, Fault> {
    if let Some(told) = take(app, said).await? {
        let is_open =
            told == Told::Known && bill::is_contradicted(app.db.write(), &said.out_refund_no).await?;
        if !is_open {
            return Ok(told);
        }
    }
    let now_said = app.pay.query_refund(&said.out_refund_no).await;
    let now_said = now_said
        .map_err(|error| Fault::new(format!("a refund is told otherwise, and nobody answers: {error}")))?;
    answered(app, &now_said).await
}

/// Asks about a refund that the books have as done and the bill as under way. True: it is settled, by the same word or by a case;
/// false: it is under way still, or nobody answers.
pub(super) async fn settle_doubt(app: &App, model: &Model) -> Result<bool, Fault> {
    match app.pay.query_refund(&model.out_refund_no).await {
        Ok(said) => {
            answered(app, &said).await?;
            Ok(said.status != RefundStatus::Processing)
        }
        Err(error) => Ok(is_not_there(&error)),
    }
}

/// Takes an answer to a question that was asked now. What contradicts an end is not booked over it: a refund that was closed here
/// and has no second number goes on, any other difference is a case for the office.
async fn answered(app: &App, said: &Said) -> Result<Told, Fault> {
    if let Some(told) = take(app, said).await? {
        if told == Told::Known && matches!(said.status, RefundStatus::Success | RefundStatus::Closed) {
            agreed(app, &said.out_refund_no).await?;
        }
        return Ok(told);
    }
    if reopened(app, &said.out_refund_no).await? {
        return Ok(take(app, said).await?.unwrap_or(Told::Mismatch));
    }
    let tx = app.db.begin().await?;
    if let Some(model) = refund::by_refund_no(&tx, &said.out_refund_no).await? {
        contradicted(app, &tx, &model).await?;
        tx.commit().await?;
    }
    Ok(Told::Mismatch)
}

/// A refund that is closed here and not there goes on, and is asked about.
async fn reopened(app: &App, out_refund_no: &str) -> Result<bool, Fault> {
    let tx = app.db.begin().await?;
    let Some(model) = refund::by_refund_no(&tx, out_refund_no).await? else { return Ok(false) };
    if !refund::reopen(&tx, model.id).await? {
        return Ok(false);
    }
    tracing::error!(refund.id = %RefundId(model.id), "a refund that was told as closed goes on");
    schedule(&tx, &app.ids, [(Due::Refund, model.id, app.clock.now())]).await?;
    tell(app, &tx, &model, "refund_reopened").await?;
    tx.commit().await?;
    Ok(true)
}

/// Moves the refund as the platform says. `None`: it has ended in another way, and nothing was done.
async fn take(app: &App, said: &Said) -> Result<Option<Told>, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(model) = refund::by_refund_no(&tx, &said.out_refund_no).await? else {
        tracing::error!("the platform speaks of a refund that is not ours");
        return Ok(Some(Told::Unknown));
    };
    if let Some(why) = unfit(app, &tx, &model, said).await? {
        tracing::error!(refund.id = %RefundId(model.id), why, "a refund does not fit");
        return Ok(Some(Told::Mismatch));
    }
    let to = match said.status {
        RefundStatus::Success => RefundState::Success,
        RefundStatus::Closed => RefundState::Closed,
        RefundStatus::Abnormal => RefundState::Abnormal,
        _ => RefundState::Accepted,
    };
    if to == RefundState::Accepted && model.state != RefundState::Requested {
        // What did not fit before does now.
        if refund::fits_again(&tx, model.id, UNFIT).await? {
            tell(app, &tx, &model, "refund_accepted").await?;
            tx.commit().await?;
        }
        return Ok(Some(Told::Known));
    }
    if !refund::advance(&tx, model.id, to, Some(&said.refund_id), now).await? {
        let current = refund::by_refund_no(&tx, &said.out_refund_no).await?;
        if current.is_some_and(|row| row.state == to) {
            return Ok(Some(Told::Known));
        }
        tracing::error!(refund.id = %RefundId(model.id), said = to.as_str(), "a refund that has ended is said to be otherwise");
        return Ok(None);
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
    Ok(Some(Told::Applied))
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
pub(super) async fn unfit<C: ConnectionTrait>(
    app: &App,
    db: &C,
    model: &Model,
    said: &Said,
) -> Result<Option<&'static str>, Fault> {
    let attempt = attempts::by_id(db, model.attempt_id.into()).await?;
    let attempt = attempt.ok_or_else(|| Fault::new("a refund without its payment"))?;
    Ok(misfit((model, &attempt), said, &app.config.wechat_mchid))
}

/// Takes the answer to a refund that was sent.
pub(super) async fn believe(app: &App, model: &Model, said: &Said) -> Result<(), Fault> {
    match notified(app, said).await? {
        Told::Mismatch => call_person(app, model, UNFIT).await,
        Told::Applied | Told::Known | Told::Unknown => Ok(()),
    }
}

/// Signed: the platform knows no such refund.
pub(super) fn is_not_there(error: &PayError) -> bool {
    matches!(error.refusal(), Some(ErrorCode::ResourceNotExists | ErrorCode::OrderNotExist))
}

/// Asks the platform how a refund is. For one that is closed here only the same word is the end of it; any other makes it go on.
pub async fn ask(app: &App, model: &Model) -> Result<Asked, Fault> {
    let said = match app.pay.query_refund(&model.out_refund_no).await {
        Ok(said) => said,
        Err(error) if is_not_there(&error) => return Ok(Asked::Void),
        Err(error) => {
            tracing::warn!(%error, refund.id = %RefundId(model.id), "a refund query got no certain answer");
            return Ok(Asked::Silent);
        }
    };
    if is_redirected(app, model, &said).await? {
        return Ok(Asked::Told);
    }
    if model.state == RefundState::Closed && unfit(app, app.db.write(), model, &said).await?.is_none() {
        if said.status == RefundStatus::Closed {
            return Ok(Asked::Void);
        }
        reopened(app, &said.out_refund_no).await?;
    }
    if answered(app, &said).await? == Told::Mismatch {
        call_person(app, model, UNFIT).await?;
    }
    Ok(Asked::Told)
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
