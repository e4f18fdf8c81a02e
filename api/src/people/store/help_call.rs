//! Rows of calls for help.

use chrono::{DateTime, Utc};
use entities::enums::HelpCallState;
use entities::help_call::Model;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::desk_pattern;
use crate::kit::db::{execute, row, rows};
use crate::kit::ids::{ElderId, HelpCallId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

/// A call with the elder's name.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Named {
    /// The call.
    #[sea_orm(nested)]
    pub call: Model,
    /// The elder's name, sealed.
    pub elder_name: String,
}

/// The call of an elder that began after an instant.
pub async fn since<C: ConnectionTrait>(
    tx: &C,
    elder: ElderId,
    since: DateTime<Utc>,
) -> Result<Option<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let sql = "SELECT id FROM help_call WHERE elder_id = $1 AND called_at > $2 ORDER BY id DESC LIMIT 1";
    let found: Option<Found> = row(tx, sql, [elder.0.into(), since.into()]).await?;
    Ok(found.map(|found| found.id))
}

/// Writes a call.
pub async fn insert<C: ConnectionTrait>(
    tx: &C,
    id: HelpCallId,
    (elder, by): (ElderId, Uuid),
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO help_call (id, elder_id, called_by, called_at, presses, last_pressed_at, state) \
        VALUES ($1, $2, $3, $4, 1, $4, 'OPEN')";
    execute(tx, sql, [id.0.into(), elder.0.into(), by.into(), at.into()]).await.map(|_| ())
}

/// Somebody presses again.
pub async fn press<C: ConnectionTrait>(tx: &C, id: Uuid, at: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE help_call SET presses = presses + 1, last_pressed_at = $2 WHERE id = $1";
    execute(tx, sql, [id.into(), at.into()]).await.map(|_| ())
}

/// Calls of elders in reach, of one id or in one state, the newest first.
async fn in_reach<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (id, state): (Uuid, &str),
    (after, limit): (Uuid, i64),
) -> Result<Vec<Named>, DbErr> {
    let sql = "SELECT h.*, e.name_sealed AS elder_name FROM help_call h JOIN elder e ON e.id = h.elder_id \
        LEFT JOIN family_bond b ON b.elder_id = e.id AND b.person_id = $1 AND b.state = 'ACTIVE' \
        WHERE e.closed_at IS NULL AND (e.person_id = $1 OR b.id IS NOT NULL OR e.region_code LIKE $2) \
        AND ($3 = '' OR h.state = $3) AND h.id < $4 AND (CAST($5 AS uuid) IS NULL OR h.id = $5) ORDER BY h.id DESC LIMIT $6";
    let one = (id != Uuid::nil()).then_some(id);
    let values =
        [who.person.0.into(), desk_pattern(who).into(), state.into(), after.into(), one.into(), limit.into()];
    rows(db, sql, values).await
}

/// Calls of elders in reach, the newest first.
pub async fn list<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    state: Option<HelpCallState>,
    page: Page,
) -> Result<Vec<Named>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let of = (Uuid::nil(), state.map_or("", HelpCallState::as_str));
    in_reach(db, who, of, (page.after.unwrap_or(Uuid::max()), limit)).await
}

/// A call of an elder in reach.
pub async fn one<C: ConnectionTrait>(db: &C, who: &SignedIn, id: Uuid) -> Result<Option<Named>, DbErr> {
    Ok(in_reach(db, who, (id, ""), (Uuid::max(), 1)).await?.pop())
}

/// A call of an elder of the desk's branch.
pub async fn one_of_desk<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: HelpCallId,
) -> Result<Option<Named>, DbErr> {
    let sql = "SELECT h.*, e.name_sealed AS elder_name FROM help_call h JOIN elder e ON e.id = h.elder_id \
        WHERE e.closed_at IS NULL AND h.id = $1 AND e.region_code LIKE $2";
    row(db, sql, [id.0.into(), desk_pattern(who).into()]).await
}

/// The desk looks after a call. False: somebody does.
pub async fn see<C: ConnectionTrait>(
    tx: &C,
    id: HelpCallId,
    (by, note_sealed): (Uuid, String),
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE help_call SET state = 'SEEN', seen_by = $2, note_sealed = $3, seen_at = $4 \
        WHERE id = $1 AND state = 'OPEN'";
    Ok(execute(tx, sql, [id.0.into(), by.into(), note_sealed.into(), at.into()]).await? == 1)
}
