//! From the application to the first visit that could be sold: providers, carers and what they offer.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::{Person, refusal};
use crate::world::contract::fresh_key;
use crate::world::homecare::offering_input;
use crate::world::place::{HOME, order_input};

const PROVIDER: &str =
    "provider { id state decisionReason missingLicences licences { id kind isInForce checkedAt } }";

fn application(key: &str) -> Value {
    json!({
        "requestKey": key, "name": "春暖到家", "kind": "HOME_SERVICE", "regionCode": "530111",
        "phone": "087112345678", "address": "官渡区演示路 8 号"
    })
}

async fn applied(world: &World, boss: &Person) -> String {
    let payload = world.act(boss, "providerApply", application(&fresh_key()), PROVIDER).await;
    assert_eq!(payload["provider"]["state"], "APPLIED", "{payload}");
    payload["provider"]["id"].as_str().unwrap().to_owned()
}

async fn hand_in(world: &World, boss: &Person, provider: &str, (kind, until): (&str, &str)) -> Value {
    let input = json!({
        "requestKey": fresh_key(), "providerId": provider, "kind": kind, "number": "91530111X",
        "validFromOn": "2025-01-01", "validUntilOn": until
    });
    world.act(boss, "providerLicenceAdd", input, PROVIDER).await
}

/// One decision; the payload.
async fn decide(world: &World, who: &Person, act: &str, (provider, reason): (&str, Option<&str>)) -> Value {
    let mut input = json!({ "providerId": provider });
    if let Some(reason) = reason {
        input["reason"] = reason.into();
    }
    world.act(who, act, input, PROVIDER).await
}

async fn state_after(world: &World, who: &Person, act: &str, input: (&str, Option<&str>)) -> String {
    let payload = decide(world, who, act, input).await;
    payload["provider"]["state"].as_str().unwrap_or_else(|| panic!("{act}: {payload}")).to_owned()
}

/// Why a carer would not be offered a service.
async fn obstacles(
    world: &World,
    who: &Person,
    carer: &str,
    (service, kind, day): (&str, &str, &str),
) -> Value {
    let document = "query($id: ID!, $service: String!, $kind: CertificateKind, $day: Date!) { carer(id: $id) { \
        obstacles(serviceCode: $service, certificateKind: $kind, visitOn: $day) } }";
    let kind = if kind.is_empty() { Value::Null } else { kind.into() };
    let variables = json!({ "id": carer, "service": service, "kind": kind, "day": day });
    world.data(who, document, variables).await["carer"]["obstacles"].clone()
}

/// Days before the end of which the carers' providers were told, in the order of telling.
async fn warnings(world: &World) -> Vec<String> {
    use entities::event::{Column, Entity};
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
    let found = Entity::find().filter(Column::Name.eq("certificate_expiring")).order_by_asc(Column::Id);
    let found = found.all(world.app.db.write()).await.unwrap();
    found.into_iter().map(|event| event.reason.unwrap()).collect()
}

on_both! {
    async fn a_provider_applies_is_checked_and_may_sell(world: World) {
        world.region(HOME).await;
        let boss = world.login("boss1").await;
        let officer = world.officer("officer1", "530111").await;
        let key = fresh_key();
        let first = world.act(&boss, "providerApply", application(&key), PROVIDER).await;
        let provider = first["provider"]["id"].as_str().unwrap();
        let before = world.footprint().await;
        let again = world.act(&boss, "providerApply", application(&key), PROVIDER).await;
        assert_eq!(again, first, "sent twice");
        let mut other = application(&key);
        other["name"] = "别的名字".into();
        assert_eq!(refusal(&world.act(&boss, "providerApply", other, PROVIDER).await), "REQUEST_KEY_REUSED");
        let second = world.act(&boss, "providerApply", application(&fresh_key()), PROVIDER).await;
        assert_eq!(refusal(&second), "ALREADY_MANAGER");
        let without = decide(&world, &boss, "providerDocsSubmit", (provider, None)).await;
        assert_eq!(refusal(&without), "LICENCE_MISSING");
        assert_eq!(without["userErrors"][0]["message"], "缺少有效的营业执照、责任保险");
        let stale = hand_in(&world, &boss, provider, ("INSURANCE", "2026-05-31")).await;
        assert_eq!((refusal(&stale), &stale["userErrors"][0]["field"]), ("INPUT_INVALID", &json!(["validUntilOn"])));
        assert_eq!(world.footprint().await, before);

        hand_in(&world, &boss, provider, ("BUSINESS", "2030-12-31")).await;
        let papers = hand_in(&world, &boss, provider, ("INSURANCE", "2026-12-31")).await;
        assert_eq!(papers["provider"]["missingLicences"], json!([]), "{papers}");
        let offering = world.cleaning(&boss).await;
        world.publish(&boss, &offering, 8_000).await;
        assert_eq!(state_after(&world, &boss, "providerDocsSubmit", (provider, None)).await, "DOCS_CHECK");
        assert_eq!(state_after(&world, &officer, "providerDocsReject", (provider, Some("复印件看不清"))).await, "APPLIED");
        let seen = world.data(&boss, "{ myProvider { state decisionReason } }", json!({})).await;
        assert_eq!(seen["myProvider"], json!({ "state": "APPLIED", "decisionReason": "复印件看不清" }));
        assert_eq!(state_after(&world, &boss, "providerDocsSubmit", (provider, None)).await, "DOCS_CHECK");
        let checked = decide(&world, &officer, "providerDocsApprove", (provider, None)).await;
        assert_eq!(checked["provider"]["state"], "SITE_CHECK");
        assert!(checked["provider"]["licences"].as_array().unwrap().iter().all(|paper| !paper["checkedAt"].is_null()));
        assert_eq!(world.sold(HOME).await, Vec::<String>::new(), "nothing is sold before the provider is active");
        assert_eq!(state_after(&world, &officer, "providerApprove", (provider, None)).await, "ACTIVE");
        assert_eq!(world.sold(HOME).await, [offering.as_str()]);
        assert_eq!(state_after(&world, &officer, "providerSuspend", (provider, Some("安全检查"))).await, "SUSPENDED");
        assert_eq!(world.sold(HOME).await, Vec::<String>::new());
        assert_eq!(state_after(&world, &officer, "providerRestore", (provider, None)).await, "ACTIVE");
        assert_eq!(world.sold(HOME).await, [offering]);
        assert_eq!(state_after(&world, &boss, "providerExit", (provider, Some("不再经营"))).await, "EXITED");
        assert_eq!(world.sold(HOME).await, Vec::<String>::new());
        let late = world.act(&boss, "offeringAdd", offering_input(json!({ "serviceCode": "home_visit" })), "offering { id }").await;
        assert_eq!(refusal(&late), "PROVIDER_NOT_FOUND");
        let anew = world.act(&boss, "providerApply", application(&fresh_key()), PROVIDER).await;
        assert_eq!(anew["provider"]["state"], "APPLIED", "who has left may come back: {anew}");
        let events = "count(*) FROM event WHERE subject = 'provider' AND from_state IS NOT NULL";
        assert_eq!(world.number(events).await, 8);
    }

    async fn only_the_officer_of_the_branch_decides_and_only_when_it_is_time(world: World) {
        world.region(HOME).await;
        let boss = world.login("boss1").await;
        let provider = applied(&world, &boss).await;
        let officer = world.officer("officer1", "530111").await;
        let stranger = world.officer("officer2", "5302").await;
        let unknown = world.app.ids.next::<nuanyang::kit::ids::ProviderId>().to_string();
        let before = world.footprint().await;
        for act in ["providerDocsApprove", "providerApprove", "providerRestore"] {
            let theirs = decide(&world, &stranger, act, (&provider, None)).await;
            assert_eq!(refusal(&theirs), "PROVIDER_NOT_FOUND", "{act}");
            assert_eq!(theirs, decide(&world, &stranger, act, (&unknown, None)).await, "{act}");
            assert_eq!(refusal(&decide(&world, &officer, act, (&provider, None)).await), "STATE_INVALID", "{act}");
        }
        for act in ["providerDocsReject", "providerReject", "providerSuspend", "providerExit"] {
            let wordless = decide(&world, &officer, act, (&provider, Some(" "))).await;
            assert_eq!(refusal(&wordless), "REASON_INVALID", "{act}");
            let early = decide(&world, &officer, act, (&provider, Some("理由"))).await;
            assert_eq!(refusal(&early), "STATE_INVALID", "{act}");
        }
        let document = "mutation($input: ProviderApproveInput!) { providerApprove(input: $input) { userErrors { code } } }";
        let own = world.ask(Some(&boss), document, json!({ "input": { "providerId": provider } })).await;
        assert_eq!(own["errors"][0]["extensions"]["code"], "FORBIDDEN", "nobody approves himself");
        assert_eq!(world.footprint().await, before);
        let list = "{ providers(state: APPLIED) { nodes { id } } }";
        assert_eq!(world.data(&officer, list, json!({})).await["providers"]["nodes"], json!([{ "id": provider }]));
        assert_eq!(world.data(&stranger, list, json!({})).await["providers"]["nodes"], json!([]));
    }

    async fn two_officers_at_once_decide_once(world: World) {
        let home = world.home_service("homecare1").await;
        let id = home.id.to_string();
        let (one, two) = (world.officer("officer1", "530111").await, world.officer("officer2", "5301").await);
        let (first, second) = tokio::join!(
            decide(&world, &one, "providerSuspend", (&id, Some("检查"))),
            decide(&world, &two, "providerSuspend", (&id, Some("投诉"))),
        );
        let mut codes = [refusal(&first), refusal(&second)];
        codes.sort_unstable();
        assert_eq!(codes[0], "", "one decides");
        assert!(["STATE_INVALID", "CHANGED_MEANWHILE"].contains(&codes[1]), "the other comes too late: {codes:?}");
        assert_eq!(world.number("coalesce(sum(version), 0) FROM provider").await, 1);
        assert_eq!(world.number("count(*) FROM event WHERE name = 'suspend'").await, 1);
    }

    async fn nobody_leaves_while_a_meal_is_promised(world: World) {
        let canteen = world.canteen().await;
        let manager = world.manager("canteen1", &canteen).await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 5)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let order = world.paid(&daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await;
        let id = nuanyang::kit::ids::ProviderId(canteen.provider).to_string();
        let before = world.footprint().await;
        let early = decide(&world, &manager, "providerExit", (&id, Some("停业"))).await;
        assert_eq!(refusal(&early), "ORDERS_OPEN");
        assert_eq!(world.footprint().await, before);
        world.cancel(&daughter, &order).await;
        world.drain().await;
        assert_eq!(state_after(&world, &manager, "providerExit", (&id, Some("停业"))).await, "EXITED");
    }

    async fn papers_that_ran_out_show_and_keep_a_suspended_provider_out(world: World) {
        let home = world.home_service("homecare1").await;
        let officer = world.officer("officer1", "530111").await;
        let id = home.id.to_string();
        assert_eq!(state_after(&world, &officer, "providerSuspend", (&id, Some("检查"))).await, "SUSPENDED");
        world.at("2027-01-01 08:00").await;
        let document = "{ myProvider { missingLicences licences { isInForce } } }";
        let seen = world.data(&home.manager, document, json!({})).await;
        assert_eq!(seen["myProvider"]["missingLicences"], json!(["BUSINESS", "INSURANCE"]));
        assert_eq!(seen["myProvider"]["licences"], json!([{ "isInForce": false }, { "isInForce": false }]));
        let before = world.footprint().await;
        let refused = decide(&world, &officer, "providerRestore", (&id, None)).await;
        assert_eq!(refusal(&refused), "LICENCE_MISSING");
        assert_eq!(world.footprint().await, before);
        hand_in(&world, &home.manager, &id, ("BUSINESS", "2028-12-31")).await;
        let papers = hand_in(&world, &home.manager, &id, ("INSURANCE", "2027-12-31")).await;
        let newest = papers["provider"]["licences"][3]["id"].clone();
        let check = json!({ "licenceId": newest });
        let checked = world.act(&officer, "providerLicenceCheck", check.clone(), PROVIDER).await;
        assert!(!checked["provider"]["licences"][3]["checkedAt"].is_null(), "{checked}");
        assert_eq!(refusal(&world.act(&officer, "providerLicenceCheck", check, PROVIDER).await), "ALREADY_CHECKED");
        assert_eq!(state_after(&world, &officer, "providerRestore", (&id, None)).await, "ACTIVE");
    }

    async fn nobody_whose_card_has_run_out_is_offered_work(world: World) {
        let home = world.home_service("homecare1").await;
        let carer = world.carer(&home.manager, "李师傅").await;
        let friday = ("cleaning_help", "", "2026-06-05");
        assert_eq!(obstacles(&world, &home.manager, &carer, friday).await, json!(["HEALTH_CARD_MISSING"]));
        let before = world.footprint().await;
        let stale = world.certify(&home.manager, &carer, ("HEALTH_CARD", "2026-05-31")).await;
        assert_eq!(refusal(&stale), "INPUT_INVALID");
        assert_eq!(world.footprint().await, before);
        world.certify(&home.manager, &carer, ("HEALTH_CARD", "2026-06-30")).await;
        world.certify(&home.manager, &carer, ("BATHING", "2026-06-10")).await;
        for (asked, told) in [
            (friday, json!([])),
            (("cleaning_help", "", "2026-06-30"), json!([])),
            (("cleaning_help", "", "2026-07-01"), json!(["HEALTH_CARD_EXPIRED"])),
            (("bathing_help", "BATHING", "2026-06-10"), json!([])),
            (("bathing_help", "BATHING", "2026-06-11"), json!(["CERTIFICATE_EXPIRED"])),
            (("bathing_help", "CARE_WORKER", "2026-06-10"), json!(["CERTIFICATE_MISSING"])),
            (("home_visit", "", "2026-06-05"), json!(["SKILL_MISSING"])),
            (("cleaning_help", "", "2026-06-06"), json!(["DAY_OFF"])),
        ] {
            assert_eq!(obstacles(&world, &home.manager, &carer, asked).await, told, "{asked:?}");
        }
        let leave = json!({
            "requestKey": fresh_key(), "carerId": carer, "startsAt": "2026-06-04T16:00:00Z",
            "endsAt": "2026-06-05T16:00:00Z", "reason": "家里有事"
        });
        let away = world.act(&home.manager, "carerLeaveAdd", leave.clone(), "carer { leaves { id } }").await;
        assert_eq!(world.act(&home.manager, "carerLeaveAdd", leave, "carer { leaves { id } }").await, away);
        assert_eq!(obstacles(&world, &home.manager, &carer, friday).await, json!(["ON_LEAVE"]));
        let end = json!({ "leaveId": away["carer"]["leaves"][0]["id"] });
        let back = world.act(&home.manager, "carerLeaveEnd", end.clone(), "carer { leaves { id } }").await;
        assert_eq!(back["carer"]["leaves"], json!([]), "{back}");
        assert_eq!(refusal(&world.act(&home.manager, "carerLeaveEnd", end, "carer { id }").await), "LEAVE_NOT_FOUND");
        assert_eq!(obstacles(&world, &home.manager, &carer, friday).await, json!([]));
        let pause = json!({ "carerId": carer, "isActive": false });
        world.act(&home.manager, "carerChange", pause, "carer { isActive }").await;
        assert_eq!(obstacles(&world, &home.manager, &carer, friday).await, json!(["CARER_INACTIVE"]));
    }

    async fn a_certificate_is_warned_of_thirty_and_seven_days_before(world: World) {
        let home = world.home_service("homecare1").await;
        let rival = world.home_service("homecare2").await;
        let officer = world.officer("officer1", "530111").await;
        let carer = world.carer(&home.manager, "李师傅").await;
        world.certify(&home.manager, &carer, ("HEALTH_CARD", "2026-07-10")).await;
        world.at("2026-06-10 08:59").await;
        assert_eq!(warnings(&world).await, Vec::<String>::new());
        world.at("2026-06-10 09:00").await;
        assert_eq!(warnings(&world).await, ["30"]);
        world.at("2026-07-03 08:59").await;
        assert_eq!(warnings(&world).await, ["30"]);
        let list = "query($days: Int!) { certificatesExpiring(days: $days) { carerId carerName certificate { kind validUntilOn } } }";
        let soon = json!([{
            "carerId": carer, "carerName": "李师傅",
            "certificate": { "kind": "HEALTH_CARD", "validUntilOn": "2026-07-10" }
        }]);
        for (who, days, told) in [
            (&home.manager, 7, &soon),
            (&officer, 7, &soon),
            (&home.manager, 6, &json!([])),
            (&rival.manager, 365, &json!([])),
        ] {
            let seen = world.data(who, list, json!({ "days": days })).await;
            assert_eq!(&seen["certificatesExpiring"], told, "{} {days}", who.name);
        }
        world.at("2026-07-03 09:00").await;
        world.at("2026-07-20 09:00").await;
        assert_eq!(warnings(&world).await, ["30", "7"]);
        let left = "count(*) FROM due_work WHERE kind = 'certificate_warning'";
        assert_eq!(world.number(left).await, 0, "nothing is left to do");
        // One that ends in five days is warned of at once, one that was renewed is not.
        world.certify(&home.manager, &carer, ("BATHING", "2026-07-25")).await;
        world.certify(&home.manager, &carer, ("CARE_WORKER", "2026-08-25")).await;
        world.certify(&home.manager, &carer, ("CARE_WORKER", "2029-08-25")).await;
        world.work().await;
        world.at("2026-08-25 09:00").await;
        assert_eq!(warnings(&world).await, ["30", "7", "7"]);
        // Who does not work is not warned of, and is again once he works.
        let other = world.carer(&home.manager, "张师傅").await;
        world.certify(&home.manager, &other, ("HEALTH_CARD", "2026-10-31")).await;
        for (is_active, at) in [(false, "2026-10-01 09:00"), (true, "2026-10-24 09:00")] {
            let change = json!({ "carerId": other, "isActive": is_active });
            world.act(&home.manager, "carerChange", change, "carer { isActive }").await;
            world.at(at).await;
        }
        assert_eq!(warnings(&world).await, ["30", "7", "7", "7"]);
    }

    async fn a_carer_takes_up_his_place_with_a_code(world: World) {
        let home = world.home_service("homecare1").await;
        let rival = world.home_service("homecare2").await;
        let carer = world.carer(&home.manager, "李师傅").await;
        let elsewhere = world.carer(&rival.manager, "张师傅").await;
        let invite = json!({ "carerId": carer });
        let given = world.act(&home.manager, "carerInvite", invite.clone(), "invitation { code }").await;
        let code = given["invitation"]["code"].clone();
        assert_eq!(refusal(&world.act(&rival.manager, "carerInvite", invite.clone(), "invitation { code }").await), "CARER_NOT_FOUND");
        let li = world.login("li").await;
        let before = world.footprint().await;
        let wrong = world.act(&li, "carerJoin", json!({ "code": "AAAAAAAA" }), "carer { id }").await;
        assert_eq!(refusal(&wrong), "CODE_INVALID");
        assert_eq!(world.footprint().await, before);
        let joined = world.act(&li, "carerJoin", json!({ "code": code }), "carer { id name isBound }").await;
        assert_eq!(joined["carer"], json!({ "id": carer, "name": "李师傅", "isBound": true }), "{joined}");
        let me = world.data(&li, "{ viewer { roles } myCarer { id name phone } }", json!({})).await;
        assert_eq!(me["myCarer"], json!({ "id": carer, "name": "李师傅", "phone": "13900000001" }));
        assert!(me["viewer"]["roles"].as_array().unwrap().contains(&json!("CARER")), "{me}");
        let look = "query($id: ID!) { carer(id: $id) { id } }";
        assert_eq!(world.data(&li, look, json!({ "id": carer })).await["carer"]["id"], carer.as_str());
        assert!(world.data(&li, look, json!({ "id": elsewhere })).await["carer"].is_null());
        assert!(world.data(&rival.manager, look, json!({ "id": carer })).await["carer"].is_null());
        let used = world.act(&world.login("wang").await, "carerJoin", json!({ "code": code }), "carer { id }").await;
        assert_eq!(refusal(&used), "CODE_INVALID", "a code is good once");
        assert_eq!(refusal(&world.act(&home.manager, "carerInvite", invite, "invitation { code }").await), "ALREADY_BOUND");

        let invite = json!({ "carerId": elsewhere });
        let given = world.act(&rival.manager, "carerInvite", invite.clone(), "invitation { code }").await;
        let input = json!({ "code": given["invitation"]["code"] });
        let both = world.act(&li, "carerJoin", input.clone(), "carer { id }").await;
        assert_eq!(refusal(&both), "ALREADY_BOUND", "one person works for one provider");
        let pause = json!({ "carerId": carer, "isActive": false });
        world.act(&home.manager, "carerChange", pause, "carer { isActive }").await;
        let moved = world.act(&li, "carerJoin", input, "carer { id }").await;
        assert_eq!(moved["carer"]["id"], elsewhere.as_str(), "the first provider has let him go: {moved}");
        let given = world.act(&home.manager, "carerInvite", json!({ "carerId": carer }), "invitation { code }").await;
        world.pass(24 * 3_600).await;
        let late = json!({ "code": given["invitation"]["code"] });
        assert_eq!(refusal(&world.act(&world.login("wang").await, "carerJoin", late, "carer { id }").await), "CODE_INVALID");
    }

    async fn nothing_is_sold_before_its_price_is_published(world: World) {
        let home = world.home_service("homecare1").await;
        let offering = world.cleaning(&home.manager).await;
        let one = "query($id: ID!) { offering(id: $id) { priceFen serviceName durationMinutes isSold } }";
        assert_eq!(world.sold(HOME).await, Vec::<String>::new());
        assert!(world.ask(None, one, json!({ "id": offering })).await["data"]["offering"].is_null());
        let before = world.footprint().await;
        for fen in [-1, 1_000_001] {
            assert_eq!(refusal(&world.publish(&home.manager, &offering, fen).await), "PRICE_INVALID");
        }
        assert_eq!(world.footprint().await, before);
        let published = world.publish(&home.manager, &offering, 8_000).await;
        assert_eq!(published["offering"], json!({ "id": offering, "priceFen": 8_000, "isSold": true }));
        assert_eq!(refusal(&world.publish(&home.manager, &offering, 7_000).await), "JUST_PUBLISHED");
        assert_eq!(world.sold(HOME).await, [offering.as_str()]);
        assert_eq!(world.sold("530112").await, Vec::<String>::new(), "another district is not served");
        assert_eq!(world.sold("53").await, Vec::<String>::new(), "nor is the whole province");
        let seen = world.ask(None, one, json!({ "id": offering })).await["data"]["offering"].clone();
        assert_eq!(seen, json!({ "priceFen": 8_000, "serviceName": "助洁", "durationMinutes": 120, "isSold": true }));
        world.at("2026-06-02 08:00").await;
        world.publish(&home.manager, &offering, 9_000).await;
        let history = "query($id: ID!) { offeringPrices(offeringId: $id) { priceFen publishedAt } }";
        let told = world.data(&home.manager, history, json!({ "id": offering })).await;
        assert_eq!(told["offeringPrices"], json!([
            { "priceFen": 9_000, "publishedAt": "2026-06-02T00:00:00Z" },
            { "priceFen": 8_000, "publishedAt": "2026-05-31T16:00:00Z" },
        ]));
        let close = json!({ "offeringId": offering });
        let closed = world.act(&home.manager, "offeringClose", close.clone(), "offering { isActive isSold }").await;
        assert_eq!(closed["offering"], json!({ "isActive": false, "isSold": false }));
        assert_eq!(world.sold(HOME).await, Vec::<String>::new());
        assert_eq!(refusal(&world.act(&home.manager, "offeringClose", close, "offering { id }").await), "ALREADY_CLOSED");
        assert_eq!(refusal(&world.publish(&home.manager, &offering, 8_500).await), "OFFERING_CLOSED");
    }

    async fn only_what_the_catalogue_allows_is_offered(world: World) {
        let home = world.home_service("homecare1").await;
        let bathing = |carers: i32, certified: i32, kind: &str| json!({
            "serviceCode": "bathing_help", "durationMinutes": 90, "carersNeeded": carers,
            "certifiedNeeded": certified, "certificateKind": kind
        });
        let before = world.footprint().await;
        for (more, code) in [
            (json!({ "serviceCode": "sos_call" }), "SERVICE_NOT_OFFERED"),
            (json!({ "serviceCode": "service_package" }), "SERVICE_NOT_OFFERED"),
            (json!({ "serviceCode": "bathing_help" }), "REQUIREMENTS_UNMET"),
            (bathing(1, 1, "BATHING"), "REQUIREMENTS_UNMET"),
            (bathing(2, 1, "OTHER"), "REQUIREMENTS_UNMET"),
            (bathing(4, 1, "BATHING"), "INPUT_INVALID"),
            (json!({ "serviceCode": "home_visit", "regionCodes": ["999999"] }), "REGION_UNKNOWN"),
            (json!({ "serviceCode": "home_visit", "regionCodes": [] }), "REGION_UNKNOWN"),
            (json!({ "serviceCode": "home_visit", "requestKey": "short" }), "REQUEST_KEY_INVALID"),
        ] {
            let refused = world.act(&home.manager, "offeringAdd", offering_input(more.clone()), "offering { id }").await;
            assert_eq!(refusal(&refused), code, "{more}");
        }
        assert_eq!(world.footprint().await, before);
        let input = offering_input(bathing(2, 1, "BATHING"));
        let added = world.act(&home.manager, "offeringAdd", input.clone(), "offering { id carersNeeded }").await;
        assert_eq!(added["offering"]["carersNeeded"], 2, "{added}");
        assert_eq!(world.act(&home.manager, "offeringAdd", input, "offering { id carersNeeded }").await, added);
        assert_eq!(world.number("count(*) FROM offering").await, 1, "sent twice");
    }

    async fn a_bundle_costs_what_its_items_cost(world: World) {
        let home = world.home_service("homecare1").await;
        let cleaning = world.cleaning(&home.manager).await;
        let visit = world.offered(&home.manager, json!({ "serviceCode": "home_visit", "regionCodes": ["530111004"] })).await;
        world.publish(&home.manager, &cleaning, 8_000).await;
        let bundle = |items: Value, region: &str| json!({
            "requestKey": fresh_key(), "content": "月度安心包", "items": items, "regionCodes": [region]
        });
        let both = json!([{ "offeringId": cleaning, "quantity": 4 }, { "offeringId": visit }]);
        let rival = world.home_service("homecare2").await;
        let foreign = world.cleaning(&rival.manager).await;
        let before = world.footprint().await;
        for (input, code) in [
            (bundle(both.clone(), "530111"), "AREA_NOT_COVERED"),
            (bundle(json!([]), HOME), "ITEMS_INVALID"),
            (bundle(json!([{ "offeringId": visit, "quantity": 32 }]), HOME), "ITEMS_INVALID"),
            (bundle(json!([{ "offeringId": visit }, { "offeringId": visit }]), HOME), "ITEMS_INVALID"),
            (bundle(json!([{ "offeringId": foreign }]), HOME), "OFFERING_NOT_FOUND"),
        ] {
            let refused = world.act(&home.manager, "offeringBundleAdd", input.clone(), "offering { id }").await;
            assert_eq!(refusal(&refused), code, "{input}");
        }
        assert_eq!(world.footprint().await, before);
        let select = "offering { id priceFen durationMinutes items { serviceName quantity priceFen sumFen } }";
        let added = world.act(&home.manager, "offeringBundleAdd", bundle(both, HOME), select).await;
        let id = added["offering"]["id"].as_str().unwrap().to_owned();
        assert!(added["offering"]["priceFen"].is_null(), "one item has no price yet: {added}");
        assert_eq!(added["offering"]["durationMinutes"], 4 * 120 + 60);
        assert_eq!(refusal(&world.publish(&home.manager, &id, 100).await), "BUNDLE_PRICED_BY_ITEMS");
        assert_eq!(world.sold(HOME).await, [cleaning.as_str()]);
        world.publish(&home.manager, &visit, 6_000).await;
        let one = format!("query($id: ID!) {{ offering(id: $id) {{ {} }} }}", "priceFen items { serviceName quantity priceFen sumFen }");
        let seen = world.ask(None, &one, json!({ "id": id })).await["data"]["offering"].clone();
        assert_eq!(seen, json!({ "priceFen": 38_000, "items": [
            { "serviceName": "助洁", "quantity": 4, "priceFen": 8_000, "sumFen": 32_000 },
            { "serviceName": "上门服务", "quantity": 1, "priceFen": 6_000, "sumFen": 6_000 },
        ] }));
        let list = "query($region: String!) { offerings(regionCode: $region) { nodes { providerName regionCodes priceFen items { sumFen } } } }";
        let before = world.app.db.statements();
        let listed = world.ask(None, list, json!({ "region": HOME })).await;
        assert_eq!(listed["data"]["offerings"]["nodes"].as_array().unwrap().len(), 3, "{listed}");
        assert_eq!(world.app.db.statements() - before, 2, "a page and the items of its bundles");
        world.act(&home.manager, "offeringClose", json!({ "offeringId": visit }), "offering { id }").await;
        assert_eq!(world.sold(HOME).await, [cleaning], "a bundle with a closed item is not sold");
    }

    async fn what_belongs_to_another_provider_answers_like_nothing(world: World) {
        use nuanyang::kit::ids::{CarerId, OfferingId};
        let (home, rival) = (world.home_service("homecare1").await, world.home_service("homecare2").await);
        let carer = world.carer(&home.manager, "李师傅").await;
        let offering = world.cleaning(&home.manager).await;
        let (nobody, nothing) = (world.app.ids.next::<CarerId>().to_string(), world.app.ids.next::<OfferingId>().to_string());
        let before = world.footprint().await;
        for (act, name, [theirs, missing], rest) in [
            ("carerChange", "carerId", [&carer, &nobody], json!({ "name": "赵师傅" })),
            ("carerAreaSet", "carerId", [&carer, &nobody], json!({ "regionCodes": [HOME] })),
            ("carerSkillsSet", "carerId", [&carer, &nobody], json!({ "serviceCodes": ["home_visit"] })),
            ("carerCalendarSet", "carerId", [&carer, &nobody], json!({ "hours": [] })),
            ("offeringPricePublish", "offeringId", [&offering, &nothing], json!({ "priceFen": 1 })),
            ("offeringClose", "offeringId", [&offering, &nothing], json!({})),
        ] {
            let mut answers = Vec::new();
            for id in [theirs, missing] {
                let mut input = rest.clone();
                input[name] = id.as_str().into();
                if act == "offeringPricePublish" {
                    input["requestKey"] = fresh_key().into();
                }
                answers.push(world.act(&rival.manager, act, input, "userErrors { field }").await);
            }
            assert!(refusal(&answers[0]).ends_with("_NOT_FOUND"), "{act}: {}", answers[0]);
            assert_eq!(answers[0], answers[1], "{act}");
        }
        assert_eq!(world.footprint().await, before);
        let mine = "{ myCarers { nodes { id } } myOfferings { nodes { id isSold } } }";
        let seen = world.data(&home.manager, mine, json!({})).await;
        assert_eq!(seen["myCarers"]["nodes"], json!([{ "id": carer }]));
        assert_eq!(seen["myOfferings"]["nodes"], json!([{ "id": offering, "isSold": false }]));
        let seen = world.data(&rival.manager, mine, json!({})).await;
        assert_eq!(seen, json!({ "myCarers": { "nodes": [] }, "myOfferings": { "nodes": [] } }));
    }

    async fn the_demonstration_shows_two_providers_with_six_carers(world: World) {
        for _ in 0..2 {
            nuanyang::seed::demo(&world.app, &wechat_simulator::openid_of).await.unwrap();
        }
        assert_eq!(world.number("count(*) FROM provider WHERE kind = 'HOME_SERVICE' AND is_demo").await, 2);
        assert_eq!(world.number("count(*) FROM carer").await, 6);
        let list = "{ offerings(regionCode: \"530111007016\") { nodes { serviceCode priceFen carersNeeded } } }";
        let seen = world.ask(None, list, json!({})).await;
        let nodes = seen["data"]["offerings"]["nodes"].as_array().unwrap();
        let of = |service: &str| nodes.iter().filter(|node| node["serviceCode"] == service).collect::<Vec<_>>();
        assert_eq!((nodes.len(), of("home_visit").len(), of("service_package").len()), (7, 2, 1), "{seen}");
        for node in of("cleaning_help") {
            assert_eq!((node["priceFen"].clone(), node["carersNeeded"].clone()), (json!(8_000), json!(1)));
        }
        for node in of("bathing_help") {
            assert_eq!((node["priceFen"].clone(), node["carersNeeded"].clone()), (json!(26_000), json!(2)));
        }
        let carer = world.login("carer1").await;
        let friday = "{ myCarer { name obstacles(serviceCode: \"bathing_help\", certificateKind: BATHING, visitOn: \"2026-06-05\") } }";
        let me = world.data(&carer, friday, json!({})).await;
        assert_eq!(me["myCarer"], json!({ "name": "李师傅（演示）", "obstacles": [] }));
    }

    async fn the_catalogue_is_open_to_all(world: World) {
        let all = world.ask(None, "{ services { code name nameEn isBookable } }", json!({})).await;
        let services = all["data"]["services"].as_array().unwrap();
        assert_eq!((services.len(), services.iter().filter(|one| one["isBookable"] == true).count()), (55, 39));
        assert!(services.iter().all(|one| one["name"] != "" && one["nameEn"] != ""));
        let some = "{ services(category: SAFETY, isBookable: false) { code } service(code: \"bathing_help\") { \
            name requirements { carers certified certificates needsRiskConsent } } none: service(code: \"x\") { code } }";
        let seen = world.ask(None, some, json!({})).await["data"].clone();
        assert_eq!(seen["services"], json!([{ "code": "emergency_help" }, { "code": "sos_call" }, { "code": "welfare_visit" }]));
        let needs = json!({ "carers": 2, "certified": 1, "certificates": ["BATHING", "CARE_WORKER"], "needsRiskConsent": true });
        assert_eq!(seen["service"], json!({ "name": "助浴", "requirements": needs }));
        assert!(seen["none"].is_null());
    }
}
