//! GraphQL over HTTP: one request, one answer, the right status for each media type.
//!
//! Follows the GraphQL-over-HTTP draft: <https://graphql.github.io/graphql-over-http/draft/>.

mod accept;
mod body;

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::http::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use futures_util::FutureExt;
use tokio::time::timeout;
use tracing::Instrument;

pub use body::Parameters;

use super::engine::{Channel, Engine, Finished};
use super::front::Front;
use super::guard;
use super::problem::{self, Code, Problem};
use super::socket::line;
use accept::Media;

const METHODS: &str = "GET, POST";

/// A refusal with a status of its own, before or beside GraphQL.
pub struct Halt {
    status: StatusCode,
    problem: Problem,
    allow: Option<&'static str>,
    closes: bool,
}

impl Halt {
    /// A refusal by HTTP.
    pub fn new(status: StatusCode, problem: Problem) -> Self {
        Self { status, problem, allow: None, closes: false }
    }

    /// A refusal after which the connection is of no use.
    pub fn closing(status: StatusCode, problem: Problem) -> Self {
        Self { closes: true, ..Self::new(status, problem) }
    }

    /// A refusal of the method, with those that there are.
    pub fn method(allow: &'static str) -> Self {
        let problem = Problem::bad(format!("The method is not allowed here; allowed: {allow}."));
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, problem) }
    }

    /// The code that its body tells.
    pub fn code(&self) -> Code {
        self.problem.code
    }

    /// The answer that carries it.
    pub fn into_response(self, content_type: &'static str, reference: &str) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if let Some(allow) = self.allow {
            answer.insert_header((ALLOW, allow));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(wait) = self.problem.retry_after {
            answer.insert_header((RETRY_AFTER, wait.as_secs().max(1)));
        }
        if self.closes {
            answer.force_close();
        }
        let body = problem::to_json(&problem::refused(self.problem, reference));
        answer.insert_header(NO_SNIFF).insert_header(NO_STORE).content_type(content_type).body(body)
    }
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::new(problem.code.status(), problem)
    }
}

/// The media type of a refusal where none was negotiated.
pub const JSON: &str = Media::Json.content_type();
/// No browser may guess what an answer is.
pub const NO_SNIFF: (&str, &str) = ("x-content-type-options", "nosniff");
/// Answers are about persons: nobody on the way keeps them.
pub const NO_STORE: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "no-store");

/// POST /graphql: queries and mutations.
pub async fn post<E: Engine>(
    request: HttpRequest,
    payload: web::Payload,
    front: web::Data<Front<E>>,
) -> HttpResponse {
    let exchange = Exchange::begin(&request, &front);
    let read = async {
        let headers = request.headers();
        exchange.media()?;
        if !accept::is_json_body(headers) {
            let problem = Problem::bad("content-type must be application/json; charset=utf-8.");
            return Err(Halt::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
        }
        if !accept::is_plain_body(headers) {
            let problem = Problem::bad("content-encoding must be absent: packed bodies are not read.");
            return Err(Halt::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
        }
        let bytes = body::read(payload, headers, &front.limits).await?;
        Ok(Parameters::from_json(&bytes)?)
    };
    let parameters = read.await;
    exchange.answer(parameters).await
}

/// GET /graphql: queries only, so that no link and no picture can change anything.
pub async fn get<E: Engine>(request: HttpRequest, front: web::Data<Front<E>>) -> HttpResponse {
    let exchange = Exchange::begin(&request, &front);
    let parameters =
        exchange.media().and_then(|_| Parameters::from_query(request.query_string()).map_err(Halt::from));
    exchange.answer(parameters).await
}

/// Any other method: 405, and which ones there are.
pub async fn not_allowed<E: Engine>(request: HttpRequest, front: web::Data<Front<E>>) -> HttpResponse {
    Exchange::begin(&request, &front).answer(Err(Halt::method(METHODS))).await
}

/// One request on its way to its answer.
struct Exchange<'a, E: Engine> {
    front: &'a Front<E>,
    request: &'a HttpRequest,
    media: Option<Media>,
    began: Instant,
    reference: String,
}

impl<'a, E: Engine> Exchange<'a, E> {
    fn begin(request: &'a HttpRequest, front: &'a Front<E>) -> Self {
        line::release(request);
        Self {
            front,
            request,
            media: accept::choose(request.headers()),
            began: Instant::now(),
            reference: front.engine.reference(),
        }
    }

    fn media(&self) -> Result<Media, Halt> {
        self.media.ok_or_else(|| {
            let problem = Problem::bad(
                "Answers are application/graphql-response+json or application/json; accept one.",
            );
            Halt::new(StatusCode::NOT_ACCEPTABLE, problem)
        })
    }

    async fn answer(self, parameters: Result<Parameters, Halt>) -> HttpResponse {
        let mut known = Known::default();
        let made = match parameters {
            Ok(parameters) => self.carry_out(parameters, &mut known).await,
            Err(halt) => Err(halt),
        };
        let outcome = match &made {
            Ok(response) => problem::outcome(response),
            Err(halt) => Some(halt.problem.code),
        };
        let media = self.media.unwrap_or(Media::Json);
        let answer = match made {
            Ok(response) => write(&response, media),
            Err(halt) => halt.into_response(media.content_type(), &self.reference),
        };
        self.front.engine.finished(&Finished {
            name: known.name.as_deref(),
            kind: known.kind,
            channel: Channel::Http,
            outcome,
            took: self.began.elapsed(),
            reference: &self.reference,
        });
        answer
    }

    async fn carry_out(&self, parameters: Parameters, known: &mut Known) -> Result<Response, Halt> {
        let guarded = self.front.document(&parameters).and_then(|document| {
            let operation = parameters.operation_name.as_deref();
            let (name, kind) = guard::chosen(&document.document, operation)?;
            guard::needs(&document.document, operation, &parameters.variables)?;
            *known = Known { name: name.map(str::to_owned), kind: Some(kind) };
            Ok((document, kind))
        });
        let (document, kind) = match guarded {
            Ok(guarded) => guarded,
            // From here on the request is well formed, so the media type decides on the status.
            Err(problem) => return Ok(problem::refused(problem, &self.reference)),
        };
        match kind {
            OperationType::Mutation if self.request.method() == Method::GET => {
                return Err(Halt::method("POST"));
            }
            OperationType::Subscription => {
                let problem =
                    Problem::bad("Subscriptions are served over graphql-transport-ws, not over HTTP.");
                return Ok(problem::refused(problem, &self.reference));
            }
            _ => {}
        }
        let session = self.front.engine.session(bearer(self.request.headers())?).await?;
        let request = parameters.into_request(document);
        Ok(execute(self.front, session, request, &self.reference).await)
    }
}

#[derive(Default)]
struct Known {
    name: Option<String>,
    kind: Option<OperationType>,
}

/// Carries out a query or a mutation within its time. A panic or a fault harms this request only.
pub async fn execute<E: Engine>(
    front: &Front<E>,
    session: E::Session,
    request: Request,
    reference: &str,
) -> Response {
    let span = tracing::info_span!("operation", reference);
    let work = Box::pin(front.engine.execute(session, request).instrument(span));
    let within =
        timeout(Duration::from_secs(front.limits.execution_s), AssertUnwindSafe(work).catch_unwind());
    let mut response = match within.await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => {
            tracing::error!(reference, "a resolver panicked");
            problem::refused(Problem::internal(), reference)
        }
        Err(_elapsed) => {
            let text = format!("{} 秒内没有完成，已经停止，请稍后再试", front.limits.execution_s);
            problem::refused(Problem::new(Code::Timeout, text), reference)
        }
    };
    problem::settle(&mut response, reference);
    response
}

/// The bearer text of a request; `None` when there is no such header.
fn bearer(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(AUTHORIZATION);
    let Some(first) = given.next() else { return Ok(None) };
    match (first.to_str().ok().and_then(strip_bearer), given.next()) {
        (Some(token), None) => Ok(Some(token.to_owned())),
        _ => Err(Problem::new(Code::Unauthenticated, "authorization must be one Bearer token.")),
    }
}

/// The token behind `Bearer `, however the word is written.
pub fn strip_bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn write(response: &Response, media: Media) -> HttpResponse {
    let status = match media {
        Media::GraphqlResponse if problem::is_refused(response) => {
            problem::outcome(response).unwrap_or(Code::Internal).status()
        }
        _ => StatusCode::OK,
    };
    HttpResponse::build(status)
        .insert_header(NO_SNIFF)
        .insert_header(NO_STORE)
        .content_type(media.content_type())
        .body(problem::to_json(response))
}
