//! Bills: rows of payments and of movements, plain and packed. A packed bill says what the plain one says.

#![no_main]

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use wechat::bill::{BillError, BillFile, FundRows, TradeRows, read_trade_bill};
use wechat::crypto::sha1_hex;
use wechat_fuzz::at_the_edge;

fn packed(data: &[u8]) -> BillFile {
    let mut packer = GzEncoder::new(Vec::new(), Compression::none());
    packer.write_all(data).expect("it packs");
    let file = packer.finish().expect("it packs");
    BillFile::verified(file, &sha1_hex(data)).expect("the hash is that of the text")
}

fn fund(data: &[u8]) -> Result<usize, BillError> {
    let (mut rows, mut count) = (FundRows::new(data)?, 0);
    for row in rows.by_ref() {
        row?;
        count += 1;
    }
    Ok(count)
}

// Bytes alone hardly ever make a number that only just fits: every second input gets one.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let changed = if seed % 2 == 0 { at_the_edge(&data[..size], seed / 2) } else { None };
    match changed.filter(|changed| changed.len() <= max_size) {
        Some(changed) => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});

fuzz_target!(
    init: {
        let sample = include_bytes!("../../tests/data/bill.ALL.sample.csv");
        assert_eq!(read_trade_bill(sample).expect("the sample reads").rows.len(), 45);
        assert_eq!(fund(include_bytes!("../seeds/bill/fund")), Ok(2));
        // The largest numbers read; one fen more, or a sum of two, is refused and falls over nothing.
        assert_eq!(fund(include_bytes!("../seeds/bill/fund_largest")), Ok(2));
        for largest in [include_bytes!("../seeds/bill/largest").as_slice(), include_bytes!("../seeds/bill/fee")] {
            assert_eq!(read_trade_bill(largest).expect("the seed reads").rows.len(), 1);
        }
        for over in [include_bytes!("../seeds/bill/over").as_slice(), include_bytes!("../seeds/bill/fee_over")] {
            assert!(read_trade_bill(over).is_err());
        }
        assert!(fund(include_bytes!("../seeds/bill/fund_sum")).is_err());
    },
    |data: &[u8]| {
        // As it came: a stranger's file, packed or not.
        let hash = sha1_hex(data);
        if let Ok(file) = BillFile::verified(data.to_vec(), &hash) {
            let mut text = Vec::new();
            file.unpacked().read_to_end(&mut text).expect("it was read before");
            assert_eq!(sha1_hex(&text), hash, "not what the hash is of");
        }
        let file = packed(data);
        let rows = |rows: TradeRows<_>| rows.collect::<Vec<_>>();
        let plain = TradeRows::new(data).map(|rows| rows.collect::<Vec<_>>());
        assert_eq!(plain, file.trade_rows().map(rows), "packed and plain differ");
        if let Ok(bill) = read_trade_bill(data) {
            assert_eq!(Ok(bill.rows.len()), usize::try_from(bill.summary.count), "rows were lost");
        }
        if fund(data).is_ok() {
            assert!(file.fund_rows().is_ok_and(|rows| rows.count() <= data.len()));
        }
    }
);
