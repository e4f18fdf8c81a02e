//! Rows of the cards at elders' homes.

use chrono::{DateTime, Utc};
use entities::home_card::Model;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::kit::db::{execute, row};

/// The card of an elder; `None` before it was asked for.
pub async fn card<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM home_card WHERE elder_id = $1", [elder.into()]).await
}

/// Makes the card of an elder; another one made at the same moment stays.
pub async fn make<C: ConnectionTrait>(
    db: &C,
    elder: Uuid,
    (public_part, secret_sealed): (String, String),
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO home_card (elder_id, public_part, secret_sealed, made_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT DO NOTHING";
    execute(db, sql, [elder.into(), public_part.into(), secret_sealed.into(), at.into()]).await.map(|_| ())
}
