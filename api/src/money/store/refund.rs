//! Rows of refunds. Every change of state is one conditional statement.

use chrono::{DateTime, Utc};
use entities::enums::RefundState;
use entities::refund::{self, Column, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::kit::db::{execute, row};
use crate::kit::ids::{OrderId, RefundId};

/// A refund by id, for the worker.
pub async fn by_id<C: ConnectionTrait>(db: &C, id: RefundId) -> Result<Option<Model>, DbErr> {
    refund::Entity::find_by_id(id.0).one(db).await
}

/// A refund by its number at the platform.
pub async fn by_refund_no<C: ConnectionTrait>(db: &C, out_refund_no: &str) -> Result<Option<Model>, DbErr> {
    refund::Entity::find().filter(Column::OutRefundNo.eq(out_refund_no)).one(db).await
}

/// Refunds of an order, the first first.
pub async fn of_order<C: ConnectionTrait>(db: &C, order: OrderId) -> Result<Vec<Model>, DbErr> {
    refund::Entity::find().filter(Column::OrderId.eq(order.0)).order_by_asc(Column::Id).all(db).await
}

/// Writes a refund. False: this attempt is being refunded already.
pub async fn insert<C: ConnectionTrait>(db: &C, new: &Model) -> Result<bool, DbErr> {
    let written = execute(
        db,
        "INSERT INTO refund (id, order_id, attempt_id, out_refund_no, amount_fen, reason, body, state, checks, requested_at, \
         till_region) VALUES ($1, $2, $3, $4, $5, $6, $7, 'REQUESTED', 0, $8, $9) ON CONFLICT DO NOTHING",
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
        ],
    )
    .await?;
    Ok(written == 1)
}

/// Moves a refund that has not ended. False: it had ended, or was there already.
pub async fn advance<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    to: RefundState,
    wechat_refund_id: Option<&str>,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let ended = matches!(to, RefundState::Success | RefundState::Closed).then_some(at);
    let changed = execute(
        db,
        "UPDATE refund SET state = $2, wechat_refund_id = coalesce($3, wechat_refund_id), ended_at = $4 \
         WHERE id = $1 AND state IN ('REQUESTED', 'ACCEPTED', 'ABNORMAL') AND state <> $2",
        [id.into(), to.as_str().into(), wechat_refund_id.into(), ended.into()],
    )
    .await?;
    Ok(changed == 1)
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
