//! Messages in the app: written here and nowhere else, once for each person and event.

use std::collections::HashSet;

use entities::enums::{MessageKind, SendState};
use entities::event;
use entities::message::Model;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::kit::due::{Due, schedule};
use crate::kit::ids::MessageId;
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::notices::graph::message::MessageReadErrorCode;
use crate::notices::rules::{concerns_all, kind_of, words};
use crate::notices::store::{self, about};

/// Writes the messages of events, and the work to send those that somebody agreed to receive through WeChat.
pub async fn write(app: &App, tx: &DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault> {
    let kinds = events.iter().filter_map(|event| Some((event, kind_of(&event.subject, &event.name)?)));
    let told: Vec<(&event::Model, MessageKind)> = kinds.collect();
    let plain: Vec<&event::Model> = told.iter().map(|(event, _)| *event).collect();
    let found = about::about(tx, &plain).await?;
    let audience = about::audience(tx, found.values().map(|about| about.elder).collect()).await?;
    let people: HashSet<Uuid> = audience.values().flatten().map(|listener| listener.person).collect();
    let consenting = about::consenting(tx, people).await?;
    let mut work = Vec::new();
    for (event, kind) in told {
        let Some(about) = found.get(&event.id) else { continue };
        let listeners = audience.get(&about.elder).into_iter().flatten();
        let concerned = listeners.filter(|one| one.sees_orders || concerns_all(kind));
        for about::Listener { person, .. } in concerned {
            // Nobody is told what he has just done himself.
            if event.actor_id == Some(*person) {
                continue;
            }
            let template = app.templates.of(kind).map(|template| (*person, template.id.clone()));
            let may_be_sent = template.is_some_and(|key| consenting.contains(&key));
            let new = new_message(app, (event, kind), about, (*person, may_be_sent));
            if store::insert(tx, &new).await? && may_be_sent {
                work.push((Due::MessageSend, new.id, new.made_at));
            }
        }
    }
    schedule(tx, &app.ids, work).await?;
    Ok(())
}

fn new_message(
    app: &App,
    (event, kind): (&event::Model, MessageKind),
    about: &about::About,
    (person, may_be_sent): (Uuid, bool),
) -> Model {
    let (title, words) = words(kind, &about.topic);
    Model {
        id: app.ids.next(),
        person_id: person,
        event_id: event.id,
        kind,
        title: title.to_owned(),
        words,
        subject: event.subject.clone(),
        subject_id: event.subject_id,
        about: about.topic.name.clone(),
        about_at: about.topic.at,
        amount_fen: about.topic.amount.map(|amount| amount.get()),
        made_at: app.clock.now(),
        read_at: None,
        send_state: if may_be_sent { SendState::Waiting } else { SendState::None },
        tries: 0,
        sent_at: None,
        platform_message_id: None,
        has_arrived: None,
    }
}

/// The person has read a message and all older ones. Gives how many are left unread.
pub async fn read(app: &App, who: &SignedIn, up_to: MessageId) -> Result<i64, Stop<MessageReadErrorCode>> {
    if !store::is_of(app.db.write(), who, up_to).await? {
        return refuse_field(MessageReadErrorCode::MessageNotFound, "upToId");
    }
    store::read_up_to(app.db.write(), who, up_to, app.clock.now()).await?;
    Ok(store::unread(app.db.write(), who).await?)
}
