//! Keeping carers' time for some minutes while a form is filled in: all carers that the visit needs, or none.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::place::{Quoted, Want, check_start, need, quote, who_for};
use crate::app::App;
use crate::directory::store::is_rural_region;
use crate::kit::clock::{service_day, start_of_day};
use crate::kit::refusal::{Stop, refuse_field};
use crate::kit::seal::{READABLE, random_text};
use crate::kit::viewer::SignedIn;
use crate::orders::graph::service_order::ServiceOrderPlaceErrorCode as C;
use crate::slots::holds::crew::{Cell, Crew};
use crate::slots::rules::carers::{Candidate, Home, choose, quarter_of, rank, taken};
use crate::slots::service::hold_owner;
use crate::slots::store::carers::{self, Wanted};

/// Holds that meet each other try again so often with the carers that are left.
const TRIES: usize = 8;

/// What is held for somebody.
#[derive(Clone, Debug)]
pub struct Held {
    /// Renews, releases and uses the hold.
    pub token: String,
    /// How long it lives.
    pub life_s: u32,
}

/// The key of a provider's day.
pub fn crew_of(provider: Uuid, starts_at: DateTime<Utc>) -> Crew {
    Crew { provider, day: quarter_of(start_of_day(service_day(starts_at))) }
}

/// Whether others hold nothing of the time that a visit takes of a carer.
pub fn is_unheld(
    carer: &Candidate,
    (starts_at, length_min): (DateTime<Utc>, i64),
    others: &HashSet<Cell>,
) -> bool {
    others.is_empty()
        || !taken(starts_at, length_min, carer.buffer_min)
            .any(|quarter| others.contains(&(carer.carer, quarter)))
}

/// Keeps the carers of a visit, or renews: the same person has one hold of a provider's day.
pub async fn hold(
    app: &App,
    who: &SignedIn,
    want: &Want,
    (starts_at, token): (DateTime<Utc>, Option<String>),
) -> Result<Held, Stop<C>> {
    check_start(app, starts_at)?;
    let quoted = quote(app, who, (want, service_day(starts_at))).await?;
    let token = match token.filter(|token| (8..=64).contains(&token.len())) {
        Some(token) => token,
        None => random_text(READABLE, 16)?,
    };
    let (crew, owner) = (crew_of(quoted.offer.provider_id, starts_at), hold_owner(who, &token));
    let free = free(app, &quoted, want, starts_at).await?;
    let life_s = app.config.hold_s;
    let elder = &quoted.reached.elder;
    let is_rural = is_rural_region(app.db.read(), &elder.region_code).await?;
    let home = Home { at_e6: elder.latitude_e6.zip(elder.longitude_e6), is_rural };
    for _ in 0..TRIES {
        let others = app.holds.crew_of_others(&crew, &owner).await;
        let time = (starts_at, quoted.visit.duration_min);
        let left: Vec<_> = free.iter().filter(|carer| is_unheld(carer, time, &others)).cloned().collect();
        let Some(chosen) = choose(&rank(left, home), need(&quoted.offer, want)) else {
            return refuse_field(C::NobodyFree, "startsAt");
        };
        let cells = chosen.iter().flat_map(|one| {
            let carer = &one.candidate;
            taken(starts_at, time.1, carer.buffer_min).map(|quarter| (carer.carer, quarter))
        });
        let cells: Vec<Cell> = cells.collect();
        if app.holds.hold_crew(&crew, &owner, &cells, Duration::from_secs(life_s.into())).await {
            return Ok(Held { token, life_s });
        }
    }
    refuse_field(C::NobodyFree, "startsAt")
}

async fn free(
    app: &App,
    quoted: &Quoted,
    want: &Want,
    starts_at: DateTime<Utc>,
) -> Result<Vec<Candidate>, Stop<C>> {
    let wanted = Wanted {
        who: who_for(quoted, service_day(starts_at)),
        elder: quoted.reached.elder.id,
        order: Uuid::nil(),
        round: 0,
        starts_at,
        ends_at: starts_at + chrono::Duration::minutes(quoted.visit.duration_min),
        is_new: true,
    };
    let mut free = carers::candidates(app.db.read(), &wanted).await?;
    if free.is_empty() && carers::is_booked(app.db.read(), &wanted).await? {
        return refuse_field(C::AlreadyBooked, "startsAt");
    }
    free.retain(|candidate| want.carer.is_none_or(|wished| wished.0 == candidate.carer));
    Ok(free)
}

/// Gives a hold back. Only its owner's token does anything.
pub async fn release(
    app: &App,
    who: &SignedIn,
    want: &Want,
    (starts_at, token): (DateTime<Utc>, &str),
) -> Result<bool, Stop<C>> {
    let quoted = quote(app, who, (want, service_day(starts_at))).await?;
    app.holds.release_crew(&crew_of(quoted.offer.provider_id, starts_at), &hold_owner(who, token)).await;
    Ok(true)
}
