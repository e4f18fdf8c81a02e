//! Rows of what did not fit in visits, with the carer's words and the review.

use chrono::{DateTime, Utc};
use entities::enums::{ExceptionReview, Role};
use entities::visit_exception::{Entity, Model};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::ids::{ExceptionId, OrderId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// Notes what did not fit. False: the same rule was noted before for this visit and carer.
pub async fn note<C: ConnectionTrait>(tx: &C, exception: Model) -> Result<bool, DbErr> {
    let written = Entity::insert(exception.into_active_model())
        .on_conflict(sea_orm::sea_query::OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await;
    match written {
        Ok(count) => Ok(count == 1),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What did not fit in a visit, by time.
pub async fn of_order<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Vec<Model>, DbErr> {
    let sql = "SELECT * FROM visit_exception WHERE order_id = $1 ORDER BY noted_at, rule LIMIT 60";
    rows(db, sql, [order.into()]).await
}

/// What did not fit in a visit for the carer who asks, whatever has become of his part in it.
pub async fn own_of_order<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    order: OrderId,
) -> Result<Vec<Model>, DbErr> {
    let sql = "SELECT x.* FROM visit_exception x JOIN carer c ON c.id = x.carer_id \
        WHERE x.order_id = $1 AND c.person_id = $2 ORDER BY x.noted_at, x.rule LIMIT 60";
    rows(db, sql, [order.0.into(), who.person.0.into()]).await
}

/// What did not fit in visits of the carer who asks, the newest first.
pub async fn own<C: ConnectionTrait>(db: &C, who: &SignedIn, page: Page) -> Result<Vec<Model>, DbErr> {
    let sql = "SELECT x.* FROM visit_exception x JOIN carer c ON c.id = x.carer_id \
        WHERE c.person_id = $1 AND x.id < $2 ORDER BY x.id DESC LIMIT $3";
    let after = page.after.unwrap_or(Uuid::max());
    rows(db, sql, [who.person.0.into(), after.into(), limit(page).into()]).await
}

fn limit(page: Page) -> i64 {
    i64::try_from(page.limit()).unwrap_or(i64::MAX)
}

/// The branch of the region tree that the person looks after in a role, as a LIKE pattern; nothing matches the empty text.
fn pattern(who: &SignedIn, role: Role) -> String {
    let grant = who.roles.iter().find(|grant| grant.role == role);
    grant.map_or_else(String::new, |grant| format!("{}%", grant.region.as_deref().unwrap_or("")))
}

/// What waits for a review in the region of desk, officer or admin, the oldest first.
pub async fn to_review<C: ConnectionTrait>(db: &C, who: &SignedIn, page: Page) -> Result<Vec<Model>, DbErr> {
    let sql = "SELECT x.* FROM visit_exception x JOIN service_order o ON o.id = x.order_id WHERE x.review = 'OPEN' \
        AND (o.region_code LIKE $1 OR o.region_code LIKE $2 OR o.region_code LIKE $3) AND x.id > $4 ORDER BY x.id LIMIT $5";
    let [desk, officer, admin] = [Role::Desk, Role::Officer, Role::Admin].map(|role| pattern(who, role));
    let after = page.after.unwrap_or(Uuid::nil());
    rows(db, sql, [desk.into(), officer.into(), admin.into(), after.into(), limit(page).into()]).await
}

/// One exception.
pub async fn one<C: ConnectionTrait>(db: &C, id: ExceptionId) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM visit_exception WHERE id = $1", [id.0.into()]).await
}

/// One exception of the carer who asks; `None` for any other.
pub async fn own_one<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: ExceptionId,
) -> Result<Option<Model>, DbErr> {
    let sql = "SELECT x.* FROM visit_exception x JOIN carer c ON c.id = x.carer_id \
        WHERE x.id = $1 AND c.person_id = $2";
    row(db, sql, [id.0.into(), who.person.0.into()]).await
}

/// Writes the carer's words. False: it was reviewed meanwhile.
pub async fn answer<C: ConnectionTrait>(
    tx: &C,
    id: ExceptionId,
    words_sealed: String,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql =
        "UPDATE visit_exception SET answer_sealed = $2, answered_at = $3 WHERE id = $1 AND review = 'OPEN'";
    Ok(execute(tx, sql, [id.0.into(), words_sealed.into(), at.into()]).await? == 1)
}

/// Writes the review. False: it was reviewed before.
pub async fn decide<C: ConnectionTrait>(
    tx: &C,
    id: ExceptionId,
    (review, reason): (ExceptionReview, &str),
    (by, at): (Uuid, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let sql = "UPDATE visit_exception SET review = $2, review_reason = $3, reviewed_by = $4, reviewed_at = $5 \
        WHERE id = $1 AND review = 'OPEN'";
    let values = [id.0.into(), review.as_str().into(), reason.into(), by.into(), at.into()];
    Ok(execute(tx, sql, values).await? == 1)
}

/// Whether something that holds the money of an order was not accepted yet.
pub async fn is_holding<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<bool, DbErr> {
    let sql = "SELECT count(*) AS count FROM visit_exception WHERE order_id = $1 AND holds_line AND review <> 'ACCEPTED'";
    let found: Option<Count> = row(db, sql, [order.into()]).await?;
    Ok(found.is_some_and(|found| found.count > 0))
}

/// Flags of a carer and an elder on visits that began in a time: exceptions that no person has accepted. What is noted
/// because of them is none itself.
pub async fn flags<C: ConnectionTrait>(
    db: &C,
    (carer, elder): (Uuid, Uuid),
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) AS count FROM visit_exception x JOIN service_order o ON o.id = x.order_id \
        WHERE x.carer_id = $1 AND o.elder_id = $2 AND o.starts_at >= $3 AND o.starts_at < $4 \
        AND x.review <> 'ACCEPTED' AND x.rule <> 'COLLUSION'";
    let values = [carer.into(), elder.into(), from.into(), until.into()];
    let found: Option<Count> = row(db, sql, values).await?;
    Ok(found.map_or(0, |found| found.count))
}

/// Visits of a carer at an elder's home that began in a time, by id.
pub async fn visits_of_pair<C: ConnectionTrait>(
    db: &C,
    (carer, elder): (Uuid, Uuid),
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Uuid>, DbErr> {
    let sql = "SELECT o.id FROM service_order o WHERE o.elder_id = $2 AND o.starts_at >= $3 AND o.starts_at < $4 \
        AND EXISTS (SELECT 1 FROM visit_proof p WHERE p.order_id = o.id AND p.carer_id = $1) ORDER BY o.id";
    let found: Vec<Id> = rows(db, sql, [carer.into(), elder.into(), from.into(), until.into()]).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}
