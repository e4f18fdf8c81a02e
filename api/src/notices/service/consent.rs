//! What a person answered to a prompt for subscription messages (wx.requestSubscribeMessage).

use entities::message_consent::Model;
use uuid::Uuid;

use crate::app::App;
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::notices::graph::subscription::SubscriptionRecordErrorCode;
use crate::notices::store::consent::{self, Teller};

/// Most templates of one prompt (wx.requestSubscribeMessage, tmplIds).
pub const PROMPT_MAX: usize = 5;

/// What was answered about one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One more message.
    Accept,
    /// Not this time.
    Reject,
    /// Never.
    Ban,
}

/// Writes what the person answered; the same again with the same key changes nothing.
pub async fn answer(
    app: &App,
    who: &SignedIn,
    key: &str,
    answers: &[(String, Choice)],
) -> Result<Vec<Model>, Stop<SubscriptionRecordErrorCode>> {
    use SubscriptionRecordErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let is_known = |(template, _): &(String, Choice)| app.templates.by_id(template).is_some();
    let mut templates: Vec<&String> = answers.iter().map(|(template, _)| template).collect();
    templates.sort_unstable();
    templates.dedup();
    if answers.is_empty() || answers.len() > PROMPT_MAX || templates.len() != answers.len() {
        return refuse_field(C::AnswersInvalid, "answers");
    }
    if !answers.iter().all(is_known) {
        return refuse_field(C::TemplateUnknown, "answers");
    }
    let (person, now) = (who.person.0, app.clock.now());
    let tx = app.db.begin().await?;
    let request = Request { person, act: "subscriptionRecord", key, fingerprint: &fingerprint(&answers) };
    match once(&tx, request, person, now).await? {
        Once::First => {}
        Once::Again(_) => return Ok(consent::of_person(&tx, person).await?),
        Once::Reused => return refuse(C::RequestKeyReused),
    }
    for (template, choice) in answers {
        apply(app, &tx, (person, template), (*choice, Teller::Page)).await?;
    }
    let rows = consent::of_person(&tx, person).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Applies one answer, told by the page or by the platform.
pub async fn apply<C: sea_orm::ConnectionTrait>(
    app: &App,
    tx: &C,
    key: (Uuid, &str),
    (choice, teller): (Choice, Teller),
) -> Result<(), Fault> {
    let now = app.clock.now();
    match choice {
        Choice::Accept => consent::add(tx, key, teller, now).await?,
        // A no today does not take back the yes of yesterday.
        Choice::Reject => {}
        Choice::Ban => consent::clear(tx, key, true, now).await?,
    }
    Ok(())
}
