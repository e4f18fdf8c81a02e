//! Starts and stops the simulator, from any asynchronous runtime.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use actix_web::{
    App as Actix, Error, HttpServer,
    body::MessageBody,
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    http::Method,
    middleware::{Next, from_fn},
    web::{self, Data},
};
use tokio::sync::oneshot;

use crate::{
    app::App, control, cors, courier, keys::Identity, mini, money_desk, pages, people_desk, platform,
    world::Settings,
};

/// How to run a simulator.
#[derive(Clone, Debug)]
pub struct Options {
    /// All identifiers, nonces and faults by chance follow from it.
    pub seed: u64,
    /// Loopback address and port; port 0 takes a free one.
    pub bind: String,
    /// Freezes the clock at this moment (unix seconds); without it time runs with the machine.
    pub start_at: Option<i64>,
    /// Behaviour; can be changed later over `POST /sim/settings`.
    pub settings: Settings,
    /// Who plays the merchant.
    pub identity: Identity,
    /// Whether to listen on a second port too, as the disaster host does.
    pub has_second_host: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            bind: "127.0.0.1:0".to_owned(),
            start_at: None,
            settings: Settings::default(),
            identity: Identity::default(),
            has_second_host: false,
        }
    }
}

/// A running simulator. It stops when this is dropped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    second: Option<SocketAddr>,
    handle: ServerHandle,
    ended: oneshot::Receiver<()>,
}

impl Running {
    /// Base address, such as `http://127.0.0.1:9100`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Base address of the second host, if it was asked for.
    pub fn second_url(&self) -> Option<String> {
        self.second.map(|address| format!("http://{address}"))
    }

    /// Stops at once and waits until the port is free.
    pub async fn stop(mut self) {
        self.handle.stop(false).await;
        // An error means that the server's thread is gone already.
        drop((&mut self.ended).await);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The command is sent when the future is made; nobody has to wait for it here.
        drop(self.handle.stop(false));
    }
}

/// Starts a simulator on a thread of its own, so that the caller's runtime does not matter.
///
/// Refuses any address that is not loopback: there is no password on anything here.
pub async fn start(options: Options) -> io::Result<Running> {
    let address: SocketAddr = options.bind.parse().map_err(io::Error::other)?;
    if !address.ip().is_loopback() {
        return Err(io::Error::other("the simulator listens on loopback addresses only"));
    }
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let mut listeners = vec![listener];
    let mut second = None;
    if options.has_second_host {
        let listener = TcpListener::bind(SocketAddr::new(address.ip(), 0))?;
        second = Some(listener.local_addr()?);
        listeners.push(listener);
    }
    let app = Data::new(App::new(&options, second.map(|address| address.port()))?);
    let (started, has_started) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    thread::Builder::new().name("wechat-simulator".to_owned()).spawn(move || {
        actix_web::rt::System::new().block_on(serve(app, listeners, started));
        if end.send(()).is_err() {
            tracing::debug!("nobody waited for the simulator to end");
        }
    })?;
    let handle = has_started.await.map_err(io::Error::other)??;
    Ok(Running { address, second, handle, ended })
}

/// Answers HEAD as GET on pages and controls; what stands in for the platform knows its own methods.
async fn head_like_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_own = request.path() == "/" || request.path().starts_with("/sim");
    if request.method() == Method::HEAD && is_own {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

async fn serve(
    app: Data<App>,
    listeners: Vec<TcpListener>,
    started: oneshot::Sender<io::Result<ServerHandle>>,
) {
    let courier = actix_web::rt::spawn(courier::run(Arc::clone(&app)));
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(app.clone())
            .app_data(web::PayloadConfig::new(1 << 20))
            .app_data(web::QueryConfig::default().error_handler(|fault, _| {
                control::BadRequest(fault.to_string()).into()
            }))
            .wrap(from_fn(cors::allow))
            .wrap(from_fn(head_like_get))
            .configure(control::routes)
            .configure(people_desk::routes)
            .configure(money_desk::routes)
            .configure(pages::routes)
            .route("/v3/{tail:.*}", web::to(platform::door))
            .route("/sns/{tail:.*}", web::to(mini::door))
            .route("/cgi-bin/{tail:.*}", web::to(mini::door))
            .route("/wxa/{tail:.*}", web::to(mini::door))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    // Longer than any client keeps an idle connection: a close that crosses a request would look like a fault.
    .keep_alive(Duration::from_secs(120));
    let server = listeners.into_iter().try_fold(server, HttpServer::listen);
    let server = match server {
        Ok(server) => server.run(),
        Err(fault) => {
            drop(started.send(Err(fault)));
            return;
        }
    };
    drop(started.send(Ok(server.handle())));
    if let Err(fault) = server.await {
        tracing::error!("the simulator's server ended: {fault}");
    }
    courier.abort();
}
