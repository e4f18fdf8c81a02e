//! How an order comes about: holds, prices, "the usual", the telephone desk.

use futures_util::future::join_all;
use nuanyang::kit::ids::{ElderId, SlotId};
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::{ORDER, Person, refusal};
use crate::world::place::order_input;

const DAY: &str = "2026-06-05";

async fn hold(world: &World, who: &Person, slot: SlotId) -> Value {
    let input = json!({ "slotId": slot.to_string() });
    world.act(who, "slotHold", input, "hold { token seconds portions }").await
}

fn with(mut input: Value, name: &str, value: impl Into<Value>) -> Value {
    input[name] = value.into();
    input
}

async fn repeat(world: &World, who: &Person, elder: ElderId, key: &str) -> Value {
    let input = json!({ "requestKey": format!("test-key-{key:0>16}"), "elderId": elder.to_string() });
    world
        .act(
            who,
            "mealOrderRepeat",
            input,
            &format!("order {{ servedOn slotId way items {{ name }} {ORDER} }}"),
        )
        .await
}

on_both! {
    async fn a_held_place_is_kept_for_its_owner_until_it_is_used_or_given_back(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 1)).await;
        let (one, two) = (world.elder("王桂芬", "1944-03-01").await, world.elder("李秀英", "1944-03-01").await);
        let (daughter, son) = (world.family_of("daughter1", one).await, world.family_of("son1", two).await);
        let hers = order_input("1", one, slot, ("DINE_IN", canteen.lunch));
        let his = order_input("1", two, slot, ("DINE_IN", canteen.lunch));
        let held = hold(&world, &daughter, slot).await["hold"].clone();
        assert_eq!((&held["seconds"], &held["portions"]), (&json!(600), &json!(1)), "{held}");
        let token = held["token"].as_str().unwrap();
        let before = world.footprint().await;
        assert_eq!(refusal(&hold(&world, &son, slot).await), "SLOT_FULL");
        assert_eq!(refusal(&world.place(&son, his.clone()).await), "SLOT_FULL");
        let stolen = with(his.clone(), "holdToken", token);
        assert_eq!(refusal(&world.place(&son, stolen).await), "SLOT_FULL", "a token is good for its owner only");
        assert_eq!(world.footprint().await, before);

        // Given back, somebody else may have it; and the other way round.
        let back = json!({ "slotId": slot.to_string(), "token": token });
        assert_eq!(world.act(&daughter, "slotHoldRelease", back, "released").await["released"], true);
        let held = hold(&world, &son, slot).await;
        assert_eq!(refusal(&world.place(&daughter, hers).await), "SLOT_FULL");
        let his = with(his, "holdToken", held["hold"]["token"].clone());
        let placed = world.place(&son, his.clone()).await;
        assert_eq!((placed["order"]["state"].as_str(), world.taken(slot).await), (Some("HELD"), 1), "{placed}");
        assert_eq!(id_of(&world.place(&son, his).await), id_of(&placed), "the same key, the same order");
        assert_eq!(world.taken(slot).await, 1);
    }

    async fn in_a_rush_everybody_who_holds_a_place_gets_it_to_the_last_one(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 24)).await;
        let mut asked = Vec::new();
        for number in 0..30 {
            let elder = world.elder(&format!("食客{number}"), "1944-03-01").await;
            let person = world.family_of(&format!("family-{number}"), elder).await;
            let mut input = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
            if number < 24 {
                input["holdToken"] = hold(&world, &person, slot).await["hold"]["token"].clone();
            }
            asked.push((person, input));
        }
        let answers = join_all(asked.into_iter().map(|(person, input)| {
            let world = world.clone();
            async move { world.place(&person, input).await }
        }));
        let codes: Vec<_> = answers.await.iter().map(|payload| refusal(payload).to_owned()).collect();
        assert_eq!(codes[..24], vec![""; 24]);
        assert_eq!(codes[24..], vec!["SLOT_FULL"; 6]);
        assert_eq!((world.taken(slot).await, world.orders_in("HELD").await), (24, 24));
    }

    async fn the_usual_is_one_button_and_one_order_per_key(world: World) {
        let canteen = world.canteen().await;
        let days = ["2026-06-05", "2026-06-06", "2026-06-08"];
        let mut slots = Vec::new();
        for day in days {
            slots.push(world.lunch(&canteen, day, (3, 5)).await);
        }
        world.lunch(&canteen, "2026-06-07", (4, 5)).await;
        let mother = world.elder("王桂芬", "1944-03-01").await;
        let other = world.elder("李秀英", "1944-03-01").await;
        let daughter = world.family_of("daughter1", mother).await;
        world.bond(&daughter, other, 15).await;
        world.at("2026-06-04 20:00").await;
        let before = world.footprint().await;
        assert_eq!(refusal(&repeat(&world, &daughter, mother, "1").await), "NOTHING_TO_REPEAT");
        assert_eq!(world.footprint().await, before);
        let last = world.paid(&daughter, order_input("0", mother, slots[0], ("PICK_UP", canteen.lunch))).await;

        let usual = repeat(&world, &daughter, mother, "1").await;
        let order = &usual["order"];
        assert_eq!((order["servedOn"].as_str(), order["way"].as_str()), (Some(days[1]), Some("PICK_UP")), "{usual}");
        assert_eq!((&order["items"], order["dueFen"].as_i64()), (&json!([{ "name": "软烂午餐" }]), Some(900)));
        assert_ne!(id_of(&usual), last);
        let placed = world.footprint().await;
        assert_eq!(id_of(&repeat(&world, &daughter, mother, "1").await), id_of(&usual), "the button pressed twice");
        assert_eq!(refusal(&repeat(&world, &daughter, other, "1").await), "REQUEST_KEY_REUSED");
        assert_eq!(world.footprint().await, placed);
        world.pay(&daughter, &id_of(&usual)).await;

        // On Sunday the canteen only delivers, so the next one is Monday's; after that nothing is open.
        let monday = repeat(&world, &daughter, mother, "2").await;
        assert_eq!((&monday["order"]["servedOn"], &monday["order"]["dueFen"]), (&json!(days[2]), &json!(900)), "{monday}");
        let full = world.footprint().await;
        assert_eq!(refusal(&repeat(&world, &daughter, mother, "3").await), "NOTHING_OPEN");
        assert_eq!(world.footprint().await, full);
        assert_eq!(world.taken(slots[1]).await, 1);
        world.assert_books().await;
    }

    async fn the_desk_books_for_an_elder_who_telephones_and_his_daughter_pays(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 5)).await;
        let father = world.elder_like("王建国", "1944-03-01", |new| new.phone = Some("087167180000".to_owned())).await;
        let daughter = world.family_of("daughter1", father).await;
        let desk = world.desk("desk1").await;
        let elsewhere = (None, Some("530112"));
        let far = world.with_role("desk2", entities::enums::Role::Desk, elsewhere).await;
        world.at("2026-06-04 20:00").await;
        let find = "query($phone: String!) { eldersFound(by: { phone: $phone }) { id name myScopes } }";
        let phone = json!({ "phone": "087167180000" });
        assert_eq!(world.data(&far, find, phone.clone()).await["eldersFound"], json!([]));
        let found = world.data(&desk, find, phone).await["eldersFound"].clone();
        let card = json!([{ "id": father.to_string(), "name": "王建国", "myScopes": ["VIEW_ORDERS", "BOOK"] }]);
        assert_eq!(found, card);

        let input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
        let before = world.footprint().await;
        assert_eq!(refusal(&world.place(&far, input.clone()).await), "ELDER_NOT_FOUND");
        assert_eq!(world.footprint().await, before);
        let select = "order { id channel dueFen }";
        let placed = world.act(&desk, "mealOrderPlace", input, select).await;
        assert_eq!((&placed["order"]["channel"], &placed["order"]["dueFen"]), (&json!("DESK"), &json!(900)), "{placed}");
        let id = id_of(&placed);
        let start = json!({ "orderId": id });
        let paying = world.act(&desk, "paymentStart", start, "params { package }").await;
        assert_eq!(refusal(&paying), "ORDER_NOT_FOUND", "the desk does not pay");
        world.pay(&daughter, &id).await;
        assert_eq!(world.state(&desk, &id).await, "CONFIRMED");
        assert_eq!(world.cancel(&desk, &id).await["order"]["state"], "CANCELLED", "called off by telephone as well");
        world.drain().await;
        assert_eq!(world.platform_fen().await, (900, 900));
        world.assert_books().await;
    }

    async fn public_money_helps_from_sixty_on_and_once_a_meal(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 9)).await;
        // Sixty on the day of the meal, and one day too young.
        let (sixty, younger) = (world.elder("刚六十", "1966-06-05").await, world.elder("五十九", "1966-06-06").await);
        let daughter = world.family_of("daughter1", sixty).await;
        world.bond(&daughter, younger, 15).await;
        world.at("2026-06-04 20:00").await;
        let place = async |key: &str, elder| {
            let payload = world.place(&daughter, order_input(key, elder, slot, ("DINE_IN", canteen.lunch))).await;
            (id_of(&payload), payload["order"]["dueFen"].as_i64().unwrap(), payload["order"]["payers"].clone())
        };
        let cash = |fen: i64| json!({ "payer": "CASH", "amountFen": fen, "rule": null });
        let (young, due, payers) = place("1", younger).await;
        assert_eq!((due, payers), (1_200, json!([cash(1_200)])));
        let (first, due, payers) = place("2", sixty).await;
        let subsidy = json!({ "payer": "SUBSIDY", "amountFen": 100, "rule": "xishan_xiyuan_meal_subsidy@2024-10-17" });
        assert_eq!((due, payers), (1_100, json!([subsidy, cash(1_100)])));
        let (second, due, payers) = place("3", sixty).await;
        assert_eq!((due, payers), (1_200, json!([cash(1_200)])), "a second meal of the period costs list price");
        assert_eq!(world.cancel(&daughter, &first).await["order"]["state"], "CANCELLED");
        let (third, due, _) = place("4", sixty).await;
        assert_eq!(due, 1_100, "the cancelled one does not count");
        for order in [&young, &second, &third] {
            world.pay(&daughter, order).await;
        }
        assert_eq!((world.platform_fen().await, world.taken(slot).await), ((3_500, 0), 3));
        world.assert_books().await;
    }

    async fn another_price_than_the_one_seen_is_refused_and_not_charged(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 9)).await;
        let mother = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", mother).await;
        world.at("2026-06-04 20:00").await;
        let input = order_input("1", mother, slot, ("DINE_IN", canteen.lunch));
        let mut asked = input.clone();
        asked.as_object_mut().unwrap().remove("requestKey");
        let document = "query($input: MealOrderQuoteInput!) { mealOrderQuote(input: $input) \
            { quote { listFen deliveryFen dueFen portionsLeft } userErrors { code } } }";
        let quoted = world.data(&daughter, document, json!({ "input": asked })).await;
        let quote = json!({ "listFen": 1_200, "deliveryFen": 0, "dueFen": 900, "portionsLeft": 9 });
        assert_eq!(quoted["mealOrderQuote"]["quote"], quote);
        world.price(&canteen, canteen.lunch, 1_300).await;
        let before = world.footprint().await;
        let seen = with(input.clone(), "expectedDueFen", 900);
        assert_eq!(refusal(&world.place(&daughter, seen).await), "PRICE_CHANGED");
        assert_eq!(world.footprint().await, before);

        let agreed = with(input.clone(), "expectedDueFen", 1_000);
        let placed = world.place(&daughter, agreed.clone()).await;
        assert_eq!(placed["order"]["dueFen"], 1_000, "{placed}");
        world.pass(60).await;
        world.price(&canteen, canteen.lunch, 1_400).await;
        let standing = world.footprint().await;
        assert_eq!(id_of(&world.place(&daughter, agreed).await), id_of(&placed), "a retry is answered as before");
        assert_eq!(refusal(&world.place(&daughter, input).await), "REQUEST_KEY_REUSED", "the key with other input");
        assert_eq!(world.footprint().await, standing);
        world.pay(&daughter, &id_of(&placed)).await;
        assert_eq!(world.platform_fen().await, (1_000, 0));
        world.assert_books().await;
    }
}
