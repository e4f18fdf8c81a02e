//! Rows of cash at the desk's tills.

use chrono::{DateTime, Utc};
use entities::{payment_attempt, refund};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::{execute, rows};
use crate::kit::ids::OrderId;

/// Writes cash that was taken, as a payment that has arrived.
pub async fn insert_paid<C: ConnectionTrait>(db: &C, new: &payment_attempt::Model) -> Result<(), DbErr> {
    let row = new.clone().into_active_model().reset_all();
    payment_attempt::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// Cash of an order that waits to be handed back, at tills below the branch.
pub async fn waiting_of<C: ConnectionTrait>(
    db: &C,
    order: OrderId,
    branch: &str,
) -> Result<Vec<refund::Model>, DbErr> {
    let sql = "SELECT * FROM refund WHERE order_id = $1 AND till_region LIKE $2 AND state = 'REQUESTED' ORDER BY id";
    rows(db, sql, [order.0.into(), branch.into()]).await
}

/// Cash that waits to be handed back at tills below the branch, the oldest first; at most 100.
pub async fn waiting<C: ConnectionTrait>(db: &C, branch: &str) -> Result<Vec<refund::Model>, DbErr> {
    let sql = "SELECT * FROM refund WHERE till_region LIKE $1 AND state = 'REQUESTED' ORDER BY requested_at, id LIMIT 100";
    rows(db, sql, [branch.into()]).await
}

/// Notes that the cash was handed back. False: it had been.
pub async fn handed_back<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET state = 'SUCCESS', ended_at = $2 WHERE id = $1 AND state = 'REQUESTED' \
        AND till_region IS NOT NULL";
    Ok(execute(db, sql, [id.into(), at.into()]).await? == 1)
}
