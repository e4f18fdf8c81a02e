//! The access token: one for all callers, fetched by one of them, renewed before it ends.
//!
//! From `stable_token`, which gives the same token to every process until shortly before its end;
//! the older call invalidates the token of whoever asked before.

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::MiniError;
use crate::Secret;

/// Renewed this long before the end. The platform hands out the next token 300 s early and both
/// work meanwhile; asking before that only gives the old one again.
const RENEW_BEFORE_S: i64 = 240;

/// Holds the current token. The lock is kept while one caller fetches, so the others wait for it.
#[derive(Default)]
pub(super) struct TokenCache(Mutex<Option<Token>>);

struct Token {
    value: Secret,
    renew_at: i64,
}

#[derive(Serialize)]
pub(super) struct TokenRequest<'a> {
    grant_type: &'static str,
    appid: &'a str,
    secret: &'a str,
    // Forcing is for an operator after a leak: 20 times a day.
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

impl TokenCache {
    /// The token, fetched if there is none, if it ends soon, or if it is the refused one.
    ///
    /// Comparing with the refused one keeps a late caller from dropping a newer token.
    pub(super) async fn get<F, R>(
        &self,
        now: i64,
        refused: Option<&Secret>,
        fetch: F,
    ) -> Result<Secret, MiniError>
    where
        F: FnOnce() -> R,
        R: Future<Output = Result<TokenAnswer, MiniError>>,
    {
        let mut held = self.0.lock().await;
        let is_refused = |token: &Token| refused.is_some_and(|r| r.expose() == token.value.expose());
        if let Some(token) = held.as_ref().filter(|token| now < token.renew_at && !is_refused(token)) {
            return Ok(token.value.clone());
        }
        let answer = fetch().await?;
        let lasts_s = answer.expires_in.clamp(0, 7200);
        let renew_at = now.saturating_add((lasts_s - RENEW_BEFORE_S).max(0));
        *held = Some(Token { value: answer.access_token.clone(), renew_at });
        Ok(answer.access_token)
    }
}
