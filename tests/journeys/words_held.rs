//! What the platform's check hid or left for a person: office and desk list it and have the last word.

use entities::enums::TextState;
use entities::event;
use nuanyang::people::rules::words::HIDDEN_WORDS;
use nuanyang::people::store::words::decide;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::{Person, refusal};
use crate::world::contract::fresh_key;
use crate::world::place::order_input;
use crate::world::scene::Scene;

const RISKY: &str = "骗子，去死";
const REVIEW: &str = "请加微信联系";
const LIST: &str =
    "{ wordsHeld { nodes { id kindName text objection isShown elderId orderId providerName decidedAt } } }";
const WORDS: &str = "words { id text isShown decidedAt }";

/// What waits for this person.
async fn held(world: &World, who: &Person) -> Vec<Value> {
    let seen = world.data(who, LIST, json!({})).await;
    seen["wordsHeld"]["nodes"].as_array().unwrap_or_else(|| panic!("{seen}")).clone()
}

/// The payload of a decision.
async fn decided(world: &World, who: &Person, words: &Value, is_shown: bool) -> Value {
    world.act(who, "wordsDecide", json!({ "wordsId": words["id"], "isShown": is_shown }), WORDS).await
}

/// Whether it was decided so.
async fn decides(world: &World, who: &Person, words: &Value, is_shown: bool) {
    let done = decided(world, who, words, is_shown).await;
    assert_eq!(done["words"]["isShown"], json!(is_shown), "{done}");
}

/// The elder's daughter calls for help, and the desk notes what came of it.
async fn noted(world: &World, (daughter, desk): (&Person, &Person), elder: &str, note: &str) {
    let called = world.act(daughter, "helpCallStart", json!({ "elderId": elder }), "call { id }").await;
    let note = json!({ "callId": called["call"]["id"], "note": note });
    let said = world.act(desk, "helpCallAcknowledge", note, "call { note }").await;
    assert!(said["call"]["note"].is_string(), "{said}");
    world.work().await;
}

async fn note_of(world: &World, who: &Person) -> Value {
    let seen = world.data(who, "{ helpCalls(first: 1) { nodes { note } } }", json!({})).await;
    seen["helpCalls"]["nodes"][0]["note"].clone()
}

async fn events(world: &World, name: &str) -> i64 {
    world.number(&format!("count(*) FROM event WHERE subject = 'text_check' AND name = '{name}'")).await
}

on_both! {
    async fn a_wrong_verdict_about_a_dish_is_undone_by_a_person_wherever_the_name_stands(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (3, 40)).await;
        world.at("2026-06-04 20:00").await;
        let manager = world.manager("canteen1", &canteen).await;
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let dish = json!({ "requestKey": fresh_key(), "canteenId": canteen.id.to_string(), "code": "S1", "name": "去死亡谷炒饭",
            "isMeal": false, "portionGrams": 200, "allergens": [] });
        let dish = world.act(&manager, "dishAdd", dish, "dish { id }").await["dish"]["id"].clone();
        let price = json!({ "requestKey": fresh_key(), "dishId": dish, "priceFen": 300 });
        world.act(&manager, "dishPricePublish", price, "dish { id }").await;
        let menu = json!({ "canteenId": canteen.id.to_string(), "servedOn": "2026-06-05", "period": "LUNCH",
            "dishIds": [canteen.lunch.to_string(), dish] });
        world.act(&manager, "menuPublish", menu, "menu { dishes { name } }").await;
        let mut input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
        input["items"].as_array_mut().unwrap().push(json!({ "dishId": dish }));
        let order = id_of(&world.place(&daughter, input).await);
        world.work().await;
        let names = async || {
            let document = "query($order: ID!, $canteen: ID!) { mealOrder(id: $order) { items { name } } \
                mealSlots(canteenId: $canteen, first: 1) { nodes { dishes { name } } } }";
            let seen = world.data(&daughter, document, json!({ "order": order, "canteen": canteen.id.to_string() })).await;
            (seen["mealOrder"]["items"][1]["name"].clone(), seen["mealSlots"]["nodes"][0]["dishes"][1]["name"].clone())
        };
        assert_eq!(names().await, (json!(HIDDEN_WORDS), json!(HIDDEN_WORDS)));

        let (officer, desk) = (world.officer("officer1", "530111").await, world.desk("desk1").await);
        let far = world.officer("officer2", "530112").await;
        let waiting = held(&world, &officer).await;
        let words = waiting[0].clone();
        assert_eq!(waiting, [json!({ "id": words["id"], "kindName": "菜品名称", "text": "去死亡谷炒饭",
            "objection": "微信内容安全检查：辱骂（20003）", "isShown": false, "elderId": null, "orderId": null,
            "providerName": "演示食堂", "decidedAt": null })]);
        assert_eq!((held(&world, &desk).await, held(&world, &far).await), (waiting, vec![]));
        let before = world.app.db.statements();
        held(&world, &officer).await;
        assert_eq!(world.app.db.statements() - before, 1, "one statement for the list");

        let untouched = world.footprint().await;
        assert_eq!(refusal(&decided(&world, &far, &words, true).await), "WORDS_NOT_FOUND");
        let nobodys = json!({ "id": world.app.ids.next::<nuanyang::kit::ids::WordsId>().to_string() });
        assert_eq!(refusal(&decided(&world, &officer, &nobodys, true).await), "WORDS_NOT_FOUND");
        assert_eq!(world.footprint().await, untouched);

        let shown = decided(&world, &officer, &words, true).await;
        assert_eq!(shown["words"]["isShown"], json!(true), "{shown}");
        assert_eq!(names().await, (json!("去死亡谷炒饭"), json!("去死亡谷炒饭")));
        assert_eq!(held(&world, &officer).await, Vec::<Value>::new());
        let after = world.footprint().await;
        world.pass(60).await;
        assert_eq!(decided(&world, &officer, &words, true).await, shown, "the same decision is one");
        assert_eq!(decided(&world, &desk, &words, true).await, shown, "whoever repeats it");
        assert_eq!(world.footprint().await, after);
        assert_eq!((events(&world, "words_show").await, events(&world, "words_hide").await), (1, 0));

        decides(&world, &desk, &words, false).await;
        assert_eq!(names().await, (json!(HIDDEN_WORDS), json!(HIDDEN_WORDS)), "a person may think otherwise");
        assert_eq!((events(&world, "words_show").await, events(&world, "words_hide").await), (1, 1));
        let told = event::Entity::find().filter(event::Column::Name.eq("words_hide"));
        let told = told.one(world.app.db.write()).await.unwrap().unwrap();
        assert_eq!((told.actor_id, told.from_state.as_deref()), (Some(desk.said.person.0), Some("VISIBLE")));
    }

    async fn what_waits_for_a_person_is_hidden_by_somebody_else_than_its_author_and_stays_hidden(world: World) {
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let (desk, officer) = (world.desk("desk1").await, world.officer("officer1", "530111").await);
        noted(&world, (&daughter, &desk), &father.to_string(), REVIEW).await;
        assert_eq!(note_of(&world, &daughter).await, REVIEW, "shown until somebody has looked");
        assert_eq!(held(&world, &desk).await, Vec::<Value>::new(), "nobody decides about his own words");
        let words = held(&world, &officer).await[0].clone();
        assert_eq!(words, json!({ "id": words["id"], "kindName": "紧急求助的处理记录", "text": REVIEW,
            "objection": "微信内容安全检查：广告（10001）", "isShown": true, "elderId": father.to_string(), "orderId": null,
            "providerName": null, "decidedAt": null }));
        let reads = "count(*) FROM data_access WHERE field = 'heldWords'";
        assert_eq!(world.number(reads).await, 1, "who reads words about an elder is told to him");
        assert_eq!(refusal(&decided(&world, &desk, &words, true).await), "WORDS_NOT_FOUND");

        decides(&world, &officer, &words, false).await;
        assert_eq!((note_of(&world, &daughter).await, note_of(&world, &desk).await), (json!(HIDDEN_WORDS), json!(REVIEW)));
        let row = entities::text_check::Entity::find().one(world.app.db.write()).await.unwrap().unwrap();
        nuanyang::people::service::words::check(&world.app, row.id).await.unwrap();
        world.pass(3 * 3_600).await;
        world.work().await;
        assert_eq!(note_of(&world, &world.login("daughter1").await).await, HIDDEN_WORDS, "no verdict comes after a person's");
        assert_eq!(events(&world, "words_review").await, 1);
        assert_eq!(held(&world, &world.login("officer1").await).await, Vec::<Value>::new());
    }

    async fn of_two_who_look_at_once_the_first_decides(world: World) {
        let father = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", father).await;
        let desk = world.desk("desk1").await;
        noted(&world, (&daughter, &desk), &father.to_string(), RISKY).await;
        let (first, second) = (world.officer("officer1", "530111").await, world.officer("officer2", "5301").await);
        let (db, at) = (world.app.db.write(), world.app.clock.now());
        let seen = entities::text_check::Entity::find().one(db).await.unwrap().unwrap();
        assert!(decide(db, &seen, TextState::Visible, (first.said.person, at)).await.unwrap());
        assert!(!decide(db, &seen, TextState::Hidden, (second.said.person, at)).await.unwrap());
        let now = entities::text_check::Entity::find().one(db).await.unwrap().unwrap();
        assert_eq!((now.state, now.decided_by), (TextState::Visible, Some(first.said.person.0)));
        assert_eq!(note_of(&world, &daughter).await, RISKY);
    }

    async fn what_a_person_hid_its_author_does_not_show_by_writing_it_anew(world: World) {
        let home = world.home_service("homecare1").await;
        let (author, other) = (world.officer("officer1", "530111").await, world.officer("officer2", "5301").await);
        let suspends = async |reason: &str| {
            let input = json!({ "providerId": home.id.to_string(), "reason": reason });
            let done = world.act(&author, "providerSuspend", input, "provider { state }").await;
            assert_eq!(done["provider"]["state"], "SUSPENDED", "{done}");
            world.work().await;
        };
        let reason = async || {
            let document = "query($id: ID!) { provider(id: $id) { decisionReason } }";
            let seen = world.data(&home.manager, document, json!({ "id": home.id.to_string() })).await;
            seen["provider"]["decisionReason"].clone()
        };
        suspends(REVIEW).await;
        let words = held(&world, &other).await[0].clone();
        assert_eq!((&words["kindName"], &words["elderId"]), (&json!("对机构作出决定的理由"), &json!(null)));
        decides(&world, &other, &words, false).await;
        assert_eq!(reason().await, HIDDEN_WORDS);

        let restore = json!({ "providerId": home.id.to_string() });
        world.act(&author, "providerRestore", restore, "provider { state }").await;
        suspends("证照过期").await;
        assert_eq!(reason().await, HIDDEN_WORDS, "the platform lets it pass, a person has not looked yet");
        assert_eq!(refusal(&decided(&world, &other, &words, true).await), "WORDS_NOT_FOUND", "those words are gone");
        let anew = held(&world, &other).await;
        assert_eq!((anew.len(), &anew[0]["text"], &anew[0]["isShown"]), (1, &json!("证照过期"), &json!(false)));
        decides(&world, &other, &anew[0], true).await;
        assert_eq!(reason().await, "证照过期");
    }

    async fn what_several_carers_say_about_one_order_is_read_together(world: World) {
        let it = Scene::new(&world).await;
        let order = it.paid(&world).await;
        for (carer, reason) in [(&it.near, REVIEW), (&it.far, RISKY)] {
            world.work().await;
            world.login(&carer.name).await;
            let said = world.on_visit(carer, "offerDecline", &order, json!({ "reason": reason })).await;
            assert_eq!(said["userErrors"], json!([]), "{said}");
            world.work().await;
        }
        let desk = world.desk("desk1").await;
        let declined = async || {
            let document = "query($id: ID!) { visitOffers(orderId: $id) { declineReason } }";
            let seen = world.data(&desk, document, json!({ "id": order })).await["visitOffers"].clone();
            let mut said: Vec<Value> = seen.as_array().unwrap().iter().map(|offer| offer["declineReason"].clone()).collect();
            said.retain(|reason| !reason.is_null());
            said
        };
        assert_eq!(declined().await, [json!(HIDDEN_WORDS), json!(HIDDEN_WORDS)]);
        let waiting = held(&world, &desk).await;
        let of = (&waiting[0]["kindName"], &waiting[0]["text"], &waiting[0]["orderId"], &waiting[0]["elderId"]);
        let both = format!("{REVIEW}\n{RISKY}");
        assert_eq!(of, (&json!("不接单的理由"), &json!(both), &json!(order), &json!(it.elder.to_string())));
        assert_eq!(waiting.len(), 1);
        decides(&world, &desk, &waiting[0], true).await;
        let mut all = declined().await;
        all.sort_by_key(Value::to_string);
        assert_eq!(all, [json!(REVIEW), json!(RISKY)]);
    }

    async fn an_elder_of_another_branch_is_not_named(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (3, 40)).await;
        world.at("2026-06-04 20:00").await;
        world.region("530112001001").await;
        let father = world.elder_like("王桂芬", "1944-03-01", |elder| elder.region_code = "530112001001".into()).await;
        let daughter = world.family_of("daughter1", father).await;
        let mut input = order_input("1", father, slot, ("DINE_IN", canteen.lunch));
        input["note"] = json!(REVIEW);
        let order = id_of(&world.place(&daughter, input).await);
        world.work().await;
        let named = async |branch: &str| {
            let officer = world.officer(&format!("officer{branch}"), branch).await;
            let all = held(&world, &officer).await;
            all.iter().map(|words| (words["kindName"].clone(), words["orderId"].clone(), words["elderId"].clone())).collect::<Vec<_>>()
        };
        let note = json!("订单备注");
        assert_eq!(named("530111").await, [(note.clone(), json!(null), json!(null))], "the canteen's branch decides");
        assert_eq!(named("530112").await, []);
        assert_eq!(named("5301").await, [(note, json!(order), json!(father.to_string()))]);
    }
}
