//! Closing providers' months, paying them out, and taking back what was paid for nothing.

mod meal;
pub mod sheet;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::LineState;
use entities::{settlement_line, statement};

use super::service_order::settle::{self, REASON_MAX};
use crate::app::App;
use crate::kit::due::{Due, keep};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{OrderId, ProviderId, StatementId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::Posting;
use crate::money::rules::settlement::{LineEvent, next_closing, statement_month};
use crate::money::store::ledger;
use crate::money::store::settlement::{self, Review};
use crate::orders::graph::statement::{SettlementLineClawBackErrorCode, StatementPayErrorCode};
use crate::orders::store::service_order as orders;
use crate::orders::store::statement::{self as store, RuleSum};
use crate::orders::store::write::Cause;

/// Longest number of a transfer in characters.
const REFERENCE_MAX: usize = 60;

/// Puts the closing on the list, where it is not yet. Done at every start.
pub async fn prepare(app: &App) -> Result<(), Fault> {
    let work = (Due::StatementClose, uuid::Uuid::nil(), next_closing(app.clock.now()));
    Ok(keep(app.db.write(), &app.ids, work).await?)
}

/// The worker's turn on the third working day: last month is closed. After a long pause the lines that should be payable by
/// now may not be, so they are settled first. Gives the next turn.
pub async fn close_last_month(app: &App) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    for order in store::unsettled(app.db.write(), now).await? {
        settle::close(app, order.into()).await?;
    }
    close(app, statement_month(now)).await?;
    Ok(Some(next_closing(now)))
}

/// Closes a month of every provider that has something to be told, one transaction for each. A month that is closed stays
/// as it is: what comes later is a line of the next one. Gives how many were closed.
pub async fn close(app: &App, month_on: NaiveDate) -> Result<usize, Fault> {
    let next_on = month_on + chrono::Months::new(1);
    let mut closed = 0;
    for provider in store::open_before(app.db.write(), next_on).await? {
        let id: StatementId = app.ids.next();
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if !store::begin(&tx, (id, &provider), (month_on, now)).await?
            || store::fill(&tx, (id, provider.provider_id), next_on).await? == 0
        {
            continue;
        }
        record(&tx, &app.ids, now, vec![told(id, "close", None)]).await?;
        tx.commit().await?;
        closed += 1;
    }
    app.nudge.notify_one();
    Ok(closed)
}

/// What each programme bears of a statement, by its code.
pub async fn shares(app: &App, id: StatementId) -> Result<BTreeMap<String, RuleSum>, Fault> {
    let mut shares: BTreeMap<String, RuleSum> = BTreeMap::new();
    for sum in store::rule_sums(app.db.read(), id).await? {
        let code = sum.rule.split('@').next().unwrap_or_default().to_owned();
        match shares.get_mut(&code) {
            Some(known) => {
                known.subsidy_fen += sum.subsidy_fen;
                known.voucher_fen += sum.voucher_fen;
                known.line_count += sum.line_count;
            }
            None => drop(shares.insert(code, sum)),
        }
    }
    Ok(shares)
}

fn told(id: StatementId, name: &'static str, who: Option<&SignedIn>) -> Event {
    Event {
        subject: "statement",
        subject_id: id.0,
        name,
        actor: who.map(|who| who.person.0),
        is_quiet: true,
        ..Event::default()
    }
}

/// An officer notes the transfer with which a statement was paid. Repeated, it answers the same.
pub async fn pay(
    app: &App,
    who: &SignedIn,
    id: StatementId,
    reference: &str,
) -> Result<statement::Model, Stop<StatementPayErrorCode>> {
    use StatementPayErrorCode as C;
    let reference = reference.trim();
    if !(1..=REFERENCE_MAX).contains(&reference.chars().count()) {
        return refuse_field(C::ReferenceInvalid, "reference");
    }
    let tx = app.db.begin().await?;
    let Some(known) = store::one(&tx, who, id).await? else {
        return refuse_field(C::StatementNotFound, "statementId");
    };
    if who.is_staff_of(ProviderId(known.provider_id)) {
        return refuse(C::OwnProvider);
    }
    let now = app.clock.now();
    if store::pay(&tx, id, (who.person.0, reference), now).await? {
        let total = [known.subsidy_fen, known.voucher_fen, known.cash_fen].map(Fen::new).into_iter().sum();
        let posting = Posting::paid_out(id.0, known.provider_id, total);
        ledger::post(&tx, &[posting], now).await?;
        let event = Event { reason: Some(reference.to_owned()), ..told(id, "pay", Some(who)) };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    let paid = store::one(&tx, who, id).await?.ok_or_else(|| Fault::new("a statement vanished"))?;
    if paid.payment_reference.as_deref() != Some(reference) {
        return refuse(C::AlreadyPaid);
    }
    tx.commit().await?;
    Ok(paid)
}

/// An officer takes back what was paid out for a visit or a meal that was proven to be a fraud: everything goes back to who
/// paid, and the next statement of the provider is less by it. Repeated, it answers the same.
pub async fn claw_back(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    reason: &str,
) -> Result<settlement_line::Model, Stop<SettlementLineClawBackErrorCode>> {
    use SettlementLineClawBackErrorCode as C;
    let reason = reason.trim();
    if !(1..=REASON_MAX).contains(&reason.chars().count()) {
        return refuse_field(C::ReasonMissing, "reason");
    }
    let tx = app.db.begin().await?;
    let Some(order) = orders::current(&tx, id.0).await? else {
        return meal::take_back(app, tx, who, (id, reason)).await;
    };
    if !who.is_officer_for(&order.region_code) {
        return refuse_field(C::LineNotFound, "orderId");
    }
    if who.is_staff_of(ProviderId(order.provider_id)) {
        return refuse(C::OwnProvider);
    }
    let Some(line) = settlement::of_order(&tx, id.0).await? else {
        return refuse_field(C::LineNotFound, "orderId");
    };
    if line.state == LineState::ClawedBack {
        return Ok(line);
    }
    if line.state != LineState::Paid {
        return refuse(C::NotPaid);
    }
    // Of a visit that was called off, or of which a part went back, some has gone through its payers' hands already.
    if order.kept_fen.is_some_and(|kept| kept != order.list_fen) {
        return refuse(C::AlreadyDecided);
    }
    let left = settle::take_back(app, &tx, &order).await?;
    let review = Review { by: who.person.0, at: app.clock.now(), reason: reason.to_owned() };
    settlement::decide(&tx, id.0, (LineEvent::ClawBack, left), &review).await?;
    let cause = Cause { actor: Some(who.person.0), reason: Some(reason.to_owned()), ..Cause::default() };
    let told = orders::told(&order, "line_clawed_back", (None, None), cause);
    record(&tx, &app.ids, review.at, vec![told]).await?;
    let line = settlement::of_order(&tx, id.0).await?.ok_or_else(|| Fault::new("a line vanished"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(line)
}
