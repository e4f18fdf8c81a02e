//! Where processes share the access token. Redis or a row implement this outside of the crate.

use std::pin::Pin;
use std::time::Duration;

use crate::Secret;

/// What a store will answer.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A token as all processes see it. Keep at least 512 characters for it (接口调用凭据).
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// The token; it belongs in no log.
    pub token: Secret,
    /// Counts up from 1 with every fetch; what a late writer is recognised by.
    pub version: u64,
    /// Unix seconds; from then on somebody should fetch the next one.
    pub renew_at: i64,
    /// Unix seconds; from then on the platform refuses it.
    pub ends_at: i64,
}

/// A store that did not do what it was asked. Holds no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("token store: {reason}")]
pub struct StoreError {
    /// For operators.
    pub reason: String,
}

impl StoreError {
    /// Names the cause.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// One token for several processes.
///
/// The lease is a politeness that saves fetches; [`TokenStore::replace`] is the guard: it must compare and write in
/// one step (a conditional UPDATE, a script in Redis). When the store fails, the client asks the platform itself.
pub trait TokenStore: Send + Sync {
    /// What was written last.
    fn read(&self) -> Pending<'_, Option<StoredToken>>;

    /// Takes the right to fetch for this long. False while another owner has it.
    fn lease<'a>(&'a self, owner: &'a str, lasts: Duration) -> Pending<'a, bool>;

    /// Writes if the stored version is still `read_version` (0: nothing stored). False: somebody else wrote.
    fn replace<'a>(&'a self, read_version: u64, token: &'a StoredToken) -> Pending<'a, bool>;

    /// Gives the lease back, if this owner still has it.
    fn release<'a>(&'a self, owner: &'a str) -> Pending<'a, ()>;
}
