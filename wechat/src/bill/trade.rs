//! The trade bill: one row per payment and per refund. Source: 申请交易账单, type ALL.

use std::io::BufRead;

use super::BillError;
use super::cells::{Cells, Line, Lines, Table};

/// A payment, or a refund on the day it was asked for; that row is never updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeRow {
    /// Unix seconds.
    pub traded_at: i64,
    /// The mini-program.
    pub appid: String,
    /// The merchant.
    pub mchid: String,
    /// The platform's number of the order.
    pub transaction_id: String,
    /// Our number of the order.
    pub out_trade_no: String,
    /// Who paid.
    pub openid: String,
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

/// The rows of a trade bill, read as they are asked for. After the last one the totals are known and were compared
/// with the number of rows.
pub struct TradeRows<R> {
    lines: Lines<R>,
    table: Table,
    rows: usize,
    summary: Option<TradeSummary>,
    is_over: bool,
}

impl<R: BufRead> TradeRows<R> {
    /// Reads the headings.
    pub fn new(reader: R) -> Result<Self, BillError> {
        let mut lines = Lines::new(reader);
        let headings = lines.next()?.ok_or(BillError::Missing("header"))?;
        Ok(Self { lines, table: Table::new(&headings.text), rows: 0, summary: None, is_over: false })
    }

    /// The platform's totals; `None` before the last row was read.
    pub fn summary(&self) -> Option<&TradeSummary> {
        self.summary.as_ref()
    }

    fn step(&mut self) -> Result<Option<TradeRow>, BillError> {
        let line = self.lines.next()?.ok_or(BillError::Missing("totals"))?;
        if let Some(cells) = self.table.cells(&line) {
            self.rows += 1;
            return read_row(&cells).map(Some);
        }
        self.summary = Some(self.totals(&line)?);
        Ok(None)
    }

    fn totals(&mut self, headings: &Line) -> Result<TradeSummary, BillError> {
        let table = Table::new(&headings.text);
        let line = self.lines.next()?.ok_or(BillError::Missing("totals"))?;
        let summary = read_summary(&table.cells(&line).ok_or(BillError::Missing("totals"))?)?;
        if usize::try_from(summary.count) != Ok(self.rows) {
            return Err(BillError::Count { rows: self.rows, count: summary.count });
        }
        Ok(summary)
    }
}

impl<R: BufRead> Iterator for TradeRows<R> {
    type Item = Result<TradeRow, BillError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let step = self.step();
        self.is_over = !matches!(step, Ok(Some(_)));
        step.transpose()
    }
}

fn read_row(cells: &Cells<'_>) -> Result<TradeRow, BillError> {
    Ok(TradeRow {
        traded_at: cells.unix_seconds("交易时间")?,
        appid: cells.owned("公众账号ID")?,
        mchid: cells.owned("商户号")?,
        transaction_id: cells.owned("微信订单号")?,
        out_trade_no: cells.owned("商户订单号")?,
        openid: cells.owned("用户标识")?,
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
