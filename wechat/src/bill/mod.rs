//! The bills of one day, as the platform counts it. Source: 申请交易账单, 申请资金账单, 下载账单.
//!
//! Ready from about 10:00 of the next day, for three months; days are days of Beijing. Amounts are decimal texts in
//! yuan and become integers without any float.

mod cells;
mod file;
mod fund;
mod trade;

pub use file::BillFile;
pub use fund::{Direction, FundRow, FundRows, FundSummary};
pub use trade::{TradeRow, TradeRows, TradeSummary};

/// A whole trade bill in memory; for large ones see [`TradeRows`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeBill {
    /// One row per payment and per refund.
    pub rows: Vec<TradeRow>,
    /// The platform's own totals.
    pub summary: TradeSummary,
}

/// A bill that cannot be read. Nothing of it may be booked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    /// Not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// It does not unpack, or is far too long.
    #[error("the file does not unpack")]
    Stream,
    /// The hash of the platform's answer is another one: cut or changed on the way.
    #[error("the hash does not fit")]
    Hash,
    /// A line without an end.
    #[error("line {line} is too long")]
    Line {
        /// From 1, the header included.
        line: usize,
    },
    /// A column or the totals are missing.
    #[error("no {0}")]
    Missing(&'static str),
    /// A cell does not read.
    #[error("line {line}: {column} does not read")]
    Cell {
        /// From 1, the header included.
        line: usize,
        /// Its heading.
        column: &'static str,
    },
    /// The platform counted another number of rows than there are: cut off on the way.
    #[error("{rows} rows, but the totals say {count}")]
    Count {
        /// Rows read.
        rows: usize,
        /// Rows announced.
        count: i64,
    },
    /// The rows do not add up to the totals.
    #[error("the rows do not add up to the totals")]
    Sums,
}

/// Reads a bill of type ALL, decompressed.
pub fn read_trade_bill(csv: &[u8]) -> Result<TradeBill, BillError> {
    let mut rows = TradeRows::new(csv)?;
    let read: Vec<TradeRow> = rows.by_ref().collect::<Result<_, _>>()?;
    let summary = rows.summary().cloned().ok_or(BillError::Missing("totals"))?;
    Ok(TradeBill { rows: read, summary })
}

#[cfg(test)]
mod tests {
    use super::cells::decimal;
    use super::{BillError, read_trade_bill};

    #[test]
    fn yuan_become_fen_without_rounding() {
        let cases = [
            ("0.01", 2, Some(1)),
            ("12", 2, Some(1200)),
            ("-3.5", 2, Some(-350)),
            ("0.01000", 5, Some(1000)),
            ("45.0", 0, Some(45)),
            ("0.001", 2, None),
            ("", 2, None),
            ("1.", 2, None),
            ("1e2", 2, None),
            ("99999999999999999999", 2, None),
        ];
        for (text, decimals, expected) in cases {
            assert_eq!(decimal(text, decimals), expected, "{text}");
        }
    }

    #[test]
    fn a_bill_that_was_cut_off_is_refused() {
        let bill = include_str!("../../tests/data/bill.ALL.sample.csv");
        let lines: Vec<&str> = bill.lines().collect();
        let without_totals = lines[..40].join("\r\n");
        assert_eq!(read_trade_bill(without_totals.as_bytes()), Err(BillError::Missing("totals")));
        let without_a_row = [&lines[..5], &lines[6..]].concat().join("\r\n");
        let expected = BillError::Count { rows: 44, count: 45 };
        assert_eq!(read_trade_bill(without_a_row.as_bytes()), Err(expected));
    }
}
