//! More servers of the same world: a second one beside the first, and one that forgets every hold.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nuanyang::app::{App, Parts};
use nuanyang::config::Config;
use nuanyang::people::service::session::Sessions;
use nuanyang::people::service::token::Signer;
use nuanyang::slots::holds::Holds;
use nuanyang::start;

use super::{Inner, World, client, serve};

impl World {
    /// One more server on the same database, Redis, simulator and clock. It carries live updates of others.
    pub async fn another_server(&self) -> Self {
        self.beside(|app| app).await
    }

    /// A server on the same database whose holds are gone at once.
    pub async fn with_vanishing_holds(&self) -> Self {
        self.beside(|app| vanishing(&app)).await
    }

    /// The same address with other settings, as after a restart. The world that it was must not be asked any more.
    pub async fn rolled(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Self {
        let mut settings = self.settings.clone();
        change(&mut settings);
        if let Some(server) = &self.server {
            server.stop(false).await;
        }
        let address = self.base.trim_start_matches("http://");
        let listener = TcpListener::bind(address).unwrap();
        let config = Config::from_pairs(settings.clone()).unwrap();
        let app = start::open(config, self.app.clock.clone()).await.unwrap();
        let server = serve(&app, listener);
        Self(Arc::new(Inner {
            app,
            base: self.base.clone(),
            sim: self.sim.clone(),
            backend: self.backend,
            http: client(),
            settings,
            _simulator: None,
            server: Some(server),
            _beside: Some(self.clone()),
            _postgres: None,
            _sqlite: None,
        }))
    }

    async fn beside(&self, change: impl FnOnce(App) -> App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut settings = self.settings.clone();
        settings.insert("public_url".into(), base.clone());
        let config = Config::from_pairs(settings.clone()).unwrap();
        let app = change(start::open(config, self.app.clock.clone()).await.unwrap());
        let (relayed, stopping) = (start::relay(app.clone()), app.stopping.clone());
        app.tasks.spawn(async move {
            tokio::select! { () = relayed => {}, () = stopping.cancelled() => {} }
        });
        let server = serve(&app, listener);
        Self(Arc::new(Inner {
            app,
            base,
            sim: self.sim.clone(),
            backend: self.backend,
            http: client(),
            settings,
            _simulator: None,
            server: Some(server),
            _beside: Some(self.clone()),
            _postgres: None,
            _sqlite: None,
        }))
    }
}

/// The same parts around holds that never last.
fn vanishing(app: &App) -> App {
    let key = BASE64.decode(&app.config.token_key.0).unwrap();
    App::new(Parts {
        programmes: nuanyang::rights::rules::programme::shipped().clone(),
        config: app.config.clone(),
        db: app.db.clone(),
        clock: app.clock.clone(),
        ids: app.ids.clone(),
        seal: app.seal.clone(),
        cards: nuanyang::directory::store::Cards::default(),
        holds: Holds::Vanishing,
        pay: app.pay.clone(),
        mini: app.mini.clone(),
        push: app.push.clone(),
        templates: app.templates.clone(),
        bus: app.bus.clone(),
        sessions: Sessions::new(Signer::new(&app.config.token_key_id, &key).unwrap()),
        placer: nuanyang::orders::store::placer::Placer::default(),
        metrics: nuanyang::metrics::Metrics::default(),
        stopping: tokio_util::sync::CancellationToken::new(),
        tasks: tokio_util::task::TaskTracker::new(),
        nudge: tokio::sync::Notify::new(),
    })
}
