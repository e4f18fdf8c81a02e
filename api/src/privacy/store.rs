//! Rows of requests. One erasure of an elder is open at a time; a change of state is one conditional statement.

pub mod erase;
pub mod whole;

use chrono::{DateTime, Utc};
use entities::{elder, privacy_request};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use super::rules::{Basis, Served};
use crate::kit::clock::service_day;
use crate::kit::db::{execute, row, rows};

/// Writes a request.
pub async fn insert<C: ConnectionTrait>(tx: &C, new: privacy_request::Model) -> Result<(), DbErr> {
    privacy_request::Entity::insert(new.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// One request.
pub async fn request<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<privacy_request::Model>, DbErr> {
    row(db, "SELECT * FROM privacy_request WHERE id = $1", [id.into()]).await
}

/// The erasure of an elder that is neither done nor over.
pub async fn open_erasure<C: ConnectionTrait>(
    db: &C,
    elder: Uuid,
) -> Result<Option<privacy_request::Model>, DbErr> {
    let sql = "SELECT * FROM privacy_request WHERE elder_id = $1 AND kind = 'ERASURE' AND state = 'ASKED'";
    row(db, sql, [elder.into()]).await
}

/// Requests of an elder, the newest first; at most 50.
pub async fn of_elder<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Vec<privacy_request::Model>, DbErr> {
    let sql = "SELECT * FROM privacy_request WHERE elder_id = $1 ORDER BY id DESC LIMIT 50";
    rows(db, sql, [elder.into()]).await
}

/// How an erasure ends.
#[derive(Clone, Debug)]
pub struct End {
    /// `WITHDRAWN`, `REFUSED` or `DONE`.
    pub state: &'static str,
    /// Code of what stood in the way.
    pub refused_for: Option<&'static str>,
    /// What is kept, as JSON.
    pub outcome: Option<String>,
}

/// Ends a request that is still ASKED; false when it is not.
pub async fn end<C: ConnectionTrait>(tx: &C, id: Uuid, end: End, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE privacy_request SET state = $2, ended_at = $3, refused_for = $4, outcome = $5 \
        WHERE id = $1 AND state = 'ASKED'";
    let values = [id.into(), end.state.into(), at.into(), end.refused_for.into(), end.outcome.into()];
    Ok(execute(tx, sql, values).await? == 1)
}

/// The elder, also a closed one.
pub async fn elder<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<elder::Model>, DbErr> {
    row(db, "SELECT * FROM elder WHERE id = $1", [id.into()]).await
}

/// Closes an elder or opens him again: closed, he is in no list, no search and no booking.
pub async fn close<C: ConnectionTrait>(tx: &C, elder: Uuid, at: Option<DateTime<Utc>>) -> Result<u64, DbErr> {
    execute(tx, "UPDATE elder SET closed_at = $2 WHERE id = $1", [elder.into(), at.into()]).await
}

/// What stands in the way of an erasure.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct InTheWay {
    /// A meal or a visit is still to come or under way, or somebody still has to look after the elder.
    pub order_open: bool,
    /// A voucher is reserved for an order.
    pub voucher_reserved: bool,
    /// Money is on its way, or the money of a visit is not decided.
    pub money_open: bool,
}

/// What stands in the way, in one statement.
pub async fn in_the_way<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Option<InTheWay>, DbErr> {
    let sql = "WITH own AS (SELECT id FROM meal_order WHERE elder_id = $1 \
          UNION ALL SELECT id FROM service_order WHERE elder_id = $1) SELECT \
        (EXISTS (SELECT 1 FROM meal_order WHERE elder_id = $1 \
            AND state IN ('HELD', 'CONFIRMED', 'LOCKED', 'READY', 'OUT_FOR_DELIVERY')) \
          OR EXISTS (SELECT 1 FROM service_order WHERE elder_id = $1 AND state NOT IN \
            ('QUOTED', 'EXPIRED', 'CANCELLED', 'REFUNDED', 'CONFIRMED', 'SETTLED')) \
          OR EXISTS (SELECT 1 FROM welfare_check WHERE elder_id = $1 AND state = 'OPEN')) AS order_open, \
        EXISTS (SELECT 1 FROM voucher_grant WHERE elder_id = $1 AND reserved_fen > 0) AS voucher_reserved, \
        (EXISTS (SELECT 1 FROM service_order WHERE elder_id = $1 AND state = 'CONFIRMED') \
          OR EXISTS (SELECT 1 FROM payment_attempt WHERE order_id IN (SELECT id FROM own) \
            AND state IN ('CREATED', 'PREPAID')) \
          OR EXISTS (SELECT 1 FROM refund WHERE order_id IN (SELECT id FROM own) \
            AND (state IN ('REQUESTED', 'ACCEPTED', 'ABNORMAL') OR stuck_at IS NOT NULL)) \
          OR EXISTS (SELECT 1 FROM settlement_line WHERE order_id IN (SELECT id FROM own) \
            AND state IN ('PENDING', 'HELD'))) AS money_open";
    row(db, sql, [elder.into()]).await
}

/// What retention is reckoned from.
pub async fn basis<C: ConnectionTrait>(db: &C, elder: Uuid, ends_at: DateTime<Utc>) -> Result<Basis, DbErr> {
    #[derive(FromQueryResult)]
    struct Order {
        over_at: DateTime<Utc>,
        is_public: bool,
    }
    #[derive(FromQueryResult)]
    struct Has {
        health: bool,
        consents: bool,
    }
    let sql = "SELECT coalesce(ended_at, created_at) AS over_at, (subsidy_fen > 0 OR voucher_fen > 0) AS is_public \
        FROM meal_order WHERE elder_id = $1 UNION ALL \
        SELECT coalesce(done_at, ended_at, created_at) AS over_at, (subsidy_fen > 0 OR voucher_fen > 0) AS is_public \
        FROM service_order WHERE elder_id = $1";
    let orders: Vec<Order> = rows(db, sql, [elder.into()]).await?;
    let sql = "SELECT (EXISTS (SELECT 1 FROM assessment WHERE elder_id = $1 AND state = 'PUBLISHED') \
          OR EXISTS (SELECT 1 FROM service_order o JOIN vital_sign v ON v.order_id = o.id WHERE o.elder_id = $1) \
          OR EXISTS (SELECT 1 FROM service_order o JOIN incident i ON i.order_id = o.id WHERE o.elder_id = $1)) AS health, \
        (EXISTS (SELECT 1 FROM consent WHERE elder_id = $1) \
          OR EXISTS (SELECT 1 FROM data_access WHERE elder_id = $1)) AS consents";
    let has: Option<Has> = row(db, sql, [elder.into()]).await?;
    Ok(Basis {
        orders: orders
            .into_iter()
            .map(|order| Served { ended_at: order.over_at, is_public: order.is_public })
            .collect(),
        has_health: has.as_ref().is_some_and(|has| has.health),
        has_consents: has.is_some_and(|has| has.consents),
        ends_on: service_day(ends_at),
    })
}
