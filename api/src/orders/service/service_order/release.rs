//! What a carer must know of the elder's home, only from the acceptance until the check-out; each reading is recorded.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{AssignmentState, ServiceState};
use entities::service_order;
use uuid::Uuid;

use crate::app::App;
use crate::directory::distance::distance_m;
use crate::directory::store::is_rural_region;
use crate::kit::ids::ElderId;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::orders::service::handover::may_pass_notes;
use crate::orders::store::service_order::{self as store, ServiceSeen};
use crate::orders::store::service_turn::has_left;
use crate::orders::store::way;
use crate::people::rules::access::Field;
use crate::people::store::record_access;
use crate::people::store::words::hidden;
use crate::slots::rules::carers::travel_min;

/// Who has not checked out so many hours after the agreed end has left all the same.
const FORGOTTEN_H: i64 = 12;

/// What is released to a carer.
#[derive(Clone, Debug)]
pub struct Released {
    /// Full name.
    pub name: String,
    /// Telephone number.
    pub phone: Option<String>,
    /// Where to go.
    pub address: String,
    /// The family's note; `None` also without a yes to PROVIDER_NOTES, or when the platform found it unlawful.
    pub note: Option<String>,
}

/// For a carer who has said yes, until the visit is over. `None` for everybody else and at any other time.
pub async fn release(app: &App, who: &SignedIn, seen: &ServiceSeen) -> Result<Option<Released>, Fault> {
    use ServiceState as S;
    let order = &seen.order;
    if !matches!(order.state, S::Accepted | S::EnRoute | S::CheckedIn) {
        return Ok(None);
    }
    let part = store::part_of(app.db.read(), order.id, who).await?;
    if part.is_none_or(|part| part.state != AssignmentState::Accepted) {
        return Ok(None);
    }
    let is_long_over = app.clock.now() > order.ends_at + Duration::hours(FORGOTTEN_H);
    if is_long_over || has_left(app.db.read(), order.id, who.person.0).await? {
        return Ok(None);
    }
    let may_pass = may_pass_notes(app, order.elder_id).await?;
    let id: Uuid = app.ids.next();
    let purpose = format!("order:{}", order.id);
    let reading = (ElderId(order.elder_id), who.person);
    record_access(app.db.write(), id, reading, (Field::VisitHome, &purpose), app.clock.now()).await?;
    let elder = &seen.reached.elder;
    let is_hidden = hidden(app.db.read(), order.id, Some(who.person.0)).await?.iter().any(|it| it == "note");
    let note = order.note_sealed.as_deref().filter(|_| may_pass && !is_hidden);
    Ok(Some(Released {
        name: app.seal.open(&elder.name_sealed)?,
        phone: app.seal.open_optional(elder.phone_sealed.as_deref())?,
        address: app.seal.open(&order.address_sealed)?,
        note: app.seal.open_optional(note)?,
    }))
}

/// A carer on the way, as the family may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnTheWay {
    /// Metres to the home, in a straight line.
    pub distance_m: u32,
    /// Estimate of the arrival.
    pub arrives_at: DateTime<Utc>,
    /// When the carer's phone told it.
    pub told_at: DateTime<Utc>,
}

/// How far the carer is. `None` when one of the two places is not known.
pub async fn arrival(app: &App, order: &service_order::Model) -> Result<Option<OnTheWay>, Fault> {
    let Some(home) = order.latitude_e6.zip(order.longitude_e6) else { return Ok(None) };
    let Some(last) = way::last(app.db.read(), order.id).await? else { return Ok(None) };
    let is_rural = is_rural_region(app.db.read(), &order.region_code).await?;
    let distance_m = distance_m((last.latitude_e6, last.longitude_e6), home);
    let arrives_at = last.told_at + Duration::minutes(travel_min(distance_m, is_rural).into());
    Ok(Some(OnTheWay { distance_m, arrives_at, told_at: last.told_at }))
}
