//! Dishes as the kitchen keeps them, and the mutations of their managers.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::directory::rules::NewDish;
use crate::directory::service::dish::{self, Priced};
use crate::kit::allow::{Allow, MANAGERS, allow};
use crate::kit::fen::Fen as Amount;
use crate::kit::ids::{CanteenId, DishId};
use crate::kit::scalar::{Fen, Instant};

/// A price from an instant on. Never changed afterwards; a new price is published instead.
#[derive(SimpleObject)]
pub struct DishPrice {
    /// Price of a portion in fen.
    pub price_fen: Fen,
    /// Price of a small portion in fen; null when none is sold.
    pub small_price_fen: Option<Fen>,
    /// Since when it holds.
    pub published_at: Instant,
}

/// A dish as the kitchen keeps it, on a menu or not.
#[derive(SimpleObject)]
pub struct CanteenDish {
    /// Opaque; the same as on menus.
    pub id: ID,
    /// Short code, unique in the canteen.
    pub code: String,
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
    /// The price that holds now; null until one is published.
    pub price: Option<DishPrice>,
}

impl From<Priced> for CanteenDish {
    fn from(Priced { dish, price }: Priced) -> Self {
        Self {
            id: DishId(dish.id).to_string().into(),
            code: dish.code,
            name: dish.name,
            is_meal: dish.is_meal,
            portion_grams: dish.portion_g,
            small_portion_grams: dish.small_portion_g,
            allergens: dish.allergens.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            price: price.map(|price| DishPrice {
                price_fen: Amount::new(price.price_fen).into(),
                small_price_fen: price.small_price_fen.map(|fen| Amount::new(fen).into()),
                published_at: price.published_at.into(),
            }),
        }
    }
}

answers! {
    /// Answer of `dishAdd`.
    DishAddPayload {
        /// The dish, still without a price.
        dish: CanteenDish
    }
    DishAddError DishAddErrorCode {
        /// There is no such canteen for you to manage.
        CanteenNotFound = "没有找到这个食堂",
        /// A field is missing or of the wrong form; `field` says which.
        InputInvalid = "填写的内容有误，请检查",
        /// Another dish of the canteen has this code.
        CodeTaken = "这个菜品编号已经用过",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `dishPricePublish`.
    DishPricePublishPayload {
        /// The dish with its new price.
        dish: CanteenDish
    }
    DishPricePublishError DishPricePublishErrorCode {
        /// There is no such dish for you to manage.
        DishNotFound = "没有找到这道菜",
        /// 0 to 1000 yuan; a small portion costs no more than a full one and must be there.
        PriceInvalid = "价格有误，请检查",
        /// A price of this dish was published at this very moment.
        JustPublished = "刚刚公布过价格，请稍后再试",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// Input of `dishAdd`.
#[derive(InputObject)]
pub struct DishAddInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Which canteen.
    pub canteen_id: ID,
    /// Short code, unique in the canteen, at most 20 characters.
    pub code: String,
    /// Name in Chinese, at most 60 characters.
    pub name: String,
    /// Whether it is a whole meal and takes a place; side dishes do not.
    pub is_meal: bool,
    /// Weight of a portion in grams, 1 to 5000.
    pub portion_grams: i32,
    /// Weight of a small portion in grams, less than a portion; left out when there is none.
    pub small_portion_grams: Option<i32>,
    /// Allergens by name, at most 20; none when left out.
    #[graphql(default)]
    pub allergens: Vec<String>,
}

/// Input of `dishPricePublish`.
#[derive(InputObject)]
pub struct DishPricePublishInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Which dish.
    pub dish_id: ID,
    /// Price of a portion in fen.
    pub price_fen: Fen,
    /// Price of a small portion in fen; left out when none is sold.
    pub small_price_fen: Option<Fen>,
}

/// Mutations of dishes.
#[derive(Default)]
pub struct DishMutation;

#[Object]
impl DishMutation {
    /// Adds a dish to your canteen. It can be put on a menu once it has a price.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn dish_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what the dish is.")] input: DishAddInput,
    ) -> Result<DishAddPayload> {
        let canteen: CanteenId = input.canteen_id.parse()?;
        let new = NewDish {
            code: input.code,
            name: input.name,
            is_meal: input.is_meal,
            portion_g: input.portion_grams,
            small_portion_g: input.small_portion_grams,
            allergens: input.allergens,
        };
        let result = dish::add(ctx.app(), ctx.who()?, &input.request_key, (canteen, &new)).await;
        DishAddPayload::from_result(result.map(Into::into))
    }

    /// Publishes a price from now on. Earlier prices stay in the history; orders keep the price they were placed under.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn dish_price_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dish, and what it costs from now on.")] input: DishPricePublishInput,
    ) -> Result<DishPricePublishPayload> {
        let id: DishId = input.dish_id.parse()?;
        let price = (id, input.price_fen.0, input.small_price_fen.map(|fen| fen.0));
        let result = dish::publish_price(ctx.app(), ctx.who()?, &input.request_key, price).await;
        DishPricePublishPayload::from_result(result.map(Into::into))
    }
}
