//! What did not fit: noted with its weight, explained by the carer, judged by a person from outside.

use chrono::{DateTime, Utc};
use entities::enums::ExceptionReview;
use entities::visit_exception::Model;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::dispatch::graph::exception::{VisitExceptionAnswerErrorCode, VisitExceptionReviewErrorCode};
use crate::dispatch::rules::Miss;
use crate::dispatch::store::exception as store;
use crate::kit::event::{Event, record};
use crate::kit::ids::{ExceptionId, ProviderId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::orders::store::{service_hold, service_order as orders};
use crate::people::service::words::queue_said;

/// Longest words of a carer in characters.
const WORDS_MAX: usize = 500;
/// Longest reason of a review in characters.
const REASON_MAX: usize = 200;

/// Notes what did not fit in a carer's part of a visit, and holds its money where the rule says so. Says whether something
/// is new. The caller has locked the order.
pub async fn note(
    (app, now): (&App, DateTime<Utc>),
    tx: &DatabaseTransaction,
    (order, carer): (Uuid, Uuid),
    misses: Vec<Miss>,
) -> Result<bool, Fault> {
    let mut is_new = false;
    for miss in misses {
        let row = Model {
            id: app.ids.next(),
            order_id: order,
            carer_id: carer,
            rule: miss.rule.to_owned(),
            score: miss.score,
            detail: miss.detail,
            holds_line: miss.holds_line,
            noted_at: now,
            answer_sealed: None,
            answered_at: None,
            review: ExceptionReview::Open,
            review_reason: None,
            reviewed_by: None,
            reviewed_at: None,
        };
        if store::note(tx, row).await? {
            is_new = true;
            if miss.holds_line {
                service_hold::hold(app, tx, order).await?;
            }
        }
    }
    Ok(is_new)
}

fn told(id: ExceptionId, name: &'static str, who: &SignedIn) -> Event {
    Event {
        subject: "visit_exception",
        subject_id: id.0,
        name,
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    }
}

/// The carer explains. He may say it better until somebody has reviewed it.
pub async fn answer(
    app: &App,
    who: &SignedIn,
    id: ExceptionId,
    words: &str,
) -> Result<Model, Stop<VisitExceptionAnswerErrorCode>> {
    use VisitExceptionAnswerErrorCode as C;
    let words = words.trim();
    if !(1..=WORDS_MAX).contains(&words.chars().count()) {
        return refuse_field(C::WordsInvalid, "words");
    }
    let tx = app.db.begin().await?;
    let Some(found) = store::own_one(&tx, who, id).await? else {
        return refuse_field(C::ExceptionNotFound, "exceptionId");
    };
    if app.seal.open_optional(found.answer_sealed.as_deref())?.as_deref() == Some(words) {
        return Ok(found);
    }
    let now = app.clock.now();
    if !store::answer(&tx, id, app.seal.seal(words)?, now).await? {
        return refuse(C::AlreadyReviewed);
    }
    queue_said(app, &tx, who, ("visit_exception", id.0), ("answer", words)).await?;
    record(&tx, &app.ids, now, vec![told(id, "answer", who)]).await?;
    let answered = store::one(&tx, id).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    answered.ok_or_else(|| Fault::new("an exception vanished when answered").into())
}

/// A person from outside the provider decides, once; the same again answers the same. What is accepted stays, but is no flag
/// any more, and money that nothing else holds goes on.
pub async fn review(
    app: &App,
    who: &SignedIn,
    id: ExceptionId,
    (is_accepted, reason): (bool, &str),
) -> Result<Model, Stop<VisitExceptionReviewErrorCode>> {
    use VisitExceptionReviewErrorCode as C;
    let reason = reason.trim();
    if !(1..=REASON_MAX).contains(&reason.chars().count()) {
        return refuse_field(C::ReasonInvalid, "reason");
    }
    let tx = app.db.begin().await?;
    let Some(found) = store::one(&tx, id).await? else {
        return refuse_field(C::ExceptionNotFound, "exceptionId");
    };
    let order = orders::current(&tx, found.order_id).await?;
    let order = order.ok_or_else(|| Fault::new("an exception without an order"))?;
    if !(who.is_desk_for(&order.region_code) || who.is_officer_for(&order.region_code)) {
        return refuse_field(C::ExceptionNotFound, "exceptionId");
    }
    if who.is_staff_of(ProviderId(order.provider_id)) {
        return refuse(C::NotIndependent);
    }
    let review = if is_accepted { ExceptionReview::Accepted } else { ExceptionReview::Rejected };
    let now = app.clock.now();
    if !store::decide(&tx, id, (review, reason), (who.person.0, now)).await? {
        let seen = store::one(&tx, id).await?;
        let is_same = |row: &Model| {
            row.review == review
                && row.reviewed_by == Some(who.person.0)
                && row.review_reason.as_deref() == Some(reason)
        };
        return seen.filter(is_same).map_or_else(|| refuse(C::AlreadyReviewed), Ok);
    }
    queue_said(app, &tx, who, ("visit_exception", id.0), ("review", reason)).await?;
    let event = Event { to: Some(review.as_str()), ..told(id, "review", who) };
    record(&tx, &app.ids, now, vec![event]).await?;
    if is_accepted && found.holds_line && !store::is_holding(&tx, order.id).await? {
        service_hold::release(app, &tx, order.id).await?;
    }
    let reviewed = store::one(&tx, id).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    reviewed.ok_or_else(|| Fault::new("an exception vanished when reviewed").into())
}
