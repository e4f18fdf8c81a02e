//! The fund bill: every movement of money on one account. Source: 申请资金账单.

use std::io::BufRead;

use super::BillError;
use super::cells::{Cells, Line, Lines, Table};

/// Where money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// 收入.
    In,
    /// 支出.
    Out,
}

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundRow {
    /// Unix seconds.
    pub booked_at: i64,
    /// The platform's number of the payment or refund behind it (微信支付业务单号).
    pub business_id: String,
    /// Number of this movement (资金流水单号).
    pub flow_id: String,
    /// E.g. 交易, 退款 (业务名称).
    pub business_name: String,
    /// E.g. 交易, 扣除交易手续费 (业务类型).
    pub business_type: String,
    /// Where the money went.
    pub direction: Direction,
    /// Fen.
    pub amount_fen: i64,
    /// Fen; what the account held afterwards.
    pub balance_fen: i64,
    /// Free text (备注).
    pub note: String,
    /// Our number of the payment or refund (业务凭证号).
    pub voucher: String,
}

/// Totals of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundSummary {
    /// Movements.
    pub count: i64,
    /// Movements in.
    pub in_count: i64,
    /// Fen.
    pub in_fen: i64,
    /// Movements out.
    pub out_count: i64,
    /// Fen.
    pub out_fen: i64,
}

impl FundSummary {
    /// Counts a row; `None` when the sum is more than a number holds.
    fn add(&mut self, row: &FundRow) -> Option<()> {
        self.count += 1;
        let (count, fen) = match row.direction {
            Direction::In => (&mut self.in_count, &mut self.in_fen),
            Direction::Out => (&mut self.out_count, &mut self.out_fen),
        };
        *count += 1;
        *fen = fen.checked_add(row.amount_fen)?;
        Some(())
    }
}

/// The rows of a fund bill, read as they are asked for; afterwards the totals were compared with them.
pub struct FundRows<R> {
    lines: Lines<R>,
    table: Table,
    seen: FundSummary,
    summary: Option<FundSummary>,
    is_over: bool,
}

impl<R: BufRead> FundRows<R> {
    /// Reads the headings.
    pub fn new(reader: R) -> Result<Self, BillError> {
        let mut lines = Lines::new(reader);
        let headings = lines.next()?.ok_or(BillError::Missing("header"))?;
        let seen = FundSummary { count: 0, in_count: 0, in_fen: 0, out_count: 0, out_fen: 0 };
        Ok(Self { lines, table: Table::new(&headings.text), seen, summary: None, is_over: false })
    }

    /// The platform's totals; `None` before the last row was read.
    pub fn summary(&self) -> Option<&FundSummary> {
        self.summary.as_ref()
    }

    fn step(&mut self) -> Result<Option<FundRow>, BillError> {
        let line = self.lines.next()?.ok_or(BillError::Missing("totals"))?;
        if let Some(cells) = self.table.cells(&line) {
            let row = read_row(&cells)?;
            self.seen.add(&row).ok_or(cells.wrong("收支金额(元)"))?;
            return Ok(Some(row));
        }
        self.summary = Some(self.totals(&line)?);
        Ok(None)
    }

    fn totals(&mut self, headings: &Line) -> Result<FundSummary, BillError> {
        let table = Table::new(&headings.text);
        let line = self.lines.next()?.ok_or(BillError::Missing("totals"))?;
        let summary = read_summary(&table.cells(&line).ok_or(BillError::Missing("totals"))?)?;
        let rows = usize::try_from(self.seen.count).unwrap_or(usize::MAX);
        if summary.count != self.seen.count {
            return Err(BillError::Count { rows, count: summary.count });
        }
        if summary != self.seen { Err(BillError::Sums) } else { Ok(summary) }
    }
}

impl<R: BufRead> Iterator for FundRows<R> {
    type Item = Result<FundRow, BillError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let step = self.step();
        self.is_over = !matches!(step, Ok(Some(_)));
        step.transpose()
    }
}

fn read_row(cells: &Cells<'_>) -> Result<FundRow, BillError> {
    Ok(FundRow {
        booked_at: cells.unix_seconds("记账时间")?,
        business_id: cells.owned("微信支付业务单号")?,
        flow_id: cells.owned("资金流水单号")?,
        business_name: cells.owned("业务名称")?,
        business_type: cells.owned("业务类型")?,
        direction: match cells.text("收支类型")? {
            "收入" => Direction::In,
            "支出" => Direction::Out,
            _ => return Err(cells.wrong("收支类型")),
        },
        amount_fen: cells.fen("收支金额(元)")?,
        balance_fen: cells.fen("账户结余(元)")?,
        note: cells.owned("备注")?,
        voucher: cells.owned("业务凭证号")?,
    })
}

fn read_summary(cells: &Cells<'_>) -> Result<FundSummary, BillError> {
    Ok(FundSummary {
        count: cells.decimal("资金流水总笔数", 0)?,
        in_count: cells.decimal("收入笔数", 0)?,
        in_fen: cells.fen("收入金额")?,
        out_count: cells.decimal("支出笔数", 0)?,
        out_fen: cells.fen("支出金额")?,
    })
}
