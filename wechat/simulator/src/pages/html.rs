//! The frame of every page.

use actix_web::HttpResponse;

const STYLE: &str = "
*{box-sizing:border-box}
body{margin:0;background:#f4f5f2;color:#1d241f;font:18px/1.55 system-ui,-apple-system,'PingFang SC','Noto Sans CJK SC',sans-serif}
.banner{background:#8a4b00;color:#fff;text-align:center;padding:10px 12px;font-weight:600}
main{max-width:560px;margin:0 auto;padding:16px}
main.wide{max-width:1080px}
h1{font-size:24px;margin:8px 0 14px}h2{font-size:20px;margin:22px 0 8px}
.card{background:#fff;border-radius:14px;padding:18px;margin:0 0 14px;box-shadow:0 1px 3px rgba(0,0,0,.08)}
.amount{font-size:46px;font-weight:700;text-align:center;margin:6px 0 2px}
.payee{text-align:center;color:#4c574f;margin:0 0 8px}
dl{display:grid;grid-template-columns:auto 1fr;gap:6px 14px;margin:0}dt{color:#4c574f}dd{margin:0;text-align:right;overflow-wrap:anywhere}
button,.button{display:block;width:100%;min-height:56px;margin:0 0 12px;border:0;border-radius:12px;font-family:inherit;font-size:22px;font-weight:600;line-height:56px;padding:0 12px;text-align:center;text-decoration:none;cursor:pointer}
button:focus-visible,a:focus-visible{outline:3px solid #1d4ed8;outline-offset:2px}
.go{background:#05703c;color:#fff}.plain{background:#e4e8e3;color:#1d241f}.warn{background:#fff3dc;color:#6b3b00}
.bad{border-left:6px solid #b42318}.good{border-left:6px solid #05703c}
.card>:first-child{margin-top:0}.card>:last-child{margin-bottom:0}
a{color:#0b5c8a}ul{list-style:none;padding:0;margin:0}li{padding:6px 0;border-bottom:1px solid #e2e5e1}li:last-child{border:0}
li>a{display:inline-block;padding:8px 0;font-size:20px}li>small{display:block;margin-top:-6px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:16px;white-space:nowrap}
th,td{text-align:left;padding:8px 10px;border-bottom:1px solid #e2e5e1}
code{font-size:15px;overflow-wrap:anywhere}small{color:#4c574f}
";

/// A whole page around the given content, which must be escaped already.
pub fn page(title: &str, content: &str) -> HttpResponse {
    framed(title, "", content)
}

/// A page for tables.
pub fn wide_page(title: &str, content: &str) -> HttpResponse {
    framed(title, "wide", content)
}

fn framed(title: &str, class: &str, content: &str) -> HttpResponse {
    let title = escaped(title);
    let body = format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>\
         <div class=\"banner\" role=\"note\">模拟环境，不是真的微信支付</div>\
         <main class=\"{class}\"><h1>{title}</h1>{content}</main></body></html>"
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body)
}

/// Text that is safe inside elements and quoted attributes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Fen as yuan with two decimals.
pub fn yuan(fen: i64) -> String {
    let (whole, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    format!("{}¥{whole}.{rest:02}", if fen < 0 { "-" } else { "" })
}
