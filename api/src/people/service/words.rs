//! Having words read by the platform (文本内容安全识别) that one person writes and others read.
//!
//! Ratings are public and wait for the verdict. A note for the kitchen or the carer, an objection, and what a carer says to
//! an exception are read by a few who need them at once, so they are hidden only when the platform says that they must be.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use entities::enums::TextState;
use entities::text_check::Model;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;
use wechat::mini::{MiniError, Scene, TextVerdict};

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::people::rules::words::{is_hidden_by_hand, next_try, objection, state_after_check, together};
use crate::people::store::words as store;

/// What came of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The platform has read the words.
    Said(TextVerdict),
    /// It does not answer, or the author was not in the mini-program within two hours: ask again then.
    Later(DateTime<Utc>),
}

/// Has an author's words read once.
pub async fn ask(
    app: &App,
    author: Uuid,
    (words, written_at): (&str, DateTime<Utc>),
) -> Result<Answer, Fault> {
    let sealed = store::openid_sealed(app.db.read(), author).await?;
    let openid = app.seal.open(&sealed.ok_or_else(|| Fault::new("an author is gone"))?)?;
    match app.mini.check_text(&openid, Scene::Comment, words).await {
        Ok(verdict) => Ok(Answer::Said(verdict)),
        Err(error) => {
            if error != MiniError::VisitExpired {
                tracing::warn!(%error, "words could not be checked; they wait");
            }
            Ok(Answer::Later(next_try(app.clock.now(), written_at)))
        }
    }
}

/// Words of a subject, written by a person.
#[derive(Clone, Debug)]
pub struct Written {
    /// Table of the subject.
    pub subject: String,
    /// Which one.
    pub subject_id: Uuid,
    /// Which words of it.
    pub field: Cow<'static, str>,
    /// Who wrote them.
    pub author: Uuid,
    /// The words, sealed.
    pub words_sealed: String,
    /// When.
    pub written_at: DateTime<Utc>,
}

/// Puts words on the list to be checked, once.
pub async fn queue(app: &App, tx: &DatabaseTransaction, written: Written) -> Result<(), Fault> {
    let new = listed(app, written, TextState::Pending);
    if store::insert(tx, &new).await? {
        schedule(tx, &app.ids, [(Due::WordsCheck, new.id, app.clock.now())]).await?;
    }
    Ok(())
}

/// Puts words on the list in the place of those that were written there before. What a person hid, its author does not show again
/// by writing it anew: a person looks first.
pub async fn queue_anew(app: &App, tx: &DatabaseTransaction, written: Written) -> Result<(), Fault> {
    let before = store::take(tx, written.subject_id, &written.field).await?;
    match before.filter(|row| is_hidden_by_hand(row) && row.author_id == written.author) {
        Some(row) => queue_hidden(app, tx, written, row.reason).await,
        None => queue(app, tx, written).await,
    }
}

/// Puts words on the list where several people say something one after the other, such as carers of an order who call off. What
/// nobody has let pass is read together with what follows, and what is hidden stays so.
pub async fn queue_beside(app: &App, tx: &DatabaseTransaction, written: Written) -> Result<(), Fault> {
    let before = store::take(tx, written.subject_id, &written.field).await?;
    let Some(row) = before.filter(|row| row.state != TextState::Visible) else {
        return queue(app, tx, written).await;
    };
    let (first, then) = (app.seal.open(&row.words_sealed)?, app.seal.open(&written.words_sealed)?);
    if row.state == TextState::Hidden {
        let words_sealed = app.seal.seal(&format!("{first}\n{then}"))?;
        let both = Written { author: row.author_id, words_sealed, ..written };
        return queue_hidden(app, tx, both, row.reason).await;
    }
    match together(&first, &then) {
        Some(both) => queue(app, tx, Written { words_sealed: app.seal.seal(&both)?, ..written }).await,
        None => queue(app, tx, written).await,
    }
}

/// Puts words on the list that nobody but their author reads until a person has decided.
async fn queue_hidden(
    app: &App,
    tx: &DatabaseTransaction,
    written: Written,
    reason: Option<String>,
) -> Result<(), Fault> {
    let settled_at = Some(written.written_at);
    let new = Model { reason, settled_at, ..listed(app, written, TextState::Hidden) };
    store::insert(tx, &new).await?;
    Ok(())
}

fn listed(app: &App, written: Written, state: TextState) -> Model {
    Model {
        id: app.ids.next(),
        subject: written.subject,
        subject_id: written.subject_id,
        field: written.field.into_owned(),
        author_id: written.author,
        words_sealed: written.words_sealed,
        state,
        reason: None,
        written_at: written.written_at,
        settled_at: None,
        decided_by: None,
        decided_at: None,
    }
}

/// Puts words that a person has just written on the list, in the place of those that stood there. `subject` is a table and a
/// row of it.
pub async fn queue_said(
    app: &App,
    tx: &DatabaseTransaction,
    who: &SignedIn,
    (subject, subject_id): (&str, Uuid),
    (field, words): (impl Into<Cow<'static, str>> + Send, &str),
) -> Result<(), Fault> {
    let written = Written {
        subject: subject.to_owned(),
        subject_id,
        field: field.into(),
        author: who.person.0,
        words_sealed: app.seal.seal(words)?,
        written_at: app.clock.now(),
    };
    queue_anew(app, tx, written).await
}

/// The worker's handler of `Due::WordsCheck`. Gives when to try again; `None`: settled, or a person must look.
pub async fn check(app: &App, id: Uuid) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(waiting) = store::waiting(app.db.write(), id).await? else { return Ok(None) };
    let words = app.seal.open(&waiting.words_sealed)?;
    let verdict = match ask(app, waiting.author_id, (&words, waiting.written_at)).await? {
        Answer::Said(verdict) => verdict,
        Answer::Later(at) => return Ok(Some(at)),
    };
    let (now, to, reason) = (app.clock.now(), state_after_check(verdict), objection(verdict));
    let tx = app.db.begin().await?;
    if store::settle(&tx, id, (to, reason.as_deref()), now).await? {
        let event = Event {
            subject: "text_check",
            subject_id: id,
            name: match to {
                TextState::Visible => "words_pass",
                TextState::Hidden => "words_risky",
                _ => "words_review",
            },
            from: Some(TextState::Pending.as_str()),
            to: Some(to.as_str()),
            reason,
            is_quiet: true,
            ..Event::default()
        };
        record(&tx, &app.ids, now, vec![event]).await?;
        if to == TextState::Hidden {
            store::mend_copies(&tx, &waiting, to).await?;
        }
    }
    tx.commit().await?;
    Ok(None)
}
