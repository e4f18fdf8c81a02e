//! The card at an elder's home: a picture that changes every minute and proves that somebody stands before it.

use chrono::{DateTime, Duration, Utc};
use entities::enums::SecondProof;
use entities::home_card::Model;
use entities::service_order;
use sea_orm::ConnectionTrait;

use crate::app::App;
use crate::dispatch::rules::limits::limits;
use crate::dispatch::store::card as store;
use crate::kit::ids::ElderId;
use crate::kit::refusal::Fault;
use crate::kit::seal::{READABLE, is_mac, mac_hex, random_text};
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scope;
use crate::people::service::picture::picture;
use crate::people::store::elder_of;

/// What a card shows now.
#[derive(Clone, Debug)]
pub struct Shown {
    /// `NY1.<public part>.<window>.<mac>`.
    pub text: String,
    /// When it shows something else.
    pub changes_at: DateTime<Utc>,
}

fn window(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(limits().window_s)
}

fn text(public_part: &str, window: i64, secret: &str) -> String {
    let body = format!("NY1.{public_part}.{window}");
    let mac = mac_hex(secret, &body);
    format!("{body}.{mac}")
}

/// The card of an elder for himself, family with the scope VIEW_ORDERS, and the desk; `None` for everybody else.
async fn card_of(app: &App, who: &SignedIn, elder: ElderId) -> Result<Option<Model>, Fault> {
    let reached = elder_of(app.db.read(), who, elder).await?;
    if !reached.is_some_and(|reached| reached.scopes.has(Scope::ViewOrders)) {
        return Ok(None);
    }
    let (db, now) = (app.db.write(), app.clock.now());
    let mut card = store::card(db, elder.0).await?;
    if card.is_none() {
        let sealed = app.seal.seal(&random_text(READABLE, 40)?)?;
        store::make(db, elder.0, (random_text(READABLE, 16)?, sealed), now).await?;
        card = store::card(db, elder.0).await?;
    }
    card.map(Some).ok_or_else(|| Fault::new("a home card vanished"))
}

/// The code to print on a card. Inside, `None`: not drawn yet.
pub async fn picture_of(app: &App, who: &SignedIn, elder: ElderId) -> Result<Option<Option<String>>, Fault> {
    let Some(card) = card_of(app, who, elder).await? else { return Ok(None) };
    picture(app, &format!("h={}", card.public_part), "pages/home/index").await.map(Some)
}

/// What the card shows now, for those who may see it.
pub async fn shown(app: &App, who: &SignedIn, elder: ElderId) -> Result<Option<Shown>, Fault> {
    let Some(card) = card_of(app, who, elder).await? else { return Ok(None) };
    let now = app.clock.now();
    let window = window(now);
    let next = Duration::seconds((window + 1) * limits().window_s);
    Ok(Some(Shown {
        text: text(&card.public_part, window, &app.seal.open(&card.secret_sealed)?),
        changes_at: DateTime::UNIX_EPOCH + next,
    }))
}

/// Which second proof a code is for an order at a moment: its six digits, what the card of its elder showed in this window
/// or the one before, or nothing.
pub async fn second_proof<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    order: &service_order::Model,
    (code, at): (Option<&str>, DateTime<Utc>),
) -> Result<SecondProof, Fault> {
    let Some(code) = code.map(str::trim) else { return Ok(SecondProof::None) };
    if code == order.visit_code {
        return Ok(SecondProof::Code);
    }
    let parts: Vec<&str> = code.split('.').collect();
    let ["NY1", public_part, told, mac] = parts.as_slice() else { return Ok(SecondProof::None) };
    let Some(card) = store::card(tx, order.elder_id).await? else { return Ok(SecondProof::None) };
    let now = window(at);
    let is_fresh = told.parse::<i64>().is_ok_and(|told| told == now || told == now - 1);
    let body = format!("NY1.{public_part}.{told}");
    let is_own = card.public_part == *public_part;
    if is_fresh && is_own && is_mac(&app.seal.open(&card.secret_sealed)?, &body, mac) {
        return Ok(SecondProof::Card);
    }
    Ok(SecondProof::None)
}
