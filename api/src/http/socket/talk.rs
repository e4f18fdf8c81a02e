//! One socket's talk: frames in, operations running side by side, answers out.
//!
//! One task does it all, so a reader that does not read stops its own operations and nobody else's.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_ws::{AggregatedMessage, AggregatedMessageStream, Message, MessageStream, ProtocolError, Session};
use async_graphql::{Request, Response, Value};
use futures_util::SinkExt;
use futures_util::stream::{self, SelectAll, Stream, StreamExt};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::Seat;
use super::message::{self, Heard};
use super::operation::Running;
use crate::http::answer::Parameters;
use crate::http::engine::{Engine, Standing};
use crate::http::front::Front;
use crate::http::guard;
use crate::http::problem::{self, Code, Problem};

/// Why a talk ended.
pub enum End {
    /// The peer is gone.
    Gone,
    /// The peer does not read.
    Stuck,
    /// It is closed with a code and a reason.
    Close(u16, Cow<'static, str>),
}

impl End {
    const fn close(code: u16, reason: &'static str) -> Self {
        Self::Close(code, Cow::Borrowed(reason))
    }
}

/// One socket from its handshake to its end. Everything it runs is dropped with it.
pub struct Talk<E: Engine> {
    front: Front<E>,
    session: Session,
    frames: AggregatedMessageStream,
    stage: Stage<E>,
    running: HashMap<String, Running<E>>,
    events: SelectAll<Events>,
    heard_at: Instant,
    pinged: bool,
}

/// An operation's id with one of its answers, then with `None` at its end.
type Events = Pin<Box<dyn Stream<Item = (String, Option<Response>)>>>;

enum Stage<E: Engine> {
    /// Before `connection_ack`.
    Waiting { until: Instant },
    /// After it.
    Open { viewer: E::Session, until: Option<Instant>, _seat: Option<Seat> },
}

impl<E: Engine> Talk<E> {
    /// A talk that waits for `connection_init`.
    pub fn new(front: Front<E>, session: Session, frames: MessageStream) -> Self {
        let max = front.limits.frame_bytes;
        let now = Instant::now();
        Self {
            stage: Stage::Waiting { until: now + Duration::from_secs(front.limits.init_s) },
            front,
            session,
            frames: frames.max_frame_size(max).aggregate_continuations().max_continuation_size(max),
            running: HashMap::new(),
            events: SelectAll::new(),
            heard_at: now,
            pinged: false,
        }
    }

    /// Talks until there is a reason to end.
    pub async fn run(&mut self) -> End {
        let mut stopping = pin!(self.front.engine.stopping());
        loop {
            let wake_at = self.wake_at();
            let step = tokio::select! {
                frame = self.frames.recv() => self.hear(frame).await,
                Some((id, event)) = self.events.next() => self.tell(id, event).await,
                () = sleep_until(wake_at) => self.wake().await,
                () = &mut stopping => Err(End::close(1001, "The server stops; connect again.")),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Drops every operation, and hands back what the last word is said with.
    pub fn leave(self) -> Session {
        self.session
    }

    async fn hear(&mut self, frame: Option<Result<AggregatedMessage, ProtocolError>>) -> Result<(), End> {
        self.heard_at = Instant::now();
        self.pinged = false;
        match frame {
            None => Err(End::Gone),
            Some(Err(flaw)) => Err(flawed(&flaw)),
            Some(Ok(AggregatedMessage::Text(text))) => match message::read(&text) {
                Some(heard) => self.act(heard).await,
                None => Err(End::close(4400, "Invalid message")),
            },
            Some(Ok(AggregatedMessage::Binary(_))) => Err(End::close(4400, "Binary messages are not spoken")),
            Some(Ok(AggregatedMessage::Ping(bytes))) => self.send(Message::Pong(bytes)).await,
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(reason))) => {
                let code = reason.map_or(1000, |reason| reason.code.into());
                Err(End::Close(code, Cow::Borrowed("")))
            }
        }
    }

    async fn act(&mut self, heard: Heard) -> Result<(), End> {
        match heard {
            Heard::Init { token } => self.open(token).await,
            Heard::Ping(payload) => self.say(message::pong(payload)).await,
            Heard::Pong => Ok(()),
            Heard::Subscribe { id, parameters } => self.start(id, parameters).await,
            Heard::Complete { id } => {
                self.running.remove(&id);
                Ok(())
            }
        }
    }

    async fn open(&mut self, token: Result<Option<String>, Problem>) -> Result<(), End> {
        let Stage::Waiting { until } = self.stage else {
            return Err(End::close(4429, "Too many initialisation requests"));
        };
        let asked = async { self.front.engine.session(token?).await };
        let viewer = match timeout_at(until, asked).await {
            Ok(Ok(viewer)) => viewer,
            Ok(Err(problem)) if problem.code == Code::Internal => {
                return Err(End::close(1011, "Try again later"));
            }
            Ok(Err(_)) => return Err(End::close(4403, "Forbidden")),
            Err(_) => return Err(End::close(4408, "Connection initialisation timeout")),
        };
        let owner = self.front.engine.owner(&viewer);
        let seat = owner.map(|owner| self.front.seats.take(owner, self.front.limits.sockets_per_viewer));
        if matches!(seat, Some(None)) {
            return Err(End::close(4429, "Too many sockets"));
        }
        let until = self.front.engine.expires_in(&viewer).and_then(|left| Instant::now().checked_add(left));
        self.stage = Stage::Open { viewer, until, _seat: seat.flatten() };
        self.say(message::ack()).await
    }

    async fn start(&mut self, id: String, parameters: Result<Parameters, Problem>) -> Result<(), End> {
        let Stage::Open { viewer, .. } = &self.stage else { return Err(End::close(4401, "Unauthorized")) };
        if self.running.contains_key(&id) {
            return Err(End::close(4409, "Subscriber for this id already exists"));
        }
        let viewer = viewer.clone();
        let mut running = Running::new(&self.front.engine);
        match self.prepare(parameters, &mut running).await? {
            Ok(request) => {
                let (answers, abort) =
                    stream::abortable(running.answers(self.front.clone(), viewer, request));
                running.abort = Some(abort);
                let label = id.clone();
                self.events.push(Box::pin(answers.map(move |answer| (label.clone(), answer))));
                self.running.insert(id, running);
                Ok(())
            }
            Err(problem) => {
                running.outcome = Some(problem.code);
                let refused = problem::refused(problem, &running.reference);
                self.say(message::answer(&id, &refused, true)).await
            }
        }
    }

    /// The outer error ends the socket, the inner one only the operation.
    async fn prepare(
        &self,
        parameters: Result<Parameters, Problem>,
        running: &mut Running<E>,
    ) -> Result<Result<Request, Problem>, End> {
        let max = self.front.limits.subscriptions_per_socket;
        if self.running.len() >= max {
            let text = format!("More than {max} operations at once on one socket.");
            return Ok(Err(Problem::new(Code::RateLimited, text)));
        }
        let guarded = parameters.and_then(|parameters| {
            let document = self.front.document(&parameters)?;
            let operation = parameters.operation_name.as_deref();
            let (name, kind) = guard::chosen(&document.document, operation)?;
            guard::needs(&document.document, operation, &parameters.variables)?;
            running.name = name.map(str::to_owned);
            running.kind = Some(kind);
            Ok(parameters.into_request(document))
        });
        match guarded {
            Ok(request) => Ok(self.still_good().await?.map(|()| request)),
            Err(problem) => Ok(Err(problem)),
        }
    }

    async fn tell(&mut self, id: String, event: Option<Response>) -> Result<(), End> {
        let Some(running) = self.running.get_mut(&id) else { return Ok(()) };
        let Some(response) = event else {
            self.running.remove(&id);
            return self.say(message::complete(&id)).await;
        };
        running.outcome = problem::outcome(&response).or(running.outcome);
        let is_first = !std::mem::replace(&mut running.has_told, true);
        if running.is_subscription()
            && let Err(problem) = self.still_good().await?
        {
            return self.refuse(&id, problem).await;
        }
        // A subscription that could not begin has no data either, though its error names the field.
        let is_refused = problem::is_refused(&response)
            || (is_first && response.data == Value::Null && !response.errors.is_empty());
        if is_refused {
            self.running.remove(&id);
        }
        self.say(message::answer(&id, &response, is_refused)).await
    }

    async fn refuse(&mut self, id: &str, problem: Problem) -> Result<(), End> {
        let Some(mut running) = self.running.remove(id) else { return Ok(()) };
        running.outcome = Some(problem.code);
        let refused = problem::refused(problem, &running.reference);
        self.say(message::answer(id, &refused, true)).await
    }

    /// The outer error ends the socket, the inner one only the operation.
    async fn still_good(&self) -> Result<Result<(), Problem>, End> {
        let Stage::Open { viewer, .. } = &self.stage else { return Err(End::close(4401, "Unauthorized")) };
        match self.front.engine.standing(viewer).await {
            Standing::Good => Ok(Ok(())),
            Standing::Narrowed => {
                Ok(Err(Problem::new(Code::Forbidden, "What you may see has changed; connect again.")))
            }
            Standing::Ended => Err(End::close(4403, "The session has ended")),
        }
    }

    async fn say(&mut self, text: String) -> Result<(), End> {
        self.send(Message::Text(text.into())).await
    }

    /// The one way out. The queue is short, so a peer that does not read is noticed here.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        let within = Duration::from_secs(self.front.limits.send_s);
        match timeout(within, SinkExt::send(&mut self.session, message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_closed)) => Err(End::Gone),
            Err(_elapsed) => Err(End::Stuck),
        }
    }

    fn wake_at(&self) -> Instant {
        let limits = &self.front.limits;
        let silence_s = if self.pinged { limits.idle_s } else { limits.ping_s };
        let silent_at = self.heard_at + Duration::from_secs(silence_s);
        let end_at = match self.stage {
            Stage::Waiting { until } => Some(until),
            Stage::Open { until, .. } => until,
        };
        end_at.map_or(silent_at, |end_at| end_at.min(silent_at))
    }

    async fn wake(&mut self) -> Result<(), End> {
        let now = Instant::now();
        match self.stage {
            Stage::Waiting { until } if until <= now => {
                return Err(End::close(4408, "Connection initialisation timeout"));
            }
            Stage::Open { until: Some(until), .. } if until <= now => {
                return Err(End::close(4403, "The token has expired"));
            }
            _ => {}
        }
        let silence = now.duration_since(self.heard_at);
        if silence >= Duration::from_secs(self.front.limits.idle_s) {
            return Err(End::close(4499, "No sign of life"));
        }
        if !self.pinged && silence >= Duration::from_secs(self.front.limits.ping_s) {
            self.pinged = true;
            return self.send(Message::Ping(Bytes::new())).await;
        }
        Ok(())
    }
}

fn flawed(flaw: &ProtocolError) -> End {
    match flaw {
        ProtocolError::Overflow => End::close(1009, "The message is too large"),
        ProtocolError::Io(cause) if cause.kind() == ErrorKind::InvalidData => {
            End::close(1007, "The message is not UTF-8")
        }
        ProtocolError::Io(cause) if cause.get_ref().is_some_and(|inner| inner.is::<PayloadError>()) => {
            End::Gone
        }
        // Pieces that together grow beyond the limit come as an i/o error without a kind of their own.
        ProtocolError::Io(_) => End::close(1009, "The message is too large"),
        _ => End::close(1002, "The frame is malformed"),
    }
}
