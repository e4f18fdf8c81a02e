//! The provider's one answer to a rating.

use entities::enums::TextState;
use entities::rating::Model;

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::RatingId;
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::ratings::graph::RatingAnswerErrorCode;
use crate::ratings::rules::answer_text;
use crate::ratings::store;

/// Name of the event whose actor is the answer's author.
pub const ANSWERED: &str = "answer";

/// Answers a rating in the provider's name, once. It is shown when the platform has let it pass.
pub async fn answer(
    app: &App,
    who: &SignedIn,
    key: &str,
    (id, text): (RatingId, &str),
) -> Result<Model, Stop<RatingAnswerErrorCode>> {
    use RatingAnswerErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let Some(text) = answer_text(text) else { return refuse_field(C::TextInvalid, "text") };
    if store::of_provider(app.db.read(), who, id).await?.is_none() {
        return refuse_field(C::RatingNotFound, "ratingId");
    }
    let now = app.clock.now();
    let fingerprint = fingerprint(&(id, text));
    let request = Request { person: who.person.0, act: "ratingAnswer", key, fingerprint: &fingerprint };
    let tx = app.db.begin().await?;
    match once(&tx, request, id.0, now).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(_) => {}
        Once::First => {
            if !store::answer(&tx, id, text, now).await? {
                return refuse_field(C::AlreadyAnswered, "ratingId");
            }
            let event = Event {
                subject: "rating",
                subject_id: id.0,
                name: ANSWERED,
                from: Some(TextState::None.as_str()),
                to: Some(TextState::Pending.as_str()),
                actor: Some(who.person.0),
                request_key: Some(key.to_owned()),
                is_quiet: true,
                ..Event::default()
            };
            record(&tx, &app.ids, now, vec![event]).await?;
            schedule(&tx, &app.ids, [(Due::TextCheck, id.0, now)]).await?;
        }
    }
    let row = store::bare(&tx, id).await?.ok_or_else(|| Fault::new("a rating vanished while answered"))?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(row)
}
