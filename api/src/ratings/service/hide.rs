//! Hiding unlawful words with a record, and showing them after all. The stars stay in either case.

use entities::rating::Model;

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::RatingId;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::ratings::graph::review::{RatingTextHideErrorCode, RatingTextShowErrorCode};
use crate::ratings::rules::{Moderation, Part, hiding_reason, state_after};
use crate::ratings::store;

/// Hides words for a reason.
pub async fn hide(
    app: &App,
    who: &SignedIn,
    (id, part): (RatingId, Part),
    reason: &str,
) -> Result<Model, Stop<RatingTextHideErrorCode>> {
    use RatingTextHideErrorCode as C;
    let Some(reason) = hiding_reason(reason) else { return refuse_field(C::ReasonInvalid, "reason") };
    match moderate(app, who, (id, part), Moderation::Hide, Some(reason)).await? {
        Ok(row) => Ok(row),
        Err(Hindrance::Missing) => refuse_field(C::RatingNotFound, "ratingId"),
        Err(Hindrance::Meaningless) => refuse_field(C::NothingToHide, "ratingId"),
        Err(Hindrance::Overtaken) => refuse(C::ChangedMeanwhile),
    }
}

/// Shows words that were hidden or wait for a person's look.
pub async fn show(
    app: &App,
    who: &SignedIn,
    (id, part): (RatingId, Part),
) -> Result<Model, Stop<RatingTextShowErrorCode>> {
    use RatingTextShowErrorCode as C;
    match moderate(app, who, (id, part), Moderation::Show, None).await? {
        Ok(row) => Ok(row),
        Err(Hindrance::Missing) => refuse_field(C::RatingNotFound, "ratingId"),
        Err(Hindrance::Meaningless) => refuse_field(C::NothingToShow, "ratingId"),
        Err(Hindrance::Overtaken) => refuse(C::ChangedMeanwhile),
    }
}

/// Why nothing was done; both acts tell it in codes of their own.
enum Hindrance {
    Missing,
    Meaningless,
    Overtaken,
}

async fn moderate(
    app: &App,
    who: &SignedIn,
    (id, part): (RatingId, Part),
    act: Moderation,
    reason: Option<&str>,
) -> Result<Result<Model, Hindrance>, Fault> {
    let Some(seen) = store::of_region(app.db.read(), who, id).await? else {
        return Ok(Err(Hindrance::Missing));
    };
    let from = match part {
        Part::Text => seen.text_state,
        Part::Answer => seen.answer_state,
    };
    let Some(to) = state_after(from, act) else { return Ok(Err(Hindrance::Meaningless)) };
    let tx = app.db.begin().await?;
    if !store::moderate(&tx, (&seen, part), to, reason).await? {
        return Ok(Err(Hindrance::Overtaken));
    }
    let event = Event {
        subject: "rating",
        subject_id: id.0,
        name: act.name(part),
        from: Some(from.as_str()),
        to: Some(to.as_str()),
        actor: Some(who.person.0),
        reason: reason.map(str::to_owned),
        is_quiet: true,
        ..Event::default()
    };
    record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
    let row = store::bare(&tx, id).await?.ok_or_else(|| Fault::new("a rating vanished while moderated"))?;
    tx.commit().await?;
    Ok(Ok(row))
}
