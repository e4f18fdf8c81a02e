//! Rows of what the platform said about files and orders.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::kit::db::{execute, row};

/// The event by which the platform says that it manages shipping from now on.
pub const SHIPPING_MANAGED: &str = "trade_manage_remind_access_api";

/// Keeps what the platform said about a file, also when the file is not known here yet: the verdict may be quicker.
pub async fn judged<C: ConnectionTrait>(
    tx: &C,
    trace_id: &str,
    (verdict, label): (&str, Option<i64>),
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO media_check (trace_id, verdict, label, judged_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (trace_id) DO NOTHING";
    execute(tx, sql, [trace_id.into(), verdict.into(), label.into(), at.into()]).await.map(|_| ())
}

/// Whether the platform has said that it manages shipping.
pub async fn is_shipping_managed<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        is_managed: bool,
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM wechat_inbox WHERE event_type = $1) AS is_managed";
    let found: Option<Found> = row(db, sql, [SHIPPING_MANAGED.into()]).await?;
    Ok(found.is_some_and(|found| found.is_managed))
}
