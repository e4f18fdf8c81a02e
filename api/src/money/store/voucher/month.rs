//! Rows of vouchers by the month: issue in pages, end, reminders.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::VoucherState;
use entities::{voucher_grant, voucher_run};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _,
    QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::fen::Fen;
use crate::money::rules::voucher::posting::Purser;
use crate::money::store::ledger;

/// Begins the issue of a programme's month; one that is there goes on. `anew`: one that has ended begins again, which adds
/// only what is missing.
pub async fn begin<C: ConnectionTrait>(
    db: &C,
    (programme, month_on): (&str, NaiveDate),
    (now, anew): (DateTime<Utc>, bool),
) -> Result<voucher_run::Model, DbErr> {
    let sql = "INSERT INTO voucher_run (programme, month_on, last_elder, grants, granted_fen, started_at) \
        VALUES ($1, $2, $3, 0, 0, $4) ON CONFLICT (programme, month_on) DO UPDATE SET \
        last_elder = CASE WHEN $5 AND voucher_run.finished_at IS NOT NULL THEN excluded.last_elder \
          ELSE voucher_run.last_elder END, \
        finished_at = CASE WHEN $5 THEN NULL ELSE voucher_run.finished_at END";
    let values = [programme.into(), month_on.into(), Uuid::nil().into(), now.into(), anew.into()];
    execute(db, sql, values).await?;
    let found = run_of(db, (programme, month_on)).await?;
    found.ok_or_else(|| DbErr::RecordNotFound("the run that was just begun".to_owned()))
}

/// How far the issue of a programme's month has come.
pub async fn run_of<C: ConnectionTrait>(
    db: &C,
    (programme, month_on): (&str, NaiveDate),
) -> Result<Option<voucher_run::Model>, DbErr> {
    let sql = "SELECT * FROM voucher_run WHERE programme = $1 AND month_on = $2";
    row(db, sql, [programme.into(), month_on.into()]).await
}

/// Moves the run behind a page of elders; without a next one it has finished. False: somebody else has done this page.
pub async fn advance<C: ConnectionTrait>(
    tx: &C,
    run: &voucher_run::Model,
    next: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE voucher_run SET last_elder = $4, finished_at = $5 \
        WHERE programme = $1 AND month_on = $2 AND last_elder = $3 AND finished_at IS NULL";
    let values = [
        run.programme.clone().into(),
        run.month_on.into(),
        run.last_elder.into(),
        next.unwrap_or(run.last_elder).into(),
        next.is_none().then_some(now).into(),
    ];
    Ok(execute(tx, sql, values).await? == 1)
}

/// Writes those of the vouchers whose elders have none of this programme and month yet, each with its posting, and counts
/// them in the run, which the caller has advanced and thereby locked. Gives what was written.
pub async fn issue<C: ConnectionTrait>(
    tx: &C,
    run: &voucher_run::Model,
    mut new: Vec<voucher_grant::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<voucher_grant::Model>, DbErr> {
    use voucher_grant::Column;
    let elders: Vec<Uuid> = new.iter().map(|grant| grant.elder_id).collect();
    let there: Vec<Uuid> = voucher_grant::Entity::find()
        .select_only()
        .column(Column::ElderId)
        .filter(Column::Programme.eq(&run.programme))
        .filter(Column::MonthOn.eq(run.month_on))
        .filter(Column::ElderId.is_in(elders))
        .into_tuple()
        .all(tx)
        .await?;
    let mut seen: HashSet<Uuid> = there.into_iter().collect();
    new.retain(|grant| seen.insert(grant.elder_id));
    if new.is_empty() {
        return Ok(new);
    }
    let rows = new.iter().map(|grant| grant.clone().into_active_model());
    voucher_grant::Entity::insert_many(rows).exec_without_returning(tx).await?;
    let posted = new.iter().map(|grant| {
        let purser = Purser { programme: grant.programme.clone(), region_code: grant.region_code.clone() };
        purser.issued(grant.id, Fen::new(grant.granted_fen))
    });
    ledger::post(tx, &posted.collect::<Vec<_>>(), now).await?;
    let sum: Fen = new.iter().map(|grant| Fen::new(grant.granted_fen)).sum();
    let sql = "UPDATE voucher_run SET grants = grants + $3, granted_fen = granted_fen + $4 \
        WHERE programme = $1 AND month_on = $2";
    let count = i32::try_from(new.len()).unwrap_or(i32::MAX);
    let values = [run.programme.clone().into(), run.month_on.into(), count.into(), sum.get().into()];
    execute(tx, sql, values).await?;
    Ok(new)
}

/// A voucher whose month is over.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Lapsed {
    /// Which one.
    pub id: Uuid,
    /// What nobody had ordered.
    pub lapsed_fen: i64,
    /// LAPSED, or as before while something is reserved.
    pub state: VoucherState,
    programme: String,
    region_code: String,
}

/// Ends the month of at most `limit` vouchers in one statement, each with its posting. Gives them.
pub async fn lapse<C: ConnectionTrait>(tx: &C, now: DateTime<Utc>, limit: i64) -> Result<Vec<Lapsed>, DbErr> {
    // In the order of their ids, as orders lock them.
    let sql = format!(
        "UPDATE voucher_grant SET lapsed_fen = available_fen, available_fen = 0, lapsed_at = $1, \
         state = CASE WHEN reserved_fen = 0 THEN 'LAPSED' ELSE state END, version = version + 1 \
         WHERE lapsed_at IS NULL AND id IN (SELECT id FROM voucher_grant WHERE closes_at <= $1 AND lapsed_at IS NULL \
           AND state IN ('ISSUED', 'FROZEN') ORDER BY id LIMIT $2{}) \
         RETURNING id, lapsed_fen, state, programme, region_code",
        lock(tx)
    );
    let mut lapsed: Vec<Lapsed> = rows(tx, &sql, [now.into(), limit.into()]).await?;
    lapsed.sort_by_key(|grant| grant.id);
    let posted = lapsed.iter().map(|grant| {
        let purser = Purser { programme: grant.programme.clone(), region_code: grant.region_code.clone() };
        purser.lapsed(grant.id, Fen::new(grant.lapsed_fen))
    });
    ledger::post(tx, &posted.collect::<Vec<_>>(), now).await?;
    Ok(lapsed)
}

/// A voucher of which something is left.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Rest {
    /// Which one.
    pub id: Uuid,
    /// Free for orders.
    pub available_fen: i64,
}

/// Notes that the families of at most `limit` vouchers of a month are reminded today. Gives those that were not yet.
pub async fn remind<C: ConnectionTrait>(
    tx: &C,
    (month_on, today): (NaiveDate, NaiveDate),
    limit: i64,
) -> Result<Vec<Rest>, DbErr> {
    let sql = format!(
        "UPDATE voucher_grant SET reminded_on = $2 WHERE id IN (SELECT id FROM voucher_grant WHERE month_on = $1 \
           AND lapsed_at IS NULL AND state = 'ISSUED' AND available_fen > 0 AND (reminded_on IS NULL OR reminded_on < $2) \
           ORDER BY id LIMIT $3{}) RETURNING id, available_fen",
        lock(tx)
    );
    rows(tx, &sql, [month_on.into(), today.into(), limit.into()]).await
}

fn lock<C: ConnectionTrait>(tx: &C) -> &'static str {
    if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" }
}
