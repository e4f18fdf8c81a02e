//! Acts on holds, and reading slots with their menus.

pub mod nearby;
pub mod opening;
pub mod refused;

use std::time::Duration;

use chrono::{DateTime, Utc};
use entities::enums::Role;

use super::graph::{SlotHold, SlotHoldErrorCode, SlotHoldReleaseErrorCode};
use super::store::{self, Slot};
use crate::app::App;
use crate::directory::store::Menu;
use crate::kit::db::Raw;
use crate::kit::ids::{CanteenId, SlotId};
use crate::kit::page::Page;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::seal::{READABLE, random_text};
use crate::kit::viewer::SignedIn;
use crate::people::store::may_book;

/// The owner of a hold. A person has one hold of a slot, whatever token he shows: nobody empties a canteen by filling in
/// forms. The desk has many callers, each with a token of his own.
pub fn hold_owner(who: &SignedIn, token: &str) -> String {
    if who.has(Role::Desk) { format!("{}:{token}", who.person) } else { who.person.to_string() }
}

/// Holds places, or renews the hold of the same token.
pub async fn hold(
    app: &App,
    who: &SignedIn,
    id: SlotId,
    portions: i32,
    token: Option<String>,
) -> Result<SlotHold, Stop<SlotHoldErrorCode>> {
    use SlotHoldErrorCode as C;
    if !(1..=10).contains(&portions) {
        return refuse_field(C::PortionsInvalid, "portions");
    }
    let Some(slot) = store::slot(app.db.read(), id).await? else {
        return refuse_field(C::SlotNotFound, "slotId");
    };
    if !slot.is_open || slot.cut_off_at <= app.clock.now() {
        return refuse_field(C::SlotClosed, "slotId");
    }
    if !who.has(Role::Desk) && !may_book(app.db.read(), who).await? {
        return refuse(C::NoElder);
    }
    let token = match token.filter(|token| (8..=64).contains(&token.len())) {
        Some(token) => token,
        None => random_text(READABLE, 16)?,
    };
    let life = Duration::from_secs(u64::from(app.config.hold_s));
    let free = slot.capacity - slot.taken;
    if !app.holds.hold(slot.id, &hold_owner(who, &token), portions, free, life).await {
        return refuse_field(C::SlotFull, "slotId");
    }
    Ok(SlotHold { token, seconds: i32::try_from(app.config.hold_s).unwrap_or(i32::MAX), portions })
}

/// Gives held places back.
pub async fn release(
    app: &App,
    who: &SignedIn,
    id: SlotId,
    token: &str,
) -> Result<bool, Stop<SlotHoldReleaseErrorCode>> {
    let Some(slot) = store::slot(app.db.read(), id).await? else {
        return refuse_field(SlotHoldReleaseErrorCode::SlotNotFound, "slotId");
    };
    app.holds.release(slot.id, &hold_owner(who, token)).await;
    Ok(true)
}

/// Open slots of a canteen, in one statement.
pub async fn open_slots(
    app: &App,
    (canteen, from): (CanteenId, Option<DateTime<Utc>>),
    page: Page,
) -> Result<Raw<Slot>, Fault> {
    let now = app.clock.now();
    Ok(store::open_slots(app.db.read(), canteen, (from.unwrap_or(now), now), page).await?)
}

/// Slots of one canteen with their menus: one statement for all menus that are not known yet.
pub async fn with_menus(
    app: &App,
    slots: &Raw<Slot>,
    wants_menu: bool,
) -> Result<Vec<(Slot, Option<Menu>)>, Fault> {
    menus_of(app, slots.read()?, wants_menu).await
}

async fn menus_of(app: &App, slots: Vec<Slot>, wants_menu: bool) -> Result<Vec<(Slot, Option<Menu>)>, Fault> {
    let Some((canteen, stamp)) = slots.first().map(|slot| (slot.canteen_id, slot.stamp)) else {
        return Ok(Vec::new());
    };
    if !wants_menu {
        return Ok(slots.into_iter().map(|slot| (slot, None)).collect());
    }
    let days: Vec<_> = slots.iter().map(|slot| slot.served_on).collect();
    let menus = app.cards.menus(app.db.read(), (canteen, stamp), &days, app.clock.now()).await?;
    let with_menu = |slot: Slot| {
        let menu = menus.get(&(slot.served_on, slot.period)).cloned().unwrap_or_default();
        (slot, Some(menu))
    };
    Ok(slots.into_iter().map(with_menu).collect())
}

/// The menu of one slot.
pub async fn menu_of(app: &App, slot: &Slot) -> Result<Menu, Fault> {
    let key = (slot.canteen_id, slot.stamp);
    let menus = app.cards.menus(app.db.read(), key, &[slot.served_on], app.clock.now()).await?;
    Ok(menus.get(&(slot.served_on, slot.period)).cloned().unwrap_or_default())
}
