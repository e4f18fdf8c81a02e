//! What an office does with vouchers: a month is given, one is frozen, freed or taken back.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entities::voucher_run;

use super::voucher::{Voucher, VoucherFreezeReason};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, OFFICERS, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::scalar::{Day, Fen, Instant};
use crate::money::service::voucher::month;
use crate::money::service::voucher::office::{self, Wish};

answers! {
    /// Answer of `voucherMonthIssue`.
    VoucherMonthIssuePayload {
        /// How far it has come. What is not given yet follows by itself.
        run: VoucherRun
    }
    VoucherMonthIssueError VoucherMonthIssueErrorCode {
        /// There is no such programme of vouchers in your region.
        ProgrammeNotFound = "没有找到这个服务券项目",
        /// Vouchers are given for the current month only.
        MonthNotCurrent = "只能发放当月的服务券",
    }
}

answers! {
    /// Answer of `voucherFreeze`.
    VoucherFreezePayload {
        /// The voucher, FROZEN.
        voucher: Voucher
    }
    VoucherFreezeError VoucherFreezeErrorCode {
        /// There is no such voucher in your region.
        VoucherNotFound = "没有找到这张服务券",
        /// 1 to 500 characters.
        ReasonMissing = "请用五百字以内写明理由",
        /// Its month is over or it was taken back.
        AlreadyOver = "这张服务券已经失效",
    }
}

answers! {
    /// Answer of `voucherUnfreeze`.
    VoucherUnfreezePayload {
        /// The voucher, ISSUED.
        voucher: Voucher
    }
    VoucherUnfreezeError VoucherUnfreezeErrorCode {
        /// There is no such voucher in your region.
        VoucherNotFound = "没有找到这张服务券",
        /// 1 to 500 characters.
        ReasonMissing = "请用五百字以内写明理由",
        /// Its month is over or it was taken back.
        AlreadyOver = "这张服务券已经失效",
        /// The elder has died, or lives where the programme does not count.
        ElderGone = "老人已离世或已迁出，服务券不能恢复使用",
    }
}

answers! {
    /// Answer of `voucherRevoke`.
    VoucherRevokePayload {
        /// The voucher, REVOKED.
        voucher: Voucher
    }
    VoucherRevokeError VoucherRevokeErrorCode {
        /// There is no such voucher in your region.
        VoucherNotFound = "没有找到这张服务券",
        /// 1 to 500 characters.
        ReasonMissing = "请用五百字以内写明理由",
        /// Its month is over.
        AlreadyOver = "这张服务券已经失效",
    }
}

/// How far the issue of a programme's month has come.
#[derive(SimpleObject)]
pub struct VoucherRun {
    /// Code of the programme.
    pub programme: String,
    /// First day of the month.
    pub month_on: Day,
    /// Vouchers given for the month so far, by all runs.
    pub grants: i32,
    /// What they are worth, in fen.
    pub granted_fen: Fen,
    /// When the month was begun.
    pub started_at: Instant,
    /// When everybody was looked at; null while somebody is left.
    pub finished_at: Option<Instant>,
}

impl From<voucher_run::Model> for VoucherRun {
    fn from(row: voucher_run::Model) -> Self {
        Self {
            programme: row.programme,
            month_on: row.month_on.into(),
            grants: row.grants,
            granted_fen: Amount::new(row.granted_fen).into(),
            started_at: row.started_at.into(),
            finished_at: row.finished_at.map(Into::into),
        }
    }
}

/// Input of `voucherMonthIssue`.
#[derive(InputObject)]
pub struct VoucherMonthIssueInput {
    /// Code of the programme.
    pub programme: String,
    /// First day of the current month.
    pub month_on: Day,
}

/// Input of `voucherFreeze`.
#[derive(InputObject)]
pub struct VoucherFreezeInput {
    /// Which voucher.
    pub voucher_id: ID,
    /// Of which kind the reason is.
    pub cause: VoucherFreezeReason,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// Input of `voucherUnfreeze`.
#[derive(InputObject)]
pub struct VoucherUnfreezeInput {
    /// Which voucher.
    pub voucher_id: ID,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// Input of `voucherRevoke`.
#[derive(InputObject)]
pub struct VoucherRevokeInput {
    /// Which voucher.
    pub voucher_id: ID,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// Mutations of vouchers.
#[derive(Default)]
pub struct VoucherMutation;

#[Object]
impl VoucherMutation {
    /// Gives the vouchers of the current month, as happens by itself on its first day. Repeated, it adds only what is
    /// missing.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn voucher_month_issue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which programme, which month.")] input: VoucherMonthIssueInput,
    ) -> Result<VoucherMonthIssuePayload> {
        let result = month::issue_again(ctx.app(), ctx.who()?, (&input.programme, input.month_on.0)).await;
        VoucherMonthIssuePayload::from_result(result.map(Into::into))
    }

    /// Shuts a voucher for the time being: no order takes of it. What is reserved is settled by what is carried out. It is for
    /// this month's voucher alone: a death and a move are recorded with `elderDeathRecord` and `elderMove`, which do more.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn voucher_freeze(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which voucher, and why.")] input: VoucherFreezeInput,
    ) -> Result<VoucherFreezePayload> {
        let wish = Wish { id: input.voucher_id.parse()?, reason: &input.reason };
        let result = office::freeze(ctx.app(), ctx.who()?, (wish, input.cause.into())).await;
        VoucherFreezePayload::from_result(result.map(Into::into))
    }

    /// Opens a frozen voucher again.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn voucher_unfreeze(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which voucher, and why.")] input: VoucherUnfreezeInput,
    ) -> Result<VoucherUnfreezePayload> {
        let wish = Wish { id: input.voucher_id.parse()?, reason: &input.reason };
        let result = office::unfreeze(ctx.app(), ctx.who()?, wish).await;
        VoucherUnfreezePayload::from_result(result.map(Into::into))
    }

    /// Takes a voucher back that was given by mistake: what nobody has ordered goes to the public account.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn voucher_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which voucher, and why.")] input: VoucherRevokeInput,
    ) -> Result<VoucherRevokePayload> {
        let wish = Wish { id: input.voucher_id.parse()?, reason: &input.reason };
        let result = office::revoke(ctx.app(), ctx.who()?, wish).await;
        VoucherRevokePayload::from_result(result.map(Into::into))
    }
}
