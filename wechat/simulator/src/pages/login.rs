//! The simulated `wx.login`: a code for a demo person, as JSON; without a name the list of people.

use actix_web::{
    HttpResponse,
    web::{Data, Query},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    control::BadRequest,
    login::{DEMO_PEOPLE, is_name},
    pages::html::page,
};

/// Query of the login page.
#[derive(Deserialize)]
pub struct Wish {
    /// A demo person's name, or any other.
    r#as: Option<String>,
}

/// `GET /sim/login` and `GET /sim/login?as=daughter1`.
pub async fn page_or_code(app: Data<App>, wish: Query<Wish>) -> Result<HttpResponse, BadRequest> {
    let Some(name) = &wish.r#as else { return Ok(people()) };
    if !is_name(name) {
        return Err(BadRequest("a name has 1 to 40 of a-z, 0-9 and -".to_owned()));
    }
    let (code, openid) = app.world().log_in(name);
    Ok(HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .body(json!({ "code": code, "openid": openid }).to_string()))
}

fn people() -> HttpResponse {
    let mut content = "<p>选择一位演示人物，得到一次性的登录码（五分钟内有效，只能用一次）。</p>".to_owned();
    let mut group = "";
    for (of, name, label) in DEMO_PEOPLE {
        if of != group {
            if !group.is_empty() {
                content.push_str("</ul></div>");
            }
            content.push_str(&format!("<div class=\"card\"><h2>{of}</h2><ul>"));
            group = of;
        }
        content
            .push_str(&format!("<li><a href=\"/sim/login?as={name}\">{label}</a> <code>{name}</code></li>"));
    }
    content.push_str("</ul></div><p><small>其他名字也可以：1 至 40 个小写字母、数字或连字符。</small></p>");
    page("模拟登录", &content)
}
