//! Everybody at once, and the same people one by one, against the second reading of the files.

use chrono::NaiveDate;
use nuanyang::kit::ids::ElderId;
use nuanyang::rights::service::entitlement::{self, Run};
use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use serde_json::json;

use super::second::{Person, Said};
use crate::on_both;
use crate::world::population::{draw, write};

const ITEMS: &str = "query($elder: ID!, $day: Date!) { entitlements(elderId: $elder, countsOn: $day) { \
    programmeCode itemNo outcome amountFen reasons { isFitting sentence } missing { code } sentence } }";

on_both! {
    async fn a_hundred_of_a_thousand_made_up_elders_are_judged_alike_by_a_second_evaluator(world: World) {
        let on: NaiveDate = "2026-06-01".parse().unwrap();
        let people = draw(20_260_601, 1_000, on, || world.app.ids.next());
        let assessor = world.person_id("assessor9").await;
        write(&world.app, &people, assessor).await.unwrap();
        let officer = world.officer("officer1", "53").await;
        let mut dice = rand::rngs::StdRng::seed_from_u64(7);
        let (mut outcomes, mut compared) = (std::collections::BTreeMap::new(), 0);
        for made in people.choose_multiple(&mut dice, 100) {
            let day = json!({ "elder": ElderId(made.id).to_string(), "day": "2026-06-01" });
            let answer = world.data(&officer, ITEMS, day).await;
            let told = answer["entitlements"].as_array().unwrap();
            let wanted = Person::of(made, on).verdicts();
            assert_eq!(told.len(), wanted.len());
            for (one, (code, no, outcome, fen)) in told.iter().zip(wanted) {
                let own = (&one["programmeCode"], &one["itemNo"], &one["outcome"], one["amountFen"].as_i64());
                assert_eq!(own, (&json!(code), &json!(no), &json!(outcome), fen), "{made:?}\n{one}");
                let is_open = !one["missing"].as_array().unwrap().is_empty();
                assert!(outcome != "UNDECIDED" || is_open, "{made:?}\n{one}");
                *outcomes.entry(outcome).or_insert(0) += 1;
                compared += 1;
            }
        }
        assert_eq!(compared, 3_300);
        assert!(outcomes.len() == 3 && outcomes.values().all(|count| *count > 300), "{outcomes:?}");
    }

    async fn a_run_over_everybody_counts_what_a_second_evaluator_counts(world: World) {
        let on: NaiveDate = "2026-06-15".parse().unwrap();
        let people = draw(41, 2_600, on, || world.app.ids.next());
        let assessor = world.person_id("assessor9").await;
        write(&world.app, &people, assessor).await.unwrap();
        let run = |region: &str, programmes: &[&str]| Run {
            programmes: programmes.iter().map(|code| (*code).to_owned()).collect(),
            region: region.to_owned(),
            on,
        };
        for (region, programmes) in [("", &[][..]), ("530115", &["jinning_basic_service_list"][..])] {
            let seen: Vec<_> = people.iter().filter(|made| made.region.starts_with(region)).collect();
            let said: Vec<Said> = seen.iter().flat_map(|made| Person::of(made, on).verdicts()).collect();
            let mut progress = Vec::new();
            let asked = run(region, programmes);
            let tallies = entitlement::run(&world.app, &asked, |count| progress.push(count)).await.unwrap();
            assert_eq!(progress.last().copied(), u64::try_from(seen.len()).ok(), "{progress:?}");
            assert_eq!(tallies.len(), if programmes.is_empty() { 33 } else { 30 });
            for tally in tallies {
                let own = said.iter().filter(|(code, no, ..)| {
                    *code == tally.programme.code && *no == u64::from(tally.item.no)
                });
                let own: Vec<_> = own.collect();
                let count = |wanted| own.iter().filter(|(.., outcome, _)| *outcome == wanted).count() as u64;
                let fen: i64 = own.iter().filter_map(|(.., fen)| *fen).sum();
                let told = (tally.entitled, tally.open, tally.fen);
                assert_eq!(told, (count("ENTITLED"), count("UNDECIDED"), fen), "{}", tally.item.name);
                assert_eq!(tally.unused, if tally.item.is_applied_for { tally.entitled } else { 0 });
            }
        }
    }
}
