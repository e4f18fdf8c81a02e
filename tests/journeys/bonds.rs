//! Who may act for an elder: codes, scopes, and the end of a bond.

use nuanyang::kit::ids::ElderId;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::client::{Person, refusal};
use crate::world::place::order_input;

const DAY: &str = "2026-06-05";

async fn issue(world: &World, who: &Person, elder: ElderId, (scopes, is_for_self): (&[&str], bool)) -> Value {
    let input = json!({ "elderId": elder.to_string(), "scopes": scopes, "isForSelf": is_for_self });
    world.act(who, "bondCodeIssue", input, "bondCode { code expiresAt }").await
}

async fn code(world: &World, who: &Person, elder: ElderId, terms: (&[&str], bool)) -> String {
    let payload = issue(world, who, elder, terms).await;
    payload["bondCode"]["code"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
}

async fn take_up(world: &World, who: &Person, code: &str) -> Value {
    let input = json!({ "code": code, "relation": "CHILD" });
    world.act(who, "bondStart", input, "elder { id isMe myScopes }").await
}

/// The elder as this person sees him; null when out of reach.
async fn seen(world: &World, who: &Person, elder: ElderId) -> Value {
    let document = "query($id: ID!) { viewer { elder(id: $id) { name phone address dietaryNeeds myScopes isMe \
        bonds { id isMine scopes } } } }";
    world.data(who, document, json!({ "id": elder.to_string() })).await["viewer"]["elder"].clone()
}

/// An elder with a telephone.
async fn wang(world: &World) -> ElderId {
    world.elder_like("王桂芬", "1944-03-01", |new| new.phone = Some("13800001234".to_owned())).await
}

/// The elder with an account of her own, given by the desk.
async fn wang_herself(world: &World) -> (ElderId, Person) {
    let (elder, desk) = (wang(world).await, world.desk("desk1").await);
    let herself = world.login("elder1").await;
    let own = code(world, &desk, elder, (&[], true)).await;
    let bound = take_up(world, &herself, &own).await;
    assert_eq!(bound["elder"]["isMe"], true, "{bound}");
    (elder, herself)
}

on_both! {
    async fn a_code_from_the_desk_binds_one_daughter_once(world: World) {
        let (elder, desk) = (wang(&world).await, world.desk("desk1").await);
        let daughter = world.login("daughter1").await;
        let far = world.with_role("desk2", entities::enums::Role::Desk, (None, Some("530112"))).await;
        let before = world.footprint().await;
        for stranger in [&daughter, &far] {
            assert_eq!(refusal(&issue(&world, stranger, elder, (&["BOOK"], false)).await), "ELDER_NOT_FOUND");
        }
        assert_eq!(refusal(&issue(&world, &desk, elder, (&[], false)).await), "SCOPES_EMPTY");
        assert_eq!(refusal(&take_up(&world, &daughter, "ABCDEFGH").await), "CODE_INVALID");
        assert_eq!((world.footprint().await, seen(&world, &daughter, elder).await), (before, json!(null)));

        let given = code(&world, &desk, elder, (&["VIEW_ORDERS", "BOOK"], false)).await;
        // Read over the telephone and typed in small letters.
        let bound = take_up(&world, &daughter, &format!(" {} ", given.to_lowercase())).await;
        let mine = json!({ "id": elder.to_string(), "isMe": false, "myScopes": ["VIEW_ORDERS", "BOOK"] });
        assert_eq!(bound["elder"], mine, "{bound}");
        let son = world.login("son1").await;
        let after = world.footprint().await;
        assert_eq!(refusal(&take_up(&world, &son, &given).await), "CODE_INVALID", "good once");
        assert_eq!(world.footprint().await, after);
        let second = code(&world, &desk, elder, (&["PAY"], false)).await;
        assert_eq!(refusal(&take_up(&world, &daughter, &second).await), "ALREADY_BOUND");
        assert_eq!(seen(&world, &daughter, elder).await["myScopes"], json!(["VIEW_ORDERS", "BOOK"]));
        // A refusal does not use the code up, but a day does.
        world.pass(86_400).await;
        assert_eq!(refusal(&take_up(&world, &son, &second).await), "CODE_INVALID");
        assert_eq!(seen(&world, &son, elder).await, json!(null));
    }

    async fn an_elder_with_an_account_gives_codes_himself(world: World) {
        let (elder, herself) = wang_herself(&world).await;
        let roles = world.data(&herself, "{ viewer { roles elders { nodes { id isMe } } } }", json!({})).await;
        assert_eq!(roles["viewer"]["roles"].as_array().unwrap().len(), 2, "{roles}");
        assert_eq!(roles["viewer"]["elders"]["nodes"], json!([{ "id": elder.to_string(), "isMe": true }]));
        let desk = world.desk("desk1").await;
        let before = world.footprint().await;
        assert_eq!(refusal(&issue(&world, &desk, elder, (&[], true)).await), "ELDER_HAS_ACCOUNT");
        assert_eq!(refusal(&issue(&world, &herself, elder, (&[], true)).await), "ELDER_HAS_ACCOUNT");
        assert_eq!(world.footprint().await, before);

        let daughter = world.login("daughter1").await;
        let given = code(&world, &herself, elder, (&["VIEW_ORDERS", "BOOK", "PAY"], false)).await;
        assert_eq!(take_up(&world, &daughter, &given).await["elder"]["isMe"], false);
        // She calls her daughter with the number that she has given; nobody else reads it.
        let number = world.sim_get("/sim/phone?as=daughter1&number=13800005678").await["code"].clone();
        world.act(&daughter, "phoneBind", json!({ "code": number }), "phone").await;
        let document = "query($id: ID!) { viewer { elder(id: $id) { bonds { phone } } } }";
        for (who, phone) in [(&herself, json!("13800005678")), (&daughter, json!(null))] {
            let seen = world.data(who, document, json!({ "id": elder.to_string() })).await;
            assert_eq!(seen["viewer"]["elder"]["bonds"], json!([{ "phone": phone }]));
        }
        // Who is bound does not bind others.
        let refused = issue(&world, &daughter, elder, (&["VIEW_ORDERS"], false)).await;
        assert_eq!(refusal(&refused), "ELDER_NOT_FOUND");
        // The elder orders on her own phone.
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 5)).await;
        world.at("2026-06-04 20:00").await;
        let input = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
        let placed = world.act(&herself, "mealOrderPlace", input, "order { id channel dueFen }").await;
        let order = &placed["order"];
        assert_eq!((&order["channel"], &order["dueFen"]), (&json!("ELDER_APP"), &json!(900)), "{placed}");
        world.pay(&daughter, &id_of(&placed)).await;
        assert_eq!(world.state(&herself, &id_of(&placed)).await, "CONFIRMED");
        world.assert_books().await;
    }

    async fn a_bond_allows_what_its_scopes_say_and_no_more(world: World) {
        let elder = wang(&world).await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 5)).await;
        let (daughter, viewer, cook) =
            (world.family_of("daughter1", elder).await, world.login("son1").await, world.login("niece1").await);
        // VIEW_ORDERS; VIEW_ORDERS and BOOK.
        world.bond(&viewer, elder, 1).await;
        world.bond(&cook, elder, 3).await;
        world.at("2026-06-04 20:00").await;
        let input = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
        let before = world.footprint().await;
        assert_eq!(refusal(&world.place(&viewer, input.clone()).await), "ELDER_NOT_FOUND", "seeing is not booking");
        assert_eq!(world.footprint().await, before);
        let booked = id_of(&world.place(&cook, input).await);
        assert_eq!(world.state(&viewer, &booked).await, "HELD");
        let placed = world.footprint().await;
        assert_eq!(refusal(&world.cancel(&viewer, &booked).await), "ORDER_NOT_FOUND");
        for who in [&viewer, &cook] {
            let start = world.act(who, "paymentStart", json!({ "orderId": booked }), "params { package }").await;
            assert_eq!(refusal(&start), "ORDER_NOT_FOUND", "booking is not paying");
        }
        assert_eq!(world.footprint().await, placed);

        let dim = seen(&world, &viewer, elder).await;
        assert_eq!(
            [&dim["name"], &dim["phone"], &dim["address"], &dim["dietaryNeeds"]],
            [&json!("王**"), &json!("138****1234"), &json!(null), &json!(null)]
        );
        let clear = seen(&world, &cook, elder).await;
        assert_eq!((&clear["name"], &clear["address"]), (&json!("王桂芬"), &json!("演示小区 2 栋 301")));
        assert_eq!((&clear["dietaryNeeds"], world.number("count(*) FROM data_access").await), (&json!(null), 0));
        for reading in 1..=2 {
            assert_eq!(seen(&world, &daughter, elder).await["dietaryNeeds"], "不吃花生");
            let kept = "count(*) FROM data_access WHERE field = 'dietaryNeeds' AND purpose = 'care'";
            assert_eq!(world.number(kept).await, reading, "each reading leaves its row");
        }
        assert_eq!(world.cancel(&cook, &booked).await["order"]["state"], "CANCELLED");
        world.assert_books().await;
    }

    async fn who_may_book_or_pay_reaches_the_order_without_seeing_the_others(world: World) {
        let elder = wang(&world).await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 5)).await;
        let (cook, payer) = (world.login("niece1").await, world.login("son1").await);
        // BOOK alone; PAY alone.
        world.bond(&cook, elder, 2).await;
        world.bond(&payer, elder, 4).await;
        world.at("2026-06-04 20:00").await;
        let input = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
        let booked = id_of(&world.place(&cook, input.clone()).await);
        let placed = world.footprint().await;
        assert_eq!(id_of(&world.place(&cook, input).await), booked, "a retry is answered as before");
        assert_eq!(refusal(&world.cancel(&payer, &booked).await), "ORDER_NOT_FOUND", "paying is not cancelling");
        assert_eq!(world.footprint().await, placed);
        world.press_pay(&payer, &booked).await;
        let select = "payment { mealOrder { state servingCode elder { name dietaryNeeds } } }";
        let checked = world.act(&payer, "paymentCheck", json!({ "orderId": booked }), select).await;
        let dim = json!({ "state": "CONFIRMED", "servingCode": null, "elder": { "name": "王**", "dietaryNeeds": null } });
        assert_eq!(checked["payment"]["mealOrder"], dim, "{checked}");
        for who in [&cook, &payer] {
            let list = world.data(who, "{ mealOrders { nodes { id } } }", json!({})).await;
            assert_eq!(list["mealOrders"]["nodes"], json!([]), "the list needs VIEW_ORDERS");
        }
        assert_eq!(world.cancel(&cook, &booked).await["order"]["state"], "CANCELLED");
        world.drain().await;
        assert_eq!((world.platform_fen().await, world.taken(slot).await), ((900, 900), 0));
        world.assert_books().await;
    }

    async fn the_elder_ends_a_bond_and_the_very_next_look_shows_nothing(world: World) {
        let (elder, herself) = wang_herself(&world).await;
        let daughter = world.family_of("daughter1", elder).await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, DAY, (3, 5)).await;
        world.at("2026-06-04 20:00").await;
        let order = world.paid(&daughter, order_input("1", elder, slot, ("DINE_IN", canteen.lunch))).await;
        let mut live = world.live(&daughter).await;
        live.watch_order("o", &order).await;
        assert_eq!(live.state("o").await, "CONFIRMED");

        let bonds = seen(&world, &herself, elder).await["bonds"].clone();
        let bond = bonds[0]["id"].as_str().unwrap_or_else(|| panic!("{bonds}")).to_owned();
        let stranger = world.login("stranger1").await;
        let end = json!({ "bondId": bond });
        let before = world.footprint().await;
        let foreign = world.act(&stranger, "bondEnd", end.clone(), "bond { id }").await;
        assert_eq!(refusal(&foreign), "BOND_NOT_FOUND");
        let widen = json!({ "bondId": bond, "scopes": ["DECIDE"] });
        let widened = world.act(&daughter, "bondScopesChange", widen, "bond { id }").await;
        assert_eq!(refusal(&widened), "BOND_NOT_FOUND", "nobody widens his own");
        assert_eq!(world.footprint().await, before);

        let ended = world.act(&herself, "bondEnd", end.clone(), "bond { id }").await;
        assert_eq!(ended["bond"]["id"], bond, "{ended}");
        assert_eq!(world.order(&daughter, &order).await, json!(null));
        assert_eq!(seen(&world, &daughter, elder).await, json!(null));
        let lists = "{ viewer { elders { nodes { id } } } mealOrders { nodes { id } } }";
        let nothing = json!({ "viewer": { "elders": { "nodes": [] } }, "mealOrders": { "nodes": [] } });
        assert_eq!(world.data(&daughter, lists, json!({})).await, nothing);
        let after = world.footprint().await;
        assert_eq!(refusal(&world.cancel(&daughter, &order).await), "ORDER_NOT_FOUND");
        let again = world.act(&herself, "bondEnd", end, "bond { id }").await;
        assert_eq!(refusal(&again), "BOND_NOT_FOUND", "it has ended");
        assert_eq!(world.footprint().await, after);

        // Her open socket learns it too, and hears nothing of what comes later.
        world.work().await;
        let last = live.next().await;
        assert!(last["payload"]["data"]["orderUpdated"].is_null() && !last.to_string().contains("CONFIRMED"), "{last}");
        assert_eq!(live.next().await, json!({ "type": "complete", "id": "o" }));
        assert_eq!(world.cancel(&herself, &order).await["order"]["state"], "CANCELLED");
        world.work().await;
        live.assert_quiet().await;
        world.drain().await;
        assert_eq!(world.platform_fen().await, (900, 900), "the money goes back to who paid");
        world.assert_books().await;
    }

    async fn a_narrowed_bond_is_narrow_at_once(world: World) {
        let (elder, herself) = wang_herself(&world).await;
        let daughter = world.family_of("daughter1", elder).await;
        let bond = seen(&world, &herself, elder).await["bonds"][0]["id"].clone();
        let change = async |scopes: Value| {
            let input = json!({ "bondId": bond, "scopes": scopes });
            world.act(&herself, "bondScopesChange", input, "bond { scopes }").await
        };
        assert_eq!(refusal(&change(json!([])).await), "SCOPES_EMPTY");
        assert_eq!(change(json!(["VIEW_ORDERS"])).await["bond"]["scopes"], json!(["VIEW_ORDERS"]));
        let dim = seen(&world, &daughter, elder).await;
        assert_eq!((&dim["name"], &dim["dietaryNeeds"]), (&json!("王**"), &json!(null)));
        assert_eq!(dim["myScopes"], json!(["VIEW_ORDERS"]));
    }

    async fn signing_out_kills_every_token_of_the_session_at_once(world: World) {
        let elder = wang(&world).await;
        let daughter = world.family_of("daughter1", elder).await;
        let tablet = world.login("daughter1").await;
        let mut live = world.live(&daughter).await;
        assert_ne!(seen(&world, &daughter, elder).await, json!(null));
        let document = "mutation { sessionEnd { ended userErrors { code } } }";
        let ended = world.data(&daughter, document, json!({})).await;
        assert_eq!(ended["sessionEnd"], json!({ "ended": true, "userErrors": [] }));

        let refused = world.ask(Some(&daughter), "{ viewer { id } }", json!({})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{refused}");
        assert!(refused["data"].is_null());
        let refresh = "mutation($input: SessionRefreshInput!) \
            { sessionRefresh(input: $input) { tokens { accessToken } userErrors { code } } }";
        let input = json!({ "input": { "refreshToken": daughter.refresh } });
        let answer = world.ask(None, refresh, input).await;
        assert_eq!(refusal(&answer["data"]["sessionRefresh"]), "TOKEN_INVALID", "{answer}");
        // Her socket is closed as soon as it wants something; her other device stays signed in.
        live.subscribe("v", "{ viewer { id } }", json!({})).await;
        assert_eq!(live.next().await, json!({ "type": "closed", "code": 4403 }));
        assert_ne!(seen(&world, &tablet, elder).await, json!(null));
    }
}
