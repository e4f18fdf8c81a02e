//! The trade bill of one day, as the platform counts it. Source: 申请交易账单, 下载账单.
//!
//! CSV of its own kind: BOM, CRLF, a back-tick before every data cell, no quoting, amounts in yuan.

use chrono::NaiveDateTime;

/// Times in bills are Beijing times.
const BEIJING_OFFSET_S: i64 = 8 * 3600;

/// One day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeBill {
    /// One row per payment and per refund.
    pub rows: Vec<TradeRow>,
    /// The platform's own totals.
    pub summary: TradeSummary,
}

/// A payment, or a refund on the day it was asked for; that row is never updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeRow {
    /// Unix seconds.
    pub traded_at: i64,
    /// The merchant.
    pub mchid: String,
    /// The platform's number of the order.
    pub transaction_id: String,
    /// Our number of the order.
    pub out_trade_no: String,
    /// `SUCCESS`, `REFUND` or `REVOKED`.
    pub trade_state: String,
    /// The platform's number of the refund.
    pub refund_id: Option<String>,
    /// Our number of the refund.
    pub out_refund_no: Option<String>,
    /// `SUCCESS`, `FAIL`, `PROCESSING`, …; refunds only.
    pub refund_status: Option<String>,
    /// Fen; what the order cost. 0 in refund rows.
    pub order_fen: i64,
    /// Fen; what is settled of it, without the platform's coupons.
    pub settled_fen: i64,
    /// Fen; what goes back, without the platform's coupons.
    pub refund_fen: i64,
    /// Fen; what was asked back.
    pub requested_refund_fen: i64,
    /// Hundred-thousandths of a yuan, because fees have five decimals. Negative when given back.
    pub fee_yuan_e5: i64,
}

/// Totals of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeSummary {
    /// Payments and refunds.
    pub count: i64,
    /// Fen.
    pub settled_fen: i64,
    /// Fen.
    pub refund_fen: i64,
    /// Fen.
    pub coupon_refund_fen: i64,
    /// Hundred-thousandths of a yuan.
    pub fee_yuan_e5: i64,
    /// Fen.
    pub order_fen: i64,
    /// Fen.
    pub requested_refund_fen: i64,
}

/// A bill that cannot be read. Nothing of it may be booked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    /// Not UTF-8.
    #[error("not UTF-8")]
    Encoding,
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
}

/// Reads a bill of type ALL, decompressed.
pub fn read_trade_bill(csv: &[u8]) -> Result<TradeBill, BillError> {
    let text = std::str::from_utf8(csv).map_err(|_| BillError::Encoding)?;
    let text = text.trim_start_matches('\u{FEFF}');
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty());
    let header = lines.next().map(|(_, line)| headings(line)).ok_or(BillError::Missing("header"))?;
    let mut rows = Vec::new();
    while let Some((index, line)) = lines.next() {
        let Some(cells) = cells(line) else {
            let total_header = headings(line);
            let (index, line) = lines.next().ok_or(BillError::Missing("totals"))?;
            let cells = self::cells(line).ok_or(BillError::Missing("totals"))?;
            let summary = read_summary(&Cells { header: &total_header, cells, line: index + 1 })?;
            if usize::try_from(summary.count) != Ok(rows.len()) {
                return Err(BillError::Count { rows: rows.len(), count: summary.count });
            }
            return Ok(TradeBill { rows, summary });
        };
        rows.push(read_row(&Cells { header: &header, cells, line: index + 1 })?);
    }
    Err(BillError::Missing("totals"))
}

/// One line, addressed by headings: the platform may add columns.
struct Cells<'a> {
    header: &'a [&'a str],
    cells: Vec<&'a str>,
    line: usize,
}

impl<'a> Cells<'a> {
    fn text(&self, column: &'static str) -> Result<&'a str, BillError> {
        let at = self.header.iter().position(|name| *name == column).ok_or(BillError::Missing(column))?;
        self.cells.get(at).copied().ok_or(BillError::Cell { line: self.line, column })
    }

    fn owned(&self, column: &'static str) -> Result<String, BillError> {
        self.text(column).map(str::to_owned)
    }

    /// Empty and `0` both stand for nothing.
    fn number(&self, column: &'static str) -> Result<Option<String>, BillError> {
        let text = self.text(column)?;
        Ok(Some(text).filter(|text| !text.is_empty() && *text != "0").map(str::to_owned))
    }

    fn decimal(&self, column: &'static str, decimals: usize) -> Result<i64, BillError> {
        decimal(self.text(column)?, decimals).ok_or(BillError::Cell { line: self.line, column })
    }

    fn fen(&self, column: &'static str) -> Result<i64, BillError> {
        self.decimal(column, 2)
    }

    fn unix_seconds(&self, column: &'static str) -> Result<i64, BillError> {
        NaiveDateTime::parse_from_str(self.text(column)?, "%Y-%m-%d %H:%M:%S")
            .map(|local| local.and_utc().timestamp() - BEIJING_OFFSET_S)
            .map_err(|_| BillError::Cell { line: self.line, column })
    }
}

fn headings(line: &str) -> Vec<&str> {
    line.split(',').map(str::trim).collect()
}

/// Splits at comma and back-tick together, so that a comma in a product name moves nothing.
fn cells(line: &str) -> Option<Vec<&str>> {
    line.strip_prefix('`').map(|rest| rest.trim_end().split(",`").collect())
}

fn read_row(cells: &Cells<'_>) -> Result<TradeRow, BillError> {
    Ok(TradeRow {
        traded_at: cells.unix_seconds("交易时间")?,
        mchid: cells.owned("商户号")?,
        transaction_id: cells.owned("微信订单号")?,
        out_trade_no: cells.owned("商户订单号")?,
        trade_state: cells.owned("交易状态")?,
        refund_id: cells.number("微信退款单号")?,
        out_refund_no: cells.number("商户退款单号")?,
        refund_status: cells.number("退款状态")?,
        order_fen: cells.fen("订单金额")?,
        settled_fen: cells.fen("应结订单金额")?,
        refund_fen: cells.fen("退款金额")?,
        requested_refund_fen: cells.fen("申请退款金额")?,
        fee_yuan_e5: cells.decimal("手续费", 5)?,
    })
}

fn read_summary(cells: &Cells<'_>) -> Result<TradeSummary, BillError> {
    Ok(TradeSummary {
        // The counter may read `45.0`.
        count: cells.decimal("总交易单数", 0)?,
        settled_fen: cells.fen("应结订单总金额")?,
        refund_fen: cells.fen("退款总金额")?,
        coupon_refund_fen: cells.fen("充值券退款总金额")?,
        fee_yuan_e5: cells.decimal("手续费总金额", 5)?,
        order_fen: cells.fen("订单总金额")?,
        requested_refund_fen: cells.fen("申请退款总金额")?,
    })
}

/// A decimal number as an integer of `decimals` places; `None` if it has more, or is no number.
fn decimal(text: &str, decimals: usize) -> Option<i64> {
    let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return None;
    }
    let value: i64 = format!("{whole}{fraction:0<decimals$}").parse().ok()?;
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::{BillError, decimal, read_trade_bill};

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
        let bill = include_str!("../tests/data/bill.ALL.sample.csv");
        let lines: Vec<&str> = bill.lines().collect();
        let without_totals = lines[..40].join("\r\n");
        assert_eq!(read_trade_bill(without_totals.as_bytes()), Err(BillError::Missing("totals")));
        let without_a_row = [&lines[..5], &lines[6..]].concat().join("\r\n");
        let expected = BillError::Count { rows: 44, count: 45 };
        assert_eq!(read_trade_bill(without_a_row.as_bytes()), Err(expected));
    }
}
