//! What a provider offers: entering it, publishing prices, putting bundles together, closing.

use entities::enums::OfferingUnit;
use entities::{offering, offering_price};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::carer::distinct;
use crate::app::App;
use crate::directory::graph::offering_acts::{
    OfferingAddErrorCode, OfferingBundleAddErrorCode, OfferingCloseErrorCode, OfferingPricePublishErrorCode,
};
use crate::directory::rules::admission::is_text;
use crate::directory::rules::catalogue::{BUNDLE, service};
use crate::directory::rules::offering::{ITEMS_MAX, NewOffering, OfferFault, is_covered, is_price};
use crate::directory::store::offering::{self as store, Offered};
use crate::directory::store::{knows_regions, provider::provider_to_run};
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{OfferingId, ProviderId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::service::words::queue_said;

/// Most regions in which one offering is carried out.
const AREAS_MAX: usize = 50;

fn offering_event(name: &'static str, offering: OfferingId, who: &SignedIn) -> Event {
    Event {
        subject: "offering",
        subject_id: offering.0,
        name,
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    }
}

async fn seen<C: ConnectionTrait>(app: &App, tx: &C, id: OfferingId) -> Result<Offered, Fault> {
    let found = store::offering(tx, id, app.clock.now()).await?;
    found.ok_or_else(|| Fault::new("an offering vanished while being changed"))
}

/// The row of something that is to be offered.
pub fn row(app: &App, (id, provider): (OfferingId, Uuid), new: &NewOffering) -> offering::Model {
    offering::Model {
        id: id.0,
        provider_id: provider,
        service_code: new.service_code.clone(),
        content: new.content.trim().to_owned(),
        unit: new.unit,
        duration_min: new.duration_min,
        carers_needed: i16::try_from(new.carers_needed).unwrap_or(1),
        certificate_kind: new.certificate_kind,
        certified_needed: i16::try_from(new.certified_needed).unwrap_or(0),
        is_active: true,
        created_at: app.clock.now(),
        version: 0,
    }
}

/// Enters something that the provider of the person offers. It is sold once it has a price.
pub async fn add(
    app: &App,
    who: &SignedIn,
    key: &str,
    (new, areas): (&NewOffering, &[String]),
) -> Result<Offered, Stop<OfferingAddErrorCode>> {
    use OfferingAddErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    match new.fault(service(&new.service_code)) {
        Some(OfferFault::ServiceNotOffered) => return refuse_field(C::ServiceNotOffered, "serviceCode"),
        Some(OfferFault::Field(field)) => return refuse_field(C::InputInvalid, field),
        Some(OfferFault::RequirementsUnmet) => return refuse_field(C::RequirementsUnmet, "carersNeeded"),
        None => {}
    }
    let areas = distinct(areas);
    let fingerprint = fingerprint(&(new, &areas));
    let request = Request { person: who.person.0, act: "offeringAdd", key, fingerprint: &fingerprint };
    let fresh: OfferingId = app.ids.next();
    let tx = app.db.begin().await?;
    let once = once(&tx, request, fresh.0, app.clock.now()).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    let Some(provider) = provider_to_run(&tx, who).await? else { return refuse(C::ProviderNotFound) };
    let id = if let Once::Again(known) = once { OfferingId(known) } else { fresh };
    if once == Once::First {
        if !(1..=AREAS_MAX).contains(&areas.len()) || !knows_regions(&tx, &areas).await? {
            return refuse_field(C::RegionUnknown, "regionCodes");
        }
        store::insert_offering(&tx, &row(app, (fresh, provider.id), new), &areas).await?;
        let event = Event {
            reason: Some(new.service_code.clone()),
            request_key: Some(key.to_owned()),
            ..offering_event("add", fresh, who)
        };
        queue_said(app, &tx, who, ("offering", fresh.0), ("content", new.content.trim())).await?;
        record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    }
    let offered = seen(app, &tx, id).await?;
    tx.commit().await?;
    Ok(offered)
}

/// A bundle that is to be offered.
#[derive(Clone, Debug)]
pub struct NewBundle {
    /// What is done for the price.
    pub content: String,
    /// Which offerings, and how many times each.
    pub items: Vec<(OfferingId, i32)>,
    /// Where.
    pub areas: Vec<String>,
}

/// Puts offerings together. The bundle costs what its items cost, shown item by item, and is sold while all are.
pub async fn add_bundle(
    app: &App,
    who: &SignedIn,
    key: &str,
    new: &NewBundle,
) -> Result<Offered, Stop<OfferingBundleAddErrorCode>> {
    use OfferingBundleAddErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let areas = distinct(&new.areas);
    let fingerprint = fingerprint(new);
    let request = Request { person: who.person.0, act: "offeringBundleAdd", key, fingerprint: &fingerprint };
    let fresh: OfferingId = app.ids.next();
    let tx = app.db.begin().await?;
    let once = once(&tx, request, fresh.0, app.clock.now()).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    let Some(provider) = provider_to_run(&tx, who).await? else { return refuse(C::ProviderNotFound) };
    let id = if let Once::Again(known) = once { OfferingId(known) } else { fresh };
    if once == Once::First {
        let items = counted(new)?;
        if !is_text(&new.content, 300) {
            return refuse_field(C::InputInvalid, "content");
        }
        let held = items_of(app, &tx, ProviderId(provider.id), &items).await?;
        if !(1..=AREAS_MAX).contains(&areas.len()) || !knows_regions(&tx, &areas).await? {
            return refuse_field(C::RegionUnknown, "regionCodes");
        }
        let reaches = |area: &String| held.iter().all(|item| is_covered(area, &item.areas));
        if !areas.iter().all(reaches) {
            return refuse_field(C::AreaNotCovered, "regionCodes");
        }
        store::insert_offering(&tx, &bundle_row(app, (fresh, provider.id), new, (&held, &items)), &areas)
            .await?;
        store::insert_items(&tx, fresh, &items).await?;
        queue_said(app, &tx, who, ("offering", fresh.0), ("content", new.content.trim())).await?;
        let event = Event { request_key: Some(key.to_owned()), ..offering_event("bundle_add", fresh, who) };
        record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    }
    let offered = seen(app, &tx, id).await?;
    tx.commit().await?;
    Ok(offered)
}

fn counted(new: &NewBundle) -> Result<Vec<(OfferingId, i16)>, Stop<OfferingBundleAddErrorCode>> {
    let counts = new.items.iter().map(|(id, quantity)| {
        let quantity = i16::try_from(*quantity).ok().filter(|quantity| (1..=31).contains(quantity));
        quantity.map(|quantity| (*id, quantity))
    });
    match counts.collect::<Option<Vec<_>>>() {
        Some(items) if (1..=ITEMS_MAX).contains(&items.len()) && !repeats(&items) => Ok(items),
        _ => refuse_field(OfferingBundleAddErrorCode::ItemsInvalid, "items"),
    }
}

fn repeats(items: &[(OfferingId, i16)]) -> bool {
    items.iter().enumerate().any(|(place, (id, _))| items.iter().take(place).any(|(other, _)| other == id))
}

/// The offerings of a bundle; they belong to the same provider, are not closed and are no bundles themselves.
async fn items_of<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    provider: ProviderId,
    items: &[(OfferingId, i16)],
) -> Result<Vec<Offered>, Stop<OfferingBundleAddErrorCode>> {
    let ids: Vec<OfferingId> = items.iter().map(|(id, _)| *id).collect();
    let held = store::own(tx, provider, &ids, app.clock.now()).await?;
    if held.len() != ids.len() {
        return refuse_field(OfferingBundleAddErrorCode::OfferingNotFound, "items.offeringId");
    }
    if held.iter().any(|item| item.is_bundle() || !item.row.is_active) {
        return refuse_field(OfferingBundleAddErrorCode::ItemNotOffered, "items.offeringId");
    }
    Ok(held)
}

/// A bundle takes as long as its items together and as many carers as the largest of them.
fn bundle_row(
    app: &App,
    ids: (OfferingId, Uuid),
    new: &NewBundle,
    (held, items): (&[Offered], &[(OfferingId, i16)]),
) -> offering::Model {
    let minutes = |item: &Offered| {
        let times = items.iter().find(|(id, _)| id.0 == item.row.id).map_or(1, |(_, quantity)| *quantity);
        item.row.duration_min.saturating_mul(i32::from(times))
    };
    let bare = NewOffering {
        service_code: BUNDLE.to_owned(),
        content: new.content.clone(),
        unit: OfferingUnit::Unit,
        duration_min: held.iter().map(minutes).fold(0, i32::saturating_add),
        carers_needed: held.iter().map(|item| i32::from(item.row.carers_needed)).max().unwrap_or(1),
        certificate_kind: None,
        certified_needed: 0,
    };
    row(app, ids, &bare)
}

/// Publishes a price from now on. Orders keep the price under which they were placed.
pub async fn publish_price(
    app: &App,
    who: &SignedIn,
    key: &str,
    (id, price): (OfferingId, Fen),
) -> Result<Offered, Stop<OfferingPricePublishErrorCode>> {
    use OfferingPricePublishErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let now = app.clock.now();
    let fingerprint = fingerprint(&(id, price));
    let request =
        Request { person: who.person.0, act: "offeringPricePublish", key, fingerprint: &fingerprint };
    let tx = app.db.begin().await?;
    let once = once(&tx, request, id.0, now).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    let Some(row) = store::offering_to_change(&tx, who, id).await? else {
        return refuse_field(C::OfferingNotFound, "offeringId");
    };
    if once == Once::First {
        if row.service_code == BUNDLE {
            return refuse_field(C::BundlePricedByItems, "offeringId");
        }
        if !row.is_active {
            return refuse_field(C::OfferingClosed, "offeringId");
        }
        if !is_price(price) {
            return refuse_field(C::PriceInvalid, "priceFen");
        }
        // The history is read by instants: two prices of one offering cannot begin together.
        if store::last_price(&tx, id).await?.is_some_and(|last| last.published_at >= now) {
            return refuse_field(C::JustPublished, "offeringId");
        }
        let row = offering_price::Model { offering_id: id.0, price_fen: price.get(), published_at: now };
        store::insert_price(&tx, &row).await?;
        let event = Event {
            reason: Some(price.to_string()),
            request_key: Some(key.to_owned()),
            ..offering_event("price_publish", id, who)
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    let offered = seen(app, &tx, id).await?;
    tx.commit().await?;
    Ok(offered)
}

/// Takes an offering off the list for good. What was ordered stands.
pub async fn close(
    app: &App,
    who: &SignedIn,
    id: OfferingId,
) -> Result<Offered, Stop<OfferingCloseErrorCode>> {
    use OfferingCloseErrorCode as C;
    let tx = app.db.begin().await?;
    if store::offering_to_change(&tx, who, id).await?.is_none() {
        return refuse_field(C::OfferingNotFound, "offeringId");
    }
    if !store::close(&tx, id).await? {
        return refuse_field(C::AlreadyClosed, "offeringId");
    }
    record(&tx, &app.ids, app.clock.now(), vec![offering_event("close", id, who)]).await?;
    let offered = seen(app, &tx, id).await?;
    tx.commit().await?;
    Ok(offered)
}
