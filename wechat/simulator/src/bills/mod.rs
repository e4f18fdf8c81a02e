//! The bills of a day, made from the simulator's own ledger: asking for them, and fetching the file.

mod fund;
mod plants;
mod trade;

use std::{
    borrow::Cow,
    io::{self, Write},
};

use chrono::{DateTime, NaiveDate};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

pub use plants::{Plant, check_all as check_plants};

use crate::{
    app::App,
    call::Call,
    clock::BEIJING_OFFSET_S,
    crypto::{base32, derived, sha1_hex},
    refusal::{Refusal, inner},
    reply::Answer,
    world::World,
};

const DAY_S: i64 = 86_400;
/// Bills are ready at ten o'clock of the next day.
const READY_AFTER_S: i64 = DAY_S + 10 * 3600;
/// And are kept for three months.
const KEPT_S: i64 = 92 * DAY_S;
/// An address is good for five minutes.
const ADDRESS_LIFE_S: i64 = 300;

/// A file that waits to be fetched.
pub struct BillFile {
    bytes: Vec<u8>,
    ends_at: i64,
}

/// One day of Beijing in unix seconds.
#[derive(Clone, Copy)]
pub struct Day {
    from: i64,
}

impl Day {
    /// Whether a moment lies in it.
    pub fn holds(self, at: i64) -> bool {
        (self.from..self.from + DAY_S).contains(&at)
    }

    /// Whether a moment lies before it.
    pub fn is_after(self, at: i64) -> bool {
        at < self.from
    }

    /// Noon, for rows that nobody made.
    pub fn noon(self) -> i64 {
        self.from + DAY_S / 2
    }
}

/// `GET /v3/bill/tradebill` and `GET /v3/bill/fundflowbill`.
pub fn ask(app: &App, call: &Call, kind: &str) -> Result<Answer, Refusal> {
    let query = |name: &str| call.query.get(name).map(String::as_str);
    let day = day(call)?;
    let age_s = app.world().now() - day.from;
    if age_s > KEPT_S {
        return Err(Refusal::query("bill_date", call.query.get("bill_date"), "只能下载三个月以内的账单"));
    }
    if age_s < READY_AFTER_S {
        return Err(Refusal::new(400, "STATEMENT_CREATING", inner::PARAMETER, "账单生成中，请稍后再试"));
    }
    let csv = match (kind, query("bill_type"), query("account_type")) {
        ("tradebill", None | Some("ALL" | "SUCCESS" | "REFUND"), _) => {
            // The lock is held for the rows alone: a long bill must not stop the platform while it is written.
            let rows = trade::rows(&app.world(), day, query("bill_type").unwrap_or("ALL"));
            trade::csv(&rows)
        }
        ("fundflowbill", _, None | Some("BASIC")) => fund::csv(&app.world(), day),
        ("fundflowbill", _, Some("OPERATION" | "FEES")) => None,
        ("tradebill" | "fundflowbill", _, _) => {
            return Err(Refusal::query("bill_type", call.query.get("bill_type"), "取值有误"));
        }
        _ => return Err(Refusal::missing("接口不存在")),
    };
    let none = || Refusal::new(400, "NO_STATEMENT_EXIST", inner::PARAMETER, "账单文件不存在");
    let csv = csv.ok_or_else(none)?;
    // The hash is over the text, also when the file is packed.
    let hash = sha1_hex(csv.as_bytes());
    let is_packed = query("tar_type") == Some("GZIP");
    let bytes = if is_packed { packed(&csv) } else { Ok(csv.into_bytes()) };
    let fault = |fault: io::Error| Refusal::new(500, "SYSTEM_ERROR", inner::PARAMETER, fault.to_string());
    let token = keep(&mut app.world(), bytes.map_err(fault)?);
    let url = format!("http://{}/v3/billdownload/file?token={token}", call.header("host"));
    Ok(Answer::json(&json!({ "hash_type": "SHA1", "hash_value": hash, "download_url": url })))
}

/// `GET /v3/billdownload/file?token=`: the file, unsigned.
pub fn download(app: &App, call: &Call) -> Result<Answer, Refusal> {
    let world = app.world();
    let file = call.query.get("token").and_then(|token| world.bill_files.get(token));
    let file = file.filter(|file| world.now() < file.ends_at);
    let file = file.ok_or_else(|| Refusal::missing("下载地址无效或已过期"))?;
    Ok(Answer::file(file.bytes.clone()))
}

fn keep(world: &mut World, bytes: Vec<u8>) -> String {
    let now = world.now();
    world.bill_files.retain(|_, file| now < file.ends_at);
    let about = format!("{now}\n{}", world.nonce(8));
    let token = base32(&derived(world.seed, "bill", &about), 32);
    world.bill_files.insert(token.clone(), BillFile { bytes, ends_at: now + ADDRESS_LIFE_S });
    token
}

fn packed(csv: &str) -> io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(csv.as_bytes())?;
    packer.finish()
}

fn day(call: &Call) -> Result<Day, Refusal> {
    let given = call.query.get("bill_date");
    let date = given.and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
    let date = date.and_then(|date| date.and_hms_opt(0, 0, 0));
    let midnight = date.ok_or_else(|| Refusal::query("bill_date", given, "格式应为 YYYY-MM-DD"))?;
    Ok(Day { from: midnight.and_utc().timestamp() - BEIJING_OFFSET_S })
}

/// What the platform keeps for itself: 0.6 % of an amount, rounded to fen.
fn fee_fen(amount_fen: i64) -> i64 {
    amount_fen.saturating_mul(6).saturating_add(500) / 1000
}

/// Fen as yuan with two decimals, as bills write it.
fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// A moment as bills write it.
fn local(at: i64) -> String {
    DateTime::from_timestamp(at + BEIJING_OFFSET_S, 0)
        .map(|moment| moment.format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// Writes a line of data: each cell begins with a back-tick, nothing is quoted.
fn line(text: &mut String, cells: &[Cow<'_, str>]) {
    for (number, cell) in cells.iter().enumerate() {
        text.push_str(if number == 0 { "`" } else { ",`" });
        text.push_str(cell);
    }
    text.push_str("\r\n");
}
