//! Messages in the app and what came through WeChat.

use serde_json::{Value, json};

use super::World;
use super::client::Person;

impl World {
    /// Kind and words of the person's messages, the newest first.
    pub async fn messages(&self, who: &Person) -> Vec<(String, String)> {
        let document = "{ messages(first: 50) { nodes { kind words } } }";
        let data = self.data(who, document, json!({})).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let nodes = data["messages"]["nodes"].as_array().unwrap();
        nodes.iter().map(|node| (text(&node["kind"]), text(&node["words"]))).collect()
    }

    /// Kinds of the person's messages, the newest first.
    pub async fn kinds_of_messages(&self, who: &Person) -> Vec<String> {
        self.messages(who).await.into_iter().map(|(kind, _)| kind).collect()
    }

    /// The person agrees on the phone to one message of each kind, and the page tells.
    pub async fn subscribe(&self, who: &Person, kinds: &[&str]) {
        let ids: Vec<String> = kinds.iter().map(|kind| format!("SIM_{kind}")).collect();
        self.agree_on_phone(who, &ids).await;
        let answers: Vec<Value> =
            ids.iter().map(|id| json!({ "template": id, "choice": "ACCEPT" })).collect();
        let input = json!({ "requestKey": super::contract::fresh_key(), "answers": answers });
        let payload =
            self.act(who, "subscriptionRecord", input, "subscriptions { templates { kind } }").await;
        assert!(payload["subscriptions"].is_object(), "{payload}");
    }

    /// The person agrees on the phone; the page tells nothing.
    pub async fn agree_on_phone(&self, who: &Person, ids: &[String]) {
        let wish = json!({ "as": who.name, "template_ids": ids, "result": "accept" });
        let answer = self.sim_post("/sim/consents", &wish).await;
        assert!(answer["consents"].is_object(), "{answer}");
    }

    /// What reached the person's phone, the oldest first.
    pub async fn inbox(&self, who: &Person) -> Vec<Value> {
        let answer = self.sim_get(&format!("/sim/messages/{}", who.name)).await;
        answer["messages"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// Messages in a state of sending.
    pub async fn sendings(&self, state: &str) -> i64 {
        self.number(&format!("count(*) FROM message WHERE send_state = '{state}'")).await
    }

    /// How many messages of a kind the house thinks that the person would still take.
    pub async fn remaining(&self, who: &Person, kind: &str) -> i64 {
        let person = who.said.person.0;
        let sql = format!(
            "coalesce(sum(remaining), 0) FROM message_consent WHERE template_id = 'SIM_{kind}' AND person_id = $1"
        );
        let (what, from) = sql.split_once(" FROM ").unwrap();
        #[derive(sea_orm::FromQueryResult)]
        struct Found {
            number: i64,
        }
        let sql = format!("SELECT CAST({what} AS bigint) AS number FROM {from}");
        let found: Option<Found> =
            nuanyang::kit::db::row(self.app.db.write(), &sql, [person.into()]).await.unwrap();
        found.unwrap().number
    }
}
