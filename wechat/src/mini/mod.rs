//! Server side of a mini-program: who logged in, and whether a text may be shown.
//!
//! Owns: the code exchange, the text check, the access token.
//! Never does: keep a session key, trust an openid from a page, decide what to do with a verdict.

mod error;
mod token;

use std::sync::Arc;

use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use error::MiniError;

use crate::http::{Base, Reply, client, send};
use crate::{ConfigError, Now, Secret, Timeouts};
use token::{TokenCache, TokenRequest};

/// Longest text of one check, in characters (文本内容安全识别, content).
const CONTENT_MAX_CHARS: usize = 2500;

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
    base: Base,
    appid: String,
    secret: Secret,
    client: Client,
    now: Now,
    token: TokenCache,
}

/// Who logged in. The session key is dropped unread: nothing here needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The user within this mini-program.
    pub openid: String,
    /// The user within all apps of one owner, if they are linked.
    pub unionid: Option<String>,
}

/// Where a text will be shown (文本内容安全识别, scene).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// A profile.
    Profile,
    /// A comment or rating.
    Comment,
    /// A forum.
    Forum,
    /// A social log.
    SocialLog,
}

/// What the platform thinks of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextVerdict {
    /// May be shown.
    Pass,
    /// A person must look.
    Review {
        /// 10001 advertising, 20001 politics, 20002 pornography, 20003 abuse, 20006 crime,
        /// 20008 fraud, 20012 vulgar, 20013 copyright, 21000 other.
        label: i64,
    },
    /// Must not be shown.
    Risky {
        /// As in `Review`.
        label: i64,
    },
}

/// Success of jscode2session has no `errcode`.
#[derive(Deserialize)]
struct SessionWire {
    openid: String,
    unionid: Option<String>,
}

#[derive(Serialize)]
struct TextCheck<'a> {
    version: u8,
    openid: &'a str,
    scene: u8,
    content: &'a str,
}

#[derive(Deserialize)]
struct TextAnswer {
    result: TextResult,
}

#[derive(Deserialize)]
struct TextResult {
    suggest: String,
    #[serde(default)]
    label: i64,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl MiniProgram {
    /// Checks the settings; 3 s to connect, 8 s for a whole call.
    pub fn new(config: MiniConfig, now: Now) -> Result<Self, ConfigError> {
        Self::with_timeouts(config, Timeouts::default(), now)
    }

    /// Like [`MiniProgram::new`] with other time-outs.
    pub fn with_timeouts(config: MiniConfig, timeouts: Timeouts, now: Now) -> Result<Self, ConfigError> {
        let base = Base::parse("base", &config.base)?;
        if config.appid.is_empty() {
            return Err(ConfigError::new("appid", "is empty"));
        }
        if config.secret.expose().is_empty() {
            return Err(ConfigError::new("secret", "is empty"));
        }
        let client = client(std::slice::from_ref(&base), timeouts)?;
        let (appid, secret, token) = (config.appid, config.secret, TokenCache::default());
        Ok(Self(Arc::new(Inner { base, appid, secret, client, now, token })))
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
        let url = inner.base.url("/sns/jscode2session")?;
        let wire: SessionWire = ask(inner.client.get(url).query(&query)).await?;
        let unionid = wire.unionid.filter(|id| !id.is_empty());
        Ok(Session { openid: wire.openid, unionid })
    }

    /// Asks whether a text may be shown; at most 2500 characters.
    ///
    /// Refuses: `VisitExpired` if the user was not in the mini-program within the last two hours,
    /// so check at once or at the author's next visit. Source: 文本内容安全识别, version 2.
    pub async fn check_text(
        &self,
        openid: &str,
        scene: Scene,
        content: &str,
    ) -> Result<TextVerdict, MiniError> {
        let length = content.chars().count();
        if length == 0 || length > CONTENT_MAX_CHARS {
            return Err(MiniError::Length { max_chars: CONTENT_MAX_CHARS });
        }
        let check = TextCheck { version: 2, openid, scene: scene.number(), content };
        let token = self.token(None).await?;
        let answer = match self.send_check(&check, &token).await {
            Err(MiniError::Token) => {
                let token = self.token(Some(&token)).await?;
                self.send_check(&check, &token).await
            }
            other => other,
        };
        answer.map(|answer| answer.result.verdict())
    }

    async fn send_check(&self, check: &TextCheck<'_>, token: &Secret) -> Result<TextAnswer, MiniError> {
        let url = self.0.base.url("/wxa/msg_sec_check")?;
        let query = [("access_token", token.expose())];
        ask(self.0.client.post(url).query(&query).json(check)).await
    }

    /// The access token; `refused` is one that the platform has just called invalid.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, MiniError> {
        let inner = &self.0;
        let fetch = || async {
            let url = inner.base.url("/cgi-bin/stable_token")?;
            ask(inner.client.post(url).json(&TokenRequest::new(&inner.appid, &inner.secret))).await
        };
        inner.token.get((inner.now)(), refused, fetch).await
    }
}

impl Scene {
    fn number(self) -> u8 {
        match self {
            Self::Profile => 1,
            Self::Comment => 2,
            Self::Forum => 3,
            Self::SocialLog => 4,
        }
    }
}

impl TextResult {
    fn verdict(&self) -> TextVerdict {
        match self.suggest.as_str() {
            "pass" => TextVerdict::Pass,
            "risky" => TextVerdict::Risky { label: self.label },
            // Also words of the future: nothing is shown that nobody let pass.
            _ => TextVerdict::Review { label: self.label },
        }
    }
}

/// Sends and reads an answer. These answers are 200 with `errcode`, whatever went wrong.
async fn ask<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, MiniError> {
    let mut reply = send(request).await?;
    let read = read(&reply);
    // The session key and the token were in it.
    reply.body.fill(0);
    read
}

fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, MiniError> {
    let unreadable = |_| MiniError::unreadable(reply.status);
    if reply.status != 200 {
        return Err(MiniError::unreadable(reply.status));
    }
    let status: Status = serde_json::from_slice(&reply.body).map_err(unreadable)?;
    if status.errcode != 0 {
        return Err(MiniError::from_code(status.errcode, &status.errmsg));
    }
    serde_json::from_slice(&reply.body).map_err(unreadable)
}
