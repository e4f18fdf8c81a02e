//! One access token for many processes: fetched once in its life, never put back by a late writer.

use std::sync::Arc;

use futures_util::future::join_all;
use nuanyang::start::token::{RedisTokens, RowTokens};
use redis::aio::ConnectionManager;
use wechat::mini::{Edition, MiniError, StoredToken, TokenStore, UrlLink};

use crate::on_both;
use crate::world::{Backend, World};

/// How often a token was asked for, by the simulator's journal.
async fn fetches(world: &World) -> usize {
    let journal = world.sim_get("/sim/journal?path=/cgi-bin/stable_token&limit=1000").await;
    journal.as_array().map_or_else(|| panic!("{journal}"), Vec::len)
}

/// Each server makes two calls at once that need the token.
async fn all_call(servers: &[World]) {
    let link = UrlLink {
        path: "pages/start/index".into(),
        query: String::new(),
        lasts_days: 1,
        edition: Edition::Formal,
    };
    let calls = servers.iter().chain(servers).map(|server| server.app.mini.url_link(&link));
    for made in join_all(calls).await {
        made.unwrap();
    }
}

async fn eight_processes(world: World) {
    let mut servers = vec![world.clone()];
    for _ in 1..8 {
        servers.push(world.another_server().await);
    }
    all_call(&servers).await;
    assert_eq!(fetches(&world).await, 1);
    // Still in the first token's life.
    world.pass(6_900).await;
    all_call(&servers).await;
    assert_eq!(fetches(&world).await, 1);
    // Four minutes before its end somebody fetches the next one, and nobody else does.
    world.pass(61).await;
    all_call(&servers).await;
    assert_eq!(fetches(&world).await, 2);
    // Taken back by the platform: one finds out, one fetches.
    world.sim_post("/sim/tokens/revoke", &serde_json::json!({})).await;
    all_call(&servers).await;
    assert_eq!(fetches(&world).await, 3);
}

on_both! {
    async fn eight_processes_fetch_one_token_in_its_life(world: World) {
        eight_processes(world).await;
    }

    async fn a_crowd_asks_a_failing_platform_once_and_recovers(world: World) {
        let link = UrlLink {
            path: "pages/start/index".into(),
            query: String::new(),
            lasts_days: 1,
            edition: Edition::Formal,
        };
        let rule = serde_json::json!([{ "effect": "errcode", "value": 40_164, "path": "/cgi-bin/stable_token", "times": 99 }]);
        world.misbehave(&rule).await;
        let other = world.another_server().await;
        let crowd = async |server: &World| join_all((0..18).map(|_| server.app.mini.url_link(&link))).await;
        let refused = MiniError::Credentials { errcode: 40_164 };
        let before = fetches(&world).await;
        for (server, known) in [(&world, 1), (&other, 2), (&world, 2), (&other, 2)] {
            let answers = crowd(server).await;
            assert!(answers.iter().all(|answer| answer.as_ref() == Err(&refused)), "{answers:?}");
            assert_eq!(fetches(&world).await - before, known, "one in each process");
        }
        world.pass(1).await;
        crowd(&world).await;
        assert_eq!(fetches(&world).await - before, 3);
        world.behave().await;
        world.pass(1).await;
        assert!(crowd(&world).await.iter().all(Result::is_err), "two seconds after the second failure");
        world.pass(1).await;
        assert!(crowd(&world).await.iter().all(Result::is_ok));
        assert!(crowd(&other).await.iter().all(Result::is_ok));
        assert_eq!(fetches(&world).await - before, 4, "the other process takes what is there");
    }

    async fn a_late_writer_never_puts_an_old_token_over_a_newer_one(world: World) {
        let (app, mut stores) = (&world.app, Vec::<Arc<dyn TokenStore>>::new());
        stores.push(RowTokens::new(app.db.clone(), app.clock.clone(), app.seal.clone(), "wxsim-late"));
        if let Some(url) = world.settings.get("redis_url") {
            let redis = ConnectionManager::new(redis::Client::open(url.as_str()).unwrap()).await.unwrap();
            let prefix = world.settings["redis_prefix"].as_str();
            stores.push(RedisTokens::new(redis, (prefix, "wxsim-late"), app.seal.clone()));
        }
        for store in stores {
            late_writer(&world, store.as_ref()).await;
        }
    }
}

async fn late_writer(world: &World, store: &dyn TokenStore) {
    let lasts = std::time::Duration::from_millis(300);
    let now = world.app.clock.unix_s();
    let token = |text: &str, version| StoredToken {
        token: text.into(),
        version,
        renew_at: now + 6_960,
        ends_at: now + 7_200,
    };
    assert!(store.read().await.unwrap().is_none());
    assert!(store.lease("sleeper", lasts).await.unwrap());
    assert!(!store.lease("other", lasts).await.unwrap(), "a lease has one owner");
    // The sleeper sleeps through its lease; in Redis it runs out by Redis's own time.
    world.pass(1).await;
    let mut waits = 0;
    while !store.lease("other", lasts).await.unwrap() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        waits += 1;
        assert!(waits < 200, "a lease never runs out");
    }
    assert!(store.replace(0, &token("newer", 1)).await.unwrap());
    assert!(!store.replace(0, &token("older", 1)).await.unwrap(), "the late writer came through");
    store.release("sleeper").await.unwrap();
    let stored = store.read().await.unwrap().unwrap();
    assert_eq!((stored.token.expose(), stored.version, stored.ends_at), ("newer", 1, now + 7_200));
    assert!(store.replace(1, &token("next", 2)).await.unwrap());
    assert_eq!(store.read().await.unwrap().unwrap().version, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_on_one_postgres_without_redis_fetch_one_token_in_its_life() {
    let world = World::with(Backend::Postgres, |settings| {
        settings.remove("redis_url");
    })
    .await;
    eight_processes(world).await;
}
