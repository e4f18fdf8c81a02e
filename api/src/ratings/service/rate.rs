//! The author's acts: giving a rating, changing it.

use entities::enums::{MealState, TextState};
use entities::rating::Model;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::app::App;
use crate::directory::store::count_stars;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::{CanteenId, OrderId, RatingId};
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::rules::service_order::is_carried_out;
use crate::orders::store::read::order_of;
use crate::orders::store::service_order;
use crate::ratings::graph::{RatingChangeErrorCode, RatingCreateErrorCode};
use crate::ratings::rules::{Content, Tag, Unfit, can_be_changed_until, split_tags, state_of_new};
use crate::ratings::store;

/// Name of the event after which a text is to be read anew.
pub const CHANGED: &str = "change";

/// A rating as the author sends it.
#[derive(Clone, Debug)]
pub struct NewRating {
    /// Of which order.
    pub order: OrderId,
    /// 1 to 5.
    pub stars: i32,
    /// Words that sum it up.
    pub tags: Vec<Tag>,
    /// In the author's own words.
    pub text: Option<String>,
}

/// What the author wants to be different; the outer `None` leaves a part as it is.
#[derive(Clone, Debug)]
pub struct Change {
    /// 1 to 5.
    pub stars: Option<i32>,
    /// All tags from now on.
    pub tags: Option<Vec<Tag>>,
    /// The text from now on; the inner `None` takes it away.
    pub text: Option<Option<String>>,
}

/// Gives the one rating of a served meal or a visit that was carried out.
pub async fn create(
    app: &App,
    who: &SignedIn,
    key: &str,
    new: &NewRating,
) -> Result<Model, Stop<RatingCreateErrorCode>> {
    use RatingCreateErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let content = Content::read(new.stars, &new.tags, new.text.as_deref()).or_else(|unfit| match unfit {
        Unfit::Stars => refuse_field(C::StarsInvalid, "stars"),
        Unfit::Tags => refuse_field(C::TagsInvalid, "tags"),
        Unfit::Text => refuse_field(C::TextInvalid, "text"),
    })?;
    let canteen = match rated(app, who, new.order).await? {
        None => return refuse_field(C::OrderNotFound, "orderId"),
        Some((false, _)) => return refuse_field(C::OrderNotServed, "orderId"),
        Some((true, canteen)) => canteen,
    };
    if !fits(&new.tags, canteen.is_some()) {
        return refuse_field(C::TagsInvalid, "tags");
    }
    let now = app.clock.now();
    let id: RatingId = app.ids.next();
    let fingerprint = fingerprint(&(new.order, &content));
    let request = Request { person: who.person.0, act: "ratingCreate", key, fingerprint: &fingerprint };
    let tx = app.db.begin().await?;
    let id = match once(&tx, request, id.0, now).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => RatingId(known),
        Once::First => {
            let state = state_of_new(content.text.as_deref());
            if !store::insert(&tx, (id, new.order), who.person, (&content, state), now).await? {
                return refuse_field(C::AlreadyRated, "orderId");
            }
            count(&tx, (new.order, canteen), (0, content.stars)).await?;
            let event = Event {
                to: Some(state.as_str()),
                request_key: Some(key.to_owned()),
                ..event("create", id, who)
            };
            record(&tx, &app.ids, now, vec![event]).await?;
            let work = (state == TextState::Pending).then_some((Due::TextCheck, id.0, now));
            schedule(&tx, &app.ids, work).await?;
            id
        }
    };
    let row = store::bare(&tx, id).await?.ok_or_else(|| Fault::new("a rating vanished while being made"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(row)
}

/// Whether every tag says something about a meal, or about a visit.
fn fits(tags: &[Tag], is_meal: bool) -> bool {
    tags.iter().all(|tag| if is_meal { tag.is_of_meals() } else { tag.is_of_visits() })
}

/// Whether an order in reach is over and can be rated, and its canteen when it is a meal; `None` for any other id.
async fn rated(app: &App, who: &SignedIn, id: OrderId) -> Result<Option<(bool, Option<Uuid>)>, Fault> {
    if let Some(seen) = order_of(app.db.read(), who, id).await? {
        return Ok(Some((seen.order.state == MealState::Served, Some(seen.order.canteen_id))));
    }
    let visit = service_order::order_of(app.db.read(), who, id).await?;
    Ok(visit.map(|seen| (is_carried_out(seen.order.state), None)))
}

/// Counts the stars where they are shown: at the canteen, or at the carers who came.
async fn count<C: ConnectionTrait>(
    tx: &C,
    (order, canteen): (OrderId, Option<Uuid>),
    (taken, given): (i16, i16),
) -> Result<(), Fault> {
    match canteen {
        Some(canteen) => count_stars(tx, CanteenId(canteen), taken, given).await?,
        None => store::count_carers_stars(tx, order, (taken, given)).await?,
    }
    Ok(())
}

/// Changes a rating within its days; the earlier version is kept. A change that changes nothing leaves no trace.
pub async fn change(
    app: &App,
    who: &SignedIn,
    id: RatingId,
    change: &Change,
) -> Result<Model, Stop<RatingChangeErrorCode>> {
    use RatingChangeErrorCode as C;
    let now = app.clock.now();
    let Some(old) = store::of_author(app.db.read(), who, id).await? else {
        return refuse_field(C::RatingNotFound, "ratingId");
    };
    let content = changed(&old, change)?;
    if now >= can_be_changed_until(old.created_at) {
        return refuse_field(C::TooLate, "ratingId");
    }
    if (old.stars, &old.tags, &old.text) == (content.stars, &content.tags, &content.text) {
        return Ok(old);
    }
    let is_new_text = old.text != content.text;
    let (state, hidden_reason) = if is_new_text {
        (state_of_new(content.text.as_deref()), None)
    } else {
        (old.text_state, old.hidden_reason.as_deref())
    };
    let tx = app.db.begin().await?;
    if !store::replace(&tx, &old, &content, (state, hidden_reason), now).await? {
        return refuse(C::ChangedMeanwhile);
    }
    if old.stars != content.stars {
        count(&tx, (OrderId(old.order_id), old.canteen_id), (old.stars, content.stars)).await?;
    }
    let event = Event {
        from: Some(old.text_state.as_str()),
        to: Some(state.as_str()),
        reason: Some(format!("stars {} -> {}", old.stars, content.stars)),
        ..event(CHANGED, id, who)
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    let needs_check = is_new_text && state == TextState::Pending;
    schedule(&tx, &app.ids, needs_check.then_some((Due::TextCheck, id.0, now))).await?;
    let row =
        store::bare(&tx, id).await?.ok_or_else(|| Fault::new("a rating vanished while being changed"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(row)
}

fn changed(old: &Model, change: &Change) -> Result<Content, Stop<RatingChangeErrorCode>> {
    use RatingChangeErrorCode as C;
    let stars = change.stars.unwrap_or(i32::from(old.stars));
    let tags = change.tags.clone().unwrap_or_else(|| split_tags(&old.tags));
    if !fits(&tags, old.canteen_id.is_some()) {
        return refuse_field(C::TagsInvalid, "tags");
    }
    let text = change.text.as_ref().unwrap_or(&old.text).as_deref();
    Content::read(stars, &tags, text).or_else(|unfit| match unfit {
        Unfit::Stars => refuse_field(C::StarsInvalid, "stars"),
        Unfit::Tags => refuse_field(C::TagsInvalid, "tags"),
        Unfit::Text => refuse_field(C::TextInvalid, "text"),
    })
}

fn event(name: &'static str, id: RatingId, who: &SignedIn) -> Event {
    Event {
        subject: "rating",
        subject_id: id.0,
        name,
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    }
}
