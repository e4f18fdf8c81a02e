//! What a carer is asked for and has done.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entities::enums::AssignmentState;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::kit::db::{marks, rows};
use crate::kit::ids::PersonId;

/// A carer's own part in a visit.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Part {
    order_id: Uuid,
    /// Asked, or has said yes.
    pub state: AssignmentState,
    /// Until when to answer.
    pub expires_at: Option<DateTime<Utc>>,
    base_latitude_e6: Option<i32>,
    base_longitude_e6: Option<i32>,
}

impl Part {
    /// Where the carer usually starts from, in millionths of a degree, latitude first.
    pub fn base_e6(&self) -> Option<(i32, i32)> {
        self.base_latitude_e6.zip(self.base_longitude_e6)
    }
}

/// The person's parts in visits, by order: where he is asked or has said yes.
pub async fn parts_of<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    orders: &[Uuid],
) -> Result<HashMap<Uuid, Part>, DbErr> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT a.order_id, a.state, a.expires_at, c.base_latitude_e6, c.base_longitude_e6 FROM assignment a \
         JOIN carer c ON c.id = a.carer_id WHERE c.person_id = $1 AND a.state IN ('OFFERED', 'ACCEPTED') \
         AND a.order_id IN ({})",
        marks(2, orders.len())
    );
    let values = std::iter::once(person.0.into()).chain(orders.iter().map(|id| Value::from(*id)));
    let found: Vec<Part> = rows(db, &sql, values).await?;
    Ok(found.into_iter().map(|part| (part.order_id, part)).collect())
}

/// A visit that a carer carried out.
#[derive(Debug, FromQueryResult)]
pub struct Carried {
    /// Agreed begin.
    pub starts_at: DateTime<Utc>,
    /// Agreed end.
    pub ends_at: DateTime<Utc>,
    /// Published price of the whole visit, in fen.
    pub list_fen: i64,
    /// Carers who came.
    pub carers_needed: i16,
    /// Whether its money waits for somebody to look.
    pub is_held: bool,
}

/// What the person carried out from one moment to another.
pub async fn carried_out<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Carried>, DbErr> {
    let sql = "SELECT o.starts_at, o.ends_at, o.list_fen, o.carers_needed, \
        CASE WHEN l.state = 'HELD' THEN TRUE ELSE FALSE END AS is_held \
        FROM assignment a JOIN carer c ON c.id = a.carer_id JOIN service_order o ON o.id = a.order_id \
        LEFT JOIN settlement_line l ON l.order_id = o.id \
        WHERE c.person_id = $1 AND a.state = 'ACCEPTED' AND o.starts_at >= $2 AND o.starts_at < $3 \
        AND o.state IN ('DONE', 'CONFIRMED', 'DISPUTED', 'SETTLED')";
    rows(db, sql, [person.0.into(), from.into(), until.into()]).await
}

/// Live-update topic of a carer's work.
pub fn carer_topic(person: Uuid) -> String {
    format!("carer:{person}")
}

/// Persons who were ever asked for one of these visits: their lists have changed with it.
pub async fn asked_persons<C: ConnectionTrait>(db: &C, orders: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Asked {
        person_id: Uuid,
    }
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT DISTINCT c.person_id FROM assignment a JOIN carer c ON c.id = a.carer_id \
         WHERE c.person_id IS NOT NULL AND a.state <> 'RESERVED' AND a.order_id IN ({})",
        marks(1, orders.len())
    );
    let found: Vec<Asked> = rows(db, &sql, orders.iter().map(|id| Value::from(*id))).await?;
    Ok(found.into_iter().map(|asked| asked.person_id).collect())
}
