//! Owns due work: one table, one loop, one handler per kind. Never decides: it calls the act whose moment has come.
//! States: WAITING until done (the row goes), DEAD after the last try, where a person must look.
//! Tables: due_work.

use std::time::Duration as Span;

use chrono::{DateTime, Duration, Utc};
use futures_util::{StreamExt as _, stream};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::app::App;
use crate::directory::service::certificate;
use crate::dispatch::service::{bathing, offer, review, unavailable, watch};
use crate::kit::db::{execute, row, rows};
use crate::kit::due::Due;
use crate::kit::refusal::Fault;
use crate::money::service::complaint::pursue as complaint;
use crate::money::service::refund;
use crate::money::service::voucher::month;
use crate::money::store::refund::stuck_count;
use crate::notices::service::{send, shipping, tell};
use crate::orders::service::service_order::{confirm, settle};
use crate::orders::service::{departure, payment, statement, timers};
use crate::people::service::words;
use crate::privacy::service::erasure;

/// Tries before work is given up.
const TRIES_MAX: i16 = 10;
/// Works at the same time.
const AT_ONCE: usize = 8;
/// Rows taken at once.
const GROUP: i64 = 64;
/// Seconds for which a process owns the work it has taken.
const LEASE_S: i64 = 60;
/// The same for work that goes over a whole day of bills: two processes at it at once would count its rows twice.
const LONG_LEASE_S: i64 = 1_800;
/// Longest pause of the loop.
const PAUSE: Span = Span::from_millis(250);

#[derive(Debug, FromQueryResult)]
struct Work {
    id: Uuid,
    kind: String,
    subject_id: Uuid,
    due_at: DateTime<Utc>,
    tries: i16,
    leased_until: Option<DateTime<Utc>>,
}

/// How a turn ended.
enum Turn {
    Done,
    Later(DateTime<Utc>),
}

impl From<Option<DateTime<Utc>>> for Turn {
    fn from(next: Option<DateTime<Utc>>) -> Self {
        next.map_or(Self::Done, Self::Later)
    }
}

/// The loop of the worker: after each nudge and at least four times a second, until the tracker closes.
pub async fn run(app: App) {
    while !app.tasks.is_closed() {
        match step(&app).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(fault) => tracing::error!(%fault, "the worker stumbles"),
        }
        let nudged = tokio::time::timeout(PAUSE, app.nudge.notified()).await;
        tracing::trace!(was_nudged = nudged.is_ok(), "the worker looks again");
    }
}

/// Tells events and does what is due now. Gives how much there was.
pub async fn step(app: &App) -> Result<usize, Fault> {
    let told = tell(app).await?;
    let works = take(app).await?;
    let count = works.len();
    stream::iter(works).for_each_concurrent(AT_ONCE, |work| turn(app, work)).await;
    Ok(told + count)
}

/// Takes what is due, with a lease, so that several workers do not do the same.
async fn take(app: &App) -> Result<Vec<Work>, Fault> {
    let now = app.clock.now();
    let skip = if app.db.postgres().is_some() { " FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE due_work SET leased_until = CASE WHEN kind = 'bills' THEN $4 ELSE $2 END, tries = tries + 1 WHERE id IN (SELECT id FROM due_work \
         WHERE state = 'WAITING' AND due_at <= $1 AND (leased_until IS NULL OR leased_until < $1) \
         ORDER BY due_at, id LIMIT $3{skip}) RETURNING id, kind, subject_id, due_at, tries, leased_until"
    );
    let (lease, long) = (now + Duration::seconds(LEASE_S), now + Duration::seconds(LONG_LEASE_S));
    let values = [now.into(), lease.into(), GROUP.into(), long.into()];
    let mut works: Vec<Work> = rows(app.db.write(), &sql, values).await?;
    works.sort_by_key(|work| (work.due_at, work.id));
    Ok(works)
}

async fn turn(app: &App, work: Work) {
    let settled = match handle(app, &work).await {
        Ok(Turn::Done) => {
            let sql = "DELETE FROM due_work WHERE id = $1 AND leased_until = $2";
            execute(app.db.write(), sql, [work.id.into(), work.leased_until.into()]).await
        }
        Ok(Turn::Later(at)) => postpone(app, &work, (at, 0), None).await,
        Err(fault) => {
            tracing::error!(%fault, kind = work.kind, tries = work.tries, "due work failed");
            let exponent = u32::try_from(work.tries).unwrap_or(1).min(11);
            let wait = Duration::seconds(2_i64.saturating_pow(exponent));
            postpone(app, &work, (app.clock.now() + wait, work.tries), Some(fault.to_string())).await
        }
    };
    if let Err(error) = settled {
        tracing::error!(%error, "due work could not be settled; its lease runs out");
    }
}

async fn handle(app: &App, work: &Work) -> Result<Turn, Fault> {
    let kind = Due::ALL.iter().copied().find(|kind| kind.as_str() == work.kind);
    let Some(kind) = kind else { return Err(Fault::new(format!("no handler for {}", work.kind))) };
    let subject = work.subject_id;
    match kind {
        Due::HoldTimeout => timers::hold_timeout(app, subject.into()).await.map(Turn::from),
        Due::CutOff => timers::cut_off(app, subject.into()).await.map(Turn::from),
        Due::PeriodEnd => timers::period_end(app, subject.into()).await.map(|()| Turn::Done),
        Due::SlotClosed => timers::slot_closed(app, subject.into()).await.map(|()| Turn::Done),
        Due::PaymentCheck => payment::pursue(app, subject.into()).await.map(Turn::from),
        Due::Refund => refund::pursue(app, subject.into()).await.map(Turn::from),
        Due::Dispatch => offer::dispatch(app, subject.into()).await.map(Turn::from),
        Due::AutoConfirm => confirm::auto_confirm(app, subject.into()).await.map(|()| Turn::Done),
        Due::VisitWatch => watch::watch(app, subject.into()).await.map(Turn::from),
        Due::Settle => settle::close(app, subject.into()).await.map(Turn::from),
        Due::VisitReview => review::review(app, subject.into()).await.map(|()| Turn::Done),
        Due::ShortStaffed => bathing::short_staffed(app, subject.into()).await.map(|()| Turn::Done),
        Due::Complaint => complaint::pursue(app, subject.into()).await.map(Turn::from),
        Due::Bills => crate::money::service::bill::compare_ready(app).await.map(Turn::from),
        Due::StatementClose => statement::close_last_month(app).await.map(Turn::from),
        Due::ElderDeath => departure::end_orders(app, subject.into()).await.map(|()| Turn::Done),
        Due::Erasure => erasure::pursue(app, subject.into()).await.map(Turn::from),
        Due::Unavailable => unavailable::unavailable(app, subject).await.map(|()| Turn::Done),
        Due::TextCheck => crate::ratings::service::check_text(app, subject.into()).await.map(Turn::from),
        Due::WordsCheck => words::check(app, subject).await.map(Turn::from),
        Due::Shipping => shipping::upload(app, subject.into()).await.map(Turn::from),
        Due::MessageSend => send::send(app, subject.into()).await.map(Turn::from),
        Due::VoucherIssue => month::issue(app).await.map(Turn::from),
        Due::VoucherMonthEnd => month::end(app).await.map(Turn::from),
        Due::VoucherReminder => month::remind(app).await.map(Turn::from),
        Due::CertificateWarning => certificate::warn(app, subject.into()).await.map(Turn::from),
    }
}

/// Puts work back on the list, unless somebody has put it there anew meanwhile.
async fn postpone(
    app: &App,
    work: &Work,
    (at, tries): (DateTime<Utc>, i16),
    fault: Option<String>,
) -> Result<u64, sea_orm::DbErr> {
    let state = if tries >= TRIES_MAX { "DEAD" } else { "WAITING" };
    execute(
        app.db.write(),
        "UPDATE due_work SET due_at = $3, tries = $4, state = $5, leased_until = NULL, last_fault = $6 \
         WHERE id = $1 AND leased_until = $2",
        [work.id.into(), work.leased_until.into(), at.into(), tries.into(), state.into(), fault.into()],
    )
    .await
}

/// Writes lateness and dead work into the metrics.
pub async fn measure(app: &App) -> Result<(), Fault> {
    #[derive(FromQueryResult)]
    struct Lag {
        oldest: Option<DateTime<Utc>>,
    }
    #[derive(FromQueryResult)]
    struct Dead {
        count: i64,
    }
    let lag: Option<Lag> =
        row(app.db.read(), "SELECT min(due_at) AS oldest FROM due_work WHERE state = 'WAITING'", []).await?;
    let late = lag
        .and_then(|lag| lag.oldest)
        .map_or(0, |oldest| (app.clock.now() - oldest).num_milliseconds().max(0));
    app.metrics.job_lag_ms.set(late);
    let dead: Option<Dead> =
        row(app.db.read(), "SELECT count(*) AS count FROM due_work WHERE state = 'DEAD'", []).await?;
    for (serial, count) in app.pay.signature_counts_by_serial() {
        app.metrics.signed_by(&serial, count);
    }
    app.metrics.clock_skew_s.set(app.pay.clock_skew_s().unwrap_or(0));
    app.metrics.stuck_refunds.set(stuck_count(app.db.read()).await?);
    app.metrics.dead_jobs.set(dead.map_or(0, |dead| dead.count));
    Ok(())
}
