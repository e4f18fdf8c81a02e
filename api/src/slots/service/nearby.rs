//! Where an elder can eat next: the canteens around the home, with what they serve.

use std::collections::HashMap;

use chrono::{Duration, NaiveDate};
use entities::canteen;
use uuid::Uuid;

use crate::app::App;
use crate::directory::store::Menu;
use crate::directory::store::nearby::canteens_around;
use crate::kit::ids::ElderId;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::people::store::elder_of;
use crate::slots::store::{self, Slot};

/// Meals of so many days are shown.
const DAYS: i64 = 3;
/// Slots shown of a canteen: its next two meals, mostly.
const SLOTS: usize = 4;

/// A canteen, its distance from the home in metres, its next slots with their menus.
pub struct Choice {
    /// Which.
    pub canteen: canteen::Model,
    /// As the crow flies; `None` when one of the places is not known.
    pub distance_m: Option<u32>,
    /// The earliest first; without menus when they were not asked for.
    pub slots: Vec<(Slot, Option<Menu>)>,
}

/// The canteens around an elder's home, the nearest first: three statements, and one for menus that are not known yet.
/// Nothing for an elder out of reach.
pub async fn choices(
    app: &App,
    who: &SignedIn,
    elder: ElderId,
    (count, wants_menus): (usize, bool),
) -> Result<Vec<Choice>, Fault> {
    let (db, now) = (app.db.read(), app.clock.now());
    let Some(reached) = elder_of(db, who, elder).await? else { return Ok(Vec::new()) };
    let home = &reached.elder;
    let place = (home.region_code.as_str(), home.latitude_e6.zip(home.longitude_e6));
    let canteens = canteens_around(db, place, count).await?;
    let ids: Vec<Uuid> = canteens.iter().map(|(row, _)| row.id).collect();
    let mut slots: HashMap<Uuid, Vec<Slot>> = HashMap::new();
    for slot in store::next_slots(db, &ids, (now, now + Duration::days(DAYS))).await? {
        let of_canteen = slots.entry(slot.canteen_id).or_default();
        if of_canteen.len() < SLOTS {
            of_canteen.push(slot);
        }
    }
    if wants_menus {
        warm(app, &slots).await?;
    }
    let mut choices = Vec::with_capacity(canteens.len());
    for (canteen, distance_m) in canteens {
        let slots = slots.remove(&canteen.id).unwrap_or_default();
        choices.push(Choice { slots: super::menus_of(app, slots, wants_menus).await?, canteen, distance_m });
    }
    Ok(choices)
}

/// Reads the menus of all canteens at once.
async fn warm(app: &App, slots: &HashMap<Uuid, Vec<Slot>>) -> Result<(), Fault> {
    let key = |slots: &Vec<Slot>| slots.first().map(|slot| (slot.canteen_id, slot.stamp));
    let days = |slots: &Vec<Slot>| slots.iter().map(|slot| slot.served_on).collect::<Vec<NaiveDate>>();
    let wanted: Vec<_> = slots.values().filter_map(|of| Some((key(of)?, days(of)))).collect();
    let wanted: Vec<_> = wanted.iter().map(|(key, days)| (*key, days.as_slice())).collect();
    Ok(app.cards.warm_menus(app.db.read(), &wanted, app.clock.now()).await?)
}
