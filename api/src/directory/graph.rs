//! What clients see of places.

pub mod admission;
pub mod calendar;
pub mod carer;
pub mod carer_acts;
pub mod catalogue;
pub mod dish;
pub mod menu;
pub mod offering;
pub mod offering_acts;
pub mod picture;
pub mod provider;
pub mod timetable;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, MergedObject, Object, Result, SimpleObject};
use entities::enums::{MealPeriod as RowPeriod, MealWay as RowWay, RegionLevel as RowLevel};

use self::timetable::{CalendarPool, CanteenPeriod};
use super::rules::average_milli_stars;
use super::store::timetable::Timetable;
use super::store::{self, Canteen as Card, MenuDish};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, STAFF, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{CanteenId, DishId};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::top_level;
use crate::kit::scalar::Fen;

/// Meal of the day (餐次).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "RowPeriod")]
pub enum MealPeriod {
    /// In the morning.
    Breakfast,
    /// At noon.
    Lunch,
    /// In the evening.
    Dinner,
}

/// How the meal reaches the elder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RowWay")]
pub enum MealWay {
    /// Eaten at the canteen (堂食).
    DineIn,
    /// Taken along (自取).
    PickUp,
    /// Brought home (送餐), for a fee and only within the canteen's area.
    Delivery,
}

/// The bit set of ways.
pub fn bits_of(ways: &[MealWay]) -> i16 {
    ways.iter().fold(0, |bits, way| bits | RowWay::from(*way).bit())
}

/// The ways in a bit set.
pub fn ways_of(bits: i16) -> Vec<MealWay> {
    RowWay::ALL.iter().filter(|way| bits & way.bit() != 0).map(|way| (*way).into()).collect()
}

/// Level in the region tree.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowLevel")]
pub enum RegionLevel {
    /// 省.
    Province,
    /// 市.
    City,
    /// 区, 县 or county-level city.
    District,
    /// 街道.
    Street,
    /// 乡镇.
    Township,
    /// 社区.
    Community,
    /// 村.
    Village,
    /// 小区.
    Estate,
}

/// A region with its official statistical code.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Region {
    /// Official code, 2 to 12 digits; a region's code begins with its parent's.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Level in the tree.
    pub level: RegionLevel,
    /// Code of the region above; null at the top.
    pub parent_code: Option<String>,
}

impl From<entities::region::Model> for Region {
    fn from(row: entities::region::Model) -> Self {
        Self { code: row.code, name: row.name, level: row.level.into(), parent_code: row.parent_code }
    }
}

#[ComplexObject]
impl Region {
    /// Regions directly below, by code; at most 200.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Region>> {
        let rows = store::regions_below(ctx.app().db.read(), &self.code).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

/// What families say, in numbers.
#[derive(SimpleObject)]
pub struct RatingSummary {
    /// Bayesian average in thousandths of a star (prior: ten ratings of 4.000); null without ratings.
    pub average_milli_stars: Option<i32>,
    /// How many ratings.
    pub count: i32,
    /// How many gave 1, 2, 3, 4 and 5 stars, in this order; exactly five numbers.
    pub spread: Vec<i32>,
}

/// A seniors' canteen (老年幸福食堂).
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct Canteen {
    /// Opaque.
    pub id: ID,
    /// Name in Chinese.
    pub name: String,
    /// Official code of its region.
    pub region_code: String,
    /// Where it is, in words.
    pub address: String,
    /// Telephone number; null when there is none.
    pub phone: Option<String>,
    /// Price of bringing a meal home, in fen.
    pub delivery_fee_fen: Fen,
    /// Whether place and menu are made up for demonstration.
    pub is_demo: bool,
    #[graphql(skip)]
    pub row: entities::canteen::Model,
}

impl From<entities::canteen::Model> for Canteen {
    fn from(row: entities::canteen::Model) -> Self {
        Self {
            id: CanteenId(row.id).to_string().into(),
            name: row.name.clone(),
            region_code: row.region_code.clone(),
            address: row.address.clone(),
            phone: row.phone.clone(),
            delivery_fee_fen: Amount::new(row.delivery_fee_fen).into(),
            is_demo: row.is_demo,
            row,
        }
    }
}

impl From<&Card> for Canteen {
    fn from(card: &Card) -> Self {
        card.row.clone().into()
    }
}

#[ComplexObject]
impl Canteen {
    /// What families say, in numbers.
    async fn rating(&self) -> RatingSummary {
        let row = &self.row;
        let spread = [row.stars_1, row.stars_2, row.stars_3, row.stars_4, row.stars_5];
        RatingSummary {
            average_milli_stars: average_milli_stars(spread).and_then(|milli| i32::try_from(milli).ok()),
            count: spread.iter().sum(),
            spread: spread.to_vec(),
        }
    }

    /// Serving times and cut-offs by meal, at most 3; a meal without them is not served.
    async fn periods(&self, ctx: &Context<'_>) -> Result<Vec<CanteenPeriod>> {
        Ok(self.timetable(ctx).await?.periods.iter().map(Into::into).collect())
    }

    /// Portions of a usual week by weekday, meal and ways, at most 63. What is really free is told by `mealSlots`.
    async fn calendar(&self, ctx: &Context<'_>) -> Result<Vec<CalendarPool>> {
        Ok(self.timetable(ctx).await?.pools.iter().map(Into::into).collect())
    }
}

impl Canteen {
    async fn timetable(&self, ctx: &Context<'_>) -> Result<Arc<Timetable>> {
        let app = ctx.app();
        let key = (self.row.id, self.row.stamp);
        let mut found = app.cards.timetables(app.db.read(), &[key]).await?;
        Ok(found.remove(&self.row.id).unwrap_or_default())
    }
}

/// A canteen and how far away it is.
#[derive(SimpleObject)]
pub struct CanteenNear {
    /// The canteen.
    pub canteen: Canteen,
    /// Distance as the crow flies.
    pub distance_metres: i32,
}

/// Reads the timetables of a list in two statements when the list asks for them.
pub async fn warm_timetables(ctx: &Context<'_>, canteens: &[entities::canteen::Model]) -> Result<()> {
    let look = ctx.look_ahead();
    let nodes = [look.field("nodes"), look.field("edges").field("node"), look.field("canteen")];
    if nodes.iter().any(|node| node.field("periods").exists() || node.field("calendar").exists()) {
        let keys: Vec<_> = canteens.iter().map(|row| (row.id, row.stamp)).collect();
        ctx.app().cards.timetables(ctx.app().db.read(), &keys).await?;
    }
    Ok(())
}

/// A dish on a menu.
#[derive(Clone, SimpleObject)]
pub struct Dish {
    /// Opaque.
    pub id: ID,
    /// Name in Chinese.
    pub name: String,
    /// Whether it is a whole meal and takes a place; side dishes do not.
    pub is_meal: bool,
    /// Weight of a portion in grams.
    pub portion_grams: i32,
    /// Weight of a small portion in grams; null when there is none.
    pub small_portion_grams: Option<i32>,
    /// Allergens by name, at most 20; empty when none.
    pub allergens: Vec<String>,
    /// Published price of a portion in fen.
    pub price_fen: Fen,
    /// Published price of a small portion in fen; null when there is none.
    pub small_price_fen: Option<Fen>,
    /// Whether the kitchen has run out of it.
    pub is_sold_out: bool,
}

impl From<&MenuDish> for Dish {
    fn from(dish: &MenuDish) -> Self {
        Self {
            id: DishId(dish.id).to_string().into(),
            name: dish.name.clone(),
            is_meal: dish.is_meal,
            portion_grams: dish.portion_g,
            small_portion_grams: dish.small_portion_g,
            allergens: dish.allergens.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            price_fen: Amount::new(dish.price_fen).into(),
            small_price_fen: dish.small_price_fen.map(|fen| Amount::new(fen).into()),
            is_sold_out: dish.is_sold_out,
        }
    }
}

/// Queries about places. Open to all: they hold nobody's data.
#[derive(Default)]
pub struct DirectoryQuery;

#[Object]
impl DirectoryQuery {
    /// A region by its official code; null for an unknown one. Open to all.
    async fn region(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Official code, such as 530111.")] code: String,
    ) -> Result<Option<Region>> {
        Ok(store::region(ctx.app().db.read(), &code).await?.map(Into::into))
    }

    /// A canteen; null for an unknown id. Open to all.
    async fn canteen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which canteen.")] id: ID,
    ) -> Result<Option<Canteen>> {
        let id: CanteenId = id.parse()?;
        Ok(store::load_canteen(ctx.app().db.read(), id).await?.map(|card| card.row.into()))
    }

    /// Canteens of a region and all below it, by id. Open to all.
    async fn canteens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Official code of the branch, such as 530111.")] region_code: String,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Canteen>> {
        let page = Page::read(first, after.as_deref())?;
        if !region_code.bytes().all(|byte| byte.is_ascii_digit()) || region_code.len() > 15 {
            return Ok(page.connect(Vec::new(), |row: &entities::canteen::Model| row.id, Canteen::from));
        }
        let rows = store::canteens_in(ctx.app().db.read(), &region_code, page).await?;
        warm_timetables(ctx, &rows).await?;
        Ok(page.connect(rows, |row| row.id, Canteen::from))
    }

    /// Canteens of the provider for which you work, by id; at most 20.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn my_canteens(&self, ctx: &Context<'_>) -> Result<Vec<Canteen>> {
        let rows = store::canteens_of_staff(ctx.app().db.read(), ctx.who()?).await?;
        warm_timetables(ctx, &rows).await?;
        Ok(rows.into_iter().map(Canteen::from).collect())
    }

    /// Canteens around a place, the nearest first, at most 20. Open to all.
    async fn canteens_near(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Latitude in millionths of a degree, WGS 84.")] latitude_e6: i32,
        #[graphql(desc = "Longitude in millionths of a degree, WGS 84.")] longitude_e6: i32,
        #[graphql(desc = "How far away at most, 1 to 20000.", default = 3000)] radius_metres: i32,
    ) -> Result<Vec<CanteenNear>> {
        let is_place = latitude_e6.unsigned_abs() <= 85_000_000 && longitude_e6.unsigned_abs() <= 180_000_000;
        let Some(radius_m) =
            u32::try_from(radius_metres).ok().filter(|m| is_place && (1..=20_000).contains(m))
        else {
            return Err(top_level("BAD_REQUEST", "a place on earth and a radius of 1 to 20000 are expected"));
        };
        let found =
            store::nearby::canteens_near(ctx.app().db.read(), (latitude_e6, longitude_e6), radius_m).await?;
        let (rows, distances): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        warm_timetables(ctx, &rows).await?;
        let near = rows.into_iter().zip(distances).map(|(row, metres)| CanteenNear {
            canteen: row.into(),
            distance_metres: i32::try_from(metres).unwrap_or(i32::MAX),
        });
        Ok(near.collect())
    }
}

/// Mutations of those who manage canteens.
#[derive(Default, MergedObject)]
pub struct DirectoryMutation(dish::DishMutation, menu::MenuMutation, timetable::TimetableMutation);

/// Queries about services and those who carry them out.
#[derive(Default, MergedObject)]
pub struct HomeServiceQuery(
    catalogue::CatalogueQuery,
    provider::ProviderQuery,
    carer::CarerQuery,
    offering::OfferingQuery,
);

/// Mutations of those who carry out services, and of the officers who look after them.
#[derive(Default, MergedObject)]
pub struct HomeServiceMutation(
    provider::ProviderMutation,
    admission::AdmissionMutation,
    carer_acts::CarerMutation,
    calendar::CalendarMutation,
    offering_acts::OfferingMutation,
);
