//! Where processes share the platform's access token: Redis, or a row when there is none.
//!
//! A lease keeps a second process from fetching; the version keeps a late one from writing over what is newer.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entities::access_token::Model;
use redis::aio::ConnectionManager;
use wechat::mini::{Pending, StoreError, StoredToken, TokenStore};

use crate::kit::clock::Clock;
use crate::kit::db::{Db, execute, row};
use crate::kit::seal::Seal;

/// Longest wait for Redis; after it the process asks the platform itself.
const PATIENCE: Duration = Duration::from_millis(200);

/// Every change in one script, so that comparing and writing are one step. KEYS: token, lease. ARGV: act and its words.
const SHARE: &str = r"
local act = ARGV[1]
if act == 'lease' then
  local holder = redis.call('GET', KEYS[2])
  if holder and holder ~= ARGV[2] then return 0 end
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  return 1
end
if act == 'release' then
  if redis.call('GET', KEYS[2]) == ARGV[2] then return redis.call('DEL', KEYS[2]) end
  return 0
end
if tonumber(redis.call('HGET', KEYS[1], 'version') or '0') ~= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'token', ARGV[4], 'renew_at', ARGV[5], 'ends_at', ARGV[6])
return 1";

/// The token in Redis: a hash, and a key that runs out for the lease. The braces keep both on one shard of a cluster.
pub struct RedisTokens {
    connection: ConnectionManager,
    token: String,
    lease: String,
    seal: Seal,
    script: redis::Script,
}

/// The token in a row of `access_token`.
pub struct RowTokens {
    db: Db,
    clock: Clock,
    seal: Seal,
    appid: String,
}

impl RedisTokens {
    /// Under keys that begin with `prefix`.
    pub fn new(connection: ConnectionManager, (prefix, appid): (&str, &str), seal: Seal) -> Arc<Self> {
        let token = format!("{{{prefix}:token:{appid}}}");
        let (lease, script) = (format!("{token}:lease"), redis::Script::new(SHARE));
        Arc::new(Self { connection, token, lease, seal, script })
    }

    async fn run(&self, words: &[String]) -> Result<bool, StoreError> {
        let mut connection = self.connection.clone();
        let mut call = self.script.prepare_invoke();
        call.key(&self.token).key(&self.lease).arg(words);
        let done = tokio::time::timeout(PATIENCE, call.invoke_async::<i64>(&mut connection)).await;
        Ok(done.map_err(|_| silent())?.map_err(|error| StoreError::new(error.to_string()))? == 1)
    }

    async fn stored(&self) -> Result<Option<StoredToken>, StoreError> {
        let mut connection = self.connection.clone();
        let mut command = redis::cmd("HMGET");
        command.arg(&self.token).arg(&["version", "token", "renew_at", "ends_at"]);
        type Found = (Option<u64>, Option<String>, Option<i64>, Option<i64>);
        let found = tokio::time::timeout(PATIENCE, command.query_async::<Found>(&mut connection)).await;
        match found.map_err(|_| silent())?.map_err(|error| StoreError::new(error.to_string()))? {
            (Some(version), Some(sealed), Some(renew_at), Some(ends_at)) => {
                Ok(Some(StoredToken { token: open(&self.seal, &sealed)?.into(), version, renew_at, ends_at }))
            }
            _ => Ok(None),
        }
    }
}

impl TokenStore for RedisTokens {
    fn read(&self) -> Pending<'_, Option<StoredToken>> {
        Box::pin(self.stored())
    }

    fn lease<'a>(&'a self, owner: &'a str, lasts: Duration) -> Pending<'a, bool> {
        let words = ["lease".to_owned(), owner.to_owned(), lasts.as_millis().to_string()];
        Box::pin(async move { self.run(&words).await })
    }

    fn replace<'a>(&'a self, read_version: u64, token: &'a StoredToken) -> Pending<'a, bool> {
        Box::pin(async move {
            let words = [
                "replace".to_owned(),
                read_version.to_string(),
                token.version.to_string(),
                sealed(&self.seal, token)?,
                token.renew_at.to_string(),
                token.ends_at.to_string(),
            ];
            self.run(&words).await
        })
    }

    fn release<'a>(&'a self, owner: &'a str) -> Pending<'a, ()> {
        let words = ["release".to_owned(), owner.to_owned()];
        Box::pin(async move { self.run(&words).await.map(|_| ()) })
    }
}

impl RowTokens {
    /// The row of this mini-program. Leases end by this clock.
    pub fn new(db: Db, clock: Clock, seal: Seal, appid: &str) -> Arc<Self> {
        Arc::new(Self { db, clock, seal, appid: appid.to_owned() })
    }

    async fn stored(&self) -> Result<Option<StoredToken>, StoreError> {
        let sql = "SELECT * FROM access_token WHERE appid = $1";
        let found: Option<Model> =
            row(self.db.write(), sql, [self.appid.clone().into()]).await.map_err(broken)?;
        let Some((found, sealed)) = found.and_then(|row| row.token_sealed.clone().map(|token| (row, token)))
        else {
            return Ok(None);
        };
        Ok(Some(StoredToken {
            token: open(&self.seal, &sealed)?.into(),
            version: u64::try_from(found.version).unwrap_or(0),
            renew_at: found.renew_at.timestamp(),
            ends_at: found.ends_at.timestamp(),
        }))
    }

    async fn take(&self, owner: &str, lasts: Duration) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let until = chrono::Duration::from_std(lasts).map_or(now, |lasts| now + lasts);
        let sql = "INSERT INTO access_token (appid, version, renew_at, ends_at, leased_by, leased_until) \
            VALUES ($1, 0, $4, $4, $2, $3) ON CONFLICT (appid) DO UPDATE SET leased_by = excluded.leased_by, \
            leased_until = excluded.leased_until WHERE access_token.leased_by IS NULL \
            OR access_token.leased_by = excluded.leased_by OR access_token.leased_until <= $4";
        let values = [self.appid.clone().into(), owner.into(), until.into(), now.into()];
        Ok(execute(self.db.write(), sql, values).await.map_err(broken)? == 1)
    }

    async fn put(&self, read_version: u64, token: &StoredToken) -> Result<bool, StoreError> {
        let number = |version: u64| i64::try_from(version).map_err(|_| StoreError::new("a version too high"));
        let instant = |at: i64| DateTime::<Utc>::from_timestamp(at, 0).unwrap_or_default();
        let sql = "INSERT INTO access_token (appid, version, renew_at, ends_at) VALUES ($1, 0, $2, $2) ON CONFLICT DO NOTHING";
        let values = [self.appid.clone().into(), self.clock.now().into()];
        execute(self.db.write(), sql, values).await.map_err(broken)?;
        let sql = "UPDATE access_token SET version = $3, token_sealed = $4, renew_at = $5, ends_at = $6 \
            WHERE appid = $1 AND version = $2";
        let values = [
            self.appid.clone().into(),
            number(read_version)?.into(),
            number(token.version)?.into(),
            sealed(&self.seal, token)?.into(),
            instant(token.renew_at).into(),
            instant(token.ends_at).into(),
        ];
        Ok(execute(self.db.write(), sql, values).await.map_err(broken)? == 1)
    }

    async fn give_back(&self, owner: &str) -> Result<(), StoreError> {
        let sql = "UPDATE access_token SET leased_by = NULL, leased_until = NULL WHERE appid = $1 AND leased_by = $2";
        let values = [self.appid.clone().into(), owner.into()];
        execute(self.db.write(), sql, values).await.map(|_| ()).map_err(broken)
    }
}

impl TokenStore for RowTokens {
    fn read(&self) -> Pending<'_, Option<StoredToken>> {
        Box::pin(self.stored())
    }

    fn lease<'a>(&'a self, owner: &'a str, lasts: Duration) -> Pending<'a, bool> {
        Box::pin(self.take(owner, lasts))
    }

    fn replace<'a>(&'a self, read_version: u64, token: &'a StoredToken) -> Pending<'a, bool> {
        Box::pin(self.put(read_version, token))
    }

    fn release<'a>(&'a self, owner: &'a str) -> Pending<'a, ()> {
        Box::pin(self.give_back(owner))
    }
}

/// The platform's secret does not lie open, neither in a table nor in Redis.
fn sealed(seal: &Seal, token: &StoredToken) -> Result<String, StoreError> {
    seal.seal(token.token.expose()).map_err(|fault| StoreError::new(fault.to_string()))
}

fn open(seal: &Seal, sealed: &str) -> Result<String, StoreError> {
    seal.open(sealed).map_err(|fault| StoreError::new(fault.to_string()))
}

fn silent() -> StoreError {
    StoreError::new("Redis does not answer")
}

fn broken(error: sea_orm::DbErr) -> StoreError {
    StoreError::new(error.to_string())
}
