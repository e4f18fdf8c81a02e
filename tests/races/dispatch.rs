//! A whole day in one process: two hundred carers, two thousand visits, and carers who say no or nothing.

use std::collections::HashMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use nuanyang::dispatch::service::offer::{accept, decline};
use nuanyang::kit::ids::OrderId;
use serde_json::json;

use crate::on_both;
use crate::world::World;
use crate::world::acts::id_of;
use crate::world::care::{Agency, visit_input};
use crate::world::client::refusal;
use crate::world::workday::{self, Asked, Office, start_of};

const PROVIDERS: usize = 10;
const CARERS_EACH: usize = 20;
const VISITS_EACH: usize = 200;
/// Of them, paid with money through the platform; the others cost nothing and are paid when they are placed.
const DEAR_EACH: usize = 10;
/// Of these, for one carer and no other, who will say no.
const WISHES_EACH: usize = 3;
/// Acts on their way at once.
const AT_ONCE: usize = 16;

/// Orders for money, by people who sign in and pay; how many want one carer only.
async fn pay_some(world: &World, offices: &[Office]) -> usize {
    let families = world.crowd(offices.len(), DEAR_EACH).await;
    for (place, (office, family)) in offices.iter().zip(&families).enumerate() {
        let agency = Agency { id: office.provider };
        let offering = world.visit_offering(agency, "cleaning_help", (8_000, 30), (1, 0)).await;
        let carers = &office.carers;
        stream::iter(family.elders.iter().enumerate())
            .for_each_concurrent(AT_ONCE, |(number, elder)| async move {
                let mut input = visit_input(&format!("{number}"), *elder, offering, "2026-06-04 08:00");
                input["startsAt"] = json!(start_of(number, DEAR_EACH).to_rfc3339());
                if number < WISHES_EACH {
                    let carer = nuanyang::kit::ids::CarerId(carers[number]);
                    input["want"]["wishedCarerId"] = json!(carer.to_string());
                }
                let placed = world.act(&family.person, "serviceOrderPlace", input, "order { id }").await;
                assert_eq!(refusal(&placed), "", "{place}/{number}: {placed}");
                world.press_pay(&family.person, &id_of(&placed)).await;
            })
            .await;
    }
    world.deliver().await;
    offices.len() * WISHES_EACH
}

/// Most say yes; a twentieth says no, one in forty says nothing at all, and a few of those asked next say no as well.
async fn answer(world: &World, numbers: &HashMap<OrderId, usize>, asked: Asked) {
    let number = numbers.get(&asked.order).copied();
    let every = |step: usize| number.is_some_and(|number| number.is_multiple_of(step));
    let says_no = asked.is_wished || (asked.asked == 1 && every(20)) || (asked.asked == 2 && every(100));
    if says_no {
        decline(&world.app, &asked.carer, asked.order, "当天有事").await.unwrap();
    } else if !(asked.asked == 1 && every(39)) {
        accept(&world.app, &asked.carer, asked.order).await.unwrap();
    }
}

/// Asks and answers until nobody is asked any more; how many rounds that took.
async fn play(world: &World, numbers: &HashMap<OrderId, usize>) -> usize {
    for round in 0..40 {
        world.work().await;
        let asked = workday::asked(&world.app).await.unwrap();
        if asked.is_empty() {
            return round;
        }
        let before = asked.len();
        stream::iter(asked).for_each_concurrent(AT_ONCE, |one| answer(world, numbers, one)).await;
        if workday::asked(&world.app).await.unwrap().len() == before {
            // Only those are left who say nothing: their ten minutes go by.
            world.pass(601).await;
        }
    }
    panic!("somebody is asked for ever");
}

async fn assert_time_fits_the_visits(world: &World) {
    let taken = "count(*) FROM carer_time";
    let for_nobody = "count(*) FROM carer_time t WHERE NOT EXISTS (SELECT 1 FROM assignment a JOIN service_order o \
        ON o.id = a.order_id WHERE a.order_id = t.order_id AND a.carer_id = t.carer_id AND a.state = 'ACCEPTED' \
        AND o.state = 'ACCEPTED')";
    assert_eq!(world.number(for_nobody).await, 0, "time is taken for nothing");
    let mut cells = 0;
    for minutes in [30, 45] {
        let visits = format!(
            "count(*) FROM assignment a JOIN service_order o ON o.id = a.order_id JOIN offering f ON f.id = o.offering_id \
             WHERE a.state = 'ACCEPTED' AND o.state = 'ACCEPTED' AND f.duration_min = {minutes}"
        );
        // The visit and a quarter for the way.
        cells += world.number(&visits).await * (minutes / 15 + 1);
    }
    assert_eq!(world.number(taken).await, cells, "each visit has its own time, way included");
    world.assert_carers_are_in_one_place().await;
}

async fn a_day(world: World) {
    world.at("2026-06-01 10:00").await;
    let offices = workday::open(&world.app, PROVIDERS, CARERS_EACH).await.unwrap();
    let wishes = pay_some(&world, &offices).await;
    // Each provider books in the order of the day, all providers at once.
    let free_each = VISITS_EACH - DEAR_EACH;
    let booked: Vec<Vec<OrderId>> = stream::iter(&offices)
        .map(|office| {
            let one = |number| workday::book(&world.app, office, (number, free_each));
            stream::iter((0..free_each).map(one)).buffered(1).try_collect()
        })
        .buffer_unordered(PROVIDERS)
        .try_collect()
        .await
        .unwrap();
    let numbers: HashMap<OrderId, usize> = booked.into_iter().flatten().zip(0..).collect();
    let all = i64::try_from(PROVIDERS * VISITS_EACH).unwrap();
    assert_eq!(world.number("count(*) FROM service_order").await, all);
    assert_eq!(world.number("count(*) FROM carer").await, 200);

    let rounds = play(&world, &numbers).await;
    assert!(rounds >= 3, "somebody was asked after a no, and after a silence: {rounds}");
    let accepted = world.number("count(*) FROM service_order WHERE state = 'ACCEPTED'").await;
    let cancelled = world.number("count(*) FROM service_order WHERE state = 'CANCELLED'").await;
    assert_eq!(accepted + cancelled, all, "nobody is left waiting");
    let wishes = i64::try_from(wishes).unwrap();
    let no_others = "count(*) FROM service_order WHERE state = 'CANCELLED' AND wished_carer IS NOT NULL";
    assert_eq!(
        world.number(no_others).await,
        wishes,
        "nobody comes in the place of the one who was wished for"
    );
    assert!(accepted >= all * 9 / 10, "{accepted} of {all} found a carer");
    for (state, least) in [("DECLINED", wishes + 90), ("TIMED_OUT", 40)] {
        let parts = world.number(&format!("count(*) FROM assignment WHERE state = '{state}'")).await;
        assert!(parts >= least, "{parts} {state}");
    }
    let live = "count(*) FROM assignment WHERE state IN ('RESERVED', 'OFFERED', 'ACCEPTED')";
    assert_eq!(world.number(live).await, accepted, "one carer for each visit that takes place");
    assert_time_fits_the_visits(&world).await;
    let without_refund = "count(*) FROM service_order o WHERE o.state = 'CANCELLED' AND o.cash_fen > 0 AND NOT EXISTS \
        (SELECT 1 FROM refund r WHERE r.order_id = o.id AND r.amount_fen = o.cash_fen)";
    assert_eq!(world.number(without_refund).await, 0, "who gets no visit gets the money back");
    let refunds =
        "count(*) FROM refund r JOIN service_order o ON o.id = r.order_id WHERE o.state = 'ACCEPTED'";
    assert_eq!(world.number(refunds).await, 0, "who gets a visit does not");
    // The turn after the ten minutes of the last offers finds nothing to do.
    world.pass(601).await;
    world.work().await;
    assert_eq!(world.number("count(*) FROM due_work WHERE kind = 'dispatch'").await, 0, "no search goes on");
    assert_eq!(
        world.number("count(*) FROM due_work WHERE last_fault IS NOT NULL").await,
        0,
        "nothing stumbled"
    );
    world.rest().await;
    let kept = "coalesce(sum(cash_fen), 0) FROM service_order WHERE state = 'ACCEPTED'";
    assert_eq!(world.balance("wechat").await, world.number(kept).await);
    world.assert_books().await;
}

on_both! {
    async fn two_hundred_carers_share_two_thousand_visits_of_a_day(world: World) {
        a_day(world).await;
    }
}
