//! How often the platform is called in a minute, over all processes.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

use crate::kit::db::execute;

/// Takes one call of a kind in this minute. False: the minute is used up.
pub async fn take<C: ConnectionTrait>(
    tx: &C,
    kind: &str,
    minute: DateTime<Utc>,
    limit: u32,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO platform_rate (kind, minute_at, used) VALUES ($1, $2, 1) ON CONFLICT (kind) DO UPDATE SET \
        used = CASE WHEN platform_rate.minute_at = excluded.minute_at THEN platform_rate.used + 1 ELSE 1 END, \
        minute_at = excluded.minute_at WHERE platform_rate.minute_at <> excluded.minute_at OR platform_rate.used < $3";
    Ok(execute(tx, sql, [kind.into(), minute.into(), i64::from(limit).into()]).await? == 1)
}
