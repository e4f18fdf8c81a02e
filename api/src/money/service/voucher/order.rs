//! What becomes of a voucher with the order that took of it. The caller has locked the order.

use entities::enums::VoucherState;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::refusal::Fault;
use crate::money::rules::voucher::VoucherEvent;
use crate::money::store::voucher::{self as store, Moved, Use};

/// An order ends without being carried out, however it came to that: called off, run out, nobody at home, stopped for
/// safety, not fetched. No public money is claimed for any of these (MR-7), so its fee, where there is one, is of the
/// family's part alone, and what it took of a voucher goes back whole. Without a voucher it costs no statement.
pub async fn release(
    app: &App,
    tx: &DatabaseTransaction,
    (order, voucher_fen): (Uuid, i64),
) -> Result<(), Fault> {
    match reserved(tx, (order, voucher_fen)).await? {
        Some(own) => {
            let released = Fen::new(own.reserved_fen);
            let moved = store::settle(tx, (order, &own), (Fen::ZERO, released), app.clock.now()).await?;
            tell_end(app, tx, &own, moved).await
        }
        None => Ok(()),
    }
}

/// An order was carried out: all that it took is redeemed. Gives the public account that owes it.
pub async fn redeem(
    app: &App,
    tx: &DatabaseTransaction,
    (order, voucher_fen): (Uuid, i64),
) -> Result<Option<String>, Fault> {
    let Some(own) = reserved(tx, (order, voucher_fen)).await? else { return Ok(None) };
    let redeemed = Fen::new(own.reserved_fen);
    let moved = store::settle(tx, (order, &own), (redeemed, Fen::ZERO), app.clock.now()).await?;
    tell_end(app, tx, &own, moved).await?;
    Ok(Some(own.purser().name()))
}

/// A person has decided that `left` of the voucher's part is owed: of what is still reserved the rest is free again, of
/// what was redeemed the rest goes back. Gives the public account that owes it.
pub async fn decide(
    app: &App,
    tx: &DatabaseTransaction,
    (order, voucher_fen): (Uuid, i64),
    left: Fen,
) -> Result<Option<String>, Fault> {
    if voucher_fen == 0 {
        return Ok(None);
    }
    let now = app.clock.now();
    let own = store::use_of(tx, order).await?.ok_or_else(|| missing(order))?;
    let (reserved, redeemed) = (Fen::new(own.reserved_fen), Fen::new(own.redeemed_fen));
    let rest = |whole: Fen| {
        let rest = whole.checked_sub(left).filter(|rest| *rest >= Fen::ZERO);
        rest.ok_or_else(|| Fault::new("a decision leaves more than the order took of its voucher"))
    };
    if reserved.is_positive() {
        let moved = store::settle(tx, (order, &own), (left, rest(reserved)?), now).await?;
        tell_end(app, tx, &own, moved).await?;
    } else if rest(redeemed)?.is_positive() {
        store::give_back(tx, (order, &own), rest(redeemed)?, now).await?;
    }
    Ok(Some(own.purser().name()))
}

async fn reserved(tx: &DatabaseTransaction, (order, voucher_fen): (Uuid, i64)) -> Result<Option<Use>, Fault> {
    if voucher_fen == 0 {
        return Ok(None);
    }
    store::use_of(tx, order).await?.map(Some).ok_or_else(|| missing(order))
}

fn missing(order: Uuid) -> Fault {
    Fault::new(format!("order {order} has a part of a voucher that was never taken"))
}

/// The last order of a month that is over has ended: the voucher is LAPSED now.
async fn tell_end(app: &App, tx: &DatabaseTransaction, own: &Use, moved: Moved) -> Result<(), Fault> {
    if moved.state == own.state || moved.state != VoucherState::Lapsed {
        return Ok(());
    }
    let event = Event {
        subject: "voucher_grant",
        subject_id: own.grant_id,
        name: VoucherEvent::MonthEnd.name(),
        from: Some(own.state.as_str()),
        to: Some(moved.state.as_str()),
        ..Event::default()
    };
    record(tx, &app.ids, app.clock.now(), vec![event]).await?;
    Ok(())
}
