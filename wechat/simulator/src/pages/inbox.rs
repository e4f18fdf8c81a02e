//! Subscription messages as a person's phone shows them, and the prompt that asks for consent.

use actix_web::{
    HttpResponse,
    web::{Data, Form, Path},
};
use serde::Deserialize;

use crate::{
    app::App,
    clock::beijing,
    inbox::{Consent, Delivery},
    login::{DEMO_PEOPLE, is_name, openid_of},
    pages::html::{escaped, page},
    people_desk::answer_prompt,
};

/// `GET /sim/inbox`: whose phone to look at.
pub async fn people() -> HttpResponse {
    let links: String = DEMO_PEOPLE
        .iter()
        .map(|(of, name, label)| {
            format!(
                "<li><a href=\"/sim/inbox/{name}\">{label}</a><small>{of} <code>{name}</code></small></li>"
            )
        })
        .collect();
    page("消息", &format!("<div class=\"card\"><ul>{links}</ul></div><p><a href=\"/sim\">返回</a></p>"))
}

/// `GET /sim/inbox/{name or openid}`.
pub async fn show(app: Data<App>, person: Path<String>) -> HttpResponse {
    let openid = openid(&person);
    let world = app.world();
    let messages: String = world.inbox.messages_of(&openid).iter().rev().map(bubble).collect();
    let consents = world.inbox.consents_of(&openid);
    let mut templates: Vec<&str> = world.inbox.templates().chain(consents.keys().copied()).collect();
    templates.sort_unstable();
    templates.dedup();
    let prompts: String = templates
        .iter()
        .map(|template| prompt(&person, template, consents.get(template).copied().unwrap_or(0)))
        .collect();
    let empty = "<div class=\"card\">还没有消息。</div>".to_owned();
    let content = format!(
        "{}<h2>允许发送</h2>{}<p><a href=\"/sim/inbox\">返回</a></p>",
        if messages.is_empty() { empty } else { messages },
        if prompts.is_empty() { "<div class=\"card\">还没有模板。</div>".to_owned() } else { prompts },
    );
    let name = world.logins.name_of(&openid).unwrap_or(&openid);
    page(&format!("{name} 的消息"), &content)
}

/// A button of the prompt.
#[derive(Deserialize)]
pub struct Press {
    template_id: String,
    result: Consent,
}

/// `POST /sim/inbox/{name or openid}`: a button was pressed.
pub async fn answer(app: Data<App>, person: Path<String>, press: Form<Press>) -> HttpResponse {
    answer_prompt(&app, &openid(&person), std::slice::from_ref(&press.template_id), press.result);
    HttpResponse::SeeOther().insert_header(("Location", format!("/sim/inbox/{person}"))).finish()
}

fn openid(person: &str) -> String {
    if is_name(person) { openid_of(person) } else { person.to_owned() }
}

fn bubble(message: &Delivery) -> String {
    let fields: String = message
        .fields
        .iter()
        .map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value)))
        .collect();
    let page = if message.page.is_empty() {
        String::new()
    } else {
        format!("<p>进入小程序：<code>{}</code></p>", escaped(&message.page))
    };
    format!(
        "<div class=\"card good\"><p><small>{} · <code>{}</code></small></p><dl>{fields}</dl>{page}</div>",
        beijing(message.at),
        escaped(&message.template_id)
    )
}

fn prompt(person: &str, template_id: &str, left: u64) -> String {
    let (person, template_id) = (escaped(person), escaped(template_id));
    format!(
        "<form class=\"card\" method=\"post\" action=\"/sim/inbox/{person}\">\
         <input type=\"hidden\" name=\"template_id\" value=\"{template_id}\">\
         <p><code>{template_id}</code>：还可发送 {left} 条</p>\
         <button class=\"go\" name=\"result\" value=\"accept\">允许</button>\
         <button class=\"plain\" name=\"result\" value=\"reject\">拒绝</button>\
         <button class=\"warn\" name=\"result\" value=\"ban\">总是拒绝</button></form>"
    )
}
