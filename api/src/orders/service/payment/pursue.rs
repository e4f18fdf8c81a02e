//! The worker's turns on a payment: asked about until it has ended, closed when its order is gone.

use chrono::{DateTime, Duration, Utc};
use entities::enums::AttemptState;
use entities::payment_attempt;

use super::{ask, take_evidence};
use crate::app::App;
use crate::kit::ids::AttemptId;
use crate::kit::refusal::Fault;
use crate::money::rules::next_check_s;
use crate::money::service::attempt::{self, Closing};
use crate::money::service::evidence::{self, Answer, Meaning, has_no_number};
use crate::money::store::attempt as rows;
use crate::orders::store::payable;

/// A payment that has ended and is in doubt is asked about each hour for so many days, and then each day.
const HOURLY_D: i64 = 2;
/// The platform keeps its bills for three months.
const ASKED_D: i64 = 90;

/// The worker's turn on an attempt. Gives the instant of the next turn, or `None` when the attempt has ended.
pub async fn pursue(app: &App, id: AttemptId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(open) = rows::by_id(app.db.write(), id).await? else { return Ok(None) };
    if open.state == AttemptState::Closed || has_no_number(&open) {
        let is_settled = settle_doubt(app, &open).await?;
        return Ok(if is_settled { None } else { asked_on(&open, app.clock.now()) });
    }
    if !matches!(open.state, AttemptState::Created | AttemptState::Prepaid) {
        return Ok(None);
    }
    let order = payable::read(app.db.write(), open.order_id).await?;
    let waits = order.is_some_and(|order| order.waits());
    let is_settled =
        if waits { settles(ask(app, &open).await?.as_ref()) } else { close_for_good(app, &open).await? };
    if is_settled {
        return Ok(None);
    }
    rows::checked(app.db.write(), open.id).await?;
    Ok(Some(app.clock.now() + Duration::seconds(next_check_s(open.checks + 1))))
}

/// Closed by a word that came in between, or called for by a bill that has it paid: one certain answer settles it. Paid under
/// another one's number: only its own does.
async fn settle_doubt(app: &App, ended: &payment_attempt::Model) -> Result<bool, Fault> {
    let is_closed = ended.state == AttemptState::Closed;
    Ok(match evidence::query(app, ended).await {
        Answer::Said(said) => {
            let meaning = take_evidence(app, &said, None).await?;
            is_closed || meaning == Meaning::Known
        }
        Answer::NotThere => is_closed,
        Answer::Silent => false,
    })
}

fn asked_on(ended: &payment_attempt::Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let age = now - ended.created_at;
    let wait = if age < Duration::days(HOURLY_D) { Duration::hours(1) } else { Duration::days(1) };
    (age < Duration::days(ASKED_D)).then_some(now + wait)
}

fn settles(meaning: Option<&Meaning>) -> bool {
    matches!(meaning, Some(Meaning::Paid | Meaning::PaidLate | Meaning::Known | Meaning::Closed))
}

/// Closes an attempt whose order does not wait for it any more. True: it has ended one way or the other.
pub async fn close_for_good(app: &App, open: &payment_attempt::Model) -> Result<bool, Fault> {
    match attempt::close(app, open).await? {
        Closing::Closed => {
            rows::closed(app.db.write(), open.id, app.clock.now()).await?;
            Ok(true)
        }
        Closing::Paid => Ok(settles(ask(app, open).await?.as_ref())),
        Closing::Unknown => Ok(false),
    }
}
