//! The door of graphql-transport-ws: who may open a socket, and how a socket ends.

pub mod line;
mod message;
mod operation;
mod talk;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header::{HOST, HeaderMap, HeaderValue, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use tokio::time::{sleep, timeout};

use super::answer::{Halt, NO_SNIFF, NO_STORE};
use super::engine::{Channel, Engine, Finished};
use super::front::Front;
use super::problem::{Code, Problem};
use line::Line;
use talk::{End, Talk};

const PROTOCOL: &str = "graphql-transport-ws";
const GRACE: Duration = Duration::from_secs(3);

/// GET /graphql/ws: becomes a socket that speaks graphql-transport-ws, and only that.
pub async fn upgrade<E: Engine>(
    request: HttpRequest,
    payload: web::Payload,
    front: web::Data<Front<E>>,
) -> HttpResponse {
    let line = line::take(&request);
    let opened = admit(&request, &front.limits.origins).and_then(|()| {
        actix_ws::handle_with_protocols(&request, payload, &[PROTOCOL])
            .map_err(|_| Halt::from(Problem::bad("This address speaks WebSocket, version 13.")))
    });
    let (mut response, session, frames) = match opened {
        Ok(opened) => opened,
        Err(halt) => return refuse(&front.engine, halt),
    };
    response.headers_mut().insert(NO_STORE.0, HeaderValue::from_static(NO_STORE.1));
    response
        .headers_mut()
        .insert(actix_web::http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static(NO_SNIFF.1));
    let talk = Talk::new(Front::clone(&front), session, frames);
    // Lives on the worker of its connection and ends with it; `stopping` closes it before the process waits.
    actix_web::rt::spawn(serve(talk, line));
    response
}

async fn serve<E: Engine>(mut talk: Talk<E>, line: Line) {
    let end = Box::pin(talk.run()).await;
    let session = talk.leave();
    if let End::Close(code, text) = end {
        let reason = actix_ws::CloseReason { code: code.into(), description: Some(text.into_owned()) };
        // A peer that reads gets the reason and goes; one that does not is cut.
        if timeout(Duration::from_secs(1), session.close(Some(reason))).await.is_ok() {
            sleep(GRACE).await;
        }
    }
    line.cut();
}

fn admit(request: &HttpRequest, origins: &[String]) -> Result<(), Halt> {
    if request.method() != Method::GET {
        return Err(Halt::method("GET"));
    }
    let headers = request.headers();
    if !is_own_origin(headers, origins) {
        let problem = Problem::new(Code::Forbidden, "This origin may not open a socket.");
        return Err(Halt::new(StatusCode::FORBIDDEN, problem));
    }
    let mut offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    if offered.any(|list| list.split(',').any(|name| name.trim() == PROTOCOL)) {
        Ok(())
    } else {
        Err(Problem::bad("sec-websocket-protocol must offer graphql-transport-ws.").into())
    }
}

/// A page of another site must not open a socket in the person's name; programs send no origin.
fn is_own_origin(headers: &HeaderMap, origins: &[String]) -> bool {
    let mut given = headers.get_all(ORIGIN);
    let Some(first) = given.next() else { return true };
    let Some(origin) = first.to_str().ok().filter(|_| given.next().is_none()) else { return false };
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    let own = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    (own.is_some() && own == host) || origins.iter().any(|allowed| allowed == origin)
}

fn refuse<E: Engine>(engine: &E, halt: Halt) -> HttpResponse {
    let reference = engine.reference();
    engine.finished(&Finished {
        name: None,
        kind: None,
        channel: Channel::Socket,
        outcome: Some(halt.code()),
        took: Duration::ZERO,
        reference: &reference,
    });
    halt.into_response(super::answer::JSON, &reference)
}

/// Who holds how many sockets of this process.
#[derive(Default)]
pub struct Seats(Mutex<HashMap<String, u32>>);

impl Seats {
    /// A seat for one more socket of `owner`; `None` when all are taken.
    pub fn take(self: &Arc<Self>, owner: String, max: u32) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(owner.clone()).or_default();
        if *count >= max {
            return None;
        }
        *count = count.saturating_add(1);
        drop(taken);
        Some(Seat { seats: Arc::clone(self), owner })
    }
}

/// One socket's seat, free again when dropped.
pub struct Seat {
    seats: Arc<Seats>,
    owner: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.owner) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.owner);
            }
        }
    }
}
