//! Reconciliation: each day the platform's bills of the day before are compared with payments, refunds and ledger.
//! Source: 申请交易账单, 申请资金账单; ready from about 10:00 of the next day, kept for three months.

mod raise;
mod report;

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entities::bill_case::Model as Case;
use entities::bill_row::Model as Row;
use entities::bill_unlisted;
use entities::enums::{BillCaseKind as Kind, BillCaseState, BillRowKind};
use sea_orm::ConnectionTrait;
use uuid::Uuid;
use wechat::bill::{BillError, BillFile, Direction, FundRow, TradeRow};
use wechat::pay::{Account, Bill, PayError};

use crate::app::App;
use crate::kit::clock::start_of_day;
use crate::kit::due::{Due, keep, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::BillCaseId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::graph::bill::BillCaseCloseErrorCode;
use crate::money::rules::bill::{Seen, fen_of_e5, owner, payment, refund};
use crate::money::store::bill::{self as store, Lone, Side};

use self::raise::unread;
pub use self::raise::{agreed, contradicted};
pub use self::report::report;

/// When a day's bills are asked for: half an hour after they should be there.
const ASKED_AFTER_MIN: i64 = 34 * 60 + 30;
/// Bills that are not there yet are asked for again after so many minutes.
const AGAIN_MIN: i64 = 30;
/// A bill that is not to be had, or does not arrive whole, is somebody's case so many hours later; one that arrived whole and does
/// not read is so at once.
const LATE_H: i64 = 6;
/// The platform keeps bills for three months.
const KEPT_D: i64 = 90;
/// Numbers that are written in one statement.
const BATCH: usize = 500;
/// Longest note in characters.
const NOTE_MAX: usize = 500;

/// When the bills of a day are asked for.
fn asked_at(day: NaiveDate) -> DateTime<Utc> {
    start_of_day(day) + Duration::minutes(ASKED_AFTER_MIN)
}

/// Puts the comparison on the list, where it is not yet. Done at every start.
pub async fn prepare(app: &App) -> Result<(), Fault> {
    let work = (Due::Bills, Uuid::nil(), asked_at(app.clock.today()));
    Ok(keep(app.db.write(), &app.ids, work).await?)
}

/// The worker's turn: every day that is ready and was not compared yet, the oldest first. Gives the next turn. A bill that
/// does not come, or does not read, holds up the days after it and is asked for again.
pub async fn compare_ready(app: &App) -> Result<Option<DateTime<Utc>>, Fault> {
    let today = app.clock.today();
    let oldest = today - Duration::days(KEPT_D);
    let mut day = store::next_day(app.db.write()).await?.unwrap_or(today).max(oldest);
    while asked_at(day) <= app.clock.now() {
        match compare(app, day).await {
            Ok(true) => day += Duration::days(1),
            Ok(false) => {
                if app.clock.now() >= asked_at(day) + Duration::hours(LATE_H) {
                    unread(app, day).await?;
                }
                return Ok(Some(app.clock.now() + Duration::minutes(AGAIN_MIN)));
            }
            Err(fault) => {
                tracing::error!(%fault, %day, "the bills of {day} could not be compared");
                unread(app, day).await?;
                return Ok(Some(app.clock.now() + Duration::minutes(AGAIN_MIN)));
            }
        }
    }
    Ok(Some(asked_at(day)))
}

/// Compares a day. False: its bills are not there yet, or not to be had.
async fn compare(app: &App, day: NaiveDate) -> Result<bool, Fault> {
    let db = app.db.write();
    let had = async { Ok((app.pay.trade_bill(day).await?, app.pay.fund_bill(day, Account::Basic).await?)) };
    let (trade, fund) = match had.await {
        Ok(both) => both,
        Err::<_, PayError>(error) => {
            tracing::error!(%error, %day, "the bills of {day} cannot be had");
            return Ok(false);
        }
    };
    if matches!(trade, Bill::NotYet) || matches!(fund, Bill::NotYet) {
        return Ok(false);
    }
    store::clear(db, day).await?;
    if let Bill::Ready(file) = trade {
        read_trade(app, day, &file).await?;
    }
    if let Bill::Ready(file) = fund {
        read_fund(app, day, &file).await?;
    }
    heal(app, db, None).await?;
    find(app, day).await?;
    store::place(db, day).await?;
    store::finish(db, day, app.clock.now()).await?;
    // What waited for this day: that it comes, and that it says of a refund what the books say.
    heal(app, db, None).await?;
    tracing::info!(%day, "the bills of {day} are compared");
    Ok(true)
}

fn unreadable(error: &BillError) -> Fault {
    Fault::new(format!("a bill does not read: {error}"))
}

async fn read_trade(app: &App, day: NaiveDate, file: &BillFile) -> Result<(), Fault> {
    let mut batch = Batch::new(day);
    for row in file.trade_rows().map_err(|error| unreadable(&error))? {
        batch.trade(row.map_err(|error| unreadable(&error))?);
        batch.write_full(app).await?;
    }
    batch.write(app).await
}

async fn read_fund(app: &App, day: NaiveDate, file: &BillFile) -> Result<(), Fault> {
    let mut batch = Batch::new(day);
    for row in file.fund_rows().map_err(|error| unreadable(&error))? {
        batch.fund(&row.map_err(|error| unreadable(&error))?);
        batch.write_full(app).await?;
    }
    batch.write(app).await
}

/// Numbers that are written together, each once: what is in memory does not grow with the bill.
struct Batch {
    day: NaiveDate,
    rows: HashMap<(BillRowKind, String), Row>,
}

impl Batch {
    fn new(day: NaiveDate) -> Self {
        Self { day, rows: HashMap::with_capacity(BATCH) }
    }

    fn trade(&mut self, row: TradeRow) {
        let (fee_fen, day_on) = (fen_of_e5(row.fee_yuan_e5), self.day);
        let new = match row.out_refund_no {
            Some(number) => Row {
                day_on,
                kind: BillRowKind::Refund,
                number,
                times: 1,
                platform_id: row.refund_id.unwrap_or_default(),
                state: row.refund_status.unwrap_or_default(),
                amount_fen: row.requested_refund_fen,
                net_fen: row.refund_fen.saturating_neg().saturating_sub(fee_fen),
            },
            None => Row {
                day_on,
                kind: BillRowKind::Payment,
                number: row.out_trade_no,
                times: 1,
                platform_id: row.transaction_id,
                state: row.trade_state,
                amount_fen: row.order_fen,
                net_fen: row.settled_fen.saturating_sub(fee_fen),
            },
        };
        self.add(new);
    }

    fn fund(&mut self, row: &FundRow) {
        let (kind, day_on) = (BillRowKind::Fund, self.day);
        let sign = if row.direction == Direction::In { 1 } else { -1 };
        let amount_fen = row.amount_fen.saturating_mul(sign);
        self.add(Row {
            day_on,
            kind,
            number: row.voucher.clone(),
            times: 1,
            platform_id: row.business_id.clone(),
            state: String::new(),
            amount_fen,
            net_fen: amount_fen,
        });
    }

    fn add(&mut self, new: Row) {
        let key = (new.kind, new.number.clone());
        let (times, net_fen) = self.rows.get(&key).map_or((0, 0), |row| (row.times, row.net_fen));
        self.rows.insert(key, Row { times: times + new.times, net_fen: net_fen + new.net_fen, ..new });
    }

    async fn write_full(&mut self, app: &App) -> Result<(), Fault> {
        if self.rows.len() < BATCH { Ok(()) } else { self.write(app).await }
    }

    async fn write(&mut self, app: &App) -> Result<(), Fault> {
        let rows = self.rows.drain().map(|(_, row)| row).collect();
        Ok(store::add(app.db.write(), rows).await?)
    }
}

/// Opens cases for the differences of a day and counts those beyond them.
async fn find(app: &App, day: NaiveDate) -> Result<(), Fault> {
    let db = app.db.write();
    let window = (start_of_day(day), start_of_day(day + Duration::days(1)));
    let mut cases = Cases { app, day, listed: HashMap::new(), unlisted: HashMap::new() };
    let mut after = String::new();
    loop {
        let page = store::payments(db, day, &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.number);
        let named: Vec<_> = page.into_iter().filter_map(|one| Some((payment(&one.seen)?, one))).collect();
        // A lost notification: the platform is asked, and the case heals by itself.
        let lost = named.iter().filter(|(kind, _)| *kind == Kind::PaymentNotHere);
        cases.ask(Due::PaymentCheck, lost.filter_map(|(_, one)| one.own_id).collect()).await?;
        cases
            .add(named.into_iter().map(|(kind, one)| (kind, both(one.number, one.order_id, &one.seen))))
            .await?;
    }
    after.clear();
    loop {
        let page = store::refunds(db, day, &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.number);
        let named: Vec<_> = page.into_iter().filter_map(|one| Some((refund(&one.seen)?, one))).collect();
        let lost = named.iter().filter(|(kind, _)| *kind == Kind::RefundNotHere);
        cases.ask(Due::Refund, lost.filter_map(|(_, one)| one.own_id).collect()).await?;
        cases
            .add(named.into_iter().map(|(kind, one)| (kind, both(one.number, one.order_id, &one.seen))))
            .await?;
    }
    let early = store::early_ends(db, day, window.1).await?;
    cases.ask(Due::Refund, early.into_iter().map(|one| one.id).collect()).await?;
    for (side, kind) in [
        (Side::Payments, Kind::PaymentNotThere),
        (Side::Refunds, Kind::RefundNotThere),
        (Side::Ledger, Kind::Ledger),
    ] {
        after.clear();
        loop {
            let page = store::lone(db, side, window, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.number);
            cases.add(page.into_iter().map(|one| (kind, one))).await?;
        }
    }
    after.clear();
    loop {
        let page = store::nets(db, day, &after).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.number);
        cases.add(page.into_iter().map(|one| (Kind::Net, one))).await?;
    }
    for (kind, count) in cases.unlisted {
        tracing::error!(%day, kind = kind.as_str(), count, "{count} more differences of this kind are counted and not listed");
    }
    Ok(())
}

/// A case that was found now.
fn draft(app: &App, day_on: NaiveDate, kind: Kind, lone: Lone) -> Case {
    let Lone { number, order_id, ours_fen, theirs_fen } = lone;
    let id: BillCaseId = app.ids.next();
    Case {
        id: id.0,
        day_on,
        kind,
        number,
        order_id,
        region_code: String::new(),
        ours_fen,
        theirs_fen,
        owner: owner(kind),
        state: BillCaseState::Open,
        opened_at: app.clock.now(),
        ended_at: None,
        ended_by: None,
        note: None,
    }
}

fn both<State>(number: String, order_id: Option<Uuid>, seen: &Seen<State>) -> Lone {
    let ours_fen = seen.ours.as_ref().map(|(_, fen)| *fen);
    Lone { number, order_id, ours_fen, theirs_fen: Some(seen.theirs_fen) }
}

/// The differences of a day, as they are found.
struct Cases<'a> {
    app: &'a App,
    day: NaiveDate,
    listed: HashMap<Kind, usize>,
    unlisted: HashMap<Kind, usize>,
}

impl Cases<'_> {
    /// Adds a page of them: the first thousand of a kind become cases.
    async fn add(&mut self, page: impl Iterator<Item = (Kind, Lone)>) -> Result<(), Fault> {
        let (mut cases, mut unlisted) = (Vec::new(), Vec::new());
        for (kind, lone) in page {
            let listed = self.listed.entry(kind).or_default();
            if *listed < store::CASES_MAX {
                *listed += 1;
                cases.push(self.case(kind, lone));
            } else {
                *self.unlisted.entry(kind).or_default() += 1;
                unlisted.push(bill_unlisted::Model { day_on: self.day, kind, number: lone.number });
            }
        }
        store::open(self.app.db.write(), cases).await?;
        Ok(store::count(self.app.db.write(), unlisted).await?)
    }

    fn case(&self, kind: Kind, lone: Lone) -> Case {
        tracing::error!(number = %lone.number, kind = kind.as_str(), "a bill differs from the books");
        draft(self.app, self.day, kind, lone)
    }

    /// Has the platform asked about what it knows and the books do not, listed or not.
    async fn ask(&self, due: Due, ids: Vec<Uuid>) -> Result<(), Fault> {
        let now = self.app.clock.now();
        let work = ids.into_iter().map(|id| (due, id, now));
        Ok(schedule(self.app.db.write(), &self.app.ids, work).await?)
    }
}

/// Ends the open cases, of one number or of all, whose other side has come meanwhile.
pub async fn heal<C: ConnectionTrait>(app: &App, db: &C, number: Option<&str>) -> Result<(), Fault> {
    let now = app.clock.now();
    let healed = store::heal(db, number, now).await?;
    let told = healed.into_iter().map(|case| told(case.id, BillCaseState::Healed)).collect();
    Ok(record(db, &app.ids, now, told).await?)
}

fn told(case: Uuid, to: BillCaseState) -> Event {
    Event {
        subject: "bill_case",
        subject_id: case,
        name: if to == BillCaseState::Healed { "heal" } else { "close" },
        from: Some(BillCaseState::Open.as_str()),
        to: Some(to.as_str()),
        is_quiet: true,
        ..Event::default()
    }
}

/// Somebody in an office has found out what a difference is. Repeated, it answers the same.
pub async fn close(
    app: &App,
    who: &SignedIn,
    id: BillCaseId,
    note: &str,
) -> Result<Case, Stop<BillCaseCloseErrorCode>> {
    use BillCaseCloseErrorCode as C;
    let note = note.trim();
    if !(1..=NOTE_MAX).contains(&note.chars().count()) {
        return refuse_field(C::NoteInvalid, "note");
    }
    let tx = app.db.begin().await?;
    let Some(known) = store::case_of(&tx, who, id.0).await? else {
        return refuse_field(C::CaseNotFound, "caseId");
    };
    let now = app.clock.now();
    if !store::close(&tx, id.0, (who.person.0, note), now).await? {
        let is_same = known.state == BillCaseState::Closed && known.note.as_deref() == Some(note);
        return if is_same { Ok(known) } else { refuse(C::AlreadyOver) };
    }
    let event = Event {
        actor: Some(who.person.0),
        reason: Some(note.to_owned()),
        ..told(id.0, BillCaseState::Closed)
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    let closed = store::case_of(&tx, who, id.0).await?.ok_or_else(|| Fault::new("a case vanished"))?;
    tx.commit().await?;
    Ok(closed)
}
