//! Payment attempts: the row with its exact bytes is committed before the platform hears of it.

use chrono::{DateTime, Duration, Utc};
use entities::enums::AttemptState;
use entities::payment_attempt::Model;
use sea_orm::FromQueryResult;
use uuid::Uuid;
use wechat::pay::{ClientParams, Outcome, PayError, Prepay};

use crate::app::App;
use crate::kit::db::row;
use crate::kit::fen::Fen;
use crate::kit::ids::{AttemptId, PersonId, encode};
use crate::kit::refusal::Fault;
use crate::money::store::attempt;

/// A prepay id lives two hours; it is renewed a little earlier.
const PREPAY_LIFE_S: i64 = 7_000;

/// The platform knows no span to pay under a minute.
const SHORTEST_S: i64 = 61;

/// Somebody who types his secret at the last moment is believed so long after it.
const GRACE_S: i64 = 180;

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct Bill {
    /// For which order.
    pub order: Uuid,
    /// How much.
    pub amount: Fen,
    /// Until when.
    pub pay_before: DateTime<Utc>,
    /// Shown to the payer; no names of persons, no commas.
    pub description: String,
}

/// How a call at the platform went.
#[derive(Clone, Debug)]
pub enum Prepaid {
    /// The phone can pay with these.
    Ready(ClientParams),
    /// The platform says that the attempt is paid already.
    AlreadyPaid,
    /// The platform has closed the attempt.
    Closed,
    /// Nothing certain: ask again later, the bytes stay the same.
    Unknown,
}

/// A new attempt with everything but its place in the database.
pub async fn draft(app: &App, payer: PersonId, bill: &Bill, number: i16) -> Result<Model, Fault> {
    #[derive(FromQueryResult)]
    struct Payer {
        openid_sealed: String,
    }
    let found: Option<Payer> =
        row(app.db.read(), "SELECT openid_sealed FROM person WHERE id = $1", [payer.0.into()]).await?;
    let openid_sealed = found.ok_or_else(|| Fault::new("the payer is gone"))?.openid_sealed;
    let id: AttemptId = app.ids.next();
    let out_trade_no = format!("N{}", encode(id.0));
    let prepay = Prepay {
        description: bill.description.clone(),
        out_trade_no: out_trade_no.clone(),
        // An order that expires earlier closes its attempt itself.
        expires_at: bill.pay_before.timestamp().max(app.clock.unix_s() + SHORTEST_S),
        total_fen: bill.amount.get(),
        openid: app.seal.open(&openid_sealed)?,
        attach: None,
    };
    let body = app.pay.freeze_prepay(&prepay).map_err(|invalid| Fault::new(format!("{invalid:?}")))?;
    Ok(Model {
        id: id.0,
        order_id: bill.order,
        payer_id: payer.0,
        number,
        out_trade_no,
        openid_sealed,
        amount_fen: bill.amount.get(),
        body_sealed: app.seal.seal(&body)?,
        state: AttemptState::Created,
        prepay_id: None,
        prepaid_at: None,
        merchant_serial: None,
        sent_at: None,
        transaction_id: None,
        pay_before: bill.pay_before,
        checks: 0,
        created_at: app.clock.now(),
        ended_at: None,
        till_region: None,
    })
}

/// From then on nobody can pay the attempt at the platform, whether it answers or not. Bytes that were sent late live the
/// shortest span from when they came.
pub fn payable_until(model: &Model) -> DateTime<Utc> {
    let last_sent = model.sent_at.unwrap_or(model.created_at);
    model.pay_before.max(last_sent + Duration::seconds(SHORTEST_S)) + Duration::seconds(GRACE_S)
}

/// Sends the frozen bytes, or takes the prepay id that is still fresh, and signs what the phone needs.
pub async fn prepay(app: &App, model: &Model) -> Result<Prepaid, Fault> {
    let now = app.clock.now();
    let is_fresh = |at: DateTime<Utc>| (now - at).num_seconds() < PREPAY_LIFE_S;
    // Under a key that the merchant has no more, or that is not told here, the same bytes give a fresh id.
    let serial = model.merchant_serial.as_deref().filter(|serial| app.pay.has_merchant_key(serial));
    let fresh = model.prepay_id.as_deref().filter(|_| model.prepaid_at.is_some_and(is_fresh));
    if let Some((prepay_id, serial)) = fresh.zip(serial) {
        return ready(app, prepay_id, serial);
    }
    if !attempt::sending(app.db.write(), model.id, now).await? {
        return Ok(Prepaid::Closed);
    }
    let body = app.seal.open(&model.body_sealed)?;
    match app.pay.prepay(&body).await {
        Ok(prepay_id) => {
            let serial = app.pay.merchant_serial();
            attempt::prepaid(app.db.write(), model.id, (&prepay_id, serial), now).await?;
            ready(app, &prepay_id, serial)
        }
        Err(error) => Ok(read_refusal(&error)),
    }
}

/// Order and page are signed with the same key of the merchant, also after a change.
fn ready(app: &App, prepay_id: &str, serial: &str) -> Result<Prepaid, Fault> {
    let params =
        app.pay.client_params_by(prepay_id, serial).map_err(|error| Fault::new(error.to_string()))?;
    Ok(Prepaid::Ready(params))
}

fn read_refusal(error: &PayError) -> Prepaid {
    use wechat::pay::ErrorCode as C;
    match error.refusal() {
        Some(C::OrderPaid) => Prepaid::AlreadyPaid,
        Some(C::OrderClosed) => Prepaid::Closed,
        _ => {
            match error.outcome() {
                Outcome::Refused => tracing::error!(%error, "WeChat Pay refuses a prepay"),
                Outcome::NotSent | Outcome::Unknown => {
                    tracing::warn!(%error, "a prepay got no certain answer")
                }
            }
            Prepaid::Unknown
        }
    }
}

/// How closing an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// It can never be paid.
    Closed,
    /// It was paid before: ask for the transaction.
    Paid,
    /// Nothing certain yet.
    Unknown,
}

/// A request that was sent so many seconds ago and is not at the platform will not arrive any more.
const LOST_AFTER_S: i64 = 60;

/// Closes an attempt at the platform. An attempt that the platform never heard of can be closed here alone
/// only a minute after it was last sent, because the lost request may still arrive.
pub async fn close(app: &App, model: &Model) -> Result<Closing, Fault> {
    use wechat::pay::ErrorCode as C;
    match app.pay.close(&model.out_trade_no).await {
        Ok(()) => Ok(Closing::Closed),
        Err(error) => Ok(match error.refusal() {
            Some(C::OrderClosed) => Closing::Closed,
            Some(C::OrderPaid) => Closing::Paid,
            Some(C::OrderNotExist | C::ResourceNotExists) => {
                let now = app.clock.now();
                let is_lost = model.sent_at.is_none_or(|at| (now - at).num_seconds() > LOST_AFTER_S);
                if model.state == AttemptState::Prepaid || is_lost {
                    Closing::Closed
                } else {
                    Closing::Unknown
                }
            }
            _ => {
                tracing::warn!(%error, "closing a payment got no certain answer");
                Closing::Unknown
            }
        }),
    }
}
