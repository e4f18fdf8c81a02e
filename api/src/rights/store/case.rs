//! Rows of assessments on their way. A change of state is one conditional UPDATE.

use entities::enums::AssessmentState;
use entities::{assessment, assessment_assessor};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _, Value};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::page::Page;

/// One assessment in any state.
pub async fn case<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<assessment::Model>, DbErr> {
    row(db, "SELECT * FROM assessment WHERE id = $1", [id.into()]).await
}

/// Assessments of an elder that went their way here, the newest first; at most 20.
pub async fn of_elder<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Vec<assessment::Model>, DbErr> {
    let sql = "SELECT * FROM assessment WHERE elder_id = $1 AND round IS NOT NULL ORDER BY entered_at DESC, id DESC LIMIT 20";
    rows(db, sql, [elder.into()]).await
}

/// Assessments of a branch that are not at their end, the oldest first. `branch`: a region code, empty for all.
pub async fn open<C: ConnectionTrait>(
    db: &C,
    branch: &str,
    page: Page,
) -> Result<Vec<assessment::Model>, DbErr> {
    let sql = "SELECT s.* FROM assessment s JOIN elder e ON e.id = s.elder_id \
        WHERE s.state NOT IN ('PUBLISHED','CANCELLED') AND e.region_code LIKE $1 AND s.id > $2 ORDER BY s.id LIMIT $3";
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let after = page.after.unwrap_or(Uuid::nil());
    rows(db, sql, [format!("{branch}%").into(), after.into(), limit.into()]).await
}

/// Who assesses and assessed, the first round first.
pub async fn assessors<C: ConnectionTrait>(
    db: &C,
    id: Uuid,
) -> Result<Vec<assessment_assessor::Model>, DbErr> {
    let sql = "SELECT * FROM assessment_assessor WHERE assessment_id = $1 ORDER BY round, person_id";
    rows(db, sql, [id.into()]).await
}

/// Names an assessor of a round.
pub async fn name_assessor<C: ConnectionTrait>(tx: &C, new: assessment_assessor::Model) -> Result<(), DbErr> {
    assessment_assessor::Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Moves an assessment as it was read to another state with what is new of it; false when somebody was faster.
pub async fn step<C: ConnectionTrait>(
    tx: &C,
    from: AssessmentState,
    new: &assessment::Model,
) -> Result<bool, DbErr> {
    let sql = "UPDATE assessment SET state = $3, version = version + 1, round = $4, scheduled_at = $5, scored_at = $6, \
        answers_sealed = $7, reviewed_by = $8, told_sealed = $9, published_at = $10, in_force_on = $11, assessed_on = $12, \
        valid_until = $13, score = $14, level = $15, has_contraindication = $16, note_sealed = $17 \
        WHERE id = $1 AND state = $2 AND version = $18";
    let values: [Value; 18] = [
        new.id.into(),
        from.as_str().into(),
        new.state.as_str().into(),
        new.round.into(),
        new.scheduled_at.into(),
        new.scored_at.into(),
        new.answers_sealed.clone().into(),
        new.reviewed_by.into(),
        new.told_sealed.clone().into(),
        new.published_at.into(),
        new.in_force_on.into(),
        new.assessed_on.into(),
        new.valid_until.into(),
        new.score.into(),
        new.level.map(|level| level.as_str()).into(),
        new.has_contraindication.into(),
        new.note_sealed.clone().into(),
        new.version.into(),
    ];
    Ok(execute(tx, sql, values).await? == 1)
}

/// Persons who assess in a region, as ASSESSOR of a branch above it.
pub async fn assessors_for<C: ConnectionTrait>(db: &C, region: &str) -> Result<Vec<Uuid>, DbErr> {
    #[derive(sea_orm::FromQueryResult)]
    struct Found {
        person_id: Uuid,
    }
    let sql = "SELECT person_id FROM person_role WHERE role = 'ASSESSOR' AND (region_code IS NULL OR $1 LIKE region_code || '%')";
    let found: Vec<Found> = rows(db, sql, [region.into()]).await?;
    Ok(found.into_iter().map(|found| found.person_id).collect())
}
