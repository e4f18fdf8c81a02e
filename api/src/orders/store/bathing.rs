//! Rows of gates. A gate moves by an event of its life cycle, in one conditional statement, and in no other way.

use entities::bathing_check;
use entities::enums::{BathingAbort, BathingState};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _};
use uuid::Uuid;

use super::write::Cause;
use crate::app::App;
use crate::kit::db::{execute, row};
use crate::kit::event::{Event, record};
use crate::orders::rules::bathing::{BathingEvent, after};

/// Writes a new gate.
pub async fn insert<C: ConnectionTrait>(tx: &C, check: bathing_check::Model) -> Result<(), DbErr> {
    bathing_check::Entity::insert(check.into_active_model()).exec_without_returning(tx).await.map(|_| ())
}

/// The gate of an order; `None` when it has none. Who changes it has locked the order.
pub async fn check<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Option<bathing_check::Model>, DbErr> {
    row(db, "SELECT * FROM bathing_check WHERE order_id = $1", [order.into()]).await
}

/// What else is written with a step.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Why it was stopped.
    pub abort: Option<BathingAbort>,
    /// Temperature of the water in tenths of a degree Celsius.
    pub water_tenths: Option<i16>,
    /// What was seen of the skin, sealed.
    pub skin_note_sealed: Option<String>,
    /// The consent on which it rests.
    pub consent: Option<Uuid>,
    /// The assessment on which it rests.
    pub assessment: Option<Uuid>,
}

/// The column that keeps the moment of a state.
const fn moment_of(state: BathingState) -> &'static str {
    match state {
        BathingState::Staffed => "staffed_at",
        BathingState::Cleared => "cleared_at",
        BathingState::Bathing => "started_at",
        BathingState::Completed | BathingState::Aborted | BathingState::Refused => "ended_at",
        BathingState::Open | BathingState::Assessed | BathingState::Consented => "opened_at",
    }
}

/// Moves a gate by an event of its life cycle and leaves the event. `None`: the event means nothing in its state.
pub async fn advance<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    check: &bathing_check::Model,
    (event, step): (BathingEvent, Step),
    cause: Cause,
) -> Result<Option<BathingState>, DbErr> {
    let Some(to) = after(check.state, event) else { return Ok(None) };
    let now = app.clock.now();
    let sql = format!(
        "UPDATE bathing_check SET state = $3, version = version + 1, {} = $4, \
         abort_reason = coalesce($5, abort_reason), water_tenths = coalesce($6, water_tenths), \
         skin_note_sealed = coalesce($7, skin_note_sealed), consent_id = coalesce($8, consent_id), \
         assessment_id = coalesce($9, assessment_id) WHERE order_id = $1 AND state = $2",
        moment_of(to)
    );
    let values = [
        check.order_id.into(),
        check.state.as_str().into(),
        to.as_str().into(),
        now.into(),
        step.abort.map(|reason| reason.as_str().to_owned()).into(),
        step.water_tenths.into(),
        step.skin_note_sealed.into(),
        step.consent.into(),
        step.assessment.into(),
    ];
    if execute(tx, &sql, values).await? == 0 {
        return Ok(None);
    }
    let states = (Some(check.state), Some(to));
    record(tx, &app.ids, now, vec![told(check.order_id, event.name(), states, cause)]).await?;
    Ok(Some(to))
}

/// An event of a gate. Who follows the order is told too.
pub fn told(
    order: Uuid,
    name: &'static str,
    (from, to): (Option<BathingState>, Option<BathingState>),
    cause: Cause,
) -> Event {
    Event {
        subject: "bathing_check",
        subject_id: order,
        name,
        from: from.map(BathingState::as_str),
        to: to.map(BathingState::as_str),
        actor: cause.actor,
        reason: cause.reason,
        request_key: cause.request_key,
        topic: Some(format!("service_order:{order}")),
        ..Event::default()
    }
}
