//! The server is killed at random moments under load and started again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use entities::{meal_order, service_order};
use futures_util::future::join_all;
use nuanyang::kit::ids::OrderId;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sea_orm::EntityTrait as _;
use uuid::Uuid;

use super::caller::Journal;
use super::clerk::Clerk;
use super::market::{Goods, Market};
use super::phone::Phone;
use crate::world::processes::House;
use crate::world::{Backend, World};

/// Where every order stands, meals and visits.
async fn states(world: &World) -> BTreeMap<Uuid, &'static str> {
    let meals = meal_order::Entity::find().all(world.app.db.read()).await.unwrap();
    let visits = service_order::Entity::find().all(world.app.db.read()).await.unwrap();
    let meals = meals.into_iter().map(|order| (order.id, order.state.as_str()));
    meals.chain(visits.into_iter().map(|order| (order.id, order.state.as_str()))).collect()
}

/// Everything acknowledged is there, places and books add up.
pub(super) async fn nothing_is_lost(world: &World, phones: &[Phone<'_>], market: &Market) -> usize {
    let states = states(world).await;
    let mut acknowledged = 0;
    for phone in phones {
        assert_eq!(phone.faults(), Vec::<String>::new());
        for known in phone.known() {
            let id: OrderId = known.id.parse().unwrap();
            let state =
                states.get(&id.0).unwrap_or_else(|| panic!("order {id} was acknowledged and is lost"));
            if known.is_cancelled {
                assert_eq!(*state, "CANCELLED", "the cancellation of {id} was acknowledged and is lost");
            } else if !known.was_cancelling {
                let live: &[&str] = match known.goods {
                    Goods::Lunch(_) => &["HELD", "CONFIRMED"],
                    Goods::Visit(_) => &["SLOT_HELD", "PAID", "OFFERED", "ACCEPTED"],
                };
                assert!(live.contains(state), "{id} is {state}");
            }
            acknowledged += 1;
        }
    }
    for slot in &market.slots {
        world.assert_seats(*slot).await;
    }
    world.assert_carers_are_in_one_place().await;
    world.assert_books().await;
    acknowledged
}

/// Past every timer, and when the desk has worked its list, nothing is left half done, and what the platform took has its meal or
/// its visit, or went back: all of it or, of a visit called off late, the part that was published. Gives how many parts.
pub(super) async fn nothing_stays_half_done(
    house: &House,
    phones: &[Phone<'_>],
    market: &Market,
    clerk: &mut Clerk<'_>,
) -> usize {
    let world = &house.world;
    market.carers_say_yes(world).await;
    house.advance(700).await;
    for _ in 0..40 {
        house.work().await;
        market.carers_say_yes(world).await;
        let waiting = clerk.work_list().await;
        if world.unsettled().await == 0 && market.open_visits(world).await == 0 && waiting == Some(0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        house.advance(301).await;
    }
    assert_eq!(world.unsettled().await, 0, "something is still half done");
    assert_eq!(market.open_visits(world).await, 0, "visits are still half done");
    assert_eq!(clerk.work_list().await, Some(0), "somebody still waits for a person");
    world.assert_money().await;
    let parts = market.assert_visits_cost_what_was_published(world).await;
    for slot in &market.slots {
        world.assert_seats(*slot).await;
    }
    let states = states(world).await;
    for phone in phones {
        for known in phone.known() {
            let id: OrderId = known.id.parse().unwrap();
            if known.is_paid && !known.was_cancelling {
                let wanted = if matches!(known.goods, Goods::Lunch(_)) { "CONFIRMED" } else { "ACCEPTED" };
                assert_eq!(states[&id.0], wanted, "order {id} is paid");
            }
        }
    }
    parts
}

async fn killed_ten_times(backend: Backend, seed: u64) {
    let mut house = House::open(backend).await;
    let world = house.world.clone();
    let market = Market::open(&world, 100).await;
    let crowd = world.crowd(16, 5).await;
    let journal = Journal::new(&format!("kills-{backend:?}-{seed}"));
    let mut phones = Phone::all(&world, &crowd, &house.doors(), (seed, &journal));
    let mut clerk = Clerk::new(&world, &house.doors(), &journal).await;

    let mut dice = StdRng::seed_from_u64(seed);
    let mut acknowledged = 0;
    for round in 0..10 {
        let is_over = AtomicBool::new(false);
        let load = join_all(phones.iter_mut().map(|phone| phone.press_buttons(&market, &is_over)));
        let crash = async {
            tokio::time::sleep(Duration::from_millis(dice.random_range(100..900))).await;
            house.kill().await;
            is_over.store(true, Ordering::Relaxed);
        };
        tokio::join!(load, crash);
        let took = house.start_again().await;
        acknowledged = nothing_is_lost(&world, &phones, &market).await;
        eprintln!(
            "seed {seed}, round {round}: ready after {took:?}, {acknowledged} orders acknowledged so far"
        );
    }
    assert!(acknowledged > 50, "only {acknowledged} orders were acknowledged");
    let over = AtomicBool::new(true);
    join_all(phones.iter_mut().map(|phone| phone.press_buttons(&market, &over))).await;
    nothing_is_lost(&world, &phones, &market).await;
    nothing_stays_half_done(&house, &phones, &market, &mut clerk).await;
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
