//! What a manager offers: entering it, publishing prices, putting bundles together, closing.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::carer::CertificateKind;
use super::offering::{Offering, OfferingUnit};
use crate::app::Asked as _;
use crate::directory::rules::offering::NewOffering;
use crate::directory::service::offering::{self as acts, NewBundle};
use crate::kit::allow::{Allow, MANAGERS, allow};
use crate::kit::ids::OfferingId;
use crate::kit::refusal::WrongId;
use crate::kit::scalar::Fen;

answers! {
    /// Answer of `offeringAdd`.
    OfferingAddPayload {
        /// The offering, still without a price.
        offering: Offering
    }
    OfferingAddError OfferingAddErrorCode {
        /// You run no provider, or it has left.
        ProviderNotFound = "没有找到您管理的服务商",
        /// The catalogue has no such service that can be booked; bundles are put together by `offeringBundleAdd`.
        ServiceNotOffered = "服务目录中没有这项可预约的服务",
        /// The service needs more carers, or carers with another certificate.
        RequirementsUnmet = "人数或持证要求不符合这项服务的规定",
        /// A field is missing or of the wrong form; `field` says which.
        InputInvalid = "填写的内容有误，请检查",
        /// 1 to 50 regions that the house knows.
        RegionUnknown = "服务区域有误，请检查",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `offeringBundleAdd`.
    OfferingBundleAddPayload {
        /// The bundle, priced item by item.
        offering: Offering
    }
    OfferingBundleAddError OfferingBundleAddErrorCode {
        /// You run no provider, or it has left.
        ProviderNotFound = "没有找到您管理的服务商",
        /// There is no such offering of yours.
        OfferingNotFound = "没有找到这项服务",
        /// One of the items is closed or a bundle itself.
        ItemNotOffered = "服务包不能包含已下架的服务或另一个服务包",
        /// 1 to 20 items, each once, 1 to 31 times.
        ItemsInvalid = "服务包的内容有误，请检查",
        /// A field is missing or of the wrong form; `field` says which.
        InputInvalid = "填写的内容有误，请检查",
        /// 1 to 50 regions that the house knows.
        RegionUnknown = "服务区域有误，请检查",
        /// One of the items is not carried out in one of the regions.
        AreaNotCovered = "服务包中有的服务不覆盖这个区域",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `offeringPricePublish`.
    OfferingPricePublishPayload {
        /// The offering with its new price.
        offering: Offering
    }
    OfferingPricePublishError OfferingPricePublishErrorCode {
        /// There is no such offering for you to manage.
        OfferingNotFound = "没有找到这项服务",
        /// A bundle costs what its items cost.
        BundlePricedByItems = "服务包按所含服务逐项计价，不能单独定价",
        /// It was closed.
        OfferingClosed = "这项服务已经下架",
        /// 0 to 10000 yuan.
        PriceInvalid = "价格有误，请检查",
        /// A price of this offering was published at this very moment.
        JustPublished = "刚刚公布过价格，请稍后再试",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `offeringClose`.
    OfferingClosePayload {
        /// The offering, closed.
        offering: Offering
    }
    OfferingCloseError OfferingCloseErrorCode {
        /// There is no such offering for you to manage.
        OfferingNotFound = "没有找到这项服务",
        /// It was closed before.
        AlreadyClosed = "这项服务已经下架",
    }
}

/// Input of `offeringAdd`.
#[derive(InputObject)]
pub struct OfferingAddInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Code of a bookable service of the catalogue.
    pub service_code: String,
    /// What is done for the price, at most 300 characters.
    pub content: String,
    /// What the price will be for.
    pub unit: OfferingUnit,
    /// Minutes of one unit, 5 to 1440.
    pub duration_minutes: i32,
    /// How many carers come, 1 to 3.
    #[graphql(default = 1)]
    pub carers_needed: i32,
    /// What some of the carers have beyond the health card; left out when nothing is asked for.
    pub certificate_kind: Option<CertificateKind>,
    /// How many of the carers have it; 0 exactly when no certificate is named.
    #[graphql(default = 0)]
    pub certified_needed: i32,
    /// Official codes of the regions in which it is carried out, at most 50; everything below each is included.
    pub region_codes: Vec<String>,
}

/// An offering inside a bundle that is put together.
#[derive(InputObject)]
pub struct OfferingItemInput {
    /// Which offering of yours; no bundle.
    pub offering_id: ID,
    /// How many times, 1 to 31.
    #[graphql(default = 1)]
    pub quantity: i32,
}

/// Input of `offeringBundleAdd`.
#[derive(InputObject)]
pub struct OfferingBundleAddInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// What the bundle is, at most 300 characters.
    pub content: String,
    /// What it holds, at most 20 offerings, each once.
    pub items: Vec<OfferingItemInput>,
    /// Official codes of the regions in which it is carried out, at most 50; every item must cover them.
    pub region_codes: Vec<String>,
}

/// Input of `offeringPricePublish`.
#[derive(InputObject)]
pub struct OfferingPricePublishInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Which offering.
    pub offering_id: ID,
    /// Price of one unit in fen.
    pub price_fen: Fen,
}

/// Input of `offeringClose`.
#[derive(InputObject)]
pub struct OfferingCloseInput {
    /// Which offering.
    pub offering_id: ID,
}

/// Mutations of offerings.
#[derive(Default)]
pub struct OfferingMutation;

#[Object]
impl OfferingMutation {
    /// Enters something that your provider offers. It is sold once it has a published price.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn offering_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is offered, and where.")] input: OfferingAddInput,
    ) -> Result<OfferingAddPayload> {
        let new = NewOffering {
            service_code: input.service_code,
            content: input.content,
            unit: input.unit.into(),
            duration_min: input.duration_minutes,
            carers_needed: input.carers_needed,
            certificate_kind: input.certificate_kind.map(Into::into),
            certified_needed: input.certified_needed,
        };
        let offered = (&new, input.region_codes.as_slice());
        let result = acts::add(ctx.app(), ctx.who()?, &input.request_key, offered).await;
        OfferingAddPayload::from_result(result.map(Into::into))
    }

    /// Puts offerings of yours together. The bundle costs what its items cost, shown item by item.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn offering_bundle_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the bundle holds, and where.")] input: OfferingBundleAddInput,
    ) -> Result<OfferingBundleAddPayload> {
        let item = |item: &OfferingItemInput| Ok((item.offering_id.parse()?, item.quantity));
        let items = input.items.iter().map(item).collect::<Result<_, WrongId>>()?;
        let new = NewBundle { content: input.content, items, areas: input.region_codes };
        let result = acts::add_bundle(ctx.app(), ctx.who()?, &input.request_key, &new).await;
        OfferingBundleAddPayload::from_result(result.map(Into::into))
    }

    /// Publishes a price from now on. Earlier prices stay in the history; orders keep the price they were placed under.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn offering_price_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What costs how much from now on.")] input: OfferingPricePublishInput,
    ) -> Result<OfferingPricePublishPayload> {
        let id: OfferingId = input.offering_id.parse()?;
        let price = (id, input.price_fen.0);
        let result = acts::publish_price(ctx.app(), ctx.who()?, &input.request_key, price).await;
        OfferingPricePublishPayload::from_result(result.map(Into::into))
    }

    /// Takes an offering off the list for good; bundles that hold it are not sold any more. What was ordered stands.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn offering_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which offering.")] input: OfferingCloseInput,
    ) -> Result<OfferingClosePayload> {
        let id: OfferingId = input.offering_id.parse()?;
        let result = acts::close(ctx.app(), ctx.who()?, id).await;
        OfferingClosePayload::from_result(result.map(Into::into))
    }
}
