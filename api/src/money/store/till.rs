//! Rows of cash at the desk's tills.

use chrono::{DateTime, Utc};
use entities::{payment_attempt, refund};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::{execute, rows};

/// Writes cash that was taken, as a payment that has arrived.
pub async fn insert_paid<C: ConnectionTrait>(db: &C, new: &payment_attempt::Model) -> Result<(), DbErr> {
    let row = new.clone().into_active_model().reset_all();
    payment_attempt::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// Cash that waits to be handed back at the till of a branch, the oldest first; at most 100.
pub async fn waiting<C: ConnectionTrait>(db: &C, branch: &str) -> Result<Vec<refund::Model>, DbErr> {
    let sql = "SELECT * FROM refund WHERE till_region = $1 AND state = 'REQUESTED' ORDER BY requested_at, id LIMIT 100";
    rows(db, sql, [branch.into()]).await
}

/// Notes that the cash was handed back. False: it had been.
pub async fn handed_back<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE refund SET state = 'SUCCESS', ended_at = $2 WHERE id = $1 AND state = 'REQUESTED' \
        AND till_region IS NOT NULL";
    Ok(execute(db, sql, [id.into(), at.into()]).await? == 1)
}
