//! The worker's part of a complaint: reads what the platform has, sends what the desk answered, tells that it is settled.

use chrono::{DateTime, Duration, Utc};
use entities::complaint::Model;
use entities::complaint_answer::Model as Answer;
use entities::enums::{ComplaintAnswerState as Sending, ComplaintState as State};
use wechat::mini::TextVerdict;
use wechat::pay::{ComplaintState, Outcome};

use super::{Said, Told, event};
use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::ComplaintId;
use crate::kit::refusal::Fault;
use crate::money::rules::complaint::unchecked_at;
use crate::money::store::complaint as store;
use crate::people::rules::words::objection;
use crate::people::service::words::{Answer as Checked, ask};

/// Seconds by which the platform's clock may be behind ours, and its times are whole seconds.
const CLOCKS_S: i64 = 300;
/// Seconds until the platform is asked again after no certain answer.
const AGAIN_S: i64 = 60;

/// The worker's turn. Gives the next one.
pub async fn pursue(app: &App, id: ComplaintId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(row) = store::by_id(app.db.write(), id).await? else { return Ok(None) };
    let again = Some(app.clock.now() + Duration::seconds(AGAIN_S));
    let Some((told, state)) = look(app, &row).await? else { return Ok(again) };
    let answers = store::answers(app.db.write(), vec![id.0]).await?;
    let unsent = answers.iter().find(|one| matches!(one.state, Sending::Waiting | Sending::Sending));
    match unsent {
        Some(answer) if answer.state == Sending::Sending => return arrived(app, answer, &told).await,
        Some(answer) => return send(app, &row, answer).await,
        None => {}
    }
    match row.state {
        State::Completed if row.completion_told_at.is_none() => {
            if state != ComplaintState::Processed
                && let Err(error) = app.pay.complete_complaint(&row.platform_id).await
            {
                tracing::warn!(%error, "the platform did not take that a complaint is settled");
                return Ok(again);
            }
            store::completion_told(app.db.write(), id.0, app.clock.now()).await?;
            Ok(None)
        }
        State::Open if app.clock.now() < row.due_at => Ok(Some(row.due_at)),
        State::Open => {
            tracing::error!(complaint.id = %id, "a complaint was not answered within 24 hours");
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// Reads a complaint at the platform and keeps what it says. `None`: no certain answer.
async fn look(app: &App, row: &Model) -> Result<Option<(Told, ComplaintState)>, Fault> {
    let both = async {
        let detail = app.pay.complaint(&row.platform_id).await?;
        Ok::<_, wechat::pay::PayError>((detail, app.pay.complaint_history(&row.platform_id).await?))
    };
    let (detail, history) = match both.await {
        Ok(both) => both,
        Err(error) => {
            tracing::warn!(%error, "a complaint could not be read");
            return Ok(None);
        }
    };
    let said = |step: wechat::pay::ComplaintStep| Said {
        by: step.by,
        at: step.at.and_then(|at| DateTime::from_timestamp(at, 0)).unwrap_or(row.made_at),
        words: step.words,
    };
    let history = history.into_iter().map(said).collect();
    let told = Told { words: detail.words, phone: detail.payer_phone, history };
    let number = detail.out_trade_nos.first().map(String::as_str);
    let place = match number {
        Some(number) => store::place(app.db.read(), number).await?,
        None => None,
    };
    let sealed = app.seal.seal(&serde_json::to_string(&told)?)?;
    store::keep(app.db.write(), row.id, (number, place.as_ref()), sealed).await?;
    Ok(Some((told, detail.state)))
}

/// An answer whose sending came to no certain end: it arrived when the platform shows it, otherwise it is sent again.
async fn arrived(app: &App, answer: &Answer, told: &Told) -> Result<Option<DateTime<Utc>>, Fault> {
    let words = app.seal.open(&answer.words_sealed)?;
    let since = answer.answered_at - Duration::seconds(CLOCKS_S);
    if told.history.iter().any(|step| step.words == words && step.at >= since) {
        store::sent(app.db.write(), answer.id, app.clock.now()).await?;
    } else {
        store::advance(app.db.write(), answer.id, (Sending::Sending, Sending::Waiting)).await?;
    }
    Ok(Some(app.clock.now()))
}

async fn send(app: &App, row: &Model, answer: &Answer) -> Result<Option<DateTime<Utc>>, Fault> {
    let (words, now) = (app.seal.open(&answer.words_sealed)?, app.clock.now());
    match ask(app, answer.answered_by, (&words, answer.answered_at)).await? {
        Checked::Said(verdict @ TextVerdict::Risky { .. }) => {
            return refuse(app, answer, &objection(verdict).unwrap_or_default()).await;
        }
        Checked::Later(at) if unchecked_at(at, row.due_at) > now => {
            return Ok(Some(unchecked_at(at, row.due_at)));
        }
        Checked::Said(_) | Checked::Later(_) => {}
    }
    if !store::advance(app.db.write(), answer.id, (Sending::Waiting, Sending::Sending)).await? {
        return Ok(Some(now));
    }
    let again = now + Duration::seconds(AGAIN_S);
    match app.pay.answer_complaint(&row.platform_id, &words).await {
        Ok(()) => {
            store::sent(app.db.write(), answer.id, app.clock.now()).await?;
            Ok(Some(now))
        }
        Err(error) => match error.outcome() {
            Outcome::NotSent => {
                store::advance(app.db.write(), answer.id, (Sending::Sending, Sending::Waiting)).await?;
                Ok(Some(again))
            }
            Outcome::Refused => refuse(app, answer, &format!("微信没有接受这条回复：{error}")).await,
            Outcome::Unknown => Ok(Some(again)),
        },
    }
}

/// An answer that is not sent; the complaint waits for another one.
async fn refuse(app: &App, answer: &Answer, reason: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    let tx = app.db.begin().await?;
    if store::refused(&tx, answer, reason).await? {
        let told = event(answer.complaint_id, "answer_refused", (Some(State::Answered), State::Open));
        let told = Event { reason: Some(reason.to_owned()), ..told };
        record(&tx, &app.ids, app.clock.now(), vec![told]).await?;
    }
    tx.commit().await?;
    Ok(Some(app.clock.now()))
}
