//! Story S3: the district buys services for a year. 197 people, 2,359 vouchers, 314,100.00 yuan, to the fen.

use entities::enums::{Channel, MealPeriod, MealState, MealWay};
use entities::{meal_order, voucher_grant};
use nuanyang::kit::fen::Fen;
use nuanyang::kit::ids::{ElderId, SlotId};
use nuanyang::money::rules::voucher::month_of;
use nuanyang::money::rules::{Posting, Publics, Split};
use nuanyang::money::service::voucher::month::walk;
use nuanyang::money::store::ledger;
use nuanyang::money::store::voucher::{self, Taking};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::on_both;
use crate::world::World;
use crate::world::client::Person;
use crate::world::place::Canteen;
use crate::world::voucher::{ACCOUNT, GUANDU};

/// How many people, born when, of whom is known what; the first month and the last. A year of 2027.
const ROSTER: [(usize, &str, &str, [&str; 2]); 4] = [
    (12, "1925-03-01", "{}", ["2027-01-01", "2027-12-01"]),
    (
        40,
        "1950-03-01",
        r#"{"children_in_city_caring":false,"disability_grade":1}"#,
        ["2027-01-01", "2027-12-01"],
    ),
    (144, "1944-03-01", r#"{"household_type":"empty_nest"}"#, ["2027-01-01", "2027-12-01"]),
    (1, "1926-03-01", "{}", ["2027-06-01", "2027-12-01"]),
];

async fn roster(world: &World) -> Vec<ElderId> {
    let mut people = Vec::new();
    for (count, birth_on, facts, [from, until]) in ROSTER {
        let facts: Value = serde_json::from_str(facts).unwrap();
        for _ in 0..count {
            let elder = world.elder("演示老人", birth_on).await;
            world.enrolled(elder, &facts, (from, Some(until))).await;
            people.push(elder);
        }
    }
    people
}

async fn again(world: &World, officer: &Person) -> Value {
    let month = month_of(world.app.clock.today()).to_string();
    let input = json!({ "programme": GUANDU, "monthOn": month });
    world.act(officer, "voucherMonthIssue", input, "run { grants grantedFen finishedAt }").await["run"]
        .clone()
}

/// A meal of a voucher's whole amount, eaten.
fn eaten(
    canteen: &Canteen,
    slot: SlotId,
    (id, officer): (Uuid, &Person),
    grant: &voucher_grant::Model,
) -> meal_order::Model {
    meal_order::Model {
        id,
        placed_by: officer.said.person.0,
        request_key: id.to_string(),
        request_fingerprint: String::new(),
        elder_id: grant.elder_id,
        canteen_id: canteen.id.0,
        slot_id: slot.0,
        served_on: grant.month_on,
        period: MealPeriod::Lunch,
        way: MealWay::DineIn,
        channel: Channel::Desk,
        state: MealState::Served,
        version: 0,
        portions: 1,
        list_fen: grant.granted_fen,
        delivery_fen: 0,
        subsidy_fen: 0,
        voucher_fen: grant.granted_fen,
        cash_fen: 0,
        subsidy_rule: None,
        voucher_rule: Some(format!("{GUANDU}@{}", grant.month_on.format("%Y-%m"))),
        has_live_subsidy: false,
        serving_code: "000000".to_owned(),
        note_sealed: None,
        pay_before: None,
        created_at: grant.issued_at,
        ended_at: Some(grant.issued_at),
        taken_back_at: None,
        taken_back_reason: None,
    }
}

/// Every voucher of the month pays one meal of its whole amount.
async fn all_redeemed(world: &World, (canteen, slot): (&Canteen, SlotId), officer: &Person) {
    let provider = canteen.provider;
    let (month_on, now) = (month_of(world.app.clock.today()), world.app.clock.now());
    let find = voucher_grant::Entity::find().filter(voucher_grant::Column::MonthOn.eq(month_on));
    let tx = world.app.db.begin().await.unwrap();
    for grant in find.all(&tx).await.unwrap() {
        let (order, fen): (Uuid, _) = (world.app.ids.next(), Fen::new(grant.granted_fen));
        let meal = eaten(canteen, slot, (order, officer), &grant).into_active_model();
        meal_order::Entity::insert(meal).exec_without_returning(&tx).await.unwrap();
        assert!(
            voucher::reserve(&tx, order, Taking { grant: grant.id, contract: None, fen }, now).await.unwrap()
        );
        let own = voucher::use_of(&tx, order).await.unwrap().unwrap();
        voucher::settle(&tx, (order, &own), (fen, Fen::ZERO), now).await.unwrap();
        let none = Fen::ZERO;
        let split = Split { list: fen, delivery: none, subsidy: none, voucher: fen, cash: none };
        let publics = Publics { subsidy: None, voucher: Some(ACCOUNT) };
        ledger::post(&tx, &[Posting::served(order, provider, split, publics)], now).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn of_tier(world: &World, tier: &str) -> i64 {
    let sum = format!("coalesce(sum(granted_fen), 0) FROM voucher_grant WHERE tier = '{tier}'");
    world.number(&sum).await
}

on_both! {
    async fn story_s3_a_year_of_vouchers_is_given_once_and_paid_to_the_fen(world: World) {
        let people = roster(&world).await;
        let officer = world.officer("officer1", "530111").await;
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2027-01-10", (1, 40)).await;
        let provider = canteen.provider;
        assert_eq!(people.len(), 197);
        for month in 1..=12 {
            world.at(&format!("2027-{month:02}-01 00:05")).await;
            let given = world.number("count(*) FROM voucher_grant").await;
            assert_eq!(given, 196 * month + (month - 5).max(0), "month {month}");
            let run = again(&world, &officer).await;
            assert!(run["finishedAt"].is_string(), "{run}");
            assert_eq!(world.number("count(*) FROM voucher_grant").await, given, "again adds nothing");
            world.at(&format!("2027-{month:02}-10 10:00")).await;
            all_redeemed(&world, (&canteen, slot), &officer).await;
        }
        assert_eq!(world.number("count(*) FROM voucher_grant").await, 2_359);
        assert_eq!(world.number("count(DISTINCT elder_id) FROM voucher_grant").await, 197);
        let tiers = [of_tier(&world, "300元").await, of_tier(&world, "200元").await, of_tier(&world, "100元").await];
        assert_eq!(tiers, [4_530_000, 9_600_000, 17_280_000]);
        world.at("2028-01-04 10:00").await;
        assert_eq!(world.public_book().await, [31_410_000, 0, 0, 31_410_000, 0, 0], "granted is redeemed");
        assert_eq!(world.balance(&format!("public/{ACCOUNT}")).await, 31_410_000);
        assert_eq!(world.balance(&format!("provider/{provider}")).await, -31_410_000, "difference 0");
        assert_eq!(world.number("count(*) FROM voucher_grant WHERE state = 'LAPSED'").await, 2_359);
        world.assert_books().await;
    }

    async fn a_month_that_is_killed_in_the_middle_goes_on_where_it_stood(world: World) {
        roster(&world).await;
        world.at("2026-12-31 23:00").await;
        world.pass(3_600 + 300).await;
        let (db, now) = (world.app.db.write(), world.app.clock.now());
        let month_on = month_of(world.app.clock.today());
        let run = voucher::month::begin(db, (GUANDU, month_on), (now, false)).await.unwrap();
        let killed = walk(&world.app, run.clone(), (3, 20)).await.unwrap().unwrap();
        assert_eq!((killed.grants, killed.finished_at), (60, None));
        assert_eq!(world.number("count(*) FROM voucher_grant").await, 60);
        // Somebody who still holds the first page's place does nothing.
        assert_eq!(walk(&world.app, run, (1, 20)).await.unwrap(), None);
        assert_eq!(world.number("count(*) FROM voucher_grant").await, 60);
        world.work().await;
        assert_eq!(world.number("count(*) FROM voucher_grant").await, 196);
        assert_eq!(world.number("count(*) FROM event WHERE name = 'issue'").await, 196);
        assert_eq!(world.number("count(*) FROM ledger_entry WHERE posting_key LIKE 'voucher/issue/%'").await, 2 * 196);
        assert_eq!(world.public_book().await[0], 12 * 30_000 + 40 * 20_000 + 144 * 10_000);
        world.assert_books().await;
    }
}
