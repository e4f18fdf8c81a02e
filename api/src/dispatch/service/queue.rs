//! Acts that a carer's phone hands in later: signed, numbered, each applied once through the same functions as online.

use chrono::{DateTime, Utc};
use entities::enums::{AssignmentState, QueueKind};
use entities::{visit_device, visit_queue_entry};

use crate::app::App;
use crate::dispatch::graph::queue::{VisitDeviceAddErrorCode, VisitQueueCode, VisitQueueSendErrorCode};
use crate::dispatch::graph::visit::{VisitCheckInErrorCode, VisitCheckOutErrorCode, VisitSetOutErrorCode};
use crate::dispatch::rules::{Miss, miss};
use crate::dispatch::service::exception::note;
use crate::dispatch::service::visit::{self, Answer, Said};
use crate::dispatch::store::{beside, queue as store};
use crate::kit::due::{Due, schedule};
use crate::kit::event::{Event, record};
use crate::kit::ids::{DeviceId, OrderId};
use crate::kit::once::is_request_key;
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::seal::{READABLE, is_mac, random_text, sha256_hex};
use crate::kit::viewer::SignedIn;
use crate::orders::store::service_order as orders;

/// Acts handed in at once.
const ENTRIES_MAX: usize = 50;

/// A device with its secret, told until it has handed something in.
#[derive(Clone, Debug)]
pub struct Added {
    /// Which device.
    pub id: DeviceId,
    /// The key with which it signs.
    pub secret: String,
}

/// A carer's phone gets a number and a secret. The same request key answers the same until the phone has used them.
pub async fn add(app: &App, who: &SignedIn, key: &str) -> Result<Added, Stop<VisitDeviceAddErrorCode>> {
    use VisitDeviceAddErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    let tx = app.db.begin().await?;
    let Some(carer_id) = beside::carer_of(&tx, who.person.0).await? else { return refuse(C::NotACarer) };
    let now = app.clock.now();
    let id: DeviceId = app.ids.next();
    let secret_sealed = app.seal.seal(&random_text(READABLE, 40)?)?;
    let device =
        visit_device::Model { id: id.0, carer_id, request_key: key.to_owned(), secret_sealed, added_at: now };
    let device = store::add(&tx, device).await?.ok_or_else(|| Fault::new("a device vanished when added"))?;
    if device.id == id.0 {
        let event = Event {
            subject: "visit_device",
            subject_id: id.0,
            name: "add",
            actor: Some(who.person.0),
            is_quiet: true,
            ..Event::default()
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    } else if store::last_sequence(&tx, device.id).await? > 0 {
        return refuse_field(C::RequestKeyReused, "requestKey");
    }
    tx.commit().await?;
    Ok(Added { id: DeviceId(device.id), secret: app.seal.open(&device.secret_sealed)? })
}

/// One act as it was handed in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// 1, 2, 3 … of its device.
    pub sequence: i32,
    /// Which act.
    pub kind: QueueKind,
    /// Which visit.
    pub order: OrderId,
    /// Where, when, from which device.
    pub said: Said,
    /// The phone's own time.
    pub device_at: DateTime<Utc>,
    /// The second proof.
    pub code: Option<String>,
    /// Answers to tasks.
    pub answers: Vec<Answer>,
    /// The text that was to be signed.
    pub canonical: String,
    /// The signature.
    pub signature: String,
}

/// How one act ended; `None` when it was applied.
pub type Outcome = (i32, Option<VisitQueueCode>);

/// Takes what a phone hands in, in the order of its numbers.
pub async fn send(
    app: &App,
    who: &SignedIn,
    device: DeviceId,
    mut entries: Vec<Entry>,
) -> Result<Vec<Outcome>, Stop<VisitQueueSendErrorCode>> {
    use VisitQueueSendErrorCode as C;
    if !(1..=ENTRIES_MAX).contains(&entries.len()) {
        return refuse_field(C::EntriesInvalid, "entries");
    }
    let Some(device) = store::device_of(app.db.write(), who, device).await? else {
        return refuse_field(C::DeviceNotFound, "deviceId");
    };
    let secret = app.seal.open(&device.secret_sealed)?;
    entries.sort_by_key(|entry| entry.sequence);
    let mut outcomes = Vec::with_capacity(entries.len());
    for entry in &entries {
        let code = take(app, who, (&device, &secret), entry).await?;
        outcomes.push((entry.sequence, code));
    }
    Ok(outcomes)
}

async fn take(
    app: &App,
    who: &SignedIn,
    (device, secret): (&visit_device::Model, &str),
    entry: &Entry,
) -> Result<Option<VisitQueueCode>, Fault> {
    let db = app.db.write();
    if entry.sequence < 1 {
        return Ok(Some(VisitQueueCode::SequenceInvalid));
    }
    if !is_mac(secret, &entry.canonical, &entry.signature) {
        let is_own =
            flag(app, who, entry.order, miss("BAD_SIGNATURE", "离线记录的签名不对".to_owned())).await?;
        return Ok(Some(if is_own { VisitQueueCode::BadSignature } else { VisitQueueCode::OrderNotFound }));
    }
    let content_hash = sha256_hex(entry.canonical.as_bytes());
    if let Some(kept) = store::entry(db, device.id, entry.sequence).await? {
        return Ok(answer(&kept, &content_hash));
    }
    let missing = entry.sequence - store::last_sequence(db, device.id).await? - 1;
    let code = apply(app, who, entry).await?;
    if missing > 0 {
        flag(app, who, entry.order, miss("QUEUE_GAP", format!("离线记录缺少{missing}条"))).await?;
    }
    let kept = visit_queue_entry::Model {
        device_id: device.id,
        sequence: entry.sequence,
        kind: entry.kind,
        order_id: entry.order.0,
        content_hash: content_hash.clone(),
        device_at: entry.device_at,
        received_at: app.clock.now(),
        is_applied: code.is_none(),
        code: code.map(|code| format!("{code:?}")),
    };
    store::keep(db, kept).await?;
    // Two copies may come at the same moment: both did the same, the first answer stays.
    let kept = store::entry(db, device.id, entry.sequence).await?;
    kept.map(|kept| answer(&kept, &content_hash)).ok_or_else(|| Fault::new("a queue entry vanished"))
}

/// What was answered before; a number is good for one content.
fn answer(kept: &visit_queue_entry::Model, content_hash: &str) -> Option<VisitQueueCode> {
    if kept.content_hash != content_hash {
        return Some(VisitQueueCode::SequenceReused);
    }
    kept.code.as_deref().map(VisitQueueCode::read)
}

/// Notes something about a visit of the carer, whatever state it is in. False: it is not his.
async fn flag(app: &App, who: &SignedIn, order: OrderId, miss: Miss) -> Result<bool, Fault> {
    let tx = app.db.begin().await?;
    let Some(order) = orders::current(&tx, order.0).await? else { return Ok(false) };
    let part = orders::part_of(&tx, order.id, who).await?;
    let Some(part) = part.filter(|part| part.state == AssignmentState::Accepted) else { return Ok(false) };
    let now = app.clock.now();
    if note((app, now), &tx, (order.id, part.carer_id), vec![miss]).await? {
        schedule(&tx, &app.ids, [(Due::VisitReview, order.id, now)]).await?;
    }
    tx.commit().await?;
    Ok(true)
}

fn told<C>(
    result: Result<OrderId, Stop<C>>,
    code: impl Fn(C) -> VisitQueueCode,
) -> Result<Option<VisitQueueCode>, Fault> {
    match result {
        Ok(_) => Ok(None),
        Err(Stop::Refused(refused)) => Ok(Some(code(refused.code))),
        Err(Stop::Fault(fault)) => Err(fault),
    }
}

/// Does what the act says through the same functions as online; done again, it changes nothing.
async fn apply(app: &App, who: &SignedIn, entry: &Entry) -> Result<Option<VisitQueueCode>, Fault> {
    use VisitQueueCode as Q;
    let (id, said) = (entry.order, &entry.said);
    match entry.kind {
        QueueKind::SetOut => told(visit::set_out(app, who, id).await, |code| match code {
            VisitSetOutErrorCode::OrderNotFound => Q::OrderNotFound,
            VisitSetOutErrorCode::TooEarly => Q::TooEarly,
            VisitSetOutErrorCode::WrongState => Q::WrongState,
        }),
        QueueKind::CheckIn => {
            let result = visit::check_in(app, who, id, (said, entry.code.as_deref())).await;
            told(result, |code| match code {
                VisitCheckInErrorCode::OrderNotFound => Q::OrderNotFound,
                VisitCheckInErrorCode::TooEarly => Q::TooEarly,
                // A signed act is never refused for its code.
                VisitCheckInErrorCode::WrongState | VisitCheckInErrorCode::DoorCodeWrong => Q::WrongState,
            })
        }
        QueueKind::CheckOut => {
            told(visit::check_out(app, who, id, (said, &entry.answers)).await, |code| match code {
                VisitCheckOutErrorCode::OrderNotFound => Q::OrderNotFound,
                VisitCheckOutErrorCode::NotCheckedIn => Q::NotCheckedIn,
                VisitCheckOutErrorCode::TasksMissing => Q::TasksMissing,
                VisitCheckOutErrorCode::BathNotFinished => Q::WrongState,
            })
        }
    }
}
