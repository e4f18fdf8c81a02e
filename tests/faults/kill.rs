//! The server is killed at random moments under load and started again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use entities::enums::MealState;
use entities::meal_order;
use futures_util::future::join_all;
use nuanyang::kit::ids::{OrderId, SlotId};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::caller::Journal;
use super::clerk::Clerk;
use super::phone::Phone;
use crate::world::processes::House;
use crate::world::{Backend, World};

/// Everything acknowledged is there, places and books add up.
pub(super) async fn nothing_is_lost(world: &World, phones: &[Phone<'_>], slots: &[SlotId]) -> usize {
    let rows = meal_order::Entity::find().all(world.app.db.read()).await.unwrap();
    let rows: BTreeMap<Uuid, MealState> = rows.into_iter().map(|order| (order.id, order.state)).collect();
    let mut acknowledged = 0;
    for phone in phones {
        assert_eq!(phone.faults(), Vec::<String>::new());
        for known in phone.known() {
            let id: OrderId = known.id.parse().unwrap();
            let state = rows.get(&id.0).unwrap_or_else(|| panic!("order {id} was acknowledged and is lost"));
            if known.is_cancelled {
                assert_eq!(
                    *state,
                    MealState::Cancelled,
                    "the cancellation of {id} was acknowledged and is lost"
                );
            } else if !known.was_cancelling {
                assert!(matches!(state, MealState::Held | MealState::Confirmed), "{id} is {state:?}");
            }
            acknowledged += 1;
        }
    }
    for slot in slots {
        world.assert_seats(*slot).await;
    }
    world.assert_books().await;
    acknowledged
}

/// Past every timer, and when the desk has worked its list, nothing is left half done, and what the platform took has its meal or
/// went back.
pub(super) async fn nothing_stays_half_done(
    house: &House,
    phones: &[Phone<'_>],
    slots: &[SlotId],
    clerk: &mut Clerk<'_>,
) {
    house.advance(700).await;
    for _ in 0..40 {
        house.work().await;
        let waiting = clerk.work_list().await;
        if house.world.unsettled().await == 0 && waiting == Some(0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        house.advance(301).await;
    }
    assert_eq!(house.world.unsettled().await, 0, "something is still half done");
    assert_eq!(clerk.work_list().await, Some(0), "somebody still waits for a person");
    house.world.assert_money().await;
    for slot in slots {
        house.world.assert_seats(*slot).await;
    }
    let rows = meal_order::Entity::find().all(house.world.app.db.read()).await.unwrap();
    for phone in phones {
        for known in phone.known() {
            let id: OrderId = known.id.parse().unwrap();
            let state = rows.iter().find(|order| order.id == id.0).unwrap().state;
            if known.is_paid && !known.was_cancelling {
                assert_eq!(state, MealState::Confirmed, "order {id} is paid");
            }
        }
    }
}

async fn killed_ten_times(backend: Backend, seed: u64) {
    let mut house = House::open(backend).await;
    let world = house.world.clone();
    let canteen = world.canteen().await;
    let today = world.app.clock.today();
    let mut slots = Vec::new();
    for days in 3..6 {
        let day = (today + chrono::Days::new(days)).to_string();
        slots.push(world.lunch(&canteen, &day, (1, 100)).await);
    }
    let crowd = world.crowd(16, 5).await;
    let journal = Journal::new(&format!("kills-{backend:?}-{seed}"));
    let mut phones = Phone::all(&world, &crowd, &house.doors(), (seed, &journal));
    let mut clerk = Clerk::new(&world, &house.doors(), &journal).await;

    let mut dice = StdRng::seed_from_u64(seed);
    let mut acknowledged = 0;
    for round in 0..10 {
        let is_over = AtomicBool::new(false);
        let load = join_all(phones.iter_mut().map(|phone| phone.press_buttons((&canteen, &slots), &is_over)));
        let crash = async {
            tokio::time::sleep(Duration::from_millis(dice.random_range(100..900))).await;
            house.kill().await;
            is_over.store(true, Ordering::Relaxed);
        };
        tokio::join!(load, crash);
        let took = house.start_again().await;
        acknowledged = nothing_is_lost(&world, &phones, &slots).await;
        eprintln!(
            "seed {seed}, round {round}: ready after {took:?}, {acknowledged} orders acknowledged so far"
        );
    }
    assert!(acknowledged > 50, "only {acknowledged} orders were acknowledged");
    let over = AtomicBool::new(true);
    join_all(phones.iter_mut().map(|phone| phone.press_buttons((&canteen, &slots), &over))).await;
    nothing_is_lost(&world, &phones, &slots).await;
    nothing_stays_half_done(&house, &phones, &slots, &mut clerk).await;
    journal.forget();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_ten_kills_under_load_nothing_is_lost_or_half_done_on_sqlite() {
    killed_ten_times(Backend::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_ten_kills_under_load_nothing_is_lost_or_half_done_on_postgres() {
    killed_ten_times(Backend::Postgres, 2).await;
}
