//! What a long bill costs in memory. The only test of its binary, so that no other one grows the process meanwhile.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise; clippy only knows test functions"
)]

#[path = "platform/long_bill.rs"]
mod long_bill;

use std::io::BufReader;

use wechat::bill::TradeRows;

use long_bill::LongBill;

/// Largest memory of this process so far, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_hundred_thousand_lines_are_read_in_one_pass_without_being_kept() {
    // The first lines bring the code into memory; what grows afterwards is what is kept.
    assert_eq!(TradeRows::new(BufReader::new(LongBill::new(2_000))).unwrap().count(), 2_000);
    let before_kib = peak_kib();
    let mut rows = TradeRows::new(BufReader::new(LongBill::new(100_000))).unwrap();
    let sum: i64 = rows.by_ref().map(|row| row.unwrap().order_fen).sum();
    assert_eq!((sum, rows.summary().unwrap().order_fen), (100_000, 100_000));
    let grown_kib = peak_kib() - before_kib;
    assert!(grown_kib < 2048, "24 MB were read and {grown_kib} KiB kept");
}
