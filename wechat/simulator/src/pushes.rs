//! Message push: events of the mini-program platform on their way to the merchant's server.

use std::io;

use base64::{
    Engine, alphabet,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    crypto::{seal_push, sha1_hex},
    faults::{Drawn, Effect, Moment, Occasion},
    journal::{Entry, Kind},
    keys::{PUSH_AES_KEY, PUSH_TOKEN},
    payments::path_of,
    world::World,
};

/// The platform tries three times, about every five seconds.
const TRIES: u32 = 3;
const AGAIN_AFTER_S: i64 = 5;
/// Name of the mini-program's account in messages.
const ACCOUNT: &str = "gh_simulated0001";

/// One event, with what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Push {
    /// Whom it is about.
    pub openid: String,
    /// Name of the event.
    pub event: String,
    /// The whole message, before the envelope.
    pub message: Value,
    /// Next try, unix seconds; none when done or given up.
    pub due_at: Option<i64>,
    /// Tries so far.
    pub tries: u32,
    /// Whether the server answered `success` or nothing.
    pub is_delivered: bool,
    /// What the server answered last.
    pub status: Option<u16>,
}

impl World {
    /// Puts an event on its way. Without an address it stays where tests can read it.
    pub fn push_event(&mut self, openid: &str, event: &str, more: Value) {
        let now = self.now();
        let mut message = json!({
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": now,
            "MsgType": "event",
            "Event": event,
        });
        if let (Value::Object(whole), Value::Object(more)) = (&mut message, more) {
            whole.extend(more);
        }
        let due_at = (!self.settings.push_url.is_empty()).then_some(now);
        self.pushes.push(Push {
            openid: openid.to_owned(),
            event: event.to_owned(),
            message,
            due_at,
            tries: 0,
            is_delivered: false,
            status: None,
        });
    }
}

/// Sends what is due, or everything that waits; one try each.
pub async fn deliver(app: &App, is_all: bool) -> Vec<Push> {
    // The courier and a flush must not send the same event at the same time.
    let _lock = app.delivering.lock().await;
    let due: Vec<usize> = {
        let world = app.world();
        let now = world.now();
        let is_due = |push: &Push| push.due_at.is_some_and(|at| is_all || at <= now);
        world.pushes.iter().enumerate().filter(|(_, push)| is_due(push)).map(|(index, _)| index).collect()
    };
    let mut done = Vec::with_capacity(due.len());
    for index in due {
        done.push(try_once(app, index).await);
    }
    done
}

async fn try_once(app: &App, index: usize) -> Push {
    let (push, url, drawn, parcel) = {
        let mut world = app.world();
        let push = world.pushes[index].clone();
        let url = world.settings.push_url.clone();
        let occasion =
            Occasion { path: path_of(&url), method: "POST", event: Some(&push.event), ..Occasion::default() };
        let drawn = world.draw(Moment::NoticeTry, &occasion);
        let parcel = pack(&mut world, &push, &drawn);
        (push, url, drawn, parcel)
    };
    let copies = drawn.value(Effect::NotifyDuplicate, 1).map_or(1, |more| 1 + more.clamp(0, 100));
    let mut status = None;
    if let Ok((query, body)) = parcel
        && !drawn.has(Effect::NotifyDrop)
    {
        for _ in 0..copies {
            status = post(app, &format!("{url}?{query}"), body.clone()).await;
        }
    }
    settle(app, index, &push, &drawn, status)
}

fn settle(app: &App, index: usize, push: &Push, drawn: &Drawn, status: Option<(u16, String)>) -> Push {
    let is_delivered =
        status.as_ref().is_some_and(|(code, text)| *code == 200 && (text.is_empty() || text == "success"));
    let mut world = app.world();
    let (now, path) = (world.now(), path_of(&world.settings.push_url).to_owned());
    let entry = &mut world.pushes[index];
    entry.tries += 1;
    entry.is_delivered = is_delivered;
    entry.status = status.as_ref().map(|(code, _)| *code);
    entry.due_at = (!is_delivered && entry.tries < TRIES).then_some(now + AGAIN_AFTER_S);
    let after = entry.clone();
    world.note(Entry {
        seq: 0,
        at: 0,
        kind: Kind::Notification,
        method: "POST".to_owned(),
        path,
        out_trade_no: None,
        status: after.status.unwrap_or(0),
        code: Some(push.event.clone()),
        faults: drawn.names(),
    });
    after
}

/// Query and body of one sending, plain or in the envelope of secure mode.
fn pack(world: &mut World, push: &Push, drawn: &Drawn) -> io::Result<(String, String)> {
    let mut timestamp = world.now();
    if drawn.has(Effect::NotifyStale) {
        timestamp -= 3600;
    }
    let nonce = world.nonce(10);
    let word = if drawn.has(Effect::NotifyForged) { "forged" } else { PUSH_TOKEN };
    let sign = |parts: &[&str]| signature(word, parts);
    let at = timestamp.to_string();
    let mut query =
        format!("signature={}&timestamp={at}&nonce={nonce}&openid={}", sign(&[&at, &nonce]), push.openid);
    let mut body = push.message.to_string();
    if world.settings.push_secure {
        let plain = envelope(&world.nonce(16), &body, &world.who.appid)?;
        let sealed = seal_push(&push_key()?, &plain)?;
        query += &format!("&encrypt_type=aes&msg_signature={}", sign(&[&at, &nonce, &sealed]));
        body = json!({ "ToUserName": ACCOUNT, "Encrypt": sealed }).to_string();
    }
    if drawn.has(Effect::NotifyTampered) {
        body =
            body.replacen(ACCOUNT, "gh_tampered000001", 1).replacen("\"Encrypt\":\"", "\"Encrypt\":\"A", 1);
    }
    Ok((query, body))
}

/// 16 random characters, the length of the message in 4 bytes, the message, the app id.
fn envelope(salt: &str, message: &str, appid: &str) -> io::Result<Vec<u8>> {
    let length = u32::try_from(message.len()).map_err(io::Error::other)?.to_be_bytes();
    Ok([salt.as_bytes(), &length, message.as_bytes(), appid.as_bytes()].concat())
}

fn push_key() -> io::Result<[u8; 32]> {
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&alphabet::STANDARD, lenient);
    let bytes = engine.decode(format!("{PUSH_AES_KEY}=")).map_err(io::Error::other)?;
    bytes.try_into().map_err(|_| io::Error::other("EncodingAESKey has another length"))
}

fn signature(word: &str, parts: &[&str]) -> String {
    let mut sorted: Vec<&str> = parts.to_vec();
    sorted.push(word);
    sorted.sort_unstable();
    sha1_hex(sorted.concat().as_bytes())
}

async fn post(app: &App, url: &str, body: String) -> Option<(u16, String)> {
    let request = app.client.post(url).header("Content-Type", "application/json").body(body);
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.text().await.unwrap_or_default()))
}

/// What the console does when an address is saved: a signed GET that must be answered with `echostr`.
pub async fn check_address(app: &App) -> bool {
    let (url, query, echo) = {
        let mut world = app.world();
        let (at, nonce, echo) = (world.now().to_string(), world.nonce(10), world.nonce(18));
        let signature = signature(PUSH_TOKEN, &[&at, &nonce]);
        let query = format!("signature={signature}&timestamp={at}&nonce={nonce}&echostr={echo}");
        (world.settings.push_url.clone(), query, echo)
    };
    let Ok(answer) = app.client.get(format!("{url}?{query}")).send().await else { return false };
    answer.status().as_u16() == 200 && answer.text().await.is_ok_and(|text| text == echo)
}
