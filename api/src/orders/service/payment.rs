//! Paying an order through WeChat: starting, checking, and what arrives. Notification, query, client check and
//! time-out all go through `take_evidence`.

mod pursue;

use chrono::{DateTime, Utc};
use entities::enums::AttemptState;
use entities::{meal_order, payment_attempt};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use wechat::pay::{ClientParams, Transaction};

use crate::app::App;
use crate::kit::clock::service_day;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{AttemptId, OrderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::{Posting, next_check_s};
use crate::money::service::attempt::{self, Bill, Closing, Prepaid};
use crate::money::service::bill::heal;
use crate::money::service::evidence::{self, Answer, Meaning, NUMBER_TAKEN};
use crate::money::service::refund;
use crate::money::store::attempt as rows;
use crate::money::store::ledger;
use crate::orders::graph::payment::{PaymentCheckErrorCode, PaymentRequestErrorCode, PaymentStartErrorCode};
use crate::orders::store::payable::{self, Owing, Payable};
use crate::orders::store::request as requests;
use crate::orders::store::write::Cause;
use crate::people::rules::Scope;
use crate::people::store::has_payer;

pub use self::pursue::{close_for_good, pursue};

/// Starts, or takes up again, the payment of an order and gives what the phone needs.
///
/// The open attempt of the same payer is used again with the same bytes; that of another payer is closed first.
pub async fn start(
    app: &App,
    who: &SignedIn,
    id: OrderId,
) -> Result<ClientParams, Stop<PaymentStartErrorCode>> {
    use PaymentStartErrorCode as C;
    let found = payable::reached(app.db.write(), who, id).await?;
    let Some((order, _)) = found.filter(|(_, reached)| reached.scopes.has(Scope::Pay)) else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let pay_before = match order.owing(app.clock.now()) {
        Owing::Until(end) => end,
        Owing::TooLate => return refuse(C::TooLate),
        Owing::Cancelled => return refuse(C::OrderCancelled),
        Owing::Settled => return refuse(C::AlreadyPaid),
    };
    if let Some(open) = rows::open_of_order(app.db.write(), id).await?
        && open.payer_id != who.person.0
    {
        match give_way(app, &open).await? {
            Closing::Closed => {}
            Closing::Paid => return refuse(C::AlreadyPaid),
            Closing::Unknown => return refuse(C::WechatUnavailable),
        }
    }
    let attempt = open_attempt(app, who, &order, pay_before).await?;
    match attempt::prepay(app, &attempt).await? {
        Prepaid::Ready(params) => Ok(params),
        Prepaid::AlreadyPaid => {
            ask(app, &attempt).await?;
            refuse(C::AlreadyPaid)
        }
        Prepaid::Closed => {
            rows::closed(app.db.write(), attempt.id, app.clock.now()).await?;
            refuse(C::TryAgain)
        }
        Prepaid::Unknown => refuse(C::WechatUnavailable),
    }
}

/// Closes the open attempt of another payer, so that nobody pays twice.
pub(super) async fn give_way(app: &App, open: &payment_attempt::Model) -> Result<Closing, Fault> {
    let closing = attempt::close(app, open).await?;
    match closing {
        Closing::Closed => {
            rows::closed(app.db.write(), open.id, app.clock.now()).await?;
        }
        Closing::Paid => {
            ask(app, open).await?;
        }
        Closing::Unknown => {}
    }
    Ok(closing)
}

/// The payer's open attempt; a new one is committed with its bytes before the platform hears of it.
async fn open_attempt(
    app: &App,
    who: &SignedIn,
    order: &Payable,
    pay_before: DateTime<Utc>,
) -> Result<payment_attempt::Model, Stop<PaymentStartErrorCode>> {
    let id = OrderId(order.id());
    let earlier = rows::of_order(app.db.write(), id).await?;
    let is_open =
        |row: &&payment_attempt::Model| matches!(row.state, AttemptState::Created | AttemptState::Prepaid);
    if let Some(open) = earlier.iter().find(is_open) {
        return mine(who, open.clone());
    }
    let bill = Bill {
        order: order.id(),
        amount: Fen::new(order.cash_fen()),
        pay_before,
        description: order.description(),
    };
    let number = i16::try_from(earlier.len()).unwrap_or(i16::MAX - 1) + 1;
    let new = attempt::draft(app, who.person, &bill, number).await?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let still_waits = payable::current(&tx, order.id()).await?.is_some_and(|row| row.waits());
    if !still_waits {
        return refuse(PaymentStartErrorCode::TooLate);
    }
    if !rows::insert(&tx, &new).await? {
        drop(tx);
        let open = rows::open_of_order(app.db.write(), id).await?;
        return open.map_or_else(|| refuse(PaymentStartErrorCode::TryAgain), |open| mine(who, open));
    }
    let first_check = now + chrono::Duration::seconds(next_check_s(0));
    schedule(&tx, &app.ids, [(Due::PaymentCheck, new.id, first_check)]).await?;
    tx.commit().await?;
    Ok(new)
}

fn mine(
    who: &SignedIn,
    open: payment_attempt::Model,
) -> Result<payment_attempt::Model, Stop<PaymentStartErrorCode>> {
    if open.payer_id == who.person.0 { Ok(open) } else { refuse(PaymentStartErrorCode::SomeoneElsePays) }
}

/// Asks whoever may pay for the elder to pay. Asked again, the moment is new.
pub async fn request(
    app: &App,
    who: &SignedIn,
    id: OrderId,
) -> Result<OrderId, Stop<PaymentRequestErrorCode>> {
    use PaymentRequestErrorCode as C;
    let found = payable::reached(app.db.write(), who, id).await?;
    let Some((order, _)) = found.filter(|(_, reached)| reached.scopes.has(Scope::Book)) else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let now = app.clock.now();
    if !matches!(order.owing(now), Owing::Until(_)) {
        return refuse(C::NothingToPay);
    }
    if !has_payer(app.db.read(), order.elder_id()).await? {
        return refuse(C::NobodyPays);
    }
    let tx = app.db.begin().await?;
    requests::ask(&tx, id, who, now).await?;
    let event = Event {
        subject: order.subject(),
        subject_id: id.0,
        name: "payment_requested",
        actor: Some(who.person.0),
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// The client asks whether its payment has arrived: one query, then the order as it stands.
pub async fn check(app: &App, who: &SignedIn, id: OrderId) -> Result<OrderId, Stop<PaymentCheckErrorCode>> {
    if payable::reached(app.db.write(), who, id).await?.is_none() {
        return refuse_field(PaymentCheckErrorCode::OrderNotFound, "orderId");
    }
    if let Some(open) = rows::open_of_order(app.db.write(), id).await? {
        ask(app, &open).await?;
    }
    Ok(id)
}

/// Asks the platform about an attempt and takes what it says.
pub async fn ask(app: &App, open: &payment_attempt::Model) -> Result<Option<Meaning>, Fault> {
    match evidence::query(app, open).await {
        Answer::Said(transaction) => take_evidence(app, &transaction, None).await.map(Some),
        Answer::NotThere | Answer::Silent => Ok(None),
    }
}

/// A verified notification: its id and what it said.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// Id of the notification; the same again changes nothing.
    pub id: &'a str,
    /// Type of the event.
    pub event_type: &'a str,
}

/// Takes what the platform says about a payment, from wherever. When its number is another payment's already, the platform is
/// asked whose it is.
pub async fn take_evidence(
    app: &App,
    said: &Transaction,
    notice: Option<Notice<'_>>,
) -> Result<Meaning, Fault> {
    let first = take(app, said, notice, true).await?;
    let (Meaning::Mismatch(NUMBER_TAKEN), Some(number)) = (&first, &said.transaction_id) else {
        return Ok(first);
    };
    if let Some(known) = rows::by_trade_no(app.db.write(), &said.out_trade_no).await? {
        evidence::make_room(app, number, &known).await?;
    }
    take(app, said, notice, false).await
}

/// One transaction: inbox, attempt, order, ledger, event. The first time nothing is written when the number is another's.
async fn take(
    app: &App,
    said: &Transaction,
    notice: Option<Notice<'_>>,
    is_first: bool,
) -> Result<Meaning, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(known) = rows::by_trade_no(&tx, &said.out_trade_no).await? else {
        tracing::error!("the platform speaks of a payment that is not ours");
        receive(app, &tx, notice, said, "unknown_order").await?;
        tx.commit().await?;
        return Ok(Meaning::Mismatch("unknown order"));
    };
    // The order's row first, in every path: two pieces of evidence at once queue up here.
    let order = payable::current(&tx, known.order_id)
        .await?
        .ok_or_else(|| Fault::new("an attempt without its order"))?;
    let meaning = evidence::apply(app, &tx, &known, said, now).await?;
    if is_first && meaning == Meaning::Mismatch(NUMBER_TAKEN) {
        return Ok(meaning);
    }
    match &meaning {
        Meaning::Paid => settle_paid(app, &tx, &known, &order, said).await?,
        Meaning::PaidLate => settle_late(app, &tx, &known, &order).await?,
        Meaning::Mismatch(why) => {
            tracing::error!(attempt.id = %AttemptId(known.id), why, "a payment does not fit")
        }
        Meaning::Known | Meaning::Open | Meaning::Closed => {}
    }
    let verdict = match &meaning {
        Meaning::Mismatch(_) => "mismatch",
        Meaning::Known => "known",
        _ => "applied",
    };
    let paid_at = said.success_at.and_then(|at| DateTime::from_timestamp(at, 0));
    if paid_at.is_some_and(|at| service_day(at) < service_day(now)) {
        heal(app, &tx, Some(&known.out_trade_no)).await?;
    }
    receive(app, &tx, notice, said, verdict).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(meaning)
}

async fn receive<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    notice: Option<Notice<'_>>,
    said: &Transaction,
    verdict: &str,
) -> Result<(), Fault> {
    app.metrics.payment_verdict(verdict);
    let Some(notice) = notice else { return Ok(()) };
    let now = app.clock.now();
    rows::receive(tx, (notice.id, notice.event_type), Some(&said.out_trade_no), verdict, now).await?;
    Ok(())
}

/// The money is there: the order is confirmed if it still waits, otherwise the money goes back.
async fn settle_paid(
    app: &App,
    tx: &DatabaseTransaction,
    attempt: &payment_attempt::Model,
    order: &Payable,
    said: &Transaction,
) -> Result<(), Fault> {
    let now = app.clock.now();
    let posting = Posting::paid(attempt.id, order.id(), Fen::new(attempt.amount_fen));
    ledger::post(tx, &[posting], now).await?;
    let cause = Cause { actor: Some(attempt.payer_id), ..Cause::default() };
    if go_on(app, tx, order, cause).await? {
        return Ok(());
    }
    let transaction = said.transaction_id.as_deref().unwrap_or_default();
    rows::late_paid(tx, attempt.id, transaction, now).await?;
    refund::request(app, tx, attempt, (Fen::new(attempt.amount_fen), "订单已取消，原路退回"), now).await?;
    late_event(app, tx, attempt, order).await
}

/// The order goes on with its money. False: it does not wait for it any more.
pub(super) async fn go_on(
    app: &App,
    tx: &DatabaseTransaction,
    order: &Payable,
    cause: Cause,
) -> Result<bool, Fault> {
    if !order.paid(app, tx, cause).await? {
        return Ok(false);
    }
    match order {
        Payable::Meal(order) => catch_up(app, tx, order).await?,
        Payable::Service(order) => {
            schedule(tx, &app.ids, [(Due::Dispatch, order.id, app.clock.now())]).await?;
        }
    }
    Ok(true)
}

/// Paid in the last moment: what happened to the slot while the order was held happens to it too.
async fn catch_up(app: &App, tx: &DatabaseTransaction, order: &meal_order::Model) -> Result<(), Fault> {
    let now = app.clock.now();
    let Some(slot) = crate::slots::store::slot(tx, order.slot_id.into()).await? else { return Ok(()) };
    let missed = [(Due::CutOff, slot.cut_off_at <= now), (Due::SlotClosed, !slot.is_open)];
    let work = missed.into_iter().filter(|(_, was_missed)| *was_missed).map(|(due, _)| (due, slot.id, now));
    schedule(tx, &app.ids, work).await?;
    Ok(())
}

/// Paid on an attempt that was closed: the money came in and goes back by itself.
async fn settle_late(
    app: &App,
    tx: &DatabaseTransaction,
    attempt: &payment_attempt::Model,
    order: &Payable,
) -> Result<(), Fault> {
    let now = app.clock.now();
    let posting = Posting::paid(attempt.id, attempt.order_id, Fen::new(attempt.amount_fen));
    ledger::post(tx, &[posting], now).await?;
    refund::request(app, tx, attempt, (Fen::new(attempt.amount_fen), "重复或超时付款，原路退回"), now)
        .await?;
    late_event(app, tx, attempt, order).await
}

async fn late_event<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    attempt: &payment_attempt::Model,
    order: &Payable,
) -> Result<(), Fault> {
    let event = Event {
        subject: order.subject(),
        subject_id: attempt.order_id,
        name: "paid_late",
        actor: Some(attempt.payer_id),
        ..Event::default()
    };
    record(tx, &app.ids, app.clock.now(), vec![event]).await?;
    Ok(())
}
