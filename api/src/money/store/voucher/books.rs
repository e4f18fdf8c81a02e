//! The public account of each programme and district: `granted = available + reserved + redeemed + lapsed + returned`, to
//! the fen, at any moment, told once by the rows and once by the ledger alone.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::kit::db::rows;
use crate::kit::fen::Fen;
use crate::money::rules::voucher::posting::Part;

/// Fen by part, in the order of `Part::ALL`; what was granted is the first.
pub type Book = [i64; 6];

/// Books by programme and district, as their public accounts are called.
pub type Books = BTreeMap<String, Book>;

/// Sums of the rows of each programme and district.
const ROWS: &str = "SELECT 'row' AS side, programme || '/' || region_code AS name, \
    CAST(sum(granted_fen) AS bigint) AS granted, CAST(sum(available_fen) AS bigint) AS available, \
    CAST(sum(reserved_fen) AS bigint) AS reserved, CAST(sum(redeemed_fen) AS bigint) AS redeemed, \
    CAST(sum(lapsed_fen) AS bigint) AS lapsed, CAST(sum(returned_fen) AS bigint) AS returned \
    FROM voucher_grant GROUP BY programme, region_code";
/// Sums of the ledger's accounts of vouchers and of what is claimed for them.
const LEDGER: &str = "SELECT 'ledger' AS side, account AS name, CAST(sum(amount_fen) AS bigint) AS granted, \
    CAST(0 AS bigint) AS available, CAST(0 AS bigint) AS reserved, CAST(0 AS bigint) AS redeemed, \
    CAST(0 AS bigint) AS lapsed, CAST(0 AS bigint) AS returned \
    FROM ledger_entry WHERE account LIKE 'voucher/%' OR account LIKE 'public/%' GROUP BY account";

#[derive(FromQueryResult)]
struct Sum {
    side: String,
    name: String,
    granted: i64,
    available: i64,
    reserved: i64,
    redeemed: i64,
    lapsed: i64,
    returned: i64,
}

impl Sum {
    const fn book(&self) -> Book {
        [self.granted, self.available, self.reserved, self.redeemed, self.lapsed, self.returned]
    }
}

/// What the rows say.
pub async fn from_rows<C: ConnectionTrait>(db: &C) -> Result<Books, DbErr> {
    let sums: Vec<Sum> = rows(db, ROWS, []).await?;
    Ok(sums.into_iter().map(|sum| (sum.name.clone(), sum.book())).collect())
}

/// Rows and ledger of one moment.
#[derive(Clone, Debug, Default)]
pub struct Both {
    /// What the rows say.
    pub rows: Books,
    /// What the ledger says of the same parts.
    pub ledger: Books,
    /// What providers claim, by public account.
    pub claimed: BTreeMap<String, i64>,
}

/// Rows and ledger in one statement, so that nothing moves between them.
pub async fn both<C: ConnectionTrait>(db: &C) -> Result<Both, DbErr> {
    let sums: Vec<Sum> = rows(db, &format!("{ROWS} UNION ALL {LEDGER}"), []).await?;
    let mut both = Both::default();
    for sum in sums {
        if sum.side == "row" {
            both.rows.insert(sum.name.clone(), sum.book());
        } else if let Some(account) = sum.name.strip_prefix("public/") {
            both.claimed.insert(account.to_owned(), sum.granted);
        } else if let Some((name, part)) = sum.name.trim_start_matches("voucher/").rsplit_once('/') {
            let book = both.ledger.entry(name.to_owned()).or_default();
            if let Some(place) = Part::ALL.iter().position(|known| known.as_str() == part) {
                // What is granted stands above zero, its parts below.
                book[place] = if place == 0 { sum.granted } else { -sum.granted };
            }
        }
    }
    Ok(both)
}

/// Every voucher identity that does not hold, in words; always empty, or the books are wrong. At most 20 of each kind.
pub async fn violations<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    let Both { rows, ledger, claimed } = both(db).await?;
    let mut found = Vec::new();
    for (name, book) in rows.iter().chain(&ledger) {
        let parts: i64 = book[1..].iter().sum();
        if book[0] != parts {
            let (granted, parts) = (Fen::new(book[0]), Fen::new(parts));
            found.push(format!("{name}: {granted} yuan were granted, the parts make {parts}"));
        }
    }
    for name in rows.keys().chain(ledger.keys().filter(|name| !rows.contains_key(*name))) {
        let (own, booked) = (rows.get(name), ledger.get(name));
        if own != booked {
            found.push(apart(name, own.copied().unwrap_or_default(), booked.copied().unwrap_or_default()));
        }
    }
    // What a programme owes providers is what was redeemed of its vouchers.
    for (name, book) in &ledger {
        let claimed = claimed.get(name).copied().unwrap_or(0);
        if claimed != book[3] {
            let (redeemed, claimed) = (Fen::new(book[3]), Fen::new(claimed));
            found.push(format!("{name}: {redeemed} yuan were redeemed, {claimed} are claimed"));
        }
    }
    for (words, sql) in BY_ROW {
        #[derive(FromQueryResult)]
        struct Id {
            id: uuid::Uuid,
        }
        let ids: Vec<Id> = self::rows(db, sql, []).await?;
        found.extend(ids.into_iter().map(|found| format!("{words}: {}", found.id)));
    }
    Ok(found)
}

/// The parts in which rows and ledger differ.
fn apart(name: &str, rows: Book, ledger: Book) -> String {
    let parts = Part::ALL.iter().zip(rows.into_iter().zip(ledger)).filter(|(_, (row, booked))| row != booked);
    let told = parts.map(|(part, (row, booked))| {
        format!("{} yuan {} by the rows, {} by the ledger", Fen::new(row), part.as_str(), Fen::new(booked))
    });
    format!("{name}: {}", told.collect::<Vec<_>>().join("; "))
}

/// What must be true of each row: two sides put under each other and added up, so that each table is read once.
const BY_ROW: [(&str, &str); 3] = [
    (
        "a voucher and its orders differ",
        "SELECT id FROM (SELECT id, reserved_fen AS reserved, redeemed_fen AS redeemed FROM voucher_grant \
         UNION ALL SELECT grant_id, -reserved_fen, -redeemed_fen FROM voucher_use) r \
         GROUP BY id HAVING sum(reserved) <> 0 OR sum(redeemed) <> 0 ORDER BY id LIMIT 20",
    ),
    (
        "an order and what it took of a voucher differ",
        "SELECT id FROM (SELECT id, voucher_fen AS fen FROM meal_order UNION ALL SELECT id, voucher_fen FROM service_order \
         UNION ALL SELECT order_id, -taken_fen FROM voucher_use) r GROUP BY id HAVING sum(fen) <> 0 ORDER BY id LIMIT 20",
    ),
    (
        "a voucher without its one posting",
        "SELECT id FROM (SELECT id, granted_fen AS fen FROM voucher_grant \
         UNION ALL SELECT order_id, -amount_fen FROM ledger_entry WHERE account LIKE 'voucher/%/granted') r \
         GROUP BY id HAVING sum(fen) <> 0 ORDER BY id LIMIT 20",
    ),
];
