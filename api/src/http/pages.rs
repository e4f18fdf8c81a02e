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
    let bytes = if is_plain { tokio::fs::read(&file).await.ok() } else { None };
    match bytes {
        Some(bytes) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, kind(asked)))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::REFERRER_POLICY, "no-referrer"))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(bytes),
        None => HttpResponse::NotFound()
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body("not found"),
    }
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
