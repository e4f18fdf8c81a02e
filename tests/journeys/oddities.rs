//! What the platform signs and nobody expects: filed, never a fault, and never something that did not happen.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::place::order_input;

/// The platform tells this; the status that it hears.
async fn tell(world: &World, path: &str, (id, event_type): (&str, &str), plain: Value) -> Value {
    let url = format!("{}{path}", world.base);
    let odd = json!({ "url": url, "id": id, "event_type": event_type, "plain": plain });
    world.sim_post("/sim/notifications", &odd).await;
    let told = world.sim_post("/sim/notifications/flush", &json!({})).await["delivered"].clone();
    let own = told.as_array().unwrap().iter().find(|one| one["id"] == id);
    own.unwrap_or_else(|| panic!("{told}"))["status"].clone()
}

async fn inbox(world: &World, verdict: &str) -> i64 {
    world.number(&format!("count(*) FROM wechat_inbox WHERE verdict = '{verdict}'")).await
}

const PAID: &str = "TRANSACTION.SUCCESS";
const COMPLAINT: &str = "COMPLAINT.CREATE";

on_both! {
    async fn a_nul_in_what_the_platform_tells_is_filed(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 10)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-04 12:00").await;
        let input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
        let order = world.place(&daughter, input).await["order"]["id"].as_str().unwrap().to_owned();
        world.act(&daughter, "paymentStart", json!({ "orderId": order }), "params { package }").await;
        let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
        let attempts = nuanyang::money::store::attempt::of_order(world.app.db.write(), id).await.unwrap();
        let number = attempts[0].out_trade_no.clone();
        let payment = |number: &str, transaction: &str| {
            json!({ "appid": world.app.config.wechat_appid, "mchid": world.app.config.wechat_mchid,
                "out_trade_no": number, "transaction_id": transaction, "trade_type": "JSAPI", "trade_state": "SUCCESS",
                "trade_state_desc": "支付成功", "bank_type": "OTHERS", "attach": "", "success_time": "2026-06-04T12:00:00+08:00",
                "payer": { "openid": wechat_simulator::openid_of("daughter1") },
                "amount": { "total": 1_200, "payer_total": 1_200, "currency": "CNY", "payer_currency": "CNY" } })
        };
        let path = "/wechat/pay/notify";
        assert_eq!(tell(&world, path, ("odd-1", PAID), payment("N\u{0}1", "4200000001")).await, 204);
        assert_eq!(inbox(&world, "unknown_order").await, 1);
        assert_eq!(tell(&world, path, ("odd-2", PAID), payment(&number, "42\u{0}00")).await, 204);
        assert_eq!(tell(&world, path, ("odd\u{0}3", PAID), payment(&number, "")).await, 204);
        assert_eq!(inbox(&world, "mismatch").await, 2);
        let document = "query($id: ID!) { mealOrder(id: $id) { state } }";
        let seen = world.data(&daughter, document, json!({ "id": order })).await;
        assert_eq!(seen["mealOrder"]["state"], "HELD", "nothing is taken as paid: {seen}");
        let long = "odd".repeat(2_000);
        assert_eq!(tell(&world, path, (&long, PAID), payment("N2", "4200000002")).await, 204);
        assert_eq!(tell(&world, path, (&long, PAID), payment("N2", "4200000002")).await, 204);
        assert_eq!(inbox(&world, "unknown_order").await, 2, "however long its id: once");

        let refund = json!({ "mchid": world.app.config.wechat_mchid, "out_trade_no": "N\u{0}1", "transaction_id": "42\u{0}",
            "out_refund_no": "R\u{0}", "refund_id": "50\u{0}", "refund_status": "SUCCESS",
            "success_time": "2026-06-04T12:00:00+08:00", "user_received_account": "\u{0}",
            "amount": { "total": 1, "refund": 1, "payer_total": 1, "payer_refund": 1 } });
        assert_eq!(tell(&world, "/wechat/refund/notify", ("odd-4", "REFUND.SUCCESS"), refund).await, 204);
        let other = json!({ "anything": "\u{0}" });
        assert_eq!(tell(&world, path, ("odd-5", "ODD\u{0}EVENT"), other).await, 204);
        assert_eq!(world.number("count(*) FROM wechat_inbox").await, 6);
        // The true notification is taken all the same.
        world.pay(&daughter, &order).await;
        let seen = world.data(&daughter, document, json!({ "id": order })).await;
        assert_eq!(seen["mealOrder"]["state"], "CONFIRMED");
    }

    async fn a_complaint_without_its_number_opens_nothing_and_is_filed(world: World) {
        let path = "/wechat/complaint/notify";
        let numbers = [json!(""), json!("20\u{0}1"), json!("../.."), json!("9".repeat(65)), json!(7), json!(null)];
        for (place, number) in numbers.iter().enumerate() {
            let plain = json!({ "complaint_id": number, "action_type": "CREATE_COMPLAINT" });
            assert_eq!(tell(&world, path, (&format!("odd-{place}"), COMPLAINT), plain).await, 204, "{number}");
        }
        assert_eq!(tell(&world, path, ("odd-none", COMPLAINT), json!({})).await, 204);
        assert_eq!(inbox(&world, "mismatch").await, 7);
        assert_eq!(world.number("count(*) FROM complaint").await, 0);
        assert_eq!(world.number("count(*) FROM due_work WHERE kind = 'complaint'").await, 0);
        let plain = json!({ "complaint_id": "200201820200101080076610000", "action_type": "CREATE\u{0}COMPLAINT" });
        assert_eq!(tell(&world, path, ("odd-good", COMPLAINT), plain).await, 204);
        assert_eq!(world.number("count(*) FROM complaint").await, 1);
    }

    async fn a_nul_in_what_a_payer_writes_to_the_platform_is_no_fault(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 10)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-04 12:00").await;
        let desk = world.desk("desk1").await;
        let order = world.paid(&daughter, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
        let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
        let attempts = nuanyang::money::store::attempt::of_order(world.app.db.write(), id).await.unwrap();
        world.app.pay.tell_complaints_to(&format!("{}/wechat/complaint/notify", world.base)).await.unwrap();
        let words = json!({ "out_trade_no": attempts[0].out_trade_no, "text": "饭是\u{0}凉的" });
        world.sim_post("/sim/complaints", &words).await;
        world.deliver().await;
        world.work().await;
        let seen = world.data(&desk, "{ complaints(first: 1) { nodes { words orderId } } }", json!({})).await;
        assert_eq!(seen["complaints"]["nodes"], json!([{ "words": "饭是\u{FFFD}凉的", "orderId": order }]));
    }
}
