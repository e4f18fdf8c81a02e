//! Telling the platform that a paid order was carried out (发货信息管理): without it the money of a managed mini-program is
//! not settled. An order is told when the meal is handed over or the visit is done, not at the payment.

use chrono::{DateTime, Duration, Utc};
use entities::enums::{AttemptState, MealWay};
use entities::payment_attempt::Model as Attempt;
use wechat::mini::{OrderKey, Shipping, ShippingOutcome, Way};

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::money::store::attempt;
use crate::notices::rules::next_shipping;
use crate::notices::store::{about, media};

/// Whether orders are told: by the setting, or since the platform has said that it manages shipping.
pub async fn is_on(app: &App) -> Result<bool, Fault> {
    Ok(app.config.wechat_ships_orders || media::is_shipping_managed(app.db.read()).await?)
}

/// The worker's handler of `Due::Shipping`. Gives when to try again; `None`: told, or nothing to tell.
pub async fn upload(app: &App, id: OrderId) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some((way, item, carried_out_at)) = about::carried_out(app.db.read(), id).await? else {
        return Ok(None);
    };
    let way = match way {
        Some(MealWay::Delivery) => Way::SameCity,
        Some(MealWay::DineIn | MealWay::PickUp) => Way::PickUp,
        None => Way::Virtual,
    };
    let attempts = attempt::of_order(app.db.read(), id).await?;
    let paid = |attempt: &&Attempt| attempt.state == AttemptState::Paid && attempt.till_region.is_none();
    let mut next = None;
    for attempt in attempts.iter().filter(paid) {
        let again = tell(app, attempt, (way, &item), carried_out_at).await?;
        next = [next, again].into_iter().flatten().min();
    }
    Ok(next)
}

async fn tell(
    app: &App,
    attempt: &Attempt,
    (way, item): (Way, &str),
    carried_out_at: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let now = app.clock.now();
    let shipping = Shipping {
        order: OrderKey::Ours {
            mchid: app.config.wechat_mchid.clone(),
            out_trade_no: attempt.out_trade_no.clone(),
        },
        way,
        item: item.to_owned(),
        // The same in every repetition: a later time would be a correction, of which there is one.
        uploaded_at: carried_out_at.timestamp(),
        openid: app.seal.open(&attempt.openid_sealed)?,
    };
    match app.mini.upload_shipping(&shipping).await {
        Ok(ShippingOutcome::Uploaded) => {
            shipped(app, attempt, now).await?;
            Ok(None)
        }
        Ok(ShippingOutcome::AlreadyShipped | ShippingOutcome::WrongState) => Ok(None),
        Ok(ShippingOutcome::NotThereYet { retry_after_s }) => {
            let next = next_shipping(now, carried_out_at);
            if next.is_none() {
                tracing::error!(attempt.id = %attempt.id, "the platform never heard of a payment that was carried out");
            }
            Ok(next.map(|next| next.max(now + Duration::seconds(retry_after_s))))
        }
        Err(error) => {
            tracing::warn!(%error, attempt.id = %attempt.id, "an order could not be told as carried out");
            Ok(next_shipping(now, carried_out_at))
        }
    }
}

async fn shipped(app: &App, attempt: &Attempt, now: DateTime<Utc>) -> Result<(), Fault> {
    let event = Event {
        subject: "payment_attempt",
        subject_id: attempt.id,
        name: "shipped",
        is_quiet: true,
        ..Event::default()
    };
    Ok(record(app.db.write(), &app.ids, now, vec![event]).await?)
}
