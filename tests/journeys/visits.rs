//! Services at home from the booking to the confirmation, and everything that can come between.

use entities::enums::Sex;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::acts::id_of;
use crate::world::care::{Kind, PLAIN, visit_input};
use crate::world::client::refusal;
use crate::world::scene::{Scene, tasks};

on_both! {
    async fn a_cleaning_goes_from_the_booking_to_the_confirmation(world: World) {
        let it = Scene::new(&world).await;
        let want = json!({ "elderId": it.elder.to_string(), "offeringId": it.cleaning.to_string() });
        let document = "query($want: ServiceWantInput!, $day: Date!) { \
            serviceOrderQuote(want: $want) { quote { dueFen durationMinutes carersNeeded } userErrors { code } } \
            serviceStarts(want: $want, visitOn: $day) { startsAt userErrors { code } } }";
        let variables = json!({ "want": want, "day": "2026-06-04" });
        let told = world.data(&it.daughter, document, variables.clone()).await;
        let quote = json!({ "dueFen": 8_000, "durationMinutes": 120, "carersNeeded": 1 });
        assert_eq!(told["serviceOrderQuote"]["quote"], quote, "{told}");
        let starts = told["serviceStarts"]["startsAt"].as_array().unwrap();
        assert_eq!((starts.len(), &starts[0], starts.last().unwrap()),
            (41, &json!("2026-06-04T00:00:00Z"), &json!("2026-06-04T10:00:00Z")), "08:00 to 18:00, each quarter");

        let placed = it.book(&world, "1", "2026-06-04 09:00").await;
        let order = id_of(&placed);
        assert_eq!((&placed["order"]["state"], &placed["order"]["dueFen"]), (&json!("SLOT_HELD"), &json!(8_000)));
        world.pay(&it.daughter, &order).await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "OFFERED");
        assert_eq!(world.visit(&it.far, &order).await, json!(null), "only who is asked sees it");
        let asked = world.visit(&it.near, &order).await;
        assert_eq!((&asked["state"], &asked["home"]), (&json!("OFFERED"), &json!(null)), "no address before the yes");
        let said = world.on_visit(&it.near, "offerAccept", &order, json!({})).await;
        assert_eq!(said["order"]["state"], "ACCEPTED", "{said}");
        assert_eq!(said["order"]["home"]["address"], "演示小区 2 栋 301");
        let seen = world.visit(&it.daughter, &order).await;
        assert_eq!((&seen["carers"][0]["name"], &seen["home"]), (&json!("李师傅"), &json!(null)), "{seen}");

        world.at("2026-06-04 08:40").await;
        let gone = world.on_visit(&it.near, "visitSetOut", &order, json!({})).await;
        assert_eq!(gone["order"]["state"], "EN_ROUTE", "{gone}");
        world.at("2026-06-04 09:00").await;
        let proof = json!({ "place": world.at_home(40), "code": seen["visitCode"] });
        let came = world.on_visit(&it.near, "visitCheckIn", &order, proof).await;
        assert_eq!(came["order"]["state"], "CHECKED_IN", "{came}");
        world.at("2026-06-04 11:01").await;
        let early = json!({ "place": world.at_home(40), "tasks": [{ "code": "FLOOR", "isDone": true }] });
        assert_eq!(refusal(&world.on_visit(&it.near, "visitCheckOut", &order, early).await), "TASKS_MISSING");
        let leave = json!({ "place": world.at_home(40), "tasks": tasks() });
        let left = world.on_visit(&it.near, "visitCheckOut", &order, leave).await;
        assert_eq!((&left["order"]["state"], &left["order"]["home"]), (&json!("DONE"), &json!(null)), "{left}");
        assert_eq!(world.number("count(*) FROM visit_exception").await, 0, "everything fits");
        assert_eq!(world.balance(&format!("provider/{}", it.agency.id.0)).await, 0, "nothing is earned before the word");
        let confirmed = world.on_visit(&it.daughter, "serviceOrderConfirm", &order, json!({})).await;
        assert_eq!(confirmed["order"]["state"], "CONFIRMED", "{confirmed}");
        let earned = world.balance(&format!("provider/{}", it.agency.id.0)).await;
        assert_eq!((world.balance("wechat").await, earned), (8_000, -8_000));
        world.pass(90_000).await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "CONFIRMED", "the timer finds nothing to do");
        assert!(world.number("count(*) FROM data_access WHERE field = 'visitHome'").await >= 1);
        world.assert_books().await;
    }

    async fn without_a_word_a_visit_is_confirmed_after_a_day(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 09:00").await;
        world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": world.at_home(10) })).await;
        world.at("2026-06-04 11:00").await;
        world.on_visit(&it.near, "visitCheckOut", &order, json!({ "place": world.at_home(10), "tasks": tasks() })).await;
        world.at("2026-06-05 10:59").await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "DONE");
        world.at("2026-06-05 11:00").await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "CONFIRMED");
        world.assert_books().await;
    }

    async fn who_says_no_or_nothing_makes_room_for_the_next(world: World) {
        let it = Scene::new(&world).await;
        let order = it.paid(&world).await;
        world.work().await;
        assert_eq!(refusal(&world.on_visit(&it.far, "offerAccept", &order, json!({})).await), "OFFER_NOT_FOUND");
        let silent = world.on_visit(&it.near, "offerDecline", &order, json!({ "reason": " " })).await;
        assert_eq!(refusal(&silent), "REASON_MISSING");
        let no = world.on_visit(&it.near, "offerDecline", &order, json!({ "reason": "孩子发烧" })).await;
        assert_eq!(no["order"]["id"], json!(order), "{no}");
        assert_eq!(refusal(&world.on_visit(&it.near, "offerAccept", &order, json!({})).await), "OFFER_GONE");
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "OFFERED", "the next one is asked at once");
        world.pass(601).await;
        world.work().await;
        assert_eq!(refusal(&world.on_visit(&it.far, "offerAccept", &order, json!({})).await), "OFFER_GONE");
        assert_eq!(it.state(&world, &order).await, "CANCELLED", "nobody is left");
        world.rest().await;
        let seen = world.visit(&it.daughter, &order).await;
        assert_eq!(seen["refunds"], json!([{ "state": "SUCCESS", "amountFen": 8_000 }]), "{seen}");
        assert_eq!(world.number("count(*) FROM carer_time").await, 0, "both are free again");
        world.assert_books().await;
    }

    async fn two_hours_before_the_start_the_search_ends(world: World) {
        let it = Scene::new(&world).await;
        let order = id_of(&it.book(&world, "1", "2026-06-01 13:00").await);
        world.pay(&it.daughter, &order).await;
        world.work().await;
        world.at("2026-06-01 11:00").await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "CANCELLED");
        world.rest().await;
        assert_eq!((world.balance("wechat").await, world.balance("escrow").await), (0, 0));
        world.assert_books().await;
    }

    async fn cancelling_is_free_until_four_hours_before_and_costs_less_than_a_third_afterwards(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 05:00").await;
        let before = world.footprint().await;
        let wrong = world.on_visit(&it.daughter, "serviceOrderCancel", &order, json!({ "expectedFeeFen": 2_400 })).await;
        assert_eq!(refusal(&wrong), "FEE_CHANGED");
        assert_eq!(world.footprint().await, before);
        world.at("2026-06-04 05:01").await;
        assert_eq!(world.visit(&it.daughter, &order).await["cancelFeeFen"], 2_400);
        let input = json!({ "expectedFeeFen": 2_400 });
        let cancelled = world.on_visit(&it.daughter, "serviceOrderCancel", &order, input.clone()).await;
        assert_eq!(cancelled["order"]["state"], "CANCELLED", "{cancelled}");
        let again = world.on_visit(&it.daughter, "serviceOrderCancel", &order, input).await;
        assert_eq!(again["order"]["state"], "CANCELLED", "repeated, it answers the same");
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &order).await["refunds"][0]["amountFen"], 5_600);
        let earned = world.balance(&format!("provider/{}", it.agency.id.0)).await;
        assert_eq!((world.balance("wechat").await, earned), (2_400, -2_400));
        assert_eq!(world.number("count(*) FROM carer_time").await, 0);

        let free = id_of(&it.book(&world, "2", "2026-06-04 15:00").await);
        world.pay(&it.daughter, &free).await;
        let gone = world.on_visit(&it.daughter, "serviceOrderCancel", &free, json!({ "expectedFeeFen": 0 })).await;
        assert_eq!(gone["order"]["state"], "CANCELLED", "{gone}");
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &free).await["refunds"][0]["amountFen"], 8_000);
        world.assert_books().await;
    }

    async fn who_waits_in_vain_for_the_carer_cancels_free_of_charge(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 09:30").await;
        assert_eq!(world.visit(&it.daughter, &order).await["cancelFeeFen"], 0);
        let gone = world.on_visit(&it.daughter, "serviceOrderCancel", &order, json!({ "expectedFeeFen": 0 })).await;
        assert_eq!(gone["order"]["state"], "CANCELLED", "{gone}");
        world.rest().await;
        assert_eq!(world.visit(&it.daughter, &order).await["refunds"][0]["amountFen"], 8_000);
        assert_eq!((world.balance("wechat").await, world.balance("escrow").await), (0, 0));
        world.assert_books().await;
    }

    async fn an_unpaid_visit_frees_its_carers_and_late_money_goes_back(world: World) {
        let it = Scene::new(&world).await;
        let order = id_of(&it.book(&world, "1", "2026-06-04 09:00").await);
        assert_eq!(world.number("count(*) FROM carer_time").await, 10, "eight quarters of work, two of way");
        world.press_pay(&it.daughter, &order).await;
        let other = id_of(&it.book_other(&world, "2", "2026-06-04 09:00").await);
        world.pass(901).await;
        world.work().await;
        assert_eq!(it.state(&world, &other).await, "EXPIRED");
        assert_ne!(it.state(&world, &order).await, "EXPIRED", "paid in time, told late");
        world.rest().await;
        assert_eq!(world.number("count(*) FROM carer_time").await, 10);
        world.assert_books().await;
    }

    async fn wishes_are_respected_or_refused(world: World) {
        let it = Scene::new(&world).await;
        let mut input = visit_input("1", it.elder, it.cleaning, "2026-06-04 09:00");
        input["want"]["wishedSex"] = json!("MALE");
        let before = world.footprint().await;
        let place = async |input: &Value| world.act(&it.daughter, "serviceOrderPlace", input.clone(), "order { id carersNeeded }").await;
        assert_eq!(refusal(&place(&input).await), "NOBODY_FREE");
        assert_eq!((world.footprint().await, world.number("count(*) FROM service_order").await), (before, 0));
        let man = Kind { sex: Sex::Male, metres_north: 9_000, ..PLAIN };
        world.ready_carer(it.agency, "孙师傅", &["cleaning_help"], man).await;
        assert_eq!(refusal(&place(&input).await), "");
        input["requestKey"] = json!("test-visit-00000002");
        input["want"]["elderId"] = json!(it.other_elder(&world).await.to_string());
        assert_eq!(refusal(&place(&input).await), "NOBODY_FREE", "he is taken");
        for (key, at, code) in [
            ("3", "2026-06-01 12:45", "TOO_SOON"),
            ("4", "2026-06-04 09:10", "START_INVALID"),
            ("5", "2026-08-15 09:00", "START_INVALID"),
            ("6", "2026-06-04 18:15", "NOBODY_FREE"),
            ("7", "2026-06-04 07:45", "NOBODY_FREE"),
        ] {
            assert_eq!(refusal(&it.book_other(&world, key, at).await), code, "{at}");
        }
    }

    async fn a_note_of_spaces_is_no_note(world: World) {
        let it = Scene::new(&world).await;
        for (key, at, note, wanted) in [("1", "2026-06-04 09:00", " \u{3000}\n", json!(null)),
            ("2", "2026-06-04 14:00", " 请敲门 ", json!("请敲门"))] {
            let mut input = visit_input(key, it.elder, it.cleaning, at);
            input["note"] = json!(note);
            let placed = world.act(&it.daughter, "serviceOrderPlace", input, "order { note }").await;
            assert_eq!(placed["order"]["note"], wanted, "{placed}");
        }
    }

    async fn what_does_not_fit_is_noted_and_never_stops_the_visit(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        world.at("2026-06-04 09:29").await;
        let mut place = world.at_home(620);
        place["isMock"] = json!(true);
        let came = world.on_visit(&it.near, "visitCheckIn", &order, json!({ "place": place, "code": " " })).await;
        assert_eq!(came["order"]["state"], "CHECKED_IN", "{came}");
        world.at("2026-06-04 10:14").await;
        let left = world.on_visit(&it.near, "visitCheckOut", &order, json!({ "place": {}, "tasks": tasks() })).await;
        assert_eq!(left["order"]["state"], "DONE", "{left}");
        let document = "query($id: ID!) { visitExceptions(orderId: $id) { rule holdsLine } \
            visitTasks(orderId: $id) { code isDone reason } }";
        let seen = world.data(&it.near, document, json!({ "id": order })).await;
        let mut rules: Vec<(String, bool)> = seen["visitExceptions"].as_array().unwrap().iter()
            .map(|one| (one["rule"].as_str().unwrap().to_owned(), one["holdsLine"].as_bool().unwrap())).collect();
        rules.sort();
        let wanted = [("FAR_FROM_HOME", false), ("LATE", false), ("MOCK_LOCATION", true), ("MUCH_TOO_SHORT", true),
            ("NO_HOME_CODE", false), ("NO_LOCATION", false)];
        assert_eq!(rules, wanted.map(|(rule, held)| (rule.to_owned(), held)));
        assert_eq!(seen["visitTasks"].as_array().unwrap().len(), 4);
    }

    async fn two_carers_come_together_or_not_at_all(world: World) {
        let it = Scene::new(&world).await;
        let pair = world.visit_offering(it.agency, "cleaning_help", (26_000, 60), (2, 1)).await;
        let input = |key: &str| visit_input(key, it.elder, pair, "2026-06-10 14:00");
        let place = async |key: &str| world.act(&it.daughter, "serviceOrderPlace", input(key), "order { id state }").await;
        assert_eq!(refusal(&place("1").await), "NOBODY_FREE", "none of the two is certified");
        assert_eq!(world.number("count(*) FROM carer_time").await, 0, "all or none");
        let third = world.ready_carer(it.agency, "钱师傅", &["cleaning_help"], Kind { is_certified: true, ..PLAIN }).await;
        let third = world.carer_person(it.agency, third, "carer3").await;
        let order = id_of(&place("2").await);
        world.pay(&it.daughter, &order).await;
        world.work().await;
        let first = world.on_visit(&third, "offerAccept", &order, json!({})).await;
        assert_eq!(first["order"]["state"], "OFFERED", "{first}");
        world.on_visit(&it.near, "offerDecline", &order, json!({ "reason": "家里有事" })).await;
        world.work().await;
        assert_eq!(it.state(&world, &order).await, "OFFERED", "the next one is asked beside the one who said yes");
        let second = world.on_visit(&it.far, "offerAccept", &order, json!({})).await;
        assert_eq!(second["order"]["state"], "ACCEPTED", "{second}");
        assert_eq!(world.visit(&it.daughter, &order).await["carers"].as_array().unwrap().len(), 2);
        world.at("2026-06-10 14:00").await;
        for who in [&third, &it.far] {
            world.on_visit(who, "visitCheckIn", &order, json!({ "place": world.at_home(20) })).await;
        }
        world.at("2026-06-10 15:00").await;
        let leave = json!({ "place": world.at_home(20), "tasks": tasks() });
        let left = world.on_visit(&third, "visitCheckOut", &order, leave).await;
        assert_eq!(left["order"]["state"], "CHECKED_IN", "one is still there");
        let last = world.on_visit(&it.far, "visitCheckOut", &order, json!({ "place": world.at_home(20), "tasks": [] })).await;
        assert_eq!(last["order"]["state"], "DONE", "{last}");
        world.assert_carers_are_in_one_place().await;
    }

    async fn nobody_else_sees_or_moves_a_visit(world: World) {
        let it = Scene::new(&world).await;
        let order = it.accepted(&world).await;
        let stranger = world.login("stranger1").await;
        assert_eq!(world.visit(&stranger, &order).await, json!(null));
        assert_eq!(world.visit(&it.far, &order).await, json!(null));
        let before = world.footprint().await;
        for act in ["serviceOrderCancel", "serviceOrderConfirm"] {
            assert_eq!(refusal(&world.on_visit(&stranger, act, &order, json!({})).await), "ORDER_NOT_FOUND", "{act}");
        }
        let place = json!({ "place": world.at_home(0) });
        for (act, more) in [("visitSetOut", json!({})), ("visitCheckIn", place)] {
            assert_eq!(refusal(&world.on_visit(&it.far, act, &order, more).await), "ORDER_NOT_FOUND", "{act}");
        }
        assert_eq!(world.footprint().await, before);
        let expired = world.ready_carer(it.agency, "周师傅", &["cleaning_help"], PLAIN).await;
        let sql = "UPDATE carer_certificate SET valid_until = $2 WHERE carer_id = $1";
        let until: chrono::NaiveDate = "2026-06-03".parse().unwrap();
        nuanyang::kit::db::execute(world.app.db.write(), sql, [expired.0.into(), until.into()]).await.unwrap();
        it.book_other(&world, "2", "2026-06-04 09:00").await;
        let third = it.book_other(&world, "3", "2026-06-04 09:00").await;
        assert_eq!(refusal(&third), "NOBODY_FREE", "an expired health card is never offered work");
    }

    async fn a_visit_is_rated_once_it_is_done_and_its_carer_gets_the_stars(world: World) {
        let it = Scene::new(&world).await;
        let rate = async |who, order: &str, key: &str| {
            let input = json!({
                "requestKey": format!("test-rating-{key:0>8}"), "orderId": order, "stars": 5, "tags": ["CAREFUL", "ON_TIME"],
                "text": "很细心"
            });
            world.act(who, "ratingCreate", input, "rating { id stars tags textState }").await
        };
        let early = id_of(&it.book(&world, "9", "2026-06-05 09:00").await);
        assert_eq!(refusal(&rate(&it.daughter, &early, "1").await), "ORDER_NOT_SERVED");
        let stranger = world.login("stranger").await;
        assert_eq!(refusal(&rate(&stranger, &early, "2").await), "ORDER_NOT_FOUND");
        let order = it.done(&world).await;
        assert_eq!(refusal(&rate(&it.near, &order, "3").await), "ORDER_NOT_FOUND", "carers do not rate themselves");
        let tasty = json!({ "requestKey": "test-rating-00000006", "orderId": order, "stars": 5, "tags": ["TASTY"] });
        let wrong = world.act(&it.daughter, "ratingCreate", tasty, "rating { id }").await;
        assert_eq!(refusal(&wrong), "TAGS_INVALID", "a visit is not tasty");
        for _ in 0..2 {
            let rated = rate(&it.daughter, &order, "4").await;
            assert_eq!(rated["rating"]["tags"], json!(["ON_TIME", "CAREFUL"]), "{rated}");
        }
        assert_eq!(refusal(&rate(&it.daughter, &order, "5").await), "ALREADY_RATED");
        let stars = "coalesce(sum(stars_5), 0) FROM carer WHERE id IN (SELECT carer_id FROM visit_proof)";
        assert_eq!(world.number(stars).await, 1, "counted once");
        let id = rate(&it.daughter, &order, "4").await["rating"]["id"].clone();
        let change = json!({ "ratingId": id, "stars": 4 });
        let changed = world.act(&it.daughter, "ratingChange", change, "rating { stars }").await;
        assert_eq!(changed["rating"]["stars"], 4, "{changed}");
        assert_eq!((world.number(stars).await, world.number(&stars.replace('5', "4")).await), (0, 1));
        world.work().await;
        let document = "query($id: ID!) { visitRatings(providerId: $id) { nodes { stars isMine } } }";
        let seen = world.ask(None, document, json!({ "id": it.agency.id.to_string() })).await;
        let nodes = json!([{ "stars": 4, "isMine": false }]);
        assert_eq!(seen["data"]["visitRatings"]["nodes"], nodes, "{seen}");
        let manager = world.with_role("manager1", entities::enums::Role::ProviderManager, (Some(it.agency.id.0), None)).await;
        let input = json!({ "requestKey": "test-answer-00000001", "ratingId": id, "text": "谢谢您" });
        let answered = world.act(&manager, "ratingAnswer", input, "rating { answerState }").await;
        assert_eq!(answered["rating"]["answerState"], "PENDING", "{answered}");
    }

    async fn a_carer_who_is_not_wanted_is_not_chosen_again(world: World) {
        let it = Scene::new(&world).await;
        let near = world.data(&it.near, "{ myCarer { id } }", json!({})).await["myCarer"]["id"].clone();
        let elder = it.elder.to_string();
        let refuse = async |who, is_refused: bool| {
            let input = json!({ "elderId": elder, "carerId": near, "isRefused": is_refused });
            world.act(who, "carerRefuse", input, "carer { id name refusedAt }").await
        };
        assert_eq!(refusal(&refuse(&it.daughter, true).await), "CARER_NOT_FOUND", "nobody has come yet");
        it.done(&world).await;
        let stranger = world.login("stranger").await;
        assert_eq!(refusal(&refuse(&stranger, true).await), "ELDER_NOT_FOUND");
        for _ in 0..2 {
            let refused = refuse(&it.daughter, true).await;
            assert_eq!(refused["carer"]["name"], "李师傅", "{refused}");
            assert!(refused["carer"]["refusedAt"].is_string(), "{refused}");
        }
        let mut input = visit_input("5", it.elder, it.cleaning, "2026-06-05 09:00");
        input["want"]["wishedCarerId"] = near.clone();
        let wished = world.act(&it.daughter, "serviceOrderPlace", input, "order { id }").await;
        assert_eq!(refusal(&wished), "NOBODY_FREE", "not even by wish");
        // The other one is with another elder then.
        let mut taken = visit_input("6", it.other_elder(&world).await, it.cleaning, "2026-06-05 09:00");
        taken["want"]["wishedCarerId"] = world.data(&it.far, "{ myCarer { id } }", json!({})).await["myCarer"]["id"].clone();
        assert_eq!(refusal(&world.act(&it.daughter, "serviceOrderPlace", taken, "order { id }").await), "");
        let (nobody, want) = (it.book(&world, "7", "2026-06-05 09:00").await, json!({ "elderId": elder, "offeringId": it.cleaning.to_string() }));
        assert_eq!(refusal(&nobody), "NOBODY_FREE", "the other one is taken");
        let document = "query($want: ServiceWantInput!) { serviceStarts(want: $want, visitOn: \"2026-06-05\") { startsAt } }";
        let starts = world.data(&it.daughter, document, json!({ "want": want })).await;
        assert!(!starts["serviceStarts"]["startsAt"].as_array().unwrap().contains(&json!("2026-06-05T01:00:00Z")), "{starts}");
        assert_eq!(refuse(&it.daughter, false).await["carer"]["refusedAt"], json!(null));
        assert_eq!(refusal(&it.book(&world, "8", "2026-06-05 09:00").await), "", "welcome again");
    }
}
