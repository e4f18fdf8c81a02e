//! Message push of the mini-program platform (消息推送): the address test, and messages plain and in secure mode.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use wechat::push::{PushQuery, PushRejection, Pushed};

use super::notify;
use crate::app::App;
use crate::notices::service::push::take;

/// Registers the address.
pub fn configure(service: &mut web::ServiceConfig) {
    service.service(web::resource("/wechat/push").route(web::get().to(tested)).route(web::post().to(pushed)));
}

/// The query of both calls.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    signature: String,
    #[serde(default)]
    msg_signature: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    nonce: String,
    #[serde(default)]
    echostr: String,
}

impl Asked {
    fn query<'a>(&'a self, signature: &'a str) -> PushQuery<'a> {
        PushQuery { signature, timestamp: &self.timestamp, nonce: &self.nonce }
    }
}

/// The console's test of the address.
async fn tested(app: web::Data<App>, asked: web::Query<Asked>) -> HttpResponse {
    let Some(push) = &app.push else { return HttpResponse::NotFound().finish() };
    match push.check(asked.query(&asked.signature)) {
        Ok(()) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(asked.echostr.clone()),
        Err(rejection) => refused(rejection),
    }
}

/// One message. The platform repeats it three times unless it hears `success` within five seconds.
async fn pushed(
    app: web::Data<App>,
    asked: web::Query<Asked>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let body = match notify::body(&app, payload, request.headers()).await {
        Ok(body) => body,
        Err(short) => return HttpResponse::build(short.status()).force_close().finish(),
    };
    let opened = match open(&app, &asked, &body) {
        Ok(opened) => opened,
        Err(Refusal::NotThere) => return HttpResponse::NotFound().finish(),
        Err(Refusal::Rejected(rejection)) => return refused(rejection),
        Err(Refusal::Plain) => {
            tracing::warn!("a pushed message is refused: plain mode is not taken");
            return HttpResponse::Forbidden().finish();
        }
    };
    let Some(message) = Pushed::read(&opened) else {
        tracing::warn!("a pushed message is not JSON of the documented shape; choose JSON in the console");
        return HttpResponse::BadRequest().finish();
    };
    match take(&app, &message).await {
        Ok(()) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("success"),
        Err(fault) => {
            tracing::error!(%fault, "a pushed message could not be taken; the platform repeats it");
            HttpResponse::InternalServerError().finish()
        }
    }
}

enum Refusal {
    NotThere,
    Plain,
    Rejected(PushRejection),
}

impl From<PushRejection> for Refusal {
    fn from(rejection: PushRejection) -> Self {
        Self::Rejected(rejection)
    }
}

fn open(app: &App, asked: &Asked, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Envelope {
        encrypt: String,
    }
    let push = app.push.as_ref().ok_or(Refusal::NotThere)?;
    if let Ok(envelope) = serde_json::from_slice::<Envelope>(body) {
        return Ok(push.open(asked.query(&asked.msg_signature), &envelope.encrypt)?);
    }
    push.check(asked.query(&asked.signature))?;
    // The signature of plain mode does not cover the body: who overhears one message could write others.
    if app.config.wechat_push_plain { Ok(body.to_vec()) } else { Err(Refusal::Plain) }
}

fn refused(rejection: PushRejection) -> HttpResponse {
    tracing::warn!(%rejection, "a pushed message is refused");
    HttpResponse::Forbidden().finish()
}
