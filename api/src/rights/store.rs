//! Rows of ability assessments. The newest published one counts; older ones stay.

pub mod access;
pub mod case;
pub mod enrolment;
pub mod fact;
pub mod known;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::AbilityLevel;
use entities::{assessment, elder};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::{row, rows};
use crate::kit::ids::ElderId;

/// A published result.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Published {
    /// Which assessment.
    pub id: Uuid,
    /// Whose.
    pub elder_id: Uuid,
    /// When the elder was assessed.
    pub assessed_on: NaiveDate,
    /// Last day on which it counts.
    pub valid_until: NaiveDate,
    /// Points, 0 to 90.
    pub score: i16,
    /// The level found.
    pub level: AbilityLevel,
    /// Whether something speaks against a bath.
    pub has_contraindication: bool,
    /// Note of the assessor, sealed.
    pub note_sealed: Option<String>,
    /// When it was entered.
    pub entered_at: DateTime<Utc>,
}

/// The elder unless he is closed, for an assessor or officer whose branch is looked at afterwards.
pub async fn elder<C: ConnectionTrait>(db: &C, id: ElderId) -> Result<Option<elder::Model>, DbErr> {
    row(db, "SELECT * FROM elder WHERE id = $1 AND closed_at IS NULL", [id.0.into()]).await
}

/// Writes an assessment.
pub async fn insert<C: ConnectionTrait>(tx: &C, new: assessment::Model) -> Result<(), DbErr> {
    assessment::Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// One published result.
pub async fn result<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<Published>, DbErr> {
    row(db, "SELECT * FROM assessment WHERE id = $1 AND state = 'PUBLISHED'", [id.into()]).await
}

/// The newest published result, whether it still counts or not.
pub async fn newest<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Option<Published>, DbErr> {
    Ok(published(db, elder).await?.into_iter().next())
}

/// Published results of an elder, the newest first; at most 20.
pub async fn published<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Vec<Published>, DbErr> {
    let sql = "SELECT * FROM assessment WHERE elder_id = $1 AND state = 'PUBLISHED' \
        ORDER BY assessed_on DESC, entered_at DESC, id DESC LIMIT 20";
    rows(db, sql, [elder.into()]).await
}
