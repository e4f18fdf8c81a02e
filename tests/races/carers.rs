//! Many families at once for few carers: no carer is in two places, nobody is left out who could have come.

use futures_util::{StreamExt as _, stream};
use serde_json::json;

use crate::on_both;
use crate::world::World;
use crate::world::care::{Kind, PLAIN, visit_input};
use crate::world::client::refusal;

/// Bookings on their way at once.
const AT_ONCE: usize = 250;

async fn rush(world: &World, orders: usize, carers: usize, needed: (i16, i16)) -> usize {
    world.at("2026-06-01 10:00").await;
    let agency = world.agency().await;
    for number in 0..carers {
        let kind = Kind { is_certified: number % 2 == 0, buffer_min: 15, ..PLAIN };
        world.ready_carer(agency, &format!("护理员{number}"), &["cleaning_help"], kind).await;
    }
    let offering = world.visit_offering(agency, "cleaning_help", (8_000, 60), needed).await;
    // Each visit is for another elder: nobody has the same service twice at a time.
    let families = world.crowd(25, orders.div_ceil(25)).await;
    // One afternoon: 13:00, 13:15 … 16:45.
    let ask = |number: usize| {
        let family = &families[number % families.len()];
        let elder = family.elders[number / families.len()];
        let minute = 13 * 60 + number % 16 * 15;
        let starts_at = format!("2026-06-04 {:02}:{:02}", minute / 60, minute % 60);
        let input = visit_input(&format!("{number}"), elder, offering, &starts_at);
        async move {
            // A late or lost answer is asked for again with its key, as a client does.
            for _ in 0..20 {
                let document = "mutation($input: ServiceOrderPlaceInput!) { serviceOrderPlace(input: $input) { \
                    order { id } userErrors { code } } }";
                let asked = world.try_ask(Some(&family.person), document, json!({ "input": input })).await;
                let Ok(answer) = asked else { continue };
                let payload = &answer["data"]["serviceOrderPlace"];
                if payload.is_object() {
                    return refusal(payload).to_owned();
                }
            }
            "(no answer)".to_owned()
        }
    };
    let answers: Vec<String> = stream::iter((0..orders).map(ask)).buffer_unordered(AT_ONCE).collect().await;
    let placed = answers.iter().filter(|code| code.is_empty()).count();
    let others: Vec<_> = answers.iter().filter(|code| !code.is_empty() && *code != "NOBODY_FREE").collect();
    assert!(others.is_empty(), "{others:?}");
    let rows = world.number("count(*) FROM service_order").await;
    assert_eq!(
        usize::try_from(rows).unwrap(),
        placed,
        "an order without an answer, or an answer without an order"
    );
    let (seats, _) = needed;
    let cells = i64::try_from(placed).unwrap() * i64::from(seats) * 5;
    assert_eq!(world.number("count(*) FROM carer_time").await, cells, "an hour and its way for each seat");
    let parts = world.number("count(*) FROM assignment WHERE state = 'RESERVED'").await;
    assert_eq!(parts, i64::try_from(placed).unwrap() * i64::from(seats));
    world.assert_carers_are_in_one_place().await;
    // Every start was asked for more often than there are carers: nothing that could be sold is left.
    let want = json!({ "elderId": families[0].elders[0].to_string(), "offeringId": offering.to_string() });
    let document = "query($want: ServiceWantInput!) { serviceStarts(want: $want, visitOn: \"2026-06-04\") { startsAt } }";
    let left = world.data(&families[0].person, document, json!({ "want": want })).await;
    let starts = left["serviceStarts"]["startsAt"].as_array().unwrap().clone();
    let of_the_afternoon = |at: &&serde_json::Value| {
        let at = at.as_str().unwrap();
        ("2026-06-04T05:00:00Z".."2026-06-04T09:00:00Z").contains(&at)
    };
    assert_eq!(starts.iter().filter(of_the_afternoon).count(), 0, "{starts:?}");
    placed
}

/// Everybody holds at once; how many got a hold. Then those who got one book with it.
async fn hold_rush(world: &World, (families, carers): (usize, usize), needed: (i16, i16)) -> usize {
    world.at("2026-06-01 10:00").await;
    let agency = world.agency().await;
    for number in 0..carers {
        let kind = Kind { is_certified: number % 2 == 0, ..PLAIN };
        world.ready_carer(agency, &format!("护理员{number}"), &["cleaning_help"], kind).await;
    }
    let offering = world.visit_offering(agency, "cleaning_help", (8_000, 60), needed).await;
    let families = world.crowd(families, 1).await;
    let ask = async |number: usize| {
        let family = &families[number];
        let mut input = visit_input(&format!("{number}"), family.elders[0], offering, "2026-06-04 13:00");
        input.as_object_mut().unwrap().remove("requestKey");
        let payload = world.act(&family.person, "serviceSlotHold", input, "hold { token }").await;
        assert!(["", "NOBODY_FREE"].contains(&refusal(&payload)), "{payload}");
        payload["hold"]["token"].as_str().map(|token| (number, token.to_owned()))
    };
    let held: Vec<_> = stream::iter((0..families.len()).map(ask)).buffer_unordered(AT_ONCE).collect().await;
    let held: Vec<(usize, String)> = held.into_iter().flatten().collect();
    assert_eq!(world.number("count(*) FROM carer_time").await, 0, "a hold is no booking");
    let book = async |number: usize, token: Option<&str>| {
        let family = &families[number];
        let mut input = visit_input(&format!("{number}"), family.elders[0], offering, "2026-06-04 13:00");
        input["holdToken"] = json!(token);
        let payload = world.act(&family.person, "serviceOrderPlace", input, "order { id }").await;
        refusal(&payload).to_owned()
    };
    let without = (0..families.len()).find(|number| !held.iter().any(|(other, _)| other == number));
    assert_eq!(book(without.unwrap(), None).await, "NOBODY_FREE", "others hold them all");
    for (number, token) in &held {
        assert_eq!(book(*number, Some(token)).await, "", "who holds them can book");
    }
    world.assert_carers_are_in_one_place().await;
    held.len()
}

on_both! {
    async fn a_thousand_bookings_in_a_rush_for_ten_carers_of_an_afternoon_never_overlap(world: World) {
        let placed = rush(&world, 1_000, 10, (1, 0)).await;
        // Four hours of starts and 75 minutes a visit: four visits a carer when they lie well, two when they do not.
        assert!((20..=40).contains(&placed), "{placed}");
    }

    async fn five_hundred_pairs_in_a_rush_for_six_carers_come_together_or_not_at_all(world: World) {
        let placed = rush(&world, 500, 6, (2, 1)).await;
        assert!((6..=12).contains(&placed), "{placed}");
    }

    async fn a_hundred_holds_on_ten_carers_are_ten(world: World) {
        assert_eq!(hold_rush(&world, (100, 10), (1, 0)).await, 10);
    }

    async fn forty_holds_of_pairs_on_six_carers_are_three(world: World) {
        assert_eq!(hold_rush(&world, (40, 6), (2, 1)).await, 3);
    }
}
