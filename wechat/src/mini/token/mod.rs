//! The access token: one for all processes, fetched by one of them, renewed before it ends.
//!
//! From `stable_token` (获取稳定版接口调用凭据): the same token for whoever asks until shortly before its end, then a
//! new one, and both work for 5 minutes. A refresher holds a lease and writes only over the version that it read,
//! so that a process that slept through its lease never puts an old token over a newer one.

mod memory;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::sleep;

pub use memory::MemoryTokenStore;
pub use store::{Pending, StoreError, StoredToken, TokenStore};

use super::MiniError;
use crate::crypto::{lower_hex, random_bytes};
use crate::{Now, Secret};

/// Renewed this long before the end. The platform hands out the next token 300 s early and both
/// work meanwhile; asking before that only gives the old one again.
const RENEW_BEFORE_S: i64 = 240;
/// Never renewed sooner than this after it was fetched, however short it lives.
const RENEW_APART_S: i64 = 30;
/// Longest life that is believed; the documents say 7200.
const LIFE_MAX_S: i64 = 7200;
/// A fetch takes at most the whole time-out of a call, 8 s by default; a lease outlives it.
const LEASE: Duration = Duration::from_secs(15);
/// Pause between two looks at a store in which somebody else is fetching.
const LOOK_AGAIN: Duration = Duration::from_millis(40);
/// Looks before a caller without any token gives the other refresher up and fetches itself.
const LOOKS_MAX: u32 = 100;

/// Longest pause after failed fetches in seconds; the first is one second, each further one twice as long.
const PAUSE_MAX_S: i64 = 60;
/// As above while the platform is away: it comes back without anybody's doing, and the breaker spares it already.
const PAUSE_AWAY_MAX_S: i64 = 4;

/// Holds the token of this process. The lock is kept while one caller fetches, so the others wait for it.
pub(super) struct TokenKeeper {
    store: Arc<dyn TokenStore>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<StoredToken>,
    brake: Option<Brake>,
}

/// A fetch that failed: until the pause is over everybody shares its failure, so that a crowd of callers asks once.
struct Brake {
    failures: u32,
    since: i64,
    error: MiniError,
}

impl Brake {
    fn after(former: Option<&Self>, error: MiniError, now: i64) -> Self {
        Self { failures: former.map_or(0, |brake| brake.failures).saturating_add(1), since: now, error }
    }

    /// A clock that was put back does not prolong it.
    fn holds(&self, now: i64) -> bool {
        let is_away = matches!(self.error, MiniError::Unavailable { .. });
        let longest_s = if is_away { PAUSE_AWAY_MAX_S } else { PAUSE_MAX_S };
        let doublings = self.failures.saturating_sub(1).min(6);
        (self.since..self.since.saturating_add((1 << doublings).min(longest_s))).contains(&now)
    }
}

#[derive(Serialize)]
pub(super) struct TokenRequest<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    // Forcing is for an operator after a leak: 20 times a day, 30 s apart.
    force_refresh: bool,
}

impl<'a> TokenRequest<'a> {
    pub(super) fn new(appid: &'a str, secret: &'a Secret) -> Self {
        Self { grant_type: "client_credential", appid, secret: secret.expose(), force_refresh: false }
    }
}

#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    access_token: Secret,
    expires_in: i64,
}

/// What is needed to find a token: the time, and one that the platform has just refused.
pub(super) struct Wanted<'a> {
    pub(super) now: &'a Now,
    pub(super) refused: Option<&'a Secret>,
}

impl Wanted<'_> {
    fn is_refused(&self, token: &StoredToken) -> bool {
        self.refused.is_some_and(|refused| refused.expose() == token.token.expose())
    }

    /// Good, and not yet due for renewal.
    fn is_fresh(&self, token: &StoredToken) -> bool {
        !self.is_refused(token) && (self.now)() < token.renew_at
    }

    /// Good, though somebody should renew it.
    fn is_usable(&self, token: &StoredToken) -> bool {
        !self.is_refused(token) && (self.now)() < token.ends_at
    }
}

impl TokenKeeper {
    pub(super) fn new(store: Arc<dyn TokenStore>) -> Self {
        Self { store, held: Mutex::default() }
    }

    /// The token, fetched if there is none, if it ends soon, or if it is the refused one.
    ///
    /// Comparing with the refused one keeps a late caller from dropping a newer token. After a fetch that failed nobody asks
    /// the platform for a second, then for two, and so on up to a minute: meanwhile callers get the token that still works, or
    /// the same error.
    pub(super) async fn get<F, R>(&self, wanted: Wanted<'_>, fetch: F) -> Result<Secret, MiniError>
    where
        F: Fn() -> R,
        R: Future<Output = Result<TokenAnswer, MiniError>>,
    {
        let mut held = self.held.lock().await;
        if let Some(token) = held.token.as_ref().filter(|token| wanted.is_fresh(token)) {
            return Ok(token.token.clone());
        }
        let braked = held.brake.as_ref().filter(|brake| brake.holds((wanted.now)()));
        let error = match braked {
            Some(brake) => brake.error.clone(),
            None => match self.found(&wanted, &fetch).await {
                Ok(found) => {
                    let token = found.token.clone();
                    *held = Held { token: Some(found), brake: None };
                    return Ok(token);
                }
                Err(error) => {
                    let brake = Brake::after(held.brake.as_ref(), error.clone(), (wanted.now)());
                    tracing::warn!(%error, failures = brake.failures, "no access token could be fetched");
                    held.brake = Some(brake);
                    error
                }
            },
        };
        // Another process may have been luckier, and an old token works until its end.
        let stored = self.store.read().await.ok().flatten();
        let usable = [stored, held.token.clone()].into_iter().flatten().find(|token| wanted.is_usable(token));
        let token = usable.ok_or(error)?;
        held.token = Some(token.clone());
        Ok(token.token)
    }

    async fn found<F, R>(&self, wanted: &Wanted<'_>, fetch: &F) -> Result<StoredToken, MiniError>
    where
        F: Fn() -> R,
        R: Future<Output = Result<TokenAnswer, MiniError>>,
    {
        match self.shared(wanted, fetch).await {
            Ok(token) => Ok(token),
            // A store that is down stops nobody: everybody who asks the platform gets the same token.
            Err(Trouble::Store(error)) => {
                tracing::warn!(%error, "the token store does not answer; this process asks the platform itself");
                Ok(fetched(fetch().await?, (wanted.now)(), 0))
            }
            Err(Trouble::Platform(error)) => Err(error),
        }
    }

    /// Through the store: take what another process put there, or become the one that fetches.
    async fn shared<F, R>(&self, wanted: &Wanted<'_>, fetch: &F) -> Result<StoredToken, Trouble>
    where
        F: Fn() -> R,
        R: Future<Output = Result<TokenAnswer, MiniError>>,
    {
        let owner = lower_hex(&random_bytes::<12>().map_err(|_| StoreError::new("no randomness"))?);
        for _ in 0..LOOKS_MAX {
            let stored = self.store.read().await?;
            if let Some(token) = stored.as_ref().filter(|token| wanted.is_fresh(token)) {
                return Ok(token.clone());
            }
            if self.store.lease(&owner, LEASE).await? {
                let renewed = self.renew(wanted, fetch).await;
                // Only a courtesy: the lease ends by itself.
                if let Err(error) = self.store.release(&owner).await {
                    tracing::debug!(%error, "a lease was not given back");
                }
                return renewed;
            }
            // Somebody else is at it. The old token works until its end, so nobody has to wait.
            if let Some(token) = stored.filter(|token| wanted.is_usable(token)) {
                return Ok(token);
            }
            sleep(LOOK_AGAIN).await;
        }
        Err(StoreError::new("another process holds the lease and fetches nothing").into())
    }

    /// Fetches under the lease and writes over exactly the version that was read under it.
    async fn renew<F, R>(&self, wanted: &Wanted<'_>, fetch: &F) -> Result<StoredToken, Trouble>
    where
        F: Fn() -> R,
        R: Future<Output = Result<TokenAnswer, MiniError>>,
    {
        let stored = self.store.read().await?;
        if let Some(token) = stored.as_ref().filter(|token| wanted.is_fresh(token)) {
            // Another process was quicker, between our look and our lease.
            return Ok(token.clone());
        }
        let read_version = stored.map_or(0, |token| token.version);
        let mine = fetched(fetch().await.map_err(Trouble::Platform)?, (wanted.now)(), read_version + 1);
        if self.store.replace(read_version, &mine).await? {
            return Ok(mine);
        }
        // We came too late: what stands there is newer than what we fetched.
        let newer = self.store.read().await?.filter(|token| wanted.is_usable(token));
        Ok(newer.unwrap_or(mine))
    }
}

/// Why the shared way failed.
enum Trouble {
    Store(StoreError),
    Platform(MiniError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn fetched(answer: TokenAnswer, now: i64, version: u64) -> StoredToken {
    let lasts_s = answer.expires_in.clamp(0, LIFE_MAX_S);
    let renew_in_s = (lasts_s - RENEW_BEFORE_S).max(RENEW_APART_S.min(lasts_s));
    StoredToken {
        token: answer.access_token,
        version,
        renew_at: now.saturating_add(renew_in_s),
        ends_at: now.saturating_add(lasts_s),
    }
}
