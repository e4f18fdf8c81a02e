//! Lists of service orders. Every list starts from who asks.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::read::{MAY_REACH, MAY_SEE};
use super::service_order::{IS_ASKED, ServiceSeen, managed_provider, seen_rows};
use crate::directory::store::provider::officer_pattern;
use crate::kit::clock::start_of_day;
use crate::kit::ids::ElderId;
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;
use crate::orders::rules::turns::{LATE_ALARM_MIN, LEAVE_ALARM_MIN};

/// Orders of an elder that the person may see, the newest first.
pub async fn orders_of_elder<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    elder: ElderId,
    page: Page,
) -> Result<Vec<ServiceSeen>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let tail = format!("o.elder_id = $3 AND {MAY_SEE} AND o.id < $4 ORDER BY o.id DESC LIMIT $5");
    let after = page.after.unwrap_or(Uuid::max());
    seen_rows(db, who, &tail, vec![elder.0.into(), after.into(), limit.into()]).await
}

/// Orders of all elders of the person, the newest first.
pub async fn orders_of_viewer<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    page: Page,
) -> Result<Vec<ServiceSeen>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let tail =
        "(e.person_id = $1 OR (b.scopes & 1) = 1) AND $2 = $2 AND o.id < $3 ORDER BY o.id DESC LIMIT $4";
    seen_rows(db, who, tail, vec![page.after.unwrap_or(Uuid::max()).into(), limit.into()]).await
}

/// The visits of a booking that the person may reach, in the order in which they were booked.
pub async fn orders_of_booking<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    booking: Uuid,
) -> Result<Vec<ServiceSeen>, DbErr> {
    seen_rows(db, who, &format!("o.booking_id = $3 AND {MAY_REACH} ORDER BY o.id"), vec![booking.into()])
        .await
}

/// Orders for which a carer was asked or has said yes and which are not over, the next first; at most 100.
pub async fn visits_of_carer<C: ConnectionTrait>(db: &C, who: &SignedIn) -> Result<Vec<ServiceSeen>, DbErr> {
    let tail = format!(
        "{IS_ASKED} AND $2 = $2 AND o.state IN ('OFFERED', 'ACCEPTED', 'EN_ROUTE', 'CHECKED_IN', 'DONE') \
         ORDER BY o.starts_at, o.id LIMIT 100"
    );
    seen_rows(db, who, &tail, Vec::new()).await
}

/// Visits of a service day of the provider that the person runs, the first first; at most 200.
pub async fn visits_of_provider<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    day: NaiveDate,
) -> Result<Vec<ServiceSeen>, DbErr> {
    let tail = "o.provider_id = $3 AND $2 = $2 AND o.starts_at >= $4 AND o.starts_at < $5 AND o.state <> 'EXPIRED' \
        ORDER BY o.starts_at, o.id LIMIT 200";
    let managed = managed_provider(who).unwrap_or(Uuid::nil());
    let (from, until) = (start_of_day(day), start_of_day(day) + Duration::days(1));
    seen_rows(db, who, tail, vec![managed.into(), from.into(), until.into()]).await
}

/// Visits of the person's branch that need somebody: the family must choose, a carer is late or has not left, somebody
/// objects, money is held. The first first; at most 100.
pub async fn visits_to_watch<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    now: DateTime<Utc>,
) -> Result<Vec<ServiceSeen>, DbErr> {
    let tail = "(($2 <> '' AND o.region_code LIKE $2) OR ($3 <> '' AND o.region_code LIKE $3)) AND ( \
        (o.state = 'PAID' AND o.choice_before IS NOT NULL) OR (o.state IN ('ACCEPTED', 'EN_ROUTE') AND o.starts_at < $4) \
        OR (o.state = 'CHECKED_IN' AND o.ends_at < $5) OR o.state = 'DISPUTED' \
        OR (o.state IN ('DONE', 'CONFIRMED') AND EXISTS \
          (SELECT 1 FROM settlement_line l WHERE l.order_id = o.id AND l.state = 'HELD'))) \
        ORDER BY o.starts_at, o.id LIMIT 100";
    let (late, overdue) = (now - Duration::minutes(LATE_ALARM_MIN), now - Duration::minutes(LEAVE_ALARM_MIN));
    seen_rows(db, who, tail, vec![officer_pattern(who).into(), late.into(), overdue.into()]).await
}
