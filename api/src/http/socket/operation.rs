//! One operation on a socket: its answers as a stream, and what is told when it ends.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use futures_util::stream::{self, AbortHandle, Stream, StreamExt};

use crate::http::answer;
use crate::http::engine::{Channel, Engine, Finished};
use crate::http::front::Front;
use crate::http::problem::{self, Code, Problem};

/// One running operation. Dropping it stops its stream and tells the engine that it is finished.
pub struct Running<E: Engine> {
    engine: E,
    /// Stops its stream.
    pub abort: Option<AbortHandle>,
    /// Its name in the document.
    pub name: Option<String>,
    /// Its kind; `None` until the document is read.
    pub kind: Option<OperationType>,
    /// Its reference in logs and faults.
    pub reference: String,
    began: Instant,
    /// Code of the error it met last.
    pub outcome: Option<Code>,
    /// Whether a first answer went out.
    pub has_told: bool,
}

impl<E: Engine> Running<E> {
    /// Begins now.
    pub fn new(engine: &E) -> Self {
        Self {
            engine: engine.clone(),
            abort: None,
            name: None,
            kind: None,
            reference: engine.reference(),
            began: Instant::now(),
            outcome: None,
            has_told: false,
        }
    }

    /// Its answers, then `None`.
    pub fn answers(
        &self,
        front: Front<E>,
        viewer: E::Session,
        request: Request,
    ) -> impl Stream<Item = Option<Response>> + use<E> {
        let reference = self.reference.clone();
        let answers: Pin<Box<dyn Stream<Item = Response>>> = if self.is_subscription() {
            Box::pin(subscribe(front, viewer, request, reference))
        } else {
            Box::pin(stream::once(async move { answer::execute(&front, viewer, request, &reference).await }))
        };
        answers.map(Some).chain(stream::iter([None]))
    }

    /// Whether it goes on after its first answer.
    pub fn is_subscription(&self) -> bool {
        self.kind == Some(OperationType::Subscription)
    }
}

impl<E: Engine> Drop for Running<E> {
    fn drop(&mut self) {
        if let Some(abort) = &self.abort {
            abort.abort();
        }
        self.engine.finished(&Finished {
            name: self.name.as_deref(),
            kind: self.kind,
            channel: Channel::Socket,
            outcome: self.outcome,
            took: self.began.elapsed(),
            reference: &self.reference,
        });
    }
}

/// A subscription's answers. A panic ends this stream with a fault and harms no other.
fn subscribe<E: Engine>(
    front: Front<E>,
    viewer: E::Session,
    request: Request,
    reference: String,
) -> impl Stream<Item = Response> {
    let span = tracing::info_span!("operation", reference);
    let begun = stream::once(async move { front.engine.subscribe(viewer, request) }).flatten();
    let mut guarded = Box::pin(AssertUnwindSafe(begun).catch_unwind());
    stream::poll_fn(move |context| span.in_scope(|| guarded.as_mut().poll_next(context))).map(move |event| {
        let mut response = event.unwrap_or_else(|_panic| {
            tracing::error!(reference, "a subscription panicked");
            problem::refused(Problem::internal(), &reference)
        });
        problem::settle(&mut response, &reference);
        response
    })
}
