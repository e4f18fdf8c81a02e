//! A refund that was given up for another number, because the platform said that it was closed, and that was not true.

use chrono::{DateTime, Utc};
use entities::refund::Model;
use wechat::pay::RefundStatus;

use super::word::{ask, unfit};
use super::{tell, tell_as};
use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::ids::RefundId;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::money::service::bill::agreed;
use crate::money::store::refund;

/// Takes up an earlier number under which, asked for it now, the platform does give the money back, in place of one of which
/// nothing ever came. `None`: there is none, or the last one was sent since `quiet_since`.
pub async fn resume(
    app: &App,
    who: &SignedIn,
    last: &Model,
    quiet_since: DateTime<Utc>,
) -> Result<Option<Model>, Fault> {
    for earlier in refund::given_up(app.db.write(), last).await? {
        let Ok(said) = app.pay.query_refund(&earlier.out_refund_no).await else { continue };
        let moves = said.status != RefundStatus::Closed;
        if !moves || unfit(app, app.db.write(), &earlier, &said).await?.is_some() {
            continue;
        }
        if !swap(app, who, (last, &earlier), quiet_since).await? {
            return Ok(None);
        }
        tracing::error!(refund.id = %RefundId(earlier.id), "a refund that was given up goes on");
        let resumed = refund::by_id(app.db.write(), earlier.id.into()).await?;
        if let Some(resumed) = &resumed {
            ask(app, resumed).await?;
            agreed(app, &resumed.out_refund_no).await?;
        }
        return Ok(refund::by_id(app.db.write(), earlier.id.into()).await?);
    }
    Ok(None)
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
