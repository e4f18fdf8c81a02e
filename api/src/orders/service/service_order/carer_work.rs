//! A carer's own work: what he is asked for, how far it is, and what a month brought.

use chrono::{DateTime, Months, NaiveDate, Utc};
use entities::enums::AssignmentState;
use entities::service_order;
use uuid::Uuid;

use crate::app::App;
use crate::directory::distance::distance_m;
use crate::kit::clock::start_of_day;
use crate::kit::fen::Fen;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::orders::store::carer_work::{self as store, Carried, Part};
use crate::orders::store::service_list::visits_of_carer;
use crate::orders::store::service_order::ServiceSeen;

/// A distance is told in steps of so many metres: it must not lead to the door before the carer has said yes.
const STEP_M: u32 = 500;

/// A carer's own part in a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnPart {
    /// Whether he has said yes.
    pub is_accepted: bool,
    /// Until when to answer; `None` once he has.
    pub answer_ends_at: Option<DateTime<Utc>>,
    /// From his usual place to the home as the crow flies, rounded up to half a kilometre.
    pub distance_m: Option<u32>,
}

impl OwnPart {
    fn new(part: &Part, order: &service_order::Model) -> Self {
        let home = order.latitude_e6.zip(order.longitude_e6);
        let distance = part.base_e6().zip(home).map(|(base, home)| distance_m(base, home));
        let is_accepted = part.state == AssignmentState::Accepted;
        Self {
            is_accepted,
            answer_ends_at: part.expires_at.filter(|_| !is_accepted),
            distance_m: distance.map(|metres| metres.div_ceil(STEP_M) * STEP_M),
        }
    }
}

/// The person's visits that are not over, the next first, each with his own part: two statements.
pub async fn visits(app: &App, who: &SignedIn) -> Result<Vec<(ServiceSeen, Option<OwnPart>)>, Fault> {
    let found = visits_of_carer(app.db.read(), who).await?;
    let ids: Vec<Uuid> = found.iter().map(|seen| seen.order.id).collect();
    let parts = store::parts_of(app.db.read(), who.person, &ids).await?;
    let with_part = |seen: ServiceSeen| {
        let part = parts.get(&seen.order.id).map(|part| OwnPart::new(part, &seen.order));
        (seen, part)
    };
    Ok(found.into_iter().map(with_part).collect())
}

/// The person's own part in one visit; `None` when he is not asked.
pub async fn part_in(
    app: &App,
    who: &SignedIn,
    order: &service_order::Model,
) -> Result<Option<OwnPart>, Fault> {
    let parts = store::parts_of(app.db.read(), who.person, &[order.id]).await?;
    Ok(parts.get(&order.id).map(|part| OwnPart::new(part, order)))
}

/// Sums over what a carer carried out in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Month {
    /// How many visits.
    pub visits: i32,
    /// Their agreed length, in minutes.
    pub minutes: i32,
    /// Published prices, each shared by the carers who came.
    pub worth: Fen,
    /// Visits whose money waits for somebody to look.
    pub held: i32,
}

/// What the person carried out in the calendar month of a day.
pub async fn month(app: &App, who: &SignedIn, day: NaiveDate) -> Result<Option<Month>, Fault> {
    use chrono::Datelike as _;
    let Some((first, next)) =
        day.with_day(1).and_then(|first| Some((first, first.checked_add_months(Months::new(1))?)))
    else {
        return Ok(None);
    };
    let span = (start_of_day(first), start_of_day(next));
    let done = store::carried_out(app.db.read(), who.person, span).await?;
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let minutes: i64 = done.iter().map(|visit| (visit.ends_at - visit.starts_at).num_minutes()).sum();
    let share = |visit: &Carried| Fen::new(visit.list_fen / i64::from(visit.carers_needed.max(1)));
    Ok(Some(Month {
        visits: count(done.len()),
        minutes: i32::try_from(minutes).unwrap_or(i32::MAX),
        worth: done.iter().map(share).sum(),
        held: count(done.iter().filter(|visit| visit.is_held).count()),
    }))
}
