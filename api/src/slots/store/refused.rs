//! Rows of carers whom elders do not want any more.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::ids::{CarerId, ElderId};

/// A carer who has been at an elder's home, or was to come.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Known {
    /// Which carer.
    pub id: Uuid,
    /// Name, sealed.
    pub name_sealed: String,
    /// Since when he is not wanted; `None` when he is.
    pub refused_at: Option<DateTime<Utc>>,
}

const KNOWN: &str = "SELECT c.id, c.name_sealed, r.refused_at FROM carer c \
    LEFT JOIN refused_carer r ON r.carer_id = c.id AND r.elder_id = $1 \
    WHERE EXISTS (SELECT 1 FROM assignment a JOIN service_order o ON o.id = a.order_id \
      WHERE a.carer_id = c.id AND o.elder_id = $1 AND a.answered_at IS NOT NULL AND a.state IN ('ACCEPTED', 'FAILED', 'RELEASED'))";

/// A carer whom the elder's family has seen coming; `None` for any other.
pub async fn known<C: ConnectionTrait>(
    db: &C,
    elder: ElderId,
    carer: CarerId,
) -> Result<Option<Known>, DbErr> {
    row(db, &format!("{KNOWN} AND c.id = $2"), [elder.0.into(), carer.0.into()]).await
}

/// Carers whom the elder does not want, the latest first; at most 50.
pub async fn refused<C: ConnectionTrait>(db: &C, elder: ElderId) -> Result<Vec<Known>, DbErr> {
    let sql = format!("{KNOWN} AND r.refused_at IS NOT NULL ORDER BY r.refused_at DESC, c.id LIMIT 50");
    rows(db, &sql, [elder.0.into()]).await
}

/// Writes that a carer is not wanted. False: it was written before.
pub async fn refuse<C: ConnectionTrait>(
    tx: &C,
    (elder, carer): (ElderId, CarerId),
    by: Uuid,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO refused_carer (elder_id, carer_id, refused_by, refused_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT DO NOTHING";
    Ok(execute(tx, sql, [elder.0.into(), carer.0.into(), by.into(), at.into()]).await? == 1)
}

/// Writes that a carer is welcome again. False: he was.
pub async fn welcome<C: ConnectionTrait>(tx: &C, (elder, carer): (ElderId, CarerId)) -> Result<bool, DbErr> {
    let sql = "DELETE FROM refused_carer WHERE elder_id = $1 AND carer_id = $2";
    Ok(execute(tx, sql, [elder.0.into(), carer.0.into()]).await? == 1)
}
