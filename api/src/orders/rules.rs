//! Pure decisions about meal orders: the life cycle, what is ordered, what it costs.

pub mod bathing;
pub mod bundle;
pub mod service_order;
pub mod turns;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entities::enums::{MealState, MealWay};
use entities::voucher_grant;
use uuid::Uuid;

use crate::directory::rules::DeliveryArea;
use crate::directory::store::MenuDish;
use crate::kit::fen::Fen;
use crate::money::rules::voucher::quote::{Applied, Limit, Wanted, apply};
use crate::money::rules::{Split, split};
use crate::rights::rules::programme::Programmes;
use crate::rights::rules::{Meal, Pack, Subsidy, meal_subsidy};

/// What can happen to a meal order. Names as in machine `MealOrder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MealEvent {
    /// The family's payment arrived.
    PayOk,
    /// Public money covers everything.
    NothingToPay,
    /// The time to pay is over.
    HoldTimeout,
    /// Family, elder or desk call it off.
    Cancel,
    /// Sold to a walk-in at the counter.
    CounterSale,
    /// The cut-off of the period.
    CutOff,
    /// The canteen cannot cook.
    CanteenCancel,
    /// Cooked.
    Prepared,
    /// Fetched at the counter with code, card or name.
    Scan,
    /// On its way to the elder's home.
    LeaveForDelivery,
    /// Given to the elder or a neighbour.
    HandedOver,
    /// Nobody opened after two calls and a wait.
    NotReached,
    /// Serving is over.
    PeriodEnd,
}

impl MealEvent {
    /// Every event.
    pub const ALL: [Self; 13] = [
        Self::PayOk,
        Self::NothingToPay,
        Self::HoldTimeout,
        Self::Cancel,
        Self::CounterSale,
        Self::CutOff,
        Self::CanteenCancel,
        Self::Prepared,
        Self::Scan,
        Self::LeaveForDelivery,
        Self::HandedOver,
        Self::NotReached,
        Self::PeriodEnd,
    ];

    /// Name in the state machine and in the timeline.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PayOk => "pay_ok",
            Self::NothingToPay => "nothing_to_pay",
            Self::HoldTimeout => "hold_timeout",
            Self::Cancel => "cancel",
            Self::CounterSale => "counter_sale",
            Self::CutOff => "cut_off",
            Self::CanteenCancel => "canteen_cancel",
            Self::Prepared => "prepared",
            Self::Scan => "scan",
            Self::LeaveForDelivery => "leave_for_delivery",
            Self::HandedOver => "handed_over",
            Self::NotReached => "not_reached",
            Self::PeriodEnd => "period_end",
        }
    }
}

/// The next state, or `None` when the event means nothing there. Machine `MealOrder`.
pub const fn after(state: MealState, event: MealEvent) -> Option<MealState> {
    use MealEvent as E;
    use MealState as S;
    match (state, event) {
        (S::Held, E::PayOk | E::NothingToPay) => Some(S::Confirmed),
        (S::Held, E::HoldTimeout) => Some(S::Expired),
        (S::Held | S::Confirmed, E::Cancel) | (S::Confirmed | S::Locked, E::CanteenCancel) => {
            Some(S::Cancelled)
        }
        (S::Held, E::CounterSale) | (S::Locked | S::Ready, E::Scan) | (S::OutForDelivery, E::HandedOver) => {
            Some(S::Served)
        }
        (S::Confirmed, E::CutOff) => Some(S::Locked),
        (S::Locked, E::Prepared) => Some(S::Ready),
        (S::Locked | S::Ready, E::LeaveForDelivery) => Some(S::OutForDelivery),
        (S::OutForDelivery, E::NotReached) => Some(S::Undelivered),
        (S::Locked | S::Ready, E::PeriodEnd) => Some(S::NoShow),
        _ => None,
    }
}

/// States from which the event leads somewhere.
pub fn sources(event: MealEvent) -> Vec<MealState> {
    MealState::ALL.iter().copied().filter(|state| after(*state, event).is_some()).collect()
}

/// Whether nothing can happen any more.
pub fn is_over(state: MealState) -> bool {
    MealEvent::ALL.iter().all(|event| after(state, *event).is_none())
}

/// Whether an order in this state keeps the elder's one subsidised meal of the period.
pub const fn keeps_subsidy(state: MealState) -> bool {
    !matches!(state, MealState::Cancelled | MealState::Expired | MealState::NoShow | MealState::Undelivered)
}

/// Whether the event gives the places back to others: only before the kitchen has counted them.
pub const fn frees_places(event: MealEvent) -> bool {
    matches!(event, MealEvent::HoldTimeout | MealEvent::Cancel | MealEvent::CanteenCancel)
}

/// One line as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which dish.
    pub dish: Uuid,
    /// Whether the small portion.
    pub is_small: bool,
    /// How many.
    pub quantity: i32,
}

/// One line with its frozen price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which dish.
    pub dish: Uuid,
    /// Its name on that day.
    pub name: String,
    /// Whether the small portion.
    pub is_small: bool,
    /// How many.
    pub quantity: i32,
    /// Price of one.
    pub unit_price: Fen,
}

/// Everything a quote is made of.
#[derive(Clone, Debug)]
pub struct Basis<'a> {
    /// The elder's day of birth.
    pub birth_on: NaiveDate,
    /// Region where the elder lives.
    pub region_code: &'a str,
    /// The elder's home, millionths of a degree, latitude first.
    pub home_e6: Option<(i32, i32)>,
    /// Whether the elder has a subsidised meal in this period already.
    pub has_subsidised_meal: bool,
    /// Service day.
    pub served_on: NaiveDate,
    /// Ways of the slot, as bits.
    pub ways: i16,
    /// The menu of the slot.
    pub menu: &'a [MenuDish],
    /// Price of bringing it home.
    pub delivery_fee: Fen,
    /// Where the canteen delivers.
    pub area: &'a DeliveryArea,
    /// Subsidy rules.
    pub packs: &'a [Pack],
    /// What each programme of vouchers pays for.
    pub programmes: &'a Programmes,
    /// The elder's vouchers.
    pub vouchers: &'a [voucher_grant::Model],
    /// What is left of the canteen's contracts under which they pay.
    pub limits: &'a [Limit],
    /// Region of the canteen, where the meal is cooked.
    pub canteen_region: &'a str,
}

/// What an order would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Lines with their prices.
    pub lines: Vec<Line>,
    /// Places it takes.
    pub portions: i32,
    /// Who pays.
    pub split: Split,
    /// The rule behind the subsidy.
    pub subsidy: Option<Subsidy>,
    /// What the elder's voucher does about the price; `None` when he has none.
    pub voucher: Option<Applied>,
}

impl Quote {
    /// The voucher that pays a part.
    pub fn paying(&self) -> Option<&Applied> {
        self.voucher.as_ref().filter(|voucher| voucher.pays.is_positive())
    }

    /// The contract that bears the voucher's part.
    pub fn contract(&self) -> Option<Uuid> {
        self.paying()?.limit.map(|limit| limit.contract)
    }
}

/// Why something cannot be quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unquotable {
    /// No line, too many lines, a quantity outside 1 to 10, or no whole meal among them.
    ItemsInvalid,
    /// A dish that is not on this menu, or has no small portion.
    DishNotOnMenu,
    /// The kitchen has run out of a dish.
    DishSoldOut,
    /// The slot has no places for this way.
    WayNotOffered,
    /// The home is outside the canteen's area.
    OutOfArea,
    /// The canteen's contract for the elder's street does not bear what the voucher would pay.
    ContractLimit {
        /// What it still bears this year.
        left: Fen,
    },
}

/// Why a provider's contract does not bear an order, as a finished sentence.
pub fn over_limit(left: Fen) -> String {
    format!("这家机构今年为本街道服务的合同额度只剩 {left} 元，不够这一单，请换一家机构或联系街道")
}

/// Most lines of an order.
const LINES_MAX: usize = 20;
/// Most pieces of one line, and most places of one order.
const QUANTITY_MAX: i32 = 10;

/// Prices an order. The first whole meal carries the subsidy; further portions pay list price.
pub fn quote(basis: &Basis<'_>, way: MealWay, wishes: &[Wish]) -> Result<Quote, Unquotable> {
    if basis.ways & way.bit() == 0 {
        return Err(Unquotable::WayNotOffered);
    }
    if way == MealWay::Delivery && !basis.area.reaches(basis.region_code, basis.home_e6) {
        return Err(Unquotable::OutOfArea);
    }
    let (lines, portions, dearest_meal) = price_lines(basis.menu, wishes)?;
    let list: Fen = lines
        .iter()
        .map(|line| line.unit_price.checked_times(i64::from(line.quantity)))
        .sum::<Option<Fen>>()
        .ok_or(Unquotable::ItemsInvalid)?;
    let meal = Meal {
        birth_on: basis.birth_on,
        served_on: basis.served_on,
        region_code: basis.region_code,
        price: dearest_meal,
    };
    let subsidy = if basis.has_subsidised_meal { None } else { meal_subsidy(basis.packs, meal) };
    let delivery = if way == MealWay::Delivery { basis.delivery_fee } else { Fen::ZERO };
    let off = subsidy.as_ref().map_or(Fen::ZERO, |subsidy| subsidy.fen);
    let before = split(list, delivery, off, Fen::ZERO).ok_or(Unquotable::ItemsInvalid)?;
    let wanted = Wanted {
        programmes: basis.programmes,
        service: service_of(way),
        on: basis.served_on,
        region_code: basis.canteen_region,
        price: before.cash,
    };
    let voucher = apply((basis.vouchers, basis.limits), wanted);
    if let Some(left) = voucher.as_ref().and_then(Applied::over_limit) {
        return Err(Unquotable::ContractLimit { left });
    }
    let pays = voucher.as_ref().map_or(Fen::ZERO, |voucher| voucher.pays);
    let split = split(list, delivery, off, pays).ok_or(Unquotable::ItemsInvalid)?;
    Ok(Quote { lines, portions, split, subsidy, voucher })
}

/// What a meal is called in the catalogue of services, by which programmes name what they pay for.
const fn service_of(way: MealWay) -> &'static str {
    match way {
        MealWay::DineIn => "meal_dine_in",
        MealWay::PickUp => "meal_aid",
        MealWay::Delivery => "meal_delivery",
    }
}

fn price_lines(menu: &[MenuDish], wishes: &[Wish]) -> Result<(Vec<Line>, i32, Fen), Unquotable> {
    let is_sober = !wishes.is_empty()
        && wishes.len() <= LINES_MAX
        && wishes.iter().all(|wish| (1..=QUANTITY_MAX).contains(&wish.quantity));
    if !is_sober {
        return Err(Unquotable::ItemsInvalid);
    }
    let (mut lines, mut portions, mut dearest) = (Vec::new(), 0, Fen::ZERO);
    for wish in wishes {
        let dish = menu.iter().find(|dish| dish.id == wish.dish).ok_or(Unquotable::DishNotOnMenu)?;
        if dish.is_sold_out {
            return Err(Unquotable::DishSoldOut);
        }
        let price = if wish.is_small { dish.small_price_fen } else { Some(dish.price_fen) };
        let unit_price = Fen::new(price.ok_or(Unquotable::DishNotOnMenu)?);
        if dish.is_meal {
            portions += wish.quantity;
            dearest = dearest.max(unit_price);
        }
        let (dish, name) = (wish.dish, dish.name.clone());
        lines.push(Line { dish, name, is_small: wish.is_small, quantity: wish.quantity, unit_price });
    }
    if portions == 0 || portions > QUANTITY_MAX {
        return Err(Unquotable::ItemsInvalid);
    }
    Ok((lines, portions, dearest))
}

/// Until when an order must be paid: so many seconds, but never past the cut-off.
pub fn pay_before(now: DateTime<Utc>, payment_s: u32, cut_off_at: DateTime<Utc>) -> DateTime<Utc> {
    (now + Duration::seconds(i64::from(payment_s))).min(cut_off_at)
}

#[cfg(test)]
mod tests;
