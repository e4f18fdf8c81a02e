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
use crate::kit::ids::PersonId;
use crate::people::rules::words::HIDDEN_WORDS;

/// Puts words on the list. False: they are there.
pub async fn insert<C: ConnectionTrait>(tx: &C, new: &Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO text_check (id, subject, subject_id, field, author_id, words_sealed, state, reason, written_at, \
        settled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (subject_id, field) DO NOTHING";
    let values = [
        new.id.into(),
        new.subject.clone().into(),
        new.subject_id.into(),
        new.field.clone().into(),
        new.author_id.into(),
        new.words_sealed.clone().into(),
        new.state.as_str().into(),
        new.reason.clone().into(),
        new.written_at.into(),
        new.settled_at.into(),
    ];
    Ok(execute(tx, sql, values).await? == 1)
}

/// Takes words off the list in whose place others come: what was said about them says nothing of the new ones.
pub async fn take<C: ConnectionTrait>(tx: &C, subject: Uuid, field: &str) -> Result<Option<Model>, DbErr> {
    let sql = "DELETE FROM text_check WHERE subject_id = $1 AND field = $2 RETURNING *";
    row(tx, sql, [subject.into(), field.into()]).await
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

/// Writes what a person has decided about words as they were read. False: somebody has decided, or they were written anew.
pub async fn decide<C: ConnectionTrait>(
    tx: &C,
    seen: &Model,
    to: TextState,
    (by, at): (PersonId, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let since = if seen.decided_by.is_some() { "IS NOT NULL" } else { "IS NULL" };
    let sql = format!(
        "UPDATE text_check SET state = $2, decided_by = $3, decided_at = $4 \
         WHERE id = $1 AND state = $5 AND reason IS NOT NULL AND decided_by {since}"
    );
    let values = [seen.id.into(), to.as_str().into(), by.0.into(), at.into(), seen.state.as_str().into()];
    Ok(execute(tx, &sql, values).await? == 1)
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

/// Those of many subjects, with their fields, whose words are hidden from everybody but their author. No subjects, no question.
pub async fn hidden_of<C: ConnectionTrait>(
    db: &C,
    subjects: Vec<Uuid>,
    reader: Uuid,
) -> Result<HashSet<(Uuid, String)>, DbErr> {
    let hidden = hidden_rows(db, subjects).await?.into_iter().filter(|row| row.author_id != reader);
    Ok(hidden.map(|row| (row.subject_id, row.field)).collect())
}

/// What is hidden of subjects, from whomever. No subjects, no question.
pub async fn hidden_rows<C: ConnectionTrait>(db: &C, subjects: Vec<Uuid>) -> Result<Vec<Model>, DbErr> {
    use text_check::Column as T;
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let hidden = text_check::Entity::find()
        .filter(T::SubjectId.is_in(subjects))
        .filter(T::State.eq(TextState::Hidden));
    hidden.all(db).await
}

/// SQL that gives a column's words, or what stands in their place once they are hidden: for what everybody reads alike. `id` is
/// the column of the subject.
pub fn shown(column: &str, id: &str, field: &str) -> String {
    format!("CASE WHEN {} THEN '{HIDDEN_WORDS}' ELSE {column} END", is_hidden(id, field))
}

/// SQL that says whether words of a subject are hidden.
pub fn is_hidden(id: &str, field: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM text_check h WHERE h.subject_id = {id} AND h.field = '{field}' AND h.state = 'HIDDEN')"
    )
}

/// Takes hidden words of a dish out of what was copied of it, or puts shown ones back: the lines of orders, and menus as
/// processes remember them.
pub async fn mend_copies<C: ConnectionTrait>(tx: &C, words: &Model, to: TextState) -> Result<(), DbErr> {
    if words.subject != "dish" {
        return Ok(());
    }
    if words.field == "name" {
        let sql = if to == TextState::Hidden {
            "UPDATE meal_order_item SET name = $2 WHERE dish_id = $1"
        } else {
            "UPDATE meal_order_item SET name = (SELECT d.name FROM dish d WHERE d.id = $1) WHERE dish_id = $1 AND name = $2"
        };
        execute(tx, sql, [words.subject_id.into(), HIDDEN_WORDS.into()]).await?;
    }
    let sql = "UPDATE canteen SET stamp = stamp + 1 WHERE id = (SELECT canteen_id FROM dish WHERE id = $1)";
    execute(tx, sql, [words.subject_id.into()]).await.map(|_| ())
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
