//! Subscription messages: one for one consent, at the allowed rate, never twice.
//!
//! The platform has no key against doubles (发送订阅消息). So a message is marked as being sent before it leaves; when
//! nobody can know whether it left, it is not sent again, and the message in the app remains.

use chrono::{DateTime, Duration, DurationRound as _, Utc};
use entities::enums::SendState;
use entities::message::Model;
use wechat::mini::{MiniError, SendOutcome};

use crate::app::App;
use crate::kit::fen::Fen;
use crate::kit::ids::{MessageId, encode};
use crate::kit::refusal::Fault;
use crate::notices::rules::template::Template;
use crate::notices::rules::{Topic, next_try};
use crate::notices::store::{self, consent, rate};
use crate::people::store::words;

/// The worker's handler of `Due::MessageSend`. Gives when to try again; `None`: it is settled.
pub async fn send(app: &App, id: MessageId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(message) = store::by_id(app.db.write(), id).await? else { return Ok(None) };
    if message.send_state == SendState::Sending {
        // A process ended in between: whether the message left, nobody knows.
        store::advance(app.db.write(), id, (SendState::Sending, SendState::Unknown)).await?;
        return Ok(None);
    }
    let Some(template) = app.templates.of(message.kind) else {
        store::advance(app.db.write(), id, (SendState::Waiting, SendState::Failed)).await?;
        return Ok(None);
    };
    // While the platform is out of reach a question that does no harm goes first.
    if let Err(error) = app.mini.ready().await {
        tracing::debug!(%error, "subscription messages wait");
        return later(app, &message).await;
    }
    match claim(app, &message, template).await? {
        Claim::Mine => {}
        Claim::NotMine => return Ok(None),
        Claim::MinuteIsFull(next) => return Ok(Some(next)),
    }
    let said = dispatch(app, &message, template).await?;
    settle(app, &message, template, said).await
}

enum Claim {
    Mine,
    /// Settled, or somebody else is at it, or no consent is left.
    NotMine,
    MinuteIsFull(DateTime<Utc>),
}

/// Takes message, consent and a place in this minute, all or none.
async fn claim(app: &App, message: &Model, template: &Template) -> Result<Claim, Fault> {
    let (id, now) = (MessageId(message.id), app.clock.now());
    let tx = app.db.begin().await?;
    if !store::advance(&tx, id, (SendState::Waiting, SendState::Sending)).await? {
        return Ok(Claim::NotMine);
    }
    if !consent::take(&tx, (message.person_id, &template.id), now).await? {
        store::advance(&tx, id, (SendState::Sending, SendState::NoConsent)).await?;
        tx.commit().await?;
        return Ok(Claim::NotMine);
    }
    let minute = now.duration_trunc(Duration::minutes(1)).unwrap_or(now);
    if !rate::take(&tx, "message", minute, app.config.wechat_messages_per_minute).await? {
        return Ok(Claim::MinuteIsFull(minute + Duration::minutes(1)));
    }
    tx.commit().await?;
    Ok(Claim::Mine)
}

/// What became of one try.
enum Said {
    Sent(Option<String>),
    NoConsent,
    /// Certainly not sent, and never will be.
    Never(String),
    /// Certainly not sent.
    NotSent,
    Unknown,
}

async fn dispatch(app: &App, message: &Model, template: &Template) -> Result<Said, Fault> {
    let sealed = words::openid_sealed(app.db.read(), message.person_id).await?;
    let openid = app.seal.open(&sealed.ok_or_else(|| Fault::new("a person is gone"))?)?;
    let topic = Topic {
        name: message.about.clone(),
        at: message.about_at,
        amount: message.amount_fen.map(Fen::new),
        reason: None,
    };
    let filled = match template.fill(&openid, &topic, (&message.title, page(message))) {
        Ok(filled) => filled,
        Err(error) => return Ok(Said::Never(error.to_string())),
    };
    Ok(match app.mini.send_message(&filled).await {
        Ok(SendOutcome::Sent { message_id }) => Said::Sent(message_id),
        Ok(SendOutcome::NoConsent) => Said::NoConsent,
        Ok(SendOutcome::Never(why)) => Said::Never(format!("{why:?}")),
        Err(MiniError::Unavailable { may_be_done: true, .. }) => Said::Unknown,
        Err(MiniError::Refused { errcode, message }) => Said::Never(format!("{errcode} {message}")),
        Err(error) => {
            tracing::warn!(%error, "a subscription message was not sent");
            Said::NotSent
        }
    })
}

/// The page that opens when the message is tapped.
fn page(message: &Model) -> String {
    let order = format!("order_{}", encode(message.subject_id));
    match message.subject.as_str() {
        "meal_order" => format!("pages/meal/order?id={order}"),
        "service_order" => format!("pages/visit/order?id={order}"),
        "help_call" => "pages/home/home".to_owned(),
        _ => "pages/elder/vouchers".to_owned(),
    }
}

async fn settle(
    app: &App,
    message: &Model,
    template: &Template,
    said: Said,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let (id, now) = (MessageId(message.id), app.clock.now());
    let key = (message.person_id, template.id.as_str());
    let tx = app.db.begin().await?;
    let mut again = None;
    match said {
        Said::Sent(number) => {
            store::sent(&tx, id, number, now).await?;
        }
        Said::NoConsent => {
            // A normal state, by 43101: our count was a hint.
            consent::clear(&tx, key, false, now).await?;
            store::advance(&tx, id, (SendState::Sending, SendState::NoConsent)).await?;
        }
        Said::Never(why) => {
            tracing::error!(message.id = %id, template = template.id, why, "a subscription message can never be sent");
            consent::give_back(&tx, key).await?;
            store::advance(&tx, id, (SendState::Sending, SendState::Failed)).await?;
        }
        Said::Unknown => {
            tracing::warn!(message.id = %id, "whether a subscription message left is not known; it is not repeated");
            store::advance(&tx, id, (SendState::Sending, SendState::Unknown)).await?;
        }
        Said::NotSent => {
            consent::give_back(&tx, key).await?;
            again = next_try(now, message.made_at, message.tries);
            let to = if again.is_some() { SendState::Waiting } else { SendState::Failed };
            store::advance(&tx, id, (SendState::Sending, to)).await?;
        }
    }
    tx.commit().await?;
    Ok(again)
}

/// Nothing was tried: waits for its next turn, or is given up when it is old news.
async fn later(app: &App, message: &Model) -> Result<Option<DateTime<Utc>>, Fault> {
    let next = next_try(app.clock.now(), message.made_at, message.tries);
    let to = if next.is_some() { SendState::Waiting } else { SendState::Failed };
    store::advance(app.db.write(), MessageId(message.id), (SendState::Waiting, to)).await?;
    Ok(next)
}
