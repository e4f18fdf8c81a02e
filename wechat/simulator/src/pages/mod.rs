//! Pages for people: plain HTML in Chinese, no scripts, made for a phone's width.

mod html;
mod inbox;
mod login;
mod orders;
mod pay;

use actix_web::web;

/// Adds the pages to the server.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(orders::home))
        .route("/sim", web::get().to(orders::home))
        .route("/sim/orders", web::get().to(orders::table))
        .route("/sim/orders/{out_trade_no}/confirm", web::post().to(orders::confirm))
        .route("/sim/inbox", web::get().to(inbox::people))
        .route("/sim/inbox/{person}", web::get().to(inbox::show))
        .route("/sim/inbox/{person}", web::post().to(inbox::answer))
        .route("/sim/login", web::get().to(login::page_or_code))
        .route("/sim/pay", web::get().to(pay::show))
        .route("/sim/pay", web::post().to(pay::act));
}
