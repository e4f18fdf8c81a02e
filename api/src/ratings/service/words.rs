//! A person's decision about words that the platform's check hid or left for him. It is the last word: no verdict follows it.

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::WordsId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::store::words::{decide as write, mend_copies};
use crate::ratings::graph::words::WordsDecideErrorCode;
use crate::ratings::rules::Moderation;
use crate::ratings::rules::words::event;
use crate::ratings::store::words::{Held, in_charge};

/// Shows or hides words. What was decided alike before is answered alike and leaves no second trace.
pub async fn decide(
    app: &App,
    who: &SignedIn,
    id: WordsId,
    act: Moderation,
) -> Result<Held, Stop<WordsDecideErrorCode>> {
    use WordsDecideErrorCode as C;
    let Some(seen) = in_charge(app.db.read(), who, id).await? else {
        return refuse_field(C::WordsNotFound, "wordsId");
    };
    if is_decided(&seen, act) {
        return Ok(seen);
    }
    let (now, to) = (app.clock.now(), act.ends_in());
    let tx = app.db.begin().await?;
    if !write(&tx, &seen.words, to, (who.person, now)).await? {
        let meanwhile = in_charge(&tx, who, id).await?.filter(|found| is_decided(found, act));
        return meanwhile.map_or_else(|| refuse(C::ChangedMeanwhile), Ok);
    }
    let told = Event {
        subject: "text_check",
        subject_id: id.0,
        name: event(act),
        from: Some(seen.words.state.as_str()),
        to: Some(to.as_str()),
        actor: Some(who.person.0),
        reason: seen.words.reason.clone(),
        is_quiet: true,
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![told]).await?;
    mend_copies(&tx, &seen.words, to).await?;
    let decided = in_charge(&tx, who, id).await?;
    tx.commit().await?;
    decided.ok_or_else(|| Fault::new("words vanished while they were decided about").into())
}

fn is_decided(found: &Held, act: Moderation) -> bool {
    found.words.decided_by.is_some() && found.words.state == act.ends_in()
}
