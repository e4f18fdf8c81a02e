//! The platform's bills against the books: every difference becomes a case, and what arrives late heals its own.

use std::collections::BTreeMap;

use base64::Engine as _;
use nuanyang::kit::db::execute;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};

/// A canteen and a family that orders for the sixth of June while it is the fourth.
struct Table {
    canteen: Canteen,
    daughter: Person,
    elders: Vec<nuanyang::kit::ids::ElderId>,
    slot: nuanyang::kit::ids::SlotId,
}

impl Table {
    async fn new(world: &World) -> Self {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-06", (1, 100)).await;
        let daughter = world.login("daughter1").await;
        world.at("2026-06-04 12:00").await;
        Self { canteen, daughter, elders: Vec::new(), slot }
    }

    /// Ordered for somebody else each time.
    async fn ordered(&mut self, world: &World) -> String {
        let elder = world.elder(&format!("王{}", self.elders.len()), "1944-03-01").await;
        world.bond(&self.daughter, elder, 15).await;
        self.elders.push(elder);
        let input =
            order_input(&self.elders.len().to_string(), elder, self.slot, ("DINE_IN", self.canteen.lunch));
        crate::world::acts::id_of(&world.place(&self.daughter, input).await)
    }

    /// Ordered and paid; the number of the payment.
    async fn paid(&mut self, world: &World) -> (String, String) {
        let order = self.ordered(world).await;
        let number = world.press_pay(&self.daughter, &order).await;
        world.deliver().await;
        world.work().await;
        (order, number)
    }

    /// Ordered, paid and called off; the number of the refund.
    async fn refunded(&mut self, world: &World) -> String {
        let (order, number) = self.paid(world).await;
        world.cancel(&self.daughter, &order).await;
        world.rest().await;
        let ledger = world.sim_get("/sim/ledger").await;
        let found =
            ledger["orders"].as_array().unwrap().iter().find(|one| one["out_trade_no"] == number.as_str());
        found.unwrap()["refunds"][0]["out_refund_no"].as_str().unwrap().to_owned()
    }
}

async fn cases(world: &World, who: &Person) -> Vec<Value> {
    let document = "{ billCases(first: 50) { nodes { id dayOn kind number orderId oursFen theirsFen owner state note } } }";
    world.data(who, document, json!({})).await["billCases"]["nodes"].as_array().unwrap().clone()
}

async fn days(world: &World, who: &Person) -> Value {
    let document = "{ billDays { dayOn rowCount paidFen refundedFen caseCount } }";
    world.data(who, document, json!({})).await["billDays"].clone()
}

/// A day with ten planted mistakes, and with a payment and a refund that are as they should be; their numbers by kind.
async fn planted(world: &World, it: &mut Table) -> BTreeMap<&'static str, String> {
    let mut plants = BTreeMap::new();
    for kind in ["missing", "amount", "double", "fee", "state"] {
        plants.insert(kind, it.paid(world).await.1);
    }
    for kind in ["refund_missing", "refund_double", "refund_amount"] {
        plants.insert(kind, it.refunded(world).await);
    }
    it.paid(world).await;
    it.refunded(world).await;
    let at = world.app.clock.now().timestamp();
    for (kind, number) in &plants {
        let field = if kind.starts_with("refund") { "out_refund_no" } else { "out_trade_no" };
        let mut plant = json!({ "kind": kind, "out_trade_no": "", "fen": 7 });
        plant[field] = json!(number);
        world.sim_post("/sim/bills/plants", &json!([plant])).await;
    }
    let stranger = json!({ "kind": "extra", "out_trade_no": "nobody0000000000000001", "fen": 500, "at": at });
    world.sim_post("/sim/bills/plants", &json!([stranger])).await;
    let stranger = json!({ "kind": "refund_unknown", "out_trade_no": "nobody0000000000000002",
            "out_refund_no": "nobody0000000000000003", "fen": 600, "at": at });
    world.sim_post("/sim/bills/plants", &json!([stranger])).await;
    plants
}

on_both! {
    async fn ten_planted_differences_are_found_and_no_other(world: World) {
        let mut it = Table::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        let plants = planted(&world, &mut it).await;
        world.at("2026-06-05 10:29").await;
        assert_eq!(days(&world, &officer).await, json!([]), "not before half past ten");
        world.at("2026-06-05 10:30").await;
        let found = cases(&world, &officer).await;
        let kinds: BTreeMap<_, _> = found.iter().map(|case| {
            let of = |field: &str| case[field].clone();
            (case["kind"].as_str().unwrap().to_owned(), (of("number"), of("oursFen"), of("theirsFen")))
        }).collect();
        let number = |kind: &str| json!(plants[kind]);
        let expected: BTreeMap<_, _> = [
            ("PAYMENT_NOT_THERE", (number("missing"), json!(900), json!(null))),
            ("PAYMENT_AMOUNT", (number("amount"), json!(900), json!(907))),
            ("PAYMENT_TWICE", (number("double"), json!(900), json!(900))),
            ("NET", (number("fee"), json!(888), json!(895))),
            ("PAYMENT_STATE", (number("state"), json!(900), json!(900))),
            ("REFUND_NOT_THERE", (number("refund_missing"), json!(900), json!(null))),
            ("REFUND_TWICE", (number("refund_double"), json!(900), json!(900))),
            ("REFUND_AMOUNT", (number("refund_amount"), json!(900), json!(907))),
            ("PAYMENT_UNKNOWN", (json!("nobody0000000000000001"), json!(null), json!(500))),
            ("REFUND_UNKNOWN", (json!("nobody0000000000000003"), json!(null), json!(600))),
        ].into_iter().map(|(kind, sides)| (kind.to_owned(), sides)).collect();
        assert_eq!(kinds, expected);
        assert_eq!(found.len(), 10, "{found:?}");
        assert!(found.iter().all(|case| case["state"] == "OPEN" && case["owner"] == "OFFICE"), "{found:?}");
        assert_eq!(days(&world, &officer).await[0]["caseCount"], 10);
        world.assert_books().await;
    }

    async fn an_office_ends_a_difference_with_what_it_found_out(world: World) {
        let mut it = Table::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        planted(&world, &mut it).await;
        world.at("2026-06-05 10:30").await;
        let found = cases(&world, &officer).await;
        let elsewhere = world.officer("officer2", "530112").await;
        assert_eq!(cases(&world, &elsewhere).await.len(), 3, "what nobody knows is shown to all, and no order of others");
        let desk = world.desk("desk1").await;
        assert_eq!(cases(&world, &desk).await.len(), 10);
        let known = found.iter().find(|case| case["kind"] == "PAYMENT_AMOUNT").unwrap();
        let close = |who: Person, note: &'static str| {
            let (world, input) = (&world, json!({ "caseId": known["id"], "note": note }));
            async move { world.act(&who, "billCaseClose", input, "case { state note }").await }
        };
        assert_eq!(refusal(&close(elsewhere, "查过").await), "CASE_NOT_FOUND");
        assert_eq!(refusal(&close(officer.clone(), " ").await), "NOTE_INVALID");
        for _ in 0..2 {
            let closed = close(officer.clone(), "平台演示账单多记七分").await;
            assert_eq!(closed["case"], json!({ "state": "CLOSED", "note": "平台演示账单多记七分" }), "{closed}");
        }
        assert_eq!(refusal(&close(officer.clone(), "别的").await), "ALREADY_OVER");
        let document = "{ billReport(dayOn: \"2026-06-04\") { fileName content } }";
        let report = world.data(&officer, document, json!({})).await["billReport"].clone();
        let bytes = base64::engine::general_purpose::STANDARD.decode(report["content"].as_str().unwrap()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!((text.lines().count(), &report["fileName"]), (11, &json!("bill-2026-06-04.csv")), "{text}");
        assert!(text.contains("支付金额不一致") && text.contains("9.07") && text.contains("平台演示账单多记七分"), "{text}");
        world.assert_books().await;
    }

    async fn a_lost_notification_opens_a_case_that_heals_by_itself(world: World) {
        let mut it = Table::new(&world).await;
        let desk = world.desk("desk1").await;
        let order = it.ordered(&world).await;
        it.paid(&world).await;
        let number = world.press_pay(&it.daughter, &order).await;
        // The notification is not delivered, and nobody here asks until the next day.
        let sql = "DELETE FROM due_work WHERE kind IN ('payment_check', 'hold_timeout')";
        execute(world.app.db.write(), sql, []).await.unwrap();
        let before = world.state(&it.daughter, &order).await;
        assert_eq!(before, "HELD");
        world.pass(22 * 3_600 + 1_800).await;
        nuanyang::money::service::bill::compare_ready(&world.app).await.unwrap();
        let open = cases(&world, &desk).await;
        assert_eq!(open.len(), 1, "{open:?}");
        let expected = json!({ "dayOn": "2026-06-04", "kind": "PAYMENT_NOT_HERE", "number": number, "orderId": order,
            "oursFen": 900, "theirsFen": 900, "owner": "DESK", "state": "OPEN", "note": null });
        let mut seen = open[0].clone();
        seen.as_object_mut().unwrap().remove("id");
        assert_eq!(seen, expected);
        // The platform is asked at once.
        world.rest().await;
        assert_eq!(cases(&world, &desk).await[0]["state"], "HEALED");
        world.assert_books().await;
        world.assert_money().await;
    }

    async fn paid_a_moment_before_midnight_is_no_difference(world: World) {
        let mut it = Table::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        it.paid(&world).await;
        world.at("2026-06-04 23:58").await;
        let order = it.ordered(&world).await;
        world.press_pay(&it.daughter, &order).await;
        world.pass(240).await;
        world.deliver().await;
        world.work().await;
        assert_eq!(world.state(&it.daughter, &order).await, "CONFIRMED");
        world.cancel(&it.daughter, &order).await;
        world.rest().await;
        for day in ["2026-06-05 10:30", "2026-06-06 10:30", "2026-06-07 10:30"] {
            world.at(day).await;
        }
        assert_eq!(cases(&world, &officer).await, Vec::<Value>::new());
        let expected = json!([
            { "dayOn": "2026-06-06", "rowCount": 0, "paidFen": 0, "refundedFen": 0, "caseCount": 0 },
            { "dayOn": "2026-06-05", "rowCount": 1, "paidFen": 0, "refundedFen": 900, "caseCount": 0 },
            { "dayOn": "2026-06-04", "rowCount": 2, "paidFen": 1_800, "refundedFen": 0, "caseCount": 0 },
        ]);
        assert_eq!(days(&world, &officer).await, expected);
    }

    async fn a_bill_that_is_late_or_cut_is_asked_for_again(world: World) {
        let mut it = Table::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        it.paid(&world).await;
        let rule = json!({ "effect": "http_503", "path": "/v3/bill" });
        world.misbehave(&rule).await;
        world.at("2026-06-05 10:30").await;
        assert_eq!(days(&world, &officer).await, json!([]));
        assert_eq!(cases(&world, &officer).await, Vec::<Value>::new(), "half an hour late calls nobody");
        world.at("2026-06-05 16:30").await;
        let open = cases(&world, &officer).await;
        let told = |case: &Value| json!([case["kind"], case["number"], case["dayOn"], case["state"], case["owner"]]);
        assert_eq!(told(&open[0]), json!(["BILL_UNREAD", "2026-06-04", "2026-06-04", "OPEN", "OFFICE"]), "six hours do");
        world.at("2026-06-05 18:00").await;
        assert_eq!(cases(&world, &officer).await.len(), 1, "once");
        world.behave().await;
        world.at("2026-06-05 18:30").await;
        assert_eq!(days(&world, &officer).await[0], json!({ "dayOn": "2026-06-04", "rowCount": 1, "paidFen": 900,
            "refundedFen": 0, "caseCount": 0 }));
        assert_eq!(told(&cases(&world, &officer).await[0])[3], "HEALED");
    }

    async fn numbers_of_the_platform_and_ends_of_refunds_are_compared_too(world: World) {
        let mut it = Table::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        let plants = [("number", it.paid(&world).await.1), ("refund_state", it.refunded(&world).await),
            ("refund_number", it.refunded(&world).await)];
        it.refunded(&world).await;
        for (kind, number) in &plants {
            let (order, refund) = if *kind == "number" { (number.as_str(), "") } else { ("", number.as_str()) };
            let plant = json!({ "kind": kind, "out_trade_no": order, "out_refund_no": refund });
            world.sim_post("/sim/bills/plants", &json!([plant])).await;
        }
        world.at("2026-06-05 10:30").await;
        let mut found: Vec<_> = cases(&world, &officer).await.iter().map(|case| {
            assert_eq!((&case["oursFen"], &case["theirsFen"], &case["owner"]), (&json!(900), &json!(900), &json!("OFFICE")));
            (case["kind"].as_str().unwrap().to_owned(), case["number"].as_str().unwrap().to_owned())
        }).collect();
        found.sort();
        let [number, state, refund] = plants.map(|(_, number)| number);
        let expected = [("PAYMENT_NUMBER", number), ("REFUND_NUMBER", refund), ("REFUND_STATE", state)];
        assert_eq!(found, expected.map(|(kind, number)| (kind.to_owned(), number)));
        world.assert_books().await;
    }

    async fn differences_beyond_a_thousand_of_a_kind_are_counted_and_called_by_no_second_name(world: World) {
        let mut it = Table::new(&world).await;
        let officer = world.officer("officer1", "530111").await;
        it.paid(&world).await;
        let at = world.app.clock.now().timestamp();
        let strangers = json!({ "kind": "extra", "out_trade_no": "NOBODY", "fen": 100, "at": at, "count": 2_500 });
        world.sim_post("/sim/bills/plants", &json!([strangers])).await;
        world.at("2026-06-05 10:30").await;
        let kinds = world.number("count(*) FROM bill_case WHERE kind = 'PAYMENT_UNKNOWN'").await;
        assert_eq!((kinds, world.number("count(*) FROM bill_case").await), (1_000, 1_000), "no NET for the others");
        let document = "{ billDays { dayOn rowCount caseCount unlistedCount } billReport(dayOn: \"2026-06-04\") { content } }";
        let said = world.data(&officer, document, json!({})).await;
        let day = json!({ "dayOn": "2026-06-04", "rowCount": 2_501, "caseCount": 1_000, "unlistedCount": 1_500 });
        assert_eq!(said["billDays"], json!([day]));
        let content = said["billReport"]["content"].as_str().unwrap();
        let csv = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(content).unwrap()).unwrap();
        let last = csv.lines().last().unwrap();
        assert_eq!((csv.lines().count(), last.contains("账单有支付，本系统没有这个单号,另有 1500 条未列出")), (1_002, true), "{last}");
    }
}
