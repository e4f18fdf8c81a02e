//! Menus, and the mutations of their managers.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Canteen, Dish, MealPeriod};
use crate::app::Asked as _;
use crate::directory::service::menu;
use crate::kit::allow::{Allow, MANAGERS, allow};
use crate::kit::ids::{CanteenId, DishId};
use crate::kit::refusal::WrongId;
use crate::kit::scalar::Day;

/// What a canteen cooks on a day for a meal.
#[derive(SimpleObject)]
pub struct Menu {
    /// Whose.
    pub canteen: Canteen,
    /// Service day.
    pub served_on: Day,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Dishes in their order, at most 30.
    pub dishes: Vec<Dish>,
}

answers! {
    /// Answer of `menuPublish`.
    MenuPublishPayload {
        /// The menu as it is now.
        menu: Menu
    }
    MenuPublishError MenuPublishErrorCode {
        /// There is no such canteen for you to manage.
        CanteenNotFound = "没有找到这个食堂",
        /// Menus are published for today and the next 92 days.
        DayInvalid = "只能公布今天起 92 天内的菜单",
        /// 1 to 30 dishes.
        DishCountInvalid = "一份菜单应有 1 到 30 道菜",
        /// A dish is named twice.
        DishRepeated = "菜单里有重复的菜",
        /// A dish is not one of this canteen.
        DishNotFound = "没有找到这道菜",
        /// A dish has no published price.
        DishWithoutPrice = "有的菜还没有公布价格，请先公布价格",
        /// A dish that somebody has ordered cannot leave the menu; mark it as sold out.
        DishOrdered = "有人订了的菜不能撤下，可以标为售完",
    }
}

answers! {
    /// Answer of `menuDishSoldOut`.
    MenuDishSoldOutPayload {
        /// The dish on the menu.
        dish: Dish
    }
    MenuDishSoldOutError MenuDishSoldOutErrorCode {
        /// There is no such canteen for you to manage.
        CanteenNotFound = "没有找到这个食堂",
        /// The dish is not on this menu.
        DishNotFound = "这份菜单里没有这道菜",
    }
}

/// Input of `menuPublish`.
#[derive(InputObject)]
pub struct MenuPublishInput {
    /// Which canteen.
    pub canteen_id: ID,
    /// Service day, today or within the next 92 days.
    pub served_on: Day,
    /// Meal of the day.
    pub period: MealPeriod,
    /// The whole menu in its order, at least one dish and at most 30, each with a published price.
    pub dish_ids: Vec<ID>,
}

/// Input of `menuDishSoldOut`.
#[derive(InputObject)]
pub struct MenuDishSoldOutInput {
    /// Which canteen.
    pub canteen_id: ID,
    /// Service day of the menu.
    pub served_on: Day,
    /// Meal of the day.
    pub period: MealPeriod,
    /// Which dish.
    pub dish_id: ID,
    /// False: the kitchen has it again.
    #[graphql(default = true)]
    pub is_sold_out: bool,
}

/// Mutations of menus.
#[derive(Default)]
pub struct MenuMutation;

#[Object]
impl MenuMutation {
    /// Publishes the whole menu of a day and meal in place of the one before. Dishes that stay keep "sold out".
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn menu_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, when, and the whole menu.")] input: MenuPublishInput,
    ) -> Result<MenuPublishPayload> {
        let canteen: CanteenId = input.canteen_id.parse()?;
        let dishes = input.dish_ids.iter().map(|id| id.parse()).collect::<Result<Vec<DishId>, WrongId>>()?;
        let meal = (canteen, input.served_on.0, input.period.into());
        let result = menu::publish(ctx.app(), ctx.who()?, meal, &dishes).await;
        MenuPublishPayload::from_result(result.map(|(canteen, dishes)| Menu {
            canteen: canteen.into(),
            served_on: input.served_on,
            period: input.period,
            dishes: dishes.iter().map(Into::into).collect(),
        }))
    }

    /// Says that the kitchen has run out of a dish, or has it again. Orders placed already stand.
    #[graphql(guard = "Allow(MANAGERS)", directive = allow::apply(MANAGERS.to_vec()))]
    async fn menu_dish_sold_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dish of which meal.")] input: MenuDishSoldOutInput,
    ) -> Result<MenuDishSoldOutPayload> {
        let canteen: CanteenId = input.canteen_id.parse()?;
        let dish: DishId = input.dish_id.parse()?;
        let meal = (canteen, input.served_on.0, input.period.into());
        let result = menu::sold_out(ctx.app(), ctx.who()?, meal, (dish, input.is_sold_out)).await;
        MenuDishSoldOutPayload::from_result(result.map(|dish| (&dish).into()))
    }
}
