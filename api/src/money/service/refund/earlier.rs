//! A refund that was given up for another number, because the platform said that it was closed, and that was not true.

use chrono::{DateTime, Utc};
use entities::refund::Model;
use wechat::pay::RefundStatus;

use super::word::{ask, is_not_there, unfit};
use super::{tell, tell_as};
use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::ids::RefundId;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::money::service::bill::agreed;
use crate::money::store::refund;

/// What became of the numbers that were given up for another one.
#[derive(Clone, Debug)]
pub enum Earlier {
    /// Certain: nothing ever came of any of them.
    Void,
    /// This one gives the money back, and goes on in place of the last one.
    Resumed(Box<Model>),
    /// Not certain: nothing may be sent under a new number.
    Unknown,
}

/// Takes up an earlier number under which, asked for it now, the platform does give the money back, in place of one of which
/// nothing ever came. Nothing is taken up when the last one was sent since `quiet_since`.
pub async fn resume(
    app: &App,
    who: &SignedIn,
    last: &Model,
    quiet_since: DateTime<Utc>,
) -> Result<Earlier, Fault> {
    for earlier in refund::given_up(app.db.write(), last).await? {
        let said = match app.pay.query_refund(&earlier.out_refund_no).await {
            Ok(said) => said,
            Err(error) if is_not_there(&error) => continue,
            Err(_) => return Ok(Earlier::Unknown),
        };
        if unfit(app, app.db.write(), &earlier, &said).await?.is_some() {
            return Ok(Earlier::Unknown);
        }
        if said.status == RefundStatus::Closed {
            continue;
        }
        if !swap(app, who, (last, &earlier), quiet_since).await? {
            return Ok(Earlier::Unknown);
        }
        tracing::error!(refund.id = %RefundId(earlier.id), "a refund that was given up goes on");
        let resumed = refund::by_id(app.db.write(), earlier.id.into()).await?.unwrap_or(earlier);
        ask(app, &resumed).await?;
        agreed(app, &resumed.out_refund_no).await?;
        let now = refund::by_id(app.db.write(), resumed.id.into()).await?;
        return Ok(Earlier::Resumed(Box::new(now.unwrap_or(resumed))));
    }
    Ok(Earlier::Void)
}

async fn swap(
    app: &App,
    who: &SignedIn,
    (last, earlier): (&Model, &Model),
    quiet_since: DateTime<Utc>,
) -> Result<bool, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    if !refund::replace(&tx, (last.id, earlier.id), (quiet_since, now)).await?
        || !refund::resume(&tx, earlier.id).await?
    {
        return Ok(false);
    }
    schedule(&tx, &app.ids, [(Due::Refund, earlier.id, now)]).await?;
    tell_as(app, &tx, earlier, ("refund_asked_again", Some(who.person))).await?;
    tell(app, &tx, earlier, "refund_reopened").await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(true)
}
