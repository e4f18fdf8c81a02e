//! Rows of codes that were drawn.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::kit::db::{execute, row};

/// The picture of a scene, sealed; `None` when it was never drawn.
pub async fn of_scene<C: ConnectionTrait>(db: &C, scene_index: &str) -> Result<Option<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        picture_sealed: String,
    }
    let sql = "SELECT picture_sealed FROM scene_picture WHERE scene_index = $1";
    let found: Option<Found> = row(db, sql, [scene_index.into()]).await?;
    Ok(found.map(|found| found.picture_sealed))
}

/// Keeps a picture, unless somebody else was quicker.
pub async fn keep<C: ConnectionTrait>(
    db: &C,
    (scene_index, picture_sealed): (&str, String),
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO scene_picture (scene_index, picture_sealed, made_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    execute(db, sql, [scene_index.into(), picture_sealed.into(), at.into()]).await.map(|_| ())
}
