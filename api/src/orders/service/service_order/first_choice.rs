//! What a page asks before anybody has chosen: the offering that is listed first.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::place::{self, Want};
use crate::app::App;
use crate::directory::store::offering::sold_in;
use crate::kit::ids::ElderId;
use crate::kit::page::Page;
use crate::kit::refusal::Stop;
use crate::kit::viewer::SignedIn;
use crate::orders::graph::service_order::ServiceOrderPlaceErrorCode as C;

/// Start times of a day for the offering of a service that is listed first for a region; when nothing is offered there it is
/// like an offering that does not exist.
pub async fn free_starts(
    app: &App,
    who: &SignedIn,
    elder: ElderId,
    (region, service): (&str, &str),
    day: NaiveDate,
) -> Result<Vec<DateTime<Utc>>, Stop<C>> {
    let first = Page { first: 1, after: None };
    let found = sold_in(app.db.read(), (region, Some(service)), first, app.clock.now()).await?;
    let offering = found.first().map_or(Uuid::nil(), |offered| offered.row.id).into();
    let want = Want { elder, offering, quantity: 1, sex: None, carer: None };
    place::free_starts(app, who, &want, day).await
}
