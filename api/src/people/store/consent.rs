//! Rows of consents. A yes is never changed into a no: it is withdrawn, and an elder's own no is a row of its own.

use std::collections::HashSet;

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

/// A word with the name of who signed it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Signed {
    /// The word.
    #[sea_orm(nested)]
    pub word: consent::Model,
    /// The signer's name, sealed; `None` for the elder himself, and while nobody told it.
    pub signer_sealed: Option<String>,
}

/// The newest word about each purpose, whoever said it.
pub async fn newest_of_each<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Vec<Signed>, DbErr> {
    let sql = "SELECT w.*, p.name_sealed AS signer_sealed FROM consent w LEFT JOIN person p ON p.id = w.signer_id \
        AND w.signed_as = 'GUARDIAN' WHERE w.elder_id = $1 AND NOT EXISTS (SELECT 1 FROM consent n \
        WHERE n.elder_id = w.elder_id AND n.purpose = w.purpose AND (n.signed_at > w.signed_at \
        OR (n.signed_at = w.signed_at AND n.id > w.id)))";
    rows(db, sql, [elder.into()]).await
}

/// Elders between two ids, both included, about whom a no stands: it is their newest word.
pub async fn refusing<C: ConnectionTrait>(
    db: &C,
    purpose: ConsentPurpose,
    (first, last): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<HashSet<Uuid>, DbErr> {
    let sql = "SELECT w.elder_id AS id FROM consent w WHERE w.purpose = $1 AND w.elder_id >= $2 AND w.elder_id <= $3 \
        AND NOT w.is_given AND (w.valid_until IS NULL OR w.valid_until > $4) AND NOT EXISTS (SELECT 1 FROM consent n \
        WHERE n.elder_id = w.elder_id AND n.purpose = w.purpose AND n.is_given AND n.signed_at > w.signed_at)";
    let found: Vec<Found> =
        rows(db, sql, [purpose.as_str().into(), first.into(), last.into(), now.into()]).await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// A yes that stands at a moment: signed before, not withdrawn, not run out.
pub async fn standing<C: ConnectionTrait>(
    db: &C,
    (elder, purpose): (Uuid, ConsentPurpose),
    at: DateTime<Utc>,
) -> Result<Option<consent::Model>, DbErr> {
    let sql = "SELECT * FROM consent WHERE elder_id = $1 AND purpose = $2 AND is_given AND withdrawn_at IS NULL \
        AND (valid_until IS NULL OR valid_until >= $3) ORDER BY signed_at DESC, id DESC LIMIT 1";
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
    Ok(last.is_some_and(|word| !word.is_given && word.valid_until.is_none_or(|until| until > now)))
}

/// Takes every yes back that stands; says how many.
pub async fn withdraw<C: ConnectionTrait>(
    tx: &C,
    (elder, purpose): (Uuid, ConsentPurpose),
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let sql = "UPDATE consent SET withdrawn_at = $3, withdrawn_by = $4 WHERE elder_id = $1 AND purpose = $2 AND is_given \
        AND withdrawn_at IS NULL AND (valid_until IS NULL OR valid_until > $3)";
    execute(tx, sql, [elder.into(), purpose.as_str().into(), now.into(), by.into()]).await
}

/// People with a live bond that lets them decide for the elder (bit 16), at most 50.
pub async fn deciders<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Vec<Uuid>, DbErr> {
    let sql = "SELECT person_id AS id FROM family_bond WHERE elder_id = $1 AND state = 'ACTIVE' AND (scopes & 16) <> 0 \
        ORDER BY id LIMIT 50";
    let found: Vec<Found> = rows(db, sql, [elder.into()]).await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}
