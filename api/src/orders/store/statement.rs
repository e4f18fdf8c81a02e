//! Rows of statements: closing a month of a provider, what it holds, and that it was paid.

use chrono::{DateTime, NaiveDate, Utc};
use entities::{meal_order, statement, statement_line};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::directory::store::provider::officer_pattern;
use crate::kit::clock::start_of_day;
use crate::kit::db::{execute, row, rows};
use crate::kit::ids::{OrderId, StatementId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

/// What each order brings its provider as it stands now, before the month that begins at `$1` (an instant) and `$2` (the
/// same as a day): meals served or not fetched, visits whose line is payable or was taken back.
const OWED: &str = "SELECT c.provider_id, m.id AS order_id, 'MEAL' AS kind, coalesce(m.ended_at, m.created_at) AS done_at, \
      CASE m.way WHEN 'DELIVERY' THEN 'meal_delivery' WHEN 'PICK_UP' THEN 'meal_aid' ELSE 'meal_dine_in' END AS service_code, m.subsidy_rule, \
      m.voucher_rule, CASE WHEN m.state = 'SERVED' AND m.taken_back_at IS NULL THEN m.subsidy_fen ELSE 0 END AS subsidy_fen, \
      CASE WHEN m.state = 'SERVED' AND m.taken_back_at IS NULL THEN m.voucher_fen ELSE 0 END AS voucher_fen, \
      CASE WHEN m.taken_back_at IS NULL THEN m.cash_fen ELSE 0 END AS cash_fen \
    FROM meal_order m JOIN canteen c ON c.id = m.canteen_id \
    WHERE m.state IN ('SERVED', 'NO_SHOW') AND m.served_on < $2 \
    UNION ALL SELECT t.provider_id, t.order_id, 'VISIT', coalesce(o.done_at, t.confirmed_at), o.service_code, NULL, \
      o.voucher_rule, CASE WHEN t.state IN ('VOID', 'CLAWED_BACK') THEN 0 ELSE t.subsidy_fen END, \
      CASE WHEN t.state IN ('VOID', 'CLAWED_BACK') THEN 0 ELSE t.voucher_fen END, \
      CASE WHEN t.state IN ('VOID', 'CLAWED_BACK') THEN 0 ELSE t.cash_fen END \
    FROM settlement_line t JOIN service_order o ON o.id = t.order_id \
    WHERE t.state IN ('PAYABLE', 'PAID', 'VOID', 'CLAWED_BACK') AND t.confirmed_at < $1";

/// What earlier statements told of each order.
const STATED: &str = "SELECT order_id, CAST(sum(subsidy_fen) AS bigint) AS subsidy_fen, \
    CAST(sum(voucher_fen) AS bigint) AS voucher_fen, CAST(sum(cash_fen) AS bigint) AS cash_fen \
    FROM statement_line GROUP BY order_id";

/// What is owed and was not told yet.
const DIFFERS: &str = "w.subsidy_fen <> coalesce(s.subsidy_fen, 0) OR w.voucher_fen <> coalesce(s.voucher_fen, 0) \
    OR w.cash_fen <> coalesce(s.cash_fen, 0)";

fn end_of(next_month_on: NaiveDate) -> [Value; 2] {
    [start_of_day(next_month_on).into(), next_month_on.into()]
}

/// A provider that has something to be told.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Open {
    /// Which provider.
    pub provider_id: Uuid,
    /// Where it is registered.
    pub region_code: String,
}

/// Providers with something before this month that no statement has told, by id. One pass.
pub async fn open_before<C: ConnectionTrait>(db: &C, next_month_on: NaiveDate) -> Result<Vec<Open>, DbErr> {
    let sql = format!(
        "SELECT DISTINCT w.provider_id, p.region_code FROM ({OWED}) w JOIN provider p ON p.id = w.provider_id \
         LEFT JOIN ({STATED}) s ON s.order_id = w.order_id WHERE {DIFFERS} ORDER BY w.provider_id"
    );
    rows(db, &sql, end_of(next_month_on)).await
}

/// Orders whose lines are due to be settled by now and were not yet.
pub async fn unsettled<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<Vec<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        subject_id: Uuid,
    }
    let sql = "SELECT subject_id FROM due_work WHERE kind = 'settle' AND due_at <= $1 AND state = 'WAITING'";
    let found: Vec<Found> = rows(db, sql, [now.into()]).await?;
    Ok(found.into_iter().map(|found| found.subject_id).collect())
}

/// Begins a statement. False: the provider's month is closed already.
pub async fn begin<C: ConnectionTrait>(
    tx: &C,
    (id, provider): (StatementId, &Open),
    (month_on, now): (NaiveDate, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO statement (id, provider_id, region_code, month_on, closed_at, line_count, subsidy_fen, \
        voucher_fen, cash_fen) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0) ON CONFLICT (provider_id, month_on) DO NOTHING";
    let values = [
        id.0.into(),
        provider.provider_id.into(),
        provider.region_code.clone().into(),
        month_on.into(),
        now.into(),
    ];
    Ok(execute(tx, sql, values).await? == 1)
}

/// Writes the lines of a statement and adds them up. Gives how many there are.
pub async fn fill<C: ConnectionTrait>(
    tx: &C,
    (id, provider): (StatementId, Uuid),
    next_month_on: NaiveDate,
) -> Result<u64, DbErr> {
    let sql = format!(
        "INSERT INTO statement_line (statement_id, order_id, kind, done_at, service_code, subsidy_rule, voucher_rule, \
           subsidy_fen, voucher_fen, cash_fen) \
         SELECT $3, w.order_id, CASE WHEN s.order_id IS NULL THEN w.kind ELSE 'CORRECTION' END, w.done_at, \
           w.service_code, w.subsidy_rule, w.voucher_rule, w.subsidy_fen - coalesce(s.subsidy_fen, 0), \
           w.voucher_fen - coalesce(s.voucher_fen, 0), w.cash_fen - coalesce(s.cash_fen, 0) \
         FROM ({OWED}) w LEFT JOIN ({STATED}) s ON s.order_id = w.order_id \
         WHERE w.provider_id = $4 AND ({DIFFERS})"
    );
    let [at, day] = end_of(next_month_on);
    let written = execute(tx, &sql, [at, day, id.0.into(), provider.into()]).await?;
    let sum = |part: &str| {
        format!(
            "(SELECT CAST(coalesce(sum({part}), 0) AS bigint) FROM statement_line WHERE statement_id = $1)"
        )
    };
    let sql = format!(
        "UPDATE statement SET line_count = (SELECT count(*) FROM statement_line WHERE statement_id = $1), \
         subsidy_fen = {}, voucher_fen = {}, cash_fen = {} WHERE id = $1",
        sum("subsidy_fen"),
        sum("voucher_fen"),
        sum("cash_fen")
    );
    execute(tx, &sql, [id.0.into()]).await?;
    Ok(written)
}

/// Who may see a statement: its provider's manager, an officer of its region. `$1` is the provider, `$2` the branch.
const MAY_SEE: &str = "(provider_id = $1 OR region_code LIKE $2)";

fn whose(who: &SignedIn) -> [Value; 2] {
    let mine = who.managed_provider().map(|own| own.0);
    [mine.into(), officer_pattern(who).into()]
}

/// Statements in reach, the newest first; of one month or one provider when named.
pub async fn list<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (month_on, provider): (Option<NaiveDate>, Option<Uuid>),
    page: Page,
) -> Result<Vec<statement::Model>, DbErr> {
    let mut values: Vec<Value> = whose(who).into();
    values.extend([
        page.after.unwrap_or(Uuid::max()).into(),
        i64::try_from(page.limit()).unwrap_or(i64::MAX).into(),
    ]);
    let mut more = String::new();
    for (column, value) in
        [("month_on", month_on.map(Value::from)), ("provider_id", provider.map(Value::from))]
    {
        if let Some(value) = value {
            values.push(value);
            more.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    }
    let sql = format!("SELECT * FROM statement WHERE {MAY_SEE} AND id < $3{more} ORDER BY id DESC LIMIT $4");
    rows(db, &sql, values).await
}

/// One statement in reach; `None` for any other id.
pub async fn one<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: StatementId,
) -> Result<Option<statement::Model>, DbErr> {
    let [mine, branch] = whose(who);
    row(db, &format!("SELECT * FROM statement WHERE {MAY_SEE} AND id = $3"), [mine, branch, id.0.into()])
        .await
}

/// Lines of a statement by the order they came in.
pub async fn lines<C: ConnectionTrait>(
    db: &C,
    id: StatementId,
    page: Page,
) -> Result<Vec<statement_line::Model>, DbErr> {
    let sql =
        "SELECT * FROM statement_line WHERE statement_id = $1 AND order_id > $2 ORDER BY order_id LIMIT $3";
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    rows(db, sql, [id.0.into(), page.after.unwrap_or(Uuid::nil()).into(), limit.into()]).await
}

/// All lines of a statement, for its sheet.
pub async fn all_lines<C: ConnectionTrait>(
    db: &C,
    id: StatementId,
) -> Result<Vec<statement_line::Model>, DbErr> {
    rows(db, "SELECT * FROM statement_line WHERE statement_id = $1 ORDER BY done_at, order_id", [id.0.into()])
        .await
}

/// Notes that a statement was paid. False: it was before.
pub async fn pay<C: ConnectionTrait>(
    tx: &C,
    id: StatementId,
    (by, reference): (Uuid, &str),
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE statement SET paid_at = $2, paid_by = $3, payment_reference = $4 WHERE id = $1 AND paid_at IS NULL";
    if execute(tx, sql, [id.0.into(), now.into(), by.into(), reference.into()]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE settlement_line SET state = 'PAID', version = version + 1 WHERE state = 'PAYABLE' \
        AND order_id IN (SELECT order_id FROM statement_line WHERE statement_id = $1)";
    execute(tx, sql, [id.0.into()]).await?;
    Ok(true)
}

/// What a statement owes to one rule of public money.
#[derive(Clone, Debug, FromQueryResult)]
pub struct RuleSum {
    /// Programme, and from when or for which month: `guandu_home_care_voucher@2026-06`.
    pub rule: String,
    /// Borne by it as a subsidy, in fen.
    pub subsidy_fen: i64,
    /// Borne by it as a voucher, in fen.
    pub voucher_fen: i64,
    /// Lines that it bears a part of.
    pub line_count: i64,
}

/// What each rule of public money bears of a statement.
pub async fn rule_sums<C: ConnectionTrait>(db: &C, id: StatementId) -> Result<Vec<RuleSum>, DbErr> {
    let sql = "SELECT subsidy_rule AS rule, CAST(sum(subsidy_fen) AS bigint) AS subsidy_fen, \
          CAST(0 AS bigint) AS voucher_fen, count(*) AS line_count FROM statement_line \
          WHERE statement_id = $1 AND subsidy_rule IS NOT NULL GROUP BY subsidy_rule \
        UNION ALL SELECT voucher_rule, CAST(0 AS bigint), CAST(sum(voucher_fen) AS bigint), count(*) \
          FROM statement_line WHERE statement_id = $1 AND voucher_rule IS NOT NULL GROUP BY voucher_rule ORDER BY 1 LIMIT 50";
    rows(db, sql, [id.0.into()]).await
}

/// Name of a provider.
pub async fn provider_name<C: ConnectionTrait>(db: &C, provider: Uuid) -> Result<String, DbErr> {
    #[derive(FromQueryResult)]
    struct Named {
        name: String,
    }
    let found: Option<Named> = row(db, "SELECT name FROM provider WHERE id = $1", [provider.into()]).await?;
    Ok(found.map_or_else(String::new, |found| found.name))
}

/// Who has cooked a meal.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Kitchen {
    /// The canteen's provider.
    pub provider_id: Uuid,
    /// Where the canteen is.
    pub region_code: String,
    /// Whether a statement that told of the meal was paid out.
    pub is_paid: bool,
}

/// Who has cooked a meal, and whether it was paid out.
pub async fn kitchen_of<C: ConnectionTrait>(
    tx: &C,
    order: &meal_order::Model,
) -> Result<Option<Kitchen>, DbErr> {
    let sql = "SELECT c.provider_id, c.region_code, EXISTS (SELECT 1 FROM statement_line l JOIN statement t \
        ON t.id = l.statement_id WHERE l.order_id = $2 AND t.paid_at IS NOT NULL) AS is_paid FROM canteen c WHERE c.id = $1";
    row(tx, sql, [order.canteen_id.into(), order.id.into()]).await
}

/// Notes that a meal was never handed over. The caller has locked it.
pub async fn take_back<C: ConnectionTrait>(
    tx: &C,
    id: OrderId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE meal_order SET taken_back_at = $2, taken_back_reason = $3, version = version + 1 \
        WHERE id = $1 AND state = 'SERVED' AND taken_back_at IS NULL";
    Ok(execute(tx, sql, [id.0.into(), now.into(), reason.into()]).await? == 1)
}
