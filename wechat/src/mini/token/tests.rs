//! Races between refreshers, with the fetch under the test's control.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::{
    MemoryTokenStore, Pending, StoreError, StoredToken, TokenAnswer, TokenKeeper, TokenStore, Wanted,
};
use crate::mini::MiniError;
use crate::{Now, Secret};

fn clock() -> (Arc<AtomicI64>, Now) {
    let at = Arc::new(AtomicI64::new(1_760_000_000));
    let reader = Arc::clone(&at);
    (at, Arc::new(move || reader.load(Ordering::SeqCst)))
}

fn answer(token: &str) -> Result<TokenAnswer, MiniError> {
    Ok(TokenAnswer { access_token: token.into(), expires_in: 7200 })
}

async fn get(keeper: &TokenKeeper, now: &Now, token: &'static str) -> String {
    let found = keeper.get(Wanted { now, refused: None }, || async { answer(token) }).await;
    found.unwrap().expose().to_owned()
}

#[tokio::test]
async fn a_writer_that_slept_through_its_lease_puts_nothing_over_a_newer_token() {
    let (at, now) = clock();
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new(Arc::clone(&now)));
    let (sleeper, quick) = (TokenKeeper::new(Arc::clone(&store)), TokenKeeper::new(Arc::clone(&store)));
    let (started, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut tasks = JoinSet::new();
    let (begun, end, clock) = (Arc::clone(&started), Arc::clone(&may_end), Arc::clone(&now));
    tasks.spawn(async move {
        let fetch = || async {
            begun.notify_one();
            end.notified().await;
            answer("old")
        };
        sleeper.get(Wanted { now: &clock, refused: None }, fetch).await.unwrap().expose().to_owned()
    });
    started.notified().await;
    // The lease of 15 s ends while the first one still waits for the platform.
    at.fetch_add(16, Ordering::SeqCst);
    assert_eq!(get(&quick, &now, "new").await, "new");
    may_end.notify_one();
    assert_eq!(tasks.join_next().await.unwrap().unwrap(), "new", "the late one takes what stands there");
    let stored = store.read().await.unwrap().unwrap();
    assert_eq!((stored.token.expose(), stored.version), ("new", 1));
}

#[tokio::test]
async fn while_one_renews_the_others_go_on_with_the_old_token() {
    let (at, now) = clock();
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new(Arc::clone(&now)));
    let keeper = TokenKeeper::new(Arc::clone(&store));
    assert_eq!(get(&keeper, &now, "first").await, "first");
    at.fetch_add(7200 - 240, Ordering::SeqCst);
    assert!(store.lease("another process", Duration::from_secs(15)).await.unwrap());
    assert_eq!(get(&keeper, &now, "second").await, "first", "still good for four minutes");
    store.release("another process").await.unwrap();
    assert_eq!(get(&keeper, &now, "second").await, "second");
}

#[tokio::test]
async fn a_refused_token_is_fetched_by_one_and_found_by_the_others() {
    let (_, now) = clock();
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new(Arc::clone(&now)));
    let (one, other) = (TokenKeeper::new(Arc::clone(&store)), TokenKeeper::new(Arc::clone(&store)));
    assert_eq!(get(&one, &now, "first").await, "first");
    assert_eq!(get(&other, &now, "never").await, "first");
    let refused = Secret::from("first");
    let again = Wanted { now: &now, refused: Some(&refused) };
    assert_eq!(one.get(again, || async { answer("second") }).await.unwrap().expose(), "second");
    let again = Wanted { now: &now, refused: Some(&refused) };
    assert_eq!(other.get(again, || async { answer("never") }).await.unwrap().expose(), "second");
}

/// A store that is down.
struct Broken;

impl Broken {
    fn fail<'a, T: Send + 'a>() -> Pending<'a, T> {
        Box::pin(async { Err(StoreError::new("down")) })
    }
}

impl TokenStore for Broken {
    fn read(&self) -> Pending<'_, Option<StoredToken>> {
        Self::fail()
    }
    fn lease<'a>(&'a self, _: &'a str, _: Duration) -> Pending<'a, bool> {
        Self::fail()
    }
    fn replace<'a>(&'a self, _: u64, _: &'a StoredToken) -> Pending<'a, bool> {
        Self::fail()
    }
    fn release<'a>(&'a self, _: &'a str) -> Pending<'a, ()> {
        Self::fail()
    }
}

#[tokio::test]
async fn a_store_that_is_down_stops_nobody() {
    let (_, now) = clock();
    let keeper = TokenKeeper::new(Arc::new(Broken));
    assert_eq!(get(&keeper, &now, "own").await, "own");
    assert_eq!(get(&keeper, &now, "never").await, "own", "kept in this process");
}

#[tokio::test]
async fn a_crowd_shares_one_failed_fetch_until_the_pause_is_over() {
    use std::sync::atomic::AtomicUsize;
    let (at, now) = clock();
    let keeper = Arc::new(TokenKeeper::new(Arc::new(MemoryTokenStore::new(Arc::clone(&now)))));
    let fetches = Arc::new(AtomicUsize::new(0));
    let crowd = async || {
        let mut tasks = JoinSet::new();
        for _ in 0..18 {
            let (keeper, fetches, now) = (Arc::clone(&keeper), Arc::clone(&fetches), Arc::clone(&now));
            tasks.spawn(async move {
                let fetch = || async {
                    fetches.fetch_add(1, Ordering::SeqCst);
                    Err(MiniError::Credentials { errcode: 40_164 })
                };
                keeper.get(Wanted { now: &now, refused: None }, fetch).await.unwrap_err()
            });
        }
        assert!(
            tasks.join_all().await.iter().all(|error| *error == MiniError::Credentials { errcode: 40_164 })
        );
        fetches.load(Ordering::SeqCst)
    };
    // Pauses of 1, 2, 4 … seconds, never longer than a minute.
    for (known, pause_s) in [1, 2, 4, 8, 16, 32, 60, 60].into_iter().enumerate() {
        assert_eq!(crowd().await, known + 1);
        at.fetch_add(pause_s - 1, Ordering::SeqCst);
        assert_eq!(crowd().await, known + 1, "{pause_s} s are not over");
        at.fetch_add(1, Ordering::SeqCst);
    }
    assert_eq!(get(&keeper, &now, "good").await, "good", "it recovers with the first fetch that succeeds");
    at.fetch_add(7200, Ordering::SeqCst);
    assert_eq!(crowd().await, 9);
    at.fetch_add(1, Ordering::SeqCst);
    assert_eq!(crowd().await, 10, "the pauses begin anew");
}

#[tokio::test]
async fn an_old_token_works_while_no_new_one_can_be_fetched() {
    let (at, now) = clock();
    let keeper = TokenKeeper::new(Arc::new(MemoryTokenStore::new(Arc::clone(&now))));
    assert_eq!(get(&keeper, &now, "first").await, "first");
    at.fetch_add(7200 - 240, Ordering::SeqCst);
    let failing = async || {
        let fetch = || async { Err(MiniError::Credentials { errcode: 40_164 }) };
        keeper.get(Wanted { now: &now, refused: None }, fetch).await
    };
    assert_eq!(failing().await.unwrap().expose(), "first");
    at.fetch_add(240, Ordering::SeqCst);
    assert_eq!(failing().await.unwrap_err(), MiniError::Credentials { errcode: 40_164 });
}
