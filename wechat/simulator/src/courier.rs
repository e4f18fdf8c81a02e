//! Delivers notifications: seals and signs each try anew, posts it, and lets the plan decide what comes next.

use std::{io, sync::Arc, time::Duration};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    clock::beijing,
    crypto::{derived, hex, seal},
    faults::{Drawn, Effect, Moment, Occasion},
    journal::{Entry, Kind},
    notices::{Message, Try},
    payments::path_of,
    pushes,
    reply::{Spoilt, Stamp, signature_headers},
};

/// How many notifications the background courier has under way at once.
const LANES: usize = 8;

/// What came of one try, as `POST /sim/notifications/flush` reports it.
#[derive(Debug, Serialize)]
pub struct Delivery {
    /// Id of the notification.
    pub id: String,
    /// Event type.
    pub event_type: String,
    /// The order.
    pub out_trade_no: String,
    /// The refund, if it is about one.
    pub out_refund_no: Option<String>,
    /// What the merchant answered; none when nothing came back.
    pub status: Option<u16>,
    /// Why nothing came back.
    pub error: Option<String>,
    /// Whether it counts as delivered.
    pub is_delivered: bool,
    /// How often it was sent in this try: 0 when dropped, more than 1 with copies.
    pub sent: usize,
    /// Faults that struck.
    pub faults: Vec<Effect>,
    /// Next try, unix seconds; none when done or given up.
    pub next_try_at: Option<i64>,
}

/// Delivers by itself, for ever. Runs as one background task of the simulator.
pub async fn run(app: Arc<App>) {
    loop {
        let is_on = app.world().settings.auto_notify;
        if is_on {
            let lock = app.delivering.lock().await;
            let due = {
                let mut world = app.world();
                let now = world.now();
                world.outbox.take_due(now)
            };
            for lane in due.chunks(LANES) {
                let mut under_way = tokio::task::JoinSet::new();
                for index in lane {
                    let (app, index) = (Arc::clone(&app), *index);
                    under_way.spawn(async move { deliver(&app, index).await });
                }
                under_way.join_all().await;
            }
            drop(lock);
            pushes::deliver(&app, false).await;
        }
        // The pause only matters for a running clock: whatever a call makes due wakes the courier at once.
        tokio::select! {
            () = app.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
    }
}

/// Delivers everything that is due now, or everything that waits, one after the other; one try each.
pub async fn flush(app: &App, is_all: bool) -> Vec<Delivery> {
    let _lock = app.delivering.lock().await;
    let due = {
        let mut world = app.world();
        let now = world.now();
        if is_all { world.outbox.take_all() } else { world.outbox.take_due(now) }
    };
    let mut done = Vec::with_capacity(due.len());
    for index in due {
        done.push(deliver(app, index).await);
    }
    done
}

/// Delivers what waits about one order.
pub async fn deliver_of(app: &App, out_trade_no: &str) {
    let _lock = app.delivering.lock().await;
    let mine = app.world().outbox.take_of(out_trade_no);
    for index in mine {
        deliver(app, index).await;
    }
}

async fn deliver(app: &App, index: usize) -> Delivery {
    let (message, drawn, stamp) = prepare(app, index);
    let sendings = if drawn.has(Effect::NotifyDrop) {
        0
    } else {
        let copies = drawn.value(Effect::NotifyDuplicate, 1).unwrap_or(0);
        1 + usize::try_from(copies.clamp(0, 100)).unwrap_or(0)
    };
    let mut first = Sent { status: None, error: Some("dropped by a fault".to_owned()) };
    for copy in 0..sendings {
        // A copy is signed anew like any other sending.
        let stamp =
            Stamp { nonce: if copy == 0 { stamp.nonce.clone() } else { app.world().nonce(32) }, ..stamp };
        let sent = match pack(app, &message, &drawn, &stamp) {
            Ok(parcel) => post(app, &message.url, parcel).await,
            Err(fault) => Sent { status: None, error: Some(fault.to_string()) },
        };
        if copy == 0 {
            first = sent;
        }
    }
    settle(app, index, message, &drawn, (first, sendings))
}

fn prepare(app: &App, index: usize) -> (Message, Drawn, Stamp) {
    let mut world = app.world();
    let message = world.outbox.message(index).clone();
    let occasion = Occasion {
        path: path_of(&message.url),
        method: "POST",
        host: "",
        out_trade_no: Some(&message.out_trade_no),
        event: Some(&message.event_type),
    };
    let drawn = world.draw(Moment::NoticeTry, &occasion);
    let throw = world.permille_throw();
    let stamp =
        Stamp { timestamp: world.now(), nonce: world.nonce(32), key: world.keys.for_notification(throw) };
    (message, drawn, stamp)
}

struct Parcel {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn pack(app: &App, message: &Message, drawn: &Drawn, stamp: &Stamp) -> io::Result<Parcel> {
    let plain = falsified(message.plain.clone(), drawn).to_string();
    let key = app.world().keys.apiv3_key();
    let ciphertext = seal(key.as_bytes(), &message.seal_nonce, message.original_type, plain.as_bytes())?;
    let envelope = json!({
        "id": message.id,
        "create_time": beijing(message.made_at),
        "resource_type": "encrypt-resource",
        "event_type": message.event_type,
        "summary": message.summary,
        "resource": {
            "original_type": message.original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": ciphertext,
            "associated_data": message.original_type,
            "nonce": message.seal_nonce,
        },
    });
    let mut body = envelope.to_string().into_bytes();
    let spoilt = Spoilt {
        is_forged: drawn.has(Effect::NotifyForged),
        is_probe: drawn.has(Effect::NotifySigntest),
        is_unknown_serial: drawn.has(Effect::NotifyUnknownSerial),
        is_stale: drawn.has(Effect::NotifyStale),
        is_early: false,
    };
    let mut headers = signature_headers(app, stamp, &body, &spoilt)?;
    if drawn.has(Effect::NotifyUnsigned) {
        headers.clear();
    }
    if drawn.has(Effect::NotifyTampered) {
        body = body.strip_suffix(b"}").unwrap_or(&body).to_vec();
        body.extend_from_slice(br#","tampered":true}"#);
    }
    headers.push(("Request-ID", format!("SIM{}-0", hex(&derived(0, "request", &stamp.nonce), 32))));
    Ok(Parcel { headers, body })
}

/// The content with one thing wrong, sealed and signed correctly all the same.
fn falsified(mut plain: Value, drawn: &Drawn) -> Value {
    if drawn.has(Effect::NotifyWrongAmount)
        && let Some(total) = plain.pointer("/amount/total").and_then(Value::as_i64)
    {
        plain["amount"]["total"] = json!(total.saturating_add(1));
    }
    if drawn.has(Effect::NotifyWrongMchid) {
        plain["mchid"] = json!("1900000099");
    }
    if drawn.has(Effect::NotifyWrongAppid) {
        plain["appid"] = json!("wxsim0000000000099");
    }
    if drawn.has(Effect::NotifyWrongOpenid) {
        plain["payer"] = json!({ "openid": crate::login::openid_of("stranger") });
    }
    drawn.alter(Effect::NotifyAltered, &mut plain);
    plain
}

struct Sent {
    status: Option<u16>,
    error: Option<String>,
}

async fn post(app: &App, url: &str, parcel: Parcel) -> Sent {
    let mut request = app
        .client
        .post(url)
        .header("Content-Type", "application/json")
        .header("Accept", "*/*")
        .header("User-Agent", "Mozilla/4.0");
    for (name, value) in parcel.headers {
        request = request.header(name, value);
    }
    match request.body(parcel.body).send().await {
        Ok(answer) => Sent { status: Some(answer.status().as_u16()), error: None },
        Err(fault) => Sent { status: None, error: Some(fault.without_url().to_string()) },
    }
}

fn settle(app: &App, index: usize, message: Message, drawn: &Drawn, sent: (Sent, usize)) -> Delivery {
    let (sent, sendings) = sent;
    let is_delivered = matches!(sent.status, Some(200 | 204));
    let faults = drawn.names();
    let mut world = app.world();
    let now = world.now();
    let attempt = Try { at: now, status: sent.status, error: sent.error.clone(), faults: faults.clone() };
    world.outbox.record(index, attempt);
    let next_try_at = world.outbox.settle(index, is_delivered, now);
    world.note(Entry {
        seq: 0,
        at: 0,
        kind: Kind::Notification,
        method: "POST".to_owned(),
        path: path_of(&message.url).to_owned(),
        out_trade_no: Some(message.out_trade_no.clone()),
        status: sent.status.unwrap_or(0),
        code: Some(message.event_type.clone()),
        faults: faults.clone(),
    });
    Delivery {
        id: message.id,
        event_type: message.event_type,
        out_trade_no: message.out_trade_no,
        out_refund_no: message.out_refund_no,
        status: sent.status,
        error: sent.error,
        is_delivered,
        sent: sendings,
        faults,
        next_try_at,
    }
}
