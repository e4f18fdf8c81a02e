//! An elder calls for help: everybody bound to him hears it once, and the desk sees it.

use nuanyang::kit::db::execute;
use nuanyang::kit::ids::ElderId;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::{Person, refusal};

const FIELDS: &str = "id elderId elderName presses state seenAt note";

async fn press(world: &World, who: &Person, elder: ElderId) -> Value {
    let input = json!({ "elderId": elder.to_string() });
    world.act(who, "helpCallStart", input, &format!("call {{ {FIELDS} }}")).await
}

async fn calls(world: &World, who: &Person) -> Vec<Value> {
    let document = format!("{{ helpCalls(first: 50) {{ nodes {{ {FIELDS} }} }} }}");
    world.data(who, &document, json!({})).await["helpCalls"]["nodes"].as_array().unwrap().clone()
}

async fn acknowledge(world: &World, who: &Person, call: &Value, note: &str) -> Value {
    let input = json!({ "callId": call["id"], "note": note });
    world.act(who, "helpCallAcknowledge", input, &format!("call {{ {FIELDS} }}")).await
}

on_both! {
    async fn ten_presses_are_one_call_that_everybody_bound_hears_once(world: World) {
        let father = world.elder("王桂芬", "1944-03-01").await;
        let himself = world.with_role("elder1", entities::enums::Role::Elder, (None, None)).await;
        let own = [father.0.into(), himself.said.person.0.into()];
        execute(world.app.db.write(), "UPDATE elder SET person_id = $2 WHERE id = $1", own).await.unwrap();
        let daughter = world.family_of("daughter1", father).await;
        let son = world.login("son1").await;
        world.bond(&son, father, 2).await;
        let stranger = world.login("daughter2").await;
        let asked = "{ subscriptionTemplates(moment: BONDED) { kind } }";
        let templates = world.data(&daughter, asked, json!({})).await["subscriptionTemplates"].clone();
        assert_eq!(templates, json!([{ "kind": "SOS" }, { "kind": "PAYMENT_ASKED" }]));
        world.subscribe(&daughter, &["SOS"]).await;

        let presses = (0..10).map(|_| press(&world, &himself, father));
        let answers = futures_util::future::join_all(presses).await;
        assert!(answers.iter().all(|one| one["call"]["id"] == answers[0]["call"]["id"]), "{answers:?}");
        assert_eq!(refusal(&press(&world, &stranger, father).await), "ELDER_NOT_FOUND");
        world.work().await;
        world.work().await;
        for (who, count) in [(&daughter, 1), (&son, 1), (&himself, 0), (&stranger, 0)] {
            assert_eq!(world.kinds_of_messages(who).await, vec!["SOS"; count], "{}", who.name);
        }
        let inbox = world.inbox(&daughter).await;
        assert_eq!((inbox.len(), world.inbox(&son).await.len()), (1, 0), "through WeChat with consent only");

        let desk = world.desk("desk1").await;
        let seen = calls(&world, &desk).await;
        assert_eq!((seen.len(), &seen[0]["presses"], &seen[0]["state"]), (1, &json!(10), &json!("OPEN")));
        assert_eq!((&seen[0]["elderId"], &seen[0]["elderName"]), (&json!(father.to_string()), &json!("王**")));
        let elsewhere = world.desk_of("desk2", "530102").await;
        assert_eq!(calls(&world, &elsewhere).await, Vec::<Value>::new());
        assert_eq!(refusal(&acknowledge(&world, &elsewhere, &seen[0], "去了").await), "CALL_NOT_FOUND");
        assert_eq!(refusal(&acknowledge(&world, &desk, &seen[0], " ").await), "NOTE_INVALID");
        for _ in 0..2 {
            let said = acknowledge(&world, &desk, &seen[0], "已联系社区上门").await;
            assert_eq!((&said["call"]["state"], &said["call"]["note"]), (&json!("SEEN"), &json!("已联系社区上门")), "{said}");
        }
        let colleague = world.desk("desk3").await;
        assert_eq!(refusal(&acknowledge(&world, &colleague, &seen[0], "我去").await), "ALREADY_SEEN");
        assert_eq!(calls(&world, &daughter).await[0]["note"], "已联系社区上门", "the family reads it");
        let told = "count(*) FROM event WHERE subject = 'help_call'";
        assert_eq!(world.number(told).await, 2, "the call and who looks after it");

        // Ten minutes later it is another call.
        world.pass(601).await;
        assert_ne!(press(&world, &daughter, father).await["call"]["id"], answers[0]["call"]["id"]);
        world.work().await;
        assert_eq!(world.kinds_of_messages(&son).await, ["SOS", "SOS"]);
        assert_eq!(world.kinds_of_messages(&himself).await, ["SOS"], "somebody else called for him");
        assert_eq!(world.kinds_of_messages(&daughter).await, ["SOS"], "nobody is told what he did himself");
    }
}
