//! One request key, one effect, whoever asks how often.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use nuanyang::money::store::attempt;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::client::{ORDER, refusal};
use crate::world::place::order_input;

on_both! {
    async fn fifty_equal_requests_at_once_make_one_order_one_charge_and_fifty_equal_answers(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-04 20:00").await;

        let input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
        let answers = join_all((0..50).map(|_| world.place(&daughter, input.clone()))).await;
        let distinct: BTreeSet<String> = answers.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), 1, "{distinct:#?}");
        assert_eq!(answers[0]["order"]["state"], "HELD", "{}", answers[0]);
        assert_eq!((world.orders_of(slot).await.len(), world.assert_seats(slot).await), (1, 1));

        let id = answers[0]["order"]["id"].as_str().unwrap();
        let started = join_all((0..50).map(|_| world.start_payment(&daughter, id))).await;
        let numbers: BTreeSet<String> = started.into_iter().map(Result::unwrap).collect();
        assert_eq!(numbers.len(), 1, "{numbers:?}");
        let attempts = attempt::of_order(world.app.db.write(), id.parse().unwrap()).await.unwrap();
        assert_eq!(attempts.len(), 1);
        world.pay(&daughter, id).await;
        world.rest().await;
        assert_eq!(world.sim_get("/sim/ledger").await["paid_total_fen"], 900);
        world.assert_money().await;
    }

    async fn the_last_place_asked_for_fifty_times_under_one_key_is_one_order(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 1)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-04 20:00").await;
        let input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
        let answers = join_all((0..50).map(|_| world.place(&daughter, input.clone()))).await;
        let distinct: BTreeSet<String> = answers.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), 1, "{distinct:#?}");
        assert_eq!((world.orders_of(slot).await.len(), world.assert_seats(slot).await), (1, 1));
    }

    async fn a_key_is_good_for_one_input_of_one_person_also_after_a_restart_and_a_day(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        let (father, mother) = (world.elder("王桂芬", "1944-03-01").await, world.elder("李秀英", "1946-03-01").await);
        let daughter = world.family_of("daughter1", father).await;
        world.bond(&daughter, mother, 15).await;
        let son = world.family_of("son1", mother).await;
        world.at("2026-06-04 10:00").await;

        let input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
        let first = world.place(&daughter, input.clone()).await;
        let id = first["order"]["id"].as_str().unwrap();
        let mut other = input.clone();
        other["note"] = json!("少盐");
        let for_mother = order_input("1", mother, slot, ("DINE_IN", canteen.lunch));
        for changed in [&other, &for_mother] {
            let reused = world.place(&daughter, changed.clone()).await;
            assert_eq!((refusal(&reused), reused["order"].is_null()), ("REQUEST_KEY_REUSED", true), "{reused}");
        }
        let his = world.place(&son, for_mother.clone()).await;
        assert_eq!(his["order"]["state"], "HELD", "{his}");
        assert_ne!(his["order"]["id"], first["order"]["id"]);

        let restarted = world.another_server().await;
        assert_eq!(restarted.place(&daughter, input.clone()).await, first);
        assert_eq!(refusal(&restarted.place(&daughter, for_mother.clone()).await), "REQUEST_KEY_REUSED");
        world.pay(&daughter, id).await;
        world.at("2026-06-05 11:30").await;
        let late = restarted.place(&daughter, input).await;
        assert_eq!((late["order"]["id"].as_str(), late["order"]["state"].as_str()), (Some(id), Some("LOCKED")));
        assert_eq!(refusal(&restarted.place(&daughter, for_mother).await), "REQUEST_KEY_REUSED");
        assert_eq!((world.orders_of(slot).await.len(), world.assert_seats(slot).await), (2, 1));
    }

    async fn keys_that_are_empty_short_long_or_not_sober_text_are_refused_without_effect(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-04 20:00").await;
        let huge = "k".repeat(100_000);
        let bad = ["", "short", "sixteen letters!", &"k".repeat(65), "订餐订餐订餐订餐", &huge];
        for key in bad {
            let mut input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
            input["requestKey"] = json!(key);
            let refused = world.place(&daughter, input).await;
            let start: String = key.chars().take(20).collect();
            assert_eq!(refusal(&refused), "REQUEST_KEY_INVALID", "{start:?}: {refused}");
        }
        assert_eq!((world.orders_of(slot).await.len(), world.assert_seats(slot).await), (0, 0));
        assert_eq!(world.data(&daughter, &format!("{{ mealOrders(first: 5) {{ nodes {{ {ORDER} }} }} }}"), json!({})).await["mealOrders"]["nodes"], json!([]));
    }
}

on_both! {
    async fn the_usual_asked_for_fifty_times_at_once_is_one_order_and_one_answer(world: World) {
        let canteen = world.canteen().await;
        let first = world.lunch(&canteen, "2026-06-05", (3, 50)).await;
        for day in ["2026-06-06", "2026-06-07", "2026-06-08"] {
            world.lunch(&canteen, day, (3, 50)).await;
        }
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        world.at("2026-06-04 20:00").await;
        let placed = world.place(&daughter, order_input("1", elder, first, ("DINE_IN", canteen.lunch))).await;
        assert_eq!(placed["order"]["state"], "HELD", "{placed}");
        let key = "test-usual-000001";
        let input = json!({ "requestKey": key, "elderId": elder.to_string() });
        let ask = || world.act(&daughter, "mealOrderRepeat", input.clone(), "order { id servedOn }");
        let answers = futures_util::future::join_all((0..50).map(|_| ask())).await;
        for answer in &answers {
            assert_eq!(answer, &answers[0]);
        }
        assert_eq!(answers[0]["order"]["servedOn"], "2026-06-06", "{}", answers[0]);
        assert_eq!(world.number("count(*) FROM meal_order").await, 2);
        // A key of another act is not an answer to this one.
        let mut other = input.clone();
        other["requestKey"] = order_input("1", elder, first, ("DINE_IN", canteen.lunch))["requestKey"].clone();
        let refused = world.act(&daughter, "mealOrderRepeat", other, "order { id }").await;
        assert_eq!(refusal(&refused), "REQUEST_KEY_REUSED");
        for wrong in ["", "short", "with blank and more", "nul\u{0}nul\u{0}nul\u{0}nul\u{0}"] {
            let input = json!({ "requestKey": wrong, "elderId": elder.to_string() });
            let document = "mutation($input: MealOrderRepeatInput!) { mealOrderRepeat(input: $input) { userErrors { code } } }";
            let answer = world.ask(Some(&daughter), document, json!({ "input": input })).await;
            let refused = refusal(&answer["data"]["mealOrderRepeat"]).to_owned();
            let halted = answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST";
            assert!(refused == "REQUEST_KEY_INVALID" || halted, "{wrong:?}: {answer}");
        }
        assert_eq!(world.number("count(*) FROM meal_order").await, 2);
    }
}
