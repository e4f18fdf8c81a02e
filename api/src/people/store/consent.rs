//! Rows of consents. A yes is never changed into a no: it is withdrawn, and an elder's own no is a row of its own.

use chrono::{DateTime, Utc};
use entities::consent;
use entities::enums::ConsentPurpose;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};

#[derive(FromQueryResult)]
struct Found {
    id: Uuid,
}

/// Lets one word about an elder's consents follow the other: locked on PostgreSQL until the transaction ends.
pub async fn lock_elder<C: ConnectionTrait>(tx: &C, elder: Uuid) -> Result<bool, DbErr> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let found: Option<Found> =
        row(tx, &format!("SELECT id FROM elder WHERE id = $1{lock}"), [elder.into()]).await?;
    Ok(found.is_some_and(|found| found.id == elder))
}

/// Writes a yes or a no.
pub async fn insert<C: ConnectionTrait>(tx: &C, word: consent::Model) -> Result<(), DbErr> {
    consent::Entity::insert(word.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// One word.
pub async fn word<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<consent::Model>, DbErr> {
    row(db, "SELECT * FROM consent WHERE id = $1", [id.into()]).await
}

/// The newest word about a purpose, whoever said it.
pub async fn newest<C: ConnectionTrait>(
    db: &C,
    elder: Uuid,
    purpose: ConsentPurpose,
) -> Result<Option<consent::Model>, DbErr> {
    let sql =
        "SELECT * FROM consent WHERE elder_id = $1 AND purpose = $2 ORDER BY signed_at DESC, id DESC LIMIT 1";
    row(db, sql, [elder.into(), purpose.as_str().into()]).await
}

/// A yes that stands at a moment: signed before, not withdrawn, not run out.
pub async fn standing<C: ConnectionTrait>(
    db: &C,
    (elder, purpose): (Uuid, ConsentPurpose),
    at: DateTime<Utc>,
) -> Result<Option<consent::Model>, DbErr> {
    let sql = "SELECT * FROM consent WHERE elder_id = $1 AND purpose = $2 AND is_given AND withdrawn_at IS NULL \
        AND valid_until >= $3 ORDER BY signed_at DESC, id DESC LIMIT 1";
    row(db, sql, [elder.into(), purpose.as_str().into(), at.into()]).await
}

/// Whether the elder's own last word is a no that has not run out.
pub async fn has_elder_said_no<C: ConnectionTrait>(
    db: &C,
    (elder, purpose): (Uuid, ConsentPurpose),
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "SELECT * FROM consent WHERE elder_id = $1 AND purpose = $2 AND signed_as = 'ELDER' \
        ORDER BY signed_at DESC, id DESC LIMIT 1";
    let last: Option<consent::Model> = row(db, sql, [elder.into(), purpose.as_str().into()]).await?;
    Ok(last.is_some_and(|word| !word.is_given && word.valid_until > now))
}

/// Takes every yes back that stands; says how many.
pub async fn withdraw<C: ConnectionTrait>(
    tx: &C,
    (elder, purpose): (Uuid, ConsentPurpose),
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let sql = "UPDATE consent SET withdrawn_at = $3, withdrawn_by = $4 WHERE elder_id = $1 AND purpose = $2 AND is_given \
        AND withdrawn_at IS NULL AND valid_until > $3";
    execute(tx, sql, [elder.into(), purpose.as_str().into(), now.into(), by.into()]).await
}

/// People with a live bond that lets them decide for the elder (bit 16), at most 50.
pub async fn deciders<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Vec<Uuid>, DbErr> {
    let sql = "SELECT person_id AS id FROM family_bond WHERE elder_id = $1 AND state = 'ACTIVE' AND (scopes & 16) <> 0 \
        ORDER BY id LIMIT 50";
    let found: Vec<Found> = rows(db, sql, [elder.into()]).await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}
