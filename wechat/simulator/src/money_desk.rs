//! Control over money matters: planted mistakes, transfers, complaints, a check of the books, the state as a whole.

use actix_web::{
    HttpResponse,
    web::{self, Bytes, Data, Path},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    bills::{self, Plant},
    control::{BadRequest, json_answer, parse},
    ledger,
    state::State,
    transfers,
};

type Answer = Result<HttpResponse, BadRequest>;

/// Adds these interfaces to the server.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sim/bills/plants", web::get().to(plants))
        .route("/sim/bills/plants", web::post().to(add_plants))
        .route("/sim/bills/plants", web::delete().to(clear_plants))
        .route("/sim/transfers/{number}", web::post().to(decide))
        .route("/sim/complaints", web::post().to(complain))
        .route("/sim/complaints/{id}", web::post().to(complain_again))
        .route("/sim/assert", web::get().to(check_books))
        .route("/sim/state", web::get().to(dump))
        .route("/sim/state", web::post().to(load));
}

async fn plants(app: Data<App>) -> HttpResponse {
    json_answer(200, &json!(app.world().plants))
}

async fn add_plants(app: Data<App>, body: Bytes) -> Answer {
    let more: Vec<Plant> = parse(&body)?;
    let mut world = app.world();
    bills::check_plants(&world.plants, &more).map_err(BadRequest)?;
    world.plants.extend(more);
    Ok(json_answer(200, &json!(world.plants)))
}

async fn clear_plants(app: Data<App>) -> HttpResponse {
    app.world().plants.clear();
    json_answer(200, &json!([]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// Whether the receiver takes the money.
    taken: bool,
}

async fn decide(app: Data<App>, number: Path<String>, body: Bytes) -> Answer {
    let decision: Decision = parse(&body)?;
    let is_done = transfers::decide(&mut app.world(), &number, decision.taken);
    app.wake.notify_one();
    Ok(json_answer(if is_done { 200 } else { 409 }, &json!({ "is_done": is_done })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    out_trade_no: String,
    text: String,
}

async fn complain(app: Data<App>, body: Bytes) -> Answer {
    let words: Words = parse(&body)?;
    let id = app.world().complain(&words.out_trade_no, &words.text);
    app.wake.notify_one();
    let id = id.ok_or_else(|| BadRequest("nobody paid such an order".to_owned()))?;
    Ok(json_answer(200, &json!({ "complaint_id": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct More {
    text: String,
}

async fn complain_again(app: Data<App>, id: Path<String>, body: Bytes) -> Answer {
    let more: More = parse(&body)?;
    if !app.world().complain_again(&id, &more.text) {
        return Err(BadRequest("there is no such complaint".to_owned()));
    }
    app.wake.notify_one();
    Ok(json_answer(200, &json!({ "complaint_id": *id })))
}

/// The simulator's own books, checked: what a test compares its ledger with after chaos.
async fn check_books(app: Data<App>) -> HttpResponse {
    json_answer(200, &ledger::check(&app.world().book))
}

async fn dump(app: Data<App>) -> HttpResponse {
    json_answer(200, &json!(State::of(&app.world())))
}

async fn load(app: Data<App>, body: Bytes) -> Answer {
    let state: State = parse(&body)?;
    let mut world = app.world();
    state.put_into(&mut world).map_err(BadRequest)?;
    Ok(json_answer(200, &ledger::view(&world.book)))
}
