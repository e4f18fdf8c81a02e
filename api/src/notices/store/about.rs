//! What messages are about, and who may hear of it: read for many events at once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use entities::enums::{BondState, MealState, MealWay, RefundState};
use entities::{
    elder, event, fact_correction, family_bond, help_call, meal_order, message_consent, refund,
    service_order, voucher_grant,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use crate::directory::rules::catalogue;
use crate::kit::fen::Fen;
use crate::kit::ids::OrderId;
use crate::notices::rules::{Topic, meal_name};
use crate::orders::rules::service_order::is_carried_out;
use crate::people::rules::{Scope, Scopes};

/// Whom an event concerns, and what it is about.
#[derive(Clone, Debug)]
pub struct About {
    /// The elder.
    pub elder: Uuid,
    /// In words.
    pub topic: Topic,
}

/// What each event is about; events whose subject is gone are left out.
pub async fn about<C: ConnectionTrait>(
    db: &C,
    events: &[&event::Model],
) -> Result<HashMap<Uuid, About>, DbErr> {
    let of = |subject: &str| -> Vec<Uuid> {
        events.iter().filter(|event| event.subject == subject).map(|event| event.subject_id).collect()
    };
    let subjects =
        subjects(db, ["meal_order", "service_order", "voucher_grant", "help_call"].map(of)).await?;
    let paid_back = refunds(db, events).await?;
    let mut found = HashMap::new();
    for event in events {
        let Some((elder, name, at)) = subjects.get(&event.subject_id) else { continue };
        let amount = (event.name == "refund_success").then(|| amount(&paid_back, event)).flatten();
        let at = at.unwrap_or(event.happened_at);
        let topic = Topic { name: name.clone(), at, amount, reason: event.reason.clone() };
        found.insert(event.id, About { elder: *elder, topic });
    }
    Ok(found)
}

/// Elder, short name and moment of each subject; no moment: that of the event.
type Subjects = HashMap<Uuid, (Uuid, String, Option<DateTime<Utc>>)>;

async fn subjects<C: ConnectionTrait>(
    db: &C,
    [meals, visits, vouchers, calls]: [Vec<Uuid>; 4],
) -> Result<Subjects, DbErr> {
    let mut found = Subjects::new();
    if !meals.is_empty() {
        for row in meal_order::Entity::find().filter(meal_order::Column::Id.is_in(meals)).all(db).await? {
            found.insert(row.id, (row.elder_id, meal_name(row.served_on, row.period), None));
        }
    }
    if !visits.is_empty() {
        for row in
            service_order::Entity::find().filter(service_order::Column::Id.is_in(visits)).all(db).await?
        {
            let name =
                catalogue::service(&row.service_code).map_or("上门服务", |known| known.zh.as_str());
            found.insert(row.id, (row.elder_id, name.to_owned(), Some(row.starts_at)));
        }
    }
    if !vouchers.is_empty() {
        let rows = voucher_grant::Entity::find().filter(voucher_grant::Column::Id.is_in(vouchers));
        for row in rows.all(db).await? {
            // The last day on which it can be used.
            let last = row.closes_at - Duration::seconds(1);
            found.insert(row.id, (row.elder_id, "服务券".to_owned(), Some(last)));
        }
    }
    if !calls.is_empty() {
        for row in help_call::Entity::find().filter(help_call::Column::Id.is_in(calls)).all(db).await? {
            found.insert(row.id, (row.elder_id, "紧急求助".to_owned(), None));
        }
    }
    Ok(found)
}

async fn refunds<C: ConnectionTrait>(db: &C, events: &[&event::Model]) -> Result<Vec<refund::Model>, DbErr> {
    let orders: Vec<Uuid> =
        events.iter().filter(|event| event.name == "refund_success").map(|event| event.subject_id).collect();
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    refund::Entity::find()
        .filter(refund::Column::OrderId.is_in(orders))
        .filter(refund::Column::State.eq(RefundState::Success))
        .order_by_desc(refund::Column::EndedAt)
        .all(db)
        .await
}

/// The refund that ended with the event; otherwise the last one of the order.
fn amount(refunds: &[refund::Model], event: &event::Model) -> Option<Fen> {
    let mut own = refunds.iter().filter(|refund| refund.order_id == event.subject_id);
    let exact = own.clone().find(|refund| refund.ended_at == Some(event.happened_at));
    exact.or_else(|| own.next()).map(|refund| Fen::new(refund.amount_fen))
}

/// Somebody who hears of an elder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Who.
    pub person: Uuid,
    /// Whether he may see the elder's orders; otherwise he hears of calls for help only.
    pub sees_orders: bool,
}

/// Who hears of each elder: himself, and those with a living bond.
pub async fn audience<C: ConnectionTrait>(
    db: &C,
    elders: HashSet<Uuid>,
) -> Result<HashMap<Uuid, Vec<Listener>>, DbErr> {
    let mut found: HashMap<Uuid, Vec<Listener>> = HashMap::new();
    if elders.is_empty() {
        return Ok(found);
    }
    let own = elder::Entity::find().filter(elder::Column::Id.is_in(elders.clone())).all(db).await?;
    for (elder, person) in own.into_iter().filter_map(|row| row.person_id.map(|person| (row.id, person))) {
        found.entry(elder).or_default().push(Listener { person, sees_orders: true });
    }
    let bonds = family_bond::Entity::find()
        .filter(family_bond::Column::ElderId.is_in(elders))
        .filter(family_bond::Column::State.eq(BondState::Active))
        .order_by_asc(family_bond::Column::Id)
        .all(db)
        .await?;
    for bond in bonds {
        let people = found.entry(bond.elder_id).or_default();
        let (person, sees_orders) = (bond.person_id, Scopes::from_bits(bond.scopes).has(Scope::ViewOrders));
        if !people.iter().any(|known| known.person == person) {
            people.push(Listener { person, sees_orders });
        }
    }
    Ok(found)
}

/// People and templates of which a message may be sent.
pub async fn consenting<C: ConnectionTrait>(
    db: &C,
    people: HashSet<Uuid>,
) -> Result<HashSet<(Uuid, String)>, DbErr> {
    if people.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = message_consent::Entity::find()
        .filter(message_consent::Column::PersonId.is_in(people))
        .filter(message_consent::Column::Remaining.gt(0))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.person_id, row.template_id)).collect())
}

fn visit_name(service_code: &str) -> String {
    catalogue::service(service_code).map_or("上门服务", |known| known.zh.as_str()).to_owned()
}

/// Authors and sealed notes of meals and visits that have one.
pub async fn notes<C: ConnectionTrait>(
    db: &C,
    (meals, visits): (Vec<Uuid>, Vec<Uuid>),
) -> Result<HashMap<Uuid, (Uuid, String)>, DbErr> {
    let mut found = HashMap::new();
    if !meals.is_empty() {
        let rows = meal_order::Entity::find().filter(meal_order::Column::Id.is_in(meals));
        let rows = rows.filter(meal_order::Column::NoteSealed.is_not_null()).all(db).await?;
        found.extend(
            rows.into_iter().filter_map(|row| row.note_sealed.map(|note| (row.id, (row.placed_by, note)))),
        );
    }
    if !visits.is_empty() {
        let rows = service_order::Entity::find().filter(service_order::Column::Id.is_in(visits));
        let rows = rows.filter(service_order::Column::NoteSealed.is_not_null()).all(db).await?;
        found.extend(
            rows.into_iter().filter_map(|row| row.note_sealed.map(|note| (row.id, (row.placed_by, note)))),
        );
    }
    Ok(found)
}

/// Authors and sealed words of wishes to correct an archive.
pub async fn wishes<C: ConnectionTrait>(
    db: &C,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, (Uuid, String)>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = fact_correction::Entity::find().filter(fact_correction::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.asked_by, row.words_sealed))).collect())
}

/// What was carried out, in one short name, and when; the way of a meal, `None` for a visit.
pub type CarriedOut = (Option<MealWay>, String, DateTime<Utc>);

/// An order that was carried out; `None` for any other.
pub async fn carried_out<C: ConnectionTrait>(db: &C, id: OrderId) -> Result<Option<CarriedOut>, DbErr> {
    if let Some(meal) = meal_order::Entity::find_by_id(id.0).one(db).await? {
        let at = meal.ended_at.filter(|_| meal.state == MealState::Served);
        return Ok(at.map(|at| (Some(meal.way), meal_name(meal.served_on, meal.period), at)));
    }
    let visit = service_order::Entity::find_by_id(id.0).one(db).await?;
    let visit = visit.filter(|visit| is_carried_out(visit.state));
    Ok(visit.and_then(|visit| visit.done_at.map(|at| (None, visit_name(&visit.service_code), at))))
}
