//! What the transport needs from the program, and the figures it works with.

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use super::problem::{Code, Problem};

/// What the transport needs from the program.
///
/// The transport reads, bounds, guards and answers; who asks and what is done is the engine's affair.
/// Methods may be written as `async fn`; futures need not be `Send`, as a request stays on its worker.
pub trait Engine: Clone + 'static {
    /// Who asks. Made once per HTTP request and once per socket.
    type Session: Clone + 'static;

    /// Turns a bearer text (without "Bearer ") into a session; `None` means that no token was sent.
    ///
    /// Refuses with UNAUTHENTICATED when a token was sent and is not acceptable.
    fn session(&self, token: Option<String>) -> impl Future<Output = Result<Self::Session, Problem>>;

    /// How the session stands now. Asked before each subscription starts and before each event is pushed.
    fn standing(&self, session: &Self::Session) -> impl Future<Output = Standing>;

    /// How long the session's token still lives; `None` when it has no end. Its socket is closed then.
    fn expires_in(&self, session: &Self::Session) -> Option<Duration>;

    /// Whose socket it is, for the count of sockets a person; `None` is not counted.
    fn owner(&self, session: &Self::Session) -> Option<String>;

    /// Answers a query or a mutation. The document is already parsed and guarded.
    fn execute(&self, session: Self::Session, request: Request) -> impl Future<Output = Response>;

    /// Starts a subscription. The document is already parsed and guarded.
    fn subscribe(&self, session: Self::Session, request: Request) -> BoxStream<'static, Response>;

    /// A fresh reference for one operation: in every log line of it, and in the answer to a fault.
    fn reference(&self) -> String;

    /// Told once about each operation that ended, and each request refused before it became one.
    fn finished(&self, what: &Finished<'_>);

    /// Ready when the process stops: sockets then close with 1001.
    fn stopping(&self) -> BoxFuture<'static, ()>;
}

/// How a session stands while its socket is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As good as when it began.
    Good,
    /// It may see less than when it began (a family bond ended): the subscription ends with FORBIDDEN.
    Narrowed,
    /// It is over (logout, ban): the socket closes with 4403.
    Ended,
}

/// Where an operation came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// One request, one answer.
    Http,
    /// graphql-transport-ws.
    Socket,
}

/// One finished operation, for metrics and logs.
#[derive(Debug)]
pub struct Finished<'a> {
    /// The operation's name. Chosen by the client, so never a metric's label without an allow-list.
    pub name: Option<&'a str>,
    /// Query, mutation or subscription; `None` when the request never became an operation.
    pub kind: Option<OperationType>,
    /// Where it came from.
    pub channel: Channel,
    /// Code of the first error; `None` when there was none.
    pub outcome: Option<Code>,
    /// From the first byte read to the last byte made; for a subscription, its whole life.
    pub took: Duration,
    /// The operation's reference.
    pub reference: &'a str,
}

/// Every limit of the transport.
///
/// The defaults are the promised figures; the heaviest document of the mini-program stays under half of each.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one HTTP body.
    pub body_bytes: usize,
    /// Bytes of one document.
    pub document_bytes: usize,
    /// Tokens of one document, as the lexer counts them.
    pub tokens: usize,
    /// Brackets open at once.
    pub nesting: usize,
    /// Fields inside fields. Introspection's own subtree is exempt, for tools ask it 14 deep.
    pub depth: u32,
    /// Fields, spreads and inline fragments after every fragment is put in its place.
    pub expanded_selections: u32,
    /// Aliases, expanded likewise.
    pub aliases: u32,
    /// Directives, expanded likewise.
    pub directives: u32,
    /// Operations in one document.
    pub operations: usize,
    /// Fragment definitions in one document.
    pub fragments: usize,
    /// Fields at the root of one mutation.
    pub root_mutations: u32,
    /// Seconds within which a body must have arrived.
    pub body_s: u64,
    /// Seconds that a query or mutation may take.
    pub execution_s: u64,
    /// Bytes of one message from a socket's client, also when it comes in pieces.
    pub frame_bytes: usize,
    /// Operations running at once on one socket.
    pub subscriptions_per_socket: usize,
    /// Sockets of one person in this process.
    pub sockets_per_viewer: u32,
    /// Seconds within which `connection_init` must have come and been accepted.
    pub init_s: u64,
    /// Seconds of silence after which the server pings.
    pub ping_s: u64,
    /// Seconds of silence after which the socket is closed: a ping was then not answered.
    pub idle_s: u64,
    /// Seconds that one message may wait for a reader that does not read.
    pub send_s: u64,
    /// Whether `__schema` and `__type` may be asked.
    pub introspection: bool,
    /// Origins besides the server's own that may open a socket, e.g. `https://example.org`.
    pub origins: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            document_bytes: 32 * 1024,
            tokens: 1_500,
            nesting: 64,
            depth: 12,
            expanded_selections: 1_000,
            aliases: 30,
            directives: 20,
            operations: 5,
            fragments: 20,
            root_mutations: 5,
            body_s: 20,
            execution_s: 10,
            frame_bytes: 64 * 1024,
            subscriptions_per_socket: 20,
            sockets_per_viewer: 5,
            init_s: 5,
            // A reader that never reads never answers a ping: 25 s keeps the promise to cut it within 30 s.
            ping_s: 15,
            idle_s: 25,
            send_s: 10,
            introspection: false,
            origins: Vec::new(),
        }
    }
}
