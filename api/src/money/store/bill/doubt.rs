//! Refunds of which the platform says something else than the books.

use chrono::{DateTime, NaiveDate, Utc};
use entities::refund;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{Healed, PAGE};
use crate::kit::clock::service_day;
use crate::kit::db::{row, rows};

/// Refunds that the books had ended on the day of whose bill they are under way there: a page of them.
pub async fn early_ends<C: ConnectionTrait>(
    db: &C,
    day: NaiveDate,
    ends_at: DateTime<Utc>,
) -> Result<Vec<Healed>, DbErr> {
    let sql = "SELECT r.id FROM bill_row b JOIN refund r ON r.out_refund_no = b.number AND r.till_region IS NULL \
        WHERE b.day_on = $1 AND b.kind = 'REFUND' AND b.state = 'PROCESSING' AND r.state = 'SUCCESS' AND r.ended_at < $2 LIMIT $3";
    rows(db, sql, [day.into(), ends_at.into(), PAGE.into()]).await
}

/// Whether the bill of a refund's day has it under way though the books had ended it by then.
pub async fn doubts<C: ConnectionTrait>(db: &C, refund: &refund::Model) -> Result<bool, DbErr> {
    let sql = "SELECT day_on FROM bill_row WHERE number = $1 AND kind = 'REFUND' AND state = 'PROCESSING'";
    #[derive(FromQueryResult)]
    struct Found {
        day_on: NaiveDate,
    }
    let found: Option<Found> = row(db, sql, [refund.out_refund_no.clone().into()]).await?;
    Ok(found.zip(refund.ended_at).is_some_and(|(found, at)| service_day(at) <= found.day_on))
}

/// The platform, asked for it, says of a refund what the books say: it is said otherwise no more. Gives the cases that this ended.
pub async fn agree<C: ConnectionTrait>(
    db: &C,
    number: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Healed>, DbErr> {
    let sql = "UPDATE bill_case SET state = 'HEALED', ended_at = $2 WHERE state = 'OPEN' AND kind = 'REFUND_STATE' \
        AND number = $1 RETURNING id";
    rows(db, sql, [number.into(), now.into()]).await
}

/// Whether a refund is said to have ended in another way than the books have it.
pub async fn is_contradicted<C: ConnectionTrait>(db: &C, number: &str) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM bill_case WHERE state = 'OPEN' AND kind = 'REFUND_STATE' AND number = $1";
    let found: Option<Healed> = row(db, sql, [number.into()]).await?;
    Ok(found.is_some())
}
