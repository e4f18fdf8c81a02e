//! Bundles of services: booked together or not at all, paid, carried out and settled item by item.

use nuanyang::kit::ids::OfferingId;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::care::{PLAIN, visit_input};
use crate::world::client::{Person, refusal};
use crate::world::scene::{Scene, tasks};
use crate::world::shanghai;
use crate::world::voucher::holder;

const BOOKING: &str =
    "booking { bundleId listFen dueFen orders { id state bundleId offeringId listFen dueFen startsAt } }";

/// Two cleanings and one companion visit for 80.00 each and 50.00.
struct Bundle {
    it: Scene,
    chatty: Person,
    company: OfferingId,
    id: OfferingId,
}

impl Bundle {
    async fn new(world: &World) -> Self {
        let it = Scene::new(world).await;
        let company = world.visit_offering(it.agency, "companionship", (5_000, 60), (1, 0)).await;
        let carer = world.ready_carer(it.agency, "钱师傅", &["companionship"], PLAIN).await;
        let chatty = world.carer_person(it.agency, carer, "carer3").await;
        let id = world.bundle_of(it.agency, &[(it.cleaning, 2), (company, 1)]).await;
        Self { it, chatty, company, id }
    }

    fn input(&self, key: &str, visits: &[(OfferingId, &str)]) -> Value {
        let visit = |(offering, at): &(OfferingId, &str)| json!({ "offeringId": offering.to_string(), "startsAt": shanghai(at).to_rfc3339() });
        json!({
            "requestKey": format!("test-bundle-{key:0>8}"), "elderId": self.it.elder.to_string(),
            "bundleId": self.id.to_string(), "visits": visits.iter().map(visit).collect::<Vec<_>>(),
        })
    }

    /// Cleaning on the 4th and the 11th, company on the 5th.
    fn whole(&self, key: &str) -> Value {
        let cleaning = self.it.cleaning;
        self.input(
            key,
            &[
                (cleaning, "2026-06-04 09:00"),
                (cleaning, "2026-06-11 09:00"),
                (self.company, "2026-06-05 15:00"),
            ],
        )
    }
}

on_both! {
    async fn the_visits_of_a_bundle_share_the_voucher_in_their_order(world: World) {
        let it = Bundle::new(&world).await;
        world.grant(vec![holder(it.it.elder, 10_000)]).await;
        let mut input = it.whole("1");
        input["expectedDueFen"] = json!(21_000);
        assert_eq!(refusal(&world.act(&it.it.daughter, "serviceBundlePlace", input.clone(), BOOKING).await), "PRICE_CHANGED");
        input["expectedDueFen"] = json!(11_000);
        let placed = world.act(&it.it.daughter, "serviceBundlePlace", input, BOOKING).await;
        let orders = placed["booking"]["orders"].as_array().unwrap_or_else(|| panic!("{placed}"));
        let dues: Vec<_> = orders.iter().map(|order| order["dueFen"].as_i64().unwrap()).collect();
        assert_eq!(dues, [0, 6_000, 5_000], "8000 of 10000, the rest of 2000, nothing");
        assert_eq!(world.purse(&it.it.daughter, it.it.elder).await, [0, 10_000, 0, 0, 0]);
        let first = orders[0]["id"].as_str().unwrap();
        world.on_visit(&it.it.daughter, "serviceOrderCancel", first, json!({})).await;
        assert_eq!(world.purse(&it.it.daughter, it.it.elder).await, [8_000, 2_000, 0, 0, 0]);
        world.assert_books().await;
    }

    async fn a_bundle_is_booked_together_and_settled_item_by_item(world: World) {
        let it = Bundle::new(&world).await;
        let mut input = it.whole("1");
        input["expectedDueFen"] = json!(21_000);
        let placed = world.act(&it.it.daughter, "serviceBundlePlace", input.clone(), BOOKING).await;
        let booking = &placed["booking"];
        assert_eq!((&booking["listFen"], &booking["dueFen"]), (&json!(21_000), &json!(21_000)), "{placed}");
        let orders = booking["orders"].as_array().unwrap();
        let prices: Vec<_> = orders.iter().map(|order| order["dueFen"].as_i64().unwrap()).collect();
        assert_eq!(prices, [8_000, 8_000, 5_000], "item by item");
        assert!(orders.iter().all(|order| order["bundleId"] == it.id.to_string() && order["state"] == "SLOT_HELD"));
        let again = world.act(&it.it.daughter, "serviceBundlePlace", input.clone(), BOOKING).await;
        assert_eq!(again, placed, "the same key, the same booking");
        input["visits"][0]["startsAt"] = json!(shanghai("2026-06-04 13:00").to_rfc3339());
        assert_eq!(refusal(&world.act(&it.it.daughter, "serviceBundlePlace", input, BOOKING).await), "REQUEST_KEY_REUSED");
        let ids: Vec<String> = orders.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect();
        world.pay(&it.it.daughter, &ids[0]).await;
        world.pay(&it.it.daughter, &ids[2]).await;
        world.work().await;
        world.on_visit(&it.it.near, "offerAccept", &ids[0], json!({})).await;
        world.on_visit(&it.chatty, "offerAccept", &ids[2], json!({})).await;
        // The second cleaning is not paid: it alone expires.
        world.pass(16 * 60).await;
        world.work().await;
        let mut states = Vec::new();
        for id in &ids {
            states.push(it.it.state(&world, id).await);
        }
        assert_eq!(states, ["ACCEPTED", "EXPIRED", "ACCEPTED"]);
        world.at("2026-06-04 09:00").await;
        let code = world.visit(&it.it.daughter, &ids[0]).await["visitCode"].clone();
        let proof = json!({ "place": world.at_home(10), "code": code });
        world.on_visit(&it.it.near, "visitCheckIn", &ids[0], proof).await;
        world.at("2026-06-04 11:00").await;
        let leave = json!({ "place": world.at_home(10), "tasks": tasks() });
        world.on_visit(&it.it.near, "visitCheckOut", &ids[0], leave).await;
        world.on_visit(&it.it.daughter, "serviceOrderConfirm", &ids[0], json!({})).await;
        assert_eq!(it.it.earned(&world).await, 8_000, "one item is done, one item is earned");
        assert_eq!(world.number("count(*) FROM settlement_line").await, 1);
        world.rest().await;
        world.assert_books().await;
    }

    async fn a_bundle_that_does_not_fit_books_nothing(world: World) {
        let it = Bundle::new(&world).await;
        let (daughter, cleaning) = (&it.it.daughter, it.it.cleaning);
        let wide = world.bundle_of(it.it.agency, &[(cleaning, 1), (it.company, 2)]).await;
        let stranger = world.login("stranger").await;
        let other = world.elder("李秀英", "1944-03-01").await;
        let son = world.family_of("son1", other).await;
        let taken = visit_input("9", other, it.company, "2026-06-05 17:00");
        assert_eq!(refusal(&world.act(&son, "serviceOrderPlace", taken, "order { id }").await), "");
        let before = world.footprint().await;
        let place = async |input: Value| {
            let payload = world.act(daughter, "serviceBundlePlace", input, BOOKING).await;
            refusal(&payload).to_owned()
        };
        let one_short = it.input("1", &[(cleaning, "2026-06-04 09:00"), (it.company, "2026-06-05 15:00")]);
        assert_eq!(place(one_short).await, "ITEMS_INCOMPLETE");
        let too_many = it.input("2", &[
            (cleaning, "2026-06-04 09:00"), (cleaning, "2026-06-11 09:00"), (cleaning, "2026-06-12 09:00"),
            (it.company, "2026-06-05 15:00"),
        ]);
        assert_eq!(place(too_many).await, "ITEMS_INCOMPLETE");
        let mut dear = it.whole("3");
        dear["expectedDueFen"] = json!(20_999);
        assert_eq!(place(dear).await, "PRICE_CHANGED");
        let mut single = it.whole("4");
        single["bundleId"] = json!(cleaning.to_string());
        assert_eq!(place(single).await, "BUNDLE_NOT_FOUND");
        // Only one carer keeps company, and is with another elder then: the visits that he could make are not booked either.
        let mut crossing = it.input("5", &[
            (cleaning, "2026-06-04 09:00"), (it.company, "2026-06-05 15:00"), (it.company, "2026-06-05 17:00"),
        ]);
        crossing["bundleId"] = json!(wide.to_string());
        let payload = world.act(daughter, "serviceBundlePlace", crossing, BOOKING).await;
        assert_eq!(refusal(&payload), "NOBODY_FREE");
        let message = payload["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("6月5日 17:00"), "{message}");
        let foreign = world.act(&stranger, "serviceBundlePlace", it.whole("6"), BOOKING).await;
        assert_eq!(refusal(&foreign), "ELDER_NOT_FOUND");
        assert_eq!(world.footprint().await, before, "a refusal leaves nothing behind");
    }

    async fn a_visit_of_a_bundle_is_no_longer_than_any_other(world: World) {
        let it = Bundle::new(&world).await;
        let sql = "UPDATE offering SET unit = 'UNIT' WHERE id = $1";
        nuanyang::kit::db::execute(world.app.db.write(), sql, [it.it.cleaning.0.into()]).await.unwrap();
        let long = world.bundle_of(it.it.agency, &[(it.it.cleaning, 7)]).await;
        let mut input = it.input("1", &[(it.it.cleaning, "2026-06-04 08:00")]);
        input["bundleId"] = json!(long.to_string());
        input["visits"][0]["quantity"] = json!(7);
        let payload = world.act(&it.it.daughter, "serviceBundlePlace", input, BOOKING).await;
        assert_eq!(refusal(&payload), "QUANTITY_INVALID", "fourteen hours");
    }
}
