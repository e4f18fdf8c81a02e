//! What the platform says about an attempt, and what that means. One function for notification, query and check.

use chrono::{DateTime, Utc};
use entities::enums::AttemptState;
use entities::payment_attempt::Model;
use sea_orm::ConnectionTrait;
use wechat::pay::{ErrorCode, TradeState, Transaction};

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::AttemptId;
use crate::kit::refusal::Fault;
use crate::money::rules::is_number;
use crate::money::store::attempt;
use crate::money::store::refund::subject_of;

/// What a transaction means for the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Paid while the attempt was open: the order may be confirmed.
    Paid,
    /// Paid after the attempt was closed: the money must go back.
    PaidLate,
    /// Known already; nothing to do.
    Known,
    /// Not paid, may still be.
    Open,
    /// Closed at the platform; it can never be paid.
    Closed,
    /// It does not fit what we asked for. Somebody must look; nothing is marked paid.
    Mismatch(&'static str),
}

/// The platform's number belongs to another payment, as far as is known here.
pub const NUMBER_TAKEN: &str = "the number of another payment";

/// Compares the transaction with the attempt and moves the attempt's state.
pub async fn apply<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    model: &Model,
    said: &Transaction,
    now: DateTime<Utc>,
) -> Result<Meaning, Fault> {
    if let Some(wrong) = mismatch(app, model, said)? {
        return Ok(Meaning::Mismatch(wrong));
    }
    match said.trade_state {
        TradeState::Success | TradeState::Refund => {
            let Some(transaction) = said.transaction_id.as_deref() else {
                return Ok(Meaning::Mismatch("no transaction id"));
            };
            if !is_number(transaction) {
                return Ok(Meaning::Mismatch("a transaction id of no known form"));
            }
            if attempt::paid(tx, model.id, transaction, now).await? {
                return Ok(Meaning::Paid);
            }
            not_open(tx, model, transaction, now).await
        }
        TradeState::Closed => {
            attempt::closed(tx, model.id, now).await?;
            Ok(Meaning::Closed)
        }
        _ => Ok(Meaning::Open),
    }
}

/// What a payment means for an attempt that could not be marked paid by it.
async fn not_open<C: ConnectionTrait>(
    tx: &C,
    model: &Model,
    transaction: &str,
    now: DateTime<Utc>,
) -> Result<Meaning, Fault> {
    let current = attempt::by_trade_no(tx, &model.out_trade_no).await?;
    let current = current.ok_or_else(|| Fault::new("an attempt that was there is gone"))?;
    let is_taken = match current.state {
        AttemptState::Created | AttemptState::Prepaid => true,
        AttemptState::Closed if attempt::late_paid(tx, model.id, transaction, now).await? => {
            return Ok(Meaning::PaidLate);
        }
        AttemptState::Closed => true,
        AttemptState::Paid | AttemptState::LatePaid => {
            has_no_number(&current) && !attempt::renumber(tx, model.id, transaction).await?
        }
    };
    let is_second = current.transaction_id.is_some_and(|known| known != transaction);
    Ok(match (is_taken, is_second) {
        (true, _) => Meaning::Mismatch(NUMBER_TAKEN),
        (_, true) => Meaning::Mismatch("a second transaction"),
        _ => Meaning::Known,
    })
}

/// Paid at the platform, and its number there is not known: the one that was told was another payment's.
pub fn has_no_number(model: &Model) -> bool {
    matches!(model.state, AttemptState::Paid | AttemptState::LatePaid)
        && model.transaction_id.is_none()
        && model.till_region.is_none()
}

/// Frees a number of the platform's for a payment, when another one has it that was told falsely: the platform, asked for both,
/// gives it to the one and not to the other. True: the number is free now; whose it was is asked about until it has its own.
pub async fn make_room(app: &App, transaction: &str, wanted_by: &Model) -> Result<bool, Fault> {
    let Some(holder) = attempt::by_transaction(app.db.write(), transaction).await? else { return Ok(true) };
    if holder.id == wanted_by.id {
        return Ok(true);
    }
    let is_certain = has_number(app, wanted_by, transaction).await? == Some(true)
        && has_number(app, &holder, transaction).await? == Some(false);
    if !is_certain {
        return Ok(false);
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if !attempt::release(&tx, holder.id, transaction).await? {
        return Ok(false);
    }
    schedule(&tx, &app.ids, [(Due::PaymentCheck, holder.id, now)]).await?;
    let subject = subject_of(&tx, holder.order_id).await?;
    let event = Event {
        subject,
        subject_id: holder.order_id,
        name: "payment_number_freed",
        is_quiet: true,
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    tracing::error!(attempt.id = %AttemptId(holder.id), "a payment had the number of another one");
    Ok(true)
}

/// The first way in which the transaction is not ours.
fn mismatch(app: &App, model: &Model, said: &Transaction) -> Result<Option<&'static str>, Fault> {
    if said.appid != app.config.wechat_appid || said.mchid != app.config.wechat_mchid {
        return Ok(Some("another merchant"));
    }
    if said.out_trade_no != model.out_trade_no {
        return Ok(Some("another order number"));
    }
    if !matches!(said.trade_state, TradeState::Success | TradeState::Refund) {
        return Ok(None);
    }
    if said.total_fen != Some(model.amount_fen) {
        return Ok(Some("another amount"));
    }
    if said.currency.as_deref().is_some_and(|currency| currency != "CNY") {
        return Ok(Some("another currency"));
    }
    // What was paid always names its payer (notification and query of a payment).
    let openid = app.seal.open(&model.openid_sealed)?;
    Ok((said.openid.as_ref() != Some(&openid)).then_some("another payer"))
}

/// What the platform answers, asked about an attempt.
#[derive(Clone, Debug)]
pub enum Answer {
    /// How the payment is.
    Said(Box<Transaction>),
    /// Signed: it knows no such payment.
    NotThere,
    /// Nothing certain, ask again later.
    Silent,
}

/// Asks the platform.
pub async fn query(app: &App, model: &Model) -> Answer {
    match app.pay.query(&model.out_trade_no).await {
        Ok(transaction) => Answer::Said(Box::new(transaction)),
        Err(error) => match error.refusal() {
            Some(ErrorCode::OrderNotExist | ErrorCode::ResourceNotExists) => Answer::NotThere,
            _ => {
                tracing::warn!(%error, "a payment query got no certain answer");
                Answer::Silent
            }
        },
    }
}

/// Whether the platform, asked for a payment, gives it this number. `None`: nothing certain.
pub(super) async fn has_number(app: &App, model: &Model, transaction: &str) -> Result<Option<bool>, Fault> {
    Ok(match query(app, model).await {
        Answer::Said(said) if mismatch(app, model, &said)?.is_some() => None,
        Answer::Said(said) => Some(said.transaction_id.as_deref() == Some(transaction)),
        Answer::NotThere => Some(false),
        Answer::Silent => None,
    })
}
