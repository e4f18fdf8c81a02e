//! The counter.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};

use super::order::{MealOrder, seen_again};
use super::place::{MealOrderItemInput, wishes};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, STAFF, allow};
use crate::kit::ids::CanteenId;
use crate::orders::service::counter::{self, Sale, Shown, WalkIn};
use crate::slots::graph::MealWay;

answers! {
    /// Answer of `mealOrderServe`.
    MealOrderServePayload {
        /// The order, SERVED.
        order: MealOrder
    }
    MealOrderServeError MealOrderServeErrorCode {
        /// There is no such canteen among yours.
        CanteenNotFound = "没有找到这个食堂",
        /// Nothing of today waits for this code, card or name.
        NothingToServe = "今天没有这一份，请核对",
        /// It was handed over before; the message says when.
        AlreadyServed = "这一份已经取走了",
        /// Several orders fit; ask for the code or the card.
        Ambiguous = "有几份订单符合，请出示取餐码或卡",
        /// Serving has not begun.
        TooEarly = "还没到开餐时间",
    }
}

answers! {
    /// Answer of `mealOrderSell`.
    MealOrderSellPayload {
        /// The order, SERVED; the money is in the canteen's own till.
        order: MealOrder
    }
    MealOrderSellError MealOrderSellErrorCode {
        /// There is no such slot in your canteen.
        SlotNotFound = "没有找到这一餐",
        /// No portions are left.
        SlotFull = "这一餐的份数已经卖完",
        /// Walk-ins are served during serving time, at the table or to take along.
        NotServingTime = "现在不是供餐时间，或不提供这种方式",
        /// No elder, or more than one, with this card, or this name and number.
        ElderNotFound = "没有找到这位老人，请核对姓名和证件后四位",
        /// 1 to 20 lines, 1 to 10 pieces each, at least one whole meal, at most 10.
        ItemsInvalid = "请选择一到十份餐",
        /// A dish is not on this menu or has no small portion.
        DishNotOnMenu = "所选菜品不在这一餐的菜单上",
        /// The kitchen has run out of a dish.
        DishSoldOut = "所选菜品已售完",
        /// The canteen's contract for the elder's street does not bear what the voucher would pay; the message says what is
        /// left of it.
        ContractLimit = "本食堂今年的合同额度不够，请联系街道",
        /// Something changed at the same moment; try again.
        TryAgain = "请再试一次",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// What the person at the counter shows: exactly one.
#[derive(OneofObject)]
pub enum ShownAtCounter {
    /// The six digits of the order.
    Code(String),
    /// Number on the elder's service card.
    CardNumber(String),
    /// The elder's full name.
    Name(String),
}

/// Name and the last four characters of the identity card number.
#[derive(InputObject)]
pub struct NameAndIdInput {
    /// Full name.
    pub name: String,
    /// Last four characters of the identity card number.
    pub id_number_end: String,
}

/// Who walks in: exactly one.
#[derive(OneofObject)]
pub enum WalkInInput {
    /// Number on the elder's service card.
    CardNumber(String),
    /// Name and number, without card and without phone.
    NameAndId(NameAndIdInput),
}

/// Input of `mealOrderServe`.
#[derive(InputObject)]
pub struct MealOrderServeInput {
    /// Your canteen.
    pub canteen_id: ID,
    /// What the person shows.
    pub by: ShownAtCounter,
}

/// Input of `mealOrderSell`.
#[derive(InputObject)]
pub struct MealOrderSellInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// Which slot.
    pub slot_id: ID,
    /// Who walks in.
    pub walk_in: WalkInInput,
    /// DINE_IN or PICK_UP.
    pub way: MealWay,
    /// What is eaten, at least one line and at most 20.
    pub items: Vec<MealOrderItemInput>,
}

/// Mutations of the counter.
#[derive(Default)]
pub struct CounterMutation;

#[Object]
impl CounterMutation {
    /// Hands a meal of today over at the counter.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn meal_order_serve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what the person shows.")] input: MealOrderServeInput,
    ) -> Result<MealOrderServePayload> {
        let (app, who, canteen): (_, _, CanteenId) = (ctx.app(), ctx.who()?, input.canteen_id.parse()?);
        let shown = match input.by {
            ShownAtCounter::Code(code) => Shown::Code(code),
            ShownAtCounter::CardNumber(card) => Shown::Card(card),
            ShownAtCounter::Name(name) => Shown::Name(name),
        };
        match counter::serve(app, who, canteen, &shown).await {
            Ok(id) => MealOrderServePayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => MealOrderServePayload::from_result(Err(stop)),
        }
    }

    /// Sells a meal to an elder who walks in without an order, at the same price.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn meal_order_sell(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who eats what, and when.")] input: MealOrderSellInput,
    ) -> Result<MealOrderSellPayload> {
        let (app, who) = (ctx.app(), ctx.who()?);
        let walk_in = match input.walk_in {
            WalkInInput::CardNumber(card) => WalkIn::Card(card),
            WalkInInput::NameAndId(pair) => WalkIn::NameAndId(pair.name, pair.id_number_end),
        };
        let (slot, wishes) = (input.slot_id.parse()?, wishes(&input.items)?);
        let sale = Sale { slot, walk_in, way: input.way.into(), wishes };
        match counter::sell(app, who, &input.request_key, &sale).await {
            Ok(id) => MealOrderSellPayload::from_result(Ok(seen_again(app, who, id).await?)),
            Err(stop) => MealOrderSellPayload::from_result(Err(stop)),
        }
    }
}
