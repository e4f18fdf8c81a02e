//! Complaints of payers: told by the platform, read by the desk, answered within a day.

pub mod pursue;

use chrono::{DateTime, Utc};
use entities::complaint::Model;
use entities::complaint_answer::Model as Answer;
use entities::enums::{ComplaintAnswerState as Sending, ComplaintState as State};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wechat::pay::{Complaint, Notification};

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::ComplaintId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::money::graph::complaint::{ComplaintAnswerErrorCode, ComplaintCompleteErrorCode};
use crate::money::rules::complaint::{ANSWERS_MAX, due_at, is_answer, reopens};
use crate::money::store::attempt::receive;
use crate::money::store::complaint as store;

/// What the platform tells of a complaint; it is kept sealed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Told {
    /// The payer's words.
    pub words: String,
    /// The payer's phone.
    pub phone: Option<String>,
    /// What was said since, the oldest first.
    pub history: Vec<Said>,
}

/// One step of a complaint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    /// Who, in the platform's words.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub words: String,
}

/// A complaint with its answers.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The row.
    pub row: Model,
    /// Answers, the oldest first.
    pub answers: Vec<Answer>,
}

fn event(id: Uuid, name: &'static str, (from, to): (Option<State>, State)) -> Event {
    Event {
        subject: "complaint",
        subject_id: id,
        name,
        from: from.map(State::as_str),
        to: Some(to.as_str()),
        is_quiet: true,
        ..Event::default()
    }
}

/// Takes a notification, once: a new complaint, or a step of one. What it is about is asked for by the worker.
pub async fn told(app: &App, notification: &Notification, said: &Complaint) -> Result<(), Fault> {
    let now = app.clock.now();
    let written_at = DateTime::from_timestamp(notification.created_at, 0).unwrap_or(now).min(now);
    let tx = app.db.begin().await?;
    let key = (notification.id.as_str(), notification.event_type.as_str());
    if !receive(&tx, key, None, "stored", now).await? {
        return Ok(());
    }
    let (new, due) = (app.ids.next::<ComplaintId>(), due_at(written_at));
    let is_new = store::insert(&tx, (new, &said.complaint_id), (written_at, due)).await?;
    let known = store::by_platform_id(&tx, &said.complaint_id).await?;
    let known = known.ok_or_else(|| Fault::new("a complaint vanished"))?;
    if is_new {
        record(&tx, &app.ids, now, vec![event(known.id, "complain", (None, State::Open))]).await?;
    } else if reopens(&said.action_type) && store::reopen(&tx, known.id, due).await? {
        let again = event(known.id, "write_again", (Some(known.state), State::Open));
        record(&tx, &app.ids, now, vec![again]).await?;
    }
    schedule(&tx, &app.ids, [(Due::Complaint, known.id, now)]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(())
}

/// Rows with their answers.
pub async fn with_answers(app: &App, rows: Vec<Model>) -> Result<Vec<Whole>, Fault> {
    let all = store::answers(app.db.read(), rows.iter().map(|row| row.id).collect()).await?;
    let of = |id: Uuid| all.iter().filter(|answer| answer.complaint_id == id).cloned().collect();
    Ok(rows.into_iter().map(|row| Whole { answers: of(row.id), row }).collect())
}

/// The desk answers. The same words again, as the last answer, are the same answer.
pub async fn answer(
    app: &App,
    who: &SignedIn,
    id: ComplaintId,
    words: &str,
) -> Result<Whole, Stop<ComplaintAnswerErrorCode>> {
    use ComplaintAnswerErrorCode as C;
    let (words, now) = (words.trim(), app.clock.now());
    if !is_answer(words) {
        return refuse_field(C::WordsInvalid, "words");
    }
    let tx = app.db.begin().await?;
    let Some(before) = store::one_of_desk(&tx, who, id).await? else {
        return refuse_field(C::ComplaintNotFound, "complaintId");
    };
    let is_open = store::answered(&tx, id.0).await?;
    let mut answers = store::answers(&tx, vec![id.0]).await?;
    if let Some(last) = answers.last().filter(|last| last.state != Sending::Refused)
        && before.state != State::Open
        && app.seal.open(&last.words_sealed)? == words
    {
        return Ok(Whole { row: before, answers });
    }
    if !is_open {
        return refuse(C::AlreadyOver);
    }
    if answers.len() >= ANSWERS_MAX {
        return refuse(C::TooManyAnswers);
    }
    let new = Answer {
        id: app.ids.next(),
        complaint_id: id.0,
        words_sealed: app.seal.seal(words)?,
        answered_by: who.person.0,
        answered_at: now,
        state: Sending::Waiting,
        reason: None,
        sent_at: None,
    };
    store::add_answer(&tx, new.clone()).await?;
    answers.push(new);
    let told = event(id.0, "answer", (Some(before.state), State::Answered));
    record(&tx, &app.ids, now, vec![Event { actor: Some(who.person.0), ..told }]).await?;
    schedule(&tx, &app.ids, [(Due::Complaint, id.0, now)]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(Whole { row: Model { state: State::Answered, ..before }, answers })
}

/// The desk says that a complaint is settled. Repeated, it answers the same.
pub async fn complete(
    app: &App,
    who: &SignedIn,
    id: ComplaintId,
) -> Result<Whole, Stop<ComplaintCompleteErrorCode>> {
    use ComplaintCompleteErrorCode as C;
    let (tx, now) = (app.db.begin().await?, app.clock.now());
    let Some(before) = store::one_of_desk(&tx, who, id).await? else {
        return refuse_field(C::ComplaintNotFound, "complaintId");
    };
    let is_done = store::complete(&tx, id.0, (who.person.0, now)).await?;
    if !is_done && before.state != State::Completed {
        return refuse(C::NotAnswered);
    }
    if is_done {
        let told = event(id.0, "complete", (Some(State::Answered), State::Completed));
        record(&tx, &app.ids, now, vec![Event { actor: Some(who.person.0), ..told }]).await?;
        schedule(&tx, &app.ids, [(Due::Complaint, id.0, now)]).await?;
    }
    let row = store::by_id(&tx, id).await?.ok_or_else(|| Fault::new("a complaint vanished"))?;
    let answers = store::answers(&tx, vec![id.0]).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(Whole { row, answers })
}
