//! Two servers on one database and one Redis.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use nuanyang::jobs;
use serde_json::json;

use crate::world::place::order_input;
use crate::world::{Backend, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_in_a_rush_on_one_postgres_never_overbook() {
    let first = World::new(Backend::Postgres).await;
    let canteen = first.canteen().await;
    let slot = first.lunch(&canteen, "2026-06-05", (1, 100)).await;
    let crowd = first.crowd(20, 40).await;
    first.at("2026-06-04 20:00").await;
    let servers = [first.clone(), first.another_server().await];
    let pairs = crowd.iter().flat_map(|family| family.elders.iter().map(move |elder| (family, *elder)));
    let asks = pairs.enumerate().map(|(number, (family, elder))| {
        let input = order_input(&number.to_string(), elder, slot, ("DINE_IN", canteen.lunch));
        let server = &servers[number % 2];
        async move { (number % 2, server.outcome(&family.person, input).await) }
    });
    // One order at each server first: both sell, however the rush begins.
    let mut asks = asks.collect::<Vec<_>>().into_iter();
    let mut answers: Vec<(usize, String)> =
        stream::iter(asks.by_ref().take(2)).then(|ask| ask).collect().await;
    answers.extend(stream::iter(asks).buffer_unordered(250).collect::<Vec<_>>().await);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, outcome) in &answers {
        *counts.entry(outcome).or_default() += 1;
    }
    assert_eq!(counts, BTreeMap::from([("HELD", 100), ("SLOT_FULL", 700)]));
    for server in [0, 1] {
        assert!(
            answers.iter().any(|answer| *answer == (server, "HELD".to_owned())),
            "server {server} sold nothing"
        );
    }
    assert_eq!(first.assert_seats(slot).await, 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_at_two_servers_of_one_postgres_is_one_order() {
    let first = World::new(Backend::Postgres).await;
    let canteen = first.canteen().await;
    let slot = first.lunch(&canteen, "2026-06-05", (1, 40)).await;
    let crowd = first.crowd(20, 1).await;
    first.at("2026-06-04 20:00").await;
    let second = first.another_server().await;
    let asks = crowd.iter().enumerate().map(|(number, family)| {
        let input = order_input(&number.to_string(), family.elders[0], slot, ("DINE_IN", canteen.lunch));
        let (first, second) = (&first, &second);
        async move {
            tokio::join!(first.place(&family.person, input.clone()), second.place(&family.person, input))
        }
    });
    for (here, there) in futures_util::future::join_all(asks).await {
        assert_eq!(here["order"]["state"], "HELD", "{here}");
        assert_eq!(here, there);
    }
    assert_eq!((first.orders_of(slot).await.len(), first.assert_seats(slot).await), (20, 20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_update_crosses_over_redis_from_one_server_of_one_postgres_to_the_other() {
    let first = World::new(Backend::Postgres).await;
    let canteen = first.canteen().await;
    let slot = first.lunch(&canteen, "2026-06-05", (1, 40)).await;
    let father = first.elder("王桂芬", "1944-03-01").await;
    let daughter = first.family_of("daughter1", father).await;
    first.at("2026-06-04 20:00").await;
    let second = first.another_server().await;
    let placed = first.place(&daughter, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
    let id = placed["order"]["id"].as_str().unwrap();
    first.work().await;

    let mut live = second.live(&daughter).await;
    live.watch_order("o", id).await;
    assert_eq!(live.state("o").await, "HELD");
    assert_eq!(first.call_off(&daughter, id).await, "CANCELLED");
    // The first server alone does the work: what it tells reaches the second over Redis.
    assert!(jobs::step(&first.app).await.unwrap() > 0);
    assert_eq!(live.state("o").await, "CANCELLED");
    assert_eq!(second.order(&daughter, id).await["refunds"], json!([]));
}
