//! Rows of complaints and of what the desk answered.

use chrono::{DateTime, Utc};
use entities::complaint::Model;
use entities::complaint_answer::{self, Column, Model as Answer};
use entities::enums::{ComplaintAnswerState as Sending, ComplaintState};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::ids::ComplaintId;
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;
use crate::people::store::desk_pattern;

/// Writes a complaint of which the platform tells. False: it is known.
pub async fn insert<C: ConnectionTrait>(
    tx: &C,
    (id, platform_id): (ComplaintId, &str),
    (made_at, due_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO complaint (id, platform_id, region_code, state, made_at, due_at) \
        VALUES ($1, $2, '', 'OPEN', $3, $4) ON CONFLICT (platform_id) DO NOTHING";
    Ok(execute(tx, sql, [id.0.into(), platform_id.into(), made_at.into(), due_at.into()]).await? == 1)
}

/// One of the platform's number.
pub async fn by_platform_id<C: ConnectionTrait>(db: &C, platform_id: &str) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM complaint WHERE platform_id = $1", [platform_id.into()]).await
}

/// One for the worker.
pub async fn by_id<C: ConnectionTrait>(db: &C, id: ComplaintId) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM complaint WHERE id = $1", [id.0.into()]).await
}

/// Somebody waits for an answer again. False: he does already.
pub async fn reopen<C: ConnectionTrait>(tx: &C, id: Uuid, due_at: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE complaint SET state = 'OPEN', due_at = $2, completed_at = NULL, completed_by = NULL, \
        completion_told_at = NULL WHERE id = $1 AND state <> 'OPEN'";
    Ok(execute(tx, sql, [id.into(), due_at.into()]).await? == 1)
}

/// Whose order a number of the platform belongs to, and where.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Place {
    /// The order.
    pub order_id: Uuid,
    /// Its region.
    pub region_code: String,
}

/// The order behind a number.
pub async fn place<C: ConnectionTrait>(db: &C, out_trade_no: &str) -> Result<Option<Place>, DbErr> {
    let sql = "SELECT a.order_id, coalesce( \
          (SELECT c.region_code FROM meal_order m JOIN canteen c ON c.id = m.canteen_id WHERE m.id = a.order_id), \
          (SELECT s.region_code FROM service_order s WHERE s.id = a.order_id), '') AS region_code \
        FROM payment_attempt a WHERE a.out_trade_no = $1";
    row(db, sql, [out_trade_no.into()]).await
}

/// Writes what the platform says about a complaint.
pub async fn keep<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    (out_trade_no, place): (Option<&str>, Option<&Place>),
    told_sealed: String,
) -> Result<(), DbErr> {
    let sql = "UPDATE complaint SET out_trade_no = $2, order_id = $3, region_code = $4, told_sealed = $5 WHERE id = $1";
    let region = place.map_or("", |place| place.region_code.as_str());
    let order = place.map(|place| place.order_id);
    let values = [id.into(), out_trade_no.into(), order.into(), region.into(), told_sealed.into()];
    execute(db, sql, values).await.map(|_| ())
}

/// Those of the desk's branch, the newest first. One whose order nobody knows is shown to all.
pub async fn of_desk<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    state: Option<ComplaintState>,
    page: Page,
) -> Result<Vec<Model>, DbErr> {
    let sql = "SELECT * FROM complaint WHERE (region_code = '' OR region_code LIKE $1) AND id < $2 \
        AND ($3 = '' OR state = $3) ORDER BY id DESC LIMIT $4";
    let values = [
        desk_pattern(who).into(),
        page.after.unwrap_or(Uuid::max()).into(),
        state.map_or("", ComplaintState::as_str).into(),
        i64::try_from(page.limit()).unwrap_or(i64::MAX).into(),
    ];
    rows(db, sql, values).await
}

/// One in the desk's reach; `None` for any other id.
pub async fn one_of_desk<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: ComplaintId,
) -> Result<Option<Model>, DbErr> {
    let sql = "SELECT * FROM complaint WHERE (region_code = '' OR region_code LIKE $1) AND id = $2";
    row(db, sql, [desk_pattern(who).into(), id.0.into()]).await
}

/// Somebody answers; nobody else does until the end of the transaction. False: it is over.
pub async fn answered<C: ConnectionTrait>(tx: &C, id: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE complaint SET state = 'ANSWERED' WHERE id = $1 AND state <> 'COMPLETED'";
    Ok(execute(tx, sql, [id.into()]).await? == 1)
}

/// The desk says that it is settled. False: somebody waits for an answer, or it is over.
pub async fn complete<C: ConnectionTrait>(
    tx: &C,
    id: Uuid,
    (by, at): (Uuid, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let sql = "UPDATE complaint SET state = 'COMPLETED', completed_by = $2, completed_at = $3 \
        WHERE id = $1 AND state = 'ANSWERED'";
    Ok(execute(tx, sql, [id.into(), by.into(), at.into()]).await? == 1)
}

/// The platform knows that it is settled.
pub async fn completion_told<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE complaint SET completion_told_at = $2 \
        WHERE id = $1 AND state = 'COMPLETED' AND completion_told_at IS NULL";
    Ok(execute(db, sql, [id.into(), at.into()]).await? == 1)
}

/// Answers to complaints, the oldest first.
pub async fn answers<C: ConnectionTrait>(db: &C, complaints: Vec<Uuid>) -> Result<Vec<Answer>, DbErr> {
    let of = complaint_answer::Entity::find().filter(Column::ComplaintId.is_in(complaints));
    of.order_by_asc(Column::Id).all(db).await
}

/// Writes an answer to be sent.
pub async fn add_answer<C: ConnectionTrait>(tx: &C, new: Answer) -> Result<(), DbErr> {
    complaint_answer::Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Moves an answer on. False: somebody else has.
pub async fn advance<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
    (from, to): (Sending, Sending),
) -> Result<bool, DbErr> {
    let sql = "UPDATE complaint_answer SET state = $3 WHERE id = $1 AND state = $2";
    Ok(execute(db, sql, [id.into(), from.as_str().into(), to.as_str().into()]).await? == 1)
}

/// The platform has an answer.
pub async fn sent<C: ConnectionTrait>(db: &C, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE complaint_answer SET state = 'SENT', sent_at = $2 WHERE id = $1 AND state = 'SENDING'";
    Ok(execute(db, sql, [id.into(), at.into()]).await? == 1)
}

/// An answer is not sent; somebody must write another.
pub async fn refused<C: ConnectionTrait>(tx: &C, answer: &Answer, reason: &str) -> Result<bool, DbErr> {
    let sql = "UPDATE complaint_answer SET state = 'REFUSED', reason = $2 WHERE id = $1 AND state IN ('WAITING', 'SENDING')";
    let is_first = execute(tx, sql, [answer.id.into(), reason.into()]).await? == 1;
    let sql = "UPDATE complaint SET state = 'OPEN' WHERE id = $1 AND state = 'ANSWERED'";
    execute(tx, sql, [answer.complaint_id.into()]).await?;
    Ok(is_first)
}
