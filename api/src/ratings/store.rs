//! Rows of ratings. Every query of a person starts from what makes the rating his to act on.

pub mod words;

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::TextState;
use entities::rating::Model;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::rules::{Content, Part, branch_in_charge, is_in_charge, runs};
use crate::kit::db::{execute, row, rows};
use crate::kit::ids::{CanteenId, OrderId, PersonId, ProviderId, RatingId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

/// A rating by id, for the house itself and after it was found to be the person's.
pub async fn bare<C: ConnectionTrait>(db: &C, id: RatingId) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM rating WHERE id = $1", [id.0.into()]).await
}

/// A rating that the person wrote; `None` for any other.
pub async fn of_author<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: RatingId,
) -> Result<Option<Model>, DbErr> {
    let values = [id.0.into(), who.person.0.into()];
    row(db, "SELECT * FROM rating WHERE id = $1 AND author_id = $2", values).await
}

/// A rating of a provider that the person runs; `None` for any other.
pub async fn of_provider<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: RatingId,
) -> Result<Option<Model>, DbErr> {
    let place = place_of(db, id).await?.filter(|place| runs(who, place.provider_id));
    if place.is_some() { bare(db, id).await } else { Ok(None) }
}

/// A rating in the region that the person is in charge of; `None` for any other.
pub async fn of_region<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: RatingId,
) -> Result<Option<Model>, DbErr> {
    let place = place_of(db, id).await?.filter(|place| is_in_charge(who, &place.region_code));
    if place.is_some() { bare(db, id).await } else { Ok(None) }
}

#[derive(FromQueryResult)]
struct Place {
    provider_id: Uuid,
    region_code: String,
}

async fn place_of<C: ConnectionTrait>(db: &C, id: RatingId) -> Result<Option<Place>, DbErr> {
    row(db, "SELECT provider_id, region_code FROM rating WHERE id = $1", [id.0.into()]).await
}

/// The rating of an order that the person has been found to see.
pub async fn of_order<C: ConnectionTrait>(db: &C, order: OrderId) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM rating WHERE order_id = $1", [order.0.into()]).await
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// Orders that the person sees as family or elder, that are over since a day and have no rating, the newest first.
pub async fn unrated<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    (day, begins): (NaiveDate, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Uuid>, DbErr> {
    let sql = "WITH mine AS (SELECT e.id FROM elder e WHERE e.closed_at IS NULL AND (e.person_id = $1 OR e.id IN ( \
           SELECT b.elder_id FROM family_bond b WHERE b.person_id = $1 AND b.state = 'ACTIVE' AND (b.scopes & 1) = 1))) \
         SELECT w.id FROM ( \
           SELECT o.id FROM mine JOIN meal_order o ON o.elder_id = mine.id WHERE o.state = 'SERVED' AND o.served_on >= $2 \
           UNION ALL SELECT s.id FROM mine JOIN service_order s ON s.elder_id = mine.id \
           WHERE s.state IN ('DONE', 'CONFIRMED', 'SETTLED') AND s.starts_at >= $3) w \
         WHERE NOT EXISTS (SELECT 1 FROM rating r WHERE r.order_id = w.id) ORDER BY w.id DESC LIMIT $4";
    let values = [who.person.0.into(), day.into(), begins.into(), limit.into()];
    Ok(rows::<Id, _>(db, sql, values).await?.into_iter().map(|row| row.id).collect())
}

/// Ratings of a canteen, the newest first.
pub async fn of_canteen<C: ConnectionTrait>(
    db: &C,
    canteen: CanteenId,
    page: Page,
) -> Result<Vec<Model>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let values = [canteen.0.into(), page.after.unwrap_or(Uuid::max()).into(), limit.into()];
    rows(db, "SELECT * FROM rating WHERE canteen_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", values).await
}

/// Ratings of a provider's visits at home, the newest first.
pub async fn of_visits<C: ConnectionTrait>(
    db: &C,
    provider: ProviderId,
    page: Page,
) -> Result<Vec<Model>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let values = [provider.0.into(), page.after.unwrap_or(Uuid::max()).into(), limit.into()];
    let sql = "SELECT * FROM rating WHERE provider_id = $1 AND canteen_id IS NULL AND id < $2 ORDER BY id DESC LIMIT $3";
    rows(db, sql, values).await
}

/// Counts stars of a visit for the carers who came; 0 means none before.
pub async fn count_carers_stars<C: ConnectionTrait>(
    db: &C,
    order: OrderId,
    (taken, given): (i16, i16),
) -> Result<(), DbErr> {
    let change = |stars: i16| i16::from(given == stars) - i16::from(taken == stars);
    let sets: Vec<String> = (1..=5)
        .filter(|stars| change(*stars) != 0)
        .map(|stars| format!("stars_{stars} = stars_{stars} + ({})", change(stars)))
        .collect();
    if sets.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE carer SET {} WHERE id IN (SELECT carer_id FROM assignment WHERE order_id = $1 AND state = 'ACCEPTED')",
        sets.join(", ")
    );
    execute(db, &sql, [order.0.into()]).await.map(|_| ())
}

/// Writes the rating of a served meal or a visit that was carried out. False: the order has one already, or is not over.
pub async fn insert<C: ConnectionTrait>(
    db: &C,
    (id, order): (RatingId, OrderId),
    author: PersonId,
    (content, state): (&Content, TextState),
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let written = execute(
        db,
        "INSERT INTO rating (id, order_id, provider_id, region_code, canteen_id, author_id, stars, tags, text, text_state, \
         answer_state, created_at, version) \
         SELECT $1, w.id, w.provider_id, w.region_code, w.canteen_id, $3, $4, $5, $6, $7, 'NONE', $8, 0 FROM ( \
           SELECT o.id, c.provider_id, c.region_code, o.canteen_id FROM meal_order o JOIN canteen c ON c.id = o.canteen_id \
           WHERE o.id = $2 AND o.state = 'SERVED' \
           UNION ALL SELECT s.id, s.provider_id, s.region_code, NULL FROM service_order s \
           WHERE s.id = $2 AND s.state IN ('DONE', 'CONFIRMED', 'DISPUTED', 'SETTLED')) w \
         WHERE true ON CONFLICT DO NOTHING",
        [
            id.0.into(),
            order.0.into(),
            author.0.into(),
            content.stars.into(),
            content.tags.clone().into(),
            content.text.clone().into(),
            state.as_str().into(),
            at.into(),
        ],
    )
    .await?;
    Ok(written == 1)
}

/// Replaces what the author said by what he says now, and keeps the earlier version. False: the row has moved on.
pub async fn replace<C: ConnectionTrait>(
    db: &C,
    old: &Model,
    content: &Content,
    (state, hidden_reason): (TextState, Option<&str>),
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE rating SET stars = $3, tags = $4, text = $5, text_state = $6, hidden_reason = $7, changed_at = $8, \
         version = version + 1 WHERE id = $1 AND version = $2",
        [
            old.id.into(),
            old.version.into(),
            content.stars.into(),
            content.tags.clone().into(),
            content.text.clone().into(),
            state.as_str().into(),
            hidden_reason.map(str::to_owned).into(),
            at.into(),
        ],
    )
    .await?;
    if changed == 0 {
        return Ok(false);
    }
    execute(
        db,
        "INSERT INTO rating_version (rating_id, version, stars, tags, text, replaced_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            old.id.into(),
            old.version.into(),
            old.stars.into(),
            old.tags.clone().into(),
            old.text.clone().into(),
            at.into(),
        ],
    )
    .await?;
    Ok(true)
}

/// Writes the one answer. False: there is one.
pub async fn answer<C: ConnectionTrait>(
    db: &C,
    id: RatingId,
    text: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = execute(
        db,
        "UPDATE rating SET answer = $2, answer_state = 'PENDING', answered_at = $3, version = version + 1 \
         WHERE id = $1 AND answer_state = 'NONE'",
        [id.0.into(), text.into(), at.into()],
    )
    .await?;
    Ok(changed == 1)
}

/// Hides or shows words as they were read. False: the row has moved on. Only a text keeps the reason in its row; the
/// reason for an answer is in its event.
pub async fn moderate<C: ConnectionTrait>(
    db: &C,
    (seen, part): (&Model, Part),
    to: TextState,
    hidden_reason: Option<&str>,
) -> Result<bool, DbErr> {
    let (id, version, to) = (seen.id.into(), seen.version.into(), to.as_str().into());
    let changed = match part {
        Part::Text => {
            let sql = "UPDATE rating SET text_state = $3, hidden_reason = $4, version = version + 1 \
                WHERE id = $1 AND version = $2";
            execute(db, sql, [id, version, to, hidden_reason.map(str::to_owned).into()]).await?
        }
        Part::Answer => {
            let sql =
                "UPDATE rating SET answer_state = $3, version = version + 1 WHERE id = $1 AND version = $2";
            execute(db, sql, [id, version, to]).await?
        }
    };
    Ok(changed == 1)
}

/// Ratings with words in the state, in the branch that the person is in charge of, the newest first.
pub async fn to_review<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    state: TextState,
    page: Page,
) -> Result<Vec<Model>, DbErr> {
    let Some(branch) = branch_in_charge(who) else { return Ok(Vec::new()) };
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    rows(
        db,
        "SELECT r.* FROM rating r WHERE (r.text_state = $1 OR r.answer_state = $1) AND r.region_code LIKE $2 AND r.id < $3 ORDER BY r.id DESC LIMIT $4",
        [
            state.as_str().into(),
            format!("{branch}%").into(),
            page.after.unwrap_or(Uuid::max()).into(),
            limit.into(),
        ],
    )
    .await
}

/// Settles words that wait, as long as they are the ones that were read. False: changed or settled meanwhile.
pub async fn settle<C: ConnectionTrait>(
    db: &C,
    (id, part): (RatingId, Part),
    words: &str,
    to: TextState,
    hidden_reason: Option<&str>,
) -> Result<bool, DbErr> {
    let changed = match part {
        Part::Text => {
            let sql = "UPDATE rating SET text_state = $3, hidden_reason = $4, version = version + 1 \
                WHERE id = $1 AND text = $2 AND text_state = 'PENDING'";
            let reason = hidden_reason.map(str::to_owned).into();
            execute(db, sql, [id.0.into(), words.into(), to.as_str().into(), reason]).await?
        }
        Part::Answer => {
            let sql = "UPDATE rating SET answer_state = $3, version = version + 1 \
                WHERE id = $1 AND answer = $2 AND answer_state = 'PENDING'";
            execute(db, sql, [id.0.into(), words.into(), to.as_str().into()]).await?
        }
    };
    Ok(changed == 1)
}

/// One line of a rating's story.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Line {
    /// What happened.
    pub name: String,
    /// Who did it; `None` is the house.
    pub actor_id: Option<Uuid>,
}

/// What has happened to a rating, the first first.
pub async fn story<C: ConnectionTrait>(db: &C, id: RatingId) -> Result<Vec<Line>, DbErr> {
    let sql = "SELECT name, actor_id FROM event WHERE subject_id = $1 AND subject = 'rating' ORDER BY id";
    rows(db, sql, [id.0.into()]).await
}
