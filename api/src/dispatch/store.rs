//! Rows of dispatch. Every change of state is one conditional statement.

pub mod bathing;
pub mod beside;
pub mod call_back;
pub mod card;
pub mod exception;
pub mod fault;
pub mod queue;

use chrono::{DateTime, Utc};
use entities::enums::ProofKind;
use entities::{visit_proof, visit_task};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};

#[derive(FromQueryResult)]
struct Carer {
    carer_id: Uuid,
}

/// Name of the event of a wrong code at the door.
pub const DOOR_CODE_WRONG: &str = "door_code_wrong";

/// How often a carer gave a wrong code for a visit.
pub async fn wrong_codes<C: ConnectionTrait>(tx: &C, part: Uuid) -> Result<i64, DbErr> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let sql =
        "SELECT count(*) AS count FROM event WHERE subject = 'assignment' AND subject_id = $1 AND name = $2";
    let found: Option<Count> = row(tx, sql, [part.into(), DOOR_CODE_WRONG.into()]).await?;
    Ok(found.map_or(0, |found| found.count))
}

/// A carer who has something to do.
#[derive(FromQueryResult)]
pub struct Wanted {
    /// The telephone number, sealed.
    pub phone_sealed: String,
    /// The part in the visit: OFFERED or ACCEPTED.
    pub state: String,
}

/// Who has something to do for a visit, or for this one, at most 50: who is asked before who has said yes, the last asked
/// first.
pub async fn wanted<C: ConnectionTrait>(db: &C, order: Option<Uuid>) -> Result<Vec<Wanted>, DbErr> {
    let which = if order.is_some() { "o.id = $1" } else { "1 = 1" };
    let sql = format!(
        "SELECT c.phone_sealed, a.state FROM assignment a JOIN carer c ON c.id = a.carer_id \
        JOIN service_order o ON o.id = a.order_id WHERE {which} AND (a.state = 'OFFERED' \
        OR a.state = 'ACCEPTED' AND o.state IN ('OFFERED', 'ACCEPTED', 'EN_ROUTE', 'CHECKED_IN')) \
        ORDER BY CASE WHEN a.state = 'OFFERED' THEN 0 ELSE 1 END, a.offered_at DESC, a.seat LIMIT 50"
    );
    rows(db, &sql, order.map(Into::into)).await
}

/// Ends offers that nobody answered in time; gives their carers.
pub async fn time_out<C: ConnectionTrait>(
    tx: &C,
    order: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbErr> {
    let found: Vec<Carer> = rows(
        tx,
        "UPDATE assignment SET state = 'TIMED_OUT', answered_at = $2 WHERE order_id = $1 AND state = 'OFFERED' \
         AND expires_at <= $2 RETURNING carer_id",
        [order.into(), now.into()],
    )
    .await?;
    Ok(found.into_iter().map(|row| row.carer_id).collect())
}

/// Asks everybody who was chosen and not asked yet; says how many.
pub async fn offer<C: ConnectionTrait>(
    tx: &C,
    order: Uuid,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let sql = "UPDATE assignment SET state = 'OFFERED', offered_at = $2, expires_at = $3 \
        WHERE order_id = $1 AND state = 'RESERVED'";
    execute(tx, sql, [order.into(), now.into(), expires_at.into()]).await
}

/// The carer says yes. False: the offer is gone.
pub async fn accept<C: ConnectionTrait>(tx: &C, part: Uuid, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE assignment SET state = 'ACCEPTED', answered_at = $2 \
        WHERE id = $1 AND state = 'OFFERED' AND expires_at > $2";
    Ok(execute(tx, sql, [part.into(), now.into()]).await? == 1)
}

/// The carer says no. False: the offer is gone.
pub async fn decline<C: ConnectionTrait>(
    tx: &C,
    part: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE assignment SET state = 'DECLINED', answered_at = $2, decline_reason = $3 \
        WHERE id = $1 AND state = 'OFFERED'";
    Ok(execute(tx, sql, [part.into(), now.into(), reason.into()]).await? == 1)
}

/// Writes one end of a visit. False: it was written before.
pub async fn prove<C: ConnectionTrait>(tx: &C, proof: visit_proof::Model) -> Result<bool, DbErr> {
    let written = visit_proof::Entity::insert(proof.into_active_model())
        .on_conflict(sea_orm::sea_query::OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await;
    match written {
        Ok(count) => Ok(count == 1),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Proofs of an order, by time.
pub async fn proofs<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<visit_proof::Model>, DbErr> {
    rows(db, "SELECT * FROM visit_proof WHERE order_id = $1 ORDER BY server_at, id", [order.into()]).await
}

/// How many carers have proven one end of a visit.
pub async fn proven<C: ConnectionTrait>(db: &C, order: Uuid, kind: ProofKind) -> Result<usize, DbErr> {
    Ok(proofs(db, order).await?.iter().filter(|proof| proof.kind == kind).count())
}

/// Writes the answers to the tasks of a visit; the last answer counts.
pub async fn answer_tasks<C: ConnectionTrait>(tx: &C, answers: Vec<visit_task::Model>) -> Result<(), DbErr> {
    use visit_task::Column;
    let conflict = sea_orm::sea_query::OnConflict::columns([Column::OrderId, Column::Code])
        .update_columns([Column::IsDone, Column::Reason, Column::AnsweredAt])
        .to_owned();
    let rows = answers.into_iter().map(|row| row.into_active_model());
    visit_task::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(tx).await.map(|_| ())
}

/// Answers to the tasks of a visit.
pub async fn tasks<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<visit_task::Model>, DbErr> {
    rows(db, "SELECT * FROM visit_task WHERE order_id = $1 ORDER BY code", [order.into()]).await
}

/// The visit is over at this moment.
pub async fn done_at<C: ConnectionTrait>(tx: &C, order: Uuid, at: DateTime<Utc>) -> Result<(), DbErr> {
    execute(tx, "UPDATE service_order SET done_at = $2 WHERE id = $1", [order.into(), at.into()])
        .await
        .map(|_| ())
}

/// Takes an offer, or a choice not yet told, back from a carer.
pub async fn replace<C: ConnectionTrait>(tx: &C, part: Uuid, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "UPDATE assignment SET state = 'RELEASED', answered_at = $2 WHERE id = $1 AND state IN ('RESERVED', 'OFFERED')";
    execute(tx, sql, [part.into(), now.into()]).await
}
