//! Numbers that the platform tells of one payment and that are another one's, and refunds that it falsely calls closed: signed
//! well, and each order ends with its own money all the same.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;

/// Two meals of 900 fen of one daughter, paid at the platform; nobody here has heard of it.
struct Two {
    daughter: Person,
    desk: Person,
    orders: [String; 2],
    numbers: [String; 2],
}

impl Two {
    async fn new(world: &World, pressed: usize) -> Self {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-06", (3, 2)).await;
        let family = world.crowd(1, 2).await.remove(0);
        let desk = world.desk("desk1").await;
        world.at("2026-06-05 08:00").await;
        let (mut orders, mut numbers) = (Vec::new(), Vec::new());
        for (key, elder) in family.elders.iter().enumerate() {
            let input = order_input(&key.to_string(), *elder, slot, ("DINE_IN", canteen.lunch));
            let order = id_of(&world.place(&family.person, input).await);
            numbers.push(world.start_payment(&family.person, &order).await.unwrap());
            orders.push(order);
        }
        world.misbehave(&json!({ "effect": "notify_drop", "event": "TRANSACTION" })).await;
        for number in numbers.iter().take(pressed) {
            assert_eq!(world.press(&family.person, number, "ok").await, "ok");
        }
        world.sim_post("/sim/notifications/flush", &json!({})).await;
        world.behave().await;
        let (orders, numbers) = (orders.try_into().unwrap(), numbers.try_into().unwrap());
        Self { daughter: family.person, desk, orders, numbers }
    }

    async fn states(&self, world: &World) -> [String; 2] {
        [
            world.state(&self.daughter, &self.orders[0]).await,
            world.state(&self.daughter, &self.orders[1]).await,
        ]
    }

    /// A notification, signed by the platform, that the payment of one order has this number there; the status that it hears.
    async fn told(&self, world: &World, (order, transaction): (usize, &str)) -> Value {
        let attempt = attempt_of(world, &self.numbers[order]).await;
        let plain = json!({ "appid": world.app.config.wechat_appid, "mchid": world.app.config.wechat_mchid,
            "out_trade_no": self.numbers[order], "transaction_id": transaction, "trade_state": "SUCCESS",
            "trade_type": "JSAPI", "trade_state_desc": "支付成功", "bank_type": "OTHERS",
            "success_time": "2026-06-05T08:00:05+08:00", "payer": { "openid": world.app.seal.open(&attempt.openid_sealed).unwrap() },
            "amount": { "total": 900, "payer_total": 900, "currency": "CNY", "payer_currency": "CNY" } });
        let id = format!("told-{order}-{transaction}");
        let notice = json!({ "url": format!("{}/wechat/pay/notify", world.base), "id": id,
            "event_type": "TRANSACTION.SUCCESS", "plain": plain });
        world.sim_post("/sim/notifications", &notice).await;
        let told = world.sim_post("/sim/notifications/flush", &json!({})).await["delivered"].clone();
        told.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["status"].clone()
    }

    /// Numbers of the two at the platform, and as they are known here.
    async fn transactions(&self, world: &World) -> [[Value; 2]; 2] {
        let ledger = world.sim_get("/sim/ledger").await;
        let of = |number: &str| {
            let orders = ledger["orders"].as_array().unwrap();
            orders.iter().find(|one| one["out_trade_no"] == number).unwrap()["transaction_id"].clone()
        };
        let known = [attempt_of(world, &self.numbers[0]).await, attempt_of(world, &self.numbers[1]).await];
        [[of(&self.numbers[0]), of(&self.numbers[1])], known.map(|attempt| json!(attempt.transaction_id))]
    }
}

async fn attempt_of(world: &World, number: &str) -> entities::payment_attempt::Model {
    nuanyang::money::store::attempt::by_trade_no(world.app.db.write(), number).await.unwrap().unwrap()
}

const PAID: &str = "CONFIRMED";

on_both! {
    async fn a_payment_told_with_another_ones_number_gives_it_up(world: World) {
        let it = Two::new(&world, 2).await;
        let [[first, second], _] = it.transactions(&world).await;
        assert_eq!(it.told(&world, (1, first.as_str().unwrap())).await, 204, "nothing is known against it");
        assert_eq!(it.told(&world, (0, first.as_str().unwrap())).await, 204);
        assert_eq!(it.states(&world).await, [PAID; 2]);
        world.work().await;
        assert_eq!(it.transactions(&world).await[1], [first, second], "each has its own");
        assert_eq!(world.number("count(*) FROM event WHERE name = 'payment_number_freed'").await, 1);
        for order in &it.orders {
            assert_eq!(world.call_off(&it.daughter, order).await, "CANCELLED");
        }
        world.rest().await;
        assert_eq!(world.platform_fen().await, (1_800, 1_800));
        world.assert_money().await;
    }

    async fn an_order_that_is_confirmed_with_another_ones_money_does_not_keep_it(world: World) {
        let it = Two::new(&world, 1).await;
        let [[first, _], _] = it.transactions(&world).await;
        it.told(&world, (1, first.as_str().unwrap())).await;
        assert_eq!(it.states(&world).await, ["HELD", PAID], "payer and sum fit");
        // The worker asks about the first, as it does with every payment.
        world.pass(61).await;
        world.work().await;
        assert_eq!(it.states(&world).await, [PAID; 2], "who paid has his meal");
        assert_eq!(it.transactions(&world).await[1], [first, Value::Null]);
        // The other one is a case of the next day's bill.
        let officer = world.officer("officer1", "530111").await;
        world.at("2026-06-06 12:00").await;
        world.work().await;
        let document = "{ billCases(first: 50) { nodes { kind number } } }";
        let found = world.data(&officer, document, json!({})).await["billCases"]["nodes"].clone();
        assert_eq!(found, json!([{ "kind": "PAYMENT_NOT_THERE", "number": it.numbers[1] }]));
    }

    async fn a_number_that_belongs_to_another_payment_pays_nothing(world: World) {
        let it = Two::new(&world, 1).await;
        let [[first, _], _] = it.transactions(&world).await;
        it.told(&world, (0, first.as_str().unwrap())).await;
        // Nor does a page that nobody signed, or a platform that is silent, take a number away.
        let about = format!("/v3/pay/transactions/out-trade-no/{}", it.numbers[0]);
        world.misbehave(&json!([{ "effect": "refuse", "code": "ORDER_NOT_EXIST", "value": 404, "method": "GET", "path": about },
            { "effect": "unsigned", "method": "GET", "path": about }])).await;
        assert_eq!(it.told(&world, (1, first.as_str().unwrap())).await, 204);
        world.behave().await;
        assert_eq!(it.states(&world).await, [PAID, "HELD"]);
        assert_eq!(it.transactions(&world).await[1], [first, Value::Null]);
        assert_eq!(world.number("count(*) FROM wechat_inbox WHERE verdict = 'mismatch'").await, 1);
        world.pass(1_201).await;
        world.work().await;
        world.rest().await;
        assert_eq!(it.states(&world).await, [PAID, "EXPIRED"]);
        world.assert_money().await;
    }

    async fn two_payments_told_with_each_others_numbers_are_refunded_when_the_desk_asks_again(world: World) {
        let it = Two::new(&world, 2).await;
        let [[first, second], _] = it.transactions(&world).await;
        it.told(&world, (0, second.as_str().unwrap())).await;
        it.told(&world, (1, first.as_str().unwrap())).await;
        assert_eq!(it.states(&world).await, [PAID; 2]);
        for order in &it.orders {
            assert_eq!(world.call_off(&it.daughter, order).await, "CANCELLED");
        }
        world.work().await;
        let waits = world.refunds_stuck(&it.desk).await;
        assert_eq!(waits.len(), 2, "{waits:?}");
        for wait in &waits {
            world.act(&it.desk, "refundRetry", json!({ "refundId": wait["refund"]["id"] }), "refund { id state }").await;
            world.work().await;
        }
        world.rest().await;
        assert_eq!(it.transactions(&world).await[1], [first, second], "each has its own");
        assert!(world.refunds_stuck(&it.desk).await.is_empty());
        assert_eq!(world.platform_fen().await, (1_800, 1_800));
        world.assert_money().await;
    }

    async fn a_refund_falsely_called_closed_again_and_again_comes_back_once_and_ends(world: World) {
        let it = Two::new(&world, 1).await;
        let [[first, _], _] = it.transactions(&world).await;
        it.told(&world, (0, first.as_str().unwrap())).await;
        world.misbehave(&json!([
            { "effect": "notify_drop", "event": "REFUND" },
            { "effect": "altered", "path": "/v3/refund/", "field": "/status", "says": "CLOSED" },
        ])).await;
        assert_eq!(world.call_off(&it.daughter, &it.orders[0]).await, "CANCELLED");
        let retry = async || {
            world.work().await;
            world.pass(61).await;
            let waits = world.refunds_stuck(&it.desk).await;
            let id = &waits[0]["refund"]["id"];
            world.act(&it.desk, "refundRetry", json!({ "refundId": id }), "refund { id state }").await
        };
        assert!(retry().await["refund"].is_object(), "closed, the platform says, asked for it too");
        assert_eq!(world.number("count(*) FROM refund").await, 2);
        world.behave().await;
        // The second is refused. While nobody says for certain what became of the first, nothing is sent under a third.
        let first = world.sim_get("/sim/ledger").await["orders"][0]["refunds"][0]["out_refund_no"].clone();
        let about = format!("/v3/refund/domestic/refunds/{}", first.as_str().unwrap());
        for doubt in [json!({ "effect": "http_503", "path": about }), json!({ "effect": "altered", "path": about, "field": "/refund_id" })] {
            world.misbehave(&doubt).await;
            assert_eq!(refusal(&retry().await), "TRY_LATER", "{doubt}");
            world.behave().await;
        }
        let said = retry().await;
        assert_eq!(said["refund"]["state"], "SUCCESS", "{said}");
        world.rest().await;
        assert_eq!(world.number("count(*) FROM refund").await, 2, "no third one");
        assert_eq!(world.order(&it.daughter, &it.orders[0]).await["refunds"], json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        assert!(world.refunds_stuck(&it.desk).await.is_empty());
        assert_eq!(world.platform_fen().await, (900, 900));
    }
}
