//! Pure decisions about meal orders: the life cycle, what is ordered, what it costs.

pub mod bathing;
pub mod bundle;
pub mod service_order;
pub mod turns;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entities::enums::{MealState, MealWay};
use uuid::Uuid;

use crate::directory::rules::DeliveryArea;
use crate::directory::store::MenuDish;
use crate::kit::fen::Fen;
use crate::money::rules::{Split, split};
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
    let split = split(list, delivery, off, Fen::ZERO).ok_or(Unquotable::ItemsInvalid)?;
    Ok(Quote { lines, portions, split, subsidy })
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
mod tests {
    use super::*;
    use crate::rights::rules::shipped;
    use entities::enums::MealPeriod;
    use serde_json::Value;

    fn from_file() -> Value {
        let machines: Value = serde_json::from_str(include_str!("../../data/state-machines.json")).unwrap();
        let all = machines["machines"].as_array().unwrap();
        all.iter().find(|machine| machine["name"] == "MealOrder").unwrap().clone()
    }

    #[test]
    fn every_pair_of_state_and_event_is_as_in_the_machine() {
        let machine = from_file();
        for state in MealState::ALL {
            for event in MealEvent::ALL {
                let wanted = machine["transitions"].as_array().unwrap().iter().find(|transition| {
                    transition["event"] == event.name()
                        && transition["from"].as_array().unwrap().iter().any(|from| from == state.as_str())
                });
                let wanted = wanted.and_then(|transition| transition["to"].as_str());
                assert_eq!(after(*state, event).map(MealState::as_str), wanted, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn the_states_without_a_way_out_are_the_terminal_ones() {
        let terminal = from_file()["terminal"].clone();
        for state in MealState::ALL {
            let is_named = terminal.as_array().unwrap().iter().any(|name| name == state.as_str());
            assert_eq!(is_over(*state), is_named, "{state:?}");
        }
    }

    fn dish(id: u128, price_fen: i64, is_meal: bool) -> MenuDish {
        MenuDish {
            id: Uuid::from_u128(id),
            served_on: "2026-06-05".parse().unwrap(),
            period: MealPeriod::Lunch,
            name: format!("菜{id}"),
            is_meal,
            portion_g: 450,
            small_portion_g: Some(300),
            allergens: String::new(),
            price_fen,
            small_price_fen: is_meal.then_some(price_fen - 300),
            is_sold_out: id == 9,
        }
    }

    fn quoted(
        birth: &str,
        has_one: bool,
        way: MealWay,
        wishes: &[(u128, bool, i32)],
    ) -> Result<Quote, Unquotable> {
        let menu = [dish(1, 1200, true), dish(2, 300, false), dish(9, 500, true)];
        let area = DeliveryArea { regions: vec!["530111".to_owned()], ..DeliveryArea::default() };
        let basis = Basis {
            birth_on: birth.parse().unwrap(),
            region_code: "530111004009",
            home_e6: None,
            has_subsidised_meal: has_one,
            served_on: "2026-06-05".parse().unwrap(),
            ways: if way == MealWay::PickUp { 5 } else { 7 },
            menu: &menu,
            delivery_fee: Fen::new(200),
            area: &area,
            packs: shipped(),
        };
        let wishes: Vec<_> = wishes
            .iter()
            .map(|(id, is_small, quantity)| Wish {
                dish: Uuid::from_u128(*id),
                is_small: *is_small,
                quantity: *quantity,
            })
            .collect();
        quote(&basis, way, &wishes)
    }

    #[test]
    fn a_meal_is_priced_as_in_the_story() {
        let split = quoted("1944-03-01", false, MealWay::Delivery, &[(1, false, 1)]).unwrap().split;
        assert_eq!(
            [split.list, split.subsidy, split.delivery, split.cash].map(Fen::get),
            [1200, 300, 200, 1100]
        );
        let second = quoted("1944-03-01", true, MealWay::DineIn, &[(1, false, 1)]).unwrap();
        assert_eq!((second.split.cash.get(), second.subsidy), (1200, None));
        let two = quoted("1944-03-01", false, MealWay::DineIn, &[(1, false, 2), (2, false, 1)]).unwrap();
        assert_eq!((two.portions, two.split.list.get(), two.split.subsidy.get()), (2, 2700, 300));
        let small = quoted("1966-06-06", false, MealWay::DineIn, &[(1, true, 1)]).unwrap();
        assert_eq!(
            (small.split.list.get(), small.split.subsidy.get()),
            (900, 0),
            "a person of 59 pays list price"
        );
    }

    #[test]
    fn what_cannot_be_quoted_says_why() {
        use Unquotable as U;
        let cases = [
            (MealWay::PickUp, vec![(1, false, 1)], U::WayNotOffered),
            (MealWay::DineIn, vec![], U::ItemsInvalid),
            (MealWay::DineIn, vec![(2, false, 1)], U::ItemsInvalid),
            (MealWay::DineIn, vec![(1, false, 0)], U::ItemsInvalid),
            (MealWay::DineIn, vec![(1, false, 11)], U::ItemsInvalid),
            (MealWay::DineIn, vec![(7, false, 1)], U::DishNotOnMenu),
            (MealWay::DineIn, vec![(2, true, 1)], U::DishNotOnMenu),
            (MealWay::DineIn, vec![(9, false, 1)], U::DishSoldOut),
        ];
        for (way, wishes, why) in cases {
            assert_eq!(quoted("1944-03-01", false, way, &wishes), Err(why), "{wishes:?}");
        }
    }
}
