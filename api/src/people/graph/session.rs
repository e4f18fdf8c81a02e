//! Signing in and out.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, SIGNED_IN, allow};
use crate::people::service::session;

/// A pair of tokens.
#[derive(SimpleObject)]
pub struct SessionTokens {
    /// Bearer token for requests.
    pub access_token: String,
    /// Life of the bearer token in seconds.
    pub access_token_seconds: i32,
    /// One-time token for the next pair; using it twice ends the session.
    pub refresh_token: String,
}

impl From<session::Tokens> for SessionTokens {
    fn from(tokens: session::Tokens) -> Self {
        Self {
            access_token: tokens.access,
            access_token_seconds: i32::try_from(tokens.access_life_s).unwrap_or(i32::MAX),
            refresh_token: tokens.refresh,
        }
    }
}

answers! {
    /// Answer of `sessionStart`.
    SessionStartPayload {
        /// The tokens of the new session.
        tokens: SessionTokens
    }
    SessionStartError SessionStartErrorCode {
        /// The code is unknown, used or older than five minutes: call `wx.login` again.
        CodeInvalid = "登录凭证已失效，请重新登录",
        /// WeChat allows 100 logins a minute for one person.
        TooManyTries = "登录太频繁，请一分钟后再试",
        /// WeChat has blocked the account.
        Blocked = "此微信账号暂时不能登录",
        /// WeChat does not answer.
        WechatUnavailable = "微信暂时没有回应，请稍后再试",
    }
}

answers! {
    /// Answer of `sessionRefresh`.
    SessionRefreshPayload {
        /// The next pair of tokens.
        tokens: SessionTokens
    }
    SessionRefreshError SessionRefreshErrorCode {
        /// Unknown, run out, or its session has ended.
        TokenInvalid = "登录已过期，请重新登录",
        /// Used before: the whole session is ended, because somebody holds a copy.
        TokenReused = "为了安全，此次登录已结束，请重新登录",
    }
}

answers! {
    /// Answer of `sessionEnd`.
    SessionEndPayload {
        /// True: the tokens are dead for the next request.
        ended: bool
    }
    SessionEndError SessionEndErrorCode {
        /// The session was ended before.
        AlreadyEnded = "已经退出登录",
    }
}

/// Input of `sessionStart`.
#[derive(InputObject)]
pub struct SessionStartInput {
    /// Code of `wx.login`, good once and for five minutes.
    pub code: String,
}

/// Input of `sessionRefresh`.
#[derive(InputObject)]
pub struct SessionRefreshInput {
    /// The refresh token of the last pair.
    pub refresh_token: String,
}

/// Mutations of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in with a code of `wx.login`. Open to all.
    async fn session_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What `wx.login` gave.")] input: SessionStartInput,
    ) -> Result<SessionStartPayload> {
        SessionStartPayload::from_result(session::start(ctx.app(), &input.code).await.map(Into::into))
    }

    /// Exchanges a refresh token for the next pair. Open to all.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to exchange.")] input: SessionRefreshInput,
    ) -> Result<SessionRefreshPayload> {
        SessionRefreshPayload::from_result(
            session::refresh(ctx.app(), &input.refresh_token).await.map(Into::into),
        )
    }

    /// Signs out. All tokens of the session are dead for the next request.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn session_end(&self, ctx: &Context<'_>) -> Result<SessionEndPayload> {
        session::end(ctx.app(), ctx.who()?).await?;
        SessionEndPayload::from_result(Ok(true))
    }
}
