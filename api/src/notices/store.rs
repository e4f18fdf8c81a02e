//! Rows of messages and of consents to them.

pub mod about;
pub mod consent;
pub mod media;
pub mod rate;

use chrono::{DateTime, Utc};
use entities::enums::SendState;
use entities::message::Model;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::ids::MessageId;
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

/// Writes a message. False: this event was told to this person before.
pub async fn insert<C: ConnectionTrait>(tx: &C, new: &Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO message (id, person_id, event_id, kind, title, words, subject, subject_id, about, about_at, \
        amount_fen, made_at, send_state, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0) \
        ON CONFLICT (person_id, event_id) DO NOTHING";
    let values = [
        new.id.into(),
        new.person_id.into(),
        new.event_id.into(),
        new.kind.as_str().into(),
        new.title.clone().into(),
        new.words.clone().into(),
        new.subject.clone().into(),
        new.subject_id.into(),
        new.about.clone().into(),
        new.about_at.into(),
        new.amount_fen.into(),
        new.made_at.into(),
        new.send_state.as_str().into(),
    ];
    Ok(execute(tx, sql, values).await? == 1)
}

/// One message, whoever it is for.
pub async fn by_id<C: ConnectionTrait>(db: &C, id: MessageId) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM message WHERE id = $1", [id.0.into()]).await
}

/// Messages of the person, the newest first.
pub async fn of_person<C: ConnectionTrait>(db: &C, who: &SignedIn, page: Page) -> Result<Vec<Model>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let sql = "SELECT * FROM message WHERE person_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    let after = page.after.unwrap_or(Uuid::max());
    rows(db, sql, [who.person.0.into(), after.into(), limit.into()]).await
}

/// How many messages the person has not read.
pub async fn unread<C: ConnectionTrait>(db: &C, who: &SignedIn) -> Result<i64, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        count: i64,
    }
    let sql = "SELECT count(*) AS count FROM message WHERE person_id = $1 AND read_at IS NULL";
    let found: Option<Found> = row(db, sql, [who.person.0.into()]).await?;
    Ok(found.map_or(0, |found| found.count))
}

/// Whether the message is one of the person's.
pub async fn is_of<C: ConnectionTrait>(db: &C, who: &SignedIn, id: MessageId) -> Result<bool, DbErr> {
    let sql = "SELECT * FROM message WHERE id = $1 AND person_id = $2";
    let found: Option<Model> = row(db, sql, [id.0.into(), who.person.0.into()]).await?;
    Ok(found.is_some())
}

/// Marks a message and all older ones of the person as read.
pub async fn read_up_to<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: MessageId,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE message SET read_at = $3 WHERE person_id = $1 AND id <= $2 AND read_at IS NULL";
    execute(db, sql, [who.person.0.into(), id.0.into(), at.into()]).await.map(|_| ())
}

/// Moves the sending of a message on. False: somebody else has moved it.
pub async fn advance<C: ConnectionTrait>(
    db: &C,
    id: MessageId,
    (from, to): (SendState, SendState),
) -> Result<bool, DbErr> {
    let sql = "UPDATE message SET send_state = $3, tries = tries + 1 WHERE id = $1 AND send_state = $2";
    Ok(execute(db, sql, [id.0.into(), from.as_str().into(), to.as_str().into()]).await? == 1)
}

/// The platform took the message.
pub async fn sent<C: ConnectionTrait>(
    db: &C,
    id: MessageId,
    number: Option<String>,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE message SET send_state = 'SENT', sent_at = $2, platform_message_id = $3 \
        WHERE id = $1 AND send_state = 'SENDING'";
    Ok(execute(db, sql, [id.0.into(), at.into(), number.into()]).await? == 1)
}

/// The platform says whether a message arrived.
pub async fn arrived<C: ConnectionTrait>(db: &C, number: &str, has_arrived: bool) -> Result<u64, DbErr> {
    let sql = "UPDATE message SET has_arrived = $2 WHERE platform_message_id = $1";
    execute(db, sql, [number.into(), has_arrived.into()]).await
}
