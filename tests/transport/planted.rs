//! A server with a planted schema behind the transport: resolvers that fail, panic, wait and flood on purpose.

#![allow(clippy::panic, missing_docs, reason = "it fails on purpose")]
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::*;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use nuanyang::http::engine::{Engine, Finished, Limits, Standing};
use nuanyang::http::front::Front;
use nuanyang::http::guard::Allowed;
use nuanyang::http::problem::{Code, Problem};
use nuanyang::http::socket::line;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug)]
struct User(Option<String>);

struct QueryRoot;
struct MutationRoot;
struct SubscriptionRoot;
struct Node;

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Red,
    Blue,
}

struct Day(String);
#[Scalar]
impl ScalarType for Day {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(s) if s.len() == 10 => Ok(Day(s)),
            Value::String(_) => Err(InputValueError::custom("not a day")),
            other => Err(InputValueError::expected_type(other)),
        }
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

#[Object]
impl Node {
    async fn id(&self) -> &str {
        "n"
    }
    async fn me(&self) -> Node {
        Node
    }
    async fn name(&self, #[graphql(default)] size: i32) -> String {
        format!("name{size}")
    }
}

#[Object]
impl QueryRoot {
    async fn hello(&self) -> &str {
        "world"
    }
    async fn me(&self) -> Node {
        Node
    }
    async fn who(&self, ctx: &Context<'_>) -> Option<String> {
        ctx.data_unchecked::<User>().0.clone()
    }
    async fn slow(&self, ms: u64) -> bool {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        true
    }
    async fn explode(&self) -> bool {
        let is_planted = true;
        assert!(!is_planted, "planted");
        true
    }
    async fn fail(&self) -> Result<bool> {
        Err(Error::new("database secret at 10.0.0.1"))
    }
    async fn fail_nullable(&self) -> Option<Result<bool>> {
        Some(Err(std::io::Error::other("broken pipe secret").into()))
    }
    async fn forbidden(&self) -> Result<bool> {
        Err(Error::new("no").extend_with(|_, e| e.set("code", "FORBIDDEN")))
    }
    async fn colour(&self, is: Colour) -> Colour {
        is
    }
    async fn day(&self, on: Day) -> Day {
        on
    }
    async fn sum(&self, of: Vec<i32>) -> i64 {
        of.iter().map(|n| i64::from(*n)).sum()
    }
    async fn text(&self, of: String) -> usize {
        of.len()
    }
}

#[Object]
impl MutationRoot {
    async fn bump(&self, ctx: &Context<'_>) -> u64 {
        ctx.data_unchecked::<Arc<State>>().bumps.fetch_add(1, Ordering::SeqCst) + 1
    }
}

struct Count(Arc<State>);
impl Drop for Count {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::SeqCst);
    }
}

fn ticks(state: Arc<State>, n: u64, every_ms: u64, size: usize) -> impl Stream<Item = String> {
    state.streams.fetch_add(1, Ordering::SeqCst);
    state.begun.fetch_add(1, Ordering::SeqCst);
    stream::unfold((0, Count(state)), move |(i, c)| async move {
        if i >= n {
            return None;
        }
        if every_ms > 0 {
            tokio::time::sleep(Duration::from_millis(every_ms)).await;
        }
        Some((format!("{i}{}", "x".repeat(size)), (i + 1, c)))
    })
}

#[Subscription]
impl SubscriptionRoot {
    async fn ticks(
        &self,
        ctx: &Context<'_>,
        n: u64,
        every_ms: u64,
        #[graphql(default)] size: u64,
    ) -> impl Stream<Item = String> {
        ticks(ctx.data_unchecked::<Arc<State>>().clone(), n, every_ms, usize::try_from(size).unwrap_or(0))
    }
    async fn denied(&self) -> Result<BoxStream<'static, i32>> {
        Err(Error::new("sign in first").extend_with(|_, e| e.set("code", "UNAUTHENTICATED")))
    }
    async fn explode(&self) -> impl Stream<Item = i32> {
        stream::iter(0..3).map(|n| if n == 2 { panic!("planted") } else { n })
    }
}

#[derive(Default)]
struct State {
    bumps: AtomicU64,
    streams: AtomicU64,
    begun: AtomicU64,
    finished: AtomicU64,
    references: AtomicU64,
    standing: Mutex<HashMap<String, Standing>>,
}

type S = Schema<QueryRoot, MutationRoot, SubscriptionRoot>;

#[derive(Clone)]
struct Scratch {
    schema: S,
    state: Arc<State>,
    stop: CancellationToken,
}

impl Engine for Scratch {
    type Session = User;
    async fn session(&self, token: Option<String>) -> Result<User, Problem> {
        match token.as_deref() {
            Some("bad") => Err(Problem::new(Code::Unauthenticated, "The token is not acceptable.")),
            Some("busy") => Err(Problem {
                retry_after: Some(Duration::from_secs(7)),
                ..Problem::new(Code::RateLimited, "Too often.")
            }),
            _ => Ok(User(token)),
        }
    }
    async fn standing(&self, session: &User) -> Standing {
        let all = self.state.standing.lock().unwrap_or_else(|e| e.into_inner());
        session.0.as_ref().and_then(|u| all.get(u).copied()).unwrap_or(Standing::Good)
    }
    fn expires_in(&self, session: &User) -> Option<Duration> {
        (session.0.as_deref() == Some("short")).then(|| Duration::from_millis(700))
    }
    fn owner(&self, session: &User) -> Option<String> {
        session.0.clone()
    }
    async fn execute(&self, session: User, request: Request) -> Response {
        self.schema.execute(request.data(session)).await
    }
    fn subscribe(&self, session: User, request: Request) -> BoxStream<'static, Response> {
        self.schema.execute_stream(request.data(session))
    }
    fn reference(&self) -> String {
        format!("ref{}", self.state.references.fetch_add(1, Ordering::Relaxed))
    }
    fn finished(&self, what: &Finished<'_>) {
        self.state.finished.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(?what, "finished");
    }
    fn stopping(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.stop.clone().cancelled_owned())
    }
}

/// A running server; stops when told.
pub struct Planted {
    pub base: String,
    stop: CancellationToken,
    state: Arc<State>,
}

impl Planted {
    /// Starts on a free port.
    pub fn start(limits: Limits) -> Self {
        Self::start_on(0, limits)
    }

    pub fn start_on(port: u16, limits: Limits) -> Self {
        Self::start_with(port, limits, Allowed::default())
    }

    /// A server that knows some documents.
    pub fn start_with(port: u16, limits: Limits, allowed: Allowed) -> Self {
        let state = Arc::new(State::default());
        let schema = Schema::build(QueryRoot, MutationRoot, SubscriptionRoot)
            .data(state.clone())
            .disable_suggestions()
            .finish();
        let stop = CancellationToken::new();
        let front = Front::new(Scratch { schema, state: state.clone(), stop: stop.clone() }, limits);
        let front = Front { allowed: Arc::new(allowed), ..front };
        let (ready, address) = std::sync::mpsc::channel();
        let stopping = stop.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = actix_web::HttpServer::new(move || {
                    let front = front.clone();
                    actix_web::App::new().configure(move |service| front.configure(service))
                })
                .workers(2)
                .client_request_timeout(Duration::from_secs(5))
                .on_connect(line::keep)
                .disable_signals()
                .shutdown_timeout(10)
                .bind(("127.0.0.1", port))
                .expect("a free port");
                ready.send(server.addrs()[0]).expect("somebody waits");
                let server = server.run();
                let handle = server.handle();
                actix_web::rt::spawn(async move {
                    stopping.cancelled().await;
                    handle.stop(true).await;
                });
                server.await.expect("the server ran");
            });
        });
        let address = address.recv().expect("the server starts");
        Self { base: format!("http://{address}"), stop, state }
    }

    pub fn stop(&self) {
        self.stop.cancel();
    }

    pub fn bumps(&self) -> u64 {
        self.state.bumps.load(Ordering::SeqCst)
    }

    /// Subscriptions alive.
    pub fn streams(&self) -> u64 {
        self.state.streams.load(Ordering::SeqCst)
    }

    /// Subscriptions that ever began.
    pub fn begun(&self) -> u64 {
        self.state.begun.load(Ordering::SeqCst)
    }

    pub fn finished(&self) -> u64 {
        self.state.finished.load(Ordering::SeqCst)
    }

    pub fn set_standing(&self, user: &str, standing: Standing) {
        self.state.standing.lock().unwrap_or_else(|e| e.into_inner()).insert(user.to_owned(), standing);
    }
}
