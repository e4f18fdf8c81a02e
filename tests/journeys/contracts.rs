//! Contracts with providers: up to their cap public money pays, an order above it is refused at the quote.

use nuanyang::kit::ids::ProviderId;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::visit_input;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;
use crate::world::scene::{Scene, tasks};
use crate::world::voucher::{GUANDU, holder};

const STREET: &str = "530111004";

fn wish(provider: ProviderId, (region, year, cap_fen): (&str, i32, i64)) -> Value {
    json!({ "programme": GUANDU, "providerId": provider.to_string(), "regionCode": region, "year": year,
        "capFen": cap_fen, "reference": "官采〔2026〕7号" })
}

async fn agree(world: &World, officer: &Person, input: Value) -> Value {
    let fields = "contract { programmeName regionCode year capFen usedFen leftFen reference }";
    world.act(officer, "procurementContractAgree", input, fields).await
}

/// What is left of the only contract in somebody's reach.
async fn left(world: &World, who: &Person) -> i64 {
    let found =
        world.data(who, "{ procurementContracts(year: 2026) { nodes { leftFen } } }", json!({})).await;
    let nodes = found["procurementContracts"]["nodes"].as_array().unwrap().clone();
    assert_eq!(nodes.len(), 1, "{nodes:?}");
    nodes[0]["leftFen"].as_i64().unwrap()
}

async fn contract_id(world: &World, who: &Person, region: &str) -> Value {
    let found = world.data(who, "{ procurementContracts { nodes { id regionCode } } }", json!({})).await;
    let nodes = found["procurementContracts"]["nodes"].as_array().unwrap();
    nodes.iter().find(|node| node["regionCode"] == region).unwrap()["id"].clone()
}

async fn quoted(world: &World, it: &Scene) -> Value {
    let want = json!({ "elderId": it.elder.to_string(), "offeringId": it.cleaning.to_string() });
    let document = "query($want: ServiceWantInput!) { serviceOrderQuote(want: $want, visitOn: \"2026-06-05\") { \
        quote { dueFen } userErrors { code message } } }";
    world.data(&it.daughter, document, json!({ "want": want })).await["serviceOrderQuote"].clone()
}

on_both! {
    async fn an_order_above_the_cap_is_refused_with_what_is_left(world: World) {
        let it = Scene::new(&world).await;
        let other = world.elder("王建国", "1942-02-01").await;
        let son = world.family_of("son1", other).await;
        world.grant(vec![holder(it.elder, 20_000), holder(other, 20_000)]).await;
        let officer = world.officer("officer1", "530111").await;
        let first = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        // What was booked before the contract was noted counts.
        let said = agree(&world, &officer, wish(it.agency.id, (STREET, 2026, 7_999))).await;
        assert_eq!(refusal(&said), "CAP_BELOW_USED", "{said}");
        let said = agree(&world, &officer, wish(it.agency.id, (STREET, 2026, 16_000))).await;
        assert_eq!(said["contract"], json!({ "programmeName": "官渡区政府购买居家养老服务券", "regionCode": STREET,
            "year": 2026, "capFen": 16_000, "usedFen": 8_000, "leftFen": 8_000, "reference": "官采〔2026〕7号" }), "{said}");
        let again = agree(&world, &officer, wish(it.agency.id, (STREET, 2026, 16_000))).await;
        assert_eq!(again, said, "repeated");
        let input = visit_input("2", other, it.cleaning, "2026-06-04 14:00");
        let second = world.act(&son, "serviceOrderPlace", input, "order { id state dueFen }").await;
        assert_eq!((&second["order"]["state"], &second["order"]["dueFen"]), (&json!("PAID"), &json!(0)), "{second}");
        assert_eq!(left(&world, &officer).await, 0);

        let refused = quoted(&world, &it).await;
        assert_eq!(refusal(&refused), "CONTRACT_LIMIT", "{refused}");
        let words = refused["userErrors"][0]["message"].as_str().unwrap();
        assert!(words.contains("只剩 0.00 元"), "{words}");
        let before = world.footprint().await;
        assert_eq!(refusal(&it.book(&world, "3", "2026-06-05 09:00").await), "CONTRACT_LIMIT");
        assert_eq!(world.footprint().await, before, "nothing is half done");

        // What is called off is free for others, what was carried out is spent.
        world.on_visit(&it.daughter, "serviceOrderCancel", &first, json!({})).await;
        assert_eq!(left(&world, &officer).await, 8_000);
        assert_eq!(quoted(&world, &it).await["quote"]["dueFen"], 0);
        assert_eq!(refusal(&agree(&world, &officer, wish(it.agency.id, (STREET, 2026, 7_999))).await), "CAP_BELOW_USED");
        let more = agree(&world, &officer, wish(it.agency.id, (STREET, 2026, 24_000))).await;
        assert_eq!(more["contract"]["leftFen"], 16_000, "{more}");
        world.assert_books().await;
    }

    async fn a_contract_noted_by_mistake_counts_no_more(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![holder(it.elder, 20_000)]).await;
        let officer = world.officer("officer1", "530111").await;
        it.book(&world, "1", "2026-06-04 09:00").await;
        let community = agree(&world, &officer, wish(it.agency.id, ("530111004009", 2026, 8_000))).await;
        assert_eq!(refusal(&community), "REGION_NOT_FOUND", "a contract is for a street or a district");
        let district = "contract { id usedFen cancelledAt }";
        let wrong = world.act(&officer, "procurementContractAgree", wish(it.agency.id, ("530111", 2026, 8_000)), district).await;
        assert_eq!(wrong["contract"]["usedFen"], 8_000, "{wrong}");
        assert_eq!(refusal(&agree(&world, &officer, wish(it.agency.id, (STREET, 2026, 16_000))).await), "REGION_OVERLAPS");
        let off = json!({ "contractId": wrong["contract"]["id"], "reason": "地区登记错误" });
        let elsewhere = world.officer("officer2", "530112").await;
        assert_eq!(refusal(&world.act(&elsewhere, "procurementContractCancel", off.clone(), "contract { id }").await), "CONTRACT_NOT_FOUND");
        for _ in 0..2 {
            let said = world.act(&officer, "procurementContractCancel", off.clone(), district).await;
            assert!(said["contract"]["cancelledAt"].is_string() && said["contract"]["usedFen"] == 0, "{said}");
        }
        assert_eq!(world.number("count(*) FROM event WHERE subject = 'procurement_contract' AND name = 'cancel'").await, 1);
        let right = agree(&world, &officer, wish(it.agency.id, (STREET, 2026, 16_000))).await;
        assert_eq!(right["contract"]["usedFen"], 8_000, "what was paid counts for the right one: {right}");
        world.assert_books().await;
        // The first one can be noted again where nothing overlaps it.
        let off = json!({ "contractId": contract_id(&world, &officer, STREET).await, "reason": "改签全区合同" });
        world.act(&officer, "procurementContractCancel", off, "contract { id }").await;
        let again = agree(&world, &officer, wish(it.agency.id, ("530111", 2026, 9_000))).await;
        assert_eq!((&again["contract"]["usedFen"], &again["contract"]["capFen"]), (&json!(8_000), &json!(9_000)), "{again}");
        world.assert_books().await;
    }

    async fn half_of_a_visit_spends_half_of_the_contract(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![holder(it.elder, 20_000)]).await;
        let officer = world.officer("officer1", "530111").await;
        agree(&world, &officer, wish(it.agency.id, ("530111", 2026, 8_000))).await;
        let order = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        assert_eq!(left(&world, &officer).await, 0);
        world.work().await;
        world.on_visit(&it.near, "offerAccept", &order, json!({})).await;
        let code = world.visit(&it.daughter, &order).await["visitCode"].clone();
        world.at("2026-06-04 09:00").await;
        world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(10), "code": code })).await;
        world.at("2026-06-04 11:00").await;
        let leave = json!({ "place": world.at_home(10), "tasks": tasks() });
        world.on_visit(&it.near, "visitCheckOut", &order, leave).await;
        world.on_visit(&it.daughter, "serviceOrderDispute", &order, json!({ "reason": "没有做完" })).await;
        let desk = world.desk("desk1").await;
        let ending = json!({ "ending": "PART_REFUND", "backFen": 3_000, "reason": "做了一半" });
        let said = world.on_visit(&desk, "serviceOrderResolve", &order, ending).await;
        assert_eq!(refusal(&said), "", "{said}");
        assert_eq!(left(&world, &officer).await, 3_000);
        world.assert_books().await;
    }

    async fn meals_stop_at_the_cap_too_however_many_ask_at_once(world: World) {
        let canteen = world.canteen().await;
        let slots = [
            world.lunch(&canteen, "2026-06-05", (1, 100)).await,
            world.dinner(&canteen, "2026-06-05", (1, 100)).await,
            world.lunch(&canteen, "2026-06-06", (1, 100)).await,
        ];
        let officer = world.officer("officer1", "530111").await;
        let mut families = Vec::new();
        for number in 0..8 {
            let elder = world.elder(&format!("王{number}"), "1944-03-01").await;
            families.push((elder, world.family_of(&format!("child{number}"), elder).await));
        }
        world.grant(families.iter().map(|(elder, _)| holder(*elder, 10_000)).collect()).await;
        let provider = ProviderId(canteen.provider);
        // Lunch 12.00 and dinner 10.00, less 3.00 of subsidy each: 9.00 and 7.00 by voucher.
        agree(&world, &officer, wish(provider, (STREET, 2026, 5_000))).await;
        world.at("2026-06-04 20:00").await;
        let asks = families.iter().flat_map(|(elder, who)| slots.iter().enumerate().map(move |(slot, id)| (*elder, who, slot, *id)));
        let all = asks.map(|(elder, who, slot, id)| {
            let dish = if slot == 1 { canteen.dinner } else { canteen.lunch };
            let input = order_input(&format!("{slot}"), elder, id, ("DINE_IN", dish));
            let world = &world;
            async move { world.place(who, input).await }
        });
        let answers = futures_util::future::join_all(all).await;
        let placed: Vec<_> = answers.iter().filter(|answer| refusal(answer).is_empty()).collect();
        let refused = answers.iter().filter(|answer| refusal(answer) == "CONTRACT_LIMIT").count();
        assert_eq!(placed.len() + refused, 24, "{answers:?}");
        let spent: i64 = placed.iter().flat_map(|answer| answer["order"]["payers"].as_array().unwrap())
            .filter(|share| share["payer"] == "VOUCHER").map(|share| share["amountFen"].as_i64().unwrap()).sum();
        let rest = left(&world, &officer).await;
        assert_eq!((spent + rest, rest < 900), (5_000, true), "as long as a meal fits, it is sold");
        world.assert_books().await;
    }

    async fn a_contract_is_noted_by_the_office_of_its_region_alone(world: World) {
        let it = Scene::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        let ours = wish(it.agency.id, (STREET, 2026, 100_000));
        for (change, code) in [
            (json!({ "programme": "jinning_basic_service_list" }), "PROGRAMME_NOT_FOUND"),
            (json!({ "programme": "nothing" }), "PROGRAMME_NOT_FOUND"),
            (json!({ "year": 2025 }), "YEAR_INVALID"),
            (json!({ "year": 2028 }), "YEAR_INVALID"),
            (json!({ "capFen": 0 }), "CAP_INVALID"),
            (json!({ "reference": " " }), "REFERENCE_INVALID"),
            (json!({ "regionCode": "530112" }), "REGION_NOT_FOUND"),
            (json!({ "regionCode": "5301119" }), "REGION_NOT_FOUND"),
            (json!({ "providerId": ProviderId(uuid::Uuid::nil()).to_string() }), "PROVIDER_NOT_FOUND"),
        ] {
            let mut input = ours.clone();
            input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            assert_eq!(refusal(&agree(&world, &officer, input).await), code, "{change}");
        }
        assert_eq!(refusal(&agree(&world, &officer, ours).await), "");
        for (region, code) in [("530111", "REGION_OVERLAPS"), ("530111004009", "REGION_NOT_FOUND")] {
            let said = agree(&world, &officer, wish(it.agency.id, (region, 2026, 100_000))).await;
            assert_eq!(refusal(&said), code, "{region}");
        }
        assert_eq!(refusal(&agree(&world, &officer, wish(it.agency.id, (STREET, 2027, 100_000))).await), "");
        let elsewhere = world.officer("officer2", "530112").await;
        let document = "{ procurementContracts { nodes { id } } }";
        let seen = |who: Person| { let world = &world; async move {
            world.data(&who, document, json!({})).await["procurementContracts"]["nodes"].as_array().unwrap().len()
        } };
        assert_eq!((seen(officer).await, seen(elsewhere).await), (2, 0));
    }
}
