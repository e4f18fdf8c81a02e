//! What only a demo has: a clock that moves, work done at once, people with ready tokens.

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::notify;
use crate::app::App;
use crate::kit::ids::OrderId;
use crate::kit::refusal::Fault;
use crate::people::service::session;
use crate::{dispatch, jobs, seed};

/// Registers the addresses below `/demo`.
pub fn configure(service: &mut web::ServiceConfig) {
    service
        .route("/demo/clock", web::get().to(clock))
        .route("/demo/clock", web::post().to(move_clock))
        .route("/demo/work", web::post().to(work))
        .route("/demo/simulator", web::get().to(simulator))
        .route("/demo/people", web::get().to(people))
        .route("/demo/carers", web::get().to(carers))
        .route("/demo/login", web::get().to(login));
}

async fn clock(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "now": app.clock.now(), "today": app.clock.today() }))
}

/// `{"at": "2026-06-01T00:05:00Z"}` or `{"advance_s": 60}`.
#[derive(Deserialize)]
struct Move {
    at: Option<DateTime<Utc>>,
    advance_s: Option<i64>,
}

/// Moves the clock here and at the simulator, then does what became due.
async fn move_clock(app: web::Data<App>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    // No page of another site can say so without asking first.
    if request.content_type() != "application/json" {
        return HttpResponse::UnsupportedMediaType().finish();
    }
    let body = match notify::body(&app, payload, request.headers()).await {
        Ok(body) => body,
        Err(short) => return HttpResponse::build(short.status()).force_close().finish(),
    };
    let Ok(body) = serde_json::from_slice::<Move>(&body) else {
        return HttpResponse::BadRequest().body("give at, or advance_s of 0 to 400 days");
    };
    match (body.at, body.advance_s) {
        (Some(at), None) if at >= app.clock.now() => app.clock.set(at),
        (Some(_), None) => return HttpResponse::BadRequest().body("the demo's time only goes forward"),
        (None, Some(seconds)) if (0..=400 * 86_400).contains(&seconds) => {
            app.clock.advance(chrono::Duration::seconds(seconds));
        }
        _ => return HttpResponse::BadRequest().body("give at, or advance_s of 0 to 400 days"),
    }
    let followed = async {
        crate::start::move_simulator(&app).await?;
        work_off(&app).await
    };
    match followed.await {
        Ok(_) => clock(app).await,
        Err(fault) => HttpResponse::BadGateway().body(fault.to_string()),
    }
}

/// Does what is due until nothing is. Gives how much was done; bounded, so that a fault cannot spin for ever.
async fn work_off(app: &App) -> Result<usize, Fault> {
    let mut done = 0;
    for _ in 0..1_000 {
        match jobs::step(app).await? {
            0 => break,
            count => done += count,
        }
    }
    Ok(done)
}

async fn work(app: web::Data<App>) -> HttpResponse {
    match work_off(&app).await {
        Ok(done) => HttpResponse::Ok().json(serde_json::json!({ "done": done })),
        Err(fault) => HttpResponse::InternalServerError().body(fault.to_string()),
    }
}

/// Where the simulator is, for the start page's link.
async fn simulator(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "url": app.config.simulator_url }))
}

/// The demo people, each with the address that signs in with one click.
async fn people(app: web::Data<App>) -> HttpResponse {
    let login = |key: &str| format!("{}/demo/login?as={key}", app.config.public_url);
    match seed::cast() {
        Ok(cast) => HttpResponse::Ok().json(
            cast.iter()
                .map(|(key, title)| serde_json::json!({ "name": key, "role": title, "login": login(key) }))
                .collect::<Vec<_>>(),
        ),
        Err(fault) => HttpResponse::InternalServerError().body(fault.to_string()),
    }
}

/// `?order=order_…`, or nothing.
#[derive(Deserialize)]
struct Of {
    order: Option<String>,
}

/// The demo's carers who have something to do, the last asked first: doors and buttons of the demo lead there.
async fn carers(app: web::Data<App>, query: web::Query<Of>) -> HttpResponse {
    let order = query.order.as_deref().map(str::parse::<OrderId>).transpose();
    let Ok(order) = order else { return HttpResponse::BadRequest().body("that is no order") };
    let found = async {
        let cast = seed::carers()?;
        let mut told = Vec::new();
        for wanted in dispatch::store::wanted(app.db.read(), order.map(|order| order.0)).await? {
            let phone = app.seal.open(&wanted.phone_sealed)?;
            let name = cast.iter().find(|(_, known)| *known == phone).map(|(name, _)| name);
            told.extend(
                name.map(|name| serde_json::json!({ "name": name, "isAsked": wanted.state == "OFFERED" })),
            );
        }
        Ok::<_, Fault>(told)
    };
    match found.await {
        Ok(told) => HttpResponse::Ok().json(told),
        Err(fault) => HttpResponse::InternalServerError().body(fault.to_string()),
    }
}

/// `?as=daughter1`.
#[derive(Deserialize)]
struct As {
    #[serde(rename = "as")]
    name: String,
}

/// Signs in as a demo person: the simulator gives a code, `sessionStart`'s own act takes it.
async fn login(app: web::Data<App>, query: web::Query<As>) -> HttpResponse {
    let code = match crate::start::simulated_login(&app.config, &query.name).await {
        Ok((code, _)) => code,
        Err(fault) => return HttpResponse::BadGateway().body(fault.to_string()),
    };
    match session::start(&app, &code).await {
        Ok(tokens) => HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(serde_json::json!({
            "accessToken": tokens.access, "accessTokenSeconds": tokens.access_life_s, "refreshToken": tokens.refresh,
        })),
        Err(stop) => HttpResponse::BadGateway().body(format!("{stop:?}")),
    }
}
