//! Words that events bring along: put on the list of the platform's check, wherever they were written.

use std::collections::HashMap;

use entities::event;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::kit::refusal::Fault;
use crate::notices::rules::words_of;
use crate::notices::store::about;
use crate::people::service::words::{Written, queue, queue_beside};

/// Queues the words of events: notes of orders, reasons and objections, wishes to correct an archive.
pub async fn write(app: &App, tx: &DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault> {
    let of = |subject: &str| -> Vec<Uuid> {
        let own = events.iter().filter(|event| words_of(&event.subject, &event.name) == Some("note"));
        own.filter(|event| event.subject == subject).map(|event| event.subject_id).collect()
    };
    let mut notes: HashMap<Uuid, (Uuid, String)> =
        about::notes(tx, (of("meal_order"), of("service_order"))).await?;
    let wishes = events.iter().filter(|event| event.subject == "fact_correction" && event.name == "ask");
    notes.extend(about::wishes(tx, wishes.map(|event| event.subject_id).collect()).await?);
    for event in events {
        let Some(field) = words_of(&event.subject, &event.name) else { continue };
        let (author, words_sealed) = match (field, event.actor_id) {
            ("note" | "wish", _) => match notes.get(&event.subject_id) {
                Some((author, sealed)) => (*author, sealed.clone()),
                None => continue,
            },
            (_, Some(author)) => match &event.reason {
                Some(words) => (author, app.seal.seal(words)?),
                None => continue,
            },
            _ => continue,
        };
        let (subject, subject_id) = (event.subject.clone(), event.subject_id);
        let written_at = event.happened_at;
        let said = Written { subject, subject_id, field: field.into(), author, words_sealed, written_at };
        // Carers of an order may call off one after the other.
        if field == "provider_cancel" {
            queue_beside(app, tx, said).await?;
        } else {
            queue(app, tx, said).await?;
        }
    }
    Ok(())
}
