//! Baths: assessments, signatures, and what carers measure.

use entities::enums::Role;
use nuanyang::kit::db::execute;
use nuanyang::kit::ids::{ElderId, OrderId};
use nuanyang::rights::rules::assessment::level_of;
use nuanyang::rights::service::assessment::{NewResult, result_row};
use nuanyang::rights::store;
use serde_json::{Value, json};
use uuid::Uuid;

use super::World;
use super::client::Person;
use super::contract::fresh_key;

/// What a test asks of a gate.
pub const CHECK: &str = "state abortReason advice waterTenths durationMinutes startedAt endedAt";

impl World {
    /// Somebody who assesses abilities in Guandu.
    pub async fn assessor(&self, name: &str) -> Person {
        self.assessor_of(name, "530111").await
    }

    /// Somebody who assesses abilities in a branch.
    pub async fn assessor_of(&self, name: &str, branch: &str) -> Person {
        self.with_role(name, Role::Assessor, (None, Some(branch))).await
    }

    /// A published result, written straight into its row.
    pub async fn assessed(&self, elder: ElderId, day: &str, score: i16) -> Uuid {
        let by = self.person_id("assessor9").await;
        let new = NewResult {
            elder,
            assessed_on: day.parse().unwrap(),
            score,
            adjusted: None,
            has_contraindication: false,
            note: Some("演示".into()),
        };
        let row = result_row(&self.app, by, (&new, level_of(score).unwrap())).unwrap();
        let id = row.id;
        store::insert(self.app.db.write(), row).await.unwrap();
        id
    }

    /// A gate in some state beside an order, written straight into its row; one that is there is moved.
    pub async fn gate_of(&self, order: &str, state: &str) {
        let id: OrderId = order.parse().unwrap();
        let is_aborted = state == "ABORTED";
        let has_begun = matches!(state, "BATHING" | "COMPLETED");
        let sql = "INSERT INTO bathing_check (order_id, state, version, abort_reason, water_tenths, opened_at, started_at) \
            VALUES ($1, $2, 0, $3, $4, $5, $6) ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, \
            abort_reason = excluded.abort_reason, water_tenths = excluded.water_tenths, started_at = excluded.started_at";
        let now = self.app.clock.now();
        let values = [
            id.0.into(),
            state.into(),
            is_aborted.then_some("DISTRESS").into(),
            has_begun.then_some(390_i16).into(),
            now.into(),
            has_begun.then_some(now).into(),
        ];
        execute(self.app.db.write(), sql, values).await.unwrap();
    }

    /// Signs today's text; the payload.
    pub async fn sign(&self, who: &Person, elder: ElderId, more: Value) -> Value {
        let document = "{ consentText(purpose: BATHING_RISK) { version text textHash } }";
        let answer = self.ask(None, document, json!({})).await;
        let text = &answer["data"]["consentText"];
        let mut input = json!({
            "requestKey": fresh_key(), "elderId": elder.to_string(), "purpose": "BATHING_RISK",
            "textVersion": text["version"], "textHash": text["textHash"],
        });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let select = "consent { isGiven signedAs signedAt validUntilAt withdrawnAt }";
        self.act(who, "consentSign", input, select).await
    }

    /// Takes a consent back; the payload.
    pub async fn withdraw(&self, who: &Person, elder: ElderId, more: Value) -> Value {
        let mut input = json!({ "elderId": elder.to_string(), "purpose": "BATHING_RISK" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        self.act(who, "consentWithdraw", input, "consent { isGiven signedAs withdrawnAt }").await
    }

    /// Values before the bath, taken now, three hours after a meal; the payload.
    pub async fn measure(&self, who: &Person, order: &str, (systolic, diastolic): (i32, i32)) -> Value {
        self.bath(who, "bathVitalsRecord", order, self.values((systolic, diastolic))).await
    }

    /// Values taken now: pulse 72, 36.5 degrees, three hours after a meal.
    pub fn values(&self, (systolic, diastolic): (i32, i32)) -> Value {
        let now = self.app.clock.now();
        json!({
            "systolicMmhg": systolic, "diastolicMmhg": diastolic, "pulsePerMinute": 72, "temperatureTenths": 365,
            "takenAt": now.to_rfc3339(), "lastMealAt": (now - chrono::Duration::hours(3)).to_rfc3339(),
        })
    }

    /// The end of a bath: values taken now and a word about the skin; the payload.
    pub async fn finish_bath(&self, who: &Person, order: &str) -> Value {
        let mut input = self.values((132, 80));
        input.as_object_mut().unwrap().remove("lastMealAt");
        input["skinNote"] = json!("皮肤完好");
        self.bath(who, "bathFinish", order, input).await
    }

    /// One act at a gate; the payload.
    pub async fn bath(&self, who: &Person, act: &str, order: &str, more: Value) -> Value {
        let mut input = more;
        input["orderId"] = json!(order);
        self.act(who, act, input, &format!("check {{ {CHECK} }}")).await
    }

    /// The gate as the person sees it, without values; null when he does not.
    pub async fn check(&self, who: &Person, order: &str) -> Value {
        let document = format!("query($id: ID!) {{ bathingCheck(orderId: $id) {{ {CHECK} }} }}");
        self.data(who, &document, json!({ "id": order })).await["bathingCheck"].clone()
    }
}
