//! Every row of the platform's error table (错误码 and the pages of the calls), as the server acts on it: one payment keeps its
//! one number, one refund its own, nothing is believed that the platform did not sign, and afterwards the books are right.

use entities::refund;
use nuanyang::kit::ids::{DishId, OrderId, SlotId};
use nuanyang::money::store::attempt;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
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

    async fn notifications_of_refunds_that_do_not_fit_are_filed_as_what_they_are(world: World) {
        let mut it = Refunds::new(&world).await;
        let wrong = |field: &str| json!({ "effect": "notify_altered", "field": field });
        let fields = ["/transaction_id", "/out_trade_no", "/refund_id", "/mchid", "/amount/total", "/amount/refund"];
        let spoilt = fields.map(wrong).into_iter();
        let spoilt = spoilt.chain(["notify_wrong_amount", "notify_wrong_mchid"].map(|effect| json!({ "effect": effect })));
        for (nth, mut rule) in (1..).zip(spoilt) {
            it.called_off().await;
            world.work().await;
            rule["event"] = json!("REFUND");
            world.misbehave(&rule).await;
            world.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
            world.behave().await;
            let filed = world.number("count(*) FROM wechat_inbox WHERE verdict = 'mismatch'").await;
            assert_eq!((filed, world.verdicts("mismatch").await), (nth, u64::try_from(nth).unwrap()), "{rule}: stored");
            assert_eq!(it.refunds().await, json!([{ "state": "ACCEPTED", "amountFen": 900 }]), "{rule}: not believed");
        }
        assert_eq!(world.number("count(*) FROM ledger_entry WHERE posting_key LIKE 'refunded%'").await, 0);
        world.rest().await;
        assert_eq!(it.refunds().await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        it.is_paid_back().await;
        world.assert_money().await;
    }

    async fn no_refund_that_was_refused_for_certain_is_sent_again_before_a_person_says_so(world: World) {
        let mut it = Refunds::new(&world).await;
        let is_refused = |act: &Act| matches!(act, Act::Person(_) | Act::Query(_));
        let refusals: Vec<_> = rows_of_refunds().into_iter().filter(|(_, act)| is_refused(act)).collect();
        for (row, _) in &refusals {
            it.called_off().await;
            let mut rule = row.clone();
            rule["method"] = json!("POST");
            misbehave(&world, REFUNDS, &rule).await;
            world.work().await;
            world.behave().await;
        }
        let (before, waiting) = (it.calls().await, it.stuck().await.as_array().unwrap().len());
        assert_eq!(waiting, refusals.len());
        // The platform would take them from now on. The clock of days is sounded, and that is all.
        for _ in 0..4 {
            world.pass(86_400).await;
            world.work().await;
        }
        let calls = it.calls_since(before).await;
        assert!(calls.iter().all(|call| call == "GET"), "{calls:?}");
        assert_eq!(calls.len(), 4 * refusals.len(), "each is asked about once a day");
        assert_eq!(i64::try_from(refusals.len()), Ok(world.metric("refunds_stuck").await));
        assert_eq!(world.number("min(alarm_day) FROM refund").await, 3);
        for _ in &refusals {
            it.ask_again().await;
        }
        world.rest().await;
        it.is_paid_back().await;
        world.assert_money().await;
    }

    async fn whatever_a_refund_is_answered_the_row_of_the_table_is_acted_on_and_it_is_paid_back_once(world: World) {
        let mut it = Refunds::new(&world).await;
        for (row, act) in rows_of_refunds() {
            it.called_off().await;
            let before = it.calls().await;
            let mut rule = row.clone();
            rule["method"] = json!("POST");
            misbehave(&world, REFUNDS, &rule).await;
            world.work().await;
            let (stuck, first) = (it.stuck().await, it.calls_since(before).await);
            let asked = first.iter().filter(|call| *call == "GET").count();
            assert_eq!(asked, usize::from(matches!(act, Act::Query(_))), "{row}: {first:?}");
            let wanted = match act {
                Act::Again => json!([]),
                Act::Funds => json!([{ "need": "FUNDS", "reason": "NOT_ENOUGH" }]),
                Act::Person(code) | Act::Query(code) => json!([{ "need": "RETRY", "reason": code }]),
            };
            assert_eq!(stuck, wanted, "{row}");
            let called = i64::from(act != Act::Again);
            assert_eq!((it.called().await, world.metric("refunds_stuck").await), (called, called), "{row}");
            // A minute later: the same number again, unless only a person can help.
            let (before, told) = (it.calls().await, it.told().await);
            world.pass(61).await;
            world.work().await;
            let is_sent = it.calls_since(before).await.iter().any(|call| call == "POST");
            assert_eq!(is_sent, matches!(act, Act::Again | Act::Funds), "{row}");
            assert_eq!(it.told().await, told, "a person is called once: {row}");
            world.behave().await;
            world.pass(BREAKER_S).await;
            let is_asked_again = matches!(act, Act::Person(_) | Act::Query(_));
            if is_asked_again {
                it.ask_again().await;
            }
            world.rest().await;
            assert_eq!(it.numbers().await, if is_asked_again { 2 } else { 1 }, "{row}");
            it.is_paid_back().await;
        }
        world.assert_money().await;
    }
}

const REFUNDS: &str = "/v3/refund/domestic/refunds";

/// What the house does with an answer to a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// The same number and bytes again, later.
    Again,
    /// The same, and a person is called for the balance.
    Funds,
    /// A person is called, with this code; nothing is sent any more before he acts.
    Person(&'static str),
    /// The number is asked about; then a person is called.
    Query(&'static str),
}

/// Every row of the table as a refund meets it.
fn rows_of_refunds() -> Vec<(Value, Act)> {
    let persons = [
        (400, "PARAM_ERROR"),
        (400, "INVALID_REQUEST"),
        (400, "APPID_MCHID_NOT_MATCH"),
        (400, "MCH_NOT_EXISTS"),
        (401, "SIGN_ERROR"),
        (403, "NO_AUTH"),
        (403, "ACCOUNT_ERROR"),
        (403, "RULE_LIMIT"),
        (403, "TRADE_ERROR"),
        (400, "ORDER_CLOSED"),
        (404, "RESOURCE_NOT_EXISTS"),
        (403, "A_CODE_OF_TOMORROW"),
    ];
    let again = [
        (429, "FREQUENCY_LIMITED"),
        (429, "RATELIMIT_EXCEEDED"),
        (500, "SYSTEM_ERROR"),
        (503, "SERVICE_UNAVAILABLE"),
    ];
    let effects = rows().into_iter().filter(|row| row["effect"] != "refuse").map(|row| (row, Act::Again));
    let persons = persons.into_iter().map(|(status, code)| (refused(status, code), Act::Person(code)));
    let others = [
        (refused(403, "NOT_ENOUGH"), Act::Funds),
        (refused(403, "OUT_TRADE_NO_USED"), Act::Query("OUT_TRADE_NO_USED")),
        // Both spellings are one row, and so are the two of a missing order.
        (refused(403, "ORDER_PAID"), Act::Person("ORDERPAID")),
        (refused(404, "ORDER_NOT_EXIST"), Act::Person("ORDER_NOT_EXIST")),
    ];
    let again = again.into_iter().map(|(status, code)| (refused(status, code), Act::Again));
    persons.chain(others).chain(again).chain(effects).collect()
}

/// Meals that are paid and called off, one after the other.
struct Refunds {
    world: World,
    daughter: Person,
    desk: Person,
    slot: SlotId,
    dish: DishId,
    count: usize,
    order: String,
    /// Events of refunds that waited for a person, before the last meal.
    earlier: i64,
}

impl Refunds {
    async fn new(world: &World) -> Self {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-06", (3, 40)).await;
        let (daughter, desk) = (world.login("daughter1").await, world.desk("desk1").await);
        world.at("2026-06-04 20:00").await;
        let (world, dish) = (world.clone(), canteen.lunch);
        Self { world, daughter, desk, slot, dish, count: 0, order: String::new(), earlier: 0 }
    }

    /// Paid and called off, the refund not sent yet.
    async fn called_off(&mut self) {
        let (world, number) = (&self.world, self.count);
        let elder = world.elder(&format!("王桂芬{number}"), "1944-03-01").await;
        world.bond(&self.daughter, elder, 15).await;
        let input = order_input(&number.to_string(), elder, self.slot, ("DINE_IN", self.dish));
        self.order = world.paid(&self.daughter, input).await;
        self.earlier = self.told().await;
        self.count += 1;
        assert_eq!(world.cancel(&self.daughter, &self.order).await["order"]["state"], "CANCELLED");
    }

    /// Methods of the calls about refunds so far.
    async fn calls(&self) -> usize {
        self.methods().await.len()
    }

    async fn methods(&self) -> Vec<String> {
        let found = self.world.sim_get(&format!("/sim/journal?path={REFUNDS}&kind=call&limit=20000")).await;
        found.as_array().unwrap().iter().map(|call| call["method"].as_str().unwrap().to_owned()).collect()
    }

    async fn calls_since(&self, before: usize) -> Vec<String> {
        self.methods().await.split_off(before)
    }

    async fn told(&self) -> i64 {
        self.world.number("count(*) FROM event WHERE name = 'refund_stuck'").await
    }

    /// Times that a person was called for the last meal.
    async fn called(&self) -> i64 {
        self.told().await - self.earlier
    }

    async fn stuck(&self) -> Value {
        let found = self.world.refunds_stuck(&self.desk).await;
        found.iter().map(|one| json!({ "need": one["need"], "reason": one["reason"] })).collect()
    }

    async fn ask_again(&self) {
        let id = self.world.refunds_stuck(&self.desk).await[0]["refund"]["id"].clone();
        let said =
            self.world.act(&self.desk, "refundRetry", json!({ "refundId": id }), "refund { id state }").await;
        assert_eq!(said["refund"]["state"], "REQUESTED", "{said}");
    }

    /// Numbers under which the last meal was refunded.
    async fn numbers(&self) -> i64 {
        let id: OrderId = self.order.parse().unwrap();
        let own = refund::Entity::find().filter(refund::Column::OrderId.eq(id.0));
        i64::try_from(own.count(self.world.app.db.write()).await.unwrap()).unwrap()
    }

    /// Refunds of the last meal, as the family sees them.
    async fn refunds(&self) -> Value {
        self.world.order(&self.daughter, &self.order).await["refunds"].clone()
    }

    async fn is_paid_back(&self) {
        assert_eq!(self.refunds().await, json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        let sum = 900 * i64::try_from(self.count).unwrap();
        assert_eq!(self.world.platform_fen().await, (sum, sum));
        assert_eq!(self.stuck().await, json!([]));
    }
}
