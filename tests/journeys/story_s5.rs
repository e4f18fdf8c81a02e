//! Story S5: a canteen's lunch from the first order to the settlement of the day.
//!
//! Left out, because another issue brings them: samples of the dishes and their 48 hours, the cook's health
//! certificate that blocks the opening of a period.

use futures_util::future::join_all;
use nuanyang::kit::ids::{ElderId, SlotId};
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::{PUBLIC, id_of};
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};

const DAY: &str = "2026-06-05";

/// A family with one elder, and what it wants.
struct Family {
    person: Person,
    elder: ElderId,
    age: u32,
    way: &'static str,
    slot: SlotId,
    hold: Option<String>,
}

/// An order that stands.
struct Placed {
    family: usize,
    order: Value,
}

impl Family {
    fn input(&self, canteen: &Canteen, key: &str) -> Value {
        let mut input = order_input(key, self.elder, self.slot, (self.way, canteen.lunch));
        if let Some(token) = &self.hold {
            input["holdToken"] = json!(token);
        }
        input
    }
}

/// The 60 by age: 10 in 60-69, 20 in 70-79, 25 in 80-89, 5 of 90 and over; then 15 of 85 who want to eat in as well.
/// All 20 deliveries go to people of 85 and more, so that the two no-shows of 75 can be guests of the dining room.
fn guests() -> Vec<(u32, &'static str)> {
    let groups = [
        (10, 65, "DINE_IN"),
        (20, 75, "DINE_IN"),
        (10, 85, "DINE_IN"),
        (15, 85, "DELIVERY"),
        (5, 95, "DELIVERY"),
        (15, 85, "DINE_IN"),
    ];
    groups.into_iter().flat_map(|(count, age, way)| std::iter::repeat_n((age, way), count)).collect()
}

async fn families(world: &World, [dining, delivery]: [SlotId; 2]) -> Vec<Family> {
    let made = guests().into_iter().enumerate().map(|(number, (age, way))| async move {
        let elder = world.elder(&format!("食客{number}"), &format!("{}-01-01", 2026 - age)).await;
        let person = world.family_of(&format!("family-{number}"), elder).await;
        let slot = if way == "DELIVERY" { delivery } else { dining };
        Family { person, elder, age, way, slot, hold: None }
    });
    let mut all = Vec::new();
    for one in made {
        all.push(one.await);
    }
    all
}

/// Everybody orders at once. Who got a place, and how many were told that there is none.
async fn order_at_once(world: &World, canteen: &Canteen, families: &[Family]) -> (Vec<Placed>, usize) {
    let asked = families.iter().map(|family| world.place(&family.person, family.input(canteen, "rush")));
    let (mut placed, mut full) = (Vec::new(), 0);
    for (family, payload) in join_all(asked).await.into_iter().enumerate() {
        if payload["order"].is_object() {
            placed.push(Placed { family, order: payload["order"].clone() });
        } else {
            assert_eq!(refusal(&payload), "SLOT_FULL", "{payload}");
            full += 1;
        }
    }
    (placed, full)
}

fn fen(order: &Value, name: &str) -> i64 {
    order[name].as_i64().unwrap_or_else(|| panic!("{order}"))
}

fn subsidy(order: &Value) -> i64 {
    let payers = order["payers"].as_array().unwrap();
    payers.iter().filter(|share| share["payer"] == "SUBSIDY").map(|share| fen(share, "amountFen")).sum()
}

async fn pay_all(world: &World, families: &[Family], placed: &[Placed]) {
    let pressed = placed.iter().map(|one| async move {
        world.press_pay(&families[one.family].person, one.order["id"].as_str().unwrap()).await
    });
    join_all(pressed).await;
    world.deliver().await;
    world.work().await;
}

/// Orders of this age and way that were placed by then, as indexes into `placed`.
fn of_age(families: &[Family], placed: &[Placed], (age, way): (u32, &str)) -> Vec<usize> {
    let fits = |one: &Placed| families[one.family].age == age && families[one.family].way == way;
    placed.iter().enumerate().filter(|(_, one)| fits(one)).map(|(index, _)| index).collect()
}

/// What confirmed orders of all families make in all: how many, and what their families owe.
async fn confirmed(world: &World, families: &[Family], placed: &[Placed]) -> (usize, i64) {
    let (mut count, mut due) = (0, 0);
    for one in placed {
        let order = world.order(&families[one.family].person, one.order["id"].as_str().unwrap()).await;
        if order["state"] == "CONFIRMED" {
            count += 1;
            due += fen(&order, "dueFen");
        }
    }
    (count, due)
}

async fn hold_seats(world: &World, families: &mut [Family]) {
    for family in families {
        let input = json!({ "slotId": family.slot.to_string() });
        let payload = world.act(&family.person, "slotHold", input, "hold { token }").await;
        family.hold =
            Some(payload["hold"]["token"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned());
    }
}

/// At 08:50 one of 65 and one of 75 who would eat in and one of 85 at home cancel; two of 85 from the waiting list
/// take the seats. Gives the two new orders.
async fn resell(world: &World, canteen: &Canteen, families: &[Family], placed: &[Placed]) -> Vec<Placed> {
    for group in [(65, "DINE_IN"), (75, "DINE_IN"), (85, "DELIVERY")] {
        let one = &placed[of_age(families, placed, group)[0]];
        let cancelled = world.cancel(&families[one.family].person, one.order["id"].as_str().unwrap()).await;
        assert_eq!(cancelled["order"]["state"], "CANCELLED", "{cancelled}");
    }
    let mut resold = Vec::new();
    for family in [60, 61] {
        let payload = world.place(&families[family].person, families[family].input(canteen, "again")).await;
        assert!(payload["order"].is_object(), "{payload}");
        resold.push(Placed { family, order: payload["order"].clone() });
    }
    let third = world.place(&families[62].person, families[62].input(canteen, "again")).await;
    assert_eq!(refusal(&third), "SLOT_FULL", "two seats came back to the dining room, not three");
    pay_all(world, families, &resold).await;
    resold
}

/// Serves what the kitchen cooked, but two guests of 75 do not come.
async fn serve_all(world: &World, canteen: &Canteen, manager: &Person, families: &[Family], sheet: &Value) {
    let mut absent = 2;
    for order in sheet["orders"].as_array().unwrap() {
        let id = order["id"].as_str().unwrap();
        let row = world.order_row(id).await;
        let family = families.iter().find(|family| family.elder.0 == row.elder_id).unwrap();
        if order["way"] == "DELIVERY" {
            assert_eq!(world.depart(manager, id).await["order"]["state"], "OUT_FOR_DELIVERY");
            let words = ("handedOver", "本人");
            assert_eq!(world.deliver_meal(manager, id, words).await["order"]["state"], "SERVED");
        } else if family.age == 75 && absent > 0 {
            absent -= 1;
        } else {
            let by = json!({ "cardNumber": format!("CARD-{}", family.elder) });
            let served = world.serve(manager, canteen, by).await;
            assert_eq!(
                (served["order"]["id"].as_str(), &served["order"]["state"]),
                (Some(id), &json!("SERVED"))
            );
        }
    }
}

on_both! {
    async fn the_lunch_rush_comes_out_to_the_fen_from_first_order_to_settlement(world: World) {
        let canteen = world.canteen().await;
        let manager = world.manager("canteen1", &canteen).await;
        let slots = [world.lunch(&canteen, DAY, (3, 40)).await, world.lunch(&canteen, DAY, (4, 20)).await];
        world.at("2026-06-05 08:15").await;
        let mut families = families(&world, slots).await;
        // Sixty have the form open; the places they hold are theirs, whoever is quicker with the button.
        hold_seats(&world, &mut families[..60]).await;

        world.at("2026-06-05 08:20").await;
        let (mut placed, full) = order_at_once(&world, &canteen, &families).await;
        assert_eq!((placed.len(), full), (60, 15));
        assert!(placed.iter().all(|one| one.family < 60), "who held a place got it");
        pay_all(&world, &families, &placed).await;
        assert_eq!(confirmed(&world, &families, &placed).await, (60, 61_000));
        assert_eq!(world.number("count(*) FROM meal_order").await, 60, "the refused left nothing");
        assert_eq!(world.number("count(*) FROM payment_attempt").await, 60, "nobody pays without a place");
        assert_eq!(world.platform_fen().await, (61_000, 0));
        let sum = |name: &str| placed.iter().map(|one| fen(&one.order, name)).sum::<i64>();
        assert_eq!((sum("listFen"), sum("deliveryFen"), sum("dueFen")), (72_000, 4_000, 61_000));
        assert_eq!(placed.iter().map(|one| subsidy(&one.order)).sum::<i64>(), 15_000);

        world.at("2026-06-05 08:50").await;
        let resold = resell(&world, &canteen, &families, &placed).await;
        assert_eq!(resold.iter().map(|one| fen(&one.order, "dueFen")).sum::<i64>(), 1_800);
        world.drain().await;
        placed.extend(resold);
        assert_eq!(world.platform_fen().await, (62_800, 3_200));
        assert_eq!(confirmed(&world, &families, &placed).await, (59, 59_600));
        assert_eq!([world.taken(slots[0]).await, world.taken(slots[1]).await], [40, 19]);

        world.at("2026-06-05 09:00").await;
        let sheet = world.sheet(&manager, &canteen, (DAY, "LUNCH")).await;
        let portions = ["portions", "counterPortions", "deliveryPortions"].map(|name| fen(&sheet, name));
        assert_eq!(portions, [59, 40, 19]);
        assert_eq!(sheet["counts"], json!([{ "name": "软烂午餐", "isSmall": false, "quantity": 59 }]));
        let orders = sheet["orders"].as_array().unwrap();
        assert_eq!(orders.iter().map(subsidy).sum::<i64>(), 15_000, "planned");
        assert!(orders.iter().all(|order| order["state"] == "LOCKED"));

        world.at("2026-06-05 11:20").await;
        serve_all(&world, &canteen, &manager, &families, &sheet).await;
        world.at("2026-06-05 13:00").await;
        assert_eq!((world.orders_in("NO_SHOW").await, world.orders_in("SERVED").await), (2, 57));
        assert_eq!(world.balance(PUBLIC).await, 14_600, "no public money for those who did not come");
        assert_eq!(world.balance("wechat").await, 59_600, "charged to families");
        assert_eq!(world.balance(&format!("provider/{}", canteen.provider)).await, -74_200, "the canteen's income");
        assert_eq!((world.balance("escrow").await, world.balance("refund_payable").await), (0, 0));
        world.assert_books().await;
    }

    async fn in_a_rush_without_holds_seventy_five_orders_fill_sixty_places_and_not_one_more(world: World) {
        let canteen = world.canteen().await;
        let slots = [world.lunch(&canteen, DAY, (3, 40)).await, world.lunch(&canteen, DAY, (4, 20)).await];
        world.at("2026-06-05 08:20").await;
        let families = families(&world, slots).await;
        let (placed, full) = order_at_once(&world, &canteen, &families).await;
        assert_eq!((placed.len(), full), (60, 15));
        assert_eq!([world.taken(slots[0]).await, world.taken(slots[1]).await], [40, 20]);
        assert_eq!(world.number("count(*) FROM meal_order").await, 60);
        assert_eq!(world.number("count(*) FROM meal_order_item").await, 60);
        assert_eq!(placed.iter().filter(|one| families[one.family].way == "DELIVERY").count(), 20);
        for one in &placed {
            let off = match families[one.family].age { 65 => 100, 75 => 200, 85 => 300, _ => 500 };
            assert_eq!(subsidy(&one.order), off);
            assert_eq!(fen(&one.order, "dueFen"), 1_200 + fen(&one.order, "deliveryFen") - off);
        }
        world.assert_books().await;
    }

    async fn a_change_of_price_does_not_touch_orders_that_stand(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 40)).await;
        let manager = world.manager("canteen1", &canteen).await;
        let (first, second) = (world.elder("王桂芬", "1941-01-01").await, world.elder("李秀英", "1941-01-01").await);
        let daughter = world.family_of("daughter1", first).await;
        world.bond(&daughter, second, 15).await;
        world.at("2026-06-04 20:00").await;
        let paid = world.paid(&daughter, order_input("1", first, slot, ("DINE_IN", canteen.lunch))).await;
        let before = world.order(&daughter, &paid).await;
        world.price(&canteen, canteen.lunch, 1_500).await;

        assert_eq!(world.order(&daughter, &paid).await, before);
        let input = order_input("2", second, slot, ("DINE_IN", canteen.lunch));
        let new = world.place(&daughter, input).await;
        assert_eq!((fen(&new["order"], "listFen"), fen(&new["order"], "dueFen")), (1_500, 1_200), "{new}");
        world.at("2026-06-05 11:20").await;
        let code = json!({ "code": before["servingCode"] });
        assert_eq!(world.serve(&manager, &canteen, code).await["order"]["state"], "SERVED");
        assert_eq!(world.balance("wechat").await, 900);
        assert_eq!(world.balance(&format!("provider/{}", canteen.provider)).await, -1_200);
        world.assert_books().await;
    }

    async fn a_walk_in_without_a_phone_buys_with_name_and_four_digits_at_the_same_price(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 2)).await;
        let manager = world.manager("canteen1", &canteen).await;
        let named = |number: &'static str| world.elder_like("赵国柱", "1941-01-01", move |new| {
            new.id_number = Some(number.to_owned());
        });
        let other = named("53011119410101002X").await;
        for number in 100..125 {
            let number = Some(format!("53011119410102{number}9"));
            world.elder_like("赵国柱", "1941-01-02", |new| new.id_number = number).await;
        }
        // One of many of that name in the city, and not among the first.
        let guest = named("530111194101010017").await;
        let sell = |key: &str, end: &str| json!({
            "requestKey": format!("test-sale-{key:0>16}"), "slotId": slot.to_string(), "way": "DINE_IN",
            "walkIn": { "nameAndId": { "name": "赵国柱", "idNumberEnd": end } },
            "items": [{ "dishId": canteen.lunch.to_string() }],
        });
        let select = "order { id state listFen dueFen channel elder { id } payers { payer amountFen } }";
        let nothing = world.footprint().await;
        world.at("2026-06-05 10:59:59").await;
        let early = world.act(&manager, "mealOrderSell", sell("1", "0017"), select).await;
        assert_eq!(refusal(&early), "NOT_SERVING_TIME");
        world.at("2026-06-05 11:30").await;
        for wrong in ["0018", "017", "", "赵"] {
            let unknown = world.act(&manager, "mealOrderSell", sell("1", wrong), select).await;
            assert_eq!(refusal(&unknown), "ELDER_NOT_FOUND", "{wrong}");
        }
        assert_eq!(world.footprint().await, nothing);

        let sold = world.act(&manager, "mealOrderSell", sell("1", "0017"), select).await;
        let order = &sold["order"];
        assert_eq!((order["state"].as_str(), order["channel"].as_str()), (Some("SERVED"), Some("COUNTER")), "{sold}");
        assert_eq!((fen(order, "listFen"), subsidy(order), fen(order, "dueFen")), (1_200, 300, 900));
        assert_eq!(order["elder"]["id"], guest.to_string());
        let after = world.footprint().await;
        let again = world.act(&manager, "mealOrderSell", sell("1", "0017"), select).await;
        assert_eq!((id_of(&again), world.footprint().await), (id_of(&sold), after), "one sale per key");
        // A phone's keyboard gives the small letter; it is the same number.
        let small = world.act(&manager, "mealOrderSell", sell("2", "002x"), select).await;
        assert_eq!(small["order"]["elder"]["id"], other.to_string(), "{small}");
        let full = world.act(&manager, "mealOrderSell", sell("3", "0017"), select).await;
        assert_eq!(refusal(&full), "SLOT_FULL");

        assert_eq!(world.taken(slot).await, 2);
        assert_eq!(world.balance(&format!("counter/{}", canteen.provider)).await, 1_800);
        assert_eq!(world.balance(PUBLIC).await, 600);
        assert_eq!(world.balance(&format!("provider/{}", canteen.provider)).await, -2_400);
        assert_eq!((world.balance("escrow").await, world.platform_fen().await), (0, (0, 0)));
        world.assert_books().await;
    }
}
