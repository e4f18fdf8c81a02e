//! What a carer must know of the elder's home, only from the acceptance until the check-out; each reading is recorded.

use entities::enums::{AssignmentState, ServiceState};
use uuid::Uuid;

use crate::app::App;
use crate::kit::ids::ElderId;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::orders::store::service_order::{self as store, ServiceSeen};
use crate::people::store::record_access;

/// What is released to a carer.
#[derive(Clone, Debug)]
pub struct Released {
    /// Full name.
    pub name: String,
    /// Telephone number.
    pub phone: Option<String>,
    /// Where to go.
    pub address: String,
    /// The family's note.
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
    let id: Uuid = app.ids.next();
    let purpose = format!("order:{}", order.id);
    let reading = (ElderId(order.elder_id), who.person);
    record_access(app.db.write(), id, reading, ("visitHome", &purpose), app.clock.now()).await?;
    let elder = &seen.reached.elder;
    Ok(Some(Released {
        name: app.seal.open(&elder.name_sealed)?,
        phone: app.seal.open_optional(elder.phone_sealed.as_deref())?,
        address: app.seal.open(&order.address_sealed)?,
        note: app.seal.open_optional(order.note_sealed.as_deref())?,
    }))
}
