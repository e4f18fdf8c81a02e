//! Health and metrics. Outside GraphQL, so that they cost nothing and cannot be amplified.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use sea_orm::ConnectionTrait as _;

use crate::app::App;
use crate::{jobs, start};

/// Registers the three addresses.
pub fn configure(service: &mut web::ServiceConfig) {
    service
        .route("/healthz", web::get().to(healthz))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics));
}

/// The process lives.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header(("cache-control", "no-store")).body("ok")
}

/// Database, migrations and Redis answer within two seconds.
async fn readyz(app: web::Data<App>) -> HttpResponse {
    let patience = Duration::from_secs(2);
    let database = tokio::time::timeout(patience, app.db.read().execute_unprepared("SELECT 1")).await;
    let is_database_up = matches!(database, Ok(Ok(_)));
    let migrated = tokio::time::timeout(patience, start::is_migrated(&app)).await;
    let is_migrated = matches!(migrated, Ok(Ok(true)));
    let is_redis_up = app.holds.answers().await;
    let is_ready = is_database_up && is_migrated && is_redis_up;
    let body = serde_json::json!({
        "ready": is_ready, "database": is_database_up, "migrations": is_migrated, "redis": is_redis_up,
        "payments": if app.config.wechat_appid.starts_with("wxsim") { "SIMULATED" } else { "real" },
    });
    let mut answer = if is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.insert_header(("cache-control", "no-store")).json(body)
}

async fn metrics(app: web::Data<App>) -> HttpResponse {
    let (open, idle) = app.db.pool_use();
    app.metrics.statements.inner().store(app.db.statements(), Ordering::Relaxed);
    app.metrics.connections.set(i64::from(open));
    app.metrics.idle_connections.set(i64::try_from(idle).unwrap_or(i64::MAX));
    app.metrics.live_topics.set(i64::try_from(app.bus.topics()).unwrap_or(i64::MAX));
    if let Err(fault) = jobs::measure(&app).await {
        tracing::warn!(%fault, "due work could not be measured");
    }
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(app.metrics.page())
}
