//! A full house: one family with everything that a family can have, and others who must not see any of it.

use std::collections::BTreeMap;

use entities::enums::Role;
use nuanyang::kit::db::execute;
use nuanyang::kit::ids::{
    AssessmentId, BillCaseId, BondId, CanteenId, CarerId, ComplaintId, ContractId, CorrectionId, DeviceId,
    DishId, ElderId, EnrolmentId, ExceptionId, HelpCallId, LeaveId, LicenceId, MessageId, OfferingId,
    OrderId, PersonId, PrivacyId, ProviderId, RatingId, RefundId, SlotId, StatementId, VoucherId, WordsId,
};
use serde_json::{Value, json};

use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::{Agency, visit_input};
use crate::world::client::Person;
use crate::world::contract::fresh_key;
use crate::world::homecare::HomeService;
use crate::world::place::{Canteen, order_input};
use crate::world::voucher::holder;

/// Somebody who must not reach what belongs to the family.
pub struct View {
    pub title: &'static str,
    /// Roles that the person holds.
    pub roles: &'static [&'static str],
    pub person: Person,
    /// An id of each prefix that the person may use.
    pub own: BTreeMap<&'static str, String>,
}

/// The family's ids by prefix, and those who look at them.
pub struct Estate {
    pub daughter: Person,
    pub ours: BTreeMap<&'static str, Vec<String>>,
    pub views: Vec<View>,
    /// Those who may do something with the family's things: its desk, itself, its canteen.
    pub owners: Vec<View>,
}

/// A random id with the same prefix, of something that is not there.
pub fn missing(world: &World, prefix: &str) -> String {
    let ids = &world.app.ids;
    match prefix {
        "elder" => ids.next::<ElderId>().to_string(),
        "order" | "visit" => ids.next::<OrderId>().to_string(),
        "bond" => ids.next::<BondId>().to_string(),
        "rating" => ids.next::<RatingId>().to_string(),
        "canteen" => ids.next::<CanteenId>().to_string(),
        "slot" => ids.next::<SlotId>().to_string(),
        "dish" => ids.next::<DishId>().to_string(),
        "provider" => ids.next::<ProviderId>().to_string(),
        "licence" => ids.next::<LicenceId>().to_string(),
        "carer" => ids.next::<CarerId>().to_string(),
        "leave" => ids.next::<LeaveId>().to_string(),
        "exception" => ids.next::<ExceptionId>().to_string(),
        "device" => ids.next::<DeviceId>().to_string(),
        "assessment" => ids.next::<AssessmentId>().to_string(),
        "person" => ids.next::<PersonId>().to_string(),
        "correction" => ids.next::<CorrectionId>().to_string(),
        "enrolment" => ids.next::<EnrolmentId>().to_string(),
        "offering" | "bundle" => ids.next::<OfferingId>().to_string(),
        "voucher" => ids.next::<VoucherId>().to_string(),
        "message" => ids.next::<MessageId>().to_string(),
        "statement" => ids.next::<StatementId>().to_string(),
        "complaint" => ids.next::<ComplaintId>().to_string(),
        "call" => ids.next::<HelpCallId>().to_string(),
        "contract" => ids.next::<ContractId>().to_string(),
        "refund" => ids.next::<RefundId>().to_string(),
        "case" => ids.next::<BillCaseId>().to_string(),
        "request" => ids.next::<PrivacyId>().to_string(),
        "words" => ids.next::<WordsId>().to_string(),
        other => panic!("no id begins with {other}_: say in contract.rs what the place takes"),
    }
}

/// The family and its canteen while the house is built.
struct Building<'a> {
    world: &'a World,
    canteen: Canteen,
    father: ElderId,
    daughter: Person,
    manager: Person,
    today: SlotId,
    later: SlotId,
    keys: u32,
}

impl Building<'_> {
    fn input(&mut self, slot: SlotId, way: &str) -> Value {
        self.keys += 1;
        order_input(&self.keys.to_string(), self.father, slot, (way, self.canteen.lunch))
    }

    async fn placed(&mut self, slot: SlotId, way: &str) -> String {
        let input = self.input(slot, way);
        id_of(&self.world.place(&self.daughter, input).await)
    }

    async fn paid(&mut self, slot: SlotId, way: &str) -> String {
        let input = self.input(slot, way);
        self.world.paid(&self.daughter, input).await
    }

    /// Orders in as many states as one moment can show: EXPIRED, SERVED, READY, OUT_FOR_DELIVERY, UNDELIVERED,
    /// HELD, CONFIRMED, CANCELLED.
    async fn orders(&mut self) -> Vec<String> {
        let (world, today, later) = (self.world, self.today, self.later);
        world.at("2026-06-04 20:00").await;
        let expired = self.placed(today, "DINE_IN").await;
        let served = self.paid(today, "DINE_IN").await;
        let ready = self.paid(today, "PICK_UP").await;
        let under_way = self.paid(today, "DELIVERY").await;
        let not_reached = self.paid(today, "DELIVERY").await;
        world.at("2026-06-05 11:20").await;
        world.prepare(&self.manager, &self.canteen, ("2026-06-05", "LUNCH")).await;
        let code = world.order(&self.daughter, &served).await["servingCode"].clone();
        world.serve(&self.manager, &self.canteen, json!({ "code": code })).await;
        world.depart(&self.manager, &under_way).await;
        world.depart(&self.manager, &not_reached).await;
        world.deliver_meal(&self.manager, &not_reached, ("notReached", "rang twice")).await;
        let cancelled = self.paid(later, "DINE_IN").await;
        world.cancel(&self.daughter, &cancelled).await;
        let confirmed = self.paid(later, "DINE_IN").await;
        let held = self.placed(later, "PICK_UP").await;
        let orders = vec![expired, served, ready, under_way, not_reached, cancelled, confirmed, held];
        let mut states = Vec::new();
        for order in &orders {
            states.push(world.state(&self.daughter, order).await);
        }
        let expected = [
            "EXPIRED",
            "SERVED",
            "READY",
            "OUT_FOR_DELIVERY",
            "UNDELIVERED",
            "CANCELLED",
            "CONFIRMED",
            "HELD",
        ];
        assert_eq!(states, expected);
        orders
    }

    async fn rating(&self, order: &str) -> String {
        let input =
            json!({ "requestKey": "estate-rating-0001", "orderId": order, "stars": 5, "text": "很好吃" });
        let payload = self.world.act(&self.daughter, "ratingCreate", input, "rating { id }").await;
        payload["rating"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
    }

    /// Ids of what the home service has: its licences, a carer on leave, and something with a price.
    async fn home(&self, home: &HomeService) -> BTreeMap<&'static str, Vec<String>> {
        let (world, manager) = (self.world, &home.manager);
        let seen = world.data(manager, "{ myProvider { licences { id } } }", json!({})).await;
        let licences = seen["myProvider"]["licences"].as_array().unwrap();
        let carer = world.carer(manager, "李师傅").await;
        let leave = json!({
            "requestKey": fresh_key(), "carerId": carer, "startsAt": "2026-08-01T00:00:00Z",
            "endsAt": "2026-08-02T00:00:00Z", "reason": "探亲"
        });
        let away = world.act(manager, "carerLeaveAdd", leave, "carer { leaves { id } }").await;
        let offering = world.cleaning(manager).await;
        world.publish(manager, &offering, 8_000).await;
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{away}")).to_owned();
        world.certify(manager, &carer, ("HEALTH_CARD", "2027-12-31")).await;
        let bundle = world.bundle_of(Agency { id: home.id }, &[(offering.parse().unwrap(), 1)]).await;
        let visits = self.visits(home, &carer, &offering).await;
        let order: OrderId = visits[0].parse().unwrap();
        let device = world
            .act(
                &world.login("carer8").await,
                "visitDeviceAdd",
                json!({ "requestKey": fresh_key() }),
                "device { id }",
            )
            .await;
        BTreeMap::from([
            ("visit", visits),
            ("exception", vec![ExceptionId(order.0).to_string()]),
            ("device", vec![text(&device["device"]["id"])]),
            ("provider", vec![home.id.to_string()]),
            ("licence", licences.iter().map(|licence| text(&licence["id"])).collect()),
            ("leave", vec![text(&away["carer"]["leaves"][0]["id"])]),
            ("carer", vec![carer]),
            ("offering", vec![offering]),
            ("bundle", vec![bundle.to_string()]),
        ])
    }

    /// A visit for which the carer was asked, and one that is accepted, with something that did not fit.
    async fn visits(&self, home: &HomeService, carer: &str, offering: &str) -> Vec<String> {
        let (world, carer) = (self.world, carer.parse::<CarerId>().unwrap());
        let person = world.carer_person(Agency { id: home.id }, carer, "carer8").await;
        let mut visits = Vec::new();
        for (key, at) in [("1", "2026-06-09 10:00"), ("2", "2026-06-10 10:00")] {
            let input = visit_input(key, self.father, offering.parse().unwrap(), at);
            let placed = world.act(&self.daughter, "serviceOrderPlace", input, "order { id }").await;
            world.pay(&self.daughter, &id_of(&placed)).await;
            world.work().await;
            visits.push(id_of(&placed));
        }
        let said = world.on_visit(&person, "offerAccept", &visits[0], json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "{said}");
        let order: OrderId = visits[0].parse().unwrap();
        let values = [order.0.into(), carer.0.into(), world.app.clock.now().into()];
        let sql = "INSERT INTO visit_exception (id, order_id, carer_id, rule, score, detail, holds_line, noted_at) \
            VALUES ($1, $1, $2, 'LATE', 20, 'late', false, $3)";
        execute(world.app.db.write(), sql, values).await.unwrap();
        let sql = "INSERT INTO settlement_line (order_id, provider_id, region_code, state, subsidy_fen, voucher_fen, \
            cash_fen, confirmed_at, version) SELECT id, provider_id, region_code, 'HELD', 0, 0, cash_fen, created_at, 0 \
            FROM service_order WHERE id = $1";
        execute(world.app.db.write(), sql, [order.0.into()]).await.unwrap();
        let sql = "INSERT INTO visit_fault (id, order_id, provider_id, kind, reason, noted_at) \
            SELECT id, id, provider_id, 'CALLED_OFF', 'ill', created_at FROM service_order WHERE id = $1";
        execute(world.app.db.write(), sql, [order.0.into()]).await.unwrap();
        let sql = "INSERT INTO rating (id, order_id, provider_id, region_code, author_id, stars, tags, text_state, answer_state, \
            created_at, version) SELECT id, id, provider_id, region_code, placed_by, 5, '', 'NONE', 'NONE', created_at, 0 \
            FROM service_order WHERE id = $1";
        execute(world.app.db.write(), sql, [order.0.into()]).await.unwrap();
        let sql = "INSERT INTO welfare_check (id, elder_id, order_id, reason, state, opened_at) \
            SELECT id, elder_id, id, 'nobody_home', 'OPEN', created_at FROM service_order WHERE id = $1";
        execute(world.app.db.write(), sql, [order.0.into()]).await.unwrap();
        let sql = "INSERT INTO call_back (order_id, provider_id, region_code, state, drawn_at) \
            VALUES ($1, $2, '530111004009', 'OPEN', $3)";
        let values = [order.0.into(), home.id.0.into(), world.app.clock.now().into()];
        execute(world.app.db.write(), sql, values).await.unwrap();
        world.gate_of(&visits[0], "CONSENTED").await;
        visits
    }

    async fn owners(&self, ours: &BTreeMap<&'static str, Vec<String>>, home: &HomeService) -> Vec<View> {
        let mut own: BTreeMap<_, _> = ours.iter().map(|(prefix, ids)| (*prefix, ids[0].clone())).collect();
        own.insert("slot", self.later.to_string());
        let mut staff = own.clone();
        staff.insert("slot", self.today.to_string());
        let desk = self.world.desk("desk9").await;
        let carer = self.world.login("carer8").await;
        let officer = self.world.officer("officer9", "530111").await;
        let assessor = self.world.assessor("assessor7").await;
        let view =
            |title, roles, person: &Person| View { title, roles, person: person.clone(), own: own.clone() };
        vec![
            view("the desk", &["FAMILY", "DESK"], &desk),
            view("the family", &["FAMILY"], &self.daughter),
            View { own: staff, ..view("the canteen", &["FAMILY", "PROVIDER_MANAGER"], &self.manager) },
            view("the home service", &["PROVIDER_MANAGER"], &home.manager),
            view("its carer", &["FAMILY", "CARER"], &carer),
            view("the office", &["OFFICER"], &officer),
            view("an assessor", &["FAMILY", "ASSESSOR"], &assessor),
        ]
    }

    /// A wish to correct the archive, and an approval.
    async fn rights(&self) -> BTreeMap<&'static str, Vec<String>> {
        let (world, father) = (self.world, self.father);
        world.known(father, &[("household_type", "空巢")]).await;
        let wish = json!({ "requestKey": fresh_key(), "elderId": father.to_string(), "fieldCode": "dementia", "words": "不对" });
        let asked = world.act(&self.daughter, "factCorrectionAsk", wish, "correction { id }").await;
        let officer = world.officer("officer9", "530111").await;
        let programme = ("guandu_home_care_voucher", "home_care_voucher");
        let approved = world.approve(&officer, father, programme, json!({})).await;
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{asked} {approved}")).to_owned();
        world.agrees(father, "ABILITY_ASSESSMENT").await;
        let asked_for = json!({ "requestKey": fresh_key(), "elderId": father.to_string() });
        let case = world.act(&self.daughter, "assessmentRequest", asked_for, "assessment { id }").await;
        let mut people = Vec::new();
        for name in ["assessor7", "assessor8"] {
            people.push(world.assessor(name).await.said.person.to_string());
        }
        BTreeMap::from([
            ("assessment", vec![text(&case["assessment"]["id"])]),
            ("person", people),
            ("correction", vec![text(&asked["correction"]["id"])]),
            ("enrolment", vec![text(&approved["enrolment"]["id"])]),
        ])
    }

    async fn bond(&self) -> String {
        let document = "query($id: ID!) { viewer { elder(id: $id) { bonds { id } } } }";
        let seen = self.world.data(&self.daughter, document, json!({ "id": self.father.to_string() })).await;
        seen["viewer"]["elder"]["bonds"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// The account of an elder is this person's.
async fn is_elder(world: &World, elder: ElderId, person: &Person) {
    let values = [elder.0.into(), person.said.person.0.into()];
    execute(world.app.db.write(), "UPDATE elder SET person_id = $2 WHERE id = $1", values).await.unwrap();
}

impl Estate {
    pub async fn build(world: &World) -> Self {
        let (canteen, other) = (world.canteen().await, world.canteen().await);
        let father = world.elder("王桂芬", "1944-03-01").await;
        world.assessed(father, "2026-03-10", 70).await;
        world.grant(vec![holder(father, 30)]).await;
        let mut building = Building {
            world,
            father,
            daughter: world.family_of("daughter1", father).await,
            manager: world.manager("canteen1", &canteen).await,
            today: world.lunch(&canteen, "2026-06-05", (7, 40)).await,
            later: world.lunch(&canteen, "2026-06-10", (7, 40)).await,
            canteen: canteen.clone(),
            keys: 0,
        };
        let orders = building.orders().await;
        let rating = building.rating(&orders[1]).await;
        let bond = building.bond().await;
        let slots = vec![building.today.to_string(), building.later.to_string()];
        let home = world.home_service("homecare1").await;
        let mut ours = BTreeMap::from([
            ("elder", vec![father.to_string()]),
            ("order", orders),
            ("bond", vec![bond]),
            ("rating", vec![rating]),
            ("canteen", vec![canteen.id.to_string()]),
            ("slot", slots),
            ("dish", vec![canteen.lunch.to_string(), canteen.dinner.to_string()]),
        ]);
        let vouchers = world.vouchers(&building.daughter, father).await;
        ours.insert("voucher", vec![vouchers[0]["id"].as_str().unwrap().to_owned()]);
        ours.extend(building.home(&home).await);
        ours.extend(building.rights().await);
        ours.insert("statement", vec![statement(world, &home).await]);
        ours.insert("case", vec![bill_case(world).await]);
        ours.insert("refund", vec![refund(world, &building.daughter, &ours["order"]).await]);
        ours.insert("complaint", vec![complaint(world).await]);
        let pressed = json!({ "elderId": father.to_string() });
        let called = world.act(&building.daughter, "helpCallStart", pressed, "call { id }").await;
        ours.insert("call", vec![called["call"]["id"].as_str().unwrap().to_owned()]);
        ours.insert("words", vec![words(world, father).await]);
        ours.insert("contract", vec![contract(world, &home).await]);
        ours.insert("request", requests(world, father).await);
        let told = world.data(&building.daughter, "{ messages(first: 1) { nodes { id } } }", json!({})).await;
        ours.insert("message", vec![told["messages"]["nodes"][0]["id"].as_str().unwrap().to_owned()]);
        let mut views = views(world, building.later, (&canteen, &other)).await;
        for view in &mut views {
            // What is sold, and by whom, is no secret.
            // A phone is of use to nobody but its carer; a visit beside a foreign phone is never looked at.
            for prefix in ["offering", "bundle", "carer", "device", "visit", "person"] {
                view.own.entry(prefix).or_insert_with(|| ours[prefix][0].clone());
            }
        }
        let owners = building.owners(&ours, &home).await;
        Self { daughter: building.daughter, ours, views, owners }
    }
}

/// A closed month of a provider; its id.
async fn statement(world: &World, home: &HomeService) -> String {
    let id: StatementId = world.app.ids.next();
    let sql = "INSERT INTO statement (id, provider_id, region_code, month_on, closed_at, line_count, subsidy_fen, voucher_fen, \
        cash_fen) VALUES ($1, $2, '530111', $3, $4, 0, 0, 0, 0)";
    let month: chrono::NaiveDate = "2026-05-01".parse().unwrap();
    let values = [id.0.into(), home.id.0.into(), month.into(), world.app.clock.now().into()];
    execute(world.app.db.write(), sql, values).await.unwrap();
    id.to_string()
}

/// What the district has agreed with a provider.
async fn contract(world: &World, home: &HomeService) -> String {
    let id: ContractId = world.app.ids.next();
    let officer = world.person_id("officer9").await;
    let sql = "INSERT INTO procurement_contract (id, programme, provider_id, region_code, begins_on, ends_on, cap_fen, used_fen, \
        reference, agreed_at, agreed_by) VALUES ($1, 'guandu_home_care_voucher', $2, '530111', '2026-01-01', '2026-12-31', 100, 0, \
        '7', $3, $4)";
    let values = [id.0.into(), home.id.0.into(), world.app.clock.now().into(), officer.into()];
    execute(world.app.db.write(), sql, values).await.unwrap();
    id.to_string()
}

/// A difference between a bill and the books in Guandu; its id.
async fn bill_case(world: &World) -> String {
    let id: BillCaseId = world.app.ids.next();
    let sql = "INSERT INTO bill_case (id, day_on, kind, number, region_code, owner, state, opened_at) \
        VALUES ($1, $2, 'PAYMENT_AMOUNT', 'demo', '530111', 'OFFICE', 'OPEN', $3)";
    let day: chrono::NaiveDate = "2026-05-01".parse().unwrap();
    let values = [id.0.into(), day.into(), world.app.clock.now().into()];
    execute(world.app.db.write(), sql, values).await.unwrap();
    id.to_string()
}

/// Money of the family that goes back; the id of the refund.
async fn refund(world: &World, daughter: &Person, orders: &[String]) -> String {
    for order in orders {
        let seen = world.order(daughter, order).await;
        if let Some(refund) = seen["refunds"].as_array().and_then(|refunds| refunds.first()) {
            let document = "query($id: ID!) { mealOrder(id: $id) { refunds { id } } }";
            let own = world.data(daughter, document, json!({ "id": order })).await;
            assert!(refund["state"].is_string());
            return own["mealOrder"]["refunds"][0]["id"].as_str().unwrap().to_owned();
        }
    }
    panic!("nothing goes back to the family");
}

/// What somebody wrote about the call for help, and what the platform has left for a person; its id. No act writes words of this
/// name anew.
async fn words(world: &World, elder: ElderId) -> String {
    let id: WordsId = world.app.ids.next();
    let sql = "INSERT INTO text_check (id, subject, subject_id, field, author_id, words_sealed, state, reason, written_at, \
        settled_at) SELECT $1, 'help_call', h.id, 'demo', $3, $4, 'PENDING', 'demo', $5, $5 FROM help_call h WHERE h.elder_id = $2";
    let (author, said) = (world.person_id("desk8").await, world.app.seal.seal("demo").unwrap());
    let values = [id.0.into(), elder.0.into(), author.into(), said.into(), world.app.clock.now().into()];
    assert_eq!(execute(world.app.db.write(), sql, values).await.unwrap(), 1);
    id.to_string()
}

/// A payer's complaint about an order of Guandu; its id.
async fn complaint(world: &World) -> String {
    let id: ComplaintId = world.app.ids.next();
    let sql = "INSERT INTO complaint (id, platform_id, region_code, state, made_at, due_at) \
        VALUES ($1, 'demo', '530111', 'OPEN', $2, $2)";
    execute(world.app.db.write(), sql, [id.0.into(), world.app.clock.now().into()]).await.unwrap();
    id.to_string()
}

/// A copy and an erasure, both asked for on paper; their ids.
async fn requests(world: &World, elder: ElderId) -> Vec<String> {
    let desk = world.person_id("desk9").await;
    let now = world.app.clock.now();
    let due = now + chrono::Duration::days(30);
    let mut all = Vec::new();
    for (kind, state, ended) in [("EXPORT", "DONE", Some(now)), ("ERASURE", "ASKED", None)] {
        let id: PrivacyId = world.app.ids.next();
        let sql = "INSERT INTO privacy_request (id, elder_id, kind, state, asked_by, asked_as, paper_reference, asked_at, due_at, \
            ended_at) VALUES ($1, $2, $3, $4, $5, 'ELDER', '3', $6, $7, $8)";
        let values = [
            id.0.into(),
            elder.0.into(),
            kind.into(),
            state.into(),
            desk.into(),
            now.into(),
            due.into(),
            ended.into(),
        ];
        execute(world.app.db.write(), sql, values).await.unwrap();
        all.push(id.to_string());
    }
    all
}

/// Another family, an elder with an account, desk and officer of another district, manager and carer of another provider.
async fn views(world: &World, slot: SlotId, (canteen, other): (&Canteen, &Canteen)) -> Vec<View> {
    let mother = world.elder("李秀兰", "1945-05-05").await;
    let neighbour = world.elder("赵国强", "1946-06-06").await;
    let rivals_slot = world.lunch(other, "2026-06-05", (7, 40)).await;
    let son = world.family_of("daughter2", mother).await;
    let input = order_input("900", mother, slot, ("DINE_IN", canteen.lunch));
    let order = world.paid(&son, input).await;
    let herself = world.with_role("elder2", Role::Elder, (None, None)).await;
    is_elder(world, neighbour, &herself).await;
    let desk = world.with_role("desk1", Role::Desk, (None, Some("5302"))).await;
    let rival = world.manager("canteen2", other).await;
    let officer = world.officer("officer1", "5302").await;
    let assessor = world.assessor_of("assessor1", "5302").await;
    let carer = world.with_role("carer9", Role::Carer, (Some(other.provider), None)).await;
    let family = |elder: ElderId| {
        BTreeMap::from([
            ("elder", elder.to_string()),
            ("slot", slot.to_string()),
            ("canteen", canteen.id.to_string()),
            ("dish", canteen.lunch.to_string()),
            ("order", order.clone()),
        ])
    };
    let staff = BTreeMap::from([
        ("slot", rivals_slot.to_string()),
        ("canteen", other.id.to_string()),
        ("dish", other.lunch.to_string()),
        ("elder", mother.to_string()),
        ("visit", world.app.ids.next::<OrderId>().to_string()),
    ]);
    vec![
        View { title: "another family", roles: &["FAMILY"], person: son, own: family(mother) },
        View { title: "another elder", roles: &["FAMILY", "ELDER"], person: herself, own: family(neighbour) },
        View { title: "a desk elsewhere", roles: &["FAMILY", "DESK"], person: desk, own: family(mother) },
        View { title: "an assessor elsewhere", roles: &["ASSESSOR"], person: assessor, own: family(mother) },
        View { title: "an officer elsewhere", roles: &["OFFICER"], person: officer, own: family(mother) },
        View { title: "another provider's carer", roles: &["CARER"], person: carer, own: staff.clone() },
        View { title: "another provider", roles: &["FAMILY", "PROVIDER_MANAGER"], person: rival, own: staff },
    ]
}
