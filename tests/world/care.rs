//! Providers of services at home with their carers, written straight into the rows.

use chrono::{DateTime, NaiveDate, Utc};
use entities::enums::{CertificateKind, OfferingUnit, ProviderKind, Role, Sex};
use entities::{
    carer, carer_area, carer_certificate, carer_skill, carer_week, offering, offering_area, offering_price,
};
use nuanyang::directory::store::offering::insert_items;
use nuanyang::directory::store::place::{insert_provider, standing_provider};
use nuanyang::kit::db::execute;
use nuanyang::kit::ids::{CarerId, ElderId, OfferingId, ProviderId};
use sea_orm::{EntityTrait, IntoActiveModel as _};
use serde_json::{Value, json};

use super::client::Person;
use super::place::HOME;
use super::{World, shanghai};

/// What a test asks of a service order.
pub const SERVICE: &str = "id state listFen dueFen cancelFeeFen visitCode startsAt endsAt moves choiceEndsAt carers { id name isCertified } \
    home { name phone address note } refunds { state amountFen } timeline { name state reason }";

/// A provider of services at home in `HOME`.
#[derive(Clone, Copy, Debug)]
pub struct Agency {
    pub id: ProviderId,
}

/// How a carer of a test is.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub sex: Sex,
    pub buffer_min: i16,
    pub is_certified: bool,
    /// Metres north of the elders' home.
    pub metres_north: i32,
}

pub const PLAIN: Kind = Kind { sex: Sex::Female, buffer_min: 30, is_certified: false, metres_north: 500 };

impl World {
    /// A provider that is ACTIVE.
    pub async fn agency(&self) -> Agency {
        self.region(HOME).await;
        let id: ProviderId = self.app.ids.next();
        let new = standing_provider(id, "演示居家服务公司", ProviderKind::HomeService, HOME, true);
        insert_provider(self.app.db.write(), &new).await.unwrap();
        Agency { id }
    }

    /// A carer who works every day from 08:00 to 20:00, with a valid health card and the skills.
    pub async fn ready_carer(&self, agency: Agency, name: &str, skills: &[&str], kind: Kind) -> CarerId {
        let db = self.app.db.write();
        let id: CarerId = self.app.ids.next();
        let row = carer::Model {
            id: id.0,
            provider_id: agency.id.0,
            person_id: None,
            name_sealed: self.app.seal.seal(name).unwrap(),
            phone_sealed: self.app.seal.seal("13800000000").unwrap(),
            sex: kind.sex,
            languages: String::new(),
            photo_ref: None,
            base_latitude_e6: Some(25_012_000 + kind.metres_north * 9),
            base_longitude_e6: Some(102_751_000),
            travel_buffer_min: kind.buffer_min,
            is_active: true,
            created_at: self.app.clock.now(),
            version: 0,
            stars_1: 0,
            stars_2: 0,
            stars_3: 0,
            stars_4: 0,
            stars_5: 0,
        };
        carer::Entity::insert(row.into_active_model()).exec_without_returning(db).await.unwrap();
        let area = carer_area::Model { carer_id: id.0, region_code: "530111".into() };
        carer_area::Entity::insert(area.into_active_model()).exec_without_returning(db).await.unwrap();
        for skill in skills {
            let row = carer_skill::Model { carer_id: id.0, service_code: (*skill).into() };
            carer_skill::Entity::insert(row.into_active_model()).exec_without_returning(db).await.unwrap();
        }
        self.certificate(id, CertificateKind::HealthCard, "2027-12-31").await;
        if kind.is_certified {
            self.certificate(id, CertificateKind::CareWorker, "2027-12-31").await;
        }
        for weekday in 1..=7 {
            let row = carer_week::Model { carer_id: id.0, weekday, from_minute: 480, until_minute: 1_200 };
            carer_week::Entity::insert(row.into_active_model()).exec_without_returning(db).await.unwrap();
        }
        id
    }

    /// A certificate that is valid from the beginning of 2026.
    pub async fn certificate(&self, carer: CarerId, kind: CertificateKind, until: &str) {
        let row = carer_certificate::Model {
            id: self.app.ids.next(),
            carer_id: carer.0,
            kind,
            number: "演示0001".into(),
            valid_from: "2026-01-01".parse().unwrap(),
            valid_until: until.parse::<NaiveDate>().unwrap(),
            added_at: self.app.clock.now(),
        };
        let db = self.app.db.write();
        carer_certificate::Entity::insert(row.into_active_model()).exec_without_returning(db).await.unwrap();
    }

    /// The carer signs in with a phone of his own.
    pub async fn carer_person(&self, agency: Agency, carer: CarerId, name: &str) -> Person {
        let person = self.with_role(name, Role::Carer, (Some(agency.id.0), None)).await;
        let sql = "UPDATE carer SET person_id = $2 WHERE id = $1";
        execute(self.app.db.write(), sql, [carer.0.into(), person.said.person.0.into()]).await.unwrap();
        person
    }

    /// An offering by the visit in the whole district, with a published price.
    pub async fn visit_offering(
        &self,
        agency: Agency,
        service: &str,
        (fen, duration_min): (i64, i32),
        (carers_needed, certified_needed): (i16, i16),
    ) -> OfferingId {
        let db = self.app.db.write();
        let id: OfferingId = self.app.ids.next();
        let row = offering::Model {
            id: id.0,
            provider_id: agency.id.0,
            service_code: service.into(),
            content: "演示".into(),
            unit: OfferingUnit::Visit,
            duration_min,
            carers_needed,
            certificate_kind: (certified_needed > 0).then_some(CertificateKind::CareWorker),
            certified_needed,
            is_active: true,
            created_at: self.app.clock.now(),
            version: 0,
        };
        offering::Entity::insert(row.into_active_model()).exec_without_returning(db).await.unwrap();
        let area = offering_area::Model { offering_id: id.0, region_code: "530111".into() };
        offering_area::Entity::insert(area.into_active_model()).exec_without_returning(db).await.unwrap();
        let price = offering_price::Model {
            offering_id: id.0,
            price_fen: fen,
            published_at: shanghai("2026-01-01 00:00"),
        };
        offering_price::Entity::insert(price.into_active_model()).exec_without_returning(db).await.unwrap();
        id
    }

    /// A bundle of offerings in the whole district, each so many times.
    pub async fn bundle_of(&self, agency: Agency, items: &[(OfferingId, i16)]) -> OfferingId {
        let db = self.app.db.write();
        let id = self.visit_offering(agency, "service_package", (0, 60), (1, 0)).await;
        execute(db, "DELETE FROM offering_price WHERE offering_id = $1", [id.0.into()]).await.unwrap();
        insert_items(db, id, items).await.unwrap();
        id
    }

    /// Which carer a person is.
    pub async fn carer_id(&self, who: &Person) -> String {
        let data = self.data(who, "{ myCarer { id } }", json!({})).await;
        data["myCarer"]["id"].as_str().unwrap_or_else(|| panic!("{data}")).to_owned()
    }

    /// An order of either kind as the person sees it; null when he does not.
    pub async fn visit(&self, who: &Person, id: &str) -> Value {
        let document = format!("query($id: ID!) {{ serviceOrder(id: $id) {{ {SERVICE} }} }}");
        self.data(who, &document, json!({ "id": id })).await["serviceOrder"].clone()
    }

    /// Does one act on a visit; the payload.
    pub async fn on_visit(&self, who: &Person, act: &str, order: &str, more: Value) -> Value {
        let mut input = more;
        input["orderId"] = json!(order);
        self.act(who, act, input, &format!("order {{ {SERVICE} }}")).await
    }

    /// The elder's own home, for a phone so many metres north of it.
    pub fn at_home(&self, metres_north: i32) -> Value {
        json!({ "latitudeE6": 25_012_000 + metres_north * 9, "longitudeE6": 102_751_000, "accuracyMetres": 20 })
    }

    /// No two visits of one carer overlap, however they came about.
    pub async fn assert_carers_are_in_one_place(&self) {
        let twice = "count(*) FROM assignment a JOIN service_order o ON o.id = a.order_id \
            JOIN assignment b ON b.carer_id = a.carer_id AND b.order_id <> a.order_id \
            JOIN service_order p ON p.id = b.order_id \
            WHERE a.state IN ('RESERVED', 'OFFERED', 'ACCEPTED') AND b.state IN ('RESERVED', 'OFFERED', 'ACCEPTED') \
            AND o.state NOT IN ('CANCELLED', 'EXPIRED', 'REFUNDED') AND p.state NOT IN ('CANCELLED', 'EXPIRED', 'REFUNDED') \
            AND o.starts_at < p.ends_at AND p.starts_at < o.ends_at";
        assert_eq!(self.number(twice).await, 0, "a carer is in two places");
    }
}

/// Input of `serviceOrderPlace`.
pub fn visit_input(key: &str, elder: ElderId, offering: OfferingId, starts_at: &str) -> Value {
    let at: DateTime<Utc> = shanghai(starts_at);
    json!({
        "requestKey": format!("test-visit-{key:0>8}"), "startsAt": at.to_rfc3339(),
        "want": { "elderId": elder.to_string(), "offeringId": offering.to_string() },
    })
}
