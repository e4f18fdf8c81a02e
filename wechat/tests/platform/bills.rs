//! Bills: fetched, checked, read, and ten planted mistakes found.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use chrono::NaiveDate;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use wechat::bill::{BillError, BillFile, Direction, TradeRow, TradeRows};
use wechat::crypto::sha1_hex;
use wechat::pay::{Account, Bill, Pay, PayError, RefundRequest, RefundStatus};

use crate::bench::{Bench, START};
use crate::long_bill::LongBill;

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 21).unwrap()
}

fn refund(number: &str, refund_number: &str, fen: (i64, i64)) -> RefundRequest {
    RefundRequest {
        out_trade_no: number.to_owned(),
        out_refund_no: refund_number.to_owned(),
        reason: "送餐超时".to_owned(),
        refund_fen: fen.0,
        total_fen: fen.1,
    }
}

async fn refunded(pay: &Pay, request: &RefundRequest) {
    let frozen = pay.freeze_refund(request).unwrap();
    assert_eq!(pay.refund(&frozen).await.unwrap().status, RefundStatus::Processing);
}

fn file(bill: Bill) -> BillFile {
    match bill {
        Bill::Ready(file) => file,
        Bill::NoTrade => panic!("no trade"),
        Bill::NotYet => panic!("not yet"),
    }
}

async fn rows(pay: &Pay) -> Vec<TradeRow> {
    let file = file(pay.trade_bill(day()).await.unwrap());
    let rows = file.trade_rows().unwrap();
    rows.map(|row| row.unwrap()).collect()
}

#[tokio::test]
async fn a_day_is_fetched_checked_and_adds_up() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    let id = bench.paid(&pay, "LUNCH00001", 10_000).await;
    bench.paid(&pay, "LUNCH00002", 1_234).await;
    refunded(&pay, &refund("LUNCH00001", "LUNCH00001@1", (2_500, 10_000))).await;
    assert!(matches!(pay.trade_bill(day()).await.unwrap(), Bill::NotYet));
    bench.advance(12 * 3600).await;

    let bill = file(pay.trade_bill(day()).await.unwrap());
    let mut text = String::new();
    bill.unpacked().read_to_string(&mut text).unwrap();
    assert!(text.starts_with('\u{FEFF}') && text.contains("`LUNCH00001,"));
    let mut read = bill.trade_rows().unwrap();
    let rows: Vec<TradeRow> = read.by_ref().map(|row| row.unwrap()).collect();
    let summary = read.summary().unwrap();
    assert_eq!((summary.count, summary.order_fen, summary.refund_fen), (3, 11_234, 2_500));
    assert_eq!(
        (rows[0].transaction_id.as_str(), rows[0].order_fen, rows[0].traded_at),
        (id.as_str(), 10_000, START)
    );
    assert_eq!(rows[0].fee_yuan_e5, 60_000, "0.6 %");
    let back = rows.iter().find(|row| row.out_refund_no.is_some()).unwrap();
    assert_eq!((back.refund_fen, back.fee_yuan_e5, back.order_fen), (2_500, -15_000, 0));

    let funds = file(pay.fund_bill(day(), Account::Basic).await.unwrap());
    let mut read = funds.fund_rows().unwrap();
    let rows: Vec<_> = read.by_ref().map(|row| row.unwrap()).collect();
    assert_eq!(read.summary().unwrap().count, 5, "two payments, two fees, one refund");
    let net: i64 = rows
        .iter()
        .map(|row| match row.direction {
            Direction::In => row.amount_fen,
            Direction::Out => -row.amount_fen,
        })
        .sum();
    assert_eq!((net, rows[4].balance_fen), (11_234 - 60 - 7 - 2_500 + 15, net));
    assert!(matches!(pay.fund_bill(day(), Account::Fees).await.unwrap(), Bill::NoTrade));
    bench.advance(86_400).await;
    let next = NaiveDate::from_ymd_opt(2026, 9, 22).unwrap();
    assert!(matches!(pay.trade_bill(next).await.unwrap(), Bill::NoTrade));
}

#[tokio::test]
async fn a_bill_that_was_cut_on_the_way_is_not_read() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    bench.paid(&pay, "LUNCH00001", 1_000).await;
    bench.advance(12 * 3600).await;
    bench.fault(json!({ "effect": "truncated", "path": "/v3/billdownload", "times": 1 })).await;
    let error = pay.trade_bill(day()).await.err().unwrap();
    assert!(matches!(error, PayError::Transport { sent: true, .. }), "{error:?}");
    assert_eq!(rows(&pay).await.len(), 1, "asking again gives a new address");
    bench.fault(json!({ "effect": "http_503", "path": "/v3/billdownload", "times": 1 })).await;
    assert!(pay.trade_bill(day()).await.is_err());
}

/// The plainest reconciliation there is: what was paid and given back, by number, against the rows of the bill.
fn differences(rows: &[TradeRow], ours: &BTreeMap<String, (i64, i64)>) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<&str, Vec<&TradeRow>> = BTreeMap::new();
    for row in rows {
        let number = row.out_refund_no.as_deref().unwrap_or(&row.out_trade_no);
        seen.entry(number).or_default().push(row);
    }
    for (number, rows) in &seen {
        let Some((fen, fee)) = ours.get(*number) else {
            found.push(format!("unknown {number}"));
            continue;
        };
        if rows.len() > 1 {
            found.push(format!("twice {number}"));
        }
        let row = rows[0];
        let is_refund = row.out_refund_no.is_some();
        if if is_refund { row.refund_fen } else { row.order_fen } != *fen {
            found.push(format!("amount {number}"));
        }
        if row.fee_yuan_e5 != fee * 1000 {
            found.push(format!("fee {number}"));
        }
        if row.trade_state != if is_refund { "REFUND" } else { "SUCCESS" } {
            found.push(format!("state {number}"));
        }
    }
    found.extend(
        ours.keys().filter(|number| !seen.contains_key(number.as_str())).map(|n| format!("missing {n}")),
    );
    found
}

#[tokio::test]
async fn ten_planted_mistakes_are_found_and_none_is_false() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    let mut ours = BTreeMap::new();
    for order in 0..12_i64 {
        let (number, fen) = (format!("LUNCH{order:05}"), 1_000 + order);
        bench.paid(&pay, &number, fen).await;
        ours.insert(number.clone(), (fen, (fen * 6 + 500) / 1000));
        if order >= 6 {
            let back = format!("{number}@1");
            refunded(&pay, &refund(&number, &back, (500, fen))).await;
            ours.insert(back, (500, -3));
        }
    }
    bench.advance(12 * 3600).await;
    assert_eq!(differences(&rows(&pay).await, &ours), Vec::<String>::new(), "none false");

    let plant = |kind: &str, number: &str, back: &str| json!({ "kind": kind, "out_trade_no": number, "out_refund_no": back, "at": START });
    let plants = json!([
        plant("missing", "LUNCH00000", ""),
        plant("extra", "NOBODY0001", ""),
        plant("amount", "LUNCH00001", ""),
        plant("double", "LUNCH00002", ""),
        plant("fee", "LUNCH00003", ""),
        plant("state", "LUNCH00004", ""),
        plant("refund_missing", "", "LUNCH00006@1"),
        plant("refund_unknown", "LUNCH00007", "LUNCH00007@9"),
        plant("refund_double", "", "LUNCH00008@1"),
        plant("refund_amount", "", "LUNCH00009@1"),
    ]);
    bench.post("/sim/bills/plants", plants).await;
    let mut found = differences(&rows(&pay).await, &ours);
    found.sort();
    let expected = [
        "amount LUNCH00001",
        "amount LUNCH00009@1",
        "fee LUNCH00003",
        "missing LUNCH00000",
        "missing LUNCH00006@1",
        "state LUNCH00004",
        "twice LUNCH00002",
        "twice LUNCH00008@1",
        "unknown LUNCH00007@9",
        "unknown NOBODY0001",
    ];
    assert_eq!(found, expected);
}

/// A line that never ends.
struct Endless;

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        into.fill(b'x');
        Ok(into.len())
    }
}

#[test]
fn a_line_without_an_end_is_given_up() {
    let endless = std::io::BufReader::new(Endless);
    assert_eq!(TradeRows::new(endless).err(), Some(BillError::Line { line: 1 }));
}

#[test]
fn a_packed_file_is_kept_packed_and_read_twice() {
    let mut plain = Vec::new();
    LongBill::new(2_000).read_to_end(&mut plain).unwrap();
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(&plain).unwrap();
    let packed = packer.finish().unwrap();
    assert!(packed.len() < plain.len() / 5, "{} of {} bytes", packed.len(), plain.len());
    let file = BillFile::verified(packed, &sha1_hex(&plain)).unwrap();
    for _ in 0..2 {
        assert_eq!(file.trade_rows().unwrap().map(|row| row.unwrap().order_fen).sum::<i64>(), 2_000);
    }
}

#[test]
fn a_file_with_another_hash_is_refused() {
    let mut plain = Vec::new();
    LongBill::new(2).read_to_end(&mut plain).unwrap();
    let hash = sha1_hex(&plain);
    assert!(BillFile::verified(plain.clone(), &hash.to_uppercase()).is_ok());
    plain[100] ^= 1;
    assert_eq!(BillFile::verified(plain, &hash).err(), Some(BillError::Hash));
    assert_eq!(BillFile::verified(vec![0x1F, 0x8B, 0], &hash).err(), Some(BillError::Stream));
}
