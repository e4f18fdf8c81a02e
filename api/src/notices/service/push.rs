//! What the platform pushes: applied once, in one transaction with the line in the inbox that recognises a repetition.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;
use wechat::mini::TextVerdict;
use wechat::push::{Answer, Event as Pushing, Pushed};

use super::consent::{Choice, apply};
use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::refusal::Fault;
use crate::kit::seal::sha256_hex;
use crate::money::store::attempt::{by_trade_no, receive};
use crate::notices::store::consent::{self, Teller};
use crate::notices::store::{self, media};

/// Longest trace id of the platform that is kept, in bytes.
const TRACE_MAX: usize = 128;

/// Takes a message whose signature fits. The same one again does nothing; unknown ones are kept by name.
pub async fn take(app: &App, pushed: &Pushed) -> Result<(), Fault> {
    let now = app.clock.now();
    let (name, number) = name_of(&pushed.event);
    // The key holds an openid, which does not lie open in a table.
    let key = format!("push:{}", sha256_hex(pushed.key.as_bytes()));
    let tx = app.db.begin().await?;
    if !receive(&tx, (&key, &name), number, verdict(&pushed.event), now).await? {
        return Ok(());
    }
    carry_out(app, &tx, pushed, now).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(())
}

fn verdict(event: &Pushing) -> &'static str {
    if matches!(event, Pushing::Other(_) | Pushing::Settled { .. } | Pushing::ShippingManaged) {
        "stored"
    } else {
        "applied"
    }
}

/// Name for the inbox, and the trade number if there is one.
fn name_of(event: &Pushing) -> (String, Option<&str>) {
    let plain = |name: &str| (name.to_owned(), None);
    match event {
        Pushing::ConsentAnswered(_) => plain("subscribe_msg_popup_event"),
        Pushing::ConsentChanged(_) => plain("subscribe_msg_change_event"),
        Pushing::MessagesDelivered(_) => plain("subscribe_msg_sent_event"),
        Pushing::MediaChecked { .. } => plain("wxa_media_check"),
        Pushing::ShippingManaged => plain(media::SHIPPING_MANAGED),
        Pushing::ShippingDue { out_trade_no, .. } => {
            ("trade_manage_remind_shipping".to_owned(), Some(out_trade_no.as_str()))
        }
        Pushing::Settled { out_trade_no, .. } => {
            ("trade_manage_order_settlement".to_owned(), Some(out_trade_no.as_str()))
        }
        Pushing::AuthorizationRevoked => plain("user_authorization_revoke"),
        Pushing::Other(whole) => {
            let name = whole["Event"].as_str().or_else(|| whole["MsgType"].as_str()).unwrap_or("(none)");
            (name.chars().take(60).collect(), None)
        }
    }
}

async fn carry_out(
    app: &App,
    tx: &DatabaseTransaction,
    pushed: &Pushed,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    match &pushed.event {
        Pushing::ConsentAnswered(answers) => {
            consents(app, tx, &pushed.openid, (answers, Choice::Reject)).await
        }
        Pushing::ConsentChanged(answers) => consents(app, tx, &pushed.openid, (answers, Choice::Ban)).await,
        Pushing::MessagesDelivered(lines) => {
            for line in lines {
                store::arrived(tx, &line.message_id, line.has_arrived).await?;
            }
            Ok(())
        }
        Pushing::MediaChecked { trace_id, verdict } => media_checked(tx, trace_id, *verdict, now).await,
        Pushing::ShippingDue { out_trade_no, .. } => {
            let attempt = by_trade_no(tx, out_trade_no).await?;
            Ok(schedule(tx, &app.ids, attempt.map(|attempt| (Due::Shipping, attempt.order_id, now))).await?)
        }
        Pushing::AuthorizationRevoked => revoked(app, tx, &pushed.openid, now).await,
        Pushing::ShippingManaged | Pushing::Settled { .. } | Pushing::Other(_) => Ok(()),
    }
}

/// `when_not`: what a line means that is no yes. In a prompt it is a no for this time, in the settings a ban.
async fn consents(
    app: &App,
    tx: &DatabaseTransaction,
    openid: &str,
    (answers, when_not): (&[Answer], Choice),
) -> Result<(), Fault> {
    let Some(person) = person_of(app, tx, openid).await? else { return Ok(()) };
    for answer in answers.iter().filter(|answer| app.templates.by_id(&answer.template_id).is_some()) {
        // A switch that is put on again in the settings is no consent to a message: the next prompt asks.
        let choice = match (answer.is_accepted, when_not) {
            (false, no) => no,
            (true, Choice::Reject) => Choice::Accept,
            (true, _) => Choice::Reject,
        };
        apply(app, tx, (person, &answer.template_id), (choice, Teller::Platform)).await?;
    }
    Ok(())
}

async fn media_checked(
    tx: &DatabaseTransaction,
    trace_id: &str,
    verdict: Option<TextVerdict>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    // What could not be judged needs a person, as what the platform is not sure of.
    let (word, label) = match verdict {
        Some(TextVerdict::Pass) => ("PASS", None),
        Some(TextVerdict::Risky { label }) => ("RISKY", Some(label)),
        Some(TextVerdict::Review { label }) => ("REVIEW", Some(label)),
        None => ("REVIEW", None),
    };
    // No call of ours was given a longer one.
    if trace_id.len() <= TRACE_MAX {
        media::judged(tx, trace_id, (word, label), now).await?;
    }
    Ok(())
}

/// A person took back an authorisation: no message is sent any more, and somebody must delete what was given.
async fn revoked(app: &App, tx: &DatabaseTransaction, openid: &str, now: DateTime<Utc>) -> Result<(), Fault> {
    let Some(person) = person_of(app, tx, openid).await? else { return Ok(()) };
    consent::end_all(tx, person, now).await?;
    let event = Event {
        subject: "person",
        subject_id: person,
        name: "authorization_revoked",
        actor: Some(person),
        is_quiet: true,
        ..Event::default()
    };
    record(tx, &app.ids, now, vec![event]).await?;
    tracing::error!(person.id = %person, "a person took back an authorisation: what it gave must be deleted");
    Ok(())
}

async fn person_of(app: &App, tx: &DatabaseTransaction, openid: &str) -> Result<Option<Uuid>, Fault> {
    Ok(consent::person_by_openid(tx, &app.seal.index("openid", openid)).await?)
}
