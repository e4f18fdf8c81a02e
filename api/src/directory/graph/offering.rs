//! What providers offer, and what it costs.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entities::enums::{OfferingUnit as RowUnit, ProviderState};
use entities::offering_price;

use super::carer::CertificateKind;
use crate::app::Asked as _;
use crate::directory::rules::catalogue::service;
use crate::directory::store::offering::{self as store, Offered, OfferedItem};
use crate::kit::allow::{Allow, MANAGERS, MANAGERS_AND_OFFICERS, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{OfferingId, ProviderId};
use crate::kit::page::{Connection, Page};
use crate::kit::scalar::{Fen, Instant};

/// What the price of an offering is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowUnit")]
pub enum OfferingUnit {
    /// One visit (次).
    Visit,
    /// One hour (小时).
    Hour,
    /// One piece or bundle (件、项).
    Unit,
}

/// A price from an instant on. Never changed afterwards; a new price is published instead.
#[derive(SimpleObject)]
pub struct OfferingPrice {
    /// Price of one unit in fen.
    pub price_fen: Fen,
    /// Since when it holds.
    pub published_at: Instant,
}

impl From<offering_price::Model> for OfferingPrice {
    fn from(row: offering_price::Model) -> Self {
        Self { price_fen: Amount::new(row.price_fen).into(), published_at: row.published_at.into() }
    }
}

/// One offering inside a bundle.
#[derive(SimpleObject)]
pub struct OfferingItem {
    /// Which offering.
    pub offering_id: ID,
    /// Name of its service in Chinese.
    pub service_name: String,
    /// What is done for the price.
    pub content: String,
    /// How many times.
    pub quantity: i32,
    /// Price of one in fen; null while it is not sold.
    pub price_fen: Option<Fen>,
    /// Price of all of them in fen; null while it is not sold.
    pub sum_fen: Option<Fen>,
}

fn name_of(code: &str) -> String {
    service(code).map_or_else(|| code.to_owned(), |service| service.zh.clone())
}

impl From<&OfferedItem> for OfferingItem {
    fn from(item: &OfferedItem) -> Self {
        let price = item.price().price;
        let sum = price.and_then(|price| price.checked_times(item.quantity.into()));
        Self {
            offering_id: OfferingId(item.row.id).to_string().into(),
            service_name: name_of(&item.row.service_code),
            content: item.row.content.clone(),
            quantity: item.quantity.into(),
            price_fen: price.map(Into::into),
            sum_fen: sum.map(Into::into),
        }
    }
}

/// A service as a provider offers it.
#[derive(SimpleObject)]
pub struct Offering {
    /// Opaque.
    pub id: ID,
    /// Who offers it.
    pub provider_id: ID,
    /// Name of the provider.
    pub provider_name: String,
    /// Telephone number of the provider; null when none is known.
    pub provider_phone: Option<String>,
    /// Code of the service in the catalogue.
    pub service_code: String,
    /// Name of the service in Chinese.
    pub service_name: String,
    /// What is done for the price.
    pub content: String,
    /// What the price is for.
    pub unit: OfferingUnit,
    /// Price of one unit in fen; null while none is published. A bundle costs what its items cost together.
    pub price_fen: Option<Fen>,
    /// Since when the price holds; null while none is published, and for bundles.
    pub published_at: Option<Instant>,
    /// Minutes of one unit.
    pub duration_minutes: i32,
    /// How many carers come.
    pub carers_needed: i32,
    /// What some of the carers have beyond the health card; null when nothing is asked for.
    pub certificate_kind: Option<CertificateKind>,
    /// How many of the carers have it.
    pub certified_needed: i32,
    /// Official codes of the regions in which it is carried out, at most 50; everything below each is included.
    pub region_codes: Vec<String>,
    /// What a bundle holds, at most 20; empty for anything else.
    pub items: Vec<OfferingItem>,
    /// Whether families can have it now: the provider is ACTIVE, it has a price and was not closed.
    pub is_sold: bool,
    /// False once the provider has closed it.
    pub is_active: bool,
}

impl From<Offered> for Offering {
    fn from(offered: Offered) -> Self {
        let price = offered.price();
        let items = offered.items.iter().map(Into::into).collect();
        let Offered { row, beside, areas, .. } = offered;
        Self {
            id: OfferingId(row.id).to_string().into(),
            provider_id: ProviderId(row.provider_id).to_string().into(),
            provider_name: beside.provider_name,
            provider_phone: beside.provider_phone,
            service_name: name_of(&row.service_code),
            service_code: row.service_code,
            content: row.content,
            unit: row.unit.into(),
            price_fen: price.map(Into::into),
            published_at: beside.published_at.map(Into::into),
            duration_minutes: row.duration_min,
            carers_needed: row.carers_needed.into(),
            certificate_kind: row.certificate_kind.map(Into::into),
            certified_needed: row.certified_needed.into(),
            region_codes: areas,
            items,
            is_sold: beside.provider_state == ProviderState::Active && row.is_active && price.is_some(),
            is_active: row.is_active,
        }
    }
}

/// Queries about offerings.
#[derive(Default)]
pub struct OfferingQuery;

#[Object]
impl OfferingQuery {
    /// What is sold at homes of a region, by id: only of ACTIVE providers, only with a published price. Open to all.
    async fn offerings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Official code of the region where the home lies, such as 530111004009.")]
        region_code: String,
        #[graphql(desc = "Only this service, such as cleaning_help.")] service_code: Option<String>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Offering>> {
        let (app, page) = (ctx.app(), Page::read(first, after.as_deref())?);
        let wanted = (region_code.as_str(), service_code.as_deref());
        let found = store::sold_in(app.db.read(), wanted, page, app.clock.now()).await?;
        Ok(page.connect(found, |offered| offered.row.id, Offering::from))
    }

    /// An offering that is sold now; null for any other id. Open to all.
    async fn offering(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which offering.")] id: ID,
    ) -> Result<Option<Offering>> {
        let (app, id): (_, OfferingId) = (ctx.app(), id.parse()?);
        Ok(store::sold(app.db.read(), id, app.clock.now()).await?.map(Into::into))
    }

    /// Everything that the provider you run offers, sold or not, by id.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn my_offerings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Offering>> {
        let (app, page) = (ctx.app(), Page::read(first, after.as_deref())?);
        let found = match ctx.who()?.managed_provider() {
            Some(provider) => store::offerings_of(app.db.read(), provider, page, app.clock.now()).await?,
            None => Vec::new(),
        };
        Ok(page.connect(found, |offered| offered.row.id, Offering::from))
    }

    /// Every price of an offering of yours or of your region, the newest first, at most 100; empty for any other.
    #[graphql(guard = "Allow(MANAGERS_AND_OFFICERS)", directive = allow::apply(MANAGERS_AND_OFFICERS.to_vec()))]
    async fn offering_prices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which offering.")] offering_id: ID,
    ) -> Result<Vec<OfferingPrice>> {
        let id: OfferingId = offering_id.parse()?;
        let found = store::prices_of(ctx.app().db.read(), ctx.who()?, id).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }
}
