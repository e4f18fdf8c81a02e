//! What clients see of places.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};
use entities::enums::{MealPeriod as RowPeriod, RegionLevel as RowLevel};

use super::rules::average_milli_stars;
use super::store::{self, Canteen as Card, MenuDish};
use crate::app::Asked as _;
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{CanteenId, DishId};
use crate::kit::page::Page;
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
    /// How many gave 1, 2, 3, 4 and 5 stars, in this order.
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
    /// Allergens by name; empty when none.
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
    ) -> Result<Connection<String, Canteen, EmptyFields, EmptyFields>> {
        let page = Page::read(first, after.as_deref())?;
        if !region_code.bytes().all(|byte| byte.is_ascii_digit()) || region_code.len() > 15 {
            return Ok(page.connect(Vec::new(), |row: &entities::canteen::Model| row.id, Canteen::from));
        }
        let rows = store::canteens_in(ctx.app().db.read(), &region_code, page).await?;
        Ok(page.connect(rows, |row| row.id, Canteen::from))
    }
}
