//! Server side of a mini-program: who logged in, what may be shown, what is sent to whom.
//!
//! Owns: the code exchange, the access token, the checks of texts and media, subscription messages, codes to
//! print, shipping.
//! Never does: keep a session key, trust an openid from a page, decide what to do with a verdict.

mod content;
mod error;
mod link;
mod message;
mod phone;
mod scene_code;
mod shipping;
mod template;
mod token;

use std::sync::Arc;

use reqwest::{Client, RequestBuilder, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use content::CheckResult;
pub use content::{Media, Scene, TextVerdict};
pub use error::MiniError;
pub use link::UrlLink;
pub use message::{SendOutcome, SubscribeMessage, Undeliverable};
pub use phone::PhoneNumber;
pub use scene_code::{Picture, SceneCode};
pub use shipping::{OrderKey, Shipping, ShippingOrder, ShippingOutcome, ShippingState, Way};
pub use template::{TemplateKind, TemplateValue, ValueError};
pub use token::{MemoryTokenStore, Pending, StoreError, StoredToken, TokenStore};

use crate::http::{Base, Reply, client, send};
use crate::route::{Passage, Route};
use crate::{ConfigError, Now, Secret, Timeouts};
use token::{TokenKeeper, TokenRequest, Wanted};

/// Settings of one mini-program.
#[derive(Debug, Clone)]
pub struct MiniConfig {
    /// `https://api.weixin.qq.com`; http only to this machine.
    pub base: String,
    /// The mini-program.
    pub appid: String,
    /// Its AppSecret.
    pub secret: Secret,
}

/// The client. Cheap to clone, usable from every thread; clones share one token.
#[derive(Clone)]
pub struct MiniProgram(Arc<Inner>);

struct Inner {
    /// One host, with a breaker.
    route: Route,
    appid: String,
    secret: Secret,
    client: Client,
    now: Now,
    token: TokenKeeper,
}

/// Who logged in. The session key is dropped unread: nothing here needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The user within this mini-program.
    pub openid: String,
    /// The user within all apps of one owner, if they are linked.
    pub unionid: Option<String>,
}

/// Which edition of the mini-program a message or code opens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Edition {
    /// The published one.
    #[default]
    Formal,
    /// The one under trial.
    Trial,
    /// The one under development.
    Developer,
}

impl Edition {
    /// As `env_version`.
    fn version(self) -> &'static str {
        match self {
            Self::Formal => "release",
            Self::Trial => "trial",
            Self::Developer => "develop",
        }
    }

    /// As `miniprogram_state`.
    fn state(self) -> &'static str {
        match self {
            Self::Formal => "formal",
            Self::Trial => "trial",
            Self::Developer => "developer",
        }
    }
}

/// Success of jscode2session has no `errcode`.
#[derive(Deserialize)]
struct SessionWire {
    openid: String,
    unionid: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl MiniProgram {
    /// Checks the settings; 3 s to connect, 8 s for a whole call; the token stays in this process.
    pub fn new(config: MiniConfig, now: Now) -> Result<Self, ConfigError> {
        Self::with_timeouts(config, Timeouts::default(), now)
    }

    /// Like [`MiniProgram::new`] with other time-outs.
    pub fn with_timeouts(config: MiniConfig, timeouts: Timeouts, now: Now) -> Result<Self, ConfigError> {
        let store = Arc::new(MemoryTokenStore::new(Arc::clone(&now)));
        Self::with_store(config, timeouts, now, store)
    }

    /// Like [`MiniProgram::with_timeouts`] with a token that processes share.
    pub fn with_store(
        config: MiniConfig,
        timeouts: Timeouts,
        now: Now,
        store: Arc<dyn TokenStore>,
    ) -> Result<Self, ConfigError> {
        let base = Base::parse("base", &config.base)?;
        if config.appid.is_empty() {
            return Err(ConfigError::new("appid", "is empty"));
        }
        if config.secret.expose().is_empty() {
            return Err(ConfigError::new("secret", "is empty"));
        }
        let client = client(std::slice::from_ref(&base), timeouts)?;
        let (appid, secret, token) = (config.appid, config.secret, TokenKeeper::new(store));
        let route = Route::new(vec![base]);
        Ok(Self(Arc::new(Inner { route, appid, secret, client, now, token })))
    }

    /// Exchanges the code of `wx.login` (5 minutes, single use) for the user.
    ///
    /// Not repeated once it left: a code whose answer was lost is spent, the page must log in again.
    pub async fn code_to_session(&self, code: &str) -> Result<Session, MiniError> {
        let inner = &self.0;
        if code.is_empty() {
            return Err(MiniError::InvalidCode);
        }
        let query = [
            ("appid", inner.appid.as_str()),
            ("secret", inner.secret.expose()),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ];
        let url = inner.url("/sns/jscode2session")?;
        let wire: SessionWire = inner.ask(inner.client.get(url).query(&query), read).await?;
        let unionid = wire.unionid.filter(|id| !id.is_empty());
        Ok(Session { openid: wire.openid, unionid })
    }

    /// Whether calls may go. After an outage a question that does no harm goes first, so that no call whose repetition
    /// would do harm is spent on finding out.
    pub async fn ready(&self) -> Result<(), MiniError> {
        if !self.0.route.is_open() {
            return Ok(());
        }
        self.is_trade_managed().await.map(|_| ())
    }

    fn appid(&self) -> &str {
        &self.0.appid
    }

    /// Posts JSON with the access token and reads JSON.
    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, MiniError> {
        self.post_as(path, body, read).await
    }

    /// Posts JSON with the access token; when the token is refused, once more with another.
    async fn post_as<T>(
        &self,
        path: &str,
        body: &impl Serialize,
        read: fn(&Reply) -> Result<T, MiniError>,
    ) -> Result<T, MiniError> {
        let token = self.token(None).await.map_err(not_done)?;
        match self.post_with(path, body, &token, read).await {
            Err(MiniError::Token) => {
                let token = self.token(Some(&token)).await.map_err(not_done)?;
                self.post_with(path, body, &token, read).await
            }
            other => other,
        }
    }

    async fn post_with<T>(
        &self,
        path: &str,
        body: &impl Serialize,
        token: &Secret,
        read: fn(&Reply) -> Result<T, MiniError>,
    ) -> Result<T, MiniError> {
        let url = self.0.url(path)?;
        let query = [("access_token", token.expose())];
        self.0.ask(self.0.client.post(url).query(&query).json(body), read).await
    }

    /// The access token; `refused` is one that the platform has just called invalid.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, MiniError> {
        let inner = &self.0;
        let fetch = || async {
            let url = inner.url("/cgi-bin/stable_token")?;
            inner
                .ask(inner.client.post(url).json(&TokenRequest::new(&inner.appid, &inner.secret)), read)
                .await
        };
        inner.token.get(Wanted { now: &inner.now, refused }, fetch).await
    }
}

impl Inner {
    /// Refuses without sending while the breaker is open.
    fn url(&self, path: &str) -> Result<Url, MiniError> {
        let base = self.route.choose((self.now)()).map_err(|_| MiniError::Unavailable {
            reason: "the breaker is open".to_owned(),
            may_be_done: false,
        })?;
        Ok(base.url(path)?)
    }

    /// Sends and reads an answer. These answers are 200 with `errcode`, whatever went wrong.
    async fn ask<T>(
        &self,
        request: RequestBuilder,
        read: fn(&Reply) -> Result<T, MiniError>,
    ) -> Result<T, MiniError> {
        let waiting = self.route.enter();
        let sent = send(request).await;
        drop(waiting);
        let passage = match &sent {
            Err(_) => Passage::Unreachable,
            Ok(reply) if reply.status >= 500 => Passage::Sick,
            Ok(_) => Passage::Answered,
        };
        self.route.report(passage, (self.now)());
        let mut reply = sent?;
        let read = read(&reply);
        // The session key and the token were in it.
        reply.body.fill(0);
        read
    }
}

/// Without a token the call itself never left.
fn not_done(error: MiniError) -> MiniError {
    match error {
        MiniError::Unavailable { reason, .. } => MiniError::Unavailable { reason, may_be_done: false },
        other => other,
    }
}

fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, MiniError> {
    let unreadable = |_| MiniError::unreadable(reply.status);
    if reply.status != 200 {
        return Err(MiniError::unreadable(reply.status));
    }
    let status: Status = crate::json::read(&reply.body).map_err(unreadable)?;
    if status.errcode != 0 {
        return Err(MiniError::from_code(status.errcode, &status.errmsg));
    }
    crate::json::read(&reply.body).map_err(unreadable)
}
