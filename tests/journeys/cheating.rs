//! A day on which many cheat and some do not: exactly what must be noted is noted, and exactly what must wait waits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::team::{Booking, Team, tasks_done};

const CASES: &str = include_str!("cheating.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Day {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    day: String,
    homes_north: BTreeMap<String, i32>,
    villagers: BTreeSet<String>,
    visits: Vec<Visit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Visit {
    name: String,
    #[allow(dead_code, reason = "words for the reader of the file")]
    case: String,
    carer: String,
    elder: String,
    service: String,
    minutes: i32,
    starts_at: String,
    check_in: End,
    check_out: End,
    /// Device from which the family confirms.
    confirmed_from: Option<String>,
    exceptions: Vec<(String, i64, bool)>,
    is_held: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct End {
    at: String,
    metres: Option<i32>,
    has_code: Option<bool>,
    is_mock: Option<bool>,
    accuracy_metres: Option<i32>,
    photo_hash: Option<String>,
    device_key: Option<String>,
}

impl End {
    fn place(&self, team: &Team, elder: &str) -> Value {
        let mut place = self.metres.map_or_else(|| json!({}), |metres| team.place(elder, metres));
        place["isMock"] = json!(self.is_mock.unwrap_or(false));
        for (name, value) in [("photoHash", &self.photo_hash), ("deviceKey", &self.device_key)] {
            if let Some(value) = value {
                place[name] = json!(value);
            }
        }
        if let Some(metres) = self.accuracy_metres {
            place["accuracyMetres"] = json!(metres);
        }
        place
    }
}

/// Carries one end of a visit out.
async fn act(world: &World, team: &Team, (visit, order): (&Visit, &str), is_coming: bool) {
    let carer = &team.carers[&visit.carer].1;
    let (name, state, input) = if is_coming {
        let end = &visit.check_in;
        let mut input = json!({ "place": end.place(team, &visit.elder) });
        if end.has_code.unwrap_or(true) {
            input["code"] = json!(team.code(order).await);
        }
        ("visitCheckIn", "CHECKED_IN", input)
    } else {
        let place = visit.check_out.place(team, &visit.elder);
        ("visitCheckOut", "DONE", json!({ "place": place, "tasks": tasks_done(&visit.service) }))
    };
    let said = world.on_visit(carer, name, order, input).await;
    assert_eq!(said["order"]["state"], state, "{}: {said}", visit.name);
}

on_both! {
    async fn on_a_day_of_cheating_exactly_what_does_not_fit_is_noted_and_held(world: World) {
        let day: Day = serde_json::from_str(CASES).unwrap();
        let mut team = Team::new(&world).await;
        let mut orders = Vec::new();
        for visit in &day.visits {
            let north = day.homes_north.get(&visit.elder).copied().unwrap_or(0);
            team.elder(&visit.elder, north, day.villagers.contains(&visit.elder)).await;
            let starts_at = format!("{} {}", day.day, visit.starts_at);
            let Visit { carer, elder, service, minutes, .. } = visit;
            orders.push(team.book(Booking { carer, elder, service, minutes: *minutes, starts_at: &starts_at }).await);
        }
        // Who leaves at a moment leaves before others come.
        let ends = |index: usize, visit: &Visit| [
            (visit.check_in.at.clone(), true, index), (visit.check_out.at.clone(), false, index),
        ];
        let mut line: Vec<_> = day.visits.iter().enumerate().flat_map(|(index, visit)| ends(index, visit)).collect();
        line.sort();
        for (at, is_coming, index) in line {
            world.at(&format!("{} {at}", day.day)).await;
            act(&world, &team, (&day.visits[index], &orders[index]), is_coming).await;
        }
        world.at(&format!("{} 20:00", day.day)).await;
        for (visit, order) in day.visits.iter().zip(&orders) {
            let input = visit.confirmed_from.as_ref().map_or_else(|| json!({}), |key| json!({ "deviceKey": key }));
            let said = world.on_visit(&team.daughter, "serviceOrderConfirm", order, input).await;
            assert_eq!(said["order"]["state"], "CONFIRMED", "{}: {said}", visit.name);
        }
        world.work().await;
        let (mut found, mut wanted, mut held, mut to_hold) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (visit, order) in day.visits.iter().zip(&orders) {
            let named = |rows: Vec<(String, i64, bool)>| rows.into_iter().map(|row| (visit.name.clone(), row)).collect::<Vec<_>>();
            found.extend(named(team.exceptions(&visit.carer, order).await));
            let mut expected = visit.exceptions.clone();
            expected.sort();
            wanted.extend(named(expected));
            held.extend(team.is_held(order).await.then_some(visit.name.as_str()));
            to_hold.extend(visit.is_held.then_some(visit.name.as_str()));
        }
        assert_eq!(found, wanted);
        assert_eq!(held, to_hold);
        let all = i64::try_from(wanted.len()).unwrap();
        assert_eq!(world.number("count(*) FROM visit_exception").await, all, "and nothing else");
        let told = world.number("count(*) FROM event WHERE name = 'line_held'").await;
        assert_eq!(told, i64::try_from(to_hold.len()).unwrap(), "each is held once");
        assert_eq!(world.number("count(*) FROM due_work WHERE state = 'DEAD'").await, 0);
        world.assert_books().await;
        world.assert_carers_are_in_one_place().await;
    }
}
