//! Rows of refunds. Every change of state is one conditional statement.

use chrono::{DateTime, Utc};
use entities::enums::RefundState;
use entities::refund::{self, Column, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::bill::branch;
use crate::kit::db::{execute, row, rows};
use crate::kit::ids::{OrderId, RefundId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

/// A refund by id, for the worker.
pub async fn by_id<C: ConnectionTrait>(db: &C, id: RefundId) -> Result<Option<Model>, DbErr> {
    refund::Entity::find_by_id(id.0).one(db).await
}

/// A refund by its number at the platform.
pub async fn by_refund_no<C: ConnectionTrait>(db: &C, out_refund_no: &str) -> Result<Option<Model>, DbErr> {
    refund::Entity::find().filter(Column::OutRefundNo.eq(out_refund_no)).one(db).await
}

/// Refunds of an order, the first first; one that was replaced is told by the one that replaced it.
pub async fn of_order<C: ConnectionTrait>(db: &C, order: OrderId) -> Result<Vec<Model>, DbErr> {
    let own = refund::Entity::find().filter(Column::OrderId.eq(order.0)).filter(Column::ReplacedBy.is_null());
    own.order_by_asc(Column::Id).all(db).await
}

/// Writes a refund. False: this attempt is being refunded already.
pub async fn insert<C: ConnectionTrait>(db: &C, new: &Model) -> Result<bool, DbErr> {
    let written = execute(
        db,
        "INSERT INTO refund (id, order_id, attempt_id, out_refund_no, amount_fen, reason, body, state, checks, requested_at, \
         till_region, alarm_day) VALUES ($1, $2, $3, $4, $5, $6, $7, 'REQUESTED', 0, $8, $9, $10) ON CONFLICT DO NOTHING",
        [
            new.id.into(),
            new.order_id.into(),
            new.attempt_id.into(),
            new.out_refund_no.clone().into(),
            new.amount_fen.into(),
            new.reason.clone().into(),
            new.body.clone().into(),
            new.requested_at.into(),
            new.till_region.clone().into(),
            new.alarm_day.into(),
        ],
    )
    .await?;
    Ok(written == 1)
}

/// Notes that the bytes are being sent. False: the refund goes on under another number, or not at all.
pub async fn sending<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET sent_at = $2 WHERE id = $1 AND state = 'REQUESTED'";
    Ok(execute(db, sql, [id.into(), at.into()]).await? == 1)
}

/// Moves a refund that has not ended. One that is closed or abnormal waits for a person, any other does not any more.
/// False: it had ended, or was there already.
pub async fn advance<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    to: RefundState,
    wechat_refund_id: Option<&str>,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let ended = matches!(to, RefundState::Success | RefundState::Closed).then_some(at);
    let stuck = matches!(to, RefundState::Abnormal | RefundState::Closed).then_some(at);
    let changed = execute(
        db,
        "UPDATE refund SET state = $2, wechat_refund_id = coalesce($3, wechat_refund_id), ended_at = $4, stuck_code = $5, \
         stuck_at = $6 WHERE id = $1 AND state IN ('REQUESTED', 'ACCEPTED', 'ABNORMAL') AND state <> $2",
        [
            id.into(),
            to.as_str().into(),
            wechat_refund_id.into(),
            ended.into(),
            stuck.map(|_| to.as_str()).into(),
            stuck.into(),
        ],
    )
    .await?;
    Ok(changed == 1)
}

/// Notes why a refund waits for a person. False: it is known, or the refund has moved on.
pub async fn stuck<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    code: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET stuck_code = $2, stuck_at = coalesce(stuck_at, $3) WHERE id = $1 \
        AND state IN ('REQUESTED', 'ACCEPTED') AND (stuck_code IS NULL OR stuck_code <> $2)";
    Ok(execute(db, sql, [id.into(), code.into(), at.into()]).await? == 1)
}

/// A refund under way does not wait for a person any more for this reason. False: it did not.
pub async fn fits_again<C: ConnectionTrait>(db: &C, id: Uuid, code: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET stuck_code = NULL, stuck_at = NULL WHERE id = $1 AND state = 'ACCEPTED' AND stuck_code = $2";
    Ok(execute(db, sql, [id.into(), code.into()]).await? == 1)
}

/// Ends a refund that the platform has closed or refused, for another number. False: it does not wait for a person, was
/// replaced, or was sent again since.
pub async fn replace<C: ConnectionTrait>(
    db: &C,
    (old, new): (Uuid, Uuid),
    (quiet_since, at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET state = 'CLOSED', replaced_by = $2, ended_at = coalesce(ended_at, $3), stuck_code = NULL, \
        stuck_at = NULL WHERE id = $1 AND replaced_by IS NULL AND stuck_at IS NOT NULL AND till_region IS NULL \
        AND (state = 'CLOSED' OR (state = 'REQUESTED' AND (sent_at IS NULL OR sent_at < $4)))";
    Ok(execute(db, sql, [old.into(), new.into(), at.into(), quiet_since.into()]).await? == 1)
}

/// The money of an abnormal refund is under way to another account. False: it is not abnormal any more.
pub async fn redirected<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET state = 'ACCEPTED', stuck_code = NULL, stuck_at = NULL WHERE id = $1 AND state = 'ABNORMAL'";
    Ok(execute(db, sql, [id.into()]).await? == 1)
}

/// A refund that is closed here and not there goes on. False: it is not closed, or goes on under another number.
pub async fn reopen<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET state = 'ACCEPTED', ended_at = NULL, stuck_code = NULL, stuck_at = NULL \
        WHERE id = $1 AND state = 'CLOSED' AND replaced_by IS NULL AND till_region IS NULL";
    Ok(execute(db, sql, [id.into()]).await? == 1)
}

/// Refunds of the same payment that were given up for another number, the last of them first; at most 20.
pub async fn given_up<C: ConnectionTrait>(db: &C, last: &Model) -> Result<Vec<Model>, DbErr> {
    let sql = "SELECT * FROM refund WHERE attempt_id = $1 AND id <> $2 AND replaced_by IS NOT NULL ORDER BY id DESC LIMIT 20";
    rows(db, sql, [last.attempt_id.into(), last.id.into()]).await
}

/// The refund of a payment that was not given up for another number.
pub async fn last_of<C: ConnectionTrait>(db: &C, attempt: Uuid) -> Result<Option<Model>, DbErr> {
    let own =
        refund::Entity::find().filter(Column::AttemptId.eq(attempt)).filter(Column::ReplacedBy.is_null());
    own.one(db).await
}

/// A refund that was given up for another number goes on. False: it was not given up.
pub async fn resume<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET state = 'ACCEPTED', ended_at = NULL, replaced_by = NULL, stuck_code = NULL, stuck_at = NULL \
        WHERE id = $1 AND state = 'CLOSED' AND replaced_by IS NOT NULL";
    Ok(execute(db, sql, [id.into()]).await? == 1)
}

/// Takes another number of the platform's. False: it has it already, or has none yet.
pub async fn renumber<C: ConnectionTrait>(db: &C, id: Uuid, refund_id: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET wechat_refund_id = $2 WHERE id = $1 AND wechat_refund_id <> $2";
    Ok(execute(db, sql, [id.into(), refund_id.into()]).await? == 1)
}

/// Notes a day of the refund clock. False: somebody was called on it before.
pub async fn alarmed<C: ConnectionTrait>(db: &C, id: Uuid, day: i16) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET alarm_day = $2 WHERE id = $1 AND alarm_day < $2";
    Ok(execute(db, sql, [id.into(), day.into()]).await? == 1)
}

/// Refunds of orders in a branch of the region tree; visits and meals have their region in different places.
const IN_BRANCH: &str = "FROM refund r LEFT JOIN meal_order m ON m.id = r.order_id LEFT JOIN canteen c ON c.id = m.canteen_id \
    LEFT JOIN service_order s ON s.id = r.order_id WHERE coalesce(c.region_code, s.region_code) LIKE $1";

/// Refunds in reach that wait for a person, those that were asked for first in front.
pub async fn waiting<C: ConnectionTrait>(db: &C, who: &SignedIn, page: Page) -> Result<Vec<Model>, DbErr> {
    let sql =
        format!("SELECT r.* {IN_BRANCH} AND r.stuck_at IS NOT NULL AND r.id > $2 ORDER BY r.id LIMIT $3");
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let values = [branch(who).into(), page.after.unwrap_or_default().into(), limit.into()];
    rows(db, &sql, values).await
}

/// A refund in reach of a desk or an office; `None` for any other id.
pub async fn in_reach<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: RefundId,
) -> Result<Option<Model>, DbErr> {
    let sql = format!("SELECT r.* {IN_BRANCH} AND r.till_region IS NULL AND r.id = $2");
    row(db, &sql, [branch(who).into(), id.0.into()]).await
}

/// How many refunds wait for a person.
pub async fn stuck_count<C: ConnectionTrait>(db: &C) -> Result<i64, DbErr> {
    #[derive(FromQueryResult)]
    struct Stuck {
        count: i64,
    }
    let found: Option<Stuck> =
        row(db, "SELECT count(*) AS count FROM refund WHERE stuck_at IS NOT NULL", []).await?;
    Ok(found.map_or(0, |found| found.count))
}

/// Counts that the platform was asked once more.
pub async fn checked<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<(), DbErr> {
    execute(db, "UPDATE refund SET checks = checks + 1 WHERE id = $1", [id.into()]).await.map(|_| ())
}

/// Name under which the events of an order go: meals and visits share the tables of money.
pub async fn subject_of<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<&'static str, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        #[allow(dead_code, reason = "only its presence counts")]
        id: Uuid,
    }
    let found: Option<Found> = row(db, "SELECT id FROM service_order WHERE id = $1", [order.into()]).await?;
    Ok(if found.is_some() { "service_order" } else { "meal_order" })
}
