//! What people are told: in the app, and through WeChat when they agreed to it.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::client::{Person, refusal};
use crate::world::contract::fresh_key;
use crate::world::place::{Canteen, order_input};
use crate::world::scene::{Scene, tasks};
use crate::world::voucher::holder;
use crate::world::{Backend, World};

const DAY: &str = "2026-06-05";

/// Lunches of so many elders of one daughter, paid on the evening before and cooked in the morning.
async fn cooked(world: &World, elders: usize) -> (Canteen, Person, Person, Vec<String>) {
    let canteen = world.canteen().await;
    let slot = world.lunch(&canteen, DAY, (3, 40)).await;
    let manager = world.manager("canteen1", &canteen).await;
    let daughter = world.login("daughter1").await;
    for _ in 0..elders {
        world.subscribe(&daughter, &["MEAL_READY"]).await;
    }
    world.at("2026-06-04 20:00").await;
    let mut orders = Vec::new();
    for number in 0..elders {
        let elder = world.elder(&format!("王桂芬{number}"), "1944-03-01").await;
        world.bond(&daughter, elder, 15).await;
        let input = order_input(&number.to_string(), elder, slot, ("DINE_IN", canteen.lunch));
        orders.push(world.paid(&daughter, input).await);
    }
    world.at("2026-06-05 09:00").await;
    (canteen, manager, daughter, orders)
}

async fn unread(world: &World, who: &Person) -> Value {
    world.data(who, "{ unreadCount }", json!({})).await["unreadCount"].clone()
}

on_both! {
    async fn a_visit_is_told_from_the_yes_to_the_end_once_each(world: World) {
        let it = Scene::new(&world).await;
        let asked = "{ subscriptionTemplates(moment: VISIT_BOOKED) { template kind remaining } }";
        let templates = world.data(&it.daughter, asked, json!({})).await["subscriptionTemplates"].clone();
        let kinds: Vec<&str> = templates.as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["VISIT_ACCEPTED", "ON_THE_WAY", "DONE"]);
        world.subscribe(&it.daughter, &kinds).await;

        let order = it.accepted(&world).await;
        world.work().await;
        world.at("2026-06-04 08:40").await;
        world.on_visit(&it.near, "visitSetOut", &order, json!({})).await;
        world.work().await;
        let code = world.visit(&it.daughter, &order).await["visitCode"].clone();
        world.at("2026-06-04 09:00").await;
        let proof = json!({ "place": world.at_home(10), "code": code });
        world.on_visit(&it.near, "visitCheckIn", &order, proof).await;
        world.at("2026-06-04 11:00").await;
        let leave = json!({ "place": world.at_home(10), "tasks": tasks() });
        world.on_visit(&it.near, "visitCheckOut", &order, leave).await;
        world.work().await;

        let told = world.messages(&it.daughter).await;
        let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["DONE", "ON_THE_WAY", "VISIT_ACCEPTED"]);
        assert_eq!(told[2].1, "助洁，6月4日 09:00 上门，护理员已接单。");
        assert!(told.iter().all(|(_, words)| !words.contains('王') && !words.contains("栋")), "{told:?}");
        let inbox = world.inbox(&it.daughter).await;
        let sent: Vec<&str> = inbox.iter().map(|line| line["template_id"].as_str().unwrap()).collect();
        assert_eq!(sent, ["SIM_VISIT_ACCEPTED", "SIM_ON_THE_WAY", "SIM_DONE"]);
        assert_eq!(inbox[0]["page"], format!("pages/visit/order?id={order}"));
        assert_eq!(inbox[0]["fields"],
            json!([["thing1", "助洁"], ["thing3", "已有人接单"], ["time2", "2026年6月4日 09:00"]]));
        assert_eq!((world.sendings("SENT").await, world.remaining(&it.daughter, "DONE").await), (3, 0));

        // The carers, who did it, are told nothing; the worker's next turn sends nothing twice.
        assert_eq!(world.messages(&it.near).await, []);
        world.pass(3_600).await;
        world.work().await;
        assert_eq!(world.inbox(&it.daughter).await.len(), 3);
    }

    async fn messages_are_read_up_to_one_and_are_nobody_elses(world: World) {
        let it = Scene::new(&world).await;
        it.done(&world).await;
        world.work().await;
        assert_eq!(unread(&world, &it.daughter).await, 2);
        let document = "{ messages(first: 1) { nodes { id kind orderId voucherId readAt } pageInfo { hasNextPage endCursor } } }";
        let page = world.data(&it.daughter, document, json!({})).await["messages"].clone();
        assert_eq!((&page["nodes"][0]["kind"], &page["pageInfo"]["hasNextPage"]), (&json!("DONE"), &json!(true)));
        let rest = "query($after: String) { messages(after: $after) { nodes { id kind } } }";
        let rest = world.data(&it.daughter, rest, json!({ "after": page["pageInfo"]["endCursor"] })).await;
        let older = rest["messages"]["nodes"][0].clone();
        assert_eq!(older["kind"], "VISIT_ACCEPTED");

        let foreign = world.act(&it.near, "messageRead", json!({ "upToId": older["id"] }), "unreadCount").await;
        assert_eq!(refusal(&foreign), "MESSAGE_NOT_FOUND");
        assert_eq!(unread(&world, &it.daughter).await, 2);
        let read = json!({ "upToId": older["id"] });
        for _ in 0..2 {
            let said = world.act(&it.daughter, "messageRead", read.clone(), "unreadCount").await;
            assert_eq!(said["unreadCount"], 1, "the newer one is unread");
        }
        // A bond that ended hears of nothing more.
        world.grant(vec![holder(it.elder, 2_000)]).await;
        world.at("2026-06-15 09:30").await;
        assert_eq!(world.messages(&it.daughter).await.len(), 3);
        let sql = "UPDATE family_bond SET state = 'REVOKED', ended_at = started_at";
        nuanyang::kit::db::execute(world.app.db.write(), sql, []).await.unwrap();
        world.at("2026-06-25 09:30").await;
        assert_eq!(world.messages(&it.daughter).await.len(), 3);
    }

    async fn who_cancels_is_not_told_but_the_others_are_and_all_hear_of_the_money(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 40)).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let son = world.family_of("son1", father).await;
        let blind = world.login("son2").await;
        world.bond(&blind, father, 8).await;
        world.at("2026-06-04 20:00").await;
        world.subscribe(&son, &["CANCELLED", "REFUND"]).await;
        let order = world.paid(&daughter, order_input("1", father, slot, ("DINE_IN", canteen.lunch))).await;
        assert_eq!(world.call_off(&daughter, &order).await, "CANCELLED");
        world.rest().await;
        assert_eq!(world.messages(&daughter).await,
            [("REFUND".to_owned(), "6月5日午餐退款 9.00 元，已原路退回。".to_owned())]);
        assert_eq!(world.kinds_of_messages(&son).await, ["REFUND", "CANCELLED"]);
        assert_eq!(world.kinds_of_messages(&blind).await, Vec::<String>::new(), "without VIEW_ORDERS nothing is told");
        let inbox = world.inbox(&son).await;
        assert_eq!(inbox.len(), 2);
        assert!(inbox[1]["fields"].as_array().unwrap().contains(&json!(["amount2", "9.00元"])), "{inbox:?}");
    }

    async fn meals_are_told_when_cooked_and_fetched_and_vouchers_before_they_end(world: World) {
        let (canteen, manager, daughter, orders) = cooked(&world, 1).await;
        world.prepare(&manager, &canteen, (DAY, "LUNCH")).await;
        world.work().await;
        let code = world.order(&daughter, &orders[0]).await["servingCode"].clone();
        world.at("2026-06-05 11:30").await;
        world.serve(&manager, &canteen, json!({ "code": code })).await;
        world.work().await;
        assert_eq!(world.kinds_of_messages(&daughter).await, ["DONE", "MEAL_READY"]);

        let elder = world.elder("李秀英", "1944-03-01").await;
        world.bond(&daughter, elder, 15).await;
        world.grant(vec![holder(elder, 2_000)]).await;
        world.subscribe(&daughter, &["VOUCHER_EXPIRING"]).await;
        world.at("2026-06-15 09:30").await;
        world.at("2026-06-25 09:30").await;
        let told = world.messages(&daughter).await;
        let of_vouchers = told.iter().filter(|(kind, _)| kind == "VOUCHER_EXPIRING").collect::<Vec<_>>();
        assert_eq!(of_vouchers.len(), 2, "on the 15th and the 25th: {told:?}");
        assert_eq!(of_vouchers[0].1, "本月服务券还剩 20.00 元，6 月 30 日 之前有效");
        // One consent, one message.
        let inbox = world.inbox(&daughter).await;
        let last = inbox.last().unwrap();
        assert_eq!((inbox.len(), &last["template_id"]), (2, &json!("SIM_VOUCHER_EXPIRING")));
        assert!(last["fields"].as_array().unwrap().contains(&json!(["date2", "2026年6月30日"])), "{last}");
    }

    async fn a_consent_that_the_platform_does_not_know_is_no_fault(world: World) {
        let (canteen, manager, daughter, _) = cooked(&world, 0).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        world.bond(&daughter, father, 15).await;
        let slot = world.lunch(&canteen, "2026-06-06", (3, 40)).await;
        // The page tells of two consents; on the phone there was none.
        let said = json!([{ "template": "SIM_MEAL_READY", "choice": "ACCEPT" }]);
        for _ in 0..2 {
            let input = json!({ "requestKey": fresh_key(), "answers": said });
            world.act(&daughter, "subscriptionRecord", input, "subscriptions { templates { kind } }").await;
        }
        assert_eq!(world.remaining(&daughter, "MEAL_READY").await, 2);
        world.paid(&daughter, order_input("9", father, slot, ("DINE_IN", canteen.lunch))).await;
        world.at("2026-06-06 09:00").await;
        world.prepare(&manager, &canteen, ("2026-06-06", "LUNCH")).await;
        world.work().await;
        assert_eq!(world.kinds_of_messages(&daughter).await, ["MEAL_READY"], "the message in the app remains");
        assert_eq!((world.inbox(&daughter).await.len(), world.sendings("NO_CONSENT").await), (0, 1));
        assert_eq!(world.remaining(&daughter, "MEAL_READY").await, 0);
    }

    async fn answers_to_a_prompt_add_up_and_a_ban_ends_them(world: World) {
        let daughter = world.login("daughter1").await;
        let record = async |key: &str, choice: &str| {
            let input = json!({ "requestKey": key, "answers": [{ "template": "SIM_DONE", "choice": choice }] });
            world.act(&daughter, "subscriptionRecord", input, "subscriptions { templates { kind remaining } }").await
        };
        let first = fresh_key();
        record(&first, "ACCEPT").await;
        record(&first, "ACCEPT").await;
        assert_eq!(world.remaining(&daughter, "DONE").await, 1, "the same answer twice is one");
        assert_eq!(refusal(&record(&first, "BAN").await), "REQUEST_KEY_REUSED");
        record(&fresh_key(), "ACCEPT").await;
        record(&fresh_key(), "REJECT").await;
        assert_eq!(world.remaining(&daughter, "DONE").await, 2, "a no takes no earlier yes back");
        record(&fresh_key(), "BAN").await;
        assert_eq!(world.remaining(&daughter, "DONE").await, 0);
        let unknown = json!({ "requestKey": fresh_key(), "answers": [{ "template": "OTHER", "choice": "ACCEPT" }] });
        let unknown = world.act(&daughter, "subscriptionRecord", unknown, "subscriptions { templates { kind } }").await;
        assert_eq!(refusal(&unknown), "TEMPLATE_UNKNOWN");
        let none = json!({ "requestKey": fresh_key(), "answers": [] });
        let none = world.act(&daughter, "subscriptionRecord", none, "subscriptions { templates { kind } }").await;
        assert_eq!(refusal(&none), "ANSWERS_INVALID");
    }

    async fn a_message_whose_answer_is_lost_is_never_sent_twice(world: World) {
        let (canteen, manager, daughter, orders) = cooked(&world, 2).await;
        let path = "/cgi-bin/message/subscribe/send";
        world.misbehave(&json!([{ "effect": "answer_lost", "path": path, "times": 1 }])).await;
        world.prepare(&manager, &canteen, (DAY, "LUNCH")).await;
        world.work().await;
        for _ in 0..6 {
            world.pass(600).await;
            world.work().await;
        }
        assert_eq!(world.kinds_of_messages(&daughter).await, ["MEAL_READY", "MEAL_READY"]);
        assert_eq!(world.inbox(&daughter).await.len(), 2, "it had left");
        assert_eq!((world.sendings("UNKNOWN").await, world.sendings("SENT").await), (1, 1));

        // One that was refused for the number of calls has not left, and leaves later, once.
        world.subscribe(&daughter, &["DONE"]).await;
        world.misbehave(&json!([{ "effect": "errcode", "value": 45_009, "path": path, "times": 1 }])).await;
        let code = world.order(&daughter, &orders[0]).await["servingCode"].clone();
        world.at("2026-06-05 11:30").await;
        world.serve(&manager, &canteen, json!({ "code": code })).await;
        world.work().await;
        assert_eq!((world.inbox(&daughter).await.len(), world.sendings("WAITING").await), (2, 1));
        assert_eq!(world.remaining(&daughter, "DONE").await, 1, "the consent was given back");
        world.pass(600).await;
        world.work().await;
        assert_eq!((world.inbox(&daughter).await.len(), world.sendings("SENT").await), (3, 2));
        assert_eq!(world.remaining(&daughter, "DONE").await, 0);
    }
}

async fn slowly(backend: Backend) {
    let world = World::with(backend, |settings| {
        settings.insert("wechat_messages_per_minute".into(), "2".into());
    })
    .await;
    let (canteen, manager, daughter, _) = cooked(&world, 5).await;
    world.prepare(&manager, &canteen, (DAY, "LUNCH")).await;
    for sent in [2, 4, 5, 5] {
        world.work().await;
        assert_eq!(world.inbox(&daughter).await.len(), sent);
        world.pass(60).await;
    }
    assert_eq!((world.sendings("SENT").await, world.kinds_of_messages(&daughter).await.len()), (5, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_leave_at_the_allowed_rate_on_sqlite() {
    slowly(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_leave_at_the_allowed_rate_on_postgres() {
    slowly(Backend::Postgres).await;
}
