//! Three servers over one database, one of them killed every five seconds, while the platform makes every fault it can:
//! afterwards our ledger, the platform's ledger and its bill are one. What the platform and the families do follows from
//! the seed; which process is where at the moment it is killed does not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use nuanyang_kit::environment::amount;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::chaos::{Seed, faults};
use super::kill::{Phone, nothing_is_lost, nothing_stays_half_done};
use crate::world::Backend;
use crate::world::processes::House;

/// Orders of one seed, at least.
const ORDERS: usize = 500;
/// A server is killed so often.
const KILL_EACH: Duration = Duration::from_secs(5);
/// Kills of one seed, at most: what is not ordered by then never will be.
const KILLS_MAX: usize = 40;
const SERVERS: usize = 3;

async fn killed_every_five_seconds(seed: u64) {
    let told = Seed(seed);
    let mut dice = StdRng::seed_from_u64(seed);
    let mut house = House::open_many(Backend::Postgres, SERVERS).await;
    let world = house.world.clone();
    let canteen = world.canteen().await;
    let today = world.app.clock.today();
    let mut slots = Vec::new();
    for days in 3..6 {
        let day = (today + chrono::Days::new(days)).to_string();
        slots.push(world.lunch(&canteen, &day, (1, 300)).await);
    }
    let crowd = world.crowd(16, 5).await;
    let mut phones = Phone::all(&world, &crowd, &house.doors(), seed);
    world.misbehave(&faults(&mut dice)).await;
    let mut kills = 0;
    while phones.iter().map(|phone| phone.orders.len()).sum::<usize>() < ORDERS {
        assert!(kills < KILLS_MAX, "too few orders in {kills} rounds");
        let is_over = AtomicBool::new(false);
        let load = join_all(phones.iter_mut().map(|phone| phone.press_buttons((&canteen, &slots), &is_over)));
        let crash = async {
            tokio::time::sleep(KILL_EACH).await;
            let which = dice.random_range(0..SERVERS);
            house.kill_one(which).await;
            house.start_one_again(which).await;
            is_over.store(true, Ordering::Relaxed);
        };
        tokio::join!(load, crash);
        kills += 1;
    }
    world.behave().await;
    let over = AtomicBool::new(true);
    join_all(phones.iter_mut().map(|phone| phone.press_buttons((&canteen, &slots), &over))).await;
    let acknowledged = nothing_is_lost(&world, &phones, &slots).await;
    nothing_stays_half_done(&house, &phones, &slots).await;
    // The bills of the day say the same.
    house.advance(2 * 86_400).await;
    house.work().await;
    let days = world.number("count(*) FROM bill_day").await;
    assert!(days >= 1, "no bill was compared");
    assert_eq!(world.number("count(*) FROM bill_case").await, 0, "the bills differ");
    assert!(world.number("coalesce(sum(row_count), 0) FROM bill_day").await > 100);
    eprintln!("seed {seed}: {acknowledged} orders, {kills} kills, {days} bills");
    drop(told);
}

/// `NUANYANG_CHAOS_SEEDS` says how many seeds; one when it is not set.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chaos_of_three_servers_ends_with_one_ledger() {
    for seed in 1..=amount("NUANYANG_CHAOS_SEEDS", 1) {
        killed_every_five_seconds(seed.try_into().unwrap()).await;
    }
}
