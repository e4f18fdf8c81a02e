//! Built pages from a folder, under a policy that lets nothing in from outside.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use std::path::{Component, Path};

use crate::app::App;

/// Scripts, styles, pictures and connections of this host only.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
    connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

/// Everything that is no other address.
pub fn configure(service: &mut web::ServiceConfig) {
    service.default_service(web::to(page));
}

async fn page(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    if request.method() != actix_web::http::Method::GET {
        return HttpResponse::NotFound().body("not found");
    }
    let asked = match request.path() {
        "/" => "index.html",
        "/graphiql" => "graphiql.html",
        path => path.trim_start_matches('/'),
    };
    let is_plain = Path::new(asked).components().all(|part| matches!(part, Component::Normal(_)));
    let file = Path::new(&app.config.pages_dir).join(asked);
    let found = if is_plain { read(&file, takes_gzip(&request)).await } else { None };
    match found {
        Some((bytes, is_packed)) => {
            let mut answer = HttpResponse::Ok();
            answer
                .insert_header((header::CONTENT_TYPE, kind(asked)))
                .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
                .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .insert_header((header::REFERRER_POLICY, "no-referrer"))
                .insert_header((header::VARY, "accept-encoding"))
                .insert_header((header::CACHE_CONTROL, keeping(asked)));
            if is_packed {
                answer.insert_header((header::CONTENT_ENCODING, "gzip"));
            }
            answer.body(bytes)
        }
        None => HttpResponse::NotFound()
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .content_type("text/plain; charset=utf-8")
            .body("没有这个页面。 Not found."),
    }
}

/// The file, packed when the build left it so beside the plain one and the asker can unpack it.
async fn read(file: &Path, is_packed: bool) -> Option<(Vec<u8>, bool)> {
    if is_packed {
        let mut packed = file.as_os_str().to_owned();
        packed.push(".gz");
        if let Ok(bytes) = tokio::fs::read(packed).await {
            return Some((bytes, true));
        }
    }
    tokio::fs::read(file).await.ok().map(|bytes| (bytes, false))
}

/// Whether the asker names gzip and does not refuse it (RFC 9110, 12.5.3).
fn takes_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"))
            && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// What the build names by its content never changes; everything else is asked for anew.
fn keeping(asked: &str) -> &'static str {
    if asked.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        _ => "application/octet-stream",
    }
}
