//! Rows of offerings, of their published prices, and of bundles.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use entities::enums::ProviderState;
use entities::{offering, offering_area, offering_item, offering_price};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    IntoActiveModel as _, Statement, Value,
};
use uuid::Uuid;

use super::provider::officer_pattern;
use crate::directory::rules::catalogue::BUNDLE;
use crate::directory::rules::offering::{ItemPrice, bundle_price};
use crate::kit::db::{execute, marks, row, rows};
use crate::kit::fen::Fen;
use crate::kit::ids::{OfferingId, ProviderId};
use crate::kit::page::Page;
use crate::kit::viewer::SignedIn;
use crate::people::rules::words::HIDDEN_WORDS;
use crate::people::store::words::{is_hidden, shown};

/// What stands beside an offering's row.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Beside {
    /// Name of the provider.
    pub provider_name: String,
    /// Telephone number of the provider.
    pub provider_phone: Option<String>,
    /// State of the provider.
    pub provider_state: ProviderState,
    /// The price published last; null until there is one, and for bundles.
    pub price_fen: Option<i64>,
    /// Since when that price holds.
    pub published_at: Option<DateTime<Utc>>,
    area_codes: Option<String>,
    is_hidden: bool,
}

/// An offering with its provider, price, area and, for a bundle, its items.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The row.
    pub row: offering::Model,
    /// Provider and price.
    pub beside: Beside,
    /// Codes of regions, everything below each included.
    pub areas: Vec<String>,
    /// What a bundle holds, in its order; empty for anything else.
    pub items: Vec<OfferedItem>,
}

/// An offering inside a bundle.
#[derive(Clone, Debug)]
pub struct OfferedItem {
    /// How many times.
    pub quantity: i16,
    /// The offering.
    pub row: offering::Model,
    /// Its price now; null until there is one.
    pub price_fen: Option<i64>,
}

impl OfferedItem {
    /// What is to be added up; an item that was closed is not sold.
    pub fn price(&self) -> ItemPrice {
        let price = self.price_fen.filter(|_| self.row.is_active).map(Fen::new);
        ItemPrice { quantity: self.quantity, price }
    }
}

impl Offered {
    /// Whether it is a bundle.
    pub fn is_bundle(&self) -> bool {
        self.row.service_code == BUNDLE
    }

    /// The price now: the published one, or what the items of the bundle add up to. `None` while it is not sold.
    pub fn price(&self) -> Option<Fen> {
        if self.is_bundle() {
            let items: Vec<ItemPrice> = self.items.iter().map(OfferedItem::price).collect();
            return bundle_price(&items);
        }
        self.beside.price_fen.map(Fen::new)
    }
}

/// `$1` is now. Conditions about `o` and `p` follow.
static OFFERING: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT o.*, {} AS provider_name, {} AS is_hidden, p.phone AS provider_phone, p.state AS provider_state, \
        r.price_fen, r.published_at, \
        (SELECT string_agg(a.region_code, ',') FROM offering_area a WHERE a.offering_id = o.id) AS area_codes \
        FROM offering o JOIN provider p ON p.id = o.provider_id \
        LEFT JOIN offering_price r ON r.offering_id = o.id AND r.published_at = \
          (SELECT max(q.published_at) FROM offering_price q WHERE q.offering_id = o.id AND q.published_at <= $1) WHERE",
        shown("p.name", "p.id", "name"),
        is_hidden("o.id", "content"),
    )
});

/// What is sold: by an active provider, not closed, with a published price; a bundle when all its items are sold.
const SOLD: &str = "p.state = 'ACTIVE' AND o.is_active AND (r.price_fen IS NOT NULL OR \
    (EXISTS (SELECT 1 FROM offering_item i WHERE i.bundle_id = o.id) AND NOT EXISTS \
      (SELECT 1 FROM offering_item i JOIN offering x ON x.id = i.offering_id WHERE i.bundle_id = o.id AND \
        (NOT x.is_active OR NOT EXISTS (SELECT 1 FROM offering_price q WHERE q.offering_id = x.id \
          AND q.published_at <= $1)))))";

async fn offerings_where<C: ConnectionTrait>(
    db: &C,
    condition: &str,
    values: Vec<Value>,
    now: DateTime<Utc>,
) -> Result<Vec<Offered>, DbErr> {
    let sql = format!("{} {condition}", *OFFERING);
    let values = [vec![now.into()], values].concat();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut found = Vec::new();
    for line in db.query_all_raw(statement).await? {
        let beside = Beside::from_query_result(&line, "")?;
        let codes = beside.area_codes.as_deref().unwrap_or_default();
        let mut areas: Vec<String> =
            codes.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect();
        areas.sort_unstable();
        let mut row = offering::Model::from_query_result(&line, "")?;
        if beside.is_hidden {
            row.content = HIDDEN_WORDS.to_owned();
        }
        found.push(Offered { row, beside, areas, items: Vec::new() });
    }
    put_items(db, &mut found, now).await?;
    Ok(found)
}

/// Reads the items of all bundles in one statement; none when there is no bundle.
async fn put_items<C: ConnectionTrait>(
    db: &C,
    found: &mut [Offered],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Place {
        bundle_id: Uuid,
        quantity: i16,
        price_fen: Option<i64>,
        is_hidden: bool,
    }
    let bundles: Vec<Value> =
        found.iter().filter(|offered| offered.is_bundle()).map(|offered| offered.row.id.into()).collect();
    if bundles.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT o.*, i.bundle_id, i.quantity, r.price_fen, {} AS is_hidden FROM offering_item i \
         JOIN offering o ON o.id = i.offering_id \
         LEFT JOIN offering_price r ON r.offering_id = o.id AND r.published_at = \
           (SELECT max(q.published_at) FROM offering_price q WHERE q.offering_id = o.id AND q.published_at <= ${}) \
         WHERE i.bundle_id IN ({}) ORDER BY i.bundle_id, i.position",
        is_hidden("o.id", "content"),
        bundles.len() + 1,
        marks(1, bundles.len())
    );
    let values: Vec<Value> = bundles.into_iter().chain([now.into()]).collect();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    for line in db.query_all_raw(statement).await? {
        let place = Place::from_query_result(&line, "")?;
        let mut row = offering::Model::from_query_result(&line, "")?;
        if place.is_hidden {
            row.content = HIDDEN_WORDS.to_owned();
        }
        if let Some(bundle) = found.iter_mut().find(|offered| offered.row.id == place.bundle_id) {
            bundle.items.push(OfferedItem { quantity: place.quantity, row, price_fen: place.price_fen });
        }
    }
    Ok(())
}

/// What is sold in a home's region, by id; `service` narrows it to one service. One statement, and one more when the
/// page holds bundles.
pub async fn sold_in<C: ConnectionTrait>(
    db: &C,
    (region, service): (&str, Option<&str>),
    page: Page,
    now: DateTime<Utc>,
) -> Result<Vec<Offered>, DbErr> {
    let condition = format!(
        "{SOLD} AND o.id > $2 AND EXISTS (SELECT 1 FROM offering_area a WHERE a.offering_id = o.id \
         AND $3 LIKE a.region_code || '%') AND ($4 = '' OR o.service_code = $4) ORDER BY o.id LIMIT $5"
    );
    let values = vec![
        page.after.unwrap_or(Uuid::nil()).into(),
        region.into(),
        service.unwrap_or_default().into(),
        i64::try_from(page.limit()).unwrap_or(i64::MAX).into(),
    ];
    offerings_where(db, &condition, values, now).await
}

/// An offering that is sold now; `None` for any other id.
pub async fn sold<C: ConnectionTrait>(
    db: &C,
    id: OfferingId,
    now: DateTime<Utc>,
) -> Result<Option<Offered>, DbErr> {
    let condition = format!("{SOLD} AND o.id = $2");
    Ok(offerings_where(db, &condition, vec![id.0.into()], now).await?.pop())
}

/// Offerings of a provider, sold or not, by id.
pub async fn offerings_of<C: ConnectionTrait>(
    db: &C,
    provider: ProviderId,
    page: Page,
    now: DateTime<Utc>,
) -> Result<Vec<Offered>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let values = vec![provider.0.into(), page.after.unwrap_or(Uuid::nil()).into(), limit.into()];
    offerings_where(db, "o.provider_id = $2 AND o.id > $3 ORDER BY o.id LIMIT $4", values, now).await
}

/// An offering by id, sold or not, whoever's it is; for what has been decided already.
pub async fn offering<C: ConnectionTrait>(
    db: &C,
    id: OfferingId,
    now: DateTime<Utc>,
) -> Result<Option<Offered>, DbErr> {
    Ok(offerings_where(db, "o.id = $2", vec![id.0.into()], now).await?.pop())
}

/// Offerings of one provider by their ids, sold or not.
pub async fn own<C: ConnectionTrait>(
    db: &C,
    provider: ProviderId,
    ids: &[OfferingId],
    now: DateTime<Utc>,
) -> Result<Vec<Offered>, DbErr> {
    let condition = format!("o.provider_id = $2 AND o.id IN ({})", marks(3, ids.len()));
    let values = std::iter::once(provider.0.into()).chain(ids.iter().map(|id| id.0.into())).collect();
    offerings_where(db, &condition, values, now).await
}

/// An offering of the provider that the person runs, with its version grown, so that its row is locked until the
/// transaction ends. `None` for any other id, and when the provider has left.
pub async fn offering_to_change<C: ConnectionTrait>(
    tx: &C,
    who: &SignedIn,
    id: OfferingId,
) -> Result<Option<offering::Model>, DbErr> {
    let Some(provider) = who.managed_provider() else { return Ok(None) };
    row(
        tx,
        "UPDATE offering SET version = version + 1 WHERE id = $1 AND provider_id = $2 \
         AND EXISTS (SELECT 1 FROM provider p WHERE p.id = $2 AND p.state <> 'EXITED') RETURNING *",
        [id.0.into(), provider.0.into()],
    )
    .await
}

/// Closes an offering; false when it was closed already.
pub async fn close<C: ConnectionTrait>(db: &C, id: OfferingId) -> Result<bool, DbErr> {
    let sql = "UPDATE offering SET is_active = FALSE WHERE id = $1 AND is_active";
    Ok(execute(db, sql, [id.0.into()]).await? == 1)
}

/// Enters an offering with the regions in which it is carried out.
pub async fn insert_offering<C: ConnectionTrait>(
    db: &C,
    offering: &offering::Model,
    areas: &[String],
) -> Result<(), DbErr> {
    let row = offering.clone().into_active_model().reset_all();
    offering::Entity::insert(row).exec_without_returning(db).await?;
    let rows = areas.iter().map(|code| offering_area::ActiveModel {
        offering_id: Set(offering.id),
        region_code: Set(code.clone()),
    });
    offering_area::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// Puts offerings into a bundle, in this order.
pub async fn insert_items<C: ConnectionTrait>(
    db: &C,
    bundle: OfferingId,
    items: &[(OfferingId, i16)],
) -> Result<(), DbErr> {
    let rows = items.iter().zip(1..).map(|((offering, quantity), position)| offering_item::ActiveModel {
        bundle_id: Set(bundle.0),
        position: Set(position),
        offering_id: Set(offering.0),
        quantity: Set(*quantity),
    });
    offering_item::Entity::insert_many(rows).exec_without_returning(db).await.map(|_| ())
}

/// The price published last; `None` until there is one.
pub async fn last_price<C: ConnectionTrait>(
    db: &C,
    id: OfferingId,
) -> Result<Option<offering_price::Model>, DbErr> {
    let sql = "SELECT * FROM offering_price WHERE offering_id = $1 ORDER BY published_at DESC LIMIT 1";
    row(db, sql, [id.0.into()]).await
}

/// Adds a price to the history of its offering.
pub async fn insert_price<C: ConnectionTrait>(db: &C, price: &offering_price::Model) -> Result<(), DbErr> {
    let row = price.clone().into_active_model().reset_all();
    offering_price::Entity::insert(row).exec_without_returning(db).await.map(|_| ())
}

/// Prices of an offering that the person runs or looks after as officer, the newest first, at most 100.
pub async fn prices_of<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    id: OfferingId,
) -> Result<Vec<offering_price::Model>, DbErr> {
    let mine = who.managed_provider().map(|provider| provider.0);
    rows(
        db,
        "SELECT r.* FROM offering_price r JOIN offering o ON o.id = r.offering_id \
         JOIN provider p ON p.id = o.provider_id WHERE r.offering_id = $1 \
         AND (o.provider_id = $2 OR p.region_code LIKE $3) ORDER BY r.published_at DESC LIMIT 100",
        [id.0.into(), mine.into(), officer_pattern(who).into()],
    )
    .await
}
