//! Opening slots from the calendar, changing their capacity, closing days.

use std::collections::HashSet;

use chrono::NaiveDate;
use entities::canteen;
use sea_orm::{ConnectionTrait, DbErr};

use crate::app::App;
use crate::directory::rules::CAPACITY_MAX;
use crate::directory::service::canteen_event;
use crate::directory::store::canteen_to_change;
use crate::directory::store::timetable::{self, closed_days, timetable};
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::{CanteenId, SlotId};
use crate::kit::refusal::{Fault, Stop, refuse_field, refuse_saying};
use crate::kit::viewer::SignedIn;
use crate::slots::graph::opening::{
    CanteenDayCloseErrorCode, MealSlotCapacityChangeErrorCode, MealSlotsOpenErrorCode,
};
use crate::slots::rules::{slots_to_open, span_days};
use crate::slots::store::{self, Slot};

/// A day is closed at most so many days ahead.
const CLOSE_AHEAD_D: i64 = 366;

/// What an opening did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// How many slots are new.
    pub created: usize,
    /// Days of the span on which the canteen is closed.
    pub closed_on: Vec<NaiveDate>,
}

/// Opens what the calendar asks for on these days and is not there yet, with the work that is due at cut-off and end.
/// The caller holds the canteen's row.
pub async fn open_days<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    canteen: CanteenId,
    days: &[NaiveDate],
) -> Result<Opened, DbErr> {
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return Ok(Opened::default());
    };
    let span = (*first, *last);
    let table = timetable(tx, canteen).await?;
    let closed_on = closed_days(tx, canteen, span).await?;
    let existing = store::slots_between(tx, canteen, span).await?;
    let closed: HashSet<_> = closed_on.iter().copied().collect();
    let planned = slots_to_open(&table, days, &closed, &existing, app.clock.now());
    let slots: Vec<(SlotId, _)> = planned.into_iter().map(|slot| (app.ids.next(), slot)).collect();
    store::insert_slots(tx, canteen, &slots).await?;
    let work = slots
        .iter()
        .flat_map(|(id, slot)| [(Due::CutOff, id.0, slot.cut_off_at), (Due::PeriodEnd, id.0, slot.ends_at)]);
    schedule(tx, &app.ids, work).await?;
    Ok(Opened { created: slots.len(), closed_on })
}

/// Opens slots from the weekly calendar for the days from the first to the last. Idempotent.
pub async fn open(
    app: &App,
    who: &SignedIn,
    id: CanteenId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Opened, Stop<MealSlotsOpenErrorCode>> {
    use MealSlotsOpenErrorCode as C;
    let days = span_days(first, last).filter(|_| first >= app.clock.today());
    let Some(days) = days else { return refuse_field(C::SpanInvalid, "lastOn") };
    let tx = app.db.begin().await?;
    if canteen_to_change(&tx, who, id).await?.is_none() {
        return refuse_field(C::CanteenNotFound, "canteenId");
    }
    if timetable(&tx, id).await?.pools.is_empty() {
        return refuse_field(C::CalendarEmpty, "canteenId");
    }
    let opened = open_days(app, &tx, id, &days).await?;
    let event = Event {
        reason: Some(format!("{first} to {last}: {} slots", opened.created)),
        ..canteen_event("slots_open", id, who)
    };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(opened)
}

/// Changes the capacity of a slot. The row decides: what is taken is never undercut.
pub async fn change_capacity(
    app: &App,
    who: &SignedIn,
    id: SlotId,
    capacity: i32,
) -> Result<Slot, Stop<MealSlotCapacityChangeErrorCode>> {
    use MealSlotCapacityChangeErrorCode as C;
    if !(0..=CAPACITY_MAX).contains(&capacity) {
        return refuse_field(C::CapacityInvalid, "capacity");
    }
    let tx = app.db.begin().await?;
    let Some(before) = store::slot(&tx, id).await? else { return refuse_field(C::SlotNotFound, "slotId") };
    if canteen_to_change(&tx, who, CanteenId(before.canteen_id)).await?.is_none() {
        return refuse_field(C::SlotNotFound, "slotId");
    }
    let is_changed = store::change_capacity(&tx, id, capacity).await?;
    let slot =
        store::slot(&tx, id).await?.ok_or_else(|| Fault::new("a slot vanished while being changed"))?;
    if !is_changed {
        let message = format!("已经订出 {} 份，份数不能比这更少", slot.taken);
        return refuse_saying(C::BelowTaken, message);
    }
    let event = Event {
        subject: "meal_slot",
        subject_id: id.0,
        name: "capacity_change",
        actor: Some(who.person.0),
        reason: Some(format!("{} -> {capacity}", before.capacity)),
        ..Event::default()
    };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(slot)
}

/// Closes a service day and its slots. Their orders are called off by due work, one slot at a time. A day that is closed already stays so, with its first reason.
pub async fn close_day(
    app: &App,
    who: &SignedIn,
    id: CanteenId,
    (day, reason): (NaiveDate, &str),
) -> Result<canteen::Model, Stop<CanteenDayCloseErrorCode>> {
    use CanteenDayCloseErrorCode as C;
    let reason = reason.trim();
    let ahead = day.signed_duration_since(app.clock.today()).num_days();
    if !(0..=CLOSE_AHEAD_D).contains(&ahead) {
        return refuse_field(C::DayInvalid, "closedOn");
    }
    if reason.is_empty() || reason.chars().count() > 200 || reason.chars().any(char::is_control) {
        return refuse_field(C::ReasonInvalid, "reason");
    }
    let tx = app.db.begin().await?;
    let Some(canteen) = canteen_to_change(&tx, who, id).await? else {
        return refuse_field(C::CanteenNotFound, "canteenId");
    };
    let is_new = timetable::close_day(&tx, id, day, reason).await?;
    let closed = store::close_slots(&tx, id, day).await?;
    let now = app.clock.now();
    let due =
        store::slots_of_day(&tx, id, day).await?.into_iter().map(|slot| (Due::SlotClosed, slot.id, now));
    schedule(&tx, &app.ids, due).await?;
    if is_new || closed > 0 {
        let event = Event {
            reason: Some(reason.to_owned()),
            topic: Some(format!("kitchen:{}:{day}", id.0)),
            is_quiet: false,
            ..canteen_event("day_closed", id, who)
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(canteen)
}
