//! Refunds that wait for a person: asked for again under a new number, or sent to another account of the payer.

use chrono::Duration;
use entities::enums::RefundState;
use entities::refund::Model;
use wechat::Secret;
use wechat::pay::{AbnormalRefund, Outcome, RefundTo};

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::RefundId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::rules::refund::{Need, UNFIT, need};
use crate::money::service::refund::{self, Asked, Earlier};
use crate::money::store::{attempt as attempts, refund as rows};
use crate::orders::graph::refund::{RefundRedirectErrorCode, RefundRetryErrorCode};
use crate::orders::store::payable::{self, Payable};

/// A request that was sent so many seconds ago and is not at the platform will not arrive any more.
const LOST_AFTER_S: i64 = 60;
/// Longest text that the platform takes for a bank, an account or a name.
const TEXT_MAX: usize = 64;

/// Asks for a refund again. A closed or refused one goes under a new number, and only after the platform, asked for it, has
/// said that the old one is closed or that it does not know it; one that waits for funds is sent at once under its own. Repeated, it answers the same.
pub async fn retry(app: &App, who: &SignedIn, id: RefundId) -> Result<Model, Stop<RefundRetryErrorCode>> {
    use RefundRetryErrorCode as C;
    let Some(old) = rows::in_reach(app.db.write(), who, id).await? else {
        return refuse_field(C::RefundNotFound, "refundId");
    };
    if old.replaced_by.is_some() {
        let last = rows::last_of(app.db.write(), old.attempt_id).await?;
        return Ok(last.ok_or_else(|| Fault::new("a refund without the one that replaced it"))?);
    }
    match old.stuck_code.as_deref().map(|code| need(old.state, code)) {
        None => refuse(C::NotStuck),
        Some(Need::Account) => refuse(C::AccountNeeded),
        Some(Need::Funds) => {
            schedule(app.db.write(), &app.ids, [(Due::Refund, old.id, app.clock.now())]).await?;
            app.nudge.notify_one();
            Ok(old)
        }
        Some(Need::Retry) => again(app, who, &old).await,
    }
}

async fn again(app: &App, who: &SignedIn, old: &Model) -> Result<Model, Stop<RefundRetryErrorCode>> {
    use RefundRetryErrorCode as C;
    let quiet_since = app.clock.now() - Duration::seconds(LOST_AFTER_S);
    let is_doubtful = old.stuck_code.as_deref() == Some(UNFIT) || old.state == RefundState::Closed;
    let righted = match is_doubtful && refund::put_right(app, who, old).await? {
        true => rows::by_id(app.db.write(), old.id.into()).await?,
        false => None,
    };
    let old = righted.as_ref().unwrap_or(old);
    // A notification alone is not enough for a second number: the platform is asked about the first.
    let said = refund::ask(app, old).await?;
    if said != Asked::Void {
        let now = rows::by_id(app.db.write(), old.id.into()).await?;
        return match now {
            Some(row) if said == Asked::Told && row.stuck_at.is_none() => Ok(row),
            _ => refuse(C::TryLater),
        };
    }
    // What was given up earlier may have come back all the same: another number would pay twice, or be refused for ever.
    match refund::resume(app, who, old, quiet_since).await? {
        Earlier::Resumed(earlier) => return Ok(*earlier),
        Earlier::Unknown => return refuse(C::TryLater),
        Earlier::Void => {}
    }
    let attempt = attempts::by_id(app.db.write(), old.attempt_id.into()).await?;
    let attempt = attempt.ok_or_else(|| Fault::new("a refund without its payment"))?;
    let tx = app.db.begin().await?;
    let order = payable::current(&tx, old.order_id).await?;
    let order = order.ok_or_else(|| Fault::new("a refund without its order"))?;
    let Some(new) = refund::again(app, &tx, (old, &attempt), quiet_since).await? else {
        drop(tx);
        // Somebody was quicker, or its last request is not a minute old.
        let now = rows::by_id(app.db.write(), old.id.into()).await?;
        let replaced = now.and_then(|row| row.replaced_by);
        let Some(new) = replaced else { return refuse(C::TryLater) };
        let new = rows::by_id(app.db.write(), new.into()).await?;
        return new.map_or_else(|| refuse(C::TryLater), Ok);
    };
    record(&tx, &app.ids, app.clock.now(), vec![act_of(who, &order, "refund_asked_again")]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(new)
}

fn act_of(who: &SignedIn, order: &Payable, name: &'static str) -> Event {
    let (subject, subject_id) = (order.subject(), order.id());
    Event { subject, subject_id, name, actor: Some(who.person.0), ..Event::default() }
}

/// An account of the payer.
pub struct Account {
    /// The platform's name of the bank.
    pub bank: String,
    /// Its number.
    pub number: String,
    /// Its owner.
    pub owner: String,
}

/// Sends the money of an abnormal refund to another account of the payer; account and owner leave encrypted and are not kept
/// here. Once it was taken, the refund is not abnormal any more, and a second account is refused. It stays one refund under one
/// number: when the answer is lost the platform is asked, and whatever it took it took once.
pub async fn redirect(
    app: &App,
    who: &SignedIn,
    id: RefundId,
    account: Account,
) -> Result<Model, Stop<RefundRedirectErrorCode>> {
    use RefundRedirectErrorCode as C;
    let Some(model) = rows::in_reach(app.db.write(), who, id).await? else {
        return refuse_field(C::RefundNotFound, "refundId");
    };
    let Some(refund_id) = model.wechat_refund_id.as_deref().filter(|_| model.state == RefundState::Abnormal)
    else {
        return refuse(C::NotAbnormal);
    };
    let texts = [&account.bank, &account.number, &account.owner];
    if texts.iter().any(|text| text.trim().is_empty() || text.chars().count() > TEXT_MAX) {
        return refuse_field(C::AccountInvalid, "bank");
    }
    let way = AbnormalRefund {
        refund_id: refund_id.to_owned(),
        out_refund_no: model.out_refund_no.clone(),
        to: RefundTo::PayersCard {
            bank: account.bank,
            account: Secret::new(account.number),
            name: Secret::new(account.owner),
        },
    };
    let order = payable::read(app.db.write(), model.order_id).await?;
    let order = order.ok_or_else(|| Fault::new("a refund without its order"))?;
    // Who sends money to another account is on record, whatever becomes of the answer.
    let sending = Event { is_quiet: true, ..act_of(who, &order, "refund_redirect_sent") };
    record(app.db.write(), &app.ids, app.clock.now(), vec![sending]).await?;
    let sent = match app.pay.freeze_abnormal_refund(&way) {
        Ok(frozen) => app.pay.apply_abnormal_refund(refund_id, &frozen).await.map(|_| ()),
        Err(error) => Err(error),
    };
    if let Err(error) = &sent {
        tracing::error!(%error, refund.id = %id, "an abnormal refund was not sent to another account for certain");
        if error.outcome() != Outcome::Unknown {
            // Refused, perhaps because an earlier account was taken whose answer was lost, or by a number that is not its own.
            refund::put_right(app, who, &model).await?;
            refund::ask(app, &model).await?;
            return refuse(C::NotTaken);
        }
        // When the question says nothing either, the worker asks on, and the platform takes no second account meanwhile.
        if !refund::is_under_way(app, &model).await? {
            return refuse(C::NotTaken);
        }
    }
    let tx = app.db.begin().await?;
    let is_moved = rows::redirected(&tx, model.id).await?;
    if is_moved {
        record(&tx, &app.ids, app.clock.now(), vec![act_of(who, &order, "refund_redirected")]).await?;
    }
    // Also when nothing was written: SQLite has one writer, and what follows needs it.
    tx.commit().await?;
    if is_moved {
        app.nudge.notify_one();
    } else if sent.is_err() {
        // Somebody else was quicker: the account that counts may be another one.
        return refuse(C::NotTaken);
    }
    Ok(rows::by_id(app.db.write(), id).await?.unwrap_or(model))
}
