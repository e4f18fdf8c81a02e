//! Calls for help: told to everybody bound to the elder, shown to the desk, seen once.

use entities::enums::HelpCallState;

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::{ElderId, HelpCallId};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::graph::help_call::{HelpCallAcknowledgeErrorCode, HelpCallStartErrorCode};
use crate::people::rules::help_call::{is_note, same_call_since};
use crate::people::service::words::queue_said;
use crate::people::store::consent::lock_elder;
use crate::people::store::elder_of;
use crate::people::store::help_call::{self as store, Named};

/// The elder, somebody bound to him, or the desk calls for help. Pressed again within ten minutes it is the same call, and
/// nobody is told again.
pub async fn start(app: &App, who: &SignedIn, elder: ElderId) -> Result<Named, Stop<HelpCallStartErrorCode>> {
    let (tx, now) = (app.db.begin().await?, app.clock.now());
    if elder_of(&tx, who, elder).await?.is_none() || !lock_elder(&tx, elder.0).await? {
        return refuse_field(HelpCallStartErrorCode::ElderNotFound, "elderId");
    }
    let id = match store::since(&tx, elder, same_call_since(now)).await? {
        Some(known) => {
            store::press(&tx, known, now).await?;
            known
        }
        None => {
            let id: HelpCallId = app.ids.next();
            store::insert(&tx, id, (elder, who.person.0), now).await?;
            let event = Event {
                subject: "help_call",
                subject_id: id.0,
                name: "call",
                to: Some(HelpCallState::Open.as_str()),
                actor: Some(who.person.0),
                ..Event::default()
            };
            record(&tx, &app.ids, now, vec![event]).await?;
            id.0
        }
    };
    let call = store::one(&tx, who, id).await?.ok_or_else(|| Fault::new("a call for help vanished"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(call)
}

/// The desk looks after a call and writes down what it did. Once; the same again answers the same.
pub async fn acknowledge(
    app: &App,
    who: &SignedIn,
    id: HelpCallId,
    note: &str,
) -> Result<Named, Stop<HelpCallAcknowledgeErrorCode>> {
    use HelpCallAcknowledgeErrorCode as C;
    let (note, now) = (note.trim(), app.clock.now());
    if !is_note(note) {
        return refuse_field(C::NoteInvalid, "note");
    }
    let tx = app.db.begin().await?;
    let Some(found) = store::one_of_desk(&tx, who, id).await? else {
        return refuse_field(C::CallNotFound, "callId");
    };
    if !store::see(&tx, id, (who.person.0, app.seal.seal(note)?), now).await? {
        let known = app.seal.open_optional(found.call.note_sealed.as_deref())?;
        let is_same = found.call.seen_by == Some(who.person.0) && known.as_deref() == Some(note);
        return if is_same { Ok(found) } else { refuse(C::AlreadySeen) };
    }
    queue_said(app, &tx, who, ("help_call", id.0), ("note", note)).await?;
    let event = Event {
        subject: "help_call",
        subject_id: id.0,
        name: "acknowledge",
        from: Some(HelpCallState::Open.as_str()),
        to: Some(HelpCallState::Seen.as_str()),
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    let seen = store::one_of_desk(&tx, who, id).await?;
    tx.commit().await?;
    seen.ok_or_else(|| Fault::new("a call for help vanished").into())
}
