//! What the platform says about an attempt, and what that means. One function for notification, query and check.

use chrono::{DateTime, Utc};
use entities::enums::AttemptState;
use entities::payment_attempt::Model;
use sea_orm::ConnectionTrait;
use wechat::pay::{ErrorCode, TradeState, Transaction};

use crate::app::App;
use crate::kit::refusal::Fault;
use crate::money::rules::is_number;
use crate::money::store::attempt;

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
            let current = attempt::by_trade_no(tx, &model.out_trade_no).await?;
            let is_closed = current.as_ref().is_some_and(|row| row.state == AttemptState::Closed);
            if is_closed && attempt::late_paid(tx, model.id, transaction, now).await? {
                return Ok(Meaning::PaidLate);
            }
            let known = current.and_then(|row| row.transaction_id);
            let is_second = known.is_some_and(|known| known != transaction);
            Ok(if is_second { Meaning::Mismatch("a second transaction") } else { Meaning::Known })
        }
        TradeState::Closed => {
            attempt::closed(tx, model.id, now).await?;
            Ok(Meaning::Closed)
        }
        _ => Ok(Meaning::Open),
    }
}

/// The first way in which the transaction is not ours.
pub(super) fn mismatch(app: &App, model: &Model, said: &Transaction) -> Result<Option<&'static str>, Fault> {
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

/// Asks the platform. `None`: no certain answer, ask again later.
pub async fn query(app: &App, model: &Model) -> Option<Transaction> {
    match app.pay.query(&model.out_trade_no).await {
        Ok(transaction) => Some(transaction),
        Err(error) => {
            if !matches!(error.code(), Some(ErrorCode::OrderNotExist | ErrorCode::ResourceNotExists)) {
                tracing::warn!(%error, "a payment query got no certain answer");
            }
            None
        }
    }
}
