//! Lines and cells of a bill: BOM, CRLF, a back-tick before every data cell, no quoting, amounts in yuan.
//!
//! Source: 下载账单. Reads from a stream; what is kept at a time is one line of at most 16 KiB.

use std::io::{BufRead, Read};

use chrono::NaiveDateTime;

use super::BillError;

/// Times in bills are Beijing times.
const BEIJING_OFFSET_S: i64 = 8 * 3600;
/// The longest lines have 27 cells; the platform's texts are shorter than this by far.
const LINE_MAX_BYTES: u64 = 16 * 1024;

/// The lines of a stream, without BOM, line ends and empty lines.
pub(super) struct Lines<R> {
    reader: R,
    number: usize,
}

/// One line with its number, from 1.
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) text: String,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line>, BillError> {
        loop {
            let mut bytes = Vec::new();
            let mut part = self.reader.by_ref().take(LINE_MAX_BYTES);
            let read = part.read_until(b'\n', &mut bytes).map_err(|_| BillError::Stream)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if bytes.last() != Some(&b'\n') && bytes.len() as u64 == LINE_MAX_BYTES {
                return Err(BillError::Line { line: self.number });
            }
            let text = String::from_utf8(bytes).map_err(|_| BillError::Encoding)?;
            let text = text.trim_start_matches('\u{FEFF}').trim_end_matches(['\r', '\n']);
            if !text.is_empty() {
                return Ok(Some(Line { number: self.number, text: text.to_owned() }));
            }
        }
    }
}

/// A table inside of a bill: details, or totals. Columns are found by their headings, for the platform adds some.
pub(super) struct Table(Vec<String>);

impl Table {
    pub(super) fn new(headings: &str) -> Self {
        Self(headings.split(',').map(|name| name.trim().to_owned()).collect())
    }

    /// The cells of a line; `None` if it is no line of data.
    ///
    /// Splits at comma and back-tick together, so that a comma in a product name moves nothing.
    pub(super) fn cells<'a>(&'a self, line: &'a Line) -> Option<Cells<'a>> {
        let rest = line.text.strip_prefix('`')?;
        let cells: Vec<&str> = rest.trim_end().split(",`").collect();
        Some(Cells { headings: &self.0, cells, line: line.number })
    }
}

/// One line, addressed by headings.
pub(super) struct Cells<'a> {
    headings: &'a [String],
    cells: Vec<&'a str>,
    line: usize,
}

impl<'a> Cells<'a> {
    pub(super) fn text(&self, column: &'static str) -> Result<&'a str, BillError> {
        let at = self.headings.iter().position(|name| name == column).ok_or(BillError::Missing(column))?;
        self.cells.get(at).copied().ok_or(BillError::Cell { line: self.line, column })
    }

    pub(super) fn owned(&self, column: &'static str) -> Result<String, BillError> {
        self.text(column).map(str::to_owned)
    }

    /// Empty and `0` both stand for nothing.
    pub(super) fn number(&self, column: &'static str) -> Result<Option<String>, BillError> {
        let text = self.text(column)?;
        Ok(Some(text).filter(|text| !text.is_empty() && *text != "0").map(str::to_owned))
    }

    pub(super) fn decimal(&self, column: &'static str, decimals: usize) -> Result<i64, BillError> {
        decimal(self.text(column)?, decimals).ok_or(self.wrong(column))
    }

    pub(super) fn fen(&self, column: &'static str) -> Result<i64, BillError> {
        self.decimal(column, 2)
    }

    pub(super) fn unix_seconds(&self, column: &'static str) -> Result<i64, BillError> {
        NaiveDateTime::parse_from_str(self.text(column)?, "%Y-%m-%d %H:%M:%S")
            .map(|local| local.and_utc().timestamp() - BEIJING_OFFSET_S)
            .map_err(|_| self.wrong(column))
    }

    pub(super) fn wrong(&self, column: &'static str) -> BillError {
        BillError::Cell { line: self.line, column }
    }
}

/// A decimal number as an integer of `decimals` places; `None` if it has more, or is no number.
pub(super) fn decimal(text: &str, decimals: usize) -> Option<i64> {
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
