//! Payments that meet the end of a hold, a cancellation, or another cancellation.

use std::collections::BTreeMap;

use entities::enums::{AttemptState, MealState};
use entities::payment_attempt;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use nuanyang::jobs;
use nuanyang::kit::ids::{OrderId, SlotId};
use sea_orm::EntityTrait as _;
use serde_json::json;

use crate::on_both;
use crate::world::World;
use crate::world::client::Person;
use crate::world::place::{Canteen, order_input};

/// Orders of one family, each with a payment that has begun: order and trade number.
async fn begun(
    world: &World,
    (canteen, slot): (&Canteen, SlotId),
    count: usize,
) -> (Person, Vec<(String, String)>) {
    let mut crowd = world.crowd(1, count).await;
    let family = crowd.remove(0);
    world.at("2026-06-04 20:00").await;
    let begin = family.elders.iter().enumerate().map(|(number, elder)| {
        let input = order_input(&number.to_string(), *elder, slot, ("DINE_IN", canteen.lunch));
        let person = &family.person;
        async move {
            let placed = world.place(person, input).await;
            let id = placed["order"]["id"].as_str().unwrap().to_owned();
            let trade = world.start_payment(person, &id).await.unwrap();
            (id, trade)
        }
    });
    let orders = stream::iter(begin).buffer_unordered(8).collect().await;
    (family.person, orders)
}

/// How many orders of the slot ended in which state, with which states of their attempts.
async fn endings(world: &World, slot: SlotId) -> BTreeMap<(MealState, AttemptState), usize> {
    let attempts = payment_attempt::Entity::find().all(world.app.db.write()).await.unwrap();
    let mut counts = BTreeMap::new();
    for order in world.orders_of(slot).await {
        let own: Vec<_> = attempts.iter().filter(|attempt| attempt.order_id == order.id).collect();
        assert_eq!(own.len(), 1, "one attempt for {}", order.id);
        *counts.entry((order.state, own[0].state)).or_insert(0) += 1;
    }
    counts
}

on_both! {
    async fn payments_in_a_rush_at_the_end_of_the_hold_end_as_seat_and_paid_or_as_refunded(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 400)).await;
        let (person, orders) = begun(&world, (&canteen, slot), 200).await;
        // Here the hold is over, at the platform it has a second left: the payment and the time-out meet.
        let until = world.orders_of(slot).await[0].pay_before.unwrap();
        world.sim_post("/sim/clock", &json!({ "at": until.timestamp() - 1 })).await;
        world.app.clock.set(until);
        let pay = async {
            for group in orders.chunks(10) {
                join_all(group.iter().map(|(_, trade)| world.press(&person, trade, "ok"))).await;
                world.deliver().await;
            }
        };
        let expire = async {
            while jobs::step(&world.app).await.unwrap() > 0 {}
        };
        tokio::join!(expire, pay);
        world.rest().await;

        let endings = endings(&world, slot).await;
        use {AttemptState as A, MealState as S};
        let known = [(S::Confirmed, A::Paid), (S::Expired, A::Closed), (S::Expired, A::LatePaid)];
        assert!(endings.keys().all(|ending| known.contains(ending)), "{endings:?}");
        assert_eq!(endings.values().sum::<usize>(), 200);
        let confirmed = endings.get(&(S::Confirmed, A::Paid)).copied().unwrap_or(0);
        assert!((1..200).contains(&confirmed), "both sides won sometimes: {endings:?}");
        assert_eq!(world.assert_seats(slot).await, i32::try_from(confirmed).unwrap());
        world.assert_money().await;
    }

    async fn in_two_hundred_races_of_cancel_against_pay_no_money_is_kept(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 400)).await;
        let (person, orders) = begun(&world, (&canteen, slot), 200).await;
        let races = orders.iter().enumerate().map(|(number, (order, trade))| {
            let (world, person) = (&world, &person);
            async move {
                let pay = async {
                    let pressed = world.press(person, trade, "ok").await;
                    world.deliver().await;
                    pressed
                };
                let cancel = async {
                    // Sometimes a little later, so that each of the two comes first.
                    tokio::time::sleep(std::time::Duration::from_millis(number as u64 % 8 * 5)).await;
                    let cancelled = world.call_off(person, order).await;
                    jobs::step(&world.app).await.unwrap();
                    cancelled
                };
                let (pressed, cancelled) = tokio::join!(pay, cancel);
                assert_eq!(cancelled, "CANCELLED");
                pressed
            }
        });
        let pressed: Vec<String> = stream::iter(races).buffer_unordered(8).collect().await;
        let paid = pressed.iter().filter(|result| *result == "ok").count();
        assert!(pressed.iter().all(|result| result == "ok" || result == "ORDER_CLOSED"), "{pressed:?}");
        assert!(paid > 20, "the payment came first only {paid} times");
        world.rest().await;
        let ledger = world.sim_get("/sim/ledger").await;
        assert_eq!(ledger["paid_total_fen"].as_i64(), Some(i64::try_from(paid).unwrap() * 900));
        assert_eq!(ledger["refunded_total_fen"], ledger["paid_total_fen"]);
        assert_eq!(world.assert_seats(slot).await, 0);
        world.assert_money().await;
    }

    async fn cancelled_fifty_times_at_once_a_paid_meal_is_refunded_once(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 40)).await;
        let (person, orders) = begun(&world, (&canteen, slot), 1).await;
        let id = &orders[0].0;
        world.pay(&person, id).await;
        assert_eq!(world.state(&person, id).await, "CONFIRMED");
        let cancels = join_all((0..50).map(|_| world.call_off(&person, id))).await;
        assert_eq!(cancels, vec!["CANCELLED"; 50]);
        world.rest().await;
        assert_eq!(world.order(&person, id).await["refunds"], json!([{ "state": "SUCCESS", "amountFen": 900 }]));
        let refunds = nuanyang::money::store::refund::of_order(world.app.db.write(), id.parse::<OrderId>().unwrap());
        assert_eq!(refunds.await.unwrap().len(), 1);
        assert_eq!(world.sim_get("/sim/ledger").await["refunded_total_fen"], 900);
        assert_eq!(world.number("count(*) FROM event WHERE name = 'cancel'").await, 1);
        assert_eq!(world.assert_seats(slot).await, 0);
        world.assert_money().await;
    }
}
