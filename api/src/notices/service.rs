//! Passing on what acts have written: live updates at least once in the order of the events, messages exactly once.

pub mod consent;
pub mod message;
pub mod push;
pub mod send;
pub mod shipping;
mod words;

use entities::event;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::app::App;
use crate::kit::db::{execute, marks};
use crate::kit::due::{Due, schedule};
use crate::kit::refusal::Fault;
use crate::notices::rules::{is_carried_out, kind_of, words_of};
use crate::orders::store::carer_work::{asked_persons, carer_topic};

/// Events in one go.
const GROUP: u64 = 200;

/// Tells listeners what has happened since the last time, and writes the messages of it. Gives how many events there were.
pub async fn tell(app: &App) -> Result<usize, Fault> {
    let untold = event::Entity::find()
        .filter(event::Column::ToldAt.is_null())
        .order_by_asc(event::Column::Id)
        .limit(GROUP)
        .all(app.db.write())
        .await?;
    if untold.is_empty() {
        return Ok(0);
    }
    let mut topics: Vec<String> = Vec::new();
    for event in &untold {
        let subject = format!("{}:{}", event.subject, event.subject_id);
        for topic in std::iter::once(subject).chain(event.topic.clone()) {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
    }
    let visits: Vec<Uuid> =
        topics.iter().filter_map(|topic| topic.strip_prefix("service_order:")?.parse().ok()).collect();
    let asked = asked_persons(app.db.read(), &visits).await?;
    for topic in topics.into_iter().chain(asked.into_iter().map(carer_topic)) {
        app.bus.tell(&topic).await;
    }
    if untold.iter().any(concerns_people) {
        let tx = app.db.begin().await?;
        message::write(app, &tx, &untold).await?;
        words::write(app, &tx, &untold).await?;
        ship(app, &tx, &untold).await?;
        mark(app, &tx, &untold).await?;
        tx.commit().await?;
    } else {
        mark(app, app.db.write(), &untold).await?;
    }
    Ok(untold.len())
}

/// Whether somebody is told of the event, or words of it are to be checked.
fn concerns_people(event: &event::Model) -> bool {
    let (subject, name) = (event.subject.as_str(), event.name.as_str());
    kind_of(subject, name).is_some() || words_of(subject, name).is_some()
}

/// Puts what was carried out on the list of orders that the platform is told of.
async fn ship(app: &App, tx: &sea_orm::DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault> {
    let done = events.iter().filter(|event| is_carried_out(&event.subject, &event.name));
    let work: Vec<_> = done.map(|event| (Due::Shipping, event.subject_id, event.happened_at)).collect();
    if !work.is_empty() && shipping::is_on(app).await? {
        schedule(tx, &app.ids, work).await?;
    }
    Ok(())
}

/// Marks events as told. Two workers that tell the same ones lock their rows in one order, so that neither waits for the other.
async fn mark<C: ConnectionTrait>(app: &App, db: &C, told: &[event::Model]) -> Result<(), DbErr> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let sql = format!(
        "UPDATE event SET told_at = $1 WHERE id IN (SELECT id FROM event WHERE id IN ({}) ORDER BY id{lock})",
        marks(2, told.len())
    );
    let values = std::iter::once(app.clock.now().into()).chain(told.iter().map(|event| event.id.into()));
    execute(db, &sql, values).await.map(|_| ())
}
