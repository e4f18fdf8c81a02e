//! Passing on what acts have written: at least once, in the order of the events.

use entities::event;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::app::App;
use crate::kit::refusal::Fault;

/// Events in one go.
const GROUP: u64 = 200;

/// Tells listeners what has happened since the last time. Gives how many events were told.
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
    for topic in &topics {
        app.bus.tell(topic).await;
    }
    let ids: Vec<_> = untold.iter().map(|event| event.id).collect();
    event::Entity::update_many()
        .col_expr(event::Column::ToldAt, sea_orm::sea_query::Expr::value(app.clock.now()))
        .filter(event::Column::Id.is_in(ids))
        .exec(app.db.write())
        .await?;
    Ok(untold.len())
}
