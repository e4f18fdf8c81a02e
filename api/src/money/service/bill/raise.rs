//! Cases that no comparison found: a refund that is said to have ended otherwise, and a bill that cannot be compared.

use chrono::{Duration, NaiveDate};
use entities::enums::{BillCaseKind as Kind, BillCaseState};
use entities::refund;
use sea_orm::ConnectionTrait;

use super::{draft, told};
use crate::app::App;
use crate::kit::event::record;
use crate::kit::refusal::Fault;
use crate::money::store::bill::{self as store, Lone};

/// Who has closed the case of bills that do not come has that long.
const AGAIN_H: i64 = 20;

/// The platform, asked for it, says that a refund ended in another way than the books have it. Open once; the office finds out.
pub async fn contradicted<C: ConnectionTrait>(app: &App, db: &C, row: &refund::Model) -> Result<(), Fault> {
    let lone = Lone {
        number: row.out_refund_no.clone(),
        order_id: Some(row.order_id),
        ours_fen: Some(row.amount_fen),
        theirs_fen: Some(row.amount_fen),
    };
    let today = app.clock.today();
    if store::open_once(db, &draft(app, today, Kind::RefundState, lone), Duration::zero()).await? {
        store::place(db, today).await?;
    }
    Ok(())
}

/// The platform, asked for it, says of a refund what the books say.
pub async fn agreed(app: &App, number: &str) -> Result<(), Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let ended = store::agree(&tx, number, now).await?;
    let events = ended.into_iter().map(|case| told(case.id, BillCaseState::Healed)).collect();
    record(&tx, &app.ids, now, events).await?;
    Ok(tx.commit().await?)
}

/// The bills of a day are late or do not read. Open once, and again each day while it is so; it heals when they are compared.
pub(super) async fn unread(app: &App, day: NaiveDate) -> Result<(), Fault> {
    let lone = Lone { number: day.to_string(), order_id: None, ours_fen: None, theirs_fen: None };
    store::open_once(app.db.write(), &draft(app, day, Kind::BillUnread, lone), Duration::hours(AGAIN_H))
        .await?;
    Ok(())
}
