//! Quoting, placing, and "the usual".

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::NaiveDate;
use entities::enums::MealPeriod;

use super::order::MealOrder;
use super::parts::{PayerShare, VoucherInQuote, shares};
use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::ids::{DishId, ElderId};
use crate::kit::refusal::Fault;
use crate::kit::scalar::Fen;
use crate::orders::rules::Wish;
use crate::orders::service::place::{self, Quoted, Terms, Want};
use crate::orders::service::repeat;
use crate::orders::store::usual::portions_ordered;
use crate::slots::graph::MealWay;

/// What an order would cost, and who would pay.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct MealQuote {
    #[graphql(skip)]
    meal: (ElderId, NaiveDate, MealPeriod),
    /// Places it would take.
    pub portions: i32,
    /// Published prices times quantities, in fen.
    pub list_fen: Fen,
    /// Price of bringing it home, in fen.
    pub delivery_fen: Fen,
    /// What the family would pay, in fen. Give it back as `expectedDueFen` when placing.
    pub due_fen: Fen,
    /// Who pays what, at most three, with the rule behind it.
    pub payers: Vec<PayerShare>,
    /// What the elder's voucher pays, or why it does not; null when he has none.
    pub voucher: Option<VoucherInQuote>,
    /// Free places at the moment.
    pub portions_left: i32,
}

impl From<Quoted> for MealQuote {
    fn from(quoted: Quoted) -> Self {
        let split = quoted.quote.split;
        let subsidy = quoted.quote.subsidy.as_ref().map(|subsidy| subsidy.rule.as_str());
        let voucher = quoted.quote.paying().map(|voucher| voucher.rule.as_str());
        Self {
            meal: (ElderId(quoted.basis.reached.elder.id), quoted.slot.served_on, quoted.slot.period),
            portions: quoted.quote.portions,
            list_fen: split.list.into(),
            delivery_fen: split.delivery.into(),
            due_fen: split.cash.into(),
            payers: shares((split.subsidy.get(), subsidy), (split.voucher.get(), voucher), split.cash.get()),
            voucher: quoted.quote.voucher.clone().map(Into::into),
            portions_left: (quoted.slot.capacity - quoted.slot.taken).max(0),
        }
    }
}

#[ComplexObject]
impl MealQuote {
    /// Portions of this meal of this day that the elder has already, in any canteen and ordered by anybody: two of a family
    /// may not know of each other.
    async fn portions_ordered(&self, ctx: &Context<'_>) -> Result<i32> {
        let (elder, served_on, period) = self.meal;
        let ordered = portions_ordered(ctx.app().db.read(), elder, (served_on, period)).await;
        Ok(i32::try_from(ordered.map_err(Fault::from)?).unwrap_or(i32::MAX))
    }
}

answers! {
    /// Answer of `mealOrderPlace`.
    MealOrderPlacePayload {
        /// The order, HELD until it is paid or CONFIRMED when nothing is to pay.
        order: MealOrder
    }
    MealOrderPlaceError MealOrderPlaceErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no such slot.
        SlotNotFound = "没有找到这一餐",
        /// No places are left.
        SlotFull = "这一餐已经订满，请选别的时间",
        /// The cut-off has passed, or the canteen is closed.
        SlotClosed = "这一餐已经停止订餐",
        /// These places are not offered this way.
        WayNotOffered = "这一餐不提供这种取餐方式",
        /// The home is outside the canteen's delivery area.
        OutOfArea = "老人的住址不在送餐范围内",
        /// 1 to 20 lines, 1 to 10 pieces each, at least one whole meal, at most 10.
        ItemsInvalid = "请选择一到十份餐",
        /// A dish is not on this menu or has no small portion.
        DishNotOnMenu = "所选菜品不在这一餐的菜单上",
        /// The kitchen has run out of a dish.
        DishSoldOut = "所选菜品已售完",
        /// Too many people order at this moment; try again with the same key.
        Busy = "现在订餐的人很多，请稍等再试",
        /// The price is not what was seen; ask for a quote again.
        PriceChanged = "价格有变，请重新确认",
        /// The canteen's contract for the elder's street does not bear what the voucher would pay; the message says what is
        /// left of it.
        ContractLimit = "这家食堂今年的合同额度不够，请换一家或联系街道",
        /// At most 200 characters.
        NoteTooLong = "备注最多 200 字",
        /// There is no earlier meal to repeat.
        NothingToRepeat = "还没有订过餐，请先选一次",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

answers! {
    /// Answer of `mealOrderQuote`.
    MealOrderQuotePayload {
        /// The quote.
        quote: MealQuote
    }
    MealOrderQuoteError MealOrderQuoteErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no such slot.
        SlotNotFound = "没有找到这一餐",
        /// The cut-off has passed, or the canteen is closed.
        SlotClosed = "这一餐已经停止订餐",
        /// These places are not offered this way.
        WayNotOffered = "这一餐不提供这种取餐方式",
        /// The home is outside the canteen's delivery area.
        OutOfArea = "老人的住址不在送餐范围内",
        /// 1 to 20 lines, 1 to 10 pieces each, at least one whole meal, at most 10.
        ItemsInvalid = "请选择一到十份餐",
        /// The canteen's contract for the elder's street does not bear what the voucher would pay; the message says what is
        /// left of it.
        ContractLimit = "这家食堂今年的合同额度不够，请换一家或联系街道",
        /// A dish is not on this menu, has no small portion, or has run out.
        DishNotAvailable = "所选菜品不在菜单上或已售完",
    }
}

answers! {
    /// Answer of `mealOrderRepeat`.
    MealOrderRepeatPayload {
        /// The order, HELD until it is paid or CONFIRMED when nothing is to pay.
        order: MealOrder
    }
    MealOrderRepeatError MealOrderRepeatErrorCode {
        /// There is no such elder for you, or you may not book for him.
        ElderNotFound = "没有找到这位老人",
        /// There is no earlier meal to repeat.
        NothingToRepeat = "还没有订过餐，请先选一次",
        /// The canteen's contract for the elder's street does not bear what the voucher would pay; the message says what is
        /// left of it.
        ContractLimit = "这家食堂今年的合同额度不够，请换一家或联系街道",
        /// No day in sight takes orders for this meal.
        NothingOpen = "近几天这一餐都订不了，请打电话给食堂",
        /// The last places were just taken.
        SlotFull = "位置刚刚订满，请再试一次",
        /// The key is not 16 to 64 letters, digits or - _ . :
        RequestKeyInvalid = "请求编号格式不对",
        /// The key was used with other input.
        RequestKeyReused = "请求编号已用于另一件事",
    }
}

/// One line of an order.
#[derive(InputObject)]
pub struct MealOrderItemInput {
    /// Which dish of the menu.
    pub dish_id: ID,
    /// How many, 1 to 10.
    #[graphql(default = 1)]
    pub quantity: i32,
    /// Whether the small portion.
    #[graphql(default = false)]
    pub is_small: bool,
}

/// Input of `mealOrderQuote`.
#[derive(InputObject)]
pub struct MealOrderQuoteInput {
    /// For whom.
    pub elder_id: ID,
    /// Where and when.
    pub slot_id: ID,
    /// How it reaches the elder.
    pub way: MealWay,
    /// What is eaten, at least one line and at most 20.
    pub items: Vec<MealOrderItemInput>,
}

/// Input of `mealOrderPlace`.
#[derive(InputObject)]
pub struct MealOrderPlaceInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// For whom.
    pub elder_id: ID,
    /// Where and when.
    pub slot_id: ID,
    /// How it reaches the elder.
    pub way: MealWay,
    /// What is eaten, at least one line and at most 20.
    pub items: Vec<MealOrderItemInput>,
    /// Token of `slotHold`, when there is one.
    pub hold_token: Option<String>,
    /// What the family saw as due, in fen; another price is refused instead of charged.
    pub expected_due_fen: Option<Fen>,
    /// For the kitchen or the courier, at most 200 characters.
    pub note: Option<String>,
}

/// Input of `mealOrderRepeat`.
#[derive(InputObject)]
pub struct MealOrderRepeatInput {
    /// Made and stored by the client before sending; the same on every retry. 16 to 64 characters.
    pub request_key: String,
    /// For whom.
    pub elder_id: ID,
}

/// Reads the lines of an input. Error: `BAD_REQUEST` for an id of another kind.
pub fn wishes(items: &[MealOrderItemInput]) -> Result<Vec<Wish>> {
    items
        .iter()
        .map(|item| {
            let dish: DishId = item.dish_id.parse()?;
            Ok(Wish { dish: dish.0, is_small: item.is_small, quantity: item.quantity })
        })
        .collect()
}

/// The query of quotes.
#[derive(Default)]
pub struct QuoteQuery;

#[Object]
impl QuoteQuery {
    /// What an order would cost and who would pay. Takes no place.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn meal_order_quote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What somebody wants for an elder.")] input: MealOrderQuoteInput,
    ) -> Result<MealOrderQuotePayload> {
        let want = Want {
            elder: input.elder_id.parse()?,
            slot: input.slot_id.parse()?,
            way: input.way.into(),
            wishes: wishes(&input.items)?,
        };
        let result = place::quote(ctx.app(), ctx.who()?, &want).await;
        MealOrderQuotePayload::from_result(result.map(Into::into).map_err(|stop| stop.narrow(quote_code)))
    }
}

fn quote_code(code: MealOrderPlaceErrorCode) -> MealOrderQuoteErrorCode {
    use MealOrderPlaceErrorCode as P;
    use MealOrderQuoteErrorCode as Q;
    match code {
        P::ElderNotFound => Q::ElderNotFound,
        P::SlotNotFound => Q::SlotNotFound,
        P::SlotClosed => Q::SlotClosed,
        P::WayNotOffered => Q::WayNotOffered,
        P::OutOfArea => Q::OutOfArea,
        P::ContractLimit => Q::ContractLimit,
        P::DishNotOnMenu | P::DishSoldOut => Q::DishNotAvailable,
        _ => Q::ItemsInvalid,
    }
}

fn repeat_code(code: MealOrderPlaceErrorCode) -> MealOrderRepeatErrorCode {
    use MealOrderPlaceErrorCode as P;
    use MealOrderRepeatErrorCode as R;
    match code {
        P::ElderNotFound => R::ElderNotFound,
        P::NothingToRepeat => R::NothingToRepeat,
        P::ContractLimit => R::ContractLimit,
        P::SlotFull | P::PriceChanged | P::Busy => R::SlotFull,
        P::RequestKeyInvalid => R::RequestKeyInvalid,
        P::RequestKeyReused => R::RequestKeyReused,
        _ => R::NothingOpen,
    }
}

/// Mutations that place orders.
#[derive(Default)]
pub struct PlaceMutation;

#[Object]
impl PlaceMutation {
    /// Places an order: it takes its places at once and waits for its payment.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn meal_order_place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who eats what, where and when.")] input: MealOrderPlaceInput,
    ) -> Result<MealOrderPlacePayload> {
        let (elder, slot) = (input.elder_id.parse()?, input.slot_id.parse()?);
        let want = Want { elder, slot, way: input.way.into(), wishes: wishes(&input.items)? };
        let terms = Terms {
            key: input.request_key,
            hold: input.hold_token,
            expected_due: input.expected_due_fen.map(|fen| fen.0),
            note: input.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned),
            print: None,
        };
        let (app, who) = (ctx.app(), ctx.who()?);
        MealOrderPlacePayload::from_result(place::place(app, who, &want, &terms).await.map(Into::into))
    }

    /// "The usual": the elder's last meal again, on the next day that takes orders; when that day's menu has none of its meals,
    /// the first meal of the menu. One button, one call; who wants to be told before, quotes and places.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn meal_order_repeat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom.")] input: MealOrderRepeatInput,
    ) -> Result<MealOrderRepeatPayload> {
        let (app, who, elder): (_, _, ElderId) = (ctx.app(), ctx.who()?, input.elder_id.parse()?);
        let result = repeat::repeat(app, who, elder, &input.request_key).await;
        MealOrderRepeatPayload::from_result(result.map(Into::into).map_err(|stop| stop.narrow(repeat_code)))
    }
}
