//! Cash at the desk's till: taken for an order that waits for its money, handed back when money goes back.

use chrono::{DateTime, Utc};
use entities::enums::{AttemptState, Role};
use entities::payment_attempt;

use super::payment::{give_way, go_on};
use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{AttemptId, OrderId, encode};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;
use crate::money::rules::Posting;
use crate::money::service::attempt::Closing;
use crate::money::store::attempt as attempts;
use crate::money::store::{ledger, refund as refunds, till};
use crate::orders::graph::till::{PaymentHandBackErrorCode, PaymentTakeErrorCode};
use crate::orders::store::payable::{self, Owing};
use crate::orders::store::write::Cause;

/// The branch whose till the person keeps; the top of the tree for an admin.
pub fn till_of(who: &SignedIn) -> String {
    let grant = who.roles.iter().find(|grant| matches!(grant.role, Role::Desk | Role::Admin));
    grant.and_then(|grant| grant.region.clone()).unwrap_or_default()
}

/// The desk has taken what is due in cash: the order goes on as if it had been paid by phone. A payment that somebody
/// has open in WeChat is closed first. Repeated, it answers the same.
pub async fn take(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    amount: Fen,
) -> Result<OrderId, Stop<PaymentTakeErrorCode>> {
    use PaymentTakeErrorCode as C;
    let found = payable::reached(app.db.write(), who, id).await?;
    let Some((order, _)) = found.filter(|(_, reached)| who.is_desk_for(&reached.elder.region_code)) else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let due = Fen::new(order.cash_fen());
    let pay_before = match order.owing(app.clock.now()) {
        Owing::Until(end) => end,
        Owing::Settled if amount == due && was_taken(app, who, id).await? => return Ok(id),
        Owing::Settled => return refuse(C::AlreadyPaid),
        Owing::TooLate | Owing::Cancelled => return refuse(C::TooLate),
    };
    if amount != due {
        return refuse_saying(C::AmountWrong, format!("应收 {due} 元，请核对"));
    }
    if let Some(open) = attempts::open_of_order(app.db.write(), id).await? {
        match give_way(app, &open).await? {
            Closing::Closed => {}
            Closing::Paid => return refuse(C::AlreadyPaid),
            Closing::Unknown => return refuse(C::WechatUnavailable),
        }
    }
    let tx = app.db.begin().await?;
    let current = payable::current(&tx, id.0).await?.ok_or_else(|| Fault::new("an order vanished"))?;
    let now = app.clock.now();
    match current.owing(now) {
        Owing::Until(_) if attempts::open_of_order(&tx, id).await?.is_none() => {}
        Owing::TooLate | Owing::Cancelled => return refuse(C::TooLate),
        Owing::Until(_) | Owing::Settled => return refuse(C::AlreadyPaid),
    }
    let number = attempts::of_order(&tx, id).await?.len();
    let paid = receipt(app, who, (id, due), (number, pay_before));
    till::insert_paid(&tx, &paid).await?;
    let posting = Posting::paid_at_till(paid.id, id.0, due, till_of(who));
    ledger::post(&tx, &[posting], now).await?;
    let cause =
        Cause { actor: Some(who.person.0), reason: Some("柜台收现金".to_owned()), ..Cause::default() };
    if !go_on(app, &tx, &current, cause).await? {
        return Err(Fault::new("an order changed under its lock").into());
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

async fn was_taken(app: &App, who: &SignedIn, id: OrderId) -> Result<bool, Fault> {
    let known = attempts::of_order(app.db.write(), id).await?;
    let is_mine = |row: &payment_attempt::Model| {
        row.till_region.is_some() && row.payer_id == who.person.0 && row.state == AttemptState::Paid
    };
    Ok(known.iter().any(is_mine))
}

/// Cash as a payment that has arrived. Who took it stands in the place of who paid.
fn receipt(
    app: &App,
    who: &SignedIn,
    (order, amount): (OrderId, Fen),
    (earlier, pay_before): (usize, DateTime<Utc>),
) -> payment_attempt::Model {
    let (id, now): (AttemptId, _) = (app.ids.next(), app.clock.now());
    payment_attempt::Model {
        id: id.0,
        order_id: order.0,
        payer_id: who.person.0,
        number: i16::try_from(earlier).unwrap_or(i16::MAX - 1) + 1,
        out_trade_no: format!("C{}", encode(id.0)),
        openid_sealed: String::new(),
        amount_fen: amount.get(),
        body_sealed: String::new(),
        state: AttemptState::Paid,
        prepay_id: None,
        prepaid_at: None,
        merchant_serial: None,
        sent_at: None,
        transaction_id: None,
        pay_before,
        checks: 0,
        created_at: now,
        ended_at: Some(now),
        till_region: Some(till_of(who)),
    }
}

/// The desk has handed back in cash what goes back of an order. Repeated, it answers the same.
pub async fn hand_back(
    app: &App,
    who: &SignedIn,
    id: OrderId,
) -> Result<OrderId, Stop<PaymentHandBackErrorCode>> {
    use PaymentHandBackErrorCode as C;
    let found = payable::reached(app.db.write(), who, id).await?;
    let Some((order, _)) = found.filter(|(_, reached)| who.is_desk_for(&reached.elder.region_code)) else {
        return refuse_field(C::OrderNotFound, "orderId");
    };
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    payable::current(&tx, id.0).await?;
    let all = refunds::of_order(&tx, id).await?;
    let (own, others): (Vec<_>, Vec<_>) = all
        .into_iter()
        .filter(|back| back.till_region.is_some())
        .partition(|back| back.till_region.as_deref() == Some(&till_of(who)));
    if own.is_empty() {
        return refuse(if others.is_empty() { C::NothingToHandBack } else { C::OtherTill });
    }
    for back in own {
        if !till::handed_back(&tx, back.id, now).await? {
            continue;
        }
        let posting = Posting::handed_back(back.id, id.0, Fen::new(back.amount_fen), till_of(who));
        ledger::post(&tx, &[posting], now).await?;
        let event = Event {
            subject: order.subject(),
            subject_id: id.0,
            name: "refund_success",
            actor: Some(who.person.0),
            ..Event::default()
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}
