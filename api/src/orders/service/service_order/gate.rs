//! The gate of a service that needs more than a free carer: whether it opens when somebody books, and the row that leads
//! through the visit. Which services have one is told by their requirements in the catalogue.

use entities::bathing_check;
use entities::enums::{BathingState, ConsentPurpose};
use entities::service_order;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::kit::clock::service_day;
use crate::kit::event::record;
use crate::kit::refusal::Fault;
use crate::orders::graph::service_order::ServiceOrderPlaceErrorCode as C;
use crate::orders::rules::bathing::{BathingEvent, after, assessment_fits, gate_of};
use crate::orders::store::bathing as store;
use crate::orders::store::write::Cause;
use crate::people::store::consent;
use crate::rights::store as rights;

/// What opened a gate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Passed {
    /// The assessment; `None` when none is asked for.
    pub assessment: Option<Uuid>,
    /// The consent; `None` when none is asked for.
    pub consent: Option<Uuid>,
}

/// Whether somebody may be bathed on the day of the order. `Ok(None)`: the service has no gate. An assessment must not be
/// older than 12 months and speak against nothing; a consent must stand at the start.
pub async fn pass(
    tx: &DatabaseTransaction,
    order: &service_order::Model,
) -> Result<Result<Option<Passed>, C>, Fault> {
    let Some(needs) = gate_of(&order.service_code) else { return Ok(Ok(None)) };
    let mut passed = Passed::default();
    if needs.ability_assessment {
        let day = service_day(order.starts_at);
        let newest = rights::newest(tx, order.elder_id).await?;
        let fits = newest.filter(|known| assessment_fits(known.assessed_on, known.has_contraindication, day));
        let Some(known) = fits else { return Ok(Err(C::AssessmentRequired)) };
        passed.assessment = Some(known.id);
    }
    if needs.risk_consent {
        let purpose = (order.elder_id, ConsentPurpose::BathingRisk);
        let Some(word) = consent::standing(tx, purpose, order.starts_at).await? else {
            return Ok(Err(C::ConsentRequired));
        };
        passed.consent = Some(word.id);
    }
    Ok(Ok(Some(passed)))
}

/// Opens the gate beside a new order, with the two steps that were taken before: the assessment and the signature.
pub async fn open(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    passed: Option<Passed>,
) -> Result<(), Fault> {
    let Some(Passed { assessment, consent }) = passed else { return Ok(()) };
    let (mut state, mut events) = (BathingState::Open, Vec::new());
    for event in [BathingEvent::AssessmentOk, BathingEvent::ConsentSigned] {
        let to = after(state, event).ok_or_else(|| Fault::new("a new gate does not open"))?;
        let cause = Cause { actor: Some(order.placed_by), ..Cause::default() };
        events.push(store::told(order.id, event.name(), (Some(state), Some(to)), cause));
        state = to;
    }
    let check = bathing_check::Model {
        order_id: order.id,
        state,
        version: 0,
        assessment_id: assessment,
        consent_id: consent,
        abort_reason: None,
        water_tenths: None,
        skin_note_sealed: None,
        opened_at: app.clock.now(),
        staffed_at: None,
        cleared_at: None,
        started_at: None,
        ended_at: None,
    };
    store::insert(tx, check).await?;
    record(tx, &app.ids, app.clock.now(), events).await?;
    Ok(())
}
