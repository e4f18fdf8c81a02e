//! Adding dishes and publishing their prices.

use entities::{dish, dish_price};

use crate::app::App;
use crate::directory::graph::dish::{DishAddErrorCode, DishPricePublishErrorCode};
use crate::directory::rules::{NewDish, price_fault};
use crate::directory::store::canteen_to_change;
use crate::directory::store::dish as store;
use crate::kit::event::{Event, record};
use crate::kit::fen::Fen;
use crate::kit::ids::{CanteenId, DishId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::service::words::queue_said;

/// A dish with the price published last.
#[derive(Clone, Debug)]
pub struct Priced {
    /// The dish.
    pub dish: dish::Model,
    /// `None` until a price is published.
    pub price: Option<dish_price::Model>,
}

/// Adds a dish to a canteen. It can be put on a menu once it has a price.
pub async fn add(
    app: &App,
    who: &SignedIn,
    key: &str,
    (canteen, new): (CanteenId, &NewDish),
) -> Result<Priced, Stop<DishAddErrorCode>> {
    use DishAddErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    if let Some(field) = new.fault() {
        return refuse_field(C::InputInvalid, field);
    }
    let fingerprint = fingerprint(&(canteen, new));
    let request = Request { person: who.person.0, act: "dishAdd", key, fingerprint: &fingerprint };
    let fresh: DishId = app.ids.next();
    let tx = app.db.begin().await?;
    let once = once(&tx, request, fresh.0, app.clock.now()).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    if canteen_to_change(&tx, who, canteen).await?.is_none() {
        return refuse_field(C::CanteenNotFound, "canteenId");
    }
    let id = if let Once::Again(known) = once { DishId(known) } else { fresh };
    if once == Once::First {
        if !store::insert_dish(&tx, &new.row(fresh, canteen)).await? {
            return refuse_field(C::CodeTaken, "code");
        }
        let row = ("dish", fresh.0);
        queue_said(app, &tx, who, row, ("name", new.name.trim())).await?;
        if !new.allergens.is_empty() {
            queue_said(app, &tx, who, row, ("allergens", &new.allergens.join("、"))).await?;
        }
        let event = dish_event("add", fresh, who, key);
        record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    }
    let dish = store::dish(&tx, id).await?.ok_or_else(|| Fault::new("a dish vanished while being added"))?;
    let price = store::last_price(&tx, id).await?;
    tx.commit().await?;
    Ok(Priced { dish, price })
}

/// Publishes a price from now on. Orders keep the price under which they were placed.
pub async fn publish_price(
    app: &App,
    who: &SignedIn,
    key: &str,
    (id, price, small): (DishId, Fen, Option<Fen>),
) -> Result<Priced, Stop<DishPricePublishErrorCode>> {
    use DishPricePublishErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let now = app.clock.now();
    let fingerprint = fingerprint(&(id, price, small));
    let request = Request { person: who.person.0, act: "dishPricePublish", key, fingerprint: &fingerprint };
    let tx = app.db.begin().await?;
    let once = once(&tx, request, id.0, now).await?;
    if once == Once::Reused {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    let Some(dish) = store::dish(&tx, id).await? else { return refuse_field(C::DishNotFound, "dishId") };
    if canteen_to_change(&tx, who, CanteenId(dish.canteen_id)).await?.is_none() {
        return refuse_field(C::DishNotFound, "dishId");
    }
    if once == Once::First {
        if let Some(field) = price_fault(price, small, dish.small_portion_g.is_some()) {
            return refuse_field(C::PriceInvalid, field);
        }
        // The history is read by instants: two prices of one dish cannot begin together.
        if store::last_price(&tx, id).await?.is_some_and(|last| last.published_at >= now) {
            return refuse_field(C::JustPublished, "dishId");
        }
        let row = dish_price::Model {
            id: app.ids.next(),
            dish_id: id.0,
            price_fen: price.get(),
            small_price_fen: small.map(Fen::get),
            published_at: now,
        };
        store::insert_price(&tx, &row).await?;
        let event = Event { reason: Some(price.to_string()), ..dish_event("price_publish", id, who, key) };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    let price = store::last_price(&tx, id).await?;
    tx.commit().await?;
    Ok(Priced { dish, price })
}

fn dish_event(name: &'static str, dish: DishId, who: &SignedIn, key: &str) -> Event {
    Event {
        subject: "dish",
        subject_id: dish.0,
        name,
        actor: Some(who.person.0),
        request_key: Some(key.to_owned()),
        is_quiet: true,
        ..Event::default()
    }
}
