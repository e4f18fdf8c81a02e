//! The front door: GraphQL, live updates, WeChat's notifications, health, metrics, pages.

pub mod answer;
pub mod demo;
pub mod door;
pub mod engine;
pub mod front;
pub mod guard;
pub mod health;
pub mod intake;
pub mod like_get;
pub mod notify;
pub mod pages;
pub mod problem;
pub mod push;
pub mod socket;

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::X_CONTENT_TYPE_OPTIONS;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{App as Web, HttpServer, dev, web};

use crate::app::App;
use crate::config::{Config, Mode};
use crate::kit::refusal::Fault;

/// A server that listens. Await it; it ends after `ServerHandle::stop` or a signal.
pub fn serve(app: &App, listener: TcpListener, workers: usize) -> std::io::Result<dev::Server> {
    let door = door::Door::new(app.clone());
    let limits = engine::Limits {
        introspection: app.config.mode == Mode::Demo,
        origins: app.config.origin_list(),
        body_s: app.config.body_s.into(),
        ..engine::Limits::default()
    };
    let allowed = allowed(&app.config).map_err(std::io::Error::other)?;
    tracing::info!(documents = allowed.count(), "documents that clients may name");
    let front = front::Front { allowed: Arc::new(allowed), ..front::Front::new(door, limits) };
    let app = app.clone();
    let server = HttpServer::new(move || {
        let (front, app) = (front.clone(), app.clone());
        Web::new()
            // No browser may guess what an answer is, whichever address gave it.
            .wrap(DefaultHeaders::new().add((X_CONTENT_TYPE_OPTIONS, "nosniff")))
            .wrap(from_fn(like_get::head))
            .app_data(web::Data::new(app.clone()))
            .configure(move |service| front.configure(service))
            .configure(notify::configure)
            .configure(push::configure)
            .configure(health::configure)
            .configure(move |service| {
                if app.config.mode == Mode::Demo {
                    demo::configure(service)
                }
            })
            .configure(pages::configure)
    });
    // Slow heads are cut after five seconds; slow bodies by who reads them (`intake`).
    Ok(server
        .on_connect(socket::line::keep)
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(10)
        .workers(workers)
        .disable_signals()
        .listen(listener)?
        .run())
}

/// The lists of the pages' builds; in production nothing else is carried out, and without a list it does not start.
fn allowed(config: &Config) -> Result<guard::Allowed, String> {
    let own = format!("{}/persisted-documents.json", config.pages_dir);
    let named = config.documents_files.split(',').map(str::trim).filter(|file| !file.is_empty());
    let files: Vec<&Path> = std::iter::once(own.as_str()).chain(named).map(Path::new).collect();
    guard::Allowed::read(&files, config.mode == Mode::Demo)
}

/// Serves with its worker until a signal comes, then finishes what is under way.
pub async fn run_until_signal(app: App, listener: TcpListener) -> Result<(), Fault> {
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
    let server = serve(&app, listener, workers)?;
    let handle = server.handle();
    if app.config.does_work {
        app.tasks.spawn(crate::jobs::run(app.clone()));
    }
    if !app.config.redis_url.is_empty() {
        let relay = crate::start::relay(app.clone());
        let stopping = app.stopping.clone();
        app.tasks.spawn(async move {
            tokio::select! { () = relay => {}, () = stopping.cancelled() => {} }
        });
    }
    let serving = actix_web::rt::spawn(server);
    signal().await;
    tracing::info!("stopping");
    app.stopping.cancel();
    app.tasks.close();
    handle.stop(true).await;
    if tokio::time::timeout(Duration::from_secs(10), app.tasks.wait()).await.is_err() {
        tracing::warn!("due work was still under way; its lease runs out");
    }
    serving.await.map_err(|error| Fault::new(error.to_string()))?.map_err(Fault::from)
}

/// Ready at Ctrl-C or SIGTERM.
pub async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
}
