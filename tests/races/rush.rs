//! A rush for the places of one meal.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use nuanyang::kit::ids::{ElderId, SlotId};
use nuanyang_kit::servers::Redis;

use crate::on_both;
use crate::world::client::Person;
use crate::world::crowd::Family;
use crate::world::place::{Canteen, order_input};
use crate::world::{Backend, World};

/// Requests under way at any moment: all of them.
const AT_ONCE: usize = 2_000;

/// Who asks for whom: each elder once.
fn pairs(crowd: &[Family]) -> Vec<(&Person, ElderId)> {
    crowd.iter().flat_map(|family| family.elders.iter().map(|elder| (&family.person, *elder))).collect()
}

/// Everybody asks at once; how many requests ended how.
async fn everybody_asks(
    world: &World,
    crowd: &[Family],
    (canteen, slot): (&Canteen, SlotId),
) -> BTreeMap<String, usize> {
    let pairs = pairs(crowd);
    let ask = |(number, (person, elder)): (usize, (&Person, ElderId))| {
        let input = order_input(&number.to_string(), elder, slot, ("DINE_IN", canteen.lunch));
        let person = person.clone();
        async move { world.outcome(&person, input).await }
    };
    let answers: Vec<String> =
        stream::iter(pairs.into_iter().enumerate()).map(ask).buffer_unordered(AT_ONCE).collect().await;
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer).or_insert(0) += 1;
    }
    counts
}

/// Some of the winners pay; nobody else has been charged.
async fn ten_winners_pay(world: &World, crowd: &[Family], slot: SlotId) {
    for order in world.orders_of(slot).await.iter().take(10) {
        let family = crowd.iter().find(|family| family.person.said.person.0 == order.placed_by).unwrap();
        let id = nuanyang::kit::ids::OrderId(order.id).to_string();
        world.pay(&family.person, &id).await;
        assert_eq!(world.state(&family.person, &id).await, "CONFIRMED");
    }
    let ledger = world.sim_get("/sim/ledger").await;
    assert_eq!(ledger["paid_total_fen"], 9_000);
    assert_eq!(world.balances().await["wechat"], 9_000);
    world.assert_books().await;
}

async fn two_thousand_for_two_hundred(world: &World) {
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, "2026-06-05", (1, 200)).await;
    let crowd = world.crowd(40, 50).await;
    world.at("2026-06-04 20:00").await;
    let counts = everybody_asks(world, &crowd, (&canteen, slot)).await;
    assert_eq!(counts, BTreeMap::from([("HELD".to_owned(), 200), ("SLOT_FULL".to_owned(), 1_800)]));
    assert_eq!(world.orders_of(slot).await.len(), 200);
    assert_eq!(world.assert_seats(slot).await, 200);
    ten_winners_pay(world, &crowd, slot).await;
}

on_both! {
    async fn two_thousand_in_a_rush_for_two_hundred_places_get_exactly_two_hundred(world: World) {
        two_thousand_for_two_hundred(&world).await;
    }

    async fn a_rush_ends_the_same_when_every_hold_expires_at_once(world: World) {
        two_thousand_for_two_hundred(&world.with_vanishing_holds().await).await;
    }

    async fn in_a_rush_of_people_who_hold_first_every_place_is_sold(world: World) {
        holders_sell_every_place(&world, 300).await;
    }
}

/// Everybody holds a place first and orders with the hold; who is refused asks again while places are free.
async fn holders_sell_every_place(world: &World, clients: usize) {
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, "2026-06-05", (1, 50)).await;
    let crowd = world.crowd(20, clients / 20).await;
    world.at("2026-06-04 20:00").await;
    let mut waiting = pairs(&crowd);
    for wave in 0..10 {
        let ask = |(person, elder): (_, ElderId)| {
            let canteen = &canteen;
            let wave = wave.to_string();
            async move { (person, elder, world.hold_and_order(person, (elder, slot), (canteen, &wave)).await) }
        };
        let count = waiting.len();
        let answers: Vec<_> = stream::iter(waiting).map(ask).buffer_unordered(count).collect().await;
        waiting =
            answers.into_iter().filter(|(.., has)| !has).map(|(person, elder, _)| (person, elder)).collect();
        if world.assert_seats(slot).await == 50 {
            break;
        }
    }
    assert_eq!(waiting.len(), clients - 50);
    assert_eq!(world.orders_of(slot).await.len(), 50);
}

/// Forgets everything in Redis ten times a second until told to stop; how often.
async fn flush_until(url: &str, is_over: &AtomicBool) -> usize {
    let client = redis::Client::open(url).unwrap();
    // The client gives up after half a second by itself, which a machine under a rush may need.
    let patience = redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(30)));
    let mut connection = client.get_multiplexed_async_connection_with_config(&patience).await.unwrap();
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        redis::cmd("FLUSHALL").query_async::<()>(&mut connection).await.unwrap();
        count += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rush_with_holds_while_redis_of_postgres_is_flushed_sells_every_place_and_not_one_more() {
    let redis = tokio::task::spawn_blocking(Redis::start).await.unwrap().unwrap();
    let url = redis.url();
    let world = World::with(Backend::Postgres, |settings| {
        settings.insert("redis_url".into(), url.clone());
    })
    .await;
    let is_over = AtomicBool::new(false);
    let rush = async {
        holders_sell_every_place(&world, 400).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let ((), flushes) = tokio::join!(rush, flush_until(&url, &is_over));
    assert!(flushes > 2, "flushed only {flushes} times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_in_a_rush_get_exactly_two_hundred_while_redis_of_postgres_is_flushed() {
    let redis = tokio::task::spawn_blocking(Redis::start).await.unwrap().unwrap();
    let url = redis.url();
    let world = World::with(Backend::Postgres, |settings| {
        settings.insert("redis_url".into(), url.clone());
    })
    .await;
    let is_over = AtomicBool::new(false);
    let rush = async {
        two_thousand_for_two_hundred(&world).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let ((), flushes) = tokio::join!(rush, flush_until(&url, &is_over));
    assert!(flushes > 2, "flushed only {flushes} times");
}
