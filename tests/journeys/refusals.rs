//! Every row of the platform's error table (错误码 and the pages of the calls), as the server acts on it: one payment keeps its
//! one number, one refund its own, nothing is believed that the platform did not sign, and afterwards the books are right.

use nuanyang::money::store::attempt;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::Person;
use crate::world::place::order_input;

/// After so many seconds the breaker lets calls through again.
const BREAKER_S: i64 = 6;

/// A refusal that the platform signed.
fn refused(status: u16, code: &str) -> Value {
    json!({ "effect": "refuse", "value": status, "code": code })
}

/// What leaves it open whether a call was executed, or says that it was not, but not for ever.
fn rows() -> Vec<Value> {
    let refusals = [
        (400, "PARAM_ERROR"),
        (400, "INVALID_REQUEST"),
        (400, "APPID_MCHID_NOT_MATCH"),
        (400, "MCH_NOT_EXISTS"),
        (401, "SIGN_ERROR"),
        (403, "NO_AUTH"),
        (403, "ACCOUNT_ERROR"),
        (403, "RULE_LIMIT"),
        (403, "TRADE_ERROR"),
        (403, "OUT_TRADE_NO_USED"),
        (403, "NOT_ENOUGH"),
        (404, "ORDER_NOT_EXIST"),
        (404, "RESOURCE_NOT_EXISTS"),
        (429, "RATELIMIT_EXCEEDED"),
        (403, "A_CODE_OF_TOMORROW"),
    ];
    let effects = [
        "http_202",
        "http_500",
        "http_502",
        "http_503",
        "http_504",
        "http_429",
        "reset_before",
        "answer_lost",
        "truncated",
        "unsigned",
        "wrong_signature",
        "signtest",
        "unknown_serial",
        "stale_timestamp",
        "future_timestamp",
    ];
    let refusals = refusals.map(|(status, code)| refused(status, code));
    refusals.into_iter().chain(effects.map(|effect| json!({ "effect": effect }))).collect()
}

/// One rule, until it is taken back.
async fn misbehave(world: &World, path: &str, rule: &Value) {
    let mut rule = rule.clone();
    rule["path"] = json!(path);
    world.misbehave(&rule).await;
}

async fn numbers(world: &World, order: &str) -> Vec<String> {
    let rows = attempt::of_order(world.app.db.write(), order.parse().unwrap()).await.unwrap();
    rows.into_iter().map(|row| row.out_trade_no).collect()
}

/// A family, and the input of an order of 900 fen for the next day.
async fn family(world: &World) -> (Person, Value) {
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, "2026-06-05", (3, 1)).await;
    let elder = world.elder("王桂芬", "1944-03-01").await;
    let daughter = world.family_of("daughter1", elder).await;
    world.at("2026-06-04 20:00").await;
    (daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch)))
}

on_both! {
    async fn whatever_a_prepay_is_answered_the_order_keeps_its_one_number_until_it_is_paid_once(world: World) {
        let (daughter, input) = family(&world).await;
        let order = id_of(&world.place(&daughter, input).await);
        for row in rows() {
            misbehave(&world, "/v3/pay/transactions/jsapi", &row).await;
            let told = world.start_payment(&daughter, &order).await;
            assert_eq!(told, Err("WECHAT_UNAVAILABLE".to_owned()), "{row}");
            world.behave().await;
            world.pass(BREAKER_S).await;
            assert_eq!(numbers(&world, &order).await.len(), 1, "{row}");
        }
        // Paid, says a refusal; the query says no, and the query counts.
        misbehave(&world, "/v3/pay/transactions/jsapi", &refused(403, "ORDERPAID")).await;
        assert_eq!(world.start_payment(&daughter, &order).await, Err("ALREADY_PAID".to_owned()));
        world.behave().await;
        assert_eq!(world.state(&daughter, &order).await, "HELD");
        // Closed, says a page that nobody signed: that is no reason for a second number.
        let unsigned = json!([{ "effect": "refuse", "value": 400, "code": "ORDER_CLOSED" }, { "effect": "unsigned" }]);
        world.misbehave(&unsigned).await;
        assert_eq!(world.start_payment(&daughter, &order).await, Err("WECHAT_UNAVAILABLE".to_owned()));
        world.behave().await;
        world.pass(BREAKER_S).await;
        assert_eq!(numbers(&world, &order).await.len(), 1);
        world.pay(&daughter, &order).await;
        assert_eq!(world.state(&daughter, &order).await, "CONFIRMED");
        assert_eq!((numbers(&world, &order).await.len(), world.platform_fen().await), (1, (900, 0)));
        world.rest().await;
        world.assert_money().await;
    }

    async fn an_order_that_the_platform_has_closed_gets_a_new_number(world: World) {
        let (daughter, input) = family(&world).await;
        let order = id_of(&world.place(&daughter, input).await);
        misbehave(&world, "/v3/pay/transactions/jsapi", &refused(400, "ORDER_CLOSED")).await;
        assert_eq!(world.start_payment(&daughter, &order).await, Err("TRY_AGAIN".to_owned()));
        world.behave().await;
        world.pay(&daughter, &order).await;
        assert_eq!(world.state(&daughter, &order).await, "CONFIRMED");
        assert_eq!((numbers(&world, &order).await.len(), world.platform_fen().await), (2, (900, 0)));
    }

    async fn whatever_a_refund_is_answered_it_keeps_its_number_and_is_paid_back_once(world: World) {
        let (daughter, input) = family(&world).await;
        let order = world.paid(&daughter, input).await;
        assert_eq!(world.cancel(&daughter, &order).await["order"]["state"], "CANCELLED");
        let number = "count(DISTINCT out_refund_no) FROM refund WHERE state = 'REQUESTED'";
        for row in rows() {
            misbehave(&world, "/v3/refund/domestic/refunds", &row).await;
            world.pass(3_700).await;
            world.work().await;
            world.behave().await;
            assert_eq!(world.number(number).await, 1, "{row}");
        }
        world.rest().await;
        let refunds = world.order(&daughter, &order).await["refunds"].clone();
        assert_eq!(refunds, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert_eq!(world.platform_fen().await, (900, 900));
        world.assert_money().await;
    }
}
