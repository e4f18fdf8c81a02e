//! Archives: entering, reading, asking what somebody is entitled to.

use nuanyang::kit::ids::ElderId;
use nuanyang::rights::rules::field::field;
use nuanyang::rights::service::fact::{Entry, write};
use serde_json::{Value, json};

use super::World;
use super::client::Person;
use super::contract::fresh_key;

/// What a test asks of an archive.
pub const ARCHIVE: &str = "facts { fieldCode text values source fromOn validUntilOn isStanding } \
    corrections { id words state answer factId } history { nodes { fieldCode text isStanding enteredById } }";
/// What a test asks of an entitlement.
pub const ENTITLEMENT: &str = "programmeCode itemNo itemCode name outcome isEntitled amountFen isLeast per refusal sentence \
    reasons { fieldCode isFitting sentence } missing { code name } howToApply departments isEnrolled \
    source { document section quote }";

impl World {
    /// Facts written in Chinese words, straight into the archive, as known since 2018-01-01.
    pub async fn known(&self, elder: ElderId, facts: &[(&str, &str)]) {
        let mut entries = Vec::new();
        for (code, text) in facts {
            assert!(field(code).is_some(), "{code}");
            let entry = Entry {
                field: (*code).to_owned(),
                values: text.split(';').map(str::to_owned).collect(),
                from_on: "2018-01-01".parse().unwrap(),
                valid_until: None,
                source: "演示".to_owned(),
            };
            let checked = entry.check("1900-01-01".parse().unwrap(), self.app.clock.today()).unwrap();
            entries.push((self.app.ids.next(), checked));
        }
        let tx = self.app.db.begin().await.unwrap();
        write(&self.app, &tx, (elder.0, None), entries).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Enters one fact from a day on; the payload.
    pub async fn enter(
        &self,
        who: &Person,
        elder: ElderId,
        (code, values): (&str, &[&str]),
        more: Value,
    ) -> Value {
        let mut fact =
            json!({ "fieldCode": code, "values": values, "fromOn": "2026-05-01", "source": "入户登记表" });
        for (name, value) in more.as_object().unwrap() {
            fact[name] = value.clone();
        }
        let input = json!({ "requestKey": fresh_key(), "elderId": elder.to_string(), "fact": fact });
        self.act(who, "factEnter", input, "fact { id text fromOn validUntilOn isStanding }").await
    }

    /// The archive as the person sees it; null when he does not.
    pub async fn archive(&self, who: &Person, elder: ElderId) -> Value {
        let document = format!("query($id: ID!) {{ archive(elderId: $id) {{ {ARCHIVE} }} }}");
        self.data(who, &document, json!({ "id": elder.to_string() })).await["archive"].clone()
    }

    /// Everything that the elder is entitled to on a day, as the person sees it.
    pub async fn entitlements(&self, who: &Person, elder: ElderId, day: &str) -> Vec<Value> {
        let document = format!(
            "query($id: ID!, $day: Date!) {{ entitlements(elderId: $id, countsOn: $day) {{ {ENTITLEMENT} }} }}"
        );
        let answer = self.data(who, &document, json!({ "id": elder.to_string(), "day": day })).await;
        answer["entitlements"].as_array().unwrap().clone()
    }

    /// Approves that an elder takes part; the payload.
    pub async fn approve(
        &self,
        who: &Person,
        elder: ElderId,
        (programme, item): (&str, &str),
        months: Value,
    ) -> Value {
        let mut input = json!({
            "requestKey": fresh_key(), "elderId": elder.to_string(), "programmeCode": programme, "itemCode": item,
            "firstMonthOn": "2026-06-01", "source": "关上街道审批表 12 号" });
        for (name, value) in months.as_object().unwrap() {
            input[name] = value.clone();
        }
        self.act(who, "enrolmentApprove", input, "enrolment { id firstMonthOn lastMonthOn isRevoked }").await
    }
}
