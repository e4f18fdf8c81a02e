//! Rows of lines of providers' statements. Every change of state is one conditional statement.

use chrono::{DateTime, Utc};
use entities::enums::LineState;
use entities::settlement_line::{Entity, Model};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel as _, sea_query::OnConflict};
use uuid::Uuid;

use crate::kit::db::{execute, row, rows};
use crate::kit::page::Page;
use crate::money::rules::Split;
use crate::money::rules::settlement::LineEvent;

/// Writes the line of a confirmed visit. False: it is there already.
pub async fn open<C: ConnectionTrait>(tx: &C, line: &Model) -> Result<bool, DbErr> {
    let written = Entity::insert(line.clone().into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await;
    match written {
        Ok(count) => Ok(count == 1),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Moves the line of an order by an event of its machine. False: there is none, or it is in another state.
pub async fn advance<C: ConnectionTrait>(tx: &C, order: Uuid, event: LineEvent) -> Result<bool, DbErr> {
    let (from, to) = event.way();
    let sql =
        "UPDATE settlement_line SET state = $3, version = version + 1 WHERE order_id = $1 AND state = $2";
    Ok(execute(tx, sql, [order.into(), from.as_str().into(), to.as_str().into()]).await? == 1)
}

/// A person's look at a held line.
#[derive(Clone, Debug)]
pub struct Review {
    /// Who looked.
    pub by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Why it ended so.
    pub reason: String,
}

/// Moves a held line by a person's decision; `left` is what the provider gets. False: it was not held.
pub async fn decide<C: ConnectionTrait>(
    tx: &C,
    order: Uuid,
    (event, left): (LineEvent, Split),
    review: &Review,
) -> Result<bool, DbErr> {
    let (from, to) = event.way();
    let sql = "UPDATE settlement_line SET state = $3, subsidy_fen = $4, voucher_fen = $5, cash_fen = $6, reviewed_by = $7, \
        reviewed_at = $8, review_reason = $9, version = version + 1 WHERE order_id = $1 AND state = $2";
    let values = [
        order.into(),
        from.as_str().into(),
        to.as_str().into(),
        left.subsidy.get().into(),
        left.voucher.get().into(),
        left.cash.get().into(),
        review.by.into(),
        review.at.into(),
        review.reason.clone().into(),
    ];
    Ok(execute(tx, sql, values).await? == 1)
}

/// The line of an order; `None` before it is confirmed.
pub async fn of_order<C: ConnectionTrait>(db: &C, order: Uuid) -> Result<Option<Model>, DbErr> {
    row(db, "SELECT * FROM settlement_line WHERE order_id = $1", [order.into()]).await
}

/// Whose lines somebody looks at.
#[derive(Clone, Debug)]
pub enum Whose {
    /// A provider's own.
    Provider(Uuid),
    /// Those of a branch of the region tree; a pattern.
    Branch(String),
}

/// Lines, the newest first; of one state when named.
pub async fn list<C: ConnectionTrait>(
    db: &C,
    whose: &Whose,
    state: Option<LineState>,
    page: Page,
) -> Result<Vec<Model>, DbErr> {
    let limit = i64::try_from(page.limit()).unwrap_or(i64::MAX);
    let (scope, value): (_, sea_orm::Value) = match whose {
        Whose::Provider(id) => ("provider_id = $1", (*id).into()),
        Whose::Branch(pattern) => ("region_code LIKE $1", pattern.clone().into()),
    };
    let sql = format!(
        "SELECT * FROM settlement_line WHERE {scope} AND ($2 = '' OR state = $2) AND order_id < $3 \
         ORDER BY order_id DESC LIMIT $4"
    );
    let after = page.after.unwrap_or(Uuid::max());
    rows(db, &sql, [value, state.map_or("", LineState::as_str).into(), after.into(), limit.into()]).await
}
