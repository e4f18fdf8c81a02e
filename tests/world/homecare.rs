//! Providers of home services with their carers and offerings.

use entities::enums::{LicenceKind, ProviderKind, Role};
use entities::provider_licence;
use nuanyang::directory::store::place::{insert_provider, standing_provider};
use nuanyang::directory::store::provider::insert_licence;
use nuanyang::kit::ids::ProviderId;
use serde_json::{Value, json};

use super::World;
use super::client::Person;
use super::contract::fresh_key;
use super::place::HOME;

/// An active provider and who runs it.
pub struct HomeService {
    pub id: ProviderId,
    pub manager: Person,
}

impl World {
    /// An active provider in Guandu, its papers good until the end of 2026.
    pub async fn home_service(&self, manager: &str) -> HomeService {
        self.region(HOME).await;
        let (db, id): (_, ProviderId) = (self.app.db.write(), self.app.ids.next());
        let new = standing_provider(id, "演示到家服务部", ProviderKind::HomeService, "530111", true);
        insert_provider(db, &new).await.unwrap();
        for kind in [LicenceKind::Business, LicenceKind::Insurance] {
            let licence = provider_licence::Model {
                id: self.app.ids.next(),
                provider_id: id.0,
                kind,
                number: "DEMO-1".into(),
                valid_from: "2026-01-01".parse().unwrap(),
                valid_until: "2026-12-31".parse().unwrap(),
                added_at: self.app.clock.now(),
                checked_at: None,
                checked_by: None,
            };
            insert_licence(db, &licence).await.unwrap();
        }
        let manager = self.with_role(manager, Role::ProviderManager, (Some(id.0), None)).await;
        HomeService { id, manager }
    }

    /// An officer of a branch of the region tree.
    pub async fn officer(&self, name: &str, branch: &str) -> Person {
        self.with_role(name, Role::Officer, (None, Some(branch))).await
    }

    /// A carer who cleans and bathes in Guandu, Monday to Friday from 9 to 18; without papers.
    pub async fn carer(&self, manager: &Person, name: &str) -> String {
        let input = json!({
            "requestKey": fresh_key(), "name": name, "phone": "13900000001", "sex": "FEMALE",
            "languages": ["KUNMING", "YI"], "travelBufferMinutes": 30
        });
        let payload = self.act(manager, "carerAdd", input, "carer { id }").await;
        let id = payload["carer"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned();
        let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
        let hours: Vec<Value> = days
            .iter()
            .map(|day| json!({ "weekday": day, "worksFrom": "09:00", "worksUntil": "18:00" }))
            .collect();
        for (act, input) in [
            ("carerAreaSet", json!({ "carerId": id, "regionCodes": ["530111"] })),
            ("carerSkillsSet", json!({ "carerId": id, "serviceCodes": ["cleaning_help", "bathing_help"] })),
            ("carerCalendarSet", json!({ "carerId": id, "hours": hours })),
        ] {
            let payload = self.act(manager, act, input, "carer { id }").await;
            assert_eq!(payload["carer"]["id"], id.as_str(), "{payload}");
        }
        id
    }

    /// A certificate from 2026 on; the payload.
    pub async fn certify(&self, manager: &Person, carer: &str, (kind, until): (&str, &str)) -> Value {
        let input = json!({
            "requestKey": fresh_key(), "carerId": carer, "kind": kind, "number": "C-1",
            "validFromOn": "2026-01-01", "validUntilOn": until
        });
        self.act(manager, "carerCertificateAdd", input, "carer { certificates { id } }").await
    }

    /// Two hours of cleaning in Guandu, without a price.
    pub async fn cleaning(&self, manager: &Person) -> String {
        self.offered(manager, json!({ "serviceCode": "cleaning_help", "durationMinutes": 120 })).await
    }

    /// An offering in Guandu, without a price; `more` says what it is.
    pub async fn offered(&self, manager: &Person, more: Value) -> String {
        let payload = self.act(manager, "offeringAdd", offering_input(more), "offering { id }").await;
        payload["offering"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
    }

    /// A published price of an offering; the payload.
    pub async fn publish(&self, manager: &Person, offering: &str, price_fen: i64) -> Value {
        let input = json!({ "requestKey": fresh_key(), "offeringId": offering, "priceFen": price_fen });
        self.act(manager, "offeringPricePublish", input, "offering { id priceFen isSold }").await
    }

    /// Ids of what is sold at homes of a region, asked by nobody in particular.
    pub async fn sold(&self, region: &str) -> Vec<String> {
        let document =
            "query($region: String!) { offerings(regionCode: $region, first: 50) { nodes { id } } }";
        let answer = self.ask(None, document, json!({ "region": region })).await;
        let nodes = answer["data"]["offerings"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
        nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// Input of `offeringAdd`: one visit in Guandu, changed by `more`.
pub fn offering_input(more: Value) -> Value {
    let mut input = json!({
        "requestKey": fresh_key(), "content": "上门服务一次", "unit": "VISIT", "durationMinutes": 60,
        "regionCodes": ["530111"]
    });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}
