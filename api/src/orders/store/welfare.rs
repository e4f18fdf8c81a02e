//! Rows of elders who could not be reached.

use entities::welfare_check::Model;
use entities::{elder, welfare_check};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

use super::read::aliases;
use crate::app::App;
use crate::directory::store::provider::officer_pattern;
use crate::kit::db::execute;
use crate::kit::event::{Event, record};
use crate::kit::ids::OrderId;
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scopes;
use crate::people::store::{Reached, desk_pattern};

/// A check with its elder as the person reaches him.
#[derive(Clone, Debug)]
pub struct Check {
    /// The check.
    pub row: Model,
    /// The elder.
    pub reached: Reached,
}

async fn checks<C: ConnectionTrait>(
    db: &C,
    who: &SignedIn,
    tail: &str,
    more: Vec<Value>,
) -> Result<Vec<Check>, DbErr> {
    let sql = format!(
        "SELECT {}, {} FROM welfare_check w JOIN elder e ON e.id = w.elder_id \
         WHERE (($1 <> '' AND e.region_code LIKE $1) OR ($2 <> '' AND e.region_code LIKE $2)) AND {tail}",
        aliases::<welfare_check::Entity>("w", "w_"),
        aliases::<elder::Entity>("e", "e_"),
    );
    let values = [vec![desk_pattern(who).into(), officer_pattern(who).into()], more].concat();
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let found = db.query_all_raw(statement).await?;
    let check = |found: &sea_orm::QueryResult| {
        let elder = elder::Model::from_query_result(found, "e_")?;
        Ok(Check {
            row: Model::from_query_result(found, "w_")?,
            reached: Reached::new(elder, Scopes::from_bits(0), who),
        })
    };
    found.iter().map(check).collect()
}

/// Open checks of the person's branch, the longest waiting first; at most 100.
pub async fn open<C: ConnectionTrait>(db: &C, who: &SignedIn) -> Result<Vec<Check>, DbErr> {
    checks(db, who, "w.state = 'OPEN' ORDER BY w.opened_at, w.id LIMIT 100", Vec::new()).await
}

/// Closes the check of an order in the person's branch and leaves the event; gives it as it stands now. `None` for any
/// other id.
pub async fn close(app: &App, who: &SignedIn, order: OrderId, outcome: &str) -> Result<Option<Check>, DbErr> {
    let tx = app.db.begin().await?;
    let now = app.clock.now();
    let Some(check) = checks(&tx, who, "w.order_id = $3", vec![order.0.into()]).await?.pop() else {
        return Ok(None);
    };
    let sql = "UPDATE welfare_check SET state = 'CLOSED', closed_at = $2, outcome = $3 WHERE id = $1 AND state = 'OPEN'";
    if execute(&tx, sql, [check.row.id.into(), now.into(), outcome.into()]).await? == 1 {
        let event = Event {
            subject: "welfare_check",
            subject_id: check.row.id,
            name: "close",
            actor: Some(who.person.0),
            reason: Some(outcome.to_owned()),
            is_quiet: true,
            ..Event::default()
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    let after = checks(&tx, who, "w.order_id = $3", vec![order.0.into()]).await?.pop();
    tx.commit().await?;
    Ok(after)
}
