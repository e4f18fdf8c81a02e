//! The worker's look at a visit beside others: after each check-out, and when it is confirmed.
//!
//! It runs in two steps so that orders are always locked in the order of their ids: what it finds is read first, then the
//! orders at issue are locked and the findings written. Done again, it writes nothing new.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use entities::enums::{ProofKind, ServiceState};
use entities::service_order;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::app::App;
use crate::dispatch::rules::cross::{End, Stay, collusion, conflicts, month_of, split_orders, stay};
use crate::dispatch::rules::sample::{is_drawn, percent};
use crate::dispatch::rules::{Miss, miss};
use crate::dispatch::service::exception::note;
use crate::dispatch::store::beside::{self, Part, Proven};
use crate::dispatch::store::{self, call_back, exception};
use crate::kit::clock::{service_day, start_of_day};
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::orders::store::service_order as orders;

/// Visits that the server heard of within so many days are held against each other.
const BESIDE_D: i64 = 2;

type Findings = BTreeMap<Part, Vec<Miss>>;

/// Looks at a visit: rules 4, 6 and 7 beside others, 9 for its carers and its elder, and the draw of rule 8.
pub async fn review(app: &App, id: OrderId) -> Result<(), Fault> {
    let db = app.db.write();
    let Some(order) = orders::bare(db, id.0).await? else { return Ok(()) };
    let parts = beside::carers_of(db, order.id).await?;
    let mut findings = Findings::new();
    for part in &parts {
        crossing(app, &order, *part, &mut findings).await?;
    }
    same_things(app, &order, &mut findings).await?;
    split(app, &order, &mut findings).await?;
    write(app, &order, findings).await?;
    for part in &parts {
        pair(app, &order, part.carer_id).await?;
    }
    draw(app, &order).await
}

fn end(row: &Proven) -> End {
    End {
        server_at: row.server_at,
        signed_at: row.device_at.filter(|_| row.is_signed),
        at_e6: row.latitude_e6.zip(row.longitude_e6),
        accuracy_m: row.accuracy_m.unwrap_or(0),
    }
}

/// Visits of which both ends are proven.
fn stays(rows: &[Proven]) -> Vec<Stay> {
    let of = |order, kind| rows.iter().find(|row| row.order_id == order && row.kind == kind);
    let left = rows.iter().filter(|row| row.kind == ProofKind::CheckOut);
    left.filter_map(|row| {
        let (came, left) = (end(of(row.order_id, ProofKind::CheckIn)?), end(row));
        let (came_at, left_at) = stay((&came, &left), (row.starts_at, row.ends_at));
        Some(Stay { order: row.order_id, came_at, left_at, came, left })
    })
    .collect()
}

/// Rule 4: two homes at once, or faster from one to the other than anybody can be.
async fn crossing(
    app: &App,
    order: &service_order::Model,
    part: Part,
    findings: &mut Findings,
) -> Result<(), Fault> {
    let db = app.db.write();
    let proofs = store::proofs(db, order.id).await?;
    let own = proofs.iter().filter(|proof| proof.carer_id == part.carer_id).map(|proof| proof.server_at);
    let Some((first, last)) = own.clone().min().zip(own.max()) else { return Ok(()) };
    let beside = Duration::days(BESIDE_D);
    let stays = stays(&beside::of_carer(db, part.carer_id, (first - beside, last + beside)).await?);
    let Some(mine) = stays.iter().find(|stay| stay.order == order.id) else { return Ok(()) };
    for (other, miss) in conflicts(mine, &stays) {
        findings.entry(part).or_default().push(miss.clone());
        findings.entry(Part { order_id: other, ..part }).or_default().push(miss);
    }
    Ok(())
}

/// Rule 6: the same picture twice, one device for two carers on a day, the carer's own device confirms.
async fn same_things(app: &App, order: &service_order::Model, findings: &mut Findings) -> Result<(), Fault> {
    let db = app.db.write();
    let mut flag = |parts: Vec<Part>, rule, words: &str| {
        for part in parts {
            findings.entry(part).or_default().push(miss(rule, words.to_owned()));
        }
    };
    for proof in store::proofs(db, order.id).await? {
        if let Some(hash) = &proof.photo_hash {
            let same = beside::with_photo(db, hash).await?;
            if same.len() > 1 {
                flag(same, "SAME_PHOTO", "同一张照片用了不止一次");
            }
        }
        if let Some(index) = &proof.device_index {
            let day = service_day(proof.server_at);
            let times = (start_of_day(day), start_of_day(day + Duration::days(1)));
            let same = beside::with_device(db, index, times).await?;
            if same.iter().any(|part| part.carer_id != proof.carer_id) {
                flag(same, "SHARED_DEVICE", "同一天有两位护理员用同一部手机签到");
            }
        }
    }
    if let Some(index) = &order.confirmed_device {
        let same = beside::carers_with_device(db, order.id, index).await?;
        flag(same, "CONFIRMED_BY_CARER", "家属确认用的是护理员的手机");
    }
    Ok(())
}

/// Rule 7: several orders of one elder, service and day that together pass the cap.
async fn split(app: &App, order: &service_order::Model, findings: &mut Findings) -> Result<(), Fault> {
    let db = app.db.write();
    let day = service_day(order.starts_at);
    let times = (start_of_day(day), start_of_day(day + Duration::days(1)));
    let same = beside::of_day(db, order, times).await?;
    let minutes: Vec<i64> = same.iter().map(|row| (row.ends_at - row.starts_at).num_minutes()).collect();
    let Some(miss) = split_orders(&order.service_code, &minutes) else { return Ok(()) };
    for row in &same {
        for part in beside::carers_of(db, row.id).await? {
            findings.entry(part).or_default().push(miss.clone());
        }
    }
    Ok(())
}

async fn lock(tx: &DatabaseTransaction, ids: BTreeSet<Uuid>) -> Result<(), Fault> {
    for id in ids {
        orders::current(tx, id).await?;
    }
    Ok(())
}

/// Writes what was found. Other visits that got something new are looked at in their turn, for their own pairs.
async fn write(app: &App, order: &service_order::Model, findings: Findings) -> Result<(), Fault> {
    if findings.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    lock(&tx, findings.keys().map(|part| part.order_id).collect()).await?;
    for (part, misses) in findings {
        let is_new = note((app, now), &tx, (part.order_id, part.carer_id), misses).await?;
        if is_new && part.order_id != order.id {
            schedule(&tx, &app.ids, [(Due::VisitReview, part.order_id, now)]).await?;
        }
    }
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(())
}

/// Rule 9: a carer and an elder with too many flags in a month: a person looks at all their visits of the month.
async fn pair(app: &App, order: &service_order::Model, carer: Uuid) -> Result<(), Fault> {
    let (db, now) = (app.db.write(), app.clock.now());
    let (first, next) = month_of(service_day(order.starts_at));
    let month = (start_of_day(first), start_of_day(next));
    let pair = (carer, order.elder_id);
    let Some(miss) = collusion(exception::flags(db, pair, month).await?) else { return Ok(()) };
    let visits: BTreeSet<Uuid> = exception::visits_of_pair(db, pair, month).await?.into_iter().collect();
    let tx = app.db.begin().await?;
    lock(&tx, visits.clone()).await?;
    for visit in visits {
        note((app, now), &tx, (visit, carer), vec![miss.clone()]).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Rule 8: whether the family of a confirmed visit is called.
async fn draw(app: &App, order: &service_order::Model) -> Result<(), Fault> {
    if !matches!(order.state, ServiceState::Confirmed | ServiceState::Settled) {
        return Ok(());
    }
    let now: DateTime<Utc> = app.clock.now();
    let tag = app.seal.index("call_back", &OrderId(order.id).to_string());
    let standing = call_back::standing(app.db.write(), order, now).await?;
    if !is_drawn(&tag, percent(standing)) {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    if call_back::draw(&tx, order, now).await? {
        let (subject, subject_id) = ("call_back", order.id);
        let event =
            Event { subject, subject_id, name: "draw", to: Some("OPEN"), is_quiet: true, ..Event::default() };
        record(&tx, &app.ids, now, vec![event]).await?;
        tx.commit().await?;
    }
    Ok(())
}
