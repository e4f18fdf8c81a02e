//! Rows of consents to subscription messages. The count is a hint: the platform knows better and says so (43101).

use chrono::{DateTime, Utc};
use entities::message_consent::Model;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};

/// Who tells of a consent: the page at once, the platform by an event. Both tell of the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teller {
    /// The page.
    Page,
    /// The platform.
    Platform,
}

/// One more message may be sent, unless the other side has told of this consent already.
pub async fn add<C: ConnectionTrait>(
    tx: &C,
    (person, template): (Uuid, &str),
    teller: Teller,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let (step, is_told) = match teller {
        Teller::Page => (1, "message_consent.told_ahead < 0"),
        Teller::Platform => (-1, "message_consent.told_ahead > 0"),
    };
    let sql = format!(
        "INSERT INTO message_consent (person_id, template_id, remaining, is_banned, told_ahead, changed_at) \
         VALUES ($1, $2, 1, $4, $5, $3) ON CONFLICT (person_id, template_id) DO UPDATE SET \
         remaining = message_consent.remaining + CASE WHEN {is_told} THEN 0 ELSE 1 END, is_banned = excluded.is_banned, \
         told_ahead = message_consent.told_ahead + excluded.told_ahead, changed_at = excluded.changed_at"
    );
    execute(tx, &sql, [person.into(), template.into(), at.into(), false.into(), step.into()])
        .await
        .map(|_| ())
}

/// Nothing more may be sent: banned by the person, or (`is_banned` false) used up according to the platform.
pub async fn clear<C: ConnectionTrait>(
    tx: &C,
    (person, template): (Uuid, &str),
    is_banned: bool,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO message_consent (person_id, template_id, remaining, is_banned, told_ahead, changed_at) \
        VALUES ($1, $2, 0, $4, 0, $3) ON CONFLICT (person_id, template_id) DO UPDATE SET remaining = 0, \
        is_banned = excluded.is_banned, told_ahead = 0, changed_at = excluded.changed_at";
    execute(tx, sql, [person.into(), template.into(), at.into(), is_banned.into()]).await.map(|_| ())
}

/// Uses one consent up. False: there is none.
pub async fn take<C: ConnectionTrait>(
    tx: &C,
    (person, template): (Uuid, &str),
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE message_consent SET remaining = remaining - 1, changed_at = $3 \
        WHERE person_id = $1 AND template_id = $2 AND remaining > 0 AND is_banned = $4";
    Ok(execute(tx, sql, [person.into(), template.into(), at.into(), false.into()]).await? == 1)
}

/// Gives a consent back that was not used.
pub async fn give_back<C: ConnectionTrait>(tx: &C, (person, template): (Uuid, &str)) -> Result<(), DbErr> {
    let sql = "UPDATE message_consent SET remaining = remaining + 1 WHERE person_id = $1 AND template_id = $2 AND is_banned = $3";
    execute(tx, sql, [person.into(), template.into(), false.into()]).await.map(|_| ())
}

/// Consents of a person.
pub async fn of_person<C: ConnectionTrait>(db: &C, person: Uuid) -> Result<Vec<Model>, DbErr> {
    rows(db, "SELECT * FROM message_consent WHERE person_id = $1", [person.into()]).await
}

/// Ends every consent of a person who took back an authorisation.
pub async fn end_all<C: ConnectionTrait>(tx: &C, person: Uuid, at: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE message_consent SET remaining = 0, is_banned = $3, told_ahead = 0, changed_at = $2 WHERE person_id = $1";
    execute(tx, sql, [person.into(), at.into(), true.into()]).await.map(|_| ())
}

/// The person behind a blind index of an openid.
pub async fn person_by_openid<C: ConnectionTrait>(db: &C, index: &str) -> Result<Option<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let found: Option<Found> =
        row(db, "SELECT id FROM person WHERE openid_index = $1", [index.into()]).await?;
    Ok(found.map(|found| found.id))
}
