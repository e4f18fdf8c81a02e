//! Somebody else's thing answers exactly like a thing that is not there: every place of the contract that takes an
//! id, every id of a family, seen by those who have no part in it. That the calls reach far enough to notice is shown
//! by their owners.

use serde_json::{Value, json};

use super::estate::{Estate, View, missing};
use crate::on_both;
use crate::structure::table::{TABLE, may};
use crate::world::World;
use crate::world::client::Person;
use crate::world::contract::{Contract, Root, named, prefix_of};

/// Places whose ids are no secret: menus, slots and ratings of canteens, and what is offered, are open to all; the office names
/// assessors by what it knows.
const OPEN: [(&str, &str); 29] = [
    ("canteen", "id"),
    ("canteenRatings", "canteenId"),
    ("visitRatings", "providerId"),
    ("procurementContractAgree", "input.providerId"),
    ("mealSlots", "canteenId"),
    ("offering", "id"),
    ("serviceOrderQuote", "want.offeringId"),
    ("serviceOrderQuote", "want.wishedCarerId"),
    ("serviceStarts", "want.offeringId"),
    ("serviceStarts", "want.wishedCarerId"),
    ("serviceOrderPlace", "input.want.offeringId"),
    ("serviceOrderPlace", "input.want.wishedCarerId"),
    ("serviceBundlePlace", "input.bundleId"),
    ("serviceBundlePlace", "input.visits.offeringId"),
    ("serviceBundlePlace", "input.wishedCarerId"),
    ("serviceSlotHold", "input.want.offeringId"),
    ("serviceSlotHold", "input.want.wishedCarerId"),
    ("serviceSlotHoldRelease", "input.want.offeringId"),
    ("serviceSlotHoldRelease", "input.want.wishedCarerId"),
    ("assessmentSchedule", "input.firstPersonId"),
    ("assessmentSchedule", "input.secondPersonId"),
    ("assessmentReassign", "input.firstPersonId"),
    ("assessmentReassign", "input.secondPersonId"),
    ("slotHold", "input.slotId"),
    ("slotHoldRelease", "input.slotId"),
    ("mealOrderQuote", "input.slotId"),
    ("mealOrderQuote", "input.items.dishId"),
    ("mealOrderPlace", "input.slotId"),
    ("mealOrderPlace", "input.items.dishId"),
];

/// The whole answer, status in front, with the id in question written as `ID`.
async fn told(world: &World, who: &Person, document: &str, id: &str) -> String {
    let request = world.http.post(format!("{}/graphql", world.base)).bearer_auth(world.fresh_token(who));
    let answer = request.json(&json!({ "query": document })).send().await.unwrap();
    format!("{} {}", answer.status(), answer.text().await.unwrap()).replace(id, "ID")
}

/// The first message on a socket, with the id in question written as `ID`.
async fn told_live(world: &World, who: &Person, document: &str, id: &str) -> String {
    let mut live = world.live(who).await;
    live.subscribe("1", document, json!({})).await;
    live.next().await.to_string().replace(id, "ID")
}

fn is_allowed(root: Root<'_>, view: &View) -> bool {
    let row = TABLE.iter().find(|row| (row.0, row.1) == (root.kind, root.field.name.node.as_str())).unwrap();
    view.roles.iter().any(|role| may(row, role))
}

/// A call of the field in which `place` holds `id` and every other place what the person may use.
fn call(contract: &Contract, root: Root<'_>, view: &View, (place, id): (&str, &str)) -> String {
    let document = contract.call(root, &|at: &str| {
        if at == place {
            return id.to_owned();
        }
        let prefix = prefix_of(&root.field.name.node, at);
        view.own.get(prefix.as_str()).unwrap_or_else(|| panic!("{} has no {prefix}", view.title)).clone()
    });
    // At the counter a card that is not known ends the sale before the dishes are looked at.
    document.replace("cardNumber: \"demo\"", &format!("cardNumber: \"CARD-{}\"", view.own["elder"]))
}

/// What the person is told about an id, and about one that is nobody's.
async fn both(
    world: &World,
    contract: &Contract,
    (root, place): (Root<'_>, &str),
    (view, id): (&View, &str),
) -> [String; 2] {
    let nobodys = missing(world, &prefix_of(&root.field.name.node, place));
    let mut answers = Vec::new();
    for id in [id, &nobodys] {
        let document = call(contract, root, view, (place, id));
        answers.push(match root.kind {
            "subscription" => told_live(world, &view.person, &document, id).await,
            _ => told(world, &view.person, &document, id).await,
        });
    }
    answers.try_into().unwrap()
}

/// Why a stranger can tell the difference; `None` when he cannot.
async fn compare(
    world: &World,
    contract: &Contract,
    spot: (Root<'_>, &str),
    (view, id): (&View, &str),
) -> Option<String> {
    let [theirs, nobodys] = both(world, contract, spot, (view, id)).await;
    let is_sound = spot.0.kind == "subscription" || !nobodys.contains("\"errors\"");
    if theirs == nobodys && is_sound && !nobodys.contains("INTERNAL") {
        return None;
    }
    let (name, place) = (&spot.0.field.name, spot.1);
    Some(format!("{} asks {name}({place}) for {id}\n  theirs: {theirs}\n  nobody's: {nobodys}", view.title))
}

/// Acts that take others their chance come last.
fn destruction(root: Root<'_>) -> usize {
    let last = [
        "mealOrderCancel",
        "mealOrderWithdraw",
        "carerRefuse",
        "refusedCarers",
        "visitCallOff",
        "serviceOrderCancel",
        "bondScopesChange",
        "canteenDayClose",
        "bondEnd",
        "offeringClose",
        "providerSuspend",
        "providerExit",
    ];
    last.iter().position(|name| *name == root.field.name.node.as_str()).map_or(0, |place| place + 1)
}

/// What the family sees of its own things.
async fn estate_as_seen(world: &World, estate: &Estate) -> Vec<Value> {
    let mut seen = Vec::new();
    for order in &estate.ours["order"] {
        seen.push(world.order(&estate.daughter, order).await);
    }
    seen
}

on_both! {
    async fn a_foreign_id_answers_like_a_missing_one(world: World) {
        let estate = Estate::build(&world).await;
        let contract = Contract::load();
        let (footprint, before) = (world.footprint().await, estate_as_seen(&world, &estate).await);
        let (mut found, mut compared) = (Vec::new(), 0);
        for root in contract.roots() {
            let name = root.field.name.node.as_str();
            for place in contract.id_places(root.field) {
                if OPEN.contains(&(name, place.as_str())) {
                    continue;
                }
                for view in estate.views.iter().filter(|view| is_allowed(root, view)) {
                    for id in &estate.ours[prefix_of(name, &place).as_str()] {
                        found.extend(compare(&world, &contract, (root, &place), (view, id)).await);
                        compared += 1;
                    }
                }
            }
        }
        assert!(found.is_empty(), "{} of {compared} differ\n{}", found.len(), found.join("\n"));
        assert!(compared > 200, "only {compared} compared");
        assert_eq!(estate_as_seen(&world, &estate).await, before);
        assert_eq!(world.footprint().await, footprint, "a stranger has left something behind");
    }

    async fn every_place_that_takes_an_id_tells_its_owner_more(world: World) {
        let estate = Estate::build(&world).await;
        let contract = Contract::load();
        let mut roots = contract.roots();
        roots.sort_by_key(|root| destruction(*root));
        let mut found = Vec::new();
        for root in roots {
            let name = root.field.name.node.as_str();
            for place in contract.id_places(root.field) {
                let (mut is_told, mut last) = (false, String::new());
                for view in estate.owners.iter().filter(|view| is_allowed(root, view)) {
                    for id in &estate.ours[prefix_of(name, &place).as_str()] {
                        let [ours, nobodys] = both(&world, &contract, (root, &place), (view, id)).await;
                        is_told |= ours != nobodys;
                        last = nobodys;
                    }
                }
                if !is_told {
                    found.push(format!("{name}({place}): {last}"));
                }
            }
        }
        assert!(found.is_empty(), "{} calls are refused before they look\n{}", found.len(), found.join("\n"));
    }

    async fn the_family_itself_gets_more_than_a_missing_id_does(world: World) {
        let estate = Estate::build(&world).await;
        for (document, prefix) in [
            ("{ mealOrder(id: \"ID\") { state } }", "order"),
            ("{ mealOrders(elderId: \"ID\") { nodes { state } } }", "elder"),
            ("{ viewer { elder(id: \"ID\") { birthOn } } }", "elder"),
        ] {
            for id in &estate.ours[prefix] {
                let nobodys = missing(&world, prefix);
                let ours = told(&world, &estate.daughter, &document.replace("ID", id), id).await;
                let none = told(&world, &estate.daughter, &document.replace("ID", &nobodys), &nobodys).await;
                assert_ne!(ours, none, "{document}");
                for view in &estate.views {
                    let theirs = told(&world, &view.person, &document.replace("ID", id), id).await;
                    assert_eq!(theirs, none, "{} asks {document}", view.title);
                }
            }
        }
    }

    async fn a_hold_is_of_use_to_its_owner_alone(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 2)).await;
        let (one, other) = (world.elder("王桂芬", "1944-03-01").await, world.elder("李秀英", "1946-03-01").await);
        let (lin, wang) = (world.family_of("daughter1", one).await, world.family_of("daughter2", other).await);
        let hold = |token: Option<&str>, portions: i32| json!({ "slotId": slot.to_string(), "portions": portions, "token": token });
        let held = world.act(&lin, "slotHold", hold(None, 2), "hold { token }").await;
        let token = held["hold"]["token"].as_str().unwrap();
        let mut answers = Vec::new();
        for tried in [token, "ABCDEFGHJKLMNPQR"] {
            let input = json!({ "slotId": slot.to_string(), "token": tried });
            answers.push(world.act(&wang, "slotHoldRelease", input, "released").await);
        }
        assert_eq!(answers[0], answers[1]);
        for tried in [Some(token), Some("ABCDEFGHJKLMNPQR"), None] {
            let payload = world.act(&wang, "slotHold", hold(tried, 1), "hold { token }").await;
            assert_eq!(crate::world::client::refusal(&payload), "SLOT_FULL", "{payload}");
        }
    }
}

#[test]
fn every_nested_field_that_takes_an_id_is_looked_at_here() {
    let contract = Contract::load();
    let roots = ["Query", "Mutation", "Subscription"];
    let mut found = Vec::new();
    for ty in contract.types().filter(|ty| !roots.contains(&ty.name.node.as_str())) {
        for field in contract.fields(&ty.name.node) {
            let takes = field.arguments.iter().any(|argument| named(&argument.node.ty.node) == "ID");
            found.extend(takes.then(|| format!("{}.{}", ty.name, field.name)));
        }
    }
    assert_eq!(
        found,
        ["Viewer.elder"],
        "a new one belongs in `the_family_itself_gets_more_than_a_missing_id_does`"
    );
}
