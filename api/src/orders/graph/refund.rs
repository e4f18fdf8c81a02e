//! Refunds that wait for a person, for desk and office.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::refund::Model;

use super::parts::Refund;
use crate::app::Asked as _;
use crate::kit::allow::{Allow, DESKS_AND_OFFICERS, allow};
use crate::kit::ids::OrderId;
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::Instant;
use crate::money::rules::refund::{Need, need};
use crate::money::store::refund as store;
use crate::orders::service::refund::{self as service, Account};

/// What a refund that cannot go on by itself waits for. Treat an unknown value as "see the reason".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Need")]
pub enum RefundNeed {
    /// Money in the merchant account; it is sent again each hour under the same number.
    Funds,
    /// Somebody who puts right what the reason says, then `refundRetry`: it is not sent before.
    Retry,
    /// Another account of the payer, by `refundRedirect`: the old one is closed.
    Account,
}

/// A refund that waits for a person.
#[derive(SimpleObject)]
pub struct StuckRefund {
    /// Of which order.
    pub order_id: ID,
    /// How much, where it stands and until when it must be back.
    pub refund: Refund,
    /// What it waits for.
    pub need: RefundNeed,
    /// WeChat's code of the refusal, or CLOSED, ABNORMAL, MISMATCH.
    pub reason: String,
    /// Since when it waits for a person.
    pub stuck_at: Instant,
}

impl From<Model> for StuckRefund {
    fn from(row: Model) -> Self {
        let reason = row.stuck_code.clone().unwrap_or_default();
        Self {
            order_id: OrderId(row.order_id).to_string().into(),
            need: need(row.state, &reason).into(),
            reason,
            stuck_at: row.stuck_at.unwrap_or(row.requested_at).into(),
            refund: row.into(),
        }
    }
}

answers! {
    /// Answer of `refundRetry`.
    RefundRetryPayload {
        /// The refund as it goes on, under its new number if it got one.
        refund: Refund
    }
    RefundRetryError RefundRetryErrorCode {
        /// There is no such refund in your branch.
        RefundNotFound = "没有找到这笔退款",
        /// It goes on by itself, or is over.
        NotStuck = "这笔退款正在办理或已经完成，不需要重新发起",
        /// The payer's account is closed: `refundRedirect`.
        AccountNeeded = "收款账户异常，请改退到付款人的其他账户",
        /// WeChat does not say for certain that the earlier request is void; ask again in some minutes.
        TryLater = "微信还没有确认上一次退款作废，请几分钟后再试",
    }
}

answers! {
    /// Answer of `refundRedirect`.
    RefundRedirectPayload {
        /// The refund, under way again.
        refund: Refund
    }
    RefundRedirectError RefundRedirectErrorCode {
        /// There is no such refund in your branch.
        RefundNotFound = "没有找到这笔退款",
        /// The payer's account is not the trouble.
        NotAbnormal = "这笔退款不是账户异常，不能改退",
        /// Each part has 1 to 64 characters.
        AccountInvalid = "请填写开户银行、账号和户名",
        /// WeChat has not taken it for certain; the refund is asked about, look again in some minutes.
        NotTaken = "微信没有受理改退，请核对账户信息，稍后再试",
    }
}

/// Input of `refundRetry`.
#[derive(InputObject)]
pub struct RefundRetryInput {
    /// Which refund.
    pub refund_id: ID,
}

/// Input of `refundRedirect`.
#[derive(InputObject)]
pub struct RefundRedirectInput {
    /// Which refund.
    pub refund_id: ID,
    /// WeChat's name of the bank, such as `ICBC_DEBIT`.
    pub bank: String,
    /// Number of the payer's account. It leaves encrypted and is not kept.
    pub account: String,
    /// Name of the account's owner, who must be the payer. It leaves encrypted and is not kept.
    pub owner: String,
}

/// The query of refunds that wait for a person.
#[derive(Default)]
pub struct RefundQuery;

#[Object]
impl RefundQuery {
    /// Refunds in your branch that cannot go on by themselves, the oldest first.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn refunds_stuck(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<StuckRefund>> {
        let page = Page::read(first, after.as_deref())?;
        let rows = store::waiting(ctx.app().db.read(), ctx.who()?, page).await?;
        Ok(page.connect(rows, |row| row.id, StuckRefund::from))
    }
}

/// Mutations of refunds that wait for a person.
#[derive(Default)]
pub struct RefundMutation;

#[Object]
impl RefundMutation {
    /// Asks for a refund again that WeChat has closed or refused, under a new number; one that waits for funds is sent at once. One
    /// that WeChat, asked for it, has after all goes on under its own number; after a MISMATCH WeChat's own numbers are taken
    /// when nothing else differs.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn refund_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which refund.")] input: RefundRetryInput,
    ) -> Result<RefundRetryPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.refund_id.parse()?);
        RefundRetryPayload::from_result(service::retry(app, who, id).await.map(Into::into))
    }

    /// Sends a refund whose account is closed to another account of the payer.
    #[graphql(guard = "Allow(DESKS_AND_OFFICERS)", directive = allow::apply(DESKS_AND_OFFICERS.to_vec()))]
    async fn refund_redirect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which refund, and where to.")] input: RefundRedirectInput,
    ) -> Result<RefundRedirectPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.refund_id.parse()?);
        let account = Account { bank: input.bank, number: input.account, owner: input.owner };
        RefundRedirectPayload::from_result(service::redirect(app, who, id, account).await.map(Into::into))
    }
}
