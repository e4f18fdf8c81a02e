//! What the kitchen and the courier must know of the elder, only while they need it; each reading is recorded.

use entities::enums::{MealState, MealWay};
use uuid::Uuid;

use crate::app::App;
use crate::kit::db::execute;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::orders::store::read::Seen;

/// What is released to the staff of the canteen.
#[derive(Clone, Debug)]
pub struct Released {
    /// Full name.
    pub name: String,
    /// Telephone number, for deliveries.
    pub phone: Option<String>,
    /// Where to bring it, for deliveries.
    pub address: Option<String>,
    /// Diet and allergies.
    pub dietary: Option<String>,
}

/// Name and diet from the cut-off until the meal is handed over; phone and address only for deliveries.
/// `None` for everybody who is not staff of the canteen, and outside that time.
pub async fn release(app: &App, who: &SignedIn, seen: &Seen) -> Result<Option<Released>, Fault> {
    let is_time =
        matches!(seen.order.state, MealState::Locked | MealState::Ready | MealState::OutForDelivery);
    if !is_time || !who.is_staff_of(seen.provider_id.into()) {
        return Ok(None);
    }
    record(app, who, seen).await?;
    let elder = &seen.reached.elder;
    let at_home = |sealed: Option<&str>| match seen.order.way {
        MealWay::Delivery => app.seal.open_optional(sealed),
        MealWay::DineIn | MealWay::PickUp => Ok(None),
    };
    Ok(Some(Released {
        name: app.seal.open(&elder.name_sealed)?,
        phone: at_home(elder.phone_sealed.as_deref())?,
        address: at_home(elder.address_sealed.as_deref())?,
        dietary: app.seal.open_optional(elder.dietary_sealed.as_deref())?,
    }))
}

/// One row per person, order and field: a sheet that refreshes itself does not fill the record.
async fn record(app: &App, who: &SignedIn, seen: &Seen) -> Result<(), Fault> {
    let id: Uuid = app.ids.next();
    let purpose = format!("order:{}", seen.order.id);
    execute(
        app.db.write(),
        "INSERT INTO data_access (id, elder_id, person_id, field, purpose, accessed_at) \
         SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM data_access \
           WHERE elder_id = $2 AND person_id = $3 AND field = $4 AND purpose = $5)",
        [
            id.into(),
            seen.order.elder_id.into(),
            who.person.0.into(),
            "handOver".into(),
            purpose.into(),
            app.clock.now().into(),
        ],
    )
    .await?;
    Ok(())
}
