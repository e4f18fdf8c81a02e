//! Consents of every purpose, and who reads what.

use nuanyang::kit::ids::ElderId;
use serde_json::{Value, json};

use super::World;
use super::client::Person;
use super::contract::fresh_key;

/// Every purpose, in the order of the contract.
pub const PURPOSES: [&str; 4] = ["BATHING_RISK", "ABILITY_ASSESSMENT", "PROVIDER_NOTES", "BENEFIT_MATCHING"];

impl World {
    /// The elder says yes to a purpose, on paper at the desk.
    pub async fn agrees(&self, elder: ElderId, purpose: &str) {
        let desk = self.desk("desk8").await;
        let paper = json!({ "paperSignedAs": "ELDER", "paperReference": "演示 1 号" });
        let said = self.say_yes(&desk, elder, purpose, paper).await;
        assert_eq!(said["consent"]["isGiven"], true, "{said}");
    }

    /// Signs today's text of a purpose; the payload.
    pub async fn say_yes(&self, who: &Person, elder: ElderId, purpose: &str, more: Value) -> Value {
        let document =
            "query($of: ConsentPurpose!) { consentText(purpose: $of) { purpose version text textHash } }";
        let answer = self.ask(None, document, json!({ "of": purpose })).await;
        let text = &answer["data"]["consentText"];
        let mut input = json!({
            "requestKey": fresh_key(), "elderId": elder.to_string(), "purpose": purpose,
            "textVersion": text["version"], "textHash": text["textHash"],
        });
        merge(&mut input, &more);
        let select = "consent { id isGiven signedAs signedAt validUntilAt withdrawnAt }";
        self.act(who, "consentSign", input, select).await
    }

    /// Says no to a purpose; the payload.
    pub async fn say_no(&self, who: &Person, elder: ElderId, purpose: &str, more: Value) -> Value {
        let mut input = json!({ "elderId": elder.to_string(), "purpose": purpose });
        merge(&mut input, &more);
        let select = "consent { id isGiven signedAs signedAt validUntilAt withdrawnAt }";
        self.act(who, "consentRefuse", input, select).await
    }

    /// Everything that stands about an elder's consents, purpose by purpose, as the person sees it.
    pub async fn consents(&self, who: &Person, elder: ElderId) -> Vec<Value> {
        let document = "query($id: ID!) { consents(elderId: $id) { purpose name standing sinceAt signerName closedWithout \
            askAgain text { version textHash } latest { isGiven signedAs withdrawnAt } } }";
        let seen = self.data(who, document, json!({ "id": elder.to_string() })).await;
        seen["consents"].as_array().unwrap().clone()
    }
}

fn merge(input: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
}
