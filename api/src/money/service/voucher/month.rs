//! The month of vouchers: issue on its first day, reminders on the 15th and the 25th, the end.
//!
//! Each walks in pages of one transaction, so that a process that is killed loses at most the page it was at, and whoever
//! takes the work up again goes on behind the last page that stands. Doing it twice adds nothing.

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::VoucherState;
use entities::{voucher_grant, voucher_run};
use uuid::Uuid;

use crate::app::App;
use crate::kit::clock::service_day;
use crate::kit::due::{Due, keep, schedule};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{ElderId, Ids};
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::graph::office::VoucherMonthIssueErrorCode;
use crate::money::rules::voucher::quote::last_day;
use crate::money::rules::voucher::{VoucherEvent, closes_at, issues_at, month_of, next_month, next_reminder};
use crate::money::store::voucher::month as store;
use crate::rights::rules::programme::{Kind, Programme};
use crate::rights::store::enrolment;

/// Elders or vouchers of one page.
pub const PAGE: usize = 200;
/// Pages of one turn of the worker; what is left is the next turn's, so that a lease never runs out.
const PAGES_PER_TURN: usize = 50;

/// Somebody who is entitled on the first day of a month, with the highest of his tiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Which elder.
    pub elder: Uuid,
    /// The district whose public account bears it.
    pub region_code: String,
    /// Which tier.
    pub tier: String,
    /// What the month is worth.
    pub amount: Fen,
    /// Part of a price that is paid, in hundredths of a percent; `None` when all is.
    pub percent_bp: Option<i32>,
}

/// One page of them.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    /// Those who are entitled.
    pub holders: Vec<Holder>,
    /// Elders up to this one were looked at; `None` when nobody is left.
    pub next: Option<Uuid>,
}

/// Puts the three recurring works on the list, where they are not yet. Done at every start.
pub async fn prepare(app: &App) -> Result<(), Fault> {
    let (now, month_on) = (app.clock.now(), month_of(app.clock.today()));
    let work = [
        (Due::VoucherIssue, issues_at(month_on)),
        (Due::VoucherMonthEnd, closes_at(month_on)),
        (Due::VoucherReminder, next_reminder(now)),
    ];
    for (due, at) in work {
        keep(app.db.write(), &app.ids, (due, Uuid::nil(), at)).await?;
    }
    Ok(())
}

/// The work of a month's first day: every programme of vouchers. Gives the next turn.
pub async fn issue(app: &App) -> Result<Option<DateTime<Utc>>, Fault> {
    let month_on = month_of(app.clock.today());
    for programme in app.programmes.vouchers_on(month_on) {
        let run = store::begin(app.db.write(), (&programme.code, month_on), (app.clock.now(), false)).await?;
        if run.finished_at.is_none()
            && !walk(app, run, (PAGES_PER_TURN, PAGE)).await?.is_some_and(has_finished)
        {
            return Ok(Some(app.clock.now()));
        }
    }
    Ok(Some(issues_at(next_month(month_on))))
}

/// Gives the current month of every programme to its end, from the beginning: for the operator's command line.
pub async fn issue_whole(app: &App) -> Result<Vec<voucher_run::Model>, Fault> {
    let month_on = month_of(app.clock.today());
    let mut done = Vec::new();
    for own in app.programmes.vouchers_on(month_on) {
        let mut run = store::begin(app.db.write(), (&own.code, month_on), (app.clock.now(), true)).await?;
        while run.finished_at.is_none() {
            // Where somebody else walks too, what he has done is taken up.
            run = match walk(app, run, (PAGES_PER_TURN, PAGE)).await? {
                Some(next) => next,
                None => store::begin(app.db.write(), (&own.code, month_on), (app.clock.now(), false)).await?,
            };
        }
        done.push(run);
    }
    Ok(done)
}

/// An officer gives the current month, from the beginning: who has his voucher keeps it, who was missing gets one.
pub async fn issue_again(
    app: &App,
    who: &SignedIn,
    (code, month_on): (&str, NaiveDate),
) -> Result<voucher_run::Model, Stop<VoucherMonthIssueErrorCode>> {
    use VoucherMonthIssueErrorCode as C;
    let is_own = |own: &&Programme| {
        own.is_voucher()
            && own.is_in_force(month_on)
            && own.area.included.iter().any(|region| who.is_officer_for(region))
    };
    let Some(own) = app.programmes.find(code).filter(is_own) else {
        return refuse_field(C::ProgrammeNotFound, "programme");
    };
    if month_on != month_of(app.clock.today()) {
        return refuse_field(C::MonthNotCurrent, "monthOn");
    }
    let run = store::begin(app.db.write(), (&own.code, month_on), (app.clock.now(), true)).await?;
    let after = walk(app, run, (PAGES_PER_TURN, PAGE)).await?;
    if after.is_none_or(|run| run.finished_at.is_none()) {
        schedule(app.db.write(), &app.ids, [(Due::VoucherIssue, Uuid::nil(), app.clock.now())]).await?;
        app.nudge.notify_one();
    }
    let run = store::run_of(app.db.write(), (&own.code, month_on)).await?;
    run.ok_or_else(|| Fault::new("a month that was begun is gone").into())
}

fn has_finished(run: voucher_run::Model) -> bool {
    run.finished_at.is_some()
}

/// Gives so many pages of so many elders. `None`: somebody else walks too, and was ahead.
pub async fn walk(
    app: &App,
    mut run: voucher_run::Model,
    (pages, size): (usize, usize),
) -> Result<Option<voucher_run::Model>, Fault> {
    for _ in 0..pages {
        let page = holders(app, &run, size).await?;
        match give(app, &run, page).await? {
            Some(next) => run = next,
            None => return Ok(None),
        }
        if run.finished_at.is_some() {
            break;
        }
    }
    Ok(Some(run))
}

/// The next page of those who are approved, and entitled by the facts of the month's first day: the tier of that day, the
/// highest only. What is given is borne by the district where the elder lives then.
async fn holders(app: &App, run: &voucher_run::Model, size: usize) -> Result<Holders, Fault> {
    let Some(own) = app.programmes.find(&run.programme) else { return Ok(Holders::default()) };
    let percent_bp = match &own.kind {
        Kind::Percent { percent, .. } => Some(i32::from(percent.0) * 100),
        Kind::Fixed { .. } | Kind::List | Kind::Meal { .. } => None,
    };
    let after = Some(run.last_elder).filter(|last| !last.is_nil()).map(ElderId);
    let limit = u64::try_from(size).unwrap_or(u64::MAX);
    let page = enrolment::holders(app.db.read(), &app.seal, (own, run.month_on), after, limit).await?;
    let shape = |holder: enrolment::Holder| Holder {
        elder: holder.elder_id.0,
        region_code: district(&holder.region_code).to_owned(),
        tier: holder.tier,
        amount: holder.amount_fen,
        percent_bp,
    };
    Ok(Holders { holders: page.holders.into_iter().map(shape).collect(), next: page.next.map(|next| next.0) })
}

/// Digits of a district's code (NBS statistical division codes).
const DISTRICT_DIGITS: usize = 6;

fn district(region_code: &str) -> &str {
    region_code.get(..DISTRICT_DIGITS).unwrap_or(region_code)
}

/// Gives one page of holders their vouchers of the month. Who has one already keeps it as it is. `None`: somebody else has
/// done this page.
pub async fn give(
    app: &App,
    run: &voucher_run::Model,
    page: Holders,
) -> Result<Option<voucher_run::Model>, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if !store::advance(&tx, run, page.next, now).await? {
        return Ok(None);
    }
    let new = page.holders.iter().filter(|holder| holder.amount.is_positive());
    let new = new.map(|holder| grant(&app.ids, run, holder, now)).collect();
    let given = store::issue(&tx, run, new, now).await?;
    let told = given.iter().map(|grant| Event {
        subject: "voucher_grant",
        subject_id: grant.id,
        name: VoucherEvent::Issue.name(),
        from: Some(VoucherState::Pending.as_str()),
        to: Some(grant.state.as_str()),
        ..Event::default()
    });
    record(&tx, &app.ids, now, told.collect()).await?;
    let run = store::run_of(&tx, (&run.programme, run.month_on)).await?;
    tx.commit().await?;
    Ok(run)
}

fn grant(ids: &Ids, run: &voucher_run::Model, holder: &Holder, now: DateTime<Utc>) -> voucher_grant::Model {
    voucher_grant::Model {
        id: ids.next(),
        programme: run.programme.clone(),
        elder_id: holder.elder,
        month_on: run.month_on,
        region_code: holder.region_code.clone(),
        tier: holder.tier.clone(),
        percent_bp: holder.percent_bp,
        state: VoucherState::Issued,
        granted_fen: holder.amount.get(),
        available_fen: holder.amount.get(),
        reserved_fen: 0,
        redeemed_fen: 0,
        lapsed_fen: 0,
        returned_fen: 0,
        frozen_for: None,
        issued_at: now,
        closes_at: closes_at(run.month_on),
        lapsed_at: None,
        reminded_on: None,
        version: 0,
    }
}

/// The month is over: what nobody has ordered lapses. Gives the next turn.
pub async fn end(app: &App) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    for _ in 0..PAGES_PER_TURN {
        let tx = app.db.begin().await?;
        let lapsed = store::lapse(&tx, now, i64::try_from(PAGE).unwrap_or(i64::MAX)).await?;
        let told = lapsed.iter().map(|grant| Event {
            subject: "voucher_grant",
            subject_id: grant.id,
            name: VoucherEvent::MonthEnd.name(),
            to: Some(grant.state.as_str()),
            reason: Some(format!("未使用的 {} 元已过期", Fen::new(grant.lapsed_fen))),
            ..Event::default()
        });
        record(&tx, &app.ids, now, told.collect()).await?;
        tx.commit().await?;
        if lapsed.len() < PAGE {
            let this = closes_at(month_of(app.clock.today()));
            let next = closes_at(next_month(app.clock.today()));
            return Ok(Some(if this > now { this } else { next }));
        }
    }
    Ok(Some(now))
}

/// Families hear what is left of the month. Gives the next turn.
pub async fn remind(app: &App) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    let (today, month_on) = (service_day(now), month_of(service_day(now)));
    for _ in 0..PAGES_PER_TURN {
        let tx = app.db.begin().await?;
        let page = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let left = store::remind(&tx, (month_on, today), page).await?;
        let told = left.iter().map(|rest| Event {
            subject: "voucher_grant",
            subject_id: rest.id,
            name: "rest_reminder",
            reason: Some(words(Fen::new(rest.available_fen), month_on)),
            ..Event::default()
        });
        record(&tx, &app.ids, now, told.collect()).await?;
        tx.commit().await?;
        if left.len() < PAGE {
            return Ok(Some(next_reminder(now)));
        }
    }
    Ok(Some(now))
}

fn words(rest: Fen, month_on: NaiveDate) -> String {
    format!("本月服务券还剩 {rest} 元，{} 之前有效", last_day(month_on).format("%-m 月 %-d 日"))
}
