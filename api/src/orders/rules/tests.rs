//! Meal orders, case by case: the life cycle of the machine, prices of the story, refusals.

use super::*;
use crate::rights::rules::shipped;
use entities::enums::MealPeriod;
use serde_json::Value;

fn from_file() -> Value {
    let machines: Value = serde_json::from_str(include_str!("../../../data/state-machines.json")).unwrap();
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
        canteen_id: uuid::Uuid::nil(),
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
        programmes: crate::rights::rules::programme::shipped(),
        vouchers: &[],
        limits: &[],
        canteen_region: "530111004009",
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
    assert_eq!([split.list, split.subsidy, split.delivery, split.cash].map(Fen::get), [1200, 300, 200, 1100]);
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
