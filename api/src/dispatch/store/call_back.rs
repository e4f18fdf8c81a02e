//! Rows of calls to families about visits that were drawn.

use chrono::{DateTime, Duration, Utc};
use entities::call_back::Model;
use entities::enums::CallBackState;
use entities::service_order;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::dispatch::rules::limits::limits;
use crate::dispatch::rules::sample::Standing;
use crate::kit::db::{execute, row, rows};
use crate::kit::ids::OrderId;
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;
use crate::people::store::desk_pattern;

/// What is known of the provider of an order that was just confirmed.
pub async fn standing<C: ConnectionTrait>(
    db: &C,
    order: &service_order::Model,
    now: DateTime<Utc>,
) -> Result<Standing, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        active_at: Option<DateTime<Utc>>,
        confirmed: i64,
        flags: i64,
    }
    let sql = "SELECT (SELECT min(happened_at) FROM event WHERE subject = 'provider' AND subject_id = $1 \
          AND to_state = 'ACTIVE') AS active_at, \
        (SELECT count(*) FROM service_order WHERE provider_id = $1 AND id <> $2 AND state IN ('CONFIRMED', 'SETTLED')) \
          AS confirmed, \
        (SELECT count(*) FROM visit_exception x JOIN service_order o ON o.id = x.order_id WHERE o.provider_id = $1 \
          AND x.holds_line AND x.review <> 'ACCEPTED' AND x.noted_at > $3) AS flags";
    let since = now - Duration::days(limits().flagged_provider_days);
    let found: Option<Found> =
        row(db, sql, [order.provider_id.into(), order.id.into(), since.into()]).await?;
    let found = found.ok_or_else(|| DbErr::RecordNotFound("a count".to_owned()))?;
    let active_days = found.active_at.map(|at| (now - at).num_days());
    Ok(Standing { active_days, confirmed: found.confirmed, flags: found.flags })
}

/// Puts a visit on the list. False: it is there.
pub async fn draw<C: ConnectionTrait>(
    tx: &C,
    order: &service_order::Model,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO call_back (order_id, provider_id, region_code, state, drawn_at) \
        VALUES ($1, $2, $3, 'OPEN', $4) ON CONFLICT DO NOTHING";
    let values = [order.id.into(), order.provider_id.into(), order.region_code.clone().into(), now.into()];
    Ok(execute(tx, sql, values).await? == 1)
}

/// Calls of the desk's region in a state, the oldest order first.
pub async fn of_desk<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    state: CallBackState,
    page: Page,
) -> Result<Vec<Model>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let sql = "SELECT * FROM call_back WHERE state = $1 AND region_code LIKE $2 AND order_id > $3 \
        ORDER BY order_id LIMIT $4";
    let after = page.after.unwrap_or(Uuid::nil());
    rows(db, sql, [state.as_str().into(), desk_pattern(who).into(), after.into(), limit.into()]).await
}

/// One call of the desk's region; `None` for any other.
pub async fn one_of_desk<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    order: OrderId,
) -> Result<Option<Model>, DbErr> {
    let sql = "SELECT * FROM call_back WHERE order_id = $1 AND region_code LIKE $2";
    row(db, sql, [order.0.into(), desk_pattern(who).into()]).await
}

/// Writes what the family said. False: somebody has called before.
pub async fn answer<C: ConnectionTrait>(
    tx: &C,
    order: OrderId,
    (words_sealed, is_satisfied): (String, bool),
    (by, at): (Uuid, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let sql = "UPDATE call_back SET state = 'DONE', answer_sealed = $2, is_satisfied = $3, answered_by = $4, \
        answered_at = $5 WHERE order_id = $1 AND state = 'OPEN'";
    let values = [order.0.into(), words_sealed.into(), is_satisfied.into(), by.into(), at.into()];
    Ok(execute(tx, sql, values).await? == 1)
}
