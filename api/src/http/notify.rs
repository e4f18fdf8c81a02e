//! WeChat's notifications: verified over the raw bytes, then taken in one transaction, then 204.

use std::time::Duration;

use actix_web::http::header::HeaderMap;
use actix_web::web::BytesMut;
use actix_web::{HttpRequest, HttpResponse, web};
use wechat::pay::{NotificationContent, NotifyHeaders};

use super::intake::{self, Measure, Short};
use crate::app::App;
use crate::kit::refusal::Fault;
use crate::money::service::refund::Told;
use crate::money::service::{complaint, refund};
use crate::money::store::attempt::receive;
use crate::orders::service::payment::{Notice, take_evidence};

/// Largest notification or pushed message in bytes.
const BODY_MAX: usize = 64 * 1024;

/// Where complaints are told.
pub const COMPLAINTS: &str = "/wechat/complaint/notify";

/// Registers the addresses.
pub fn configure(service: &mut web::ServiceConfig) {
    for path in ["/wechat/pay/notify", "/wechat/refund/notify", COMPLAINTS] {
        service.service(web::resource(path).route(web::post().to(notified)));
    }
}

async fn notified(app: web::Data<App>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let body = match body(&app, payload, request.headers()).await {
        Ok(body) => body,
        Err(short) => return failed(HttpResponse::build(short.status()).force_close()),
    };
    let header = |name: &str| {
        let mut values = request.headers().get_all(name);
        // A header that comes twice cannot be trusted: as good as none.
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok().map(str::to_owned),
            _ => None,
        }
    };
    let headers = NotifyHeaders {
        timestamp: header("Wechatpay-Timestamp"),
        nonce: header("Wechatpay-Nonce"),
        signature: header("Wechatpay-Signature"),
        serial: header("Wechatpay-Serial"),
        signature_type: request
            .headers()
            .contains_key("Wechatpay-Signature-Type")
            .then(|| header("Wechatpay-Signature-Type").unwrap_or_default()),
    };
    let notification = match app.pay.notification(&headers, &body).await {
        Ok(notification) => notification,
        Err(rejection) => {
            app.metrics.payment_verdict(rejection.metric_name());
            tracing::warn!(reason = rejection.metric_name(), "a notification is refused");
            return failed(&mut HttpResponse::BadRequest());
        }
    };
    match take(&app, &notification).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(fault) => {
            tracing::error!(%fault, "a notification could not be taken; the platform repeats it");
            failed(&mut HttpResponse::InternalServerError())
        }
    }
}

/// Reads a short body, such as what the platform sends, within the time that every body has.
pub(super) async fn body(app: &App, payload: web::Payload, headers: &HeaderMap) -> Result<BytesMut, Short> {
    let patience = Duration::from_secs(app.config.body_s.into());
    let read = intake::read(payload, headers, Measure { bytes_max: BODY_MAX, patience }).await;
    if let Err(short) = read {
        tracing::warn!(?short, "a body did not arrive whole");
    }
    read
}

fn failed(answer: &mut actix_web::HttpResponseBuilder) -> HttpResponse {
    answer.json(serde_json::json!({ "code": "FAIL", "message": "失败" }))
}

async fn take(app: &App, notification: &wechat::pay::Notification) -> Result<(), Fault> {
    let (id, event_type) = (notification.id.as_str(), notification.event_type.as_str());
    let now = app.clock.now();
    match &notification.content {
        NotificationContent::Paid(transaction) => {
            take_evidence(app, transaction, Some(Notice { id, event_type })).await.map(|_| ())
        }
        NotificationContent::Refunded(state) => {
            // In a notification the merchant is always named.
            let verdict =
                if state.mchid.is_some() { refund::notified(app, state).await? } else { Told::Mismatch };
            let verdict = verdict.verdict();
            app.metrics.payment_verdict(verdict);
            let number = state.out_trade_no.as_deref();
            receive(app.db.write(), (id, event_type), number, verdict, now).await?;
            Ok(())
        }
        NotificationContent::Other(_) => {
            if let Some(said) = notification.complaint() {
                return complaint::told(app, notification, &said).await;
            }
            let verdict = if notification.is_complaint() { "mismatch" } else { "stored" };
            if verdict == "mismatch" {
                app.metrics.payment_verdict(verdict);
                tracing::error!("the platform tells of a complaint without its number");
            }
            receive(app.db.write(), (id, event_type), None, verdict, now).await?;
            Ok(())
        }
    }
}
