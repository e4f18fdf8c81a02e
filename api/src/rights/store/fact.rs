//! Rows of archives. A word is never changed; a newer one takes its place from some day on.

use chrono::{DateTime, Utc};
use entities::enums::CorrectionState;
use entities::{elder_fact, fact_correction};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _, Value};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::page::Page;

/// Writes a word and puts it in the place of those that began on its first day or later.
pub async fn insert<C: ConnectionTrait>(tx: &C, new: elder_fact::Model) -> Result<(), DbErr> {
    let values: [Value; 4] =
        [new.elder_id.into(), new.field.clone().into(), new.from_on.into(), new.id.into()];
    elder_fact::Entity::insert(new.into_active_model()).exec_without_returning(tx).await?;
    let sql = "UPDATE elder_fact SET superseded_by = $4 WHERE elder_id = $1 AND field = $2 AND from_on >= $3 \
        AND superseded_by IS NULL AND id <> $4";
    execute(tx, sql, values).await.map(|_| ())
}

/// One word.
pub async fn fact<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<elder_fact::Model>, DbErr> {
    row(db, "SELECT * FROM elder_fact WHERE id = $1", [id.into()]).await
}

/// Standing words of an elder by field, the oldest first; at most 200.
pub async fn standing<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Vec<elder_fact::Model>, DbErr> {
    let sql = "SELECT * FROM elder_fact WHERE elder_id = $1 AND superseded_by IS NULL \
        ORDER BY field, from_on LIMIT 200";
    rows(db, sql, [elder.into()]).await
}

/// Every word ever entered about an elder, the oldest first.
pub async fn history<C: ConnectionTrait>(
    db: &C,
    elder: Uuid,
    page: Page,
) -> Result<Vec<elder_fact::Model>, DbErr> {
    let sql = "SELECT * FROM elder_fact WHERE elder_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    rows(db, sql, [elder.into(), page.after.unwrap_or(Uuid::nil()).into(), limit.into()]).await
}

/// The standing words under one seal.
pub async fn snapshot<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Option<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        snapshot_sealed: String,
    }
    let sql = "SELECT snapshot_sealed FROM elder_archive WHERE elder_id = $1";
    let found: Option<Found> = row(db, sql, [elder.into()]).await?;
    Ok(found.map(|found| found.snapshot_sealed))
}

/// Keeps the standing words under one seal.
pub async fn put_snapshot<C: ConnectionTrait>(
    tx: &C,
    elder: Uuid,
    sealed: String,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO elder_archive (elder_id, snapshot_sealed, updated_at) VALUES ($1, $2, $3) \
        ON CONFLICT (elder_id) DO UPDATE SET snapshot_sealed = excluded.snapshot_sealed, updated_at = excluded.updated_at";
    execute(tx, sql, [elder.into(), sealed.into(), at.into()]).await.map(|_| ())
}

/// Writes a wish to correct something.
pub async fn ask<C: ConnectionTrait>(tx: &C, new: fact_correction::Model) -> Result<(), DbErr> {
    fact_correction::Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// One wish.
pub async fn correction<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
) -> Result<Option<fact_correction::Model>, DbErr> {
    row(db, "SELECT * FROM fact_correction WHERE id = $1", [id.into()]).await
}

/// Wishes about an elder's archive, the newest first; at most 50.
pub async fn corrections<C: ConnectionTrait>(
    db: &C,
    elder: Uuid,
) -> Result<Vec<fact_correction::Model>, DbErr> {
    let sql = "SELECT * FROM fact_correction WHERE elder_id = $1 ORDER BY asked_at DESC, id DESC LIMIT 50";
    rows(db, sql, [elder.into()]).await
}

/// Open wishes of a branch of the region tree, the oldest first. `branch`: a region code, empty for all.
pub async fn open_corrections<C: ConnectionTrait>(
    db: &C,
    branch: &str,
    page: Page,
) -> Result<Vec<fact_correction::Model>, DbErr> {
    let sql = "SELECT c.* FROM fact_correction c JOIN elder e ON e.id = c.elder_id WHERE c.state = 'OPEN' \
        AND e.region_code LIKE $1 AND c.id > $2 ORDER BY c.id LIMIT $3";
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let after = page.after.unwrap_or(Uuid::nil());
    rows(db, sql, [format!("{branch}%").into(), after.into(), limit.into()]).await
}

/// What an officer answers to a wish.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which wish.
    pub id: Uuid,
    /// The word that was entered with a yes; none with a no.
    pub fact: Option<Uuid>,
    /// Words for the elder, sealed.
    pub words_sealed: String,
    /// Who answers.
    pub by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}

/// Answers an open wish; false when it was answered already.
pub async fn answer<C: ConnectionTrait>(tx: &C, answer: Answer) -> Result<bool, DbErr> {
    let sql = "UPDATE fact_correction SET state = $2, fact_id = $3, answer_sealed = $4, answered_by = $5, answered_at = $6 \
        WHERE id = $1 AND state = 'OPEN'";
    let Answer { id, fact, words_sealed, by, at } = answer;
    let state = if fact.is_some() { CorrectionState::Accepted } else { CorrectionState::Refused };
    let values: [Value; 6] =
        [id.into(), state.as_str().into(), fact.into(), words_sealed.into(), by.into(), at.into()];
    Ok(execute(tx, sql, values).await? == 1)
}
