//! Rows of words that people wrote for others, and of what the platform said about them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entities::enums::TextState;
use entities::text_check::{self, Model};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};

/// Puts words on the list. False: they are there.
pub async fn insert<C: ConnectionTrait>(tx: &C, new: &Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO text_check (id, subject, subject_id, field, author_id, words_sealed, state, written_at) \
        VALUES ($1, $2, $3, $4, $5, $6, 'PENDING', $7) ON CONFLICT (subject_id, field) DO NOTHING";
    let values = [
        new.id.into(),
        new.subject.clone().into(),
        new.subject_id.into(),
        new.field.clone().into(),
        new.author_id.into(),
        new.words_sealed.clone().into(),
        new.written_at.into(),
    ];
    Ok(execute(tx, sql, values).await? == 1)
}

/// Forgets words that their author has written anew: what was said about them says nothing of the new ones.
pub async fn forget<C: ConnectionTrait>(tx: &C, subject: Uuid, field: &str) -> Result<(), DbErr> {
    let sql = "DELETE FROM text_check WHERE subject_id = $1 AND field = $2";
    execute(tx, sql, [subject.into(), field.into()]).await.map(|_| ())
}

/// Makes room for words of the same name that were said anew; what is hidden stays so, and with it what follows.
pub async fn make_room<C: ConnectionTrait>(tx: &C, subject: Uuid, field: &str) -> Result<(), DbErr> {
    let sql = "DELETE FROM text_check WHERE subject_id = $1 AND field = $2 AND state <> 'HIDDEN'";
    execute(tx, sql, [subject.into(), field.into()]).await.map(|_| ())
}

/// Words that are still to be checked.
pub async fn waiting<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<Model>, DbErr> {
    let sql = "SELECT * FROM text_check WHERE id = $1 AND state = 'PENDING' AND reason IS NULL";
    row(db, sql, [id.into()]).await
}

/// Writes what was said about words that waited. False: somebody has settled them.
pub async fn settle<C: ConnectionTrait>(
    tx: &C,
    id: Uuid,
    (to, reason): (TextState, Option<&str>),
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE text_check SET state = $2, reason = $3, settled_at = $4 \
        WHERE id = $1 AND state = 'PENDING' AND reason IS NULL";
    Ok(execute(tx, sql, [id.into(), to.as_str().into(), reason.into(), at.into()]).await? == 1)
}

/// Fields of a subject whose words are hidden from everybody but their author.
pub async fn hidden<C: ConnectionTrait>(
    db: &C,
    subject: Uuid,
    reader: Option<Uuid>,
) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        field: String,
    }
    let sql = "SELECT field FROM text_check WHERE subject_id = $1 AND state = 'HIDDEN' AND author_id <> $2";
    let values = [subject.into(), reader.unwrap_or(Uuid::nil()).into()];
    Ok(rows::<Found, _>(db, sql, values).await?.into_iter().map(|found| found.field).collect())
}

/// Those of many subjects whose words are hidden from everybody but their author.
pub async fn hidden_of<C: ConnectionTrait>(
    db: &C,
    subjects: Vec<Uuid>,
    reader: Uuid,
) -> Result<HashSet<Uuid>, DbErr> {
    use text_check::Column as T;
    let hidden = text_check::Entity::find()
        .filter(T::SubjectId.is_in(subjects))
        .filter(T::State.eq(TextState::Hidden))
        .filter(T::AuthorId.ne(reader));
    Ok(hidden.all(db).await?.into_iter().map(|row| row.subject_id).collect())
}

/// The openid of a person, sealed; `None` when there is no such person.
pub async fn openid_sealed<C: ConnectionTrait>(db: &C, person: Uuid) -> Result<Option<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        openid_sealed: String,
    }
    let found: Option<Found> =
        row(db, "SELECT openid_sealed FROM person WHERE id = $1", [person.into()]).await?;
    Ok(found.map(|found| found.openid_sealed))
}
