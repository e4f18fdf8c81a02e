//! Refunds that cannot go on by themselves: who is called, who sees them, and how the family gets its money all the same.

use nuanyang::kit::ids::OrderId;
use nuanyang::money::store::attempt;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;

/// After so many seconds the breaker lets calls through again.
const BREAKER_S: i64 = 6;

/// Calls that name a refund of the platform: the question about one, and its way to another account.
const ANOTHER_ACCOUNT: &str = "/v3/refund/domestic/refunds/";

/// Calls about refunds so far.
async fn calls(world: &World, method: &str) -> usize {
    let found = world.sim_get("/sim/journal?path=/v3/refund&kind=call&limit=20000").await;
    found.as_array().unwrap().iter().filter(|call| call["method"] == method).count()
}

/// A meal of 900 fen that was paid and called off while the platform ends refunds in its own way.
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
        let order = world.paid(&daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await;
        world.misbehave(faults).await;
        world.cancel(&daughter, &order).await;
        Self { daughter, desk, order }
    }

    /// As the family sees them.
    async fn refunds(&self, world: &World) -> Value {
        world.order(&self.daughter, &self.order).await["refunds"].clone()
    }

    async fn retry(&self, world: &World, who: &Person, id: &Value) -> Value {
        world.act(who, "refundRetry", json!({ "refundId": id }), "refund { id state amountFen dueOn }").await
    }
}

/// Need and reason of the one refund that waits, and its id.
async fn one(world: &World, who: &Person) -> (Value, Value) {
    let found = world.refunds_stuck(who).await;
    assert_eq!(found.len(), 1, "{found:?}");
    (json!([found[0]["need"], found[0]["reason"]]), found[0]["refund"]["id"].clone())
}

async fn alarm_days(world: &World) -> Vec<i64> {
    let mut days = Vec::new();
    for _ in 0..16 {
        world.pass(86_400).await;
        world.work().await;
        days.push(world.number("max(alarm_day) FROM refund").await);
    }
    days
}

/// Days 1 to 16 of the clock.
const CLOCK: [i64; 16] = [0, 0, 3, 3, 3, 3, 7, 7, 7, 7, 7, 12, 13, 14, 15, 16];

on_both! {
    async fn a_refund_that_the_platform_closes_is_asked_for_again_under_a_new_number(world: World) {
        let it = Meal::new(&world, &json!({ "effect": "refund_closed" })).await;
        world.drain().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "CLOSED", "amountFen": 900 }]));
        let (waits, id) = one(&world, &it.desk).await;
        assert_eq!(waits, json!(["RETRY", "CLOSED"]));
        assert_eq!(world.metric("refunds_stuck").await, 1);
        let due = world.refunds_stuck(&it.desk).await[0]["refund"]["dueOn"].clone();
        assert_eq!(alarm_days(&world).await, CLOCK, "it is not forgotten");

        let elsewhere = world.desk_of("desk2", "530112").await;
        assert!(world.refunds_stuck(&elsewhere).await.is_empty());
        assert_eq!(refusal(&it.retry(&world, &elsewhere, &id).await), "REFUND_NOT_FOUND");
        let officer = world.officer("officer1", "530111").await;
        assert_eq!(one(&world, &officer).await.1, id);

        world.behave().await;
        let said = it.retry(&world, &it.desk, &id).await;
        assert_eq!((&said["refund"]["state"], &said["refund"]["dueOn"]), (&json!("REQUESTED"), &due), "the clock goes on");
        assert_ne!(said["refund"]["id"], id);
        let again = it.retry(&world, &officer, &id).await;
        assert_eq!(again["refund"]["id"], said["refund"]["id"], "asked again, it answers the same");
        assert_eq!(refusal(&it.retry(&world, &it.desk, &said["refund"]["id"]).await), "NOT_STUCK");
        assert!(world.refunds_stuck(&it.desk).await.is_empty());
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!(world.platform_fen().await, (900, 900));
        assert_eq!(world.number("count(*) FROM event WHERE name = 'refund_asked_again'").await, 1);
        world.assert_money().await;
    }

    async fn a_second_number_is_not_sent_while_the_platform_still_works_at_the_first(world: World) {
        world.sim_post("/sim/settings", &json!({ "refund_delay_s": 100_000 })).await;
        let it = Meal::new(&world, &json!({ "effect": "notify_drop", "path": "/wechat/refund" })).await;
        world.work().await;
        let refunds: Vec<entities::refund::Model> =
            nuanyang::kit::db::rows(world.app.db.write(), "SELECT * FROM refund", []).await.unwrap();
        let payment = attempt::by_id(world.app.db.write(), refunds[0].attempt_id.into()).await.unwrap().unwrap();
        let plain = json!({
            "mchid": world.app.config.wechat_mchid, "out_refund_no": refunds[0].out_refund_no,
            "refund_id": refunds[0].wechat_refund_id, "out_trade_no": payment.out_trade_no,
            "transaction_id": payment.transaction_id, "refund_status": "CLOSED",
            "user_received_account": "支付用户零钱", "amount": { "total": 900, "refund": 900, "payer_total": 900, "payer_refund": 900 },
        });
        world.behave().await;
        let told = json!({ "url": format!("{}/wechat/refund/notify", world.base), "id": "closed-1", "event_type": "REFUND.CLOSED", "plain": plain });
        world.sim_post("/sim/notifications", &told).await;
        world.sim_post("/sim/notifications/flush", &json!({})).await;
        let (waits, id) = one(&world, &it.desk).await;
        assert_eq!(waits, json!(["RETRY", "CLOSED"]));
        let sent = calls(&world, "POST").await;
        let said = it.retry(&world, &it.desk, &id).await;
        assert_eq!((&said["refund"]["id"], &said["refund"]["state"]), (&id, &json!("ACCEPTED")), "the platform says that it is under way");
        assert!(world.refunds_stuck(&it.desk).await.is_empty(), "so nobody is called any more");
        assert_eq!((calls(&world, "POST").await, world.number("count(*) FROM refund").await), (sent, 1));
        world.pass(100_001).await;
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!(world.platform_fen().await, (900, 900));
        world.assert_money().await;
    }

    async fn twenty_who_ask_for_a_refund_again_at_once_make_one(world: World) {
        let it = Meal::new(&world, &json!({ "effect": "refund_closed" })).await;
        world.drain().await;
        world.behave().await;
        let (_, id) = one(&world, &it.desk).await;
        let asked = (0..20).map(|_| it.retry(&world, &it.desk, &id));
        let said = futures_util::future::join_all(asked).await;
        assert!(said.iter().all(|one| one["refund"]["id"] == said[0]["refund"]["id"]), "{said:?}");
        world.rest().await;
        assert_eq!(world.number("count(*) FROM refund").await, 2);
        assert_eq!(world.platform_fen().await, (900, 900));
        world.assert_money().await;
    }

    async fn a_refund_whose_account_is_closed_goes_to_another_account_of_the_payer(world: World) {
        let it = Meal::new(&world, &json!({ "effect": "refund_abnormal" })).await;
        world.drain().await;
        let (waits, id) = one(&world, &it.desk).await;
        assert_eq!(waits, json!(["ACCOUNT", "ABNORMAL"]));
        assert_eq!(refusal(&it.retry(&world, &it.desk, &id).await), "ACCOUNT_NEEDED");
        let account = |bank: &str| {
            json!({ "refundId": id, "bank": bank, "account": "6222000000000000", "owner": "王芳" })
        };
        let redirect = async |input| world.act(&it.desk, "refundRedirect", input, "refund { state }").await;
        assert_eq!(refusal(&redirect(account(" ")).await), "ACCOUNT_INVALID");
        world.behave().await;
        let said = redirect(account("ICBC_DEBIT")).await;
        assert_eq!(said["refund"]["state"], "ACCEPTED", "{said}");
        assert_eq!(refusal(&redirect(account("ICBC_DEBIT")).await), "NOT_ABNORMAL");
        assert!(world.refunds_stuck(&it.desk).await.is_empty());
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!(world.platform_fen().await, (900, 900));
        world.assert_money().await;
    }

    async fn a_refused_refund_keeps_its_clock_and_is_not_sent_again_before_a_person_says_so(world: World) {
        let refused = json!({ "effect": "refuse", "code": "RULE_LIMIT", "value": 403, "path": "/v3/refund", "method": "POST", "times": 1 });
        let it = Meal::new(&world, &refused).await;
        world.work().await;
        let (waits, id) = one(&world, &it.desk).await;
        assert_eq!(waits, json!(["RETRY", "RULE_LIMIT"]));
        assert_eq!(alarm_days(&world).await, CLOCK);
        assert_eq!(calls(&world, "POST").await, 1, "the table says no, though the limit has ended");
        assert_eq!(calls(&world, "GET").await, 16, "once a day it is asked about");
        assert_eq!(one(&world, &it.desk).await.1, id);
        assert_eq!(world.number("count(*) FROM event WHERE name = 'refund_stuck'").await, 1);
        assert_eq!(it.retry(&world, &it.desk, &id).await["refund"]["state"], "REQUESTED");
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!((world.metric("refunds_stuck").await, calls(&world, "POST").await), (0, 2));
        world.assert_money().await;
    }

    async fn a_refund_taken_before_it_was_refused_is_found_by_the_question(world: World) {
        let it = Meal::new(&world, &json!([{ "effect": "answer_lost", "path": "/v3/refund" }, { "effect": "notify_drop" }])).await;
        world.work().await;
        world.behave().await;
        let refused = json!({ "effect": "refuse", "code": "INVALID_REQUEST", "path": "/v3/refund", "method": "POST" });
        world.misbehave(&json!([refused, { "effect": "notify_drop" }])).await;
        world.pass(BREAKER_S + 61).await;
        world.work().await;
        assert!(world.refunds_stuck(&it.desk).await.is_empty(), "it was a repetition: the question comes first");
        assert_ne!(it.refunds(&world).await[0]["state"], "REQUESTED");
        world.behave().await;
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!(world.platform_fen().await, (900, 900));
        world.assert_money().await;
    }

    async fn a_refund_that_was_taken_and_then_refused_is_never_asked_for_under_a_second_number(world: World) {
        let it = Meal::new(&world, &json!([{ "effect": "answer_lost", "path": "/v3/refund" }, { "effect": "notify_drop" }])).await;
        world.work().await;
        assert_eq!(world.platform_fen().await, (900, 900), "taken, and we do not know it");
        world.behave().await;
        let refused = json!({ "effect": "refuse", "code": "NO_AUTH", "value": 403, "path": "/v3/refund", "method": "POST" });
        let silent = json!({ "effect": "http_500", "path": "/v3/refund", "method": "GET", "times": 3 });
        world.misbehave(&json!([refused, silent, { "effect": "notify_drop" }])).await;
        world.pass(BREAKER_S + 61).await;
        world.work().await;
        let (waits, id) = one(&world, &it.desk).await;
        assert_eq!(waits, json!(["RETRY", "NO_AUTH"]));
        world.pass(61).await;
        assert_eq!(it.retry(&world, &it.desk, &id).await["refund"]["id"], id, "the platform knows the first number");
        assert!(world.refunds_stuck(&it.desk).await.is_empty(), "and so do we by now");
        world.behave().await;
        world.rest().await;
        let order: OrderId = it.order.parse().unwrap();
        let rows = nuanyang::money::store::refund::of_order(world.app.db.write(), order).await.unwrap();
        assert_eq!((rows.len(), world.platform_fen().await), (1, (900, 900)));
        world.assert_money().await;
    }

    async fn another_account_whose_answer_is_lost_is_taken_once(world: World) {
        let it = Meal::new(&world, &json!({ "effect": "refund_abnormal" })).await;
        world.drain().await;
        world.behave().await;
        let id = one(&world, &it.desk).await.1;
        let redirect = async |bank: &str| {
            let input = json!({ "refundId": id, "bank": bank, "account": "6222000000000000", "owner": "王芳" });
            world.act(&it.desk, "refundRedirect", input, "refund { state }").await
        };
        // It never arrives: nothing has changed, and it may be said again.
        world.misbehave(&json!({ "effect": "reset_before", "path": ANOTHER_ACCOUNT, "method": "POST" })).await;
        assert_eq!(refusal(&redirect("ICBC_DEBIT").await), "NOT_TAKEN");
        assert_eq!(one(&world, &it.desk).await, (json!(["ACCOUNT", "ABNORMAL"]), id.clone()));
        world.behave().await;
        world.pass(BREAKER_S).await;
        world.sim_post("/sim/settings", &json!({ "refund_delay_s": 600 })).await;
        // It arrives, and neither its answer nor any other comes back. A second account is not taken.
        let lost = json!({ "effect": "answer_lost", "path": ANOTHER_ACCOUNT, "times": 2 });
        world.misbehave(&json!([lost, { "effect": "http_500", "path": ANOTHER_ACCOUNT, "method": "GET", "times": 3 }])).await;
        let asked = calls(&world, "GET").await;
        assert_eq!(refusal(&redirect("ICBC_DEBIT").await), "NOT_TAKEN");
        assert_eq!(calls(&world, "GET").await, asked + 3);
        world.pass(BREAKER_S).await;
        assert_eq!(refusal(&redirect("CMB_DEBIT").await), "NOT_TAKEN");
        // By that the house has found out, and nobody is called any more.
        assert_eq!(it.refunds(&world).await, json!([{ "state": "ACCEPTED", "amountFen": 900 }]));
        assert!(world.refunds_stuck(&it.desk).await.is_empty());
        assert_eq!(refusal(&redirect("CMB_DEBIT").await), "NOT_ABNORMAL");
        world.pass(601).await;
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!((world.platform_fen().await, world.number("count(*) FROM refund").await), ((900, 900), 1));
        let told = world.number("count(*) FROM event WHERE name = 'refund_redirect_sent' AND actor_id IS NOT NULL").await;
        assert_eq!(told, 3, "who said where to is on record");
        world.assert_money().await;
    }

    async fn another_account_whose_answer_is_lost_is_found_by_the_question_after_it(world: World) {
        let it = Meal::new(&world, &json!({ "effect": "refund_abnormal" })).await;
        world.drain().await;
        world.behave().await;
        let id = one(&world, &it.desk).await.1;
        world.sim_post("/sim/settings", &json!({ "refund_delay_s": 600 })).await;
        world.misbehave(&json!({ "effect": "answer_lost", "path": ANOTHER_ACCOUNT, "method": "POST" })).await;
        let input = json!({ "refundId": id, "bank": "ICBC_DEBIT", "account": "6222000000000000", "owner": "王芳" });
        let redirect = async || world.act(&it.desk, "refundRedirect", input.clone(), "refund { state }").await;
        let said = redirect().await;
        assert_eq!(said["refund"]["state"], "ACCEPTED", "{said}");
        assert_eq!(refusal(&redirect().await), "NOT_ABNORMAL");
        assert_eq!(world.number("count(*) FROM event WHERE name = 'refund_redirected'").await, 1);
        world.behave().await;
        world.pass(601).await;
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!((world.platform_fen().await, world.number("count(*) FROM refund").await), ((900, 900), 1));
        world.assert_money().await;
    }

    async fn a_refund_that_waits_for_funds_is_sent_at_once_when_the_desk_says_so(world: World) {
        let short = json!({ "effect": "not_enough" });
        let it = Meal::new(&world, &short).await;
        world.work().await;
        let (waits, id) = one(&world, &it.desk).await;
        assert_eq!(waits, json!(["FUNDS", "NOT_ENOUGH"]));
        world.behave().await;
        assert_eq!(it.retry(&world, &it.desk, &id).await["refund"]["id"], id, "under its own number");
        world.work().await;
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!(world.number("count(*) FROM refund").await, 1);
        world.assert_money().await;
    }

    async fn answers_about_a_refund_that_do_not_fit_call_a_person_and_are_not_believed(world: World) {
        let it = Meal::new(&world, &json!({ "effect": "notify_drop" })).await;
        let altered = async |field: &str| {
            world.misbehave(&json!({ "effect": "altered", "field": field, "path": "/v3/refund", "times": 1 })).await;
            world.work().await;
        };
        altered("/transaction_id").await;
        assert_eq!(one(&world, &it.desk).await.0, json!(["RETRY", "MISMATCH"]));
        assert_eq!(it.refunds(&world).await, json!([{ "state": "REQUESTED", "amountFen": 900 }]));
        let others = ["/out_trade_no", "/amount/refund", "/amount/total", "/amount/currency", "/transaction_id"];
        for (nth, field) in others.into_iter().enumerate() {
            world.pass(3_601).await;
            altered(field).await;
            assert_eq!(calls(&world, "GET").await, nth + 1, "{field}: it is asked about");
            assert_eq!(it.refunds(&world).await, json!([{ "state": "REQUESTED", "amountFen": 900 }]), "{field}");
        }
        assert_eq!(calls(&world, "POST").await, 1, "and not sent again");
        assert_eq!(world.number("count(*) FROM event WHERE name = 'refund_stuck'").await, 1);
        world.pass(3_601).await;
        world.rest().await;
        assert_eq!(it.refunds(&world).await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert!(world.refunds_stuck(&it.desk).await.is_empty());
        world.assert_money().await;
    }

    async fn a_refund_of_a_number_that_nobody_here_made_is_filed_as_unknown(world: World) {
        let it = Meal::new(&world, &json!([])).await;
        world.work().await;
        let renamed = "UPDATE refund SET out_refund_no = 'R' || out_refund_no";
        nuanyang::kit::db::execute(world.app.db.write(), renamed, []).await.unwrap();
        world.pass(1).await;
        world.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
        assert_eq!(world.verdicts("unknown_refund").await, 1);
        assert_eq!(world.number("count(*) FROM wechat_inbox WHERE verdict = 'unknown_refund'").await, 1);
        assert_eq!(it.refunds(&world).await, json!([{ "state": "ACCEPTED", "amountFen": 900 }]));
    }
}
