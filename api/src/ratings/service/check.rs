//! Having words read by the platform before they are public: fail closed for publicity, open for storing.

use chrono::{DateTime, Utc};
use entities::enums::TextState;
use entities::rating::Model;
use uuid::Uuid;
use wechat::mini::TextVerdict;

use super::answer::ANSWERED;
use super::rate::CHANGED;
use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::RatingId;
use crate::kit::refusal::Fault;
use crate::people::service::words::{Answer, ask};
use crate::ratings::rules::{Moderation, Part, objection, state_after_check};
use crate::ratings::store::{self, Line};

/// Words that wait for the platform.
struct Waiting {
    part: Part,
    words: String,
    author: Uuid,
    written_at: DateTime<Utc>,
}

/// Has a rating's text and answer checked, as far as they wait. The worker's handler of `Due::TextCheck`.
///
/// Returns when to try again: the platform does not answer, or the author was not in the mini-program lately.
/// `None`: everything is settled, or a person must look (event `text_review` or `answer_review`). A repeat is
/// harmless: settled words and words under review are not sent again.
pub async fn check_text(app: &App, id: RatingId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(row) = store::bare(app.db.read(), id).await? else { return Ok(None) };
    let story = store::story(app.db.read(), id).await?;
    let mut next: Option<DateTime<Utc>> = None;
    for waiting in [waiting_text(&row, &story), waiting_answer(&row, &story)?].into_iter().flatten() {
        let again = check(app, id, &waiting).await?;
        next = [next, again].into_iter().flatten().min();
    }
    Ok(next)
}

fn waiting_text(row: &Model, story: &[Line]) -> Option<Waiting> {
    let review = Part::Text.event(TextState::Pending);
    let last = story.iter().rev().find(|line| line.name == CHANGED || line.name == review);
    // What a person hid is shown again by a person only, however it was changed meanwhile.
    let [hide, show] = [Moderation::Hide, Moderation::Show].map(|act| act.name(Part::Text));
    let judged = story.iter().rev().find(|line| line.name == hide || line.name == show);
    let is_waiting = row.text_state == TextState::Pending
        && last.is_none_or(|line| line.name == CHANGED)
        && judged.is_none_or(|line| line.name == show);
    let words = row.text.clone().filter(|_| is_waiting)?;
    let written_at = row.changed_at.unwrap_or(row.created_at);
    Some(Waiting { part: Part::Text, words, author: row.author_id, written_at })
}

fn waiting_answer(row: &Model, story: &[Line]) -> Result<Option<Waiting>, Fault> {
    let is_waiting = row.answer_state == TextState::Pending
        && !story.iter().any(|line| line.name == Part::Answer.event(TextState::Pending));
    let Some(words) = row.answer.clone().filter(|_| is_waiting) else { return Ok(None) };
    let author = story.iter().find(|line| line.name == ANSWERED).and_then(|line| line.actor_id);
    let author = author.ok_or_else(|| Fault::new("an answer without the event of its author"))?;
    let written_at = row.answered_at.unwrap_or(row.created_at);
    Ok(Some(Waiting { part: Part::Answer, words, author, written_at }))
}

async fn check(app: &App, id: RatingId, waiting: &Waiting) -> Result<Option<DateTime<Utc>>, Fault> {
    match ask(app, waiting.author, (&waiting.words, waiting.written_at)).await? {
        Answer::Said(verdict) => settle(app, id, waiting, verdict).await,
        Answer::Later(at) => Ok(Some(at)),
    }
}

/// Writes what the platform said about these very words; when they were changed meanwhile, asks for another round.
async fn settle(
    app: &App,
    id: RatingId,
    waiting: &Waiting,
    verdict: TextVerdict,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    let (to, reason) = (state_after_check(verdict), objection(verdict));
    let hidden_reason = reason.as_deref().filter(|_| to == TextState::Hidden);
    let tx = app.db.begin().await?;
    if !store::settle(&tx, (id, waiting.part), &waiting.words, to, hidden_reason).await? {
        return Ok(Some(now));
    }
    let event = Event {
        subject: "rating",
        subject_id: id.0,
        name: waiting.part.event(to),
        from: Some(TextState::Pending.as_str()),
        to: Some(to.as_str()),
        reason,
        is_quiet: true,
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    tx.commit().await?;
    Ok(None)
}

impl Part {
    /// Name of the event of a verdict.
    const fn event(self, to: TextState) -> &'static str {
        match (self, to) {
            (Self::Text, TextState::Visible) => "text_pass",
            (Self::Text, TextState::Hidden) => "text_risky",
            (Self::Text, _) => "text_review",
            (Self::Answer, TextState::Visible) => "answer_pass",
            (Self::Answer, TextState::Hidden) => "answer_risky",
            (Self::Answer, _) => "answer_review",
        }
    }
}
