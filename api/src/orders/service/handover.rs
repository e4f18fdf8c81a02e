//! What the kitchen and the courier must know of the elder, only while they need it; each reading is recorded.

use entities::enums::{ConsentPurpose, MealState, MealWay};
use entities::meal_order;
use uuid::Uuid;

use crate::app::App;
use crate::kit::db::execute;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::orders::store::read::Seen;
use crate::people::rules::Scopes;
use crate::people::rules::access::Field;
use crate::people::store::consent;
use crate::people::store::words::hidden;

/// What is released to the staff of the canteen.
#[derive(Clone, Debug)]
pub struct Released {
    /// Full name.
    pub name: String,
    /// Telephone number, for deliveries.
    pub phone: Option<String>,
    /// Where to bring it, for deliveries.
    pub address: Option<String>,
    /// Diet and allergies; `None` also without a yes to PROVIDER_NOTES.
    pub dietary: Option<String>,
}

/// Name and diet from the cut-off until the meal is handed over; phone and address only for deliveries.
/// `None` for everybody who is not staff of the canteen, and outside that time.
pub async fn release(app: &App, who: &SignedIn, seen: &Seen) -> Result<Option<Released>, Fault> {
    if !is_time(seen) || !who.is_staff_of(seen.provider_id.into()) {
        return Ok(None);
    }
    let may_pass = may_pass_notes(app, seen.order.elder_id).await?;
    record(app, who, (&seen.order, Field::HandOver)).await?;
    let elder = &seen.reached.elder;
    let at_home = |sealed: Option<&str>| match seen.order.way {
        MealWay::Delivery => app.seal.open_optional(sealed),
        MealWay::DineIn | MealWay::PickUp => Ok(None),
    };
    Ok(Some(Released {
        name: app.seal.open(&elder.name_sealed)?,
        phone: at_home(elder.phone_sealed.as_deref())?,
        address: at_home(elder.address_sealed.as_deref())?,
        dietary: app.seal.open_optional(elder.dietary_sealed.as_deref().filter(|_| may_pass))?,
    }))
}

/// From the cut-off until it is handed over.
const fn is_time(seen: &Seen) -> bool {
    matches!(seen.order.state, MealState::Locked | MealState::Ready | MealState::OutForDelivery)
}

/// Whether care notes, diet and allergies go to providers: not needed for the contract, so only while a yes stands
/// (LEG-04; PIPL art. 23, 29).
pub async fn may_pass_notes(app: &App, elder: Uuid) -> Result<bool, Fault> {
    let purpose = (elder, ConsentPurpose::ProviderNotes);
    Ok(consent::standing(app.db.read(), purpose, app.clock.now()).await?.is_some())
}

/// The note of an order. Staff of the canteen read it as long as they may know the diet, and only with a yes to
/// PROVIDER_NOTES, nobody but its author what the platform found unlawful; everybody but the elder and who wrote it leaves a record.
pub async fn note(app: &App, who: &SignedIn, seen: &Seen) -> Result<Option<String>, Fault> {
    let Some(sealed) = &seen.order.note_sealed else { return Ok(None) };
    let is_staff = seen.reached.scopes == Scopes::default();
    if is_staff && (!is_time(seen) || !may_pass_notes(app, seen.order.elder_id).await?) {
        return Ok(None);
    }
    let hidden = hidden(app.db.read(), seen.order.id, Some(who.person.0)).await?;
    if hidden.iter().any(|field| field == "note") {
        return Ok(None);
    }
    if !seen.reached.is_self && seen.order.placed_by != who.person.0 {
        record(app, who, (&seen.order, Field::OrderNote)).await?;
    }
    Ok(Some(app.seal.open(sealed)?))
}

/// One row per person, order and field: a sheet that refreshes itself does not fill the record.
async fn record(app: &App, who: &SignedIn, (order, field): (&meal_order::Model, Field)) -> Result<(), Fault> {
    let id: Uuid = app.ids.next();
    let purpose = format!("order:{}", order.id);
    execute(
        app.db.write(),
        "INSERT INTO data_access (id, elder_id, person_id, field, purpose, accessed_at) \
         SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM data_access \
           WHERE elder_id = $2 AND person_id = $3 AND field = $4 AND purpose = $5)",
        [
            id.into(),
            order.elder_id.into(),
            who.person.0.into(),
            field.as_str().into(),
            purpose.into(),
            app.clock.now().into(),
        ],
    )
    .await?;
    Ok(())
}
