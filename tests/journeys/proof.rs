//! The proof of a visit: the card at the home, records that come later, explanations and decisions, calls to families.

use entities::enums::Role;
use entities::visit_proof;
use nuanyang::dispatch::rules::sample::is_drawn;
use nuanyang::dispatch::store::call_back;
use nuanyang::kit::due::{Due, schedule};
use nuanyang::kit::ids::{ElderId, OrderId};
use nuanyang::kit::seal::mac_hex;
use nuanyang::orders::store::service_order as orders;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::on_both;
use crate::world::client::{Person, refusal};
use crate::world::team::{Booking, Team, tasks_done};
use crate::world::{World, shanghai};

/// Two hours of cleaning.
fn cleaning<'a>(carer: &'a str, elder: &'a str, starts_at: &'a str) -> Booking<'a> {
    Booking { carer, elder, service: "cleaning_help", minutes: 120, starts_at }
}

/// What the card at a home shows.
async fn card(world: &World, who: &Person, elder: ElderId) -> Value {
    let document = "query($id: ID!) { homeCode(elderId: $id) { text changesAt } }";
    world.data(who, document, json!({ "id": elder.to_string() })).await["homeCode"].clone()
}

/// Which second proof was taken at the check-in.
async fn second_proof(world: &World, order: &str) -> String {
    let id: OrderId = order.parse().unwrap();
    let rows = visit_proof::Entity::find().filter(visit_proof::Column::OrderId.eq(id.0));
    rows.one(world.app.db.write()).await.unwrap().unwrap().second_proof.as_str().to_owned()
}

async fn check_in(world: &World, team: &Team, booking: (&str, &str, &str), more: Value) {
    let (carer, elder, order) = booking;
    let mut input = more;
    if input.get("place").is_none() {
        input["place"] = team.place(elder, 20);
    }
    let said = world.on_visit(&team.carers[carer].1, "visitCheckIn", order, input).await;
    assert_eq!(said["order"]["state"], "CHECKED_IN", "{said}");
}

/// Comes in with a card's text; one that is nothing is told first.
async fn come_in(world: &World, team: &Team, at: (&str, &str, &str), (code, wanted): (&str, &str)) {
    let (carer, elder, order) = at;
    if wanted == "NONE" {
        let input = json!({ "place": team.place(elder, 20), "code": code });
        let said = world.on_visit(&team.carers[carer].1, "visitCheckIn", order, input).await;
        assert_eq!(refusal(&said), "DOOR_CODE_WRONG");
        check_in(world, team, at, json!({})).await;
    } else {
        check_in(world, team, at, json!({ "code": code })).await;
    }
}

async fn check_out(world: &World, team: &Team, (carer, elder, order): (&str, &str, &str)) {
    let input = json!({ "place": team.place(elder, 20), "tasks": tasks_done("cleaning_help") });
    let said = world.on_visit(&team.carers[carer].1, "visitCheckOut", order, input).await;
    assert_eq!(said["order"]["state"], "DONE", "{said}");
    world.work().await;
}

/// A phone with its secret.
struct Phone {
    id: String,
    secret: String,
}

impl Phone {
    async fn add(world: &World, who: &Person, key: &str) -> Value {
        world.act(who, "visitDeviceAdd", json!({ "requestKey": key }), "device { id secret }").await
    }

    async fn new(world: &World, who: &Person) -> Self {
        let told = Self::add(world, who, "phone-request-0001").await;
        assert_eq!(Self::add(world, who, "phone-request-0001").await, told, "a retry answers the same");
        let text = |name: &str| told["device"][name].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
        Self { id: text("id"), secret: text("secret") }
    }

    /// An entry as the contract describes it, signed.
    fn entry(&self, (sequence, kind, order): (i32, &str, &str), at: &str, place: Value, code: &str) -> Value {
        let at = shanghai(at);
        let tasks = if kind == "CHECK_OUT" { tasks_done("cleaning_help") } else { json!([]) };
        let number = |name: &str| place.get(name).map_or_else(String::new, Value::to_string);
        let mut lines: Vec<String> =
            ["NYQ1", &self.id, &sequence.to_string(), kind, order].map(str::to_owned).into();
        lines.push(at.timestamp_millis().to_string());
        lines.extend(["latitudeE6", "longitudeE6", "accuracyMetres"].map(number));
        lines.extend(["false", "", "", "", code].map(str::to_owned));
        let done = |task: &Value| format!("{}:true:", task["code"].as_str().unwrap());
        lines.extend(tasks.as_array().unwrap().iter().map(done));
        json!({
            "sequence": sequence, "kind": kind, "orderId": order, "deviceAt": at.to_rfc3339(), "place": place,
            "code": code, "tasks": tasks, "signature": mac_hex(&self.secret, &lines.join("\n")),
        })
    }

    async fn send(&self, world: &World, who: &Person, entries: &[Value]) -> Value {
        let input = json!({ "deviceId": self.id, "entries": entries });
        let told =
            world.act(who, "visitQueueSend", input, "results { sequence isApplied code message }").await;
        assert!(
            told["results"].as_array().is_none_or(|results| {
                results.iter().all(|result| result["code"].is_null() == result["message"].is_null())
            }),
            "{told}"
        );
        told
    }
}

/// Number, whether it was applied, and the code.
fn results(told: &Value) -> Vec<(i64, bool, String)> {
    let rows = told["results"].as_array().unwrap_or_else(|| panic!("{told}"));
    let shape = |row: &Value| {
        let code = row["code"].as_str().unwrap_or_default().to_owned();
        (row["sequence"].as_i64().unwrap(), row["isApplied"].as_bool().unwrap(), code)
    };
    rows.iter().map(shape).collect()
}

fn applied(sequences: &[i64]) -> Vec<(i64, bool, String)> {
    sequences.iter().map(|sequence| (*sequence, true, String::new())).collect()
}

fn rule(rule: &str, score: i64, holds: bool) -> (String, i64, bool) {
    (rule.to_owned(), score, holds)
}

on_both! {
    async fn a_card_proves_in_its_own_minute_and_the_next(world: World) {
        let mut team = Team::new(&world).await;
        let mut visits = Vec::new();
        // Four at one home at the same time, each for something else.
        for (carer, elder, service) in [
            ("Ai", "e1", "cleaning_help"), ("Bo", "e1", "companionship"), ("Ci", "e1", "home_visit"),
            ("Di", "e2", "cleaning_help"), ("Er", "e1", "shopping_help"),
        ] {
            let booking = Booking { service, ..cleaning(carer, elder, "2026-06-04 09:00") };
            visits.push((carer, elder, team.book(booking).await));
        }
        visits.push(("Ai", "e3", team.book(cleaning("Ai", "e3", "2026-06-04 11:00")).await));
        let elder = team.elders["e1"].0;
        world.at("2026-06-04 08:59").await;
        let old = card(&world, &team.daughter, elder).await;
        assert_eq!(old["changesAt"], "2026-06-04T01:00:00Z");
        world.pass(59).await;
        assert_eq!(card(&world, &team.daughter, elder).await, old, "the same all the minute");
        world.pass(1).await;
        let new = card(&world, &team.daughter, elder).await;
        assert_ne!(new["text"], old["text"]);
        assert_eq!(card(&world, &world.desk("desk1").await, elder).await, new);
        world.pass(59).await;
        let other = card(&world, &team.daughter, team.elders["e3"].0).await["text"].as_str().unwrap().to_owned();
        let (text, older) = (new["text"].as_str().unwrap().to_owned(), old["text"].as_str().unwrap().to_owned());
        let forged = format!("{}{}", &text[..text.len() - 1], if text.ends_with('0') { '1' } else { '0' });
        let codes = [(0, older.as_str(), "CARD"), (1, text.as_str(), "CARD"), (2, forged.as_str(), "NONE"), (3, text.as_str(), "NONE"),
            (5, other.as_str(), "CARD")];
        for (index, code, wanted) in codes {
            let (carer, elder, order) = &visits[index];
            come_in(&world, &team, (carer, elder, order), (code, wanted)).await;
            assert_eq!(second_proof(&world, order).await, wanted, "{index}");
        }
        world.pass(1).await;
        let (carer, elder_name, order) = &visits[4];
        come_in(&world, &team, (carer, elder_name, order), (&older, "NONE")).await;
        assert_eq!(second_proof(&world, order).await, "NONE", "two minutes later it is nothing");
        assert_eq!(team.exceptions(carer, order).await, [rule("NO_HOME_CODE", 30, false)]);

        let stranger = world.login("stranger1").await;
        world.bond(&stranger, elder, 2).await;
        assert_eq!(card(&world, &stranger, elder).await, json!(null), "only with the scope VIEW_ORDERS");
        let document = "query($id: ID!) { homeCode(elderId: $id) { text } }";
        let carer = world.with_role("fu", Role::Carer, (Some(team.agency.id.0), None)).await;
        let told = world.data(&carer, document, json!({ "id": elder.to_string() })).await;
        assert_eq!(told["homeCode"], json!(null), "no carer draws the card himself");
    }

    async fn a_phone_without_network_hands_its_acts_in_once(world: World) {
        let mut team = Team::new(&world).await;
        let order = team.book(cleaning("Ai", "e1", "2026-06-04 09:00")).await;
        let carer = team.carers["Ai"].1.clone();
        let (phone, code) = (Phone::new(&world, &carer).await, team.code(&order).await);
        let place = team.place("e1", 20);
        let entries = [
            phone.entry((1, "SET_OUT", &order), "2026-06-04 08:50", json!({}), ""),
            phone.entry((2, "CHECK_IN", &order), "2026-06-04 09:00", place.clone(), &code),
            phone.entry((3, "CHECK_OUT", &order), "2026-06-04 10:50", place.clone(), ""),
        ];
        world.at("2026-06-04 09:25").await;
        // By its numbers, whatever the order in the request.
        let told = phone.send(&world, &carer, &[entries[1].clone(), entries[0].clone()]).await;
        assert_eq!(results(&told), applied(&[1, 2]));
        world.at("2026-06-04 10:51").await;
        assert_eq!(results(&phone.send(&world, &carer, &entries[2..]).await), applied(&[3]));
        world.work().await;
        assert_eq!(world.visit(&team.daughter, &order).await["state"], "DONE");
        // 86 minutes by the server would be too short; both ends were signed, so the phone's 110 count.
        assert_eq!(team.exceptions("Ai", &order).await, [rule("OFFLINE", 5, false)]);
        assert!(!team.is_held(&order).await);
        let rows = visit_proof::Entity::find().all(world.app.db.write()).await.unwrap();
        let came = rows.iter().find(|row| row.kind == entities::enums::ProofKind::CheckIn).unwrap();
        assert_eq!((came.server_at, came.device_at), (shanghai("2026-06-04 09:25"), Some(shanghai("2026-06-04 09:00"))));

        let stranger = team.carer("Bo").await;
        let before = world.footprint().await;
        assert_eq!(results(&phone.send(&world, &carer, &entries).await), applied(&[1, 2, 3]), "again, the same answers");
        let other = phone.entry((2, "CHECK_IN", &order), "2026-06-04 09:01", place, &code);
        let told = phone.send(&world, &carer, &[other]).await;
        assert_eq!(results(&told), [(2, false, "SEQUENCE_REUSED".to_owned())]);
        assert_eq!(refusal(&phone.send(&world, &carer, &[]).await), "ENTRIES_INVALID");
        assert_eq!(refusal(&Phone::add(&world, &carer, "phone-request-0001").await), "REQUEST_KEY_REUSED");
        assert_eq!(refusal(&phone.send(&world, &stranger, &entries).await), "DEVICE_NOT_FOUND");
        assert_eq!(world.footprint().await, before);
    }

    async fn who_came_with_network_and_left_without_has_left_when_the_phone_says_so(world: World) {
        let mut team = Team::new(&world).await;
        let order = team.book(cleaning("Ai", "e1", "2026-06-04 09:00")).await;
        let carer = team.carers["Ai"].1.clone();
        let (phone, code) = (Phone::new(&world, &carer).await, team.code(&order).await);
        world.at("2026-06-04 09:00").await;
        check_in(&world, &team, ("Ai", "e1", &order), json!({ "code": code })).await;
        world.at("2026-06-04 11:00").await;
        // Twenty minutes of two hours, handed in when they are over.
        let left = phone.entry((1, "CHECK_OUT", &order), "2026-06-04 09:20", team.place("e1", 20), "");
        assert_eq!(results(&phone.send(&world, &carer, &[left]).await), applied(&[1]));
        world.work().await;
        assert_eq!(team.exceptions("Ai", &order).await, [rule("MUCH_TOO_SHORT", 60, true), rule("OFFLINE", 5, false)]);
        assert!(team.is_held(&order).await);
    }

    async fn a_gap_a_bad_signature_and_an_impossible_clock_are_noted(world: World) {
        let mut team = Team::new(&world).await;
        let order = team.book(cleaning("Ai", "e1", "2026-06-04 09:00")).await;
        let foreign = team.book(cleaning("Bo", "e2", "2026-06-04 09:00")).await;
        let carer = team.carers["Ai"].1.clone();
        let (phone, code) = (Phone::new(&world, &carer).await, team.code(&order).await);
        let place = team.place("e1", 20);
        world.at("2026-06-04 09:00").await;
        // Four hours before the visit: not near the booking, so the server's time counts.
        let mut forged = phone.entry((1, "CHECK_IN", &order), "2026-06-04 05:00", place.clone(), &code);
        forged["deviceAt"] = json!("2026-06-04T00:59:00Z");
        let mut theirs = phone.entry((1, "CHECK_IN", &foreign), "2026-06-04 09:00", place.clone(), "");
        theirs["signature"] = json!("00");
        let told = phone.send(&world, &carer, &[forged, theirs]).await;
        assert_eq!(results(&told), [(1, false, "BAD_SIGNATURE".to_owned()), (1, false, "ORDER_NOT_FOUND".to_owned())]);
        assert!(team.is_held(&order).await && !team.is_held(&foreign).await);
        assert_eq!(world.visit(&team.daughter, &order).await["state"], "ACCEPTED", "what is not signed is not done");
        let came = phone.entry((1, "CHECK_IN", &order), "2026-06-04 05:00", place.clone(), &code);
        assert_eq!(results(&phone.send(&world, &carer, &[came]).await), applied(&[1]));
        world.at("2026-06-04 09:21").await;
        let left = phone.entry((3, "CHECK_OUT", &order), "2026-06-04 09:20", place, "");
        assert_eq!(results(&phone.send(&world, &carer, &[left]).await), applied(&[3]));
        world.work().await;
        let wanted = [rule("BAD_SIGNATURE", 70, true), rule("COLLUSION", 70, true), rule("MUCH_TOO_SHORT", 60, true),
            rule("OFFLINE", 5, false), rule("QUEUE_GAP", 25, false)];
        assert_eq!(team.exceptions("Ai", &order).await, wanted);
        assert_eq!(team.exceptions("Bo", &foreign).await, []);
        let none = phone.entry((4, "SET_OUT", &foreign), "2026-06-04 09:20", json!({}), "");
        let told = phone.send(&world, &carer, &[none]).await;
        assert_eq!(results(&told), [(4, false, "ORDER_NOT_FOUND".to_owned())]);
    }

    async fn a_carer_explains_and_somebody_from_outside_decides_once(world: World) {
        let mut team = Team::new(&world).await;
        let order = team.book(cleaning("Ai", "e1", "2026-06-04 09:00")).await;
        world.at("2026-06-04 09:00").await;
        let mut place = team.place("e1", 20);
        place["isMock"] = json!(true);
        check_in(&world, &team, ("Ai", "e1", &order), json!({ "place": place })).await;
        world.at("2026-06-04 11:00").await;
        check_out(&world, &team, ("Ai", "e1", &order)).await;
        assert_eq!(team.exceptions("Ai", &order).await, [rule("MOCK_LOCATION", 80, true), rule("NO_HOME_CODE", 30, false)]);
        assert!(team.is_held(&order).await);

        let (carer, desk) = (team.carers["Ai"].1.clone(), world.desk("desk1").await);
        let listed = "{ exceptionsToReview { nodes { id rule answer review } } }";
        let open = world.data(&desk, listed, json!({})).await["exceptionsToReview"]["nodes"].clone();
        let id = |rule: &str| open.as_array().unwrap().iter().find(|row| row["rule"] == rule).unwrap()["id"].clone();
        let words = async |who: &Person, words: &str| {
            let input = json!({ "exceptionId": id("MOCK_LOCATION"), "words": words });
            world.act(who, "visitExceptionAnswer", input, "exception { answer review }").await
        };
        assert_eq!(refusal(&words(&carer, " ").await), "WORDS_INVALID");
        let other = team.carer("Bo").await;
        assert_eq!(refusal(&words(&other, "不是我").await), "EXCEPTION_NOT_FOUND");
        let said = words(&carer, "公司测试手机忘了关模拟定位").await;
        assert_eq!(said["exception"], json!({ "answer": "公司测试手机忘了关模拟定位", "review": "OPEN" }), "{said}");

        let decide = async |who: &Person, rule: &str, is_accepted: bool| {
            let input = json!({ "exceptionId": id(rule), "isAccepted": is_accepted, "reason": "与家属核实过" });
            world.act(who, "visitExceptionReview", input, "exception { review reviewReason }").await
        };
        let provider = team.agency.id.0;
        let both = world.with_role("desk2", Role::Desk, (None, Some("530111"))).await;
        world.with_role("desk2", Role::ProviderManager, (Some(provider), None)).await;
        world.app.sessions.forget(both.said.session);
        let elsewhere = world.officer("officer2", "5304").await;
        let before = world.footprint().await;
        assert_eq!(refusal(&decide(&both, "MOCK_LOCATION", true).await), "NOT_INDEPENDENT");
        assert_eq!(refusal(&decide(&elsewhere, "MOCK_LOCATION", true).await), "EXCEPTION_NOT_FOUND");
        assert_eq!(world.footprint().await, before);
        let manager = world.with_role("manager1", Role::ProviderManager, (Some(provider), None)).await;
        let document = "mutation($input: VisitExceptionReviewInput!) { visitExceptionReview(input: $input) { userErrors { code } } }";
        let input = json!({ "exceptionId": id("MOCK_LOCATION"), "isAccepted": true, "reason": "我们自己看过" });
        let told = world.ask(Some(&manager), document, json!({ "input": input })).await;
        assert_eq!(told["errors"][0]["extensions"]["code"], "FORBIDDEN", "{told}");

        let done = decide(&desk, "MOCK_LOCATION", true).await;
        assert_eq!(done["exception"], json!({ "review": "ACCEPTED", "reviewReason": "与家属核实过" }), "{done}");
        assert_eq!(decide(&desk, "MOCK_LOCATION", true).await, done, "repeated, it answers the same");
        let officer = world.officer("officer1", "530111").await;
        assert_eq!(refusal(&decide(&officer, "MOCK_LOCATION", false).await), "ALREADY_REVIEWED");
        assert_eq!(refusal(&words(&carer, "还有一件事").await), "ALREADY_REVIEWED");
        assert!(!team.is_held(&order).await, "nothing holds it any more");
        assert_eq!(decide(&officer, "NO_HOME_CODE", false).await["exception"]["review"], "REJECTED");
        let own = "{ myVisitExceptions { nodes { rule answer review reviewReason } } }";
        let mine = world.data(&carer, own, json!({})).await["myVisitExceptions"]["nodes"].clone();
        let accepted = mine.as_array().unwrap().iter().find(|row| row["rule"] == "MOCK_LOCATION").unwrap();
        assert_eq!((&accepted["review"], &accepted["reviewReason"]), (&json!("ACCEPTED"), &json!("与家属核实过")));
        let open = world.data(&desk, listed, json!({})).await;
        assert_eq!(open["exceptionsToReview"]["nodes"], json!([]));
    }

    async fn unlawful_words_of_a_carer_are_hidden_from_who_decides_until_he_says_it_better(world: World) {
        let mut team = Team::new(&world).await;
        let order = team.book(cleaning("Ai", "e1", "2026-06-04 09:00")).await;
        world.at("2026-06-04 09:00").await;
        let mut place = team.place("e1", 20);
        place["isMock"] = json!(true);
        check_in(&world, &team, ("Ai", "e1", &order), json!({ "place": place })).await;
        let (carer, desk) = (team.carers["Ai"].1.clone(), world.desk("desk1").await);
        world.login(&carer.name).await;
        let open = "{ exceptionsToReview { nodes { id rule answer } } }";
        let row = async || {
            let nodes = world.data(&desk, open, json!({})).await["exceptionsToReview"]["nodes"].clone();
            nodes.as_array().unwrap().iter().find(|row| row["rule"] == "MOCK_LOCATION").unwrap().clone()
        };
        let id = row().await["id"].clone();
        let own = async || {
            let rows = world.data(&carer, "{ myVisitExceptions { nodes { id answer } } }", json!({})).await;
            let rows = rows["myVisitExceptions"]["nodes"].as_array().unwrap().clone();
            rows.into_iter().find(|row| row["id"] == id).unwrap()["answer"].clone()
        };
        let say = async |words: &str| {
            let input = json!({ "exceptionId": id, "words": words });
            let said = world.act(&carer, "visitExceptionAnswer", input, "exception { answer }").await;
            assert_eq!(said["exception"]["answer"], words, "{said}");
            world.work().await;
        };
        say("你们都是骗子，去死").await;
        assert_eq!(row().await["answer"], "（内容未通过微信安全检查，已隐藏）");
        assert_eq!(own().await, "你们都是骗子，去死", "its author reads it");
        assert_eq!(world.number("count(*) FROM text_check WHERE words_sealed LIKE '%骗%'").await, 0);
        say("手机坏了，抱歉").await;
        assert_eq!(row().await["answer"], "手机坏了，抱歉");
        let left = "count(*) FROM text_check WHERE subject = 'visit_exception' AND state = 'VISIBLE'";
        assert_eq!(world.number(left).await, 1, "the old words are gone");
        say("你们都去死").await;
        let input = json!({ "exceptionId": id, "isAccepted": false, "reason": "与家属核实过" });
        let told = world.act(&desk, "visitExceptionReview", input, "exception { answer review }").await;
        assert_eq!(told["exception"], json!({ "answer": "（内容未通过微信安全检查，已隐藏）", "review": "REJECTED" }), "{told}");
    }

    async fn what_was_accepted_is_no_flag_any_more(world: World) {
        let mut team = Team::new(&world).await;
        let desk = world.desk("desk1").await;
        let mut orders = Vec::new();
        for day in ["2026-06-04", "2026-06-05", "2026-06-06", "2026-07-01"] {
            orders.push(team.book(cleaning("Ai", "e1", &format!("{day} 09:00"))).await);
        }
        for (order, day) in orders.iter().zip(["2026-06-04", "2026-06-05", "2026-06-06", "2026-07-01"]) {
            world.at(&format!("{day} 09:00")).await;
            let more = if day == "2026-06-04" { json!({ "place": {} }) } else { json!({}) };
            check_in(&world, &team, ("Ai", "e1", order), more).await;
            world.at(&format!("{day} 11:00")).await;
            check_out(&world, &team, ("Ai", "e1", order)).await;
            if day == "2026-06-04" {
                let open = world.data(&desk, "{ exceptionsToReview { nodes { id rule } } }", json!({})).await;
                let row = open["exceptionsToReview"]["nodes"].as_array().unwrap().iter().find(|row| row["rule"] == "NO_LOCATION");
                let input = json!({ "exceptionId": row.unwrap()["id"], "isAccepted": true, "reason": "手机坏了" });
                world.act(&desk, "visitExceptionReview", input, "exception { review }").await;
            }
            if day == "2026-06-05" {
                assert_eq!(world.number("count(*) FROM visit_exception WHERE rule = 'COLLUSION'").await, 0, "two flags");
            }
        }
        let mut held = Vec::new();
        for order in &orders {
            held.push(team.is_held(order).await);
        }
        assert_eq!(held, [true, true, true, false], "the third flag of the month; the next month is another");
        assert_eq!(world.number("count(*) FROM visit_exception WHERE rule = 'COLLUSION'").await, 3);
    }

    async fn families_are_drawn_for_a_call_by_the_order_itself(world: World) {
        let mut team = Team::new(&world).await;
        let mut ids = Vec::new();
        for (carer, elder) in [("Ai", "e1"), ("Bo", "e2"), ("Ci", "e3"), ("Di", "e4"), ("Er", "e5"), ("Fu", "e6")] {
            ids.push((carer, elder, team.book(cleaning(carer, elder, "2026-06-04 09:00")).await));
        }
        world.at("2026-06-04 09:00").await;
        for (carer, elder, order) in &ids {
            let code = team.code(order).await;
            check_in(&world, &team, (carer, elder, order), json!({ "code": code })).await;
        }
        world.at("2026-06-04 11:00").await;
        for (carer, elder, order) in &ids {
            check_out(&world, &team, (carer, elder, order)).await;
            world.on_visit(&team.daughter, "serviceOrderConfirm", order, json!({})).await;
        }
        world.work().await;
        let drawn = async |order: &str| {
            let id: OrderId = order.parse().unwrap();
            let found = entities::call_back::Entity::find_by_id(id.0).one(world.app.db.write()).await.unwrap();
            found.is_some()
        };
        // A provider with fewer than twenty confirmed visits is new: 30 of 100.
        let wanted = |order: &str| is_drawn(&world.app.seal.index("call_back", order), 30);
        for (.., order) in &ids {
            assert_eq!(drawn(order).await, wanted(order), "{order}");
            let id: OrderId = order.parse().unwrap();
            schedule(world.app.db.write(), &world.app.ids, [(Due::VisitReview, id.0, world.app.clock.now())]).await.unwrap();
        }
        world.work().await;
        let count = i64::try_from(ids.iter().filter(|(.., order)| wanted(order)).count()).unwrap();
        assert_eq!(world.number("count(*) FROM call_back").await, count, "drawn again, the same are drawn");

        let order = &ids[0].2;
        let row = orders::bare(world.app.db.write(), order.parse::<OrderId>().unwrap().0).await.unwrap().unwrap();
        call_back::draw(world.app.db.write(), &row, world.app.clock.now()).await.unwrap();
        let (desk, away) = (world.desk("desk1").await, world.with_role("desk2", Role::Desk, (None, Some("5304"))).await);
        let listed = "query($state: CallBackState!) { callBacks(state: $state, first: 50) { nodes { orderId state answer isSatisfied } } }";
        let open = world.data(&desk, listed, json!({ "state": "OPEN" })).await["callBacks"]["nodes"].clone();
        assert!(open.as_array().unwrap().iter().any(|row| row["orderId"] == json!(order)), "{open}");
        assert_eq!(world.data(&away, listed, json!({ "state": "OPEN" })).await["callBacks"]["nodes"], json!([]));
        let answer = async |who: &Person, words: &str| {
            let input = json!({ "orderId": order, "answer": words, "isSatisfied": true });
            world.act(who, "callBackAnswer", input, "callBack { state answer isSatisfied }").await
        };
        assert_eq!(refusal(&answer(&away, "很好").await), "CALL_BACK_NOT_FOUND");
        assert_eq!(refusal(&answer(&desk, "").await), "ANSWER_INVALID");
        let said = answer(&desk, "师傅来了两小时，很满意").await;
        assert_eq!(said["callBack"], json!({ "state": "DONE", "answer": "师傅来了两小时，很满意", "isSatisfied": true }), "{said}");
        assert_eq!(answer(&desk, "师傅来了两小时，很满意").await, said);
        assert_eq!(refusal(&answer(&desk, "换一种说法").await), "ALREADY_ANSWERED");
    }
}
