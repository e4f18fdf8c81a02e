//! Setting a canteen's weekly calendar and serving times.

use entities::{canteen, canteen_calendar, canteen_period};

use super::canteen_event;
use crate::app::App;
use crate::directory::graph::timetable::{CanteenCalendarSetErrorCode, CanteenPeriodSetErrorCode};
use crate::directory::rules::{is_calendar, is_cut_off, repeats_a_way};
use crate::directory::store::canteen_to_change;
use crate::directory::store::timetable::{put_period, replace_calendar, timetable};
use crate::kit::event::{Event, record};
use crate::kit::ids::CanteenId;
use crate::kit::refusal::{Stop, refuse_field};
use crate::kit::viewer::SignedIn;

/// Replaces the weekly calendar; slots that exist stay as they are.
pub async fn set_calendar(
    app: &App,
    who: &SignedIn,
    id: CanteenId,
    pools: Vec<canteen_calendar::Model>,
) -> Result<canteen::Model, Stop<CanteenCalendarSetErrorCode>> {
    use CanteenCalendarSetErrorCode as C;
    if !is_calendar(&pools) {
        return refuse_field(C::EntryInvalid, "entries");
    }
    if repeats_a_way(&pools) {
        return refuse_field(C::WayRepeated, "entries");
    }
    let tx = app.db.begin().await?;
    let Some(canteen) = canteen_to_change(&tx, who, id).await? else {
        return refuse_field(C::CanteenNotFound, "canteenId");
    };
    let known = timetable(&tx, id).await?.periods;
    if !pools.iter().all(|pool| known.iter().any(|times| times.period == pool.period)) {
        return refuse_field(C::PeriodWithoutTimes, "entries");
    }
    replace_calendar(&tx, id, &pools).await?;
    let portions: i64 = pools.iter().map(|pool| i64::from(pool.capacity)).sum();
    let event = Event {
        reason: Some(format!("{} entries, {portions} portions a week", pools.len())),
        ..canteen_event("calendar_set", id, who)
    };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    tx.commit().await?;
    Ok(canteen)
}

/// Sets serving times and cut-off of a period; slots that exist stay as they are.
pub async fn set_period(
    app: &App,
    who: &SignedIn,
    period: canteen_period::Model,
) -> Result<canteen::Model, Stop<CanteenPeriodSetErrorCode>> {
    use CanteenPeriodSetErrorCode as C;
    let id = CanteenId(period.canteen_id);
    if period.serves_from >= period.serves_until {
        return refuse_field(C::TimesInvalid, "servesUntil");
    }
    if !is_cut_off(period.cut_off_days_before, period.cut_off_at, period.serves_from) {
        return refuse_field(C::CutOffInvalid, "cutOffAt");
    }
    let tx = app.db.begin().await?;
    let Some(canteen) = canteen_to_change(&tx, who, id).await? else {
        return refuse_field(C::CanteenNotFound, "canteenId");
    };
    let times = format!(
        "{} {}-{}, cut-off {} days before at {}",
        period.period.as_str(),
        period.serves_from,
        period.serves_until,
        period.cut_off_days_before,
        period.cut_off_at
    );
    put_period(&tx, period).await?;
    let event = Event { reason: Some(times), ..canteen_event("period_set", id, who) };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    tx.commit().await?;
    Ok(canteen)
}
