//! The ledger: only ever written, each posting once.

use chrono::{DateTime, Utc};
use entities::ledger_entry;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, sea_query::OnConflict,
};

use crate::kit::db::{row, rows};
use crate::money::rules::Posting;

/// Writes postings. A posting whose key is there already changes nothing.
pub async fn post<C: ConnectionTrait>(db: &C, postings: &[Posting], at: DateTime<Utc>) -> Result<(), DbErr> {
    let entries: Vec<_> = postings
        .iter()
        .flat_map(|posting| {
            posting.entries.iter().map(|(account, amount)| ledger_entry::ActiveModel {
                posting_key: Set(posting.key.clone()),
                account: Set(account.name()),
                amount_fen: Set(amount.get()),
                order_id: Set(posting.order),
                posted_at: Set(at),
            })
        })
        .collect();
    if entries.is_empty() {
        return Ok(());
    }
    use ledger_entry::Column;
    ledger_entry::Entity::insert_many(entries)
        .on_conflict(OnConflict::columns([Column::PostingKey, Column::Account]).do_nothing().to_owned())
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

/// Sum of an account.
#[derive(Clone, Debug, FromQueryResult, PartialEq, Eq)]
pub struct Balance {
    /// Which account.
    pub account: String,
    /// Fen, what came in positive.
    pub amount_fen: i64,
}

/// Sum of each account, by name.
pub async fn balances<C: ConnectionTrait>(db: &C) -> Result<Vec<Balance>, DbErr> {
    rows(
        db,
        "SELECT account, CAST(sum(amount_fen) AS bigint) AS amount_fen FROM ledger_entry GROUP BY account ORDER BY account",
        [],
    )
    .await
}

/// What an order still has in escrow.
pub async fn escrow_of<C: ConnectionTrait>(db: &C, order: uuid::Uuid) -> Result<i64, DbErr> {
    #[derive(FromQueryResult)]
    struct Sum {
        amount_fen: i64,
    }
    let sum: Option<Sum> = row(
        db,
        "SELECT CAST(coalesce(-sum(amount_fen), 0) AS bigint) AS amount_fen FROM ledger_entry \
         WHERE order_id = $1 AND account = 'escrow'",
        [order.into()],
    )
    .await?;
    Ok(sum.map_or(0, |sum| sum.amount_fen))
}
