//! Calls to families about visits that were drawn: was it carried out, and well?

use entities::call_back::Model;
use entities::enums::CallBackState;

use crate::app::App;
use crate::dispatch::graph::call_back::CallBackAnswerErrorCode;
use crate::dispatch::store::call_back as store;
use crate::kit::event::{Event, record};
use crate::kit::ids::OrderId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;

/// Longest answer in characters.
const WORDS_MAX: usize = 500;

/// The desk writes what the family said. Once; the same again answers the same.
pub async fn answer(
    app: &App,
    who: &SignedIn,
    order: OrderId,
    (words, is_satisfied): (&str, bool),
) -> Result<Model, Stop<CallBackAnswerErrorCode>> {
    use CallBackAnswerErrorCode as C;
    let words = words.trim();
    if !(1..=WORDS_MAX).contains(&words.chars().count()) {
        return refuse_field(C::AnswerInvalid, "answer");
    }
    let tx = app.db.begin().await?;
    let Some(found) = store::one_of_desk(&tx, who, order).await? else {
        return refuse_field(C::CallBackNotFound, "orderId");
    };
    if found.state == CallBackState::Done {
        let is_same = found.answered_by == Some(who.person.0)
            && found.is_satisfied == Some(is_satisfied)
            && app.seal.open_optional(found.answer_sealed.as_deref())?.as_deref() == Some(words);
        return if is_same { Ok(found) } else { refuse(C::AlreadyAnswered) };
    }
    let now = app.clock.now();
    let sealed = (app.seal.seal(words)?, is_satisfied);
    if !store::answer(&tx, order, sealed, (who.person.0, now)).await? {
        return refuse(C::AlreadyAnswered);
    }
    let event = Event {
        subject: "call_back",
        subject_id: order.0,
        name: "answer",
        from: Some("OPEN"),
        to: Some("DONE"),
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    };
    record(&tx, &app.ids, now, vec![event]).await?;
    let done = store::one_of_desk(&tx, who, order).await?;
    tx.commit().await?;
    done.ok_or_else(|| Fault::new("a call vanished when answered").into())
}
