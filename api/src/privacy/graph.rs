//! A copy of everything, and erasure, as the elder and those who act for him see them.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::{PrivacyKind as RowKind, PrivacyState as RowState};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::ids::{ElderId, PrivacyId};
use crate::kit::scalar::{Day, Instant};
use crate::privacy::rules::{Kept, Obstacle, policy};
use crate::privacy::service::{self, Told, Wish, erasure};
use crate::rights::graph::consent::SignedAs;
use crate::rights::service::consent::Paper;

/// What an elder asked for about all of his data.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowKind")]
pub enum PrivacyKind {
    /// A copy of everything.
    Export,
    /// Erasure.
    Erasure,
}

/// Life of a request: ASKED → DONE, WITHDRAWN or REFUSED. A copy is DONE at once.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum PrivacyState {
    /// It can be taken back until its time has come.
    Asked,
    /// What no law keeps is gone; or the copy is ready.
    Done,
    /// It was taken back.
    Withdrawn,
    /// Something stood in the way when its time had come.
    Refused,
}

/// Something that a law keeps.
#[derive(SimpleObject)]
pub struct KeptData {
    /// What, in Chinese.
    pub what: String,
    /// Last day on which it is kept; then it is removed or no longer tells about the person.
    pub until_on: Day,
    /// Under which rule, in Chinese.
    pub rule: String,
}

impl From<&Kept> for KeptData {
    fn from(kept: &Kept) -> Self {
        let (what, rule) = (kept.words().to_owned(), kept.rule().to_owned());
        Self { what, until_on: kept.until_on.into(), rule }
    }
}

/// A request about all data of an elder.
#[derive(SimpleObject)]
pub struct PrivacyRequest {
    /// Opaque.
    pub id: ID,
    /// Of which elder.
    pub elder_id: ID,
    /// What was asked for.
    pub kind: PrivacyKind,
    /// Where it stands.
    pub state: PrivacyState,
    /// In which part it was asked for.
    pub asked_as: SignedAs,
    /// When it was asked for.
    pub asked_at: Instant,
    /// An erasure happens then, and can be taken back before; a copy can be fetched until then.
    pub due_at: Instant,
    /// When it was done, taken back or refused; null while it is ASKED.
    pub ended_at: Option<Instant>,
    /// Why it was refused, in Chinese; null otherwise.
    pub reason: Option<String>,
    /// What an erasure removes at once, in Chinese, at most 20; empty for a copy.
    pub deleted: Vec<String>,
    /// What an erasure keeps until when, at most 10; empty for a copy and when nothing is kept.
    pub kept: Vec<KeptData>,
}

impl From<Told> for PrivacyRequest {
    fn from(told: Told) -> Self {
        let row = told.row;
        let is_erasure = row.kind == RowKind::Erasure;
        let erased = policy().erased.iter().filter(|_| is_erasure).map(|part| part.words.clone());
        let obstacle = row.refused_for.as_deref().and_then(Obstacle::parse);
        Self {
            id: PrivacyId(row.id).to_string().into(),
            elder_id: ElderId(row.elder_id).to_string().into(),
            kind: row.kind.into(),
            state: row.state.into(),
            asked_as: row.asked_as.into(),
            asked_at: row.asked_at.into(),
            due_at: row.due_at.into(),
            ended_at: row.ended_at.map(Into::into),
            reason: obstacle.map(|obstacle| obstacle.words().to_owned()),
            deleted: erased.collect(),
            kept: told.kept.iter().map(Into::into).collect(),
        }
    }
}

/// A copy of everything that is kept about an elder, to be saved.
#[derive(SimpleObject)]
pub struct PrivacyCopy {
    /// A name for the file.
    pub file_name: String,
    /// JSON in UTF-8 with Chinese keys; amounts in yuan, times in Beijing time.
    pub content: String,
}

answers! {
    /// Answer of `privacyExport`.
    PrivacyExportPayload {
        /// The request; fetch the copy with `privacyCopy`.
        request: PrivacyRequest
    }
    PrivacyExportError PrivacyExportErrorCode {
        /// There is no such elder for you, or you may not decide for him.
        ElderNotFound = "没有找到这位老人",
        /// The desk names who asks for it and where the paper lies, at most 100 characters.
        ReferenceMissing = "请写明谁在纸上签的字和存放编号",
        /// The paper is of somebody who may not decide: the elder is able himself, or nobody is known who decides for him.
        GuardianNotEntitled = "老人有能力自己决定，或没有登记可以代他决定的人，请由老人本人签字",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `privacyErasureAsk`.
    PrivacyErasureAskPayload {
        /// The request, with what it removes and what it keeps.
        request: PrivacyRequest
    }
    PrivacyErasureAskError PrivacyErasureAskErrorCode {
        /// There is no such elder for you, or you may not decide for him.
        ElderNotFound = "没有找到这位老人",
        /// A meal or visit is to come or under way, or somebody still has to look after the elder.
        OrderOpen = "还有没办完的订餐、上门服务或关怀回访，办完或取消后再申请删除",
        /// A voucher is reserved for an order.
        VoucherReserved = "还有订单占用着服务券，订单办完后再申请删除",
        /// A payment or refund is on its way, or the money of a visit is not settled.
        MoneyOpen = "还有付款、退款或结算没有完成，完成后再申请删除",
        /// The desk names who asks for it and where the paper lies, at most 100 characters.
        ReferenceMissing = "请写明谁在纸上签的字和存放编号",
        /// The paper is of somebody who may not decide: the elder is able himself, or nobody is known who decides for him.
        GuardianNotEntitled = "老人有能力自己决定，或没有登记可以代他决定的人，请由老人本人签字",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

impl From<Obstacle> for PrivacyErasureAskErrorCode {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::OrderOpen => Self::OrderOpen,
            Obstacle::VoucherReserved => Self::VoucherReserved,
            Obstacle::MoneyOpen => Self::MoneyOpen,
        }
    }
}

answers! {
    /// Answer of `privacyErasureWithdraw`.
    PrivacyErasureWithdrawPayload {
        /// The request, taken back.
        request: PrivacyRequest
    }
    PrivacyErasureWithdrawError PrivacyErasureWithdrawErrorCode {
        /// There is no such request for you.
        RequestNotFound = "没有找到这个申请",
        /// It is done or was refused.
        TooLate = "这个申请已经办结，不能收回",
        /// The desk names who takes it back and where the paper lies, at most 100 characters.
        ReferenceMissing = "请写明谁在纸上签的字和存放编号",
        /// The paper is of somebody who may not decide: the elder is able himself, or nobody is known who decides for him.
        GuardianNotEntitled = "老人有能力自己决定，或没有登记可以代他决定的人，请由老人本人签字",
    }
}

/// Input of `privacyExport`.
#[derive(InputObject)]
pub struct PrivacyExportInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Of whom.
    pub elder_id: ID,
    /// Only at the desk: who asks for it.
    pub paper_signed_as: Option<SignedAs>,
    /// Only at the desk: where the paper lies, at most 100 characters.
    pub paper_reference: Option<String>,
}

/// Input of `privacyErasureAsk`.
#[derive(InputObject)]
pub struct PrivacyErasureAskInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Of whom.
    pub elder_id: ID,
    /// Only at the desk: who asks for it.
    pub paper_signed_as: Option<SignedAs>,
    /// Only at the desk: where the paper lies, at most 100 characters.
    pub paper_reference: Option<String>,
}

/// Input of `privacyErasureWithdraw`.
#[derive(InputObject)]
pub struct PrivacyErasureWithdrawInput {
    /// Which request.
    pub request_id: ID,
    /// Only at the desk: who takes it back.
    pub paper_signed_as: Option<SignedAs>,
    /// Only at the desk: where the paper lies, at most 100 characters.
    pub paper_reference: Option<String>,
}

fn paper(signed_as: Option<SignedAs>, reference: Option<String>) -> Paper {
    Paper { signed_as: signed_as.map(Into::into), reference }
}

/// Queries about requests.
#[derive(Default)]
pub struct PrivacyQuery;

#[Object]
impl PrivacyQuery {
    /// Requests about all data of an elder, the newest first, at most 50: for the elder, whoever has the scope DECIDE for him,
    /// the desk of his region, and who asked, also after an erasure; empty for everybody else.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn privacy_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which elder.")] elder_id: ID,
    ) -> Result<Vec<PrivacyRequest>> {
        let told = service::list(ctx.app(), ctx.who()?, elder_id.parse()?).await?;
        Ok(told.into_iter().map(Into::into).collect())
    }

    /// The copy that was asked for with `privacyExport`, for seven days: for the elder, whoever has the scope DECIDE for him, and
    /// the desk when it was asked for on paper; null for any other id. Each reading is recorded.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn privacy_copy(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] request_id: ID,
    ) -> Result<Option<PrivacyCopy>> {
        let id: PrivacyId = request_id.parse()?;
        let content = service::fetch_copy(ctx.app(), ctx.who()?, id).await?;
        let file_name = format!("{id}.json");
        Ok(content.map(|content| PrivacyCopy { file_name, content }))
    }
}

/// Mutations of requests.
#[derive(Default)]
pub struct PrivacyMutation;

#[Object]
impl PrivacyMutation {
    /// Asks for a copy of everything that is kept about an elder; the elder himself, whoever decides for him, or the desk for
    /// a paper.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn privacy_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom.")] input: PrivacyExportInput,
    ) -> Result<PrivacyExportPayload> {
        let paper = paper(input.paper_signed_as, input.paper_reference);
        let wish = Wish { elder: input.elder_id.parse()?, paper };
        let result = service::ask_copy(ctx.app(), ctx.who()?, &input.request_key, &wish).await;
        PrivacyExportPayload::from_result(result.map(Into::into))
    }

    /// Asks for erasure. After seven days the elder is closed and erased; what a law keeps is only stored until its day. Refused
    /// while an order, a voucher or money is open, also when the day has come.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn privacy_erasure_ask(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom.")] input: PrivacyErasureAskInput,
    ) -> Result<PrivacyErasureAskPayload> {
        let paper = paper(input.paper_signed_as, input.paper_reference);
        let wish = Wish { elder: input.elder_id.parse()?, paper };
        let result = erasure::ask(ctx.app(), ctx.who()?, &input.request_key, &wish).await;
        PrivacyErasureAskPayload::from_result(result.map(Into::into))
    }

    /// Takes an erasure back before its day. Repeated, it answers the same.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn privacy_erasure_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: PrivacyErasureWithdrawInput,
    ) -> Result<PrivacyErasureWithdrawPayload> {
        let paper = paper(input.paper_signed_as, input.paper_reference);
        let id = input.request_id.parse()?;
        let result = erasure::take_back(ctx.app(), ctx.who()?, id, &paper).await;
        PrivacyErasureWithdrawPayload::from_result(result.map(Into::into))
    }
}
