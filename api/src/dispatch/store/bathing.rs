//! Rows of what was measured at a bath, what went wrong, and who is at the home.

use chrono::{DateTime, Utc};
use entities::{incident, vital_sign};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::{row, rows};

/// A carer who has checked in and not left.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Inside {
    /// Which carer.
    pub carer_id: Uuid,
    /// Whether he has the certificate that the service asks for.
    pub is_certified: bool,
}

/// Carers who said yes, have checked in and have not left.
pub async fn inside<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<Inside>, DbErr> {
    let sql = "SELECT a.carer_id, a.is_certified FROM assignment a WHERE a.order_id = $1 AND a.state = 'ACCEPTED' \
        AND EXISTS (SELECT 1 FROM visit_proof p WHERE p.order_id = a.order_id AND p.carer_id = a.carer_id \
          AND p.kind = 'CHECK_IN') \
        AND NOT EXISTS (SELECT 1 FROM visit_proof p WHERE p.order_id = a.order_id AND p.carer_id = a.carer_id \
          AND p.kind = 'CHECK_OUT') ORDER BY a.seat";
    rows(db, sql, [order.into()]).await
}

/// Writes values.
pub async fn insert_vitals<C: ConnectionTrait>(tx: &C, new: vital_sign::Model) -> Result<(), DbErr> {
    vital_sign::Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// Values of an order, by time; at most 20.
pub async fn vitals<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<vital_sign::Model>, DbErr> {
    let sql = "SELECT * FROM vital_sign WHERE order_id = $1 ORDER BY taken_at, id LIMIT 20";
    rows(db, sql, [order.into()]).await
}

/// Values before the bath that one carer took at one moment, sealed.
pub async fn taken_at<C: ConnectionTrait>(
    db: &C,
    (order, carer): (Uuid, Uuid),
    taken_at: DateTime<Utc>,
) -> Result<Vec<vital_sign::Model>, DbErr> {
    let sql = "SELECT * FROM vital_sign WHERE order_id = $1 AND taken_by = $2 AND phase = 'BEFORE' AND taken_at = $3";
    rows(db, sql, [order.into(), carer.into(), taken_at.into()]).await
}

/// The newest values before the bath.
pub async fn newest_before<C: ConnectionTrait>(
    db: &C,
    order: Uuid,
) -> Result<Option<vital_sign::Model>, DbErr> {
    let sql = "SELECT * FROM vital_sign WHERE order_id = $1 AND phase = 'BEFORE' ORDER BY taken_at DESC, id DESC LIMIT 1";
    row(db, sql, [order.into()]).await
}

/// Notes what went wrong.
pub async fn insert_incident<C: ConnectionTrait>(tx: &C, new: incident::Model) -> Result<(), DbErr> {
    incident::Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// What went wrong, by time; at most 20.
pub async fn incidents<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<incident::Model>, DbErr> {
    let sql = "SELECT * FROM incident WHERE order_id = $1 ORDER BY noted_at, id LIMIT 20";
    rows(db, sql, [order.into()]).await
}
