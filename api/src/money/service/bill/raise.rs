//! Cases that no comparison found: a refund that is said to have ended otherwise, and a bill that cannot be compared.

use chrono::NaiveDate;
use entities::enums::BillCaseKind as Kind;
use entities::refund;
use sea_orm::ConnectionTrait;

use super::draft;
use crate::app::App;
use crate::kit::refusal::Fault;
use crate::money::store::bill::{self as store, Lone};

/// The platform, asked for it, says that a refund ended in another way than the books have it. Open once; the office finds out.
pub async fn contradicted<C: ConnectionTrait>(app: &App, db: &C, row: &refund::Model) -> Result<(), Fault> {
    let lone = Lone {
        number: row.out_refund_no.clone(),
        order_id: Some(row.order_id),
        ours_fen: Some(row.amount_fen),
        theirs_fen: Some(row.amount_fen),
    };
    let today = app.clock.today();
    if store::open_once(db, &draft(app, today, Kind::RefundState, lone)).await? {
        store::place(db, today).await?;
    }
    Ok(())
}

/// The bills of a day are late or do not read. Open once; it heals when they are compared.
pub(super) async fn unread(app: &App, day: NaiveDate) -> Result<(), Fault> {
    let lone = Lone { number: day.to_string(), order_id: None, ours_fen: None, theirs_fen: None };
    store::open_once(app.db.write(), &draft(app, day, Kind::BillUnread, lone)).await?;
    Ok(())
}
