//! What is asked of the server, and what pgbench runs beside it.

use super::capture::{Ear, Statement, the_one};
use super::http::Template;
use super::id::{self, CANTEENS, Kind, meal, meal_script, sql, text};
use super::limit::Script;
use super::load::{Load, Turn};
use super::world::{POOL, World};
use crate::{Result, Trouble};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

const SLOTS: &str = "query($canteen: ID!) { mealSlots(canteenId: $canteen, first: 20) { nodes { id servedOn period \
    capacity portionsLeft canteen { id name deliveryFeeFen } dishes { id name priceFen portionGrams } } } }";
const ORDER: &str = "query($id: ID!) { mealOrder(id: $id) { id state \
    items { dishId name quantity isSmall unitPriceFen } elder { id name } canteen { id name } } }";
const PLACE: &str = "mutation($input: MealOrderPlaceInput!) { mealOrderPlace(input: $input) { \
    order { id state dueFen } userErrors { code } } }";
/// Numbers of pgbench's orders for one hot slot, far from all others.
const HOT_BASE: u64 = 10_000_000_000;

/// One comparison.
pub struct Case {
    pub key: &'static str,
    pub title: &'static str,
    pub clients: u64,
    pub load: Load,
    /// Thousandths of the first limit to reach.
    pub aim: Option<u64>,
    /// Whether it writes orders: then rows are counted.
    pub writes: bool,
    pub limits: Vec<Limit>,
}

/// One way to run the same SQL without a server.
pub struct Limit {
    pub title: &'static str,
    pub connections: u64,
    pub script: Script,
    /// First number of a counting script in each round, and how far rounds lie apart.
    pub base: (u64, u64),
}

/// The statements of the server, as it sent them once.
struct Sent {
    slots: Statement,
    menu: Statement,
    order: Statement,
    items: Statement,
    basis: Statement,
    place: Statement,
    place_hot: Statement,
}

/// All cases, in the order of the table.
pub async fn all(world: &World) -> Result<Vec<Case>> {
    let sent = Sent::learn(world).await?;
    let mut cases = trivial();
    cases.push(slots(world, &sent));
    cases.push(order(world, &sent));
    cases.push(place(world, &sent));
    cases.push(hot(world, &sent));
    Ok(cases)
}

impl Sent {
    /// Asks each thing once, looks whether the answer is right, and reads what the server asked PostgreSQL.
    async fn learn(world: &World) -> Result<Self> {
        let mut admin = world.admin().await?;
        let ear = Ear::open(&mut admin).await?;
        let found = world.data(0, SLOTS, &json!({ "canteen": text(Kind::Canteen, 0) })).await?;
        let nodes = found["mealSlots"]["nodes"].as_array().cloned().unwrap_or_default();
        let is_full = |node: &Value| node["dishes"].as_array().is_some_and(|dishes| dishes.len() == 8);
        expect(nodes.len() == 20 && nodes.iter().all(is_full), &found)?;
        let found = world.data(0, ORDER, &json!({ "id": text(Kind::Order, 0) })).await?;
        let order = &found["mealOrder"];
        expect(order["items"].as_array().is_some_and(|items| items.len() == 2), &found)?;
        expect(order["elder"]["id"] == text(Kind::Elder, 0) && order["elder"]["name"].is_string(), &found)?;
        let place = |key: &str, slot: String| input(&format!("learn-{key:0>16}"), 0, &slot, 0);
        let lone = text(Kind::Lone, 8);
        let wanted = json!({ "input": input("learn-0000000000000000", 1, &text(Kind::Slot, 59 * 4), 0) });
        let found = world.data(1, PLACE, &wanted).await?;
        expect(found["mealOrderPlace"]["order"]["state"] == "HELD", &found)?;
        let statements = ear.close(&mut admin).await?;
        // An elder who has his subsidised breakfast pays the next one himself: no unique key is in the way then.
        world.data(0, PLACE, &json!({ "input": place("a", lone.clone()) })).await?;
        let ear = Ear::open(&mut admin).await?;
        world.data(0, PLACE, &json!({ "input": place("b", lone) })).await?;
        let again = ear.close(&mut admin).await?;
        Ok(Self {
            slots: the_one(&statements, "ORDER BY s.starts_at, s.id LIMIT")?,
            menu: the_one(&statements, "FROM menu_dish")?,
            order: the_one(&statements, "FROM meal_order o JOIN elder e")?,
            items: the_one(&statements, "FROM meal_order_item")?,
            basis: the_one(&statements, "has_subsidised_meal")?,
            place: the_one(&statements, "INSERT INTO meal_order ")?,
            place_hot: the_one(&again, "INSERT INTO meal_order ")?,
        })
    }
}

fn expect(is_right: bool, found: &Value) -> Result<()> {
    let trouble = || Trouble::new(format!("the server's answer is not what the bench measures: {found}"));
    if is_right { Ok(()) } else { Err(trouble()) }
}

fn trivial() -> Vec<Case> {
    let one = |key, title, document, marker| {
        let template = Template::new(document, &[]);
        let make = move |_: Turn, out: &mut Vec<u8>| template.write(out, 0, "{}");
        let select = Statement { text: "SELECT 1".to_owned(), values: Vec::new() };
        let limit = Limit {
            title: "SELECT 1",
            connections: POOL,
            script: Script::new("").with(&select, &[]),
            base: (0, 0),
        };
        Case {
            key,
            title,
            clients: 32,
            load: load(make, marker),
            aim: None,
            writes: false,
            limits: vec![limit],
        }
    };
    vec![
        one("a", "{ __typename }", "{ __typename }", "\"__typename\":"),
        one("a2", "{ serviceConfig { depth } }", "{ serviceConfig { depth } }", "\"depth\":"),
    ]
}

fn slots(world: &World, sent: &Sent) -> Case {
    let template = Template::new(SLOTS, &world.tokens);
    let make = move |turn: Turn, out: &mut Vec<u8>| {
        let canteen = text(Kind::Canteen, turn.chance % CANTEENS);
        template.write(out, turn.chance >> 20, &format!("{{\"canteen\":\"{canteen}\"}}"));
    };
    let script = || Script::new(&format!("\\set c random(0, {})\n", CANTEENS - 1));
    let canteen = [(1, sql(Kind::Canteen, "c"))];
    let limit = |title, script| Limit { title, connections: POOL, script, base: (0, 0) };
    Case {
        key: "b",
        title: "20 slots, canteen, 8 dishes each",
        clients: 32,
        load: load(make, "\"nodes\":[{\"id\""),
        aim: Some(450),
        writes: false,
        limits: vec![
            limit("slots statement", script().with(&sent.slots, &canteen)),
            limit("slots + menu statement", script().with(&sent.slots, &canteen).with(&sent.menu, &canteen)),
        ],
    }
}

fn order(world: &World, sent: &Sent) -> Case {
    let template = Template::new(ORDER, &world.tokens);
    let size = world.size;
    let make = move |turn: Turn, out: &mut Vec<u8>| {
        let order = turn.chance % size.orders;
        let variables = format!("{{\"id\":\"{}\"}}", text(Kind::Order, order));
        template.write(out, order % size.elders % size.viewers, &variables);
    };
    let settings =
        format!("\\set n random(0, {})\n\\set v :n % {} % {}\n", size.orders - 1, size.elders, size.viewers);
    let id = sql(Kind::Order, "n");
    let script = Script::new(&settings)
        .with(&sent.order, &[(1, person(world)), (3, id.clone())])
        .with(&sent.items, &[(1, id)]);
    Case {
        key: "c",
        title: "one order, items, elder, canteen",
        clients: 32,
        load: load(make, "\"mealOrder\":{\"id\""),
        aim: Some(500),
        writes: false,
        limits: vec![Limit { title: "the same two statements", connections: POOL, script, base: (0, 0) }],
    }
}

fn place(world: &World, sent: &Sent) -> Case {
    let template = Template::new(PLACE, &world.tokens);
    let size = world.size;
    let make = move |turn: Turn, out: &mut Vec<u8>| {
        let meal = meal(turn.serial, size.elders);
        let key = format!("bench-d-{:016}", turn.serial);
        let input = input(&key, meal.elder, &text(Kind::Slot, meal.slot), meal.canteen);
        template.write(out, meal.elder % size.viewers, &format!("{{\"input\":{input}}}"));
    };
    let settings = format!("{}{}\\set v :e % {}\n", COUNT, meal_script(size.elders), size.viewers);
    let slot = sql(Kind::Slot, "s");
    let basis = [(1, person(world)), (3, sql(Kind::Elder, "e")), (4, slot.clone())];
    let instead = placing(world, &slot);
    // Both limits of each round begin in a part of their own of all meals there are.
    let part = id::MEALS * size.elders / (2 * u64::from(size.rounds));
    let both = Script::new(&settings).with(&sent.basis, &basis).with(&sent.place, &instead);
    let alone = Script::new(&settings).with(&sent.place, &instead);
    Case {
        key: "d",
        title: "place an order, distinct slots",
        clients: 64,
        load: load(make, "\"order\":{"),
        aim: Some(900),
        writes: true,
        limits: vec![
            Limit { title: "basis + place statement", connections: 64, script: both, base: (0, 2 * part) },
            Limit { title: "place statement alone", connections: 64, script: alone, base: (part, 2 * part) },
        ],
    }
}

fn hot(world: &World, sent: &Sent) -> Case {
    let template = Template::new(PLACE, &world.tokens);
    let size = world.size;
    let lone = text(Kind::Lone, 0);
    let make = move |turn: Turn, out: &mut Vec<u8>| {
        let elder = turn.serial % size.elders;
        let input = input(&format!("bench-h-{:016}", turn.serial), elder, &lone, 0);
        template.write(out, elder % size.viewers, &format!("{{\"input\":{input}}}"));
    };
    let settings = format!(
        "{}\\set e :n % {}\n\\set v :e % {}\n\\set c 0\n\\set h 0\n",
        COUNT, size.elders, size.viewers
    );
    let slot = sql(Kind::Lone, "h");
    let script = Script::new(&settings)
        .with(&sent.basis, &[(1, person(world)), (3, sql(Kind::Elder, "e")), (4, slot.clone())])
        .with(&sent.place_hot, &placing(world, &slot));
    Case {
        key: "hot",
        title: "place an order, one hot slot",
        clients: 64,
        load: load(make, "\"order\":{"),
        aim: Some(3_000),
        writes: true,
        limits: vec![Limit {
            title: "basis + place, the same slot",
            connections: 64,
            script,
            base: (HOT_BASE, HOT_BASE),
        }],
    }
}

/// Gives `n` a value of its own in every transaction of every client.
const COUNT: &str = "\\set i :i + 1\n\\set n :base + :i * :clients + :client_id\n";

/// Expressions for the places of the statement that admits orders; the numbers are those of PLACE_GROUP.
fn placing(world: &World, slot: &str) -> Vec<(usize, String)> {
    let order = sql(Kind::LimitOrder, "n");
    let dish = "((:c::bigint) * 8)".to_owned();
    let dish = sql(Kind::Dish, "x").replace(":x::bigint", &dish);
    let array = |place: usize, expression: &str| (place, format!("ARRAY[{expression}]"));
    vec![
        array(1, &order),
        array(2, slot),
        array(6, &person(world)),
        array(7, "'limit-' || lpad(:n::text, 16, '0')"),
        array(9, &sql(Kind::Elder, "e")),
        array(22, &sql(Kind::LimitEvent, "n")),
        array(23, &sql(Kind::LimitWork, "n")),
        array(27, &order),
        array(29, &dish),
    ]
}

/// The person number `v`.
fn person(world: &World) -> String {
    format!("('{{{}}}'::uuid[])[:v::integer + 1]", world.persons.join(","))
}

fn load(make: impl Fn(Turn, &mut Vec<u8>) + Send + Sync + 'static, marker: &'static str) -> Load {
    Load { make: Arc::new(make), marker, serial: Arc::new(AtomicU64::new(2)) }
}

/// Input of `mealOrderPlace`: one set meal, fetched by the family.
pub fn input(key: &str, elder: u64, slot: &str, canteen: u64) -> Value {
    json!({
        "requestKey": key, "elderId": text(Kind::Elder, elder), "slotId": slot, "way": "PICK_UP",
        "items": [{ "dishId": text(Kind::Dish, canteen * 8) }],
    })
}

/// The mutation that places orders.
pub const fn place_document() -> &'static str {
    PLACE
}
