//! What needs the machine for itself: slow clients by the hundred, large documents by the thousand, readers that do
//! not read.

use std::ops::Range;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _, stream};
use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::socket::{quick, until};
use super::talk::Talk;
use super::wire::{self, client};
use crate::world::{Backend, World};

#[tokio::test]
async fn two_hundred_slow_heads_and_bodies_are_cut_and_nobody_waits() {
    let world = World::new(Backend::Sqlite).await;
    let health = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            sleep(Duration::from_millis(800)).await;
            let began = Instant::now();
            let answer = client().get(format!("{}/healthz", world.base)).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let cut = wire::slow_clients_are_cut(&world.base, 400, Duration::from_secs(30));
    let (slowest, ()) = tokio::join!(health, cut);
    assert!(slowest < Duration::from_secs(1), "health waited {slowest:?}");
}

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

#[tokio::test]
async fn large_documents_do_not_fill_the_memory() {
    let world = World::new(Backend::Sqlite).await;
    let http = client();
    let document = |number: usize| format!("{{ a{number}: __typename }} #{}", "x".repeat(20_000));
    let send = |number: usize| {
        let body = json!({ "query": document(number) }).to_string();
        let request = http.post(format!("{}/graphql", world.base)).header("content-type", "application/json");
        async move { assert_eq!(request.body(body).send().await.unwrap().status(), 200) }
    };
    // From 512 on each new document drives an old one out. Kept, 250 more would be 5 MB, every time.
    let send_all =
        |numbers: Range<usize>| stream::iter(numbers).map(send).buffer_unordered(8).collect::<Vec<()>>();
    let at_first = resident();
    send_all(0..520).await;
    let mut least = usize::MAX;
    for turn in 1..4 {
        let before = resident();
        send_all(1_000 * turn..1_000 * turn + 250).await;
        least = least.min(resident().saturating_sub(before));
    }
    assert!(least < 5 << 18, "{least} bytes more, every time");
    // Twice as many as are kept. 4,000 take no more, but two minutes in a build for tests.
    send_all(10_000..11_000).await;
    let grown = resident().saturating_sub(at_first);
    assert!(grown < 64 << 20, "1,000 documents of 20 kB took {grown} bytes");
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_cut_alone() {
    let planted = quick();
    let mut slow = Vec::new();
    for _ in 0..5 {
        let mut talk = Talk::acknowledged(&planted.base, None).await;
        talk.subscribe("1", "subscription { ticks(n: 1000000, everyMs: 0, size: 20000) }").await;
        slow.push(talk);
    }
    until("they run", || planted.begun() == 5).await;
    // One of them goes on asking for pongs, which must not hold its socket open.
    let mut asking = slow.pop().expect("five");
    let asking = async move {
        while asking.0.send(Message::Ping("x".into())).await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let rest = async move {
        let mut other = Talk::acknowledged(&planted.base, None).await;
        let began = Instant::now();
        other.subscribe("1", "subscription { ticks(n: 20, everyMs: 20) }").await;
        while other.said().await["type"] == "next" {}
        assert!(began.elapsed() < Duration::from_secs(3), "others are slowed: {:?}", began.elapsed());
        drop(other);
        until("their streams end", || planted.streams() == 0).await;
        // The line itself is gone, though nobody read what was under way: the second word meets a reset.
        sleep(Duration::from_secs(1)).await;
        for talk in &mut slow {
            drop(talk.0.send(Message::text("{}")).await);
        }
        sleep(Duration::from_millis(500)).await;
        for talk in &mut slow {
            assert!(talk.0.send(Message::text("{}")).await.is_err(), "the line is still open");
        }
    };
    timeout(Duration::from_secs(20), async { tokio::join!(asking, rest) }).await.expect("it is cut as well");
}
