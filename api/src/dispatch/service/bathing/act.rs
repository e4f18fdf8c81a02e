//! What carers do at a bath: measure, begin, stop, finish.

use chrono::{DateTime, Utc};
use entities::enums::{BathingAbort, BathingState, ConsentPurpose, IncidentKind, ServiceState, VitalPhase};
use entities::{incident, service_order, vital_sign};
use sea_orm::DatabaseTransaction;

use super::{Acting, Outside, acting, has_both, stop_bath};
use crate::app::App;
use crate::dispatch::graph::bathing::acts::{
    BathDistressErrorCode, BathFinishErrorCode, BathStartErrorCode, BathVitalsRecordErrorCode,
};
use crate::dispatch::rules::bathing::{Vitals, is_fresh, is_too_soon_after, is_water_good, taken};
use crate::dispatch::store::bathing as rows;
use crate::kit::clock::service_day;
use crate::kit::event::record;
use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::rules::bathing::{BathingEvent, assessment_fits, figures, gate_of};
use crate::orders::rules::service_order::ServiceEvent;
use crate::orders::service::service_order::cancel::undo;
use crate::orders::store::bathing::{self as gates, Step};
use crate::orders::store::write::Cause;
use crate::people::store::consent;
use crate::rights::store as rights;

/// Longest words about distress or skin in characters.
const WORDS_MAX: usize = 500;
/// What the family reads when a value is out of its limits. No value is in it.
const VITALS_STOP: &str = "浴前测量超出安全范围，今天不能助浴，已全额退款，建议尽快就医";
const DISTRESS_STOP: &str = "助浴中老人感到不适，已停止服务并全额退款";

/// Values as a carer tells them.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// The values.
    pub vitals: Vitals,
    /// When they were taken, by the phone's clock.
    pub taken_at: DateTime<Utc>,
    /// When the elder had last eaten.
    pub last_meal_at: Option<DateTime<Utc>>,
}

fn vitals_outside(outside: Outside) -> BathVitalsRecordErrorCode {
    use BathVitalsRecordErrorCode as C;
    match outside {
        Outside::NotFound => C::OrderNotFound,
        Outside::NotCheckedIn => C::NotCheckedIn,
        Outside::NoGate => C::WrongState,
    }
}

fn start_outside(outside: Outside) -> BathStartErrorCode {
    use BathStartErrorCode as C;
    match outside {
        Outside::NotFound => C::OrderNotFound,
        Outside::NotCheckedIn => C::NotCheckedIn,
        Outside::NoGate => C::NotCleared,
    }
}

fn distress_outside(outside: Outside) -> BathDistressErrorCode {
    use BathDistressErrorCode as C;
    match outside {
        Outside::NotFound => C::OrderNotFound,
        Outside::NotCheckedIn => C::NotCheckedIn,
        Outside::NoGate => C::WrongState,
    }
}

fn finish_outside(outside: Outside) -> BathFinishErrorCode {
    use BathFinishErrorCode as C;
    match outside {
        Outside::NotFound => C::OrderNotFound,
        Outside::NotCheckedIn => C::NotCheckedIn,
        Outside::NoGate => C::WrongState,
    }
}

async fn keep_vitals(
    (app, tx): (&App, &DatabaseTransaction),
    it: &Acting,
    phase: VitalPhase,
    measured: Measured,
) -> Result<(), Fault> {
    let new = vital_sign::Model {
        id: app.ids.next(),
        order_id: it.order.id,
        phase,
        taken_at: measured.taken_at,
        taken_by: it.part.carer_id,
        values_sealed: app.seal.seal(&serde_json::to_string(&measured.vitals)?)?,
        is_within_limits: measured.vitals.is_within(figures()),
        last_meal_at: measured.last_meal_at,
        recorded_at: app.clock.now(),
    };
    rows::insert_vitals(tx, new).await?;
    Ok(())
}

/// Whether the same carer has told the same values of the same moment. Other values of that moment are news.
async fn is_told_before(
    app: &App,
    tx: &DatabaseTransaction,
    it: &Acting,
    measured: Measured,
) -> Result<bool, Fault> {
    let whose = (it.order.id, it.part.carer_id);
    for row in rows::taken_at(tx, whose, measured.taken_at).await? {
        let known: Vitals = serde_json::from_str(&app.seal.open(&row.values_sealed)?)?;
        if known == measured.vitals {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Values before the bath. Within the limits the gate is CLEARED; out of them the visit ends, and everything goes back.
/// Measured again before the start, the newest values count. Repeated, it answers the same.
pub async fn vitals(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    measured: Measured,
) -> Result<OrderId, Stop<BathVitalsRecordErrorCode>> {
    use BathVitalsRecordErrorCode as C;
    let tx = app.db.begin().await?;
    let it = match acting(&tx, who, id).await? {
        Ok(it) => it,
        Err(outside) => return refuse(vitals_outside(outside)),
    };
    let now = app.clock.now();
    if is_told_before(app, &tx, &it, measured).await? {
        return Ok(id);
    }
    if !measured.vitals.is_plausible() {
        return refuse_field(C::ValuesImplausible, "systolicMmhg");
    }
    let Some(taken_at) = taken(measured.taken_at, now) else {
        return refuse_field(C::TimeInvalid, "takenAt");
    };
    if measured.last_meal_at.is_some_and(|meal| meal > now) {
        return refuse_field(C::TimeInvalid, "lastMealAt");
    }
    let is_under_way = it.order.state == ServiceState::CheckedIn;
    match it.check.state {
        BathingState::Staffed | BathingState::Cleared if is_under_way => {}
        BathingState::Consented if is_under_way => return refuse(C::SecondCarerMissing),
        _ => return refuse(C::WrongState),
    }
    let is_good = measured.vitals.is_within(figures());
    if is_good && measured.last_meal_at.is_some_and(|meal| is_too_soon_after(meal, now)) {
        return refuse_field(C::MealTooRecent, "lastMealAt");
    }
    keep_vitals((app, &tx), &it, VitalPhase::Before, Measured { taken_at, ..measured }).await?;
    judge(app, &tx, &it, (who, is_good)).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

async fn judge(
    app: &App,
    tx: &DatabaseTransaction,
    it: &Acting,
    (who, is_good): (&SignedIn, bool),
) -> Result<(), Fault> {
    let actor = Some(who.person.0);
    let is_first = it.check.state == BathingState::Staffed;
    match (is_good, is_first) {
        (true, true) => {
            let cause = Cause { actor, ..Cause::default() };
            gates::advance(app, tx, &it.check, (BathingEvent::VitalsOk, Step::default()), cause).await?;
        }
        (true, false) => {
            let cause =
                Cause { actor, reason: Some("重新测量，结果正常".to_owned()), ..Cause::default() };
            let again = gates::told(it.order.id, BathingEvent::VitalsOk.name(), (None, None), cause);
            record(tx, &app.ids, app.clock.now(), vec![again]).await?;
        }
        (false, true) => {
            let stop = (BathingEvent::VitalsBad, BathingAbort::VitalsOutOfLimits);
            stop_bath(app, tx, (&it.order, &it.check), stop, (actor, VITALS_STOP)).await?;
        }
        (false, false) => {
            // The machine knows no way back from CLEARED: the visit itself ends, and with it every way to the water.
            let cause = Cause { actor, reason: Some(VITALS_STOP.to_owned()), ..Cause::default() };
            undo(app, tx, &it.order, (ServiceEvent::Abort, Fen::ZERO), cause).await?;
        }
    }
    Ok(())
}

/// The bath begins: cleared, both carers there, values fresh and good, no meal within the hour, water neither cold nor hot,
/// assessment and consent still standing. Repeated, it answers the same.
pub async fn start(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (water_tenths, last_meal_at): (i16, Option<DateTime<Utc>>),
) -> Result<OrderId, Stop<BathStartErrorCode>> {
    use BathStartErrorCode as C;
    let tx = app.db.begin().await?;
    let it = match acting(&tx, who, id).await? {
        Ok(it) => it,
        Err(outside) => return refuse(start_outside(outside)),
    };
    if it.check.state == BathingState::Bathing {
        return Ok(id);
    }
    if it.order.state != ServiceState::CheckedIn {
        return refuse(C::NotCleared);
    }
    if !has_both(&tx, &it.order).await? {
        return refuse(C::SecondCarerMissing);
    }
    if it.check.state != BathingState::Cleared {
        return refuse(C::NotCleared);
    }
    if let Some(code) = values_hold(&tx, &it, last_meal_at, app.clock.now()).await? {
        return refuse(code);
    }
    if !is_water_good(water_tenths) {
        return refuse_field(C::WaterOutOfLimits, "waterTenths");
    }
    let step = match basis(&tx, &it.order, app.clock.now()).await? {
        Ok(step) => Step { water_tenths: Some(water_tenths), ..step },
        Err(code) => return refuse(code),
    };
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    if gates::advance(app, &tx, &it.check, (BathingEvent::Start, step), cause).await?.is_none() {
        return refuse(C::NotCleared);
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// Whether the newest values let the bath begin at this moment; otherwise why not.
async fn values_hold(
    tx: &DatabaseTransaction,
    it: &Acting,
    eaten_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Option<BathStartErrorCode>, Fault> {
    use BathStartErrorCode as C;
    let Some(newest) = rows::newest_before(tx, it.order.id).await? else { return Ok(Some(C::NotCleared)) };
    let meal = newest.last_meal_at.max(eaten_at);
    Ok(if !newest.is_within_limits {
        Some(C::NotCleared)
    } else if !is_fresh(newest.taken_at, now) {
        Some(C::VitalsTooOld)
    } else if meal.is_some_and(|meal| is_too_soon_after(meal, now)) {
        Some(C::MealTooRecent)
    } else {
        None
    })
}

/// Assessment and consent as they stand at this moment; a consent may have been taken back since the booking.
async fn basis(
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    now: DateTime<Utc>,
) -> Result<Result<Step, BathStartErrorCode>, Fault> {
    use BathStartErrorCode as C;
    let Some(needs) = gate_of(&order.service_code) else { return Ok(Err(C::NotCleared)) };
    let mut step = Step::default();
    if needs.ability_assessment {
        let newest = rights::newest(tx, order.elder_id).await?;
        let fits = newest
            .filter(|known| assessment_fits(known.assessed_on, known.has_contraindication, service_day(now)));
        let Some(known) = fits else { return Ok(Err(C::AssessmentRequired)) };
        step.assessment = Some(known.id);
    }
    if needs.risk_consent {
        let word = consent::standing(tx, (order.elder_id, ConsentPurpose::BathingRisk), now).await?;
        let Some(word) = word else { return Ok(Err(C::ConsentRequired)) };
        step.consent = Some(word.id);
    }
    Ok(Ok(step))
}

/// The elder is not well in the bath: it stops, everything goes back, what happened is kept. Repeated, it answers the same.
pub async fn distress(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (words, is_emergency): (&str, bool),
) -> Result<OrderId, Stop<BathDistressErrorCode>> {
    use BathDistressErrorCode as C;
    let tx = app.db.begin().await?;
    let it = match acting(&tx, who, id).await? {
        Ok(it) => it,
        Err(outside) => return refuse(distress_outside(outside)),
    };
    if it.check.abort_reason == Some(BathingAbort::Distress) {
        return Ok(id);
    }
    let words = words.trim();
    if !(1..=WORDS_MAX).contains(&words.chars().count()) {
        return refuse_field(C::WordsMissing, "words");
    }
    let stop = (BathingEvent::Distress, BathingAbort::Distress);
    let whose = (Some(who.person.0), DISTRESS_STOP);
    if !stop_bath(app, &tx, (&it.order, &it.check), stop, whose).await? {
        return refuse(C::WrongState);
    }
    let new = incident::Model {
        id: app.ids.next(),
        order_id: it.order.id,
        carer_id: it.part.carer_id,
        kind: IncidentKind::BathDistress,
        detail_sealed: app.seal.seal(words)?,
        is_emergency,
        noted_at: app.clock.now(),
    };
    rows::insert_incident(&tx, new).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}

/// The bath is over: values afterwards, and what was seen of the skin. Repeated, it answers the same.
pub async fn finish(
    app: &App,
    who: &SignedIn,
    id: OrderId,
    (measured, skin_note): (Measured, &str),
) -> Result<OrderId, Stop<BathFinishErrorCode>> {
    use BathFinishErrorCode as C;
    let tx = app.db.begin().await?;
    let it = match acting(&tx, who, id).await? {
        Ok(it) => it,
        Err(outside) => return refuse(finish_outside(outside)),
    };
    if it.check.state == BathingState::Completed {
        return Ok(id);
    }
    if it.check.state != BathingState::Bathing || it.order.state != ServiceState::CheckedIn {
        return refuse(C::WrongState);
    }
    if !measured.vitals.is_plausible() {
        return refuse_field(C::ValuesImplausible, "systolicMmhg");
    }
    let now = app.clock.now();
    let after_start = |at: &DateTime<Utc>| it.check.started_at.is_some_and(|began| *at >= began);
    let Some(taken_at) = taken(measured.taken_at, now).filter(after_start) else {
        return refuse_field(C::TimeInvalid, "takenAt");
    };
    let skin_note = skin_note.trim();
    if !(1..=WORDS_MAX).contains(&skin_note.chars().count()) {
        return refuse_field(C::SkinNoteMissing, "skinNote");
    }
    keep_vitals((app, &tx), &it, VitalPhase::After, Measured { taken_at, ..measured }).await?;
    let step = Step { skin_note_sealed: Some(app.seal.seal(skin_note)?), ..Step::default() };
    let cause = Cause { actor: Some(who.person.0), ..Cause::default() };
    gates::advance(app, &tx, &it.check, (BathingEvent::Finish, step), cause).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(id)
}
