//! Rows that acts leave for others: events, which are timeline and outbox.

use chrono::{DateTime, Utc};
use entities::event;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait};
use uuid::Uuid;

use super::ids::Ids;

/// Something that happened to something.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// Table-like name of the thing, such as `meal_order`.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Uuid,
    /// What happened, in the words of the state machine.
    pub name: &'static str,
    /// State before, when the thing has states.
    pub from: Option<&'static str>,
    /// State after.
    pub to: Option<&'static str>,
    /// Who did it; `None` is the house itself (timer, payment).
    pub actor: Option<Uuid>,
    /// Why, in words.
    pub reason: Option<String>,
    /// The request key of the act.
    pub request_key: Option<String>,
    /// Second subject for live updates.
    pub topic: Option<String>,
    /// Nobody waits for it: written as already told.
    pub is_quiet: bool,
}

/// Writes events in the act's own transaction, in the order given.
pub async fn record<C: ConnectionTrait>(
    db: &C,
    ids: &Ids,
    at: DateTime<Utc>,
    events: Vec<Event>,
) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let rows = events.into_iter().map(|event| event::ActiveModel {
        id: Set(ids.next()),
        subject: Set(event.subject.to_owned()),
        subject_id: Set(event.subject_id),
        name: Set(event.name.to_owned()),
        from_state: Set(event.from.map(str::to_owned)),
        to_state: Set(event.to.map(str::to_owned)),
        actor_id: Set(event.actor),
        reason: Set(event.reason),
        request_key: Set(event.request_key),
        topic: Set(event.topic),
        happened_at: Set(at),
        told_at: Set(event.is_quiet.then_some(at)),
    });
    event::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}
