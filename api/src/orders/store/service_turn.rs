//! Rows of what can come between the acceptance and the settlement of a visit. The caller has locked the order.

use chrono::{DateTime, Utc};
use entities::enums::FaultKind;
use entities::{service_order, visit_fault, visit_wait};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::{execute, row};

/// Moves an order to another time; its carers are looked for in a new round.
pub async fn moved<C: ConnectionTrait>(
    tx: &C,
    order: &service_order::Model,
    (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
    (is_counted, search_until): (bool, DateTime<Utc>),
) -> Result<u64, DbErr> {
    let sql = "UPDATE service_order SET starts_at = $2, ends_at = $3, moves = moves + $4, round = round + 1, \
        search_until = $5, choice_before = NULL WHERE id = $1";
    let values = [
        order.id.into(),
        starts_at.into(),
        ends_at.into(),
        i32::from(is_counted).into(),
        search_until.into(),
    ];
    execute(tx, sql, values).await
}

/// The provider failed: carers are looked for until then, or the family chooses until then.
pub async fn failed<C: ConnectionTrait>(
    tx: &C,
    order: Uuid,
    now: DateTime<Utc>,
    (search_until, choice_before): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
) -> Result<u64, DbErr> {
    let sql = "UPDATE service_order SET failed_at = $2, search_until = coalesce($3, search_until), choice_before = $4 \
        WHERE id = $1";
    execute(tx, sql, [order.into(), now.into(), search_until.into(), choice_before.into()]).await
}

/// Other carers have said yes: what failed before is over.
pub async fn found<C: ConnectionTrait>(tx: &C, order: Uuid) -> Result<u64, DbErr> {
    execute(tx, "UPDATE service_order SET failed_at = NULL WHERE id = $1", [order.into()]).await
}

/// Ends the part of one carer, or of all, because the carer or the provider failed.
pub async fn fail_parts<C: ConnectionTrait>(
    tx: &C,
    order: Uuid,
    carer: Option<Uuid>,
    (reason, now): (&str, DateTime<Utc>),
) -> Result<Vec<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Failed {
        carer_id: Uuid,
    }
    let only = if carer.is_some() { "AND carer_id = $4" } else { "AND $4 = $4" };
    let sql = format!(
        "UPDATE assignment SET state = 'FAILED', decline_reason = $2, answered_at = $3 WHERE order_id = $1 \
         AND state = 'ACCEPTED' {only} RETURNING carer_id"
    );
    let values = [order.into(), reason.into(), now.into(), carer.unwrap_or(Uuid::nil()).into()];
    let failed: Vec<Failed> = crate::kit::db::rows(tx, &sql, values).await?;
    Ok(failed.into_iter().map(|row| row.carer_id).collect())
}

/// Notes what counts against a provider.
pub async fn blame<C: ConnectionTrait>(
    tx: &C,
    id: Uuid,
    order: &service_order::Model,
    (kind, carer): (FaultKind, Option<Uuid>),
    (reason, now): (&str, DateTime<Utc>),
) -> Result<(), DbErr> {
    let fault = visit_fault::Model {
        id,
        order_id: order.id,
        provider_id: order.provider_id,
        carer_id: carer,
        kind,
        reason: reason.to_owned(),
        noted_at: now,
    };
    visit_fault::Entity::insert(fault.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Writes that a carer waits at the door. False: somebody has written so before.
pub async fn wait<C: ConnectionTrait>(tx: &C, wait: visit_wait::Model) -> Result<bool, DbErr> {
    let written = visit_wait::Entity::insert(wait.into_active_model())
        .on_conflict(sea_orm::sea_query::OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await;
    match written {
        Ok(count) => Ok(count == 1),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Since when a carer waits at the door.
pub async fn waiting<C: ConnectionTrait>(
    db: &C,
    order: &service_order::Model,
) -> Result<Option<visit_wait::Model>, DbErr> {
    let sql = "SELECT * FROM visit_wait WHERE order_id = $1 AND round = $2";
    row(db, sql, [order.id.into(), order.round.into()]).await
}

/// Whether the order's timeline has such an event since an instant.
pub async fn has_event<C: ConnectionTrait>(
    db: &C,
    order: Uuid,
    (name, since): (&str, DateTime<Utc>),
) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct There {
        is_there: bool,
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM event WHERE subject = 'service_order' AND subject_id = $1 AND name = $2 \
        AND happened_at >= $3) AS is_there";
    let found: Option<There> = row(db, sql, [order.into(), name.into(), since.into()]).await?;
    Ok(found.is_some_and(|found| found.is_there))
}

/// Somebody objects, once. False: it was objected to before, or a person has decided.
pub async fn disputed<C: ConnectionTrait>(tx: &C, order: Uuid, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE service_order SET disputed_at = $2 WHERE id = $1 AND disputed_at IS NULL AND decided_at IS NULL";
    Ok(execute(tx, sql, [order.into(), now.into()]).await? == 1)
}

/// A person decides about the money, once; `kept_fen` is what the provider gets. False: it was decided before.
pub async fn decided<C: ConnectionTrait>(
    tx: &C,
    order: Uuid,
    kept_fen: i64,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE service_order SET decided_at = $2, kept_fen = $3 WHERE id = $1 AND decided_at IS NULL";
    Ok(execute(tx, sql, [order.into(), now.into(), kept_fen.into()]).await? == 1)
}

/// Nothing is owed for an order, whatever was decided before.
pub async fn taken_back<C: ConnectionTrait>(tx: &C, order: Uuid, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "UPDATE service_order SET decided_at = coalesce(decided_at, $2), kept_fen = 0 WHERE id = $1";
    execute(tx, sql, [order.into(), now.into()]).await
}

/// Whether the carer that the person is has checked out of the visit.
pub async fn has_left<C: ConnectionTrait>(db: &C, order: Uuid, person: Uuid) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Left {
        has_left: bool,
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM visit_proof p JOIN carer c ON c.id = p.carer_id WHERE p.order_id = $1 \
        AND c.person_id = $2 AND p.kind = 'CHECK_OUT') AS has_left";
    let found: Option<Left> = row(db, sql, [order.into(), person.into()]).await?;
    Ok(found.is_some_and(|found| found.has_left))
}
