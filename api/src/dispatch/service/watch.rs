//! The watch over an accepted visit: late, did not come, did not leave. Nobody has to notice it.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{FaultKind, ServiceState};
use entities::service_order;
use sea_orm::DatabaseTransaction;

use crate::app::App;
use crate::dispatch::service::turn::back_to_search;
use crate::kit::event::record;
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::orders::rules::service_order::ServiceEvent;
use crate::orders::rules::turns::{LEAVE_ALARM_MIN, Watch, watch as next};
use crate::orders::store::service_order as orders;
use crate::orders::store::service_turn as rows;
use crate::orders::store::write::Cause;
use crate::slots::store::carers;

/// The worker's turn. Gives the instant of the next look, or `None` when there is nothing to watch any more.
pub async fn watch(app: &App, id: OrderId) -> Result<Option<DateTime<Utc>>, Fault> {
    let tx = app.db.begin().await?;
    let Some(order) = orders::current(&tx, id.0).await? else { return Ok(None) };
    let now = app.clock.now();
    let later = match order.state {
        ServiceState::Accepted | ServiceState::EnRoute => {
            let is_at_door = rows::waiting(&tx, &order).await?.is_some();
            match next((order.starts_at, order.ends_at), is_at_door, now) {
                Watch::Later(at) => return Ok(Some(at)),
                Watch::Late(at) => {
                    tell_once(app, &tx, &order, "late_alarm").await?;
                    Some(at)
                }
                Watch::DidNotCome => {
                    did_not_come(app, &tx, &order).await?;
                    None
                }
            }
        }
        ServiceState::CheckedIn => {
            let alarm = order.ends_at + Duration::minutes(LEAVE_ALARM_MIN);
            if now < alarm {
                return Ok(Some(alarm));
            }
            tell_once(app, &tx, &order, "leave_alarm").await?;
            None
        }
        _ => return Ok(None),
    };
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(later)
}

async fn tell_once(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
    name: &'static str,
) -> Result<(), Fault> {
    if !rows::has_event(tx, order.id, (name, order.starts_at)).await? {
        let told = orders::told(order, name, (None, None), Cause::default());
        record(tx, &app.ids, app.clock.now(), vec![told]).await?;
    }
    Ok(())
}

/// Every carer who said yes failed; the family chooses what now.
async fn did_not_come(
    app: &App,
    tx: &DatabaseTransaction,
    order: &service_order::Model,
) -> Result<(), Fault> {
    let (now, reason) = (app.clock.now(), "开始三十分钟后仍未签到");
    let failed = rows::fail_parts(tx, order.id, None, (reason, now)).await?;
    for carer in failed {
        let fault = (FaultKind::DidNotCome, Some(carer));
        rows::blame(tx, app.ids.next(), order, fault, (reason, now)).await?;
    }
    carers::give_back(tx, order.id, None).await?;
    let cause = Cause { reason: Some(reason.to_owned()), ..Cause::default() };
    back_to_search(app, tx, order, (ServiceEvent::CarerNoShow, cause)).await
}
