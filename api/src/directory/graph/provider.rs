//! Providers as their managers and the officers of their region see them, and how they apply.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entities::enums::{LicenceKind as RowLicence, ProviderKind as RowKind, ProviderState as RowState};
use entities::provider_licence;

use crate::app::Asked as _;
use crate::directory::rules::admission::{NewProvider, Paper, is_in_force, missing_papers};
use crate::directory::service::provider as acts;
use crate::directory::store::provider::{self as store, ProviderCard};
use crate::kit::allow::{Allow, MANAGERS, MANAGERS_AND_OFFICERS, OFFICERS, SIGNED_IN, allow};
use crate::kit::ids::{LicenceId, ProviderId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::{Day, Instant};

/// What a provider does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowKind")]
pub enum ProviderKind {
    /// Runs canteens.
    Canteen,
    /// A centre for home-based care (居家养老服务中心).
    HomeCareCentre,
    /// Sends carers to homes.
    HomeService,
}

/// Life of a provider. APPLIED → DOCS_CHECK → SITE_CHECK → ACTIVE ⇄ SUSPENDED → EXITED; a check that fails leads back
/// to APPLIED, and an ACTIVE provider may leave too. Only an ACTIVE one sells anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowState")]
pub enum ProviderState {
    /// Has applied; papers are being gathered.
    Applied,
    /// An officer looks at the papers.
    DocsCheck,
    /// An officer looks at the place, the contract and the prices.
    SiteCheck,
    /// Works.
    Active,
    /// Stopped for a time.
    Suspended,
    /// Has left for good.
    Exited,
}

/// A paper of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowLicence")]
pub enum LicenceKind {
    /// 营业执照. Every provider needs it.
    Business,
    /// 食品经营许可证. A canteen needs it.
    Food,
    /// 场所证明.
    Premises,
    /// 责任保险. Every provider needs it.
    Insurance,
    /// Anything else.
    Other,
}

/// A paper that a provider has handed in.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ProviderLicence {
    /// Opaque.
    pub id: ID,
    /// Which paper.
    pub kind: LicenceKind,
    /// Number on the paper.
    pub number: String,
    /// First day on which it holds.
    pub valid_from_on: Day,
    /// Last day on which it holds.
    pub valid_until_on: Day,
    /// When it was handed in.
    pub added_at: Instant,
    /// When an officer saw it; null until then.
    pub checked_at: Option<Instant>,
    #[graphql(skip)]
    pub row: provider_licence::Model,
}

#[ComplexObject]
impl ProviderLicence {
    /// Whether it holds today; false once it has run out.
    async fn is_in_force(&self, ctx: &Context<'_>) -> bool {
        is_in_force(&self.row, ctx.app().clock.today())
    }
}

impl From<provider_licence::Model> for ProviderLicence {
    fn from(row: provider_licence::Model) -> Self {
        Self {
            id: LicenceId(row.id).to_string().into(),
            kind: row.kind.into(),
            number: row.number.clone(),
            valid_from_on: row.valid_from.into(),
            valid_until_on: row.valid_until.into(),
            added_at: row.added_at.into(),
            checked_at: row.checked_at.map(Into::into),
            row,
        }
    }
}

/// An organisation that carries out services.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Provider {
    /// Opaque.
    pub id: ID,
    /// What it does.
    pub kind: ProviderKind,
    /// Official code of the region whose branch decides about it.
    pub region_code: String,
    /// Telephone number; null when none is known.
    pub phone: Option<String>,
    /// Where it stands.
    pub state: ProviderState,
    /// When it applied; null for providers entered by the house.
    pub applied_at: Option<Instant>,
    /// Whether it is made up for demonstration.
    pub is_demo: bool,
    #[graphql(skip)]
    pub card: ProviderCard,
}

#[ComplexObject]
impl Provider {
    /// Registered name. Words that WeChat's check objects to are shown to their author alone, here and in address and
    /// decisionReason.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.card.shown("name", &self.card.row.name, ctx.who()?.person))
    }

    /// Place of business in words; null when none is known.
    async fn address(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let (address, reader) = (self.card.row.address.as_deref(), ctx.who()?.person);
        Ok(address.map(|words| self.card.shown("address", words, reader)))
    }

    /// Why it was sent back, suspended or left; null after a decision in its favour.
    async fn decision_reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let (reason, reader) = (self.card.row.decision_reason.as_deref(), ctx.who()?.person);
        Ok(reason.map(|words| self.card.shown("decision", words, reader)))
    }

    /// Papers, the oldest first, those that ran out too; at most 200.
    async fn licences(&self) -> Vec<ProviderLicence> {
        self.card.licences.iter().take(200).cloned().map(Into::into).collect()
    }

    /// Papers that the provider needs and of which it has none that holds today.
    async fn missing_licences(&self, ctx: &Context<'_>) -> Vec<LicenceKind> {
        let today = ctx.app().clock.today();
        let missing = missing_papers(self.card.row.kind, &self.card.licences, today);
        missing.into_iter().map(Into::into).collect()
    }
}

impl From<ProviderCard> for Provider {
    fn from(card: ProviderCard) -> Self {
        let row = card.row.clone();
        Self {
            id: ProviderId(row.id).to_string().into(),
            kind: row.kind.into(),
            region_code: row.region_code,
            phone: row.phone,
            state: row.state.into(),
            applied_at: row.applied_at.map(Into::into),
            is_demo: row.is_demo,
            card,
        }
    }
}

answers! {
    /// Answer of `providerApply`.
    ProviderApplyPayload {
        /// The provider, which you run from now on.
        provider: Provider
    }
    ProviderApplyError ProviderApplyErrorCode {
        /// A field is missing or of the wrong form; `field` says which.
        InputInvalid = "填写的内容有误，请检查",
        /// The house does not know the region.
        RegionUnknown = "没有找到这个地区",
        /// You run another provider that has not left.
        AlreadyManager = "您已经在管理一家服务商",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `providerLicenceAdd`.
    ProviderLicenceAddPayload {
        /// The provider with its papers.
        provider: Provider
    }
    ProviderLicenceAddError ProviderLicenceAddErrorCode {
        /// There is no such provider for you to run.
        ProviderNotFound = "没有找到这家服务商",
        /// A field is missing or of the wrong form, or the paper has run out; `field` says which.
        InputInvalid = "证照内容有误或已过期，请检查",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `providerLicenceCheck`.
    ProviderLicenceCheckPayload {
        /// The provider with its papers.
        provider: Provider
    }
    ProviderLicenceCheckError ProviderLicenceCheckErrorCode {
        /// There is no such paper in your region.
        LicenceNotFound = "没有找到这份证照",
        /// An officer has seen it before.
        AlreadyChecked = "这份证照已经核验过",
    }
}

/// Input of `providerApply`.
#[derive(InputObject)]
pub struct ProviderApplyInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Registered name, at most 60 characters.
    pub name: String,
    /// What it does.
    pub kind: ProviderKind,
    /// Official code of the region whose branch shall decide.
    pub region_code: String,
    /// Telephone number, 5 to 15 digits; shown to families.
    pub phone: String,
    /// Place of business in words, at most 200 characters.
    pub address: String,
}

/// Input of `providerLicenceAdd`.
#[derive(InputObject)]
pub struct ProviderLicenceAddInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Which provider.
    pub provider_id: ID,
    /// Which paper.
    pub kind: LicenceKind,
    /// Number on the paper, at most 40 characters.
    pub number: String,
    /// First day on which it holds.
    pub valid_from_on: Day,
    /// Last day on which it holds; today or later.
    pub valid_until_on: Day,
}

/// Input of `providerLicenceCheck`.
#[derive(InputObject)]
pub struct ProviderLicenceCheckInput {
    /// Which paper.
    pub licence_id: ID,
}

/// Queries about providers.
#[derive(Default)]
pub struct ProviderQuery;

#[Object]
impl ProviderQuery {
    /// A provider that you run or that lies in your region; null for any other.
    #[graphql(guard = "Allow(MANAGERS_AND_OFFICERS)", directive = allow::apply(MANAGERS_AND_OFFICERS.to_vec()))]
    async fn provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider.")] id: ID,
    ) -> Result<Option<Provider>> {
        let (id, db): (ProviderId, _) = (id.parse()?, ctx.app().db.read());
        let found = store::provider_of(db, ctx.who()?, id).await?.into_iter().collect();
        Ok(store::with_licences(db, found).await?.pop().map(Into::into))
    }

    /// The provider that you run; null when you run none.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn my_provider(&self, ctx: &Context<'_>) -> Result<Option<Provider>> {
        let Some(id) = ctx.who()?.managed_provider() else { return Ok(None) };
        Ok(store::card(ctx.app().db.read(), id).await?.map(Into::into))
    }

    /// Providers of your region, by id.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn providers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Official code of the branch, such as 530111; your whole region when left out.")]
        region_code: Option<String>,
        #[graphql(desc = "Only those in this state.")] state: Option<ProviderState>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Provider>> {
        let page = Page::read(first, after.as_deref())?;
        let region = region_code.unwrap_or_default();
        let digits: String = region.chars().filter(char::is_ascii_digit).take(15).collect();
        let wanted = (digits.as_str(), state.map(Into::into));
        let cards = store::providers_in(ctx.app().db.read(), ctx.who()?, wanted, page).await?;
        Ok(page.connect(cards, |card| card.row.id, Provider::from))
    }
}

/// Mutations about applications and papers.
#[derive(Default)]
pub struct ProviderMutation;

#[Object]
impl ProviderMutation {
    /// Applies for a provider. You run it from now on; it sells nothing until it is ACTIVE.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn provider_apply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who applies.")] input: ProviderApplyInput,
    ) -> Result<ProviderApplyPayload> {
        let new = NewProvider {
            name: input.name,
            kind: input.kind.into(),
            region_code: input.region_code,
            phone: input.phone,
            address: input.address,
        };
        let result = acts::apply(ctx.app(), ctx.who()?, &input.request_key, &new).await;
        ProviderApplyPayload::from_result(result.map(Into::into))
    }

    /// Hands in a paper of your provider.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn provider_licence_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose paper, and what it says.")] input: ProviderLicenceAddInput,
    ) -> Result<ProviderLicenceAddPayload> {
        let id: ProviderId = input.provider_id.parse()?;
        let paper = Paper {
            kind: input.kind.into(),
            number: input.number,
            valid_from: input.valid_from_on.0,
            valid_until: input.valid_until_on.0,
        };
        let result = acts::add_licence(ctx.app(), ctx.who()?, &input.request_key, (id, &paper)).await;
        ProviderLicenceAddPayload::from_result(result.map(Into::into))
    }

    /// Says that you have seen a paper that came later than the application.
    #[graphql(guard = "Allow(OFFICERS)", directive = allow::apply(OFFICERS.to_vec()))]
    async fn provider_licence_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which paper.")] input: ProviderLicenceCheckInput,
    ) -> Result<ProviderLicenceCheckPayload> {
        let id: LicenceId = input.licence_id.parse()?;
        let result = acts::check_licence(ctx.app(), ctx.who()?, id).await;
        ProviderLicenceCheckPayload::from_result(result.map(Into::into))
    }
}
