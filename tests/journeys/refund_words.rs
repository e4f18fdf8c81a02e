//! What the platform says about a refund and takes back, or says with a number that is not its own.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::Person;
use crate::world::place::order_input;

/// A meal of 900 fen, paid.
struct Meal {
    daughter: Person,
    desk: Person,
    order: String,
}

impl Meal {
    async fn new(world: &World, faults: &Value) -> Self {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (3, 1)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let desk = world.desk("desk1").await;
        world.at("2026-06-04 20:00").await;
        world.misbehave(faults).await;
        let order = world.paid(&daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await;
        world.behave().await;
        Self { daughter, desk, order }
    }

    async fn refunds(&self, world: &World) -> Value {
        world.order(&self.daughter, &self.order).await["refunds"].clone()
    }

    /// The desk presses the button of the one refund that waits.
    async fn retry(&self, world: &World) -> Value {
        let waits = world.refunds_stuck(&self.desk).await;
        assert_eq!(json!([waits[0]["need"], waits[0]["reason"]]), json!(["RETRY", "MISMATCH"]), "{waits:?}");
        let id = &waits[0]["refund"]["id"];
        world.act(&self.desk, "refundRetry", json!({ "refundId": id }), "refund { id state }").await
    }
}

fn refunded(state: &str) -> Value {
    json!([{ "state": state, "amountFen": 900 }])
}

/// A notification about the one refund, signed by the platform, with whatever state.
async fn told(world: &World, id: &str, state: &str) {
    let refunds: Vec<entities::refund::Model> =
        nuanyang::kit::db::rows(world.app.db.write(), "SELECT * FROM refund", []).await.unwrap();
    let payments: Vec<entities::payment_attempt::Model> =
        nuanyang::kit::db::rows(world.app.db.write(), "SELECT * FROM payment_attempt", []).await.unwrap();
    let plain = json!({
        "mchid": world.app.config.wechat_mchid, "out_refund_no": refunds[0].out_refund_no,
        "refund_id": refunds[0].wechat_refund_id, "out_trade_no": payments[0].out_trade_no,
        "transaction_id": payments[0].transaction_id, "refund_status": state, "user_received_account": "支付用户零钱",
        "amount": { "total": 900, "refund": 900, "payer_total": 900, "payer_refund": 900 },
    });
    let url = format!("{}/wechat/refund/notify", world.base);
    let notice = json!({ "url": url, "id": id, "event_type": format!("REFUND.{state}"), "plain": plain });
    world.sim_post("/sim/notifications", &notice).await;
    world.sim_post("/sim/notifications/flush", &json!({})).await;
}

async fn cases(world: &World, who: &Person) -> Value {
    let document = "{ billCases(first: 50) { nodes { kind number orderId oursFen theirsFen owner state } } }";
    world.data(who, document, json!({})).await["billCases"]["nodes"].clone()
}

on_both! {
    async fn an_old_word_about_a_refund_changes_nothing(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        world.cancel(&it.daughter, &it.order).await;
        world.rest().await;
        let known = world.verdicts("known").await;
        told(&world, "late-1", "ABNORMAL").await;
        told(&world, "late-2", "CLOSED").await;
        assert_eq!(world.verdicts("known").await, known + 2, "the platform, asked for it, says as before");
        assert_eq!(it.refunds(&world).await, refunded("SUCCESS"));
        let officer = world.officer("officer1", "530111").await;
        assert_eq!(cases(&world, &officer).await, json!([]));
        world.assert_money().await;
    }

    async fn a_word_against_the_books_waits_for_the_platform_to_be_asked(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        world.cancel(&it.daughter, &it.order).await;
        world.rest().await;
        world.misbehave(&json!({ "effect": "http_503", "path": "/v3/refund" })).await;
        told(&world, "late-1", "CLOSED").await;
        assert_eq!(world.number("count(*) FROM wechat_inbox WHERE id = 'late-1'").await, 0, "not taken, and told again");
        world.behave().await;
        world.pass(60).await;
        world.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
        assert_eq!(world.number("count(*) FROM wechat_inbox WHERE id = 'late-1' AND verdict = 'known'").await, 1);
    }

    async fn a_refund_that_ended_otherwise_at_the_platform_is_a_case_of_the_office(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        let officer = world.officer("officer1", "530111").await;
        let faults = json!([{ "effect": "refund_abnormal" }, { "effect": "notify_drop", "path": "/wechat/refund" }]);
        world.misbehave(&faults).await;
        world.cancel(&it.daughter, &it.order).await;
        world.work().await;
        assert_eq!(it.refunds(&world).await, refunded("ACCEPTED"));
        world.behave().await;
        told(&world, "false-1", "SUCCESS").await;
        assert_eq!(it.refunds(&world).await, refunded("SUCCESS"), "signed, and nothing against it");
        world.pass(600).await;
        for id in ["true-1", "true-2"] {
            told(&world, id, "ABNORMAL").await;
        }
        let found = cases(&world, &officer).await;
        let number = world.sim_get("/sim/ledger").await["orders"][0]["refunds"][0]["out_refund_no"].clone();
        assert_eq!(found, json!([{ "kind": "REFUND_STATE", "number": number, "orderId": it.order, "oursFen": 900,
            "theirsFen": 900, "owner": "OFFICE", "state": "OPEN" }]), "once, and nothing is booked over it");
        assert_eq!(it.refunds(&world).await, refunded("SUCCESS"));
        let elsewhere = world.officer("officer2", "530112").await;
        assert_eq!(cases(&world, &elsewhere).await, json!([]));
    }

    async fn a_false_word_said_twice_is_a_case_until_the_bill_says_what_the_books_say(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        let officer = world.officer("officer1", "530111").await;
        world.cancel(&it.daughter, &it.order).await;
        world.rest().await;
        assert_eq!(it.refunds(&world).await, refunded("SUCCESS"));
        world.misbehave(&json!({ "effect": "altered", "path": "/v3/refund/", "field": "/status", "says": "ABNORMAL" })).await;
        told(&world, "false-1", "ABNORMAL").await;
        world.behave().await;
        let states = async || {
            let found = cases(&world, &officer).await;
            found.as_array().unwrap().iter().map(|case| format!("{} {}", case["kind"], case["state"])).collect::<Vec<_>>()
        };
        assert_eq!(states().await, [r#""REFUND_STATE" "OPEN""#]);
        world.at("2026-06-06 12:00").await;
        world.work().await;
        assert_eq!(states().await, [r#""REFUND_STATE" "HEALED""#]);
        world.assert_money().await;
    }

    async fn a_case_of_a_false_word_is_over_when_the_platform_says_the_truth_again(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        let officer = world.officer("officer1", "530111").await;
        world.cancel(&it.daughter, &it.order).await;
        world.rest().await;
        world.at("2026-06-06 12:00").await;
        world.work().await;
        world.misbehave(&json!({ "effect": "altered", "path": "/v3/refund/", "field": "/status", "says": "ABNORMAL" })).await;
        told(&world, "false-1", "ABNORMAL").await;
        assert_eq!(cases(&world, &officer).await[0]["state"], "OPEN", "no bill to come holds the refund");
        told(&world, "true-1", "SUCCESS").await;
        assert_eq!(cases(&world, &officer).await[0]["state"], "OPEN", "asked for it, the platform says otherwise still");
        world.behave().await;
        told(&world, "true-2", "SUCCESS").await;
        assert_eq!(cases(&world, &officer).await[0]["state"], "HEALED");
        // Said otherwise again on the same day, it is open again.
        world.misbehave(&json!({ "effect": "altered", "path": "/v3/refund/", "field": "/status", "says": "ABNORMAL" })).await;
        told(&world, "false-2", "ABNORMAL").await;
        assert_eq!(cases(&world, &officer).await[0]["state"], "OPEN");
        assert_eq!(it.refunds(&world).await, refunded("SUCCESS"));
    }

    async fn a_refund_that_the_bill_has_under_way_though_it_was_told_as_done_is_asked_about(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        let officer = world.officer("officer1", "530111").await;
        let says = json!({ "effect": "notify_altered", "path": "/wechat/refund", "field": "/refund_status", "says": "SUCCESS" });
        world.misbehave(&json!([{ "effect": "refund_abnormal" }, says])).await;
        world.cancel(&it.daughter, &it.order).await;
        world.rest().await;
        world.behave().await;
        assert_eq!(it.refunds(&world).await, refunded("SUCCESS"), "signed, and nothing against it");
        world.at("2026-06-05 12:00").await;
        world.work().await;
        world.work().await;
        let found = cases(&world, &officer).await;
        assert_eq!(json!([found[0]["kind"], found[0]["state"]]), json!(["REFUND_STATE", "OPEN"]), "{found}");
    }

    async fn one_false_answer_does_not_keep_a_refund_on_the_list(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        world.sim_post("/sim/settings", &json!({ "refund_delay_s": 200_000 })).await;
        let says = json!({ "effect": "altered", "path": "/v3/refund/", "method": "GET", "field": "/amount/refund", "times": 1 });
        world.misbehave(&says).await;
        world.cancel(&it.daughter, &it.order).await;
        let mut was_stuck = false;
        for _ in 0..40 {
            world.work().await;
            was_stuck |= world.refunds_stuck(&it.desk).await.len() == 1;
            world.pass(3_600).await;
        }
        assert!(was_stuck, "the false answer was heard");
        assert_eq!(world.refunds_stuck(&it.desk).await, [json!(null); 0]);
        assert_eq!(it.refunds(&world).await, refunded("ACCEPTED"));
    }

    async fn a_payment_falsely_told_as_closed_is_found_by_the_bill_and_goes_back(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (3, 1)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let officer = world.officer("officer1", "530111").await;
        world.at("2026-06-04 20:00").await;
        let placed = world.place(&daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await;
        let order = crate::world::acts::id_of(&placed);
        let payment = world.start_payment(&daughter, &order).await.unwrap();
        let says = json!({ "effect": "notify_altered", "event": "TRANSACTION", "field": "/trade_state", "says": "CLOSED" });
        world.misbehave(&says).await;
        assert_eq!(world.press(&daughter, &payment, "ok").await, "ok");
        world.sim_post("/sim/notifications/flush", &json!({})).await;
        world.behave().await;
        assert_eq!(world.number("count(*) FROM payment_attempt WHERE state = 'CLOSED'").await, 1, "believed");
        world.at("2026-06-05 12:00").await;
        // Nobody answers at first; it is asked on.
        world.misbehave(&json!({ "effect": "http_503", "method": "GET", "path": "/v3/pay/" })).await;
        for _ in 0..3 {
            world.work().await;
            world.pass(3_600).await;
        }
        world.behave().await;
        for _ in 0..3 {
            world.work().await;
            world.rest().await;
        }
        assert_eq!(world.order(&daughter, &order).await["refunds"], refunded("SUCCESS"));
        let found = cases(&world, &officer).await;
        assert!(found.as_array().unwrap().iter().all(|case| case["state"] == "HEALED"), "{found}");
        world.assert_money().await;
    }

    async fn a_payment_told_with_a_false_number_is_refunded_when_the_desk_asks_again(world: World) {
        let altered = json!({ "effect": "notify_altered", "field": "/transaction_id", "path": "/wechat/pay", "times": 1 });
        let it = Meal::new(&world, &altered).await;
        let known = world.number("count(*) FROM payment_attempt WHERE state = 'PAID'").await;
        assert_eq!(known, 1, "the number is the platform's business; sum, payer and order fit");
        world.cancel(&it.daughter, &it.order).await;
        world.work().await;
        assert_eq!(it.refunds(&world).await, refunded("REQUESTED"), "what does not fit is not believed");
        let said = it.retry(&world).await;
        assert!(matches!(said["refund"]["state"].as_str(), Some("ACCEPTED" | "SUCCESS")), "{said}");
        world.rest().await;
        assert_eq!(it.refunds(&world).await, refunded("SUCCESS"));
        assert_eq!((world.platform_fen().await, world.number("count(*) FROM refund").await), ((900, 900), 1));
        let put_right = "count(*) FROM event WHERE name = 'refund_numbers_put_right' AND actor_id IS NOT NULL";
        assert_eq!(world.number(put_right).await, 1);
        let ledger = world.sim_get("/sim/ledger").await;
        let payments: Vec<entities::payment_attempt::Model> =
            nuanyang::kit::db::rows(world.app.db.write(), "SELECT * FROM payment_attempt", []).await.unwrap();
        assert_eq!(json!(payments[0].transaction_id), ledger["orders"][0]["transaction_id"]);
        world.assert_money().await;
    }

    async fn a_refund_told_with_a_false_number_goes_on_when_the_desk_asks_again(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        world.misbehave(&json!([{ "effect": "altered", "field": "/refund_id", "path": "/v3/refund", "times": 1 },
            { "effect": "notify_drop", "path": "/wechat/refund" }])).await;
        world.cancel(&it.daughter, &it.order).await;
        world.work().await;
        world.behave().await;
        assert_eq!(it.refunds(&world).await, refunded("ACCEPTED"), "believed, for nobody knew another");
        world.pass(61).await;
        world.work().await;
        it.retry(&world).await;
        assert!(world.refunds_stuck(&it.desk).await.is_empty());
        world.rest().await;
        assert_eq!(it.refunds(&world).await, refunded("SUCCESS"));
        world.assert_money().await;
    }
}
