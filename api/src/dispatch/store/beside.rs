//! Rows of other visits that stand beside one: of the same carer, with the same picture or device, of the same day.

use chrono::{DateTime, Utc};
use entities::enums::ProofKind;
use entities::service_order;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::{row, rows};

/// One end of a visit with the time of its booking.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Proven {
    /// Of which order.
    pub order_id: Uuid,
    /// Which end.
    pub kind: ProofKind,
    /// When the server heard of it.
    pub server_at: DateTime<Utc>,
    /// The phone's own time.
    pub device_at: Option<DateTime<Utc>>,
    /// Whether it came in a signed queue.
    pub is_signed: bool,
    /// Millionths of a degree.
    pub latitude_e6: Option<i32>,
    /// Millionths of a degree.
    pub longitude_e6: Option<i32>,
    /// Metres.
    pub accuracy_m: Option<i32>,
    /// The visit was booked from.
    pub starts_at: DateTime<Utc>,
    /// The visit was booked until.
    pub ends_at: DateTime<Utc>,
}

/// Ends of visits of a carer that the server heard of in a time.
pub async fn of_carer<C: ConnectionTrait>(
    db: &C,
    carer: Uuid,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Proven>, DbErr> {
    let sql = "SELECT p.order_id, p.kind, p.server_at, p.device_at, p.is_signed, p.latitude_e6, p.longitude_e6, \
        p.accuracy_m, o.starts_at, o.ends_at FROM visit_proof p JOIN service_order o ON o.id = p.order_id \
        WHERE p.carer_id = $1 AND p.server_at >= $2 AND p.server_at <= $3 ORDER BY p.server_at, p.id";
    rows(db, sql, [carer.into(), from.into(), until.into()]).await
}

/// A carer's part in a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, FromQueryResult)]
pub struct Part {
    /// Of which order.
    pub order_id: Uuid,
    /// Whose.
    pub carer_id: Uuid,
}

/// Parts with the same picture; one row for each proof.
pub async fn with_photo<C: ConnectionTrait>(db: &C, hash: &str) -> Result<Vec<Part>, DbErr> {
    let sql =
        "SELECT order_id, carer_id FROM visit_proof WHERE photo_hash = $1 ORDER BY server_at, id LIMIT 200";
    rows(db, sql, [hash.into()]).await
}

/// Parts told from the same device in a time.
pub async fn with_device<C: ConnectionTrait>(
    db: &C,
    index: &str,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Part>, DbErr> {
    let sql = "SELECT DISTINCT order_id, carer_id FROM visit_proof WHERE device_index = $1 AND server_at >= $2 \
        AND server_at < $3 ORDER BY order_id, carer_id";
    rows(db, sql, [index.into(), from.into(), until.into()]).await
}

/// Carers of an order who have ever told something from the device.
pub async fn carers_with_device<C: ConnectionTrait>(
    db: &C,
    order: Uuid,
    index: &str,
) -> Result<Vec<Part>, DbErr> {
    let sql = "SELECT DISTINCT o.order_id, o.carer_id FROM visit_proof o JOIN visit_proof p ON p.carer_id = o.carer_id \
        WHERE o.order_id = $1 AND p.device_index = $2 ORDER BY o.order_id, o.carer_id";
    rows(db, sql, [order.into(), index.into()]).await
}

/// Parts in visits of the same elder and service that began in a time and were carried out, with their minutes.
pub async fn of_day<C: ConnectionTrait>(
    db: &C,
    order: &service_order::Model,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<service_order::Model>, DbErr> {
    let sql = "SELECT * FROM service_order WHERE elder_id = $1 AND service_code = $2 AND starts_at >= $3 \
        AND starts_at < $4 AND state IN ('CHECKED_IN', 'DONE', 'CONFIRMED', 'DISPUTED', 'SETTLED') ORDER BY id";
    rows(db, sql, [order.elder_id.into(), order.service_code.clone().into(), from.into(), until.into()]).await
}

/// Carers who came to a visit.
pub async fn carers_of<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<Part>, DbErr> {
    let sql = "SELECT DISTINCT order_id, carer_id FROM visit_proof WHERE order_id = $1 ORDER BY carer_id";
    rows(db, sql, [order.into()]).await
}

/// The carer that a person is.
pub async fn carer_of<C: ConnectionTrait>(db: &C, person: Uuid) -> Result<Option<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let found: Option<Found> =
        row(db, "SELECT id FROM carer WHERE person_id = $1 AND is_active", [person.into()]).await?;
    Ok(found.map(|found| found.id))
}

/// A visit ahead whose carer cannot come any more.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Stranded {
    /// Which visit.
    pub order_id: Uuid,
    /// Whose part in it.
    pub carer_id: Uuid,
    /// Whether the provider may send nobody at all.
    pub is_shut: bool,
}

/// Visits that have not begun, with a carer who paused, is on leave then or works for a provider that is not active; of
/// the carer or the provider named, the first first.
pub async fn stranded<C: ConnectionTrait>(
    db: &C,
    subject: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Stranded>, DbErr> {
    let sql = "SELECT a.order_id, a.carer_id, p.state <> 'ACTIVE' AS is_shut FROM assignment a JOIN service_order o ON o.id = a.order_id \
        JOIN carer c ON c.id = a.carer_id JOIN provider p ON p.id = o.provider_id \
        WHERE (c.id = $1 OR p.id = $1) AND a.state IN ('RESERVED', 'OFFERED', 'ACCEPTED') \
        AND o.state IN ('SLOT_HELD', 'PAID', 'OFFERED', 'ACCEPTED') AND o.starts_at > $2 \
        AND (NOT c.is_active OR p.state <> 'ACTIVE' OR EXISTS (SELECT 1 FROM carer_leave l WHERE l.carer_id = c.id \
          AND l.starts_at < o.ends_at AND l.ends_at > o.starts_at)) ORDER BY o.starts_at, a.order_id, a.seat";
    rows(db, sql, [subject.into(), now.into()]).await
}
