//! A bill of many lines: compared in one pass by a process of its own, whose memory does not grow with it.

use chrono::Duration;
use nuanyang::kit::clock::start_of_day;
use nuanyang::kit::db::execute;
use nuanyang_kit::environment::amount;
use serde_json::json;

use crate::world::Backend;
use crate::world::processes::House;

/// Most that the process may grow, in KiB: buffers of the database, the packed file, the cases. A whole bill of 100,000 lines
/// in memory would be 24 MB as text and about 60 MB as rows.
const GROWTH_MAX_KIB: u64 = 40 * 1024;
/// Cases of one kind that are kept of a day.
const CASES: usize = 1_000;

async fn compare(backend: Backend) {
    let lines = amount("NUANYANG_TEST_BILL_LINES", 3_000);
    let house = House::open(backend).await;
    let (world, today) = (&house.world, house.world.app.clock.today());
    let before = today - Duration::days(1);
    let sql = "INSERT INTO bill_day (day_on, row_count, paid_fen, refunded_fen, case_count, done_at) VALUES ($1, 0, 0, 0, 0, $2)";
    execute(world.app.db.write(), sql, [before.into(), world.app.clock.now().into()]).await.unwrap();
    let plant = json!([{ "kind": "extra", "out_trade_no": "NOBODY", "fen": 700, "count": lines,
        "at": start_of_day(today).timestamp() + 60 }]);
    world.sim_post("/sim/bills/plants", &plant).await;
    house.work().await;
    house.forget_peak(0);
    let (at_rest, _) = house.memory_kib(0);
    let ready = start_of_day(today) + Duration::minutes(34 * 60 + 31);
    house.advance((ready - world.app.clock.now()).num_seconds()).await;
    house.until(&format!("count(*) FROM bill_day WHERE day_on = '{today}'"), 1).await;
    let (_, peak) = house.memory_kib(0);
    let grown = peak.saturating_sub(at_rest);
    eprintln!("{lines} lines: {at_rest} KiB before, {peak} KiB at most, {grown} KiB grown");
    let day = format!("row_count FROM bill_day WHERE day_on = '{today}'");
    assert_eq!(world.number(&day).await, i64::try_from(lines).unwrap());
    let cases = i64::try_from(lines.min(CASES)).unwrap();
    assert_eq!(world.number("count(*) FROM bill_case WHERE kind = 'PAYMENT_UNKNOWN'").await, cases);
    assert_eq!(world.number("count(*) FROM bill_case").await, cases, "and nothing under a second name");
    let beyond = i64::try_from(lines.saturating_sub(CASES)).unwrap();
    assert_eq!(world.number("count(*) FROM bill_unlisted").await, beyond);
    assert!(grown < GROWTH_MAX_KIB, "{grown} KiB grown for {lines} lines");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_bill_is_compared_in_bounded_memory_on_sqlite() {
    compare(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_bill_is_compared_in_bounded_memory_on_postgres() {
    compare(Backend::Postgres).await;
}
