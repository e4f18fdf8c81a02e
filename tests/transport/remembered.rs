//! What the server remembers between requests must never show: written answers, valid documents, good tokens.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::client::refusal;
use crate::world::place::order_input;

const SLOTS: &str = "query($id: ID!) { mealSlots(canteenId: $id, first: 20) { \
    nodes { id servedOn portionsLeft canteen { id name deliveryFeeFen rating { count } } \
      dishes { id name priceFen isSoldOut allergens portionGrams } } \
    edges { cursor node { id dishes { id name } canteen { id name address } } } pageInfo { hasNextPage } } }";

fn left(answer: &Value) -> Vec<i64> {
    let nodes = answer["data"]["mealSlots"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    nodes.iter().map(|node| node["portionsLeft"].as_i64().unwrap()).collect()
}

on_both! {
    async fn slots_are_the_same_for_everybody_and_true_at_every_moment(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (3, 5)).await;
        world.dinner(&canteen, "2026-06-05", (3, 7)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let manager = world.manager("canteen1", &canteen).await;
        let id = json!({ "id": canteen.id.to_string() });
        let first = world.ask(None, SLOTS, id.clone()).await;
        assert_eq!(left(&first), [5, 7]);
        assert!(first.to_string().len() > 1_024, "long enough to be remembered");
        for who in [None, Some(&daughter), Some(&manager)] {
            let before = world.app.db.statements();
            assert_eq!(world.ask(who, SLOTS, id.clone()).await, first);
            let asked = world.app.db.statements() - before;
            assert!(asked <= 2, "the session and the slots, not {asked} statements");
        }

        world.place(&daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await;
        assert_eq!(left(&world.ask(None, SLOTS, id.clone()).await), [4, 7], "at the very next question");
        let sold = json!({ "canteenId": canteen.id.to_string(), "servedOn": "2026-06-05", "period": "LUNCH",
            "dishId": canteen.lunch.to_string() });
        world.act(&manager, "menuDishSoldOut", sold, "dish { isSoldOut }").await;
        let now = world.ask(None, SLOTS, id.clone()).await;
        let dishes = now["data"]["mealSlots"]["nodes"][0]["dishes"].as_array().unwrap();
        assert!(dishes.iter().any(|dish| dish["isSoldOut"] == true), "{now}");
    }

    async fn two_selections_of_one_field_are_still_joined(world: World) {
        let canteen = world.canteen().await;
        world.lunch(&canteen, "2026-06-05", (3, 5)).await;
        let id = json!({ "id": canteen.id.to_string() });
        let pad = "dishes { id name priceFen isSoldOut allergens portionGrams }";
        let whole = "canteen { id name address regionCode rating { averageMilliStars count spread } }";
        let twice = format!("query($id: ID!) {{ mealSlots(canteenId: $id) {{ nodes {{ id {pad} {whole} }} }} \
            mealSlots(canteenId: $id) {{ nodes {{ capacity }} }} ...More }} \
            fragment More on Query {{ mealSlots(canteenId: $id) {{ nodes {{ portionsLeft }} }} }}");
        for _ in 0..3 {
            let answer = world.ask(None, &twice, id.clone()).await;
            let node = &answer["data"]["mealSlots"]["nodes"][0];
            assert!(node["id"].is_string() && node["dishes"].is_array(), "{answer}");
            assert_eq!((&node["capacity"], &node["portionsLeft"]), (&json!(5), &json!(5)), "{answer}");
        }
    }

    async fn a_document_that_was_valid_is_refused_with_variables_of_another_kind(world: World) {
        let canteen = world.canteen().await;
        world.lunch(&canteen, "2026-06-05", (3, 5)).await;
        let document = "query($id: ID!, $first: Int, $from: DateTime) { \
            mealSlots(canteenId: $id, first: $first, from: $from) { nodes { id } } }";
        let id = canteen.id.to_string();
        let good = json!({ "id": id, "first": 5, "from": "2026-06-01T00:00:00Z" });
        for _ in 0..2 {
            let answer = world.ask(None, document, good.clone()).await;
            assert!(answer["data"]["mealSlots"]["nodes"][0]["id"].is_string(), "{answer}");
        }
        for bad in [
            json!({ "id": id, "first": "five", "from": "2026-06-01T00:00:00Z" }),
            json!({ "id": id, "first": 5.5 }),
            json!({ "id": id, "first": 5, "from": "soon" }),
            json!({ "id": id, "first": 5, "from": "2026-06-31T00:00:00Z" }),
            json!({ "id": [id], "first": 5 }),
            json!({ "id": null }),
            json!({ "first": 5 }),
        ] {
            let answer = world.ask(None, document, bad.clone()).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{bad}: {answer}");
            assert!(answer.get("data").is_none(), "refused as a whole: {answer}");
        }
        assert!(world.ask(None, document, good).await["errors"].is_null());
    }

    async fn an_input_that_was_valid_once_does_not_open_the_door_for_a_wrong_one(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (3, 5)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let good = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
        let select = "order { id } userErrors { code }";
        let document = format!(
            "mutation($a: MealOrderPlaceInput!, $b: MealOrderPlaceInput!) {{ \
             a: mealOrderPlace(input: $a) {{ {select} }} b: mealOrderPlace(input: $b) {{ {select} }} }}"
        );
        let ask = async |a: &Value, b: &Value| world.ask(Some(&daughter), &document, json!({ "a": a, "b": b })).await;
        let placed = ask(&good, &good).await;
        assert!(placed["data"]["a"]["order"]["id"].is_string(), "{placed}");
        let before = world.footprint().await;
        let fresh = order_input("2", elder, slot, ("DINE_IN", canteen.lunch));
        for (field, value) in [("way", json!("BY_DRONE")), ("way", json!("dine_in")), ("extra", json!("x"))] {
            let mut wrong = fresh.clone();
            wrong[field] = value;
            let answer = ask(&fresh, &wrong).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{field}: {answer}");
            assert_eq!(world.footprint().await, before, "nothing of a refused request is carried out: {answer}");
        }
        assert_eq!(refusal(&ask(&fresh, &fresh).await["data"]["a"]), "");
    }

    async fn a_nul_in_a_text_is_refused_as_a_whole(world: World) {
        for (document, variables) in [
            ("query($code: String!) { region(code: $code) { name } }", json!({ "code": "530111\u{0}" })),
            ("{ region(code: \"530111\\u0000\") { name } }", json!({})),
            ("query($x: [String!]) { region(code: \"530111\") { name } }", json!({ "x": [["a", { "b": "\u{0}" }]] })),
        ] {
            let answer = world.ask(None, document, variables).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{document}: {answer}");
        }
    }
}
