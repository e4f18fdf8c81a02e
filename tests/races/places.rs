//! Seats under many hands: rounds, churn, a capacity that shrinks, a seat cancelled and asked for at once.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use nuanyang::kit::ids::{ElderId, SlotId};
use nuanyang::slots::store::change_capacity;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::on_both;
use crate::world::client::{Person, refusal};
use crate::world::place::{Canteen, order_input};
use crate::world::{Backend, World};

/// Books; the id of the order when there is one, else the refusal.
async fn book(
    world: &World,
    person: &Person,
    (elder, slot): (ElderId, SlotId),
    (canteen, key): (&Canteen, &str),
) -> Result<String, String> {
    let payload = world.place(person, order_input(key, elder, slot, ("DINE_IN", canteen.lunch))).await;
    match payload["order"]["id"].as_str() {
        Some(id) => Ok(id.to_owned()),
        None => Err(refusal(&payload).to_owned()),
    }
}

on_both! {
    async fn five_hundred_clients_in_a_rush_for_twenty_seats_twenty_win_round_after_round(world: World) {
        let canteen = world.canteen().await;
        let crowd = world.crowd(25, 20).await;
        for round in 5..9 {
            let slot = world.lunch(&canteen, &format!("2026-06-0{round}"), (1, 20)).await;
            let asks = crowd.iter().flat_map(|family| {
                let (world, canteen) = (&world, &canteen);
                family.elders.iter().map(move |elder| async move {
                    let key = format!("{round}{}", &elder.to_string()[4..]);
                    book(world, &family.person, (*elder, slot), (canteen, &key)).await
                })
            });
            let answers = join_all(asks).await;
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for answer in answers {
                *counts.entry(answer.map_or_else(|code| code, |_| "won".to_owned())).or_default() += 1;
            }
            assert_eq!(counts, BTreeMap::from([("won".to_owned(), 20), ("SLOT_FULL".to_owned(), 480)]));
            assert_eq!(world.assert_seats(slot).await, 20);
        }
    }

    async fn fifty_clients_in_a_rush_book_and_cancel_and_the_seats_add_up(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 20)).await;
        let crowd = world.crowd(50, 1).await;
        world.at("2026-06-04 20:00").await;
        let churn = crowd.iter().enumerate().map(|(number, family)| {
            let (world, canteen) = (&world, &canteen);
            async move {
                let mut dice = StdRng::seed_from_u64(u64::try_from(number).unwrap());
                let mut mine: Vec<String> = Vec::new();
                let mut counts = (0, 0);
                for turn in 0..20 {
                    if !mine.is_empty() && dice.random_range(0..2) == 0 {
                        let id = mine.swap_remove(dice.random_range(0..mine.len()));
                        assert_eq!(world.call_off(&family.person, &id).await, "CANCELLED");
                        counts.1 += 1;
                        continue;
                    }
                    let key = format!("churn{number}x{turn}");
                    match book(world, &family.person, (family.elders[0], slot), (canteen, &key)).await {
                        Ok(id) => {
                            mine.push(id);
                            counts.0 += 1;
                        }
                        Err(code) => assert_eq!(code, "SLOT_FULL"),
                    }
                }
                (mine.len(), counts)
            }
        });
        let ledgers = join_all(churn).await;
        let live: usize = ledgers.iter().map(|(live, _)| live).sum();
        let (booked, cancelled) = ledgers.iter().fold((0, 0), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
        assert_eq!(booked - cancelled, live);
        assert_eq!(world.assert_seats(slot).await, i32::try_from(live).unwrap());
        assert_eq!(world.orders_of(slot).await.len(), booked);
        assert!(cancelled > 50, "only {cancelled} were cancelled");
    }

    async fn while_a_rush_sells_a_shrinking_capacity_is_never_passed(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 200)).await;
        let crowd = world.crowd(20, 15).await;
        world.at("2026-06-04 20:00").await;
        let pairs = crowd.iter().flat_map(|family| family.elders.iter().map(move |elder| (family, *elder)));
        let sell = stream::iter(pairs)
            .map(|(family, elder)| {
                let (world, canteen) = (&world, &canteen);
                let key = elder.to_string()[4..].to_owned();
                async move { book(world, &family.person, (elder, slot), (canteen, &key)).await }
            })
            .buffer_unordered(50)
            .collect::<Vec<_>>();
        let shrink = async {
            let mut granted = 200;
            for capacity in (20..200).rev().step_by(6) {
                if change_capacity(world.app.db.write(), slot, capacity).await.unwrap() {
                    granted = capacity;
                }
                let (taken, capacity) = world.seats(slot).await;
                assert_eq!(capacity, granted, "only a change that was granted counts");
                assert!(taken <= capacity, "{taken} of {capacity}");
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            granted
        };
        let (answers, granted) = tokio::join!(sell, shrink);
        let sold = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(answers.iter().flat_map(|answer| answer.as_ref().err()).all(|code| code == "SLOT_FULL"));
        assert!(granted < 200, "the capacity never shrank");
        assert_eq!(world.assert_seats(slot).await, i32::try_from(sold).unwrap());
        assert_eq!(sold, usize::try_from(granted).unwrap(), "300 asked: what was left was sold");
    }

    async fn a_meal_cancelled_repeated_and_asked_for_again_in_one_rush_locks_nobody_out(world: World) {
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (1, 200)).await;
        let crowd = world.crowd(40, 1).await;
        world.at("2026-06-04 20:00").await;
        let stories = crowd.iter().enumerate().map(|(number, family)| {
            let (world, canteen) = (&world, &canteen);
            async move {
                let pair = (family.elders[0], slot);
                let mut key = format!("first{number}");
                let mut mine = book(world, &family.person, pair, (canteen, &key)).await.unwrap();
                for turn in 0..6 {
                    let next = format!("again{number}x{turn}");
                    let (off, repeated, again) = tokio::join!(
                        world.call_off(&family.person, &mine),
                        book(world, &family.person, pair, (canteen, &key)),
                        book(world, &family.person, pair, (canteen, &next)),
                    );
                    assert_eq!((off.as_str(), repeated), ("CANCELLED", Ok(mine)));
                    (key, mine) = match again {
                        Ok(id) => (next, id),
                        // The subsidy was still with the meal that was just being cancelled.
                        Err(code) => {
                            assert_eq!(code, "PRICE_CHANGED");
                            let after = format!("after{number}x{turn}");
                            let id = book(world, &family.person, pair, (canteen, &after)).await.unwrap();
                            (after, id)
                        }
                    };
                }
            }
        });
        join_all(stories).await;
        assert_eq!(world.assert_seats(slot).await, 40);
        if world.backend == Backend::Postgres {
            // A deadlock that PostgreSQL resolves costs everybody a second; the figure is told at most a second late.
            tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
            let resolved = world.number("deadlocks FROM pg_stat_database WHERE datname = current_database()").await;
            assert_eq!(resolved, 0, "deadlocks");
        }
    }
}
