//! Asking the family to pay.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::{execute, rows};
use crate::kit::ids::OrderId;
use crate::kit::viewer::SignedIn;

/// An order that somebody is asked to pay.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Requested {
    /// Which order.
    pub order_id: Uuid,
    /// Whether it is a meal; else a visit at home.
    pub is_meal: bool,
    /// For whom it is.
    pub elder_id: Uuid,
    /// The elder's name, sealed.
    pub name_sealed: String,
    /// What the family pays, in fen.
    pub cash_fen: i64,
    /// Pay until then.
    pub pay_before: DateTime<Utc>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
}

/// Asks; asked again, the moment is new.
pub async fn ask<C: ConnectionTrait>(
    tx: &C,
    order: OrderId,
    who: &SignedIn,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO payment_request (order_id, asked_by, asked_at) VALUES ($1, $2, $3) \
        ON CONFLICT (order_id) DO UPDATE SET asked_by = excluded.asked_by, asked_at = excluded.asked_at";
    execute(tx, sql, [order.0.into(), who.person.0.into(), at.into()]).await.map(|_| ())
}

/// What the person is asked to pay and can still pay, the most urgent first; at most 50.
pub async fn of_payer<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    now: DateTime<Utc>,
) -> Result<Vec<Requested>, DbErr> {
    let sql = "SELECT q.order_id, w.is_meal, w.elder_id, e.name_sealed, w.cash_fen, w.pay_before, q.asked_at \
        FROM payment_request q JOIN ( \
          SELECT id, elder_id, cash_fen, pay_before, true AS is_meal FROM meal_order WHERE state = 'HELD' \
          UNION ALL SELECT id, elder_id, cash_fen, pay_before, false FROM service_order WHERE state = 'SLOT_HELD' \
        ) w ON w.id = q.order_id JOIN elder e ON e.id = w.elder_id \
        LEFT JOIN family_bond b ON b.elder_id = e.id AND b.person_id = $1 AND b.state = 'ACTIVE' \
        WHERE (e.person_id = $1 OR (b.scopes & $3) = $3) AND w.pay_before > $2 ORDER BY w.pay_before, q.order_id LIMIT 50";
    let pay = crate::people::rules::Scopes::of(&[crate::people::rules::Scope::Pay]).bits();
    rows(db, sql, [who.person.0.into(), now.into(), pay.into()]).await
}
