//! Contracts with providers: what a district buys for the elders of one region in one year, and what is left of it.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::Datelike as _;
use entities::procurement_contract::Model;

use crate::app::Asked as _;
use crate::kit::allow::{Allow, MANAGERS_AND_OFFICERS, OFFICERS, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{ContractId, ProviderId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::{Fen, Instant};
use crate::money::service::contract::{self as service, Wish, first_day};
use crate::money::store::contract as store;

/// A contract with a provider (政府购买服务合同): up to its cap, vouchers of the programme pay for elders of the region in the
/// year of the service. Without one, nothing limits what a programme pays a provider.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ProcurementContract {
    /// Opaque.
    pub id: ID,
    /// Code of the programme.
    pub programme: String,
    /// With whom.
    pub provider_id: ID,
    /// Code of the street, or of the whole district, whose elders it is for.
    pub region_code: String,
    /// The calendar year.
    pub year: i32,
    /// Most that vouchers pay under it, in fen.
    pub cap_fen: Fen,
    /// Taken by orders so far, in fen: carried out, or not over yet.
    pub used_fen: Fen,
    /// What is left of it, in fen; nothing of one that was taken off.
    pub left_fen: Fen,
    /// The office's number of the paper.
    pub reference: String,
    /// When it was first noted.
    pub agreed_at: Instant,
    /// When it was taken off as a mistake; null while it counts.
    pub cancelled_at: Option<Instant>,
    #[graphql(skip)]
    pub own: String,
}

#[ComplexObject]
impl ProcurementContract {
    /// Name of the programme in Chinese.
    async fn programme_name(&self, ctx: &Context<'_>) -> String {
        ctx.app().programmes.name_of(&self.own)
    }
}

impl From<Model> for ProcurementContract {
    fn from(row: Model) -> Self {
        let fen = |amount| Fen::from(Amount::new(amount));
        Self {
            id: ContractId(row.id).to_string().into(),
            programme: row.programme.clone(),
            provider_id: ProviderId(row.provider_id).to_string().into(),
            region_code: row.region_code,
            year: row.begins_on.year(),
            cap_fen: fen(row.cap_fen),
            used_fen: fen(row.used_fen),
            left_fen: fen(if row.cancelled_at.is_some() { 0 } else { row.cap_fen - row.used_fen }),
            reference: row.reference,
            agreed_at: row.agreed_at.into(),
            cancelled_at: row.cancelled_at.map(Into::into),
            own: row.programme,
        }
    }
}

answers! {
    /// Answer of `procurementContractAgree`.
    ProcurementContractAgreePayload {
        /// The contract.
        contract: ProcurementContract
    }
    ProcurementContractAgreeError ProcurementContractAgreeErrorCode {
        /// There is no such programme of vouchers.
        ProgrammeNotFound = "没有找到这个服务券项目",
        /// There is no such provider, or he has left.
        ProviderNotFound = "没有找到这家服务商",
        /// There is no such street or district in your branch.
        RegionNotFound = "没有找到这个街道或区县，或不归您管理",
        /// You work for the provider.
        OwnProvider = "本机构的合同要由别人登记",
        /// This year or the next one.
        YearInvalid = "只能登记今年或明年的合同",
        /// More than nothing.
        CapInvalid = "合同额度要大于零",
        /// 1 to 60 characters.
        ReferenceInvalid = "请写明合同编号，最多六十字",
        /// Orders have taken more than this already.
        CapBelowUsed = "额度不能低于已经使用的金额",
        /// Another contract of the year is for a part of this region, or for more of it.
        RegionOverlaps = "同一年已有合同包含或属于这个地区",
    }
}

answers! {
    /// Answer of `procurementContractCancel`.
    ProcurementContractCancelPayload {
        /// The contract, which counts no more.
        contract: ProcurementContract
    }
    ProcurementContractCancelError ProcurementContractCancelErrorCode {
        /// There is no such contract in your branch.
        ContractNotFound = "没有找到这份合同，或不归您管理",
        /// You work for the provider.
        OwnProvider = "本机构的合同要由别人撤销",
        /// 1 to 500 characters.
        ReasonMissing = "请用五百字以内写明理由",
    }
}

/// Input of `procurementContractCancel`.
#[derive(InputObject)]
pub struct ProcurementContractCancelInput {
    /// Which contract.
    pub contract_id: ID,
    /// What was wrong with it, 1 to 500 characters.
    pub reason: String,
}

/// Input of `procurementContractAgree`.
#[derive(InputObject)]
pub struct ProcurementContractAgreeInput {
    /// Code of the programme.
    pub programme: String,
    /// With whom.
    pub provider_id: ID,
    /// Code of the street, or of the whole district, whose elders it is for.
    pub region_code: String,
    /// The calendar year of the services.
    pub year: i32,
    /// Most that vouchers pay under it, in fen.
    pub cap_fen: Fen,
    /// The office's number of the paper, 1 to 60 characters.
    pub reference: String,
}

/// Queries about contracts.
#[derive(Default)]
pub struct ContractQuery;

#[Object]
impl ContractQuery {
    /// Contracts of your provider, or of the regions of your branch, the newest first.
    #[graphql(guard = "Allow(MANAGERS_AND_OFFICERS)", directive = allow::apply(MANAGERS_AND_OFFICERS.to_vec()))]
    async fn procurement_contracts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this calendar year.")] year: Option<i32>,
        #[graphql(desc = "Only with this provider.")] provider_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<ProcurementContract>> {
        let page = Page::read(first, after.as_deref())?;
        let provider = provider_id.map(|id| id.parse::<ProviderId>()).transpose()?.map(|id| id.0);
        // A year that no calendar has is one without contracts.
        let year_on = year.map(|year| first_day(year).unwrap_or_default());
        let rows = store::list(ctx.app().db.read(), ctx.who()?, (year_on, provider), page).await?;
        Ok(page.connect(rows, |row| row.id, ProcurementContract::from))
    }
}

/// Mutations of contracts.
#[derive(Default)]
pub struct ContractMutation;

#[Object]
impl ContractMutation {
    /// Notes what was agreed with a provider, or changes its cap. What vouchers have paid in the year before counts for it.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn procurement_contract_agree(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With whom, for whom, how much.")] input: ProcurementContractAgreeInput,
    ) -> Result<ProcurementContractAgreePayload> {
        let wish = Wish {
            programme: input.programme,
            provider: input.provider_id.parse()?,
            region_code: input.region_code,
            year: input.year,
            cap: input.cap_fen.0,
            reference: input.reference,
        };
        let result = service::agree(ctx.app(), ctx.who()?, &wish).await;
        ProcurementContractAgreePayload::from_result(result.map(Into::into))
    }

    /// Takes a contract off that was noted by mistake: it limits nothing any more, and what vouchers have paid counts for the
    /// contract that is noted in its place. To end a contract that was right, set its cap to what is used.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn procurement_contract_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which contract, and why.")] input: ProcurementContractCancelInput,
    ) -> Result<ProcurementContractCancelPayload> {
        let (app, who, id) = (ctx.app(), ctx.who()?, input.contract_id.parse()?);
        let result = service::cancel(app, who, id, &input.reason).await;
        ProcurementContractCancelPayload::from_result(result.map(Into::into))
    }
}
