//! When a carer works: the usual week, and leaves.

use chrono::{DateTime, Utc};
use entities::{carer_leave, carer_week};

use super::carer::{carer_event, seen};
use crate::app::App;
use crate::directory::graph::calendar::{
    CarerCalendarSetErrorCode, CarerLeaveAddErrorCode, CarerLeaveEndErrorCode,
};
use crate::directory::rules::admission::is_text;
use crate::directory::rules::carer::{CarerFacts, is_leave, is_week};
use crate::directory::store::carer::{self as store, carer_to_change};
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::{CarerId, LeaveId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::service::words::queue_said;

/// Replaces the usual week; a weekday without hours is a day off.
pub async fn set_week(
    app: &App,
    who: &SignedIn,
    id: CarerId,
    week: &[carer_week::Model],
) -> Result<CarerFacts, Stop<CarerCalendarSetErrorCode>> {
    use CarerCalendarSetErrorCode as C;
    let tx = app.db.begin().await?;
    if carer_to_change(&tx, who, id).await?.is_none() {
        return refuse_field(C::CarerNotFound, "carerId");
    }
    if !is_week(week) {
        return refuse_field(C::HoursInvalid, "hours");
    }
    store::replace_week(&tx, id, week).await?;
    let minutes: i32 = week.iter().map(|hours| i32::from(hours.until_minute - hours.from_minute)).sum();
    let event =
        Event { reason: Some(format!("{minutes} minutes a week")), ..carer_event("calendar_set", id, who) };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    let carer = seen(app, &tx, id).await?;
    tx.commit().await?;
    Ok(carer)
}

/// A leave that is to be entered.
#[derive(Clone, Debug)]
pub struct NewLeave {
    /// Beginning.
    pub starts_at: DateTime<Utc>,
    /// End, not included.
    pub ends_at: DateTime<Utc>,
    /// Why, in words.
    pub reason: String,
}

/// Enters a leave. Visits that it touches look for others at once.
pub async fn add_leave(
    app: &App,
    who: &SignedIn,
    key: &str,
    (id, new): (CarerId, &NewLeave),
) -> Result<CarerFacts, Stop<CarerLeaveAddErrorCode>> {
    use CarerLeaveAddErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let now = app.clock.now();
    let fingerprint = fingerprint(&(id, new));
    let request = Request { person: who.person.0, act: "carerLeaveAdd", key, fingerprint: &fingerprint };
    let fresh: LeaveId = app.ids.next();
    let tx = app.db.begin().await?;
    let once = once(&tx, request, fresh.0, now).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    if carer_to_change(&tx, who, id).await?.is_none() {
        return refuse_field(C::CarerNotFound, "carerId");
    }
    if once == Once::First {
        if !is_text(&new.reason, 100) {
            return refuse_field(C::ReasonInvalid, "reason");
        }
        if !is_leave(new.starts_at, new.ends_at, now) {
            return refuse_field(C::SpanInvalid, "endsAt");
        }
        let row = carer_leave::Model {
            id: fresh.0,
            carer_id: id.0,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            reason: new.reason.trim().to_owned(),
        };
        store::insert_leave(&tx, &row).await?;
        queue_said(app, &tx, who, ("carer_leave", row.id), ("reason", &row.reason)).await?;
        let event = Event { request_key: Some(key.to_owned()), ..carer_event("leave_add", id, who) };
        record(&tx, &app.ids, now, vec![event]).await?;
        schedule(&tx, &app.ids, [(Due::Unavailable, id.0, now)]).await?;
    }
    let carer = seen(app, &tx, id).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(carer)
}

/// Ends a leave now; one that has not begun is taken away.
pub async fn end_leave(
    app: &App,
    who: &SignedIn,
    id: LeaveId,
) -> Result<CarerFacts, Stop<CarerLeaveEndErrorCode>> {
    use CarerLeaveEndErrorCode as C;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(leave) = store::leave(&tx, id).await? else { return refuse_field(C::LeaveNotFound, "leaveId") };
    let carer = CarerId(leave.carer_id);
    if carer_to_change(&tx, who, carer).await?.is_none() {
        return refuse_field(C::LeaveNotFound, "leaveId");
    }
    if leave.ends_at <= now {
        return refuse_field(C::LeaveOver, "leaveId");
    }
    store::end_leave(&tx, &leave, now).await?;
    record(&tx, &app.ids, now, vec![carer_event("leave_end", carer, who)]).await?;
    let carer = seen(app, &tx, carer).await?;
    tx.commit().await?;
    Ok(carer)
}
