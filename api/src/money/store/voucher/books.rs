//! The public account of each programme and district: `granted = available + reserved + redeemed + lapsed + returned`, to
//! the fen, at any moment, told once by the rows and once by the ledger alone.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::kit::db::{row, rows};
use crate::kit::fen::Fen;
use crate::money::rules::voucher::posting::Part;

/// Fen by part, in the order of `Part::ALL`; what was granted is the first.
pub type Book = [i64; 6];

/// Books by programme and district, as their public accounts are called.
pub type Books = BTreeMap<String, Book>;

/// What the rows say.
pub async fn from_rows<C: ConnectionTrait>(db: &C) -> Result<Books, DbErr> {
    #[derive(FromQueryResult)]
    struct Sum {
        programme: String,
        region_code: String,
        granted: i64,
        available: i64,
        reserved: i64,
        redeemed: i64,
        lapsed: i64,
        returned: i64,
    }
    let sql = "SELECT programme, region_code, CAST(sum(granted_fen) AS bigint) AS granted, \
        CAST(sum(available_fen) AS bigint) AS available, CAST(sum(reserved_fen) AS bigint) AS reserved, \
        CAST(sum(redeemed_fen) AS bigint) AS redeemed, CAST(sum(lapsed_fen) AS bigint) AS lapsed, \
        CAST(sum(returned_fen) AS bigint) AS returned FROM voucher_grant GROUP BY programme, region_code";
    let sums: Vec<Sum> = rows(db, sql, []).await?;
    let book = |sum: Sum| {
        let name = format!("{}/{}", sum.programme, sum.region_code);
        (name, [sum.granted, sum.available, sum.reserved, sum.redeemed, sum.lapsed, sum.returned])
    };
    Ok(sums.into_iter().map(book).collect())
}

/// What the ledger says.
pub async fn from_ledger<C: ConnectionTrait>(db: &C) -> Result<Books, DbErr> {
    #[derive(FromQueryResult)]
    struct Sum {
        account: String,
        amount_fen: i64,
    }
    let sql = "SELECT account, CAST(sum(amount_fen) AS bigint) AS amount_fen FROM ledger_entry \
        WHERE account LIKE 'voucher/%' GROUP BY account";
    let sums: Vec<Sum> = rows(db, sql, []).await?;
    let mut books = Books::new();
    for sum in sums {
        let Some((name, part)) = sum.account.trim_start_matches("voucher/").rsplit_once('/') else {
            continue;
        };
        let book = books.entry(name.to_owned()).or_default();
        if let Some(place) = Part::ALL.iter().position(|known| known.as_str() == part) {
            // What is granted stands above zero, its parts below.
            book[place] = if place == 0 { sum.amount_fen } else { -sum.amount_fen };
        }
    }
    Ok(books)
}

/// Every voucher identity that does not hold, in words; always empty, or the books are wrong. At most 20 of each kind.
pub async fn violations<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    let (rows, ledger) = (from_rows(db).await?, from_ledger(db).await?);
    let mut found = Vec::new();
    for (name, book) in rows.iter().chain(&ledger) {
        let parts: i64 = book[1..].iter().sum();
        if book[0] != parts {
            found.push(format!(
                "{name}: {} yuan were granted, the parts make {}",
                Fen::new(book[0]),
                Fen::new(parts)
            ));
        }
    }
    for name in rows.keys().chain(ledger.keys().filter(|name| !rows.contains_key(*name))) {
        let (own, booked) = (rows.get(name), ledger.get(name));
        if own != booked {
            found.push(apart(name, own.copied().unwrap_or_default(), booked.copied().unwrap_or_default()));
        }
    }
    found.extend(unclaimed(db, &ledger).await?);
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

/// What a programme owes providers is what was redeemed of its vouchers.
async fn unclaimed<C: ConnectionTrait>(db: &C, ledger: &Books) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Sum {
        amount_fen: i64,
    }
    let mut found = Vec::new();
    for (name, book) in ledger {
        let sql = "SELECT CAST(coalesce(sum(amount_fen), 0) AS bigint) AS amount_fen FROM ledger_entry WHERE account = $1";
        let sum: Option<Sum> = row(db, sql, [format!("public/{name}").into()]).await?;
        let claimed = sum.map_or(0, |sum| sum.amount_fen);
        if claimed != book[3] {
            let (redeemed, claimed) = (Fen::new(book[3]), Fen::new(claimed));
            found.push(format!("{name}: {redeemed} yuan were redeemed, {claimed} are claimed"));
        }
    }
    Ok(found)
}

/// What must be true of each row.
const BY_ROW: [(&str, &str); 3] = [
    (
        "a voucher and its orders differ",
        "SELECT g.id FROM voucher_grant g LEFT JOIN (SELECT grant_id, sum(reserved_fen) AS reserved, \
         sum(redeemed_fen) AS redeemed FROM voucher_use GROUP BY grant_id) u ON u.grant_id = g.id \
         WHERE g.reserved_fen <> coalesce(u.reserved, 0) OR g.redeemed_fen <> coalesce(u.redeemed, 0) ORDER BY 1 LIMIT 20",
    ),
    (
        "an order and what it took of a voucher differ",
        "SELECT o.id FROM (SELECT id, voucher_fen FROM meal_order WHERE voucher_fen > 0 \
         UNION ALL SELECT id, voucher_fen FROM service_order WHERE voucher_fen > 0) o \
         LEFT JOIN voucher_use u ON u.order_id = o.id WHERE u.taken_fen IS NULL OR u.taken_fen <> o.voucher_fen ORDER BY 1 LIMIT 20",
    ),
    (
        "a voucher without its one posting",
        "SELECT g.id FROM voucher_grant g LEFT JOIN (SELECT order_id, sum(amount_fen) AS fen FROM ledger_entry \
         WHERE account LIKE 'voucher/%/granted' GROUP BY order_id) e ON e.order_id = g.id \
         WHERE g.granted_fen <> coalesce(e.fen, 0) ORDER BY 1 LIMIT 20",
    ),
];
