//! A payer complains to the platform: the desk reads it, answers within a day, once, and says that it is settled.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;

const FIELDS: &str = "id orderId words phone state dueAt isLate completedAt history { by words } \
    answers { words state objection sentAt }";

/// Somebody who paid, and the desk of his district.
struct Table {
    daughter: Person,
    desk: Person,
    order: String,
    number: String,
}

impl Table {
    async fn new(world: &World) -> Self {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-06", (1, 100)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        world.at("2026-06-04 12:00").await;
        let desk = world.desk("desk1").await;
        let order = world.paid(&daughter, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
        let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
        let attempts = nuanyang::money::store::attempt::of_order(world.app.db.write(), id).await.unwrap();
        let number = attempts[0].out_trade_no.clone();
        let address = format!("{}/wechat/complaint/notify", world.base);
        world.app.pay.tell_complaints_to(&address).await.unwrap();
        Self { daughter, desk, order, number }
    }

    /// The payer complains; the platform's number.
    async fn complains(&self, world: &World) -> String {
        let words = json!({ "out_trade_no": self.number, "text": "饭是凉的" });
        let id = world.sim_post("/sim/complaints", &words).await["complaint_id"].as_str().unwrap().to_owned();
        told(world).await;
        id
    }

    async fn answers(&self, world: &World, complaint: &Value, words: &str) -> Value {
        let input = json!({ "complaintId": complaint["id"], "words": words });
        world.act(&self.desk, "complaintAnswer", input, &format!("complaint {{ {FIELDS} }}")).await
    }

    async fn completes(&self, world: &World, complaint: &Value) -> Value {
        let input = json!({ "complaintId": complaint["id"] });
        world.act(&self.desk, "complaintComplete", input, &format!("complaint {{ {FIELDS} }}")).await
    }
}

/// The platform tells what is to be told, and the worker reads it.
async fn told(world: &World) {
    world.deliver().await;
    world.work().await;
}

async fn seen(world: &World, who: &Person) -> Vec<Value> {
    let document = format!("{{ complaints(first: 50) {{ nodes {{ {FIELDS} }} }} }}");
    world.data(who, &document, json!({})).await["complaints"]["nodes"].as_array().unwrap().clone()
}

async fn audit(world: &World, name: &str) -> i64 {
    world.number(&format!("count(*) FROM event WHERE subject = 'complaint' AND name = '{name}'")).await
}

/// What the platform says that we answered.
async fn merchant_words(world: &World, platform_id: &str) -> Vec<String> {
    let steps = world.app.pay.complaint_history(platform_id).await.unwrap();
    steps.into_iter().filter(|step| step.by == "商户").map(|step| step.words).collect()
}

on_both! {
    async fn a_complaint_is_read_answered_once_and_settled(world: World) {
        let it = Table::new(&world).await;
        world.misbehave(&json!([{ "effect": "notify_duplicate", "value": 2, "event": "COMPLAINT", "times": 1 }])).await;
        let platform_id = it.complains(&world).await;
        let all = seen(&world, &it.desk).await;
        let first = all[0].clone();
        assert_eq!(all.len(), 1, "told three times");
        assert_eq!((&first["words"], &first["orderId"]), (&json!("饭是凉的"), &json!(it.order)));
        assert_eq!((&first["state"], &first["dueAt"]), (&json!("OPEN"), &json!("2026-06-05T04:00:00Z")), "{first}");
        assert!(first["phone"].as_str().unwrap().starts_with("138"), "{first}");
        assert_eq!(world.number("count(*) FROM complaint WHERE told_sealed LIKE '%凉%'").await, 0, "sealed");
        let elsewhere = world.desk_of("desk2", "530102").await;
        assert_eq!(seen(&world, &elsewhere).await, Vec::<Value>::new());
        assert_eq!(refusal(&it.completes(&world, &first).await), "NOT_ANSWERED");
        assert_eq!(refusal(&it.answers(&world, &first, "抱歉😀").await), "WORDS_INVALID");

        // The answer is lost on the way back: it is looked up, and not said twice.
        let lost = json!([{ "effect": "answer_lost", "path": "/v3/merchant-service/complaints-v2", "method": "POST", "times": 1 }]);
        world.misbehave(&lost).await;
        for _ in 0..2 {
            let said = it.answers(&world, &first, "已为您重送，抱歉").await;
            assert_eq!(said["complaint"]["state"], "ANSWERED", "{said}");
        }
        world.work().await;
        assert_eq!(seen(&world, &it.desk).await[0]["answers"][0]["state"], "SENDING");
        world.pass(61).await;
        told(&world).await;
        let answers = seen(&world, &it.desk).await[0]["answers"].clone();
        assert_eq!((answers.as_array().unwrap().len(), &answers[0]["state"]), (1, &json!("SENT")), "{answers}");
        assert_eq!(merchant_words(&world, &platform_id).await, ["已为您重送，抱歉"]);

        for _ in 0..2 {
            assert_eq!(it.completes(&world, &first).await["complaint"]["state"], "COMPLETED");
        }
        world.work().await;
        let detail = world.app.pay.complaint(&platform_id).await.unwrap();
        assert_eq!(detail.state, wechat::pay::ComplaintState::Processed);
        assert_eq!(refusal(&it.answers(&world, &first, "还有吗").await), "ALREADY_OVER");
        told(&world).await;
        for (name, count) in [("complain", 1), ("answer", 1), ("complete", 1), ("write_again", 0)] {
            assert_eq!(audit(&world, name).await, count, "{name}");
        }
        let by = "count(*) FROM event WHERE subject = 'complaint' AND actor_id IS NOT NULL";
        assert_eq!(world.number(by).await, 2, "who answered and who settled");
    }

    async fn who_writes_again_is_answered_again_and_a_late_answer_shows(world: World) {
        let it = Table::new(&world).await;
        let platform_id = it.complains(&world).await;
        let first = seen(&world, &it.desk).await[0].clone();
        it.answers(&world, &first, "已为您重送").await;
        world.work().await;
        it.completes(&world, &first).await;
        told(&world).await;
        world.pass(3_600).await;
        world.sim_post(&format!("/sim/complaints/{platform_id}"), &json!({ "text": "还是凉的" })).await;
        told(&world).await;
        let again = seen(&world, &it.desk).await[0].clone();
        assert_eq!((&again["state"], &again["isLate"]), (&json!("OPEN"), &json!(false)), "{again}");
        assert!(again["history"].as_array().unwrap().iter().any(|step| step["words"] == "还是凉的"), "{again}");
        assert_eq!(refusal(&it.completes(&world, &again).await), "NOT_ANSWERED");
        world.pass(24 * 3_600 + 1).await;
        world.work().await;
        let desk = world.desk("desk1").await;
        assert_eq!(seen(&world, &desk).await[0]["isLate"], true);
        let late = Table { desk, ..it };
        assert_eq!(late.answers(&world, &again, "今天为您退款").await["complaint"]["isLate"], false);
        told(&world).await;
        assert_eq!(merchant_words(&world, &platform_id).await.len(), 3, "two answers and the word that it was settled");
        assert_eq!(audit(&world, "write_again").await, 1);
    }

    async fn an_answer_is_checked_first_and_rather_unchecked_than_late(world: World) {
        let it = Table::new(&world).await;
        let platform_id = it.complains(&world).await;
        let first = seen(&world, &it.desk).await[0].clone();
        it.answers(&world, &first, "骗子，去死").await;
        world.work().await;
        let refused = seen(&world, &it.desk).await[0].clone();
        assert_eq!((&refused["state"], &refused["answers"][0]["state"]), (&json!("OPEN"), &json!("REFUSED")), "{refused}");
        assert!(refused["answers"][0]["objection"].as_str().unwrap().contains("20003"), "{refused}");
        assert_eq!(merchant_words(&world, &platform_id).await, Vec::<String>::new());
        assert_eq!(audit(&world, "answer_refused").await, 1);

        // The check is silent: the answer waits, until an hour before it is late.
        world.misbehave(&json!([{ "effect": "http_503", "path": "/wxa/msg_sec_check" }])).await;
        it.answers(&world, &first, "马上为您处理").await;
        world.at("2026-06-05 10:58").await;
        assert_eq!(merchant_words(&world, &platform_id).await, Vec::<String>::new());
        world.at("2026-06-05 11:00").await;
        assert_eq!(merchant_words(&world, &platform_id).await, ["马上为您处理"]);
        world.behave().await;
        assert!(it.daughter.name == "daughter1" && world.sim_get("/sim/assert").await["is_good"] == true);
    }
}
