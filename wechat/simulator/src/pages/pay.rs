//! The payment sheet of the phone: verifies what the page was given, then lets the payer decide.

use actix_web::{
    HttpResponse,
    web::{Data, Form, Query},
};
use serde::Deserialize;

use crate::{
    app::App,
    crypto::is_signed_by,
    keys::PAYEE,
    limits::is_this_machine,
    login::openid_of,
    pages::html::{escaped, page, yuan},
};

/// The arguments of `wx.requestPayment`, and what the page adds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Sheet {
    app_id: String,
    time_stamp: String,
    nonce_str: String,
    package: String,
    sign_type: String,
    pay_sign: String,
    #[serde(rename = "prepay_id")]
    prepay_id: String,
    /// Who holds the phone: an openid, or a demo person's name in `as`.
    openid: String,
    r#as: String,
    #[serde(rename = "return_url")]
    return_url: String,
    act: String,
}

/// `GET /sim/pay`: the sheet, or why the phone would not show it.
pub async fn show(app: Data<App>, sheet: Query<Sheet>) -> HttpResponse {
    match check(&app, &sheet) {
        Ok(due) => page("确认付款", &sheet_content(&sheet, &due)),
        Err(problem) => refusal(&sheet, &problem),
    }
}

/// `POST /sim/pay`: the payer's decision. Everything is checked again: forms can be edited.
pub async fn act(app: Data<App>, sheet: Form<Sheet>) -> HttpResponse {
    let due = match check(&app, &sheet) {
        Ok(due) => due,
        Err(problem) => return refusal(&sheet, &problem),
    };
    if sheet.act == "password" {
        return wrong_password(&sheet);
    }
    if sheet.act == "cancel" {
        return leave(&sheet, "cancel", "已取消付款", "没有扣款，订单仍可支付。");
    }
    let paid = {
        let mut world = app.world();
        let now = world.now();
        world.pay(&due.out_trade_no, sheet.payer().as_deref(), now)
    };
    if let Err(problem) = paid {
        return refusal(&sheet, problem.label());
    }
    app.wake.notify_one();
    if sheet.act == "offline" {
        return left_alone(&sheet, due.total_fen);
    }
    leave(&sheet, "ok", "支付成功", &format!("已向 {PAYEE} 付款 {}。", yuan(due.total_fen)))
}

struct Due {
    out_trade_no: String,
    description: String,
    total_fen: i64,
    payer: String,
}

fn check(app: &App, sheet: &Sheet) -> Result<Due, String> {
    let prepay_id = sheet.package.strip_prefix("prepay_id=").unwrap_or_default();
    if prepay_id.is_empty() || (!sheet.prepay_id.is_empty() && sheet.prepay_id != prepay_id) {
        return Err("缺少参数 package，或与 prepay_id 不一致".to_owned());
    }
    if sheet.app_id != app.world().who.appid {
        return Err("appId 与下单的小程序不一致".to_owned());
    }
    if sheet.sign_type != "RSA" {
        return Err("signType 必须是 RSA".to_owned());
    }
    if sheet.time_stamp.is_empty() || !sheet.time_stamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("timeStamp 必须是秒数文本".to_owned());
    }
    if sheet.nonce_str.is_empty() || sheet.nonce_str.len() > 32 {
        return Err("nonceStr 长度应为 1 至 32".to_owned());
    }
    let message = format!("{}\n{}\n{}\n{}\n", sheet.app_id, sheet.time_stamp, sheet.nonce_str, sheet.package);
    let world = app.world();
    let number = world.book.prepays.get(prepay_id).ok_or("prepay_id 不存在")?;
    // Order and page must be signed with the same key of the merchant, also while it changes keys.
    let asked =
        world.book.orders.get(number).and_then(|order| order.prepays.iter().find(|p| p.id == prepay_id));
    let key = asked.and_then(|prepay| app.keys.merchant_public(&prepay.serial));
    if !key.is_some_and(|key| is_signed_by(key, message.as_bytes(), &sheet.pay_sign)) {
        return Err("支付验证签名失败（paySign 与参数不符）".to_owned());
    }
    let order = world
        .check_payable(number, sheet.payer().as_deref(), Some(prepay_id), world.now())
        .map_err(|refusal| refusal.label().to_owned())?;
    Ok(Due {
        out_trade_no: number.clone(),
        description: order.description().to_owned(),
        total_fen: order.total_fen,
        payer: world.logins.name_of(&order.openid).unwrap_or(&order.openid).to_owned(),
    })
}

impl Sheet {
    /// Who holds the phone; nobody in particular when the page does not say.
    fn payer(&self) -> Option<String> {
        match (self.openid.is_empty(), self.r#as.is_empty()) {
            (false, _) => Some(self.openid.clone()),
            (true, false) => Some(openid_of(&self.r#as)),
            (true, true) => None,
        }
    }

    /// The way back, if it stays on this machine.
    fn way_back(&self) -> Option<&str> {
        let url = self.return_url.as_str();
        let is_relative = url.starts_with('/') && !url.starts_with("//");
        let is_clean = !url.contains(|letter: char| letter == '\\' || letter.is_control());
        (is_clean && (is_relative || is_this_machine(url))).then_some(url)
    }
}

fn sheet_content(sheet: &Sheet, due: &Due) -> String {
    let hidden: String = [
        ("appId", &sheet.app_id),
        ("timeStamp", &sheet.time_stamp),
        ("nonceStr", &sheet.nonce_str),
        ("package", &sheet.package),
        ("signType", &sheet.sign_type),
        ("paySign", &sheet.pay_sign),
        ("openid", &sheet.openid),
        ("as", &sheet.r#as),
        ("return_url", &sheet.return_url),
    ]
    .iter()
    .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value)))
    .collect();
    format!(
        "<div class=\"card\"><p class=\"payee\">{PAYEE}</p><p class=\"amount\">{}</p></div>\
         <div class=\"card\"><dl><dt>商品</dt><dd>{}</dd><dt>付款人</dt><dd>{}</dd>\
         <dt>订单号</dt><dd><code>{}</code></dd></dl></div>\
         <form method=\"post\" action=\"/sim/pay\">{hidden}\
         <button class=\"go\" name=\"act\" value=\"pay\">确认支付</button>\
         <button class=\"plain\" name=\"act\" value=\"cancel\">取消</button>\
         <button class=\"plain\" name=\"act\" value=\"password\">密码错误</button>\
         <button class=\"warn\" name=\"act\" value=\"offline\">支付后断网</button></form>\
         <p><small>“支付后断网”：钱已付，但手机收不到结果，小程序须自己向服务器查询。</small></p>",
        yuan(due.total_fen),
        escaped(&due.description),
        escaped(&due.payer),
        escaped(&due.out_trade_no),
    )
}

/// The phone keeps the sheet open; nothing was paid, and the payer may try again.
fn wrong_password(sheet: &Sheet) -> HttpResponse {
    let content = "<div class=\"card bad\" role=\"alert\"><p>支付密码错误，请重试。没有扣款。</p></div>";
    page("密码错误", &format!("{content}{}", back_link(sheet, "fail")))
}

fn refusal(sheet: &Sheet, problem: &str) -> HttpResponse {
    let back = back_link(sheet, "fail");
    let content = format!("<div class=\"card bad\" role=\"alert\"><p>{}</p></div>{back}", escaped(problem));
    page("无法支付", &content)
}

/// Back to where the page was opened from, with the result; or a closing word when nowhere was named.
fn leave(sheet: &Sheet, result: &str, title: &str, text: &str) -> HttpResponse {
    match sheet.way_back() {
        Some(url) => HttpResponse::SeeOther().insert_header(("Location", with_result(url, result))).finish(),
        None => {
            page(title, &format!("<div class=\"card good\" role=\"status\"><p>{}</p></div>", escaped(text)))
        }
    }
}

/// The payment went through, but the phone never hears of it: no result travels back.
fn left_alone(sheet: &Sheet, total_fen: i64) -> HttpResponse {
    let back = sheet
        .way_back()
        .map(|url| format!("<a class=\"button plain\" href=\"{}\">恢复网络，返回</a>", escaped(url)))
        .unwrap_or_default();
    let content = format!(
        "<div class=\"card bad\" role=\"status\"><p>已扣款 {}，但手机断网了，小程序收不到支付结果。</p></div>{back}",
        yuan(total_fen)
    );
    page("支付后断网", &content)
}

fn back_link(sheet: &Sheet, result: &str) -> String {
    sheet
        .way_back()
        .map(|url| {
            format!("<a class=\"button plain\" href=\"{}\">返回</a>", escaped(&with_result(url, result)))
        })
        .unwrap_or_default()
}

fn with_result(url: &str, result: &str) -> String {
    let (front, fragment) = url.split_once('#').map_or((url, None), |(front, rest)| (front, Some(rest)));
    let joint = if front.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|rest| format!("#{rest}")).unwrap_or_default();
    format!("{front}{joint}wx_pay={result}{fragment}")
}
