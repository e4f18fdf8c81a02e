//! A statement as a sheet: CSV for programs, XLSX for people. Amounts in yuan with two decimals, times in Asia/Shanghai.

use chrono_tz::Asia::Shanghai;
use entities::enums::StatementLineKind as Kind;
use entities::{statement, statement_line};
use rust_xlsxwriter::{Format, Formula, Workbook, XlsxError};

use crate::directory::rules::catalogue::service;
use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;

const HEAD: [&str; 9] = [
    "日期时间",
    "订单号",
    "类别",
    "服务",
    "补贴依据",
    "补贴（元）",
    "服务券（元）",
    "自付（元）",
    "合计（元）",
];

/// One row: texts first, then the three parts.
struct Row {
    texts: [String; 5],
    parts: [Fen; 3],
}

impl Row {
    fn sum(&self) -> Fen {
        self.parts.into_iter().sum()
    }
}

fn row(line: &statement_line::Model) -> Row {
    let at = line.done_at.with_timezone(&Shanghai).format("%Y-%m-%d %H:%M").to_string();
    let kind = match line.kind {
        Kind::Meal => "助餐",
        Kind::Visit => "上门服务",
        Kind::Correction => "更正",
    };
    let name = service(&line.service_code).map_or(line.service_code.as_str(), |known| &known.zh);
    let rules = [line.subsidy_rule.as_deref(), line.voucher_rule.as_deref()];
    let rules: Vec<&str> = rules.into_iter().flatten().collect();
    Row {
        texts: [at, OrderId(line.order_id).to_string(), kind.to_owned(), name.to_owned(), rules.join("；")],
        parts: [line.subsidy_fen, line.voucher_fen, line.cash_fen].map(Fen::new),
    }
}

fn total(statement: &statement::Model) -> Row {
    Row {
        texts: ["合计".to_owned(), String::new(), String::new(), String::new(), String::new()],
        parts: [statement.subsidy_fen, statement.voucher_fen, statement.cash_fen].map(Fen::new),
    }
}

/// The statement as CSV in UTF-8 with a byte order mark, so that spreadsheets read its Chinese; the last row is the total.
pub fn csv(statement: &statement::Model, lines: &[statement_line::Model]) -> Result<Vec<u8>, Fault> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let written = |error: csv::Error| Fault::new(error.to_string());
    writer.write_record(HEAD).map_err(written)?;
    for row in lines.iter().map(row).chain([total(statement)]) {
        let amounts = row.parts.into_iter().chain([row.sum()]).map(|fen| fen.to_string());
        writer.write_record(row.texts.clone().into_iter().chain(amounts)).map_err(written)?;
    }
    writer.into_inner().map_err(|error| Fault::new(error.to_string()))
}

/// The statement as a workbook with one sheet; amounts are numbers, the last row is the total.
pub fn xlsx(
    (statement, provider): (&statement::Model, &str),
    lines: &[statement_line::Model],
) -> Result<Vec<u8>, Fault> {
    workbook((statement, provider), lines).map_err(|error| Fault::new(error.to_string()))
}

/// First row of the lines, counted from 0: title, head, lines.
const FIRST: u32 = 2;

fn workbook(
    (statement, provider): (&statement::Model, &str),
    lines: &[statement_line::Model],
) -> Result<Vec<u8>, XlsxError> {
    let (bold, yuan) = (Format::new().set_bold(), Format::new().set_num_format("0.00"));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("结算单")?;
    let month = statement.month_on.format("%Y年%-m月");
    sheet.write_with_format(0, 0, format!("{provider} {month}结算单"), &bold)?;
    for (column, word) in (0_u16..).zip(HEAD) {
        sheet.write_with_format(1, column, word, &bold)?;
        sheet.set_column_width(column, if column < 5 { 22 } else { 14 })?;
    }
    let mut at = FIRST;
    for row in lines.iter().map(row) {
        write(sheet, at, &row, &yuan)?;
        at += 1;
    }
    write(sheet, at, &total(statement), &yuan)?;
    sheet.set_freeze_panes(FIRST, 0)?;
    book.save_to_buffer()
}

fn write(sheet: &mut rust_xlsxwriter::Worksheet, at: u32, row: &Row, yuan: &Format) -> Result<(), XlsxError> {
    for (column, text) in (0_u16..).zip(&row.texts) {
        sheet.write(at, column, text)?;
    }
    for (column, fen) in (5_u16..).zip(row.parts.into_iter().chain([row.sum()])) {
        sheet.write_with_format(at, column, in_yuan(fen), yuan)?;
    }
    Ok(())
}

/// An exact number of a cell: a formula that is its own result, so that no amount ever passes through a float.
fn in_yuan(fen: Fen) -> Formula {
    Formula::new(format!("={fen}")).set_result(fen.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn june() -> (statement::Model, Vec<statement_line::Model>) {
        let id = uuid::Uuid::nil();
        let line = |kind, service: &str, parts: [i64; 3]| statement_line::Model {
            statement_id: id,
            order_id: id,
            kind,
            done_at: "2026-06-05T04:00:00Z".parse().unwrap(),
            service_code: service.to_owned(),
            subsidy_rule: None,
            voucher_rule: Some("guandu@2026-06".to_owned()),
            subsidy_fen: parts[0],
            voucher_fen: parts[1],
            cash_fen: parts[2],
        };
        let lines = vec![
            line(Kind::Meal, "meal_delivery", [300, 1_100, 0]),
            line(Kind::Correction, "meal_dine_in", [0, -1, 0]),
        ];
        let statement = statement::Model {
            id,
            provider_id: id,
            region_code: "530111".to_owned(),
            month_on: "2026-06-01".parse().unwrap(),
            closed_at: "2026-07-03T00:00:00Z".parse().unwrap(),
            line_count: 2,
            subsidy_fen: 300,
            voucher_fen: 1_099,
            cash_fen: 0,
            paid_at: None,
            paid_by: None,
            payment_reference: None,
        };
        (statement, lines)
    }

    #[test]
    fn a_sheet_for_programs_ends_with_its_total() {
        let (statement, lines) = june();
        let text = String::from_utf8(csv(&statement, &lines).unwrap()).unwrap();
        let rows: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(rows.len(), 4, "{text}");
        assert!(rows[1].contains("2026-06-05 12:00") && rows[1].ends_with("3.00,11.00,0.00,14.00"), "{text}");
        assert!(rows[2].contains("更正") && rows[2].ends_with("0.00,-0.01,0.00,-0.01"), "{text}");
        assert_eq!(rows[3], "合计,,,,,3.00,10.99,0.00,13.99");
    }

    #[test]
    fn a_sheet_for_people_is_a_workbook() {
        let (statement, lines) = june();
        let bytes = xlsx((&statement, "演示食堂"), &lines).unwrap();
        assert_eq!(bytes.get(..2), Some(b"PK".as_slice()), "a zip archive");
    }
}
