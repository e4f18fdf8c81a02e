//! Months of providers: closed once, exported, paid out, corrected in the next one.

use std::process::Command;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::PUBLIC;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;
use crate::world::scene::Scene;
use crate::world::voucher::holder;

const STATEMENT: &str = "id monthOn lineCount subsidyFen voucherFen cashFen totalFen paidAt paymentReference \
    lines { nodes { orderId kind serviceCode cashFen } }";

async fn statements(world: &World, who: &Person) -> Vec<Value> {
    let found = world.data(who, &format!("{{ statements {{ nodes {{ {STATEMENT} }} }} }}"), json!({})).await;
    found["statements"]["nodes"].as_array().unwrap().clone()
}

async fn sheet(world: &World, who: &Person, (id, format): (&Value, &str)) -> Vec<u8> {
    let document = "query($id: ID!, $format: SheetFormat!) { statementSheet(statementId: $id, format: $format) { fileName content } }";
    let found =
        world.data(who, document, json!({ "id": id, "format": format })).await["statementSheet"].clone();
    base64::engine::general_purpose::STANDARD.decode(found["content"].as_str().unwrap()).unwrap()
}

/// A visit of June, confirmed.
async fn confirmed(world: &World, it: &Scene) -> String {
    let order = it.done(world).await;
    world.on_visit(&it.daughter, "serviceOrderConfirm", &order, json!({})).await;
    order
}

on_both! {
    async fn a_month_is_closed_once_paid_and_corrected_in_the_next(world: World) {
        let it = Scene::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        let boss = world.with_role("manager1", entities::enums::Role::ProviderManager, (Some(it.agency.id.0), None)).await;
        let order = confirmed(&world, &it).await;
        world.at("2026-07-03 05:59").await;
        world.work().await;
        assert!(statements(&world, &officer).await.is_empty(), "not before six in the morning");
        world.at("2026-07-03 06:00").await;
        for _ in 0..2 {
            world.work().await;
        }
        let closed = statements(&world, &officer).await;
        assert_eq!(closed, statements(&world, &boss).await, "the provider reads the same");
        assert_eq!(closed.len(), 1, "{closed:?}");
        let june = &closed[0];
        assert_eq!((&june["monthOn"], &june["lineCount"], &june["totalFen"]), (&json!("2026-06-01"), &json!(1), &json!(8_000)));
        let line = json!([{ "orderId": order, "kind": "VISIT", "serviceCode": "cleaning_help", "cashFen": 8_000 }]);
        assert_eq!(june["lines"]["nodes"], line);
        assert_eq!(nuanyang::orders::service::statement::close(&world.app, "2026-06-01".parse().unwrap()).await.unwrap(), 0, "twice changes nothing");
        let elsewhere = world.officer("officer2", "530112").await;
        assert!(statements(&world, &elsewhere).await.is_empty());
        let pay = |reference: &str| json!({ "statementId": june["id"], "reference": reference });
        let paying = async |who: &Person, reference: &str| world.act(who, "statementPay", pay(reference), &format!("statement {{ {STATEMENT} }}")).await;
        assert_eq!(refusal(&paying(&elsewhere, "T-1").await), "STATEMENT_NOT_FOUND");
        assert_eq!(refusal(&paying(&officer, " ").await), "REFERENCE_INVALID");
        let back = json!({ "orderId": order, "reason": "老人当天住院，服务不实" });
        assert_eq!(refusal(&world.act(&officer, "settlementLineClawBack", back.clone(), "line { state }").await), "NOT_PAID");
        for _ in 0..2 {
            let paid = paying(&officer, "T-1").await;
            assert_eq!(paid["statement"]["paymentReference"], "T-1", "{paid}");
        }
        assert_eq!(refusal(&paying(&officer, "T-2").await), "ALREADY_PAID");
        assert_eq!((it.earned(&world).await, world.balance("payout").await), (0, -8_000), "what was owed is paid");
        for _ in 0..2 {
            let taken = world.act(&officer, "settlementLineClawBack", back.clone(), "line { state totalFen }").await;
            assert_eq!((&taken["line"]["state"], &taken["line"]["totalFen"]), (&json!("CLAWED_BACK"), &json!(0)), "{taken}");
        }
        world.rest().await;
        assert_eq!(world.platform_fen().await, (8_000, 8_000), "the family has its money back");
        assert_eq!(it.earned(&world).await, -8_000, "the provider owes it");
        world.at("2026-08-05 06:00").await;
        world.work().await;
        let all = statements(&world, &officer).await;
        let corrected = &all[0]["lines"]["nodes"];
        assert_eq!(*corrected, json!([{ "orderId": order, "kind": "CORRECTION", "serviceCode": "cleaning_help", "cashFen": -8_000 }]));
        assert_eq!((&all[0]["totalFen"], &all[1]["totalFen"]), (&json!(-8_000), &json!(8_000)), "June stays as it was");
        world.assert_books().await;
    }

    async fn a_visit_that_was_found_right_is_taken_back_when_fraud_is_proven(world: World) {
        let it = Scene::new(&world).await;
        world.grant(vec![holder(it.elder, 5_000)]).await;
        let desk = world.desk("desk1").await;
        let officer = world.officer("officer1", "530111").await;
        let order = it.done(&world).await;
        let words = json!({ "reason": "没有人来过" });
        let said = world.on_visit(&it.daughter, "serviceOrderDispute", &order, words).await;
        assert_eq!(said["order"]["state"], "DISPUTED", "{said}");
        let verdict = json!({ "ending": "PAID", "reason": "核实已服务" });
        world.on_visit(&desk, "serviceOrderResolve", &order, verdict).await;
        world.at("2026-07-03 06:00").await;
        world.work().await;
        let june = statements(&world, &officer).await[0].clone();
        assert_eq!(june["totalFen"], 8_000, "{june}");
        let pay = json!({ "statementId": june["id"], "reference": "T-1" });
        world.act(&officer, "statementPay", pay, "statement { id }").await;
        let back = json!({ "orderId": order, "reason": "监控证实未上门" });
        for _ in 0..2 {
            let taken = world.act(&officer, "settlementLineClawBack", back.clone(), "line { state totalFen }").await;
            assert_eq!(taken["line"], json!({ "state": "CLAWED_BACK", "totalFen": 0 }), "{taken}");
        }
        world.rest().await;
        assert_eq!(world.platform_fen().await, (3_000, 3_000));
        assert_eq!(it.earned(&world).await, -8_000, "the provider owes it");
        world.assert_books().await;
        world.at("2026-08-05 06:00").await;
        world.work().await;
        assert_eq!(statements(&world, &officer).await[0]["totalFen"], -8_000);
        world.assert_books().await;
    }

    async fn a_meal_that_was_never_handed_over_is_taken_back(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        let dinner = world.dinner(&canteen, "2026-06-05", (1, 40)).await;
        let father = world.elder_like("王建国", "1944-03-01", |new| new.card_number = Some("CARD-1".into())).await;
        let son = world.family_of("son1", father).await;
        let manager = world.manager("canteen1", &canteen).await;
        world.grant(vec![holder(father, 500)]).await;
        let order = world.paid(&son, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
        world.at("2026-06-05 11:40").await;
        let code = json!({ "code": world.order(&son, &order).await["servingCode"] });
        world.serve(&manager, &canteen, code).await;
        world.at("2026-06-05 17:40").await;
        let sale = json!({ "requestKey": crate::world::contract::fresh_key(), "slotId": dinner.to_string(), "way": "DINE_IN",
            "walkIn": { "cardNumber": "CARD-1" }, "items": [{ "dishId": canteen.dinner.to_string()}] });
        let sold = world.act(&manager, "mealOrderSell", sale, "order { id }").await;
        let sold = crate::world::acts::id_of(&sold);
        let officer = world.officer("officer1", "530111").await;
        let taking = async |order: &str| {
            let input = json!({ "orderId": order, "reason": "查实未用餐" });
            world.act(&officer, "settlementLineClawBack", input, "line { orderId state totalFen reviewReason }").await
        };
        assert_eq!(refusal(&taking(&order).await), "NOT_PAID");
        world.at("2026-07-03 06:00").await;
        world.work().await;
        assert_eq!(refusal(&taking(&order).await), "NOT_PAID");
        let june = statements(&world, &officer).await[0].clone();
        let pay = json!({ "statementId": june["id"], "reference": "T-1" });
        world.act(&officer, "statementPay", pay, "statement { id }").await;
        world.assert_books().await;
        for order in [&order, &order, &sold] {
            let taken = taking(order).await;
            assert_eq!(taken["line"], json!({ "orderId": order, "state": "CLAWED_BACK", "totalFen": 0, "reviewReason": "查实未用餐" }), "{taken}");
        }
        world.rest().await;
        let (paid, back) = world.platform_fen().await;
        assert!(paid > 0 && paid == back, "the family has its money back: {paid} {back}");
        assert_eq!(world.balance(PUBLIC).await, 0, "no subsidy is claimed");
        assert_eq!(world.purse(&son, father).await, [0, 0, 0, 0, 500], "the month is over: it is the public's again");
        assert_eq!(world.balance(&format!("counter/{}", canteen.provider)).await, 0, "handed back at its own till");
        assert_eq!(world.balance(&format!("provider/{}", canteen.provider)).await, june["totalFen"].as_i64().unwrap(), "the provider owes what it was paid");
        world.assert_books().await;
        world.at("2026-08-05 06:00").await;
        world.work().await;
        let all = statements(&world, &officer).await;
        assert_eq!(all[0]["totalFen"].as_i64().unwrap(), -june["totalFen"].as_i64().unwrap(), "{all:?}");
        assert_eq!(all[0]["lines"]["nodes"][0]["kind"], "CORRECTION");
        world.assert_books().await;
    }

    async fn a_sheet_opens_where_offices_open_it(world: World) {
        let it = Scene::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        confirmed(&world, &it).await;
        world.at("2026-07-03 06:00").await;
        world.work().await;
        let closed = statements(&world, &officer).await;
        let id = &closed[0]["id"];
        let csv = String::from_utf8(sheet(&world, &officer, (id, "CSV")).await).unwrap();
        assert!(csv.trim_end().ends_with("合计,,,,,0.00,0.00,80.00,80.00"), "{csv}");
        let folder = std::env::temp_dir().join(format!("nuanyang-sheet-{}", world.app.ids.next::<uuid::Uuid>()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("june.xlsx");
        std::fs::write(&file, sheet(&world, &officer, (id, "XLSX")).await).unwrap();
        // The office's own program reads it and writes what it has read.
        let profile = format!("-env:UserInstallation=file://{}", folder.join("profile").display());
        let mut office = Command::new("soffice");
        office.current_dir(&folder);
        office.args([&profile, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir"]);
        let done = office.arg(&folder).arg(&file).output().expect("soffice is installed by `make test`");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let read = std::fs::read_to_string(folder.join("june.csv")).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let last = read.trim_end().lines().last().unwrap();
        assert!(last.starts_with("合计,") && last.ends_with("0.00,0.00,80.00,80.00"), "{read}");
    }
}
