//! Rows of phone numbers that people gave with the phone button.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::kit::db::execute;

/// Keeps a person's number in the place of an earlier one.
pub async fn put<C: ConnectionTrait>(
    tx: &C,
    person: Uuid,
    (sealed, index): (String, String),
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO person_phone (person_id, phone_sealed, phone_index, given_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (person_id) DO UPDATE SET phone_sealed = excluded.phone_sealed, phone_index = excluded.phone_index, \
        given_at = excluded.given_at";
    execute(tx, sql, [person.into(), sealed.into(), index.into(), at.into()]).await.map(|_| ())
}
