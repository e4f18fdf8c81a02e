//! Rows of bills and of what they differ in from the books.

mod doubt;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entities::bill_case::{Entity as Cases, Model as Case};
use entities::bill_row::{Entity as Rows, Model as Row};
use entities::enums::{AttemptState, BillCaseKind, BillCaseState, RefundState};
use entities::{bill_day, bill_row, bill_unlisted};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::directory::store::provider::officer_pattern;
use crate::kit::db::{execute, row, rows};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;
use crate::money::rules::bill::Seen;

pub use self::doubt::{agree, doubts, early_ends, is_contradicted};

/// Most differences of one kind that become cases of a day: more of them are one fault, not many, and are counted.
pub const CASES_MAX: usize = 1_000;
/// Differences that are read at once.
pub const PAGE: i64 = 1_000;
/// Most days that are shown: as long as the platform keeps its bills.
const DAYS_MAX: u64 = 92;

/// The day after the last one that was compared; without one, the day of the first attempt through WeChat.
pub async fn next_day<C: ConnectionTrait>(db: &C) -> Result<Option<NaiveDate>, DbErr> {
    #[derive(FromQueryResult)]
    struct Last {
        day_on: Option<NaiveDate>,
        first_at: Option<DateTime<Utc>>,
    }
    let sql = "SELECT (SELECT max(day_on) FROM bill_day) AS day_on, \
        (SELECT min(created_at) FROM payment_attempt WHERE till_region IS NULL) AS first_at";
    let found: Option<Last> = row(db, sql, []).await?;
    Ok(found.and_then(|found| match found.day_on {
        Some(day) => day.succ_opt(),
        None => found.first_at.map(crate::kit::clock::service_day),
    }))
}

/// Forgets what was read of a day before, when its end was not reached.
pub async fn clear<C: ConnectionTrait>(db: &C, day: NaiveDate) -> Result<(), DbErr> {
    execute(db, "DELETE FROM bill_unlisted WHERE day_on = $1", [day.into()]).await?;
    execute(db, "DELETE FROM bill_row WHERE day_on = $1", [day.into()]).await.map(|_| ())
}

/// Adds numbers of a bill, each once in `batch`; one that is there already is counted again.
pub async fn add<C: ConnectionTrait>(db: &C, batch: Vec<Row>) -> Result<(), DbErr> {
    use bill_row::Column as R;
    if batch.is_empty() {
        return Ok(());
    }
    let more = |column: R| Expr::col((Rows, column)).add(Expr::cust(format!("excluded.{}", name(column))));
    Rows::insert_many(batch.into_iter().map(|row| row.into_active_model()))
        .on_conflict(
            OnConflict::columns([R::DayOn, R::Kind, R::Number])
                .update_columns([R::PlatformId, R::State, R::AmountFen])
                .values([(R::Times, more(R::Times)), (R::NetFen, more(R::NetFen))])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

fn name(column: bill_row::Column) -> &'static str {
    if matches!(column, bill_row::Column::Times) { "times" } else { "net_fen" }
}

/// A number that differs.
#[derive(Clone, Debug)]
pub struct Found<State> {
    /// Our number, or the one that nobody here made.
    pub number: String,
    /// Whose order it belongs to.
    pub order_id: Option<Uuid>,
    /// The attempt or refund in the books.
    pub own_id: Option<Uuid>,
    /// Both sides.
    pub seen: Seen<State>,
}

#[derive(FromQueryResult)]
struct Both {
    number: String,
    times: i32,
    bill_state: String,
    theirs_fen: i64,
    own_id: Option<Uuid>,
    order_id: Option<Uuid>,
    own_state: Option<String>,
    ours_fen: Option<i64>,
    is_other_number: bool,
}

fn found<State>(both: Both, state: impl Fn(&str) -> Option<State>) -> Found<State> {
    let ours = both.own_state.as_deref().and_then(state).zip(both.ours_fen);
    let Both { number, times, bill_state, theirs_fen, order_id, own_id, is_other_number, .. } = both;
    Found { number, order_id, own_id, seen: Seen { times, bill_state, theirs_fen, ours, is_other_number } }
}

/// Payments of a day's bill that are not in the books as the bill has them: a page of them behind a number.
pub async fn payments<C: ConnectionTrait>(
    db: &C,
    day: NaiveDate,
    after: &str,
) -> Result<Vec<Found<AttemptState>>, DbErr> {
    let sql = "SELECT b.number, b.times, b.state AS bill_state, b.amount_fen AS theirs_fen, a.id AS own_id, a.order_id, \
          a.state AS own_state, a.amount_fen AS ours_fen, \
          a.transaction_id IS NOT NULL AND a.transaction_id <> b.platform_id AS is_other_number FROM bill_row b \
          LEFT JOIN payment_attempt a ON a.out_trade_no = b.number AND a.till_region IS NULL \
        WHERE b.day_on = $1 AND b.kind = 'PAYMENT' AND (a.id IS NULL OR a.state NOT IN ('PAID', 'LATE_PAID') \
          OR a.amount_fen <> b.amount_fen OR b.times > 1 OR b.state <> 'SUCCESS' OR a.transaction_id <> b.platform_id) AND b.number > $3 ORDER BY b.number LIMIT $2";
    let both: Vec<Both> = rows(db, sql, [day.into(), PAGE.into(), after.into()]).await?;
    Ok(both.into_iter().map(|both| found(both, AttemptState::parse)).collect())
}

/// Refunds of a day's bill that are not in the books as the bill has them: a page of them behind a number.
pub async fn refunds<C: ConnectionTrait>(
    db: &C,
    day: NaiveDate,
    after: &str,
) -> Result<Vec<Found<RefundState>>, DbErr> {
    let sql = "SELECT b.number, b.times, b.state AS bill_state, b.amount_fen AS theirs_fen, r.id AS own_id, r.order_id, \
          r.state AS own_state, r.amount_fen AS ours_fen, \
          r.wechat_refund_id IS NOT NULL AND r.wechat_refund_id <> b.platform_id AS is_other_number FROM bill_row b \
          LEFT JOIN refund r ON r.out_refund_no = b.number AND r.till_region IS NULL \
        WHERE b.day_on = $1 AND b.kind = 'REFUND' AND (r.id IS NULL OR r.state IN ('REQUESTED', 'CLOSED') \
          OR r.amount_fen <> b.amount_fen OR b.times > 1 OR b.state NOT IN ('SUCCESS', 'PROCESSING') \
          OR r.wechat_refund_id <> b.platform_id) AND b.number > $3 ORDER BY b.number LIMIT $2";
    let both: Vec<Both> = rows(db, sql, [day.into(), PAGE.into(), after.into()]).await?;
    Ok(both.into_iter().map(|both| found(both, RefundState::parse)).collect())
}

/// Something that only one side knows, or that both know with another amount.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Lone {
    /// Our number.
    pub number: String,
    /// Whose order it belongs to.
    pub order_id: Option<Uuid>,
    /// What the books say.
    pub ours_fen: Option<i64>,
    /// What the bills say.
    pub theirs_fen: Option<i64>,
}

/// Which side is asked for what the bills do not have.
#[derive(Clone, Copy, Debug)]
pub enum Side {
    /// Payments of the day that no bill up to it knows. They come after the payment, so its bill is here.
    Payments,
    /// Refunds that ended on the day and that no bill up to it knows.
    Refunds,
    /// Orders paid on the day whose entries in the ledger are not what was paid.
    Ledger,
}

/// What the books of a day have and the other side has not: a page of it behind a number.
pub async fn lone<C: ConnectionTrait>(
    db: &C,
    side: Side,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    after: &str,
) -> Result<Vec<Lone>, DbErr> {
    let sql = match side {
        Side::Payments => {
            "SELECT a.out_trade_no AS number, a.order_id, a.amount_fen AS ours_fen, CAST(NULL AS bigint) AS theirs_fen \
             FROM payment_attempt a WHERE a.state IN ('PAID', 'LATE_PAID') AND a.till_region IS NULL \
             AND a.ended_at >= $1 AND a.ended_at < $2 AND NOT EXISTS \
             (SELECT 1 FROM bill_row b WHERE b.number = a.out_trade_no AND b.kind = 'PAYMENT') AND a.out_trade_no > $4 ORDER BY 1 LIMIT $3"
        }
        Side::Refunds => {
            "SELECT r.out_refund_no AS number, r.order_id, r.amount_fen AS ours_fen, CAST(NULL AS bigint) AS theirs_fen \
             FROM refund r WHERE r.state = 'SUCCESS' AND r.till_region IS NULL AND r.ended_at >= $1 AND r.ended_at < $2 \
             AND NOT EXISTS (SELECT 1 FROM bill_row b WHERE b.number = r.out_refund_no AND b.kind = 'REFUND') \
             AND r.out_refund_no > $4 ORDER BY 1 LIMIT $3"
        }
        Side::Ledger => {
            "SELECT p.number, p.order_id, p.ours_fen, p.theirs_fen FROM ( \
               SELECT min(a.out_trade_no) AS number, a.order_id, CAST(sum(a.amount_fen) AS bigint) AS theirs_fen, \
                 (SELECT CAST(coalesce(sum(l.amount_fen), 0) AS bigint) FROM ledger_entry l WHERE l.order_id = a.order_id \
                   AND l.account = 'wechat' AND l.posting_key LIKE 'paid/%') AS ours_fen \
               FROM payment_attempt a WHERE a.state IN ('PAID', 'LATE_PAID') AND a.till_region IS NULL AND a.order_id IN \
                 (SELECT d.order_id FROM payment_attempt d WHERE d.ended_at >= $1 AND d.ended_at < $2) \
               GROUP BY a.order_id) p WHERE p.ours_fen <> p.theirs_fen AND p.number > $4 \
             ORDER BY 1 LIMIT $3"
        }
    };
    rows(db, sql, [from.into(), to.into(), PAGE.into(), after.into()]).await
}

/// Numbers whose movements on the account are not what the trade bill lets expect, and that differ in nothing else, listed or
/// not: a page of them behind a number.
pub async fn nets<C: ConnectionTrait>(db: &C, day: NaiveDate, after: &str) -> Result<Vec<Lone>, DbErr> {
    let sql = "SELECT coalesce(t.number, f.number) AS number, CAST(NULL AS uuid) AS order_id, t.net_fen AS ours_fen, \
          f.net_fen AS theirs_fen FROM \
          (SELECT number, net_fen FROM bill_row WHERE day_on = $1 AND kind <> 'FUND') t FULL JOIN \
          (SELECT number, net_fen FROM bill_row WHERE day_on = $1 AND kind = 'FUND') f ON f.number = t.number \
        WHERE (t.net_fen IS NULL OR f.net_fen IS NULL OR t.net_fen <> f.net_fen) AND NOT EXISTS \
          (SELECT 1 FROM bill_case c WHERE c.number = coalesce(t.number, f.number) AND c.day_on = $1) AND NOT EXISTS \
          (SELECT 1 FROM bill_unlisted u WHERE u.number = coalesce(t.number, f.number) AND u.day_on = $1) \
          AND coalesce(t.number, f.number) > $3 ORDER BY 1 LIMIT $2";
    rows(db, sql, [day.into(), PAGE.into(), after.into()]).await
}

/// Writes cases; one that is there stays as it is.
pub async fn open<C: ConnectionTrait>(db: &C, cases: Vec<Case>) -> Result<(), DbErr> {
    if cases.is_empty() {
        return Ok(());
    }
    Cases::insert_many(cases.into_iter().map(|case| case.into_active_model()))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

/// Opens a case that no comparison found; its order's region is set by `place`. One of the day that has ended is open again when
/// that was at least `quiet` ago. False: one of its kind and number is open, or was ended just now.
pub async fn open_once<C: ConnectionTrait>(db: &C, case: &Case, quiet: Duration) -> Result<bool, DbErr> {
    let sql = "INSERT INTO bill_case (id, day_on, kind, number, order_id, region_code, ours_fen, theirs_fen, owner, state, opened_at) \
        SELECT $1, $2, $3, $4, $5, '', $6, $7, $8, 'OPEN', $9 WHERE NOT EXISTS \
        (SELECT 1 FROM bill_case WHERE kind = $3 AND number = $4 AND state = 'OPEN') ON CONFLICT (day_on, kind, number) DO UPDATE \
        SET state = 'OPEN', opened_at = excluded.opened_at, ended_at = NULL, ended_by = NULL, note = NULL \
        WHERE bill_case.state <> 'OPEN' AND bill_case.ended_at <= $10";
    let values = [
        case.id.into(),
        case.day_on.into(),
        case.kind.as_str().into(),
        case.number.clone().into(),
        case.order_id.into(),
        case.ours_fen.into(),
        case.theirs_fen.into(),
        case.owner.as_str().into(),
        case.opened_at.into(),
        (case.opened_at - quiet).into(),
    ];
    Ok(execute(db, sql, values).await? == 1)
}

/// Notes differences that do not become cases.
pub async fn count<C: ConnectionTrait>(db: &C, unlisted: Vec<bill_unlisted::Model>) -> Result<(), DbErr> {
    if unlisted.is_empty() {
        return Ok(());
    }
    bill_unlisted::Entity::insert_many(unlisted.into_iter().map(|one| one.into_active_model()))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

/// Differences of a kind that did not become cases.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Unlisted {
    /// Which day.
    pub day_on: NaiveDate,
    /// Which kind.
    pub kind: BillCaseKind,
    /// How many.
    pub count: i64,
}

/// How many differences of the days since one did not become cases, by day and kind; at most 16 for each day.
pub async fn unlisted<C: ConnectionTrait>(db: &C, since: NaiveDate) -> Result<Vec<Unlisted>, DbErr> {
    let sql = "SELECT day_on, kind, count(*) AS count FROM bill_unlisted WHERE day_on >= $1 GROUP BY day_on, kind \
        ORDER BY day_on, kind";
    rows(db, sql, [since.into()]).await
}

/// Where the orders of new cases belong.
pub async fn place<C: ConnectionTrait>(db: &C, day: NaiveDate) -> Result<(), DbErr> {
    let sql = "UPDATE bill_case SET region_code = coalesce( \
          (SELECT c.region_code FROM meal_order m JOIN canteen c ON c.id = m.canteen_id WHERE m.id = bill_case.order_id), \
          (SELECT s.region_code FROM service_order s WHERE s.id = bill_case.order_id), '') \
        WHERE day_on = $1 AND region_code = '' AND order_id IS NOT NULL";
    execute(db, sql, [day.into()]).await.map(|_| ())
}

/// A case that has healed.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Healed {
    /// Which one.
    pub id: Uuid,
}

/// Ends the open cases, of one number or of all, whose other side has come. Gives those that it ended.
pub async fn heal<C: ConnectionTrait>(
    db: &C,
    number: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<Healed>, DbErr> {
    let sql = "UPDATE bill_case SET state = 'HEALED', ended_at = $2 WHERE state = 'OPEN' AND ($1 = '' OR number = $1) AND ( \
        (kind = 'PAYMENT_NOT_HERE' AND EXISTS (SELECT 1 FROM payment_attempt a WHERE a.out_trade_no = bill_case.number \
          AND a.state IN ('PAID', 'LATE_PAID'))) OR \
        (kind = 'REFUND_NOT_HERE' AND EXISTS (SELECT 1 FROM refund r WHERE r.out_refund_no = bill_case.number \
          AND r.state IN ('ACCEPTED', 'SUCCESS', 'ABNORMAL'))) OR \
        (kind = 'PAYMENT_NOT_THERE' AND EXISTS (SELECT 1 FROM bill_row b WHERE b.number = bill_case.number \
          AND b.kind = 'PAYMENT' AND b.amount_fen = bill_case.ours_fen)) OR \
        (kind = 'REFUND_NOT_THERE' AND EXISTS (SELECT 1 FROM bill_row b WHERE b.number = bill_case.number \
          AND b.kind = 'REFUND' AND b.amount_fen = bill_case.ours_fen)) OR \
        (kind = 'PAYMENT_NUMBER' AND EXISTS (SELECT 1 FROM payment_attempt a JOIN bill_row b ON b.number = a.out_trade_no \
          AND b.kind = 'PAYMENT' AND b.platform_id = a.transaction_id WHERE a.out_trade_no = bill_case.number)) OR \
        (kind = 'REFUND_NUMBER' AND EXISTS (SELECT 1 FROM refund r JOIN bill_row b ON b.number = r.out_refund_no \
          AND b.kind = 'REFUND' AND b.platform_id = r.wechat_refund_id WHERE r.out_refund_no = bill_case.number)) OR \
        (kind = 'REFUND_STATE' AND EXISTS (SELECT 1 FROM refund r JOIN bill_row b ON b.number = r.out_refund_no \
          AND b.kind = 'REFUND' AND b.state = r.state JOIN bill_day d ON d.day_on = b.day_on AND d.done_at > bill_case.opened_at \
          WHERE r.out_refund_no = bill_case.number AND r.state = 'SUCCESS')) OR \
        (kind = 'BILL_UNREAD' AND EXISTS (SELECT 1 FROM bill_day d WHERE d.day_on = bill_case.day_on))) RETURNING id";
    rows(db, sql, [number.unwrap_or_default().into(), now.into()]).await
}

/// Notes that a day was compared, with its totals.
pub async fn finish<C: ConnectionTrait>(db: &C, day: NaiveDate, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "INSERT INTO bill_day (day_on, row_count, paid_fen, refunded_fen, case_count, done_at) \
        SELECT $1, CAST(coalesce(sum(CASE WHEN kind <> 'FUND' THEN times ELSE 0 END), 0) AS integer), \
          CAST(coalesce(sum(CASE WHEN kind = 'PAYMENT' THEN amount_fen * times ELSE 0 END), 0) AS bigint), \
          CAST(coalesce(sum(CASE WHEN kind = 'REFUND' THEN amount_fen * times ELSE 0 END), 0) AS bigint), \
          CAST((SELECT count(*) FROM bill_case WHERE day_on = $1 AND kind <> 'BILL_UNREAD') AS integer), $2 \
        FROM bill_row WHERE day_on = $1 ON CONFLICT DO NOTHING";
    execute(db, sql, [day.into(), now.into()]).await.map(|_| ())
}

/// Days that were compared, the newest first; at most 92.
pub async fn days<C: ConnectionTrait>(db: &C) -> Result<Vec<bill_day::Model>, DbErr> {
    bill_day::Entity::find().order_by_desc(bill_day::Column::DayOn).limit(DAYS_MAX).all(db).await
}

/// Whose cases and refunds somebody sees: an office those of its branch, a desk those of its own; a number that nobody knows is seen by
/// all of them.
pub fn branch(who: &SignedIn) -> String {
    let office = officer_pattern(who);
    if office.is_empty() { crate::people::store::desk_pattern(who) } else { office }
}

/// Cases in reach, the newest first.
pub async fn cases<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (state, day): (Option<BillCaseState>, Option<NaiveDate>),
    page: Page,
) -> Result<Vec<Case>, DbErr> {
    let sql = "SELECT * FROM bill_case WHERE (region_code = '' OR region_code LIKE $1) AND id < $2 \
        AND ($3 = '' OR state = $3) AND ($4 IS NULL OR day_on = $4) ORDER BY id DESC LIMIT $5";
    let values = [
        branch(who).into(),
        page.after.unwrap_or(Uuid::max()).into(),
        state.map_or("", BillCaseState::as_str).into(),
        day.into(),
        i64::try_from(page.limit()).unwrap_or(i64::MAX).into(),
    ];
    rows(db, sql, values).await
}

/// All cases of a day in reach, for its report; at most 16,001: a thousand of each kind, and one for a bill that did not read.
pub async fn cases_of_day<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    day: NaiveDate,
) -> Result<Vec<Case>, DbErr> {
    let sql = "SELECT * FROM bill_case WHERE (region_code = '' OR region_code LIKE $1) AND day_on = $2 ORDER BY kind, number";
    rows(db, sql, [branch(who).into(), day.into()]).await
}

/// A case in reach of an office; `None` for any other id.
pub async fn case_of<C: ConnectionTrait>(db: &C, who: &SignedIn, id: Uuid) -> Result<Option<Case>, DbErr> {
    let sql = "SELECT * FROM bill_case WHERE (region_code = '' OR region_code LIKE $1) AND id = $2";
    row(db, sql, [officer_pattern(who).into(), id.into()]).await
}

/// Ends a case by a person's word. False: it is not open.
pub async fn close<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    (by, note): (Uuid, &str),
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE bill_case SET state = 'CLOSED', ended_at = $2, ended_by = $3, note = $4 WHERE id = $1 AND state = 'OPEN'";
    Ok(execute(db, sql, [id.into(), now.into(), by.into(), note.into()]).await? == 1)
}

/// A day that was compared; `None` when it was not.
pub async fn day<C: ConnectionTrait>(db: &C, day: NaiveDate) -> Result<Option<bill_day::Model>, DbErr> {
    bill_day::Entity::find().filter(bill_day::Column::DayOn.eq(day)).one(db).await
}
