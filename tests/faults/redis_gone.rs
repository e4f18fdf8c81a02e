//! Redis dies in the middle of a rush and comes back empty.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use nuanyang_kit::servers::Redis;
use serde_json::Value;

use crate::world::{Backend, World};

/// Waits until so many have been answered.
async fn until(answered: &AtomicUsize, count: usize) {
    while answered.load(Ordering::Relaxed) < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn is_redis_up(world: &World) -> bool {
    let answer = world.http.get(format!("{}/readyz", world.base)).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["redis"] == true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_redis_of_postgres_dead_in_a_rush_bookings_go_on_and_nothing_is_overbooked() {
    let mut redis = tokio::task::spawn_blocking(Redis::start).await.unwrap().unwrap();
    let url = redis.url();
    let world = World::with(Backend::Postgres, |settings| {
        settings.insert("redis_url".into(), url);
    })
    .await;
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, "2026-06-05", (1, 300)).await;
    let crowd = world.crowd(25, 20).await;
    world.at("2026-06-04 20:00").await;

    let answered = AtomicUsize::new(0);
    let pairs =
        crowd.iter().flat_map(|family| family.elders.iter().map(move |elder| (&family.person, *elder)));
    let asks = pairs.map(|(person, elder)| {
        let (world, canteen, answered) = (&world, &canteen, &answered);
        async move {
            let has = world.hold_and_order(person, (elder, slot), (canteen, "0")).await;
            answered.fetch_add(1, Ordering::Relaxed);
            (person, elder, has)
        }
    });
    let rush = stream::iter(asks).buffer_unordered(30).collect::<Vec<_>>();
    let crash = async {
        until(&answered, 80).await;
        let mut redis = tokio::task::spawn_blocking(move || {
            redis.kill();
            redis
        })
        .await
        .unwrap();
        let before = world.seats(slot).await.0;
        // A hundred and twenty more are answered without Redis: the row decides alone.
        until(&answered, 200).await;
        let sold_without = world.seats(slot).await.0 - before;
        assert!(!is_redis_up(&world).await, "Redis was said to be up");
        let redis = tokio::task::spawn_blocking(move || {
            redis.start_again_empty().unwrap();
            redis
        })
        .await
        .unwrap();
        (redis, sold_without)
    };
    let (answers, (redis, sold_without)) = tokio::join!(rush, crash);
    assert!(sold_without > 50, "only {sold_without} were sold without Redis");
    assert!(world.assert_seats(slot).await <= 300);

    // Redis is used again by itself, and who was refused in the confusion gets what is left.
    for _ in 0..100 {
        if is_redis_up(&world).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(is_redis_up(&world).await, "Redis is back, but was not noticed");
    for (person, elder, _) in answers.iter().filter(|(.., has)| !has) {
        world.hold_and_order(person, (*elder, slot), (&canteen, "1")).await;
    }
    assert_eq!(world.assert_seats(slot).await, 300);
    drop(redis);
}
