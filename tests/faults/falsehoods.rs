//! Every falsehood of the chaos, told once, as the first word that is heard of a payment or of its refund: each order ends as if
//! nobody had told it.

use serde_json::{Value, json};

use super::caller::Journal;
use super::clerk::Clerk;
use super::troubles::{ALTERED, ALTERED_NOTICES, Falsehood};
use crate::on_both;
use crate::world::acts::id_of;
use crate::world::place::order_input;

/// Rules by which it is told of this payment first: whatever would speak before it is not heard.
fn told_first((word, field, says): Falsehood, number: &str) -> Value {
    let is_call = word.starts_with('/');
    let mut falsehood = json!({
        "effect": if is_call { "altered" } else { "notify_altered" }, "field": field, "says": says,
        "out_trade_no": number, "times": 1,
    });
    falsehood[if is_call { "path" } else { "event" }] = json!(word);
    let unheard = match word {
        "/v3/pay/" => {
            falsehood["method"] = json!("GET");
            Some(
                json!({ "effect": "notify_drop", "event": "TRANSACTION", "out_trade_no": number, "times": 3 }),
            )
        }
        _ if word.starts_with("REFUND") => Some(
            json!({ "effect": "answer_lost", "path": "/v3/refund/", "out_trade_no": number, "times": 3 }),
        ),
        _ => None,
    };
    // A word of an end that needs a person is spoken only of such an end.
    let end = match word {
        "REFUND.ABNORMAL" => Some("refund_abnormal"),
        "REFUND.CLOSED" => Some("refund_closed"),
        _ => None,
    };
    let end = end.map(|effect| json!({ "effect": effect, "out_trade_no": number, "times": 1 }));
    json!(unheard.into_iter().chain(end).chain([falsehood]).collect::<Vec<_>>())
}

on_both! {
    async fn a_falsehood_that_is_told_first_does_not_last(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-20", (1, 100)).await;
        let told: Vec<Falsehood> = ALTERED.into_iter().chain(ALTERED_NOTICES).collect();
        let family = world.crowd(1, told.len()).await.remove(0);
        world.at("2026-06-05 08:00").await;
        let journal = Journal::new(&format!("falsehoods-{:?}", world.backend));
        let mut clerk = Clerk::new(&world, std::slice::from_ref(&world.base), &journal).await;
        let mut orders = Vec::new();
        for (number, falsehood) in told.iter().enumerate() {
            let input = order_input(&number.to_string(), family.elders[number], slot, ("DINE_IN", canteen.lunch));
            let order = id_of(&world.place(&family.person, input).await);
            let payment = world.start_payment(&family.person, &order).await.unwrap();
            world.misbehave(&told_first(*falsehood, &payment)).await;
            assert_eq!(world.press(&family.person, &payment, "ok").await, "ok");
            orders.push(order);
        }
        for _ in 0..8 {
            world.deliver().await;
            world.work().await;
            world.pass(31).await;
        }
        for (order, falsehood) in orders.iter().zip(&told) {
            assert_eq!(world.state(&family.person, order).await, "CONFIRMED", "{falsehood:?}");
            assert_eq!(world.call_off(&family.person, order).await, "CANCELLED", "{falsehood:?}");
        }
        let mut is_at_rest = false;
        // So many lost answers close the way for a while, and each time a little more of them is over.
        for _ in 0..60 {
            world.work().await;
            world.sim_post("/sim/notifications/flush?all=true", &json!({})).await;
            world.work().await;
            is_at_rest = clerk.work_list().await == Some(0) && world.unsettled().await == 0;
            if is_at_rest {
                break;
            }
            world.pass(1_201).await;
        }
        for (order, falsehood) in orders.iter().zip(&told) {
            let refunds = world.order(&family.person, order).await["refunds"].clone();
            assert_eq!(refunds, json!([{ "state": "SUCCESS", "amountFen": 900 }]), "{falsehood:?}");
        }
        assert!(is_at_rest, "somebody still waits");
        let left = world.sim_get("/sim/faults").await;
        let untold = left.as_array().unwrap().iter().filter(|rule| rule["field"].is_string()).count();
        assert_eq!(untold, 0, "what was never told proves nothing: {left}");
        assert!(world.misnumbered().await.len() <= 1, "only who hears of a refund when it is there keeps a false number");
        world.assert_money().await;
        journal.forget();
    }
}
