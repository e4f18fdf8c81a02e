//! Control over people: consents, messages, phone codes, shipping, message push.

use actix_web::{
    HttpResponse,
    web::{self, Bytes, Data, Path, Query},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    control::{BadRequest, json_answer, parse},
    inbox::Consent,
    login::{is_name, openid_of},
    pushes,
};

/// Adds these interfaces to the server.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sim/phone", web::get().to(phone_code))
        .route("/sim/templates", web::post().to(add_templates))
        .route("/sim/consents", web::post().to(consent))
        .route("/sim/messages/{person}", web::get().to(messages))
        .route("/sim/shipments/{out_trade_no}/confirm", web::post().to(confirm_shipment))
        .route("/sim/pushes", web::get().to(list_pushes))
        .route("/sim/pushes/check", web::post().to(check_push));
}

#[derive(Deserialize)]
struct PhoneWish {
    r#as: String,
    number: Option<String>,
}

async fn phone_code(app: Data<App>, wish: Query<PhoneWish>) -> Result<HttpResponse, BadRequest> {
    if !is_name(&wish.r#as) {
        return Err(BadRequest("a name has 1 to 40 of a-z, 0-9 and -".to_owned()));
    }
    let code = app.world().phone_code(&wish.r#as, wish.number.as_deref());
    Ok(json_answer(200, &json!({ "code": code })))
}

async fn add_templates(app: Data<App>, body: Bytes) -> Result<HttpResponse, BadRequest> {
    let mut world = app.world();
    world.inbox.add_templates(parse(&body)?);
    let known: Vec<&str> = world.inbox.templates().collect();
    Ok(json_answer(200, &json!(known)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentWish {
    openid: Option<String>,
    r#as: Option<String>,
    template_ids: Vec<String>,
    result: Consent,
}

/// What `wx.requestSubscribeMessage` does on the phone: at most five templates in one prompt.
async fn consent(app: Data<App>, body: Bytes) -> Result<HttpResponse, BadRequest> {
    let wish: ConsentWish = parse(&body)?;
    let openid = wish.openid.or_else(|| wish.r#as.as_deref().map(openid_of));
    let openid = openid.ok_or_else(|| BadRequest("openid or as".to_owned()))?;
    if wish.template_ids.is_empty() || wish.template_ids.len() > 5 {
        return Err(BadRequest("one to five templates".to_owned()));
    }
    answer_prompt(&app, &openid, &wish.template_ids, wish.result);
    let world = app.world();
    Ok(json_answer(200, &json!({ "openid": openid, "consents": world.inbox.consents_of(&openid) })))
}

/// Writes an answer down and tells the merchant.
pub fn answer_prompt(app: &App, openid: &str, template_ids: &[String], consent: Consent) {
    let mut world = app.world();
    let mut lines = Vec::new();
    for template_id in template_ids {
        world.inbox.answer(openid, template_id, consent);
        lines.push(
            json!({ "TemplateId": template_id, "SubscribeStatusString": consent.name(), "PopupScene": "0" }),
        );
    }
    // One entry comes bare, several as a list: as on the platform.
    let list = if lines.len() == 1 { lines.remove(0) } else { json!(lines) };
    world.push_event(openid, "subscribe_msg_popup_event", json!({ "List": list }));
    drop(world);
    app.wake.notify_one();
}

async fn messages(app: Data<App>, person: Path<String>) -> HttpResponse {
    let openid = if is_name(&person) { openid_of(&person) } else { person.into_inner() };
    let world = app.world();
    let (messages, consents) = (world.inbox.messages_of(&openid), world.inbox.consents_of(&openid));
    json_answer(200, &json!({ "openid": openid, "messages": messages, "consents": consents }))
}

async fn confirm_shipment(app: Data<App>, number: Path<String>) -> HttpResponse {
    let is_settled = {
        let mut world = app.world();
        let now = world.now();
        world.settle_shipment(&number, now, true)
    };
    app.wake.notify_one();
    json_answer(if is_settled { 200 } else { 409 }, &json!({ "is_settled": is_settled }))
}

async fn list_pushes(app: Data<App>) -> HttpResponse {
    json_answer(200, &json!(app.world().pushes))
}

async fn check_push(app: Data<App>) -> HttpResponse {
    json_answer(200, &json!({ "is_good": pushes::check_address(&app).await }))
}
