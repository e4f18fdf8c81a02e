//! The program behind the transport: sessions, execution, logs, metrics.

use std::any::TypeId;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Response, ValidationMode};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use uuid::Uuid;

use super::engine::{Engine, Finished, Standing};
use super::guard::Guarded;
use super::problem::{self, Code, Problem};
use crate::app::App;
use crate::kit::ids::PersonId;
use crate::kit::viewer::Viewer;
use crate::people::service::reading::Readings;
use crate::people::service::session;
use crate::people::service::token::Said;
use crate::schema::{self, Root};

/// The schema with its program.
#[derive(Clone)]
pub struct Door {
    app: App,
    schema: Root,
    /// Trusts that a document was found valid.
    trusting: Root,
}

/// Who asks, as long as a request or a socket lives.
#[derive(Clone)]
pub struct Asker {
    viewer: Viewer,
    said: Option<Said>,
}

impl Door {
    /// Builds the schema over the program.
    pub fn new(app: App) -> Self {
        let over = |mode| schema::over(app.clone(), mode);
        Self { schema: over(ValidationMode::Strict), trusting: over(ValidationMode::Fast), app }
    }
}

impl Engine for Door {
    type Session = Asker;

    async fn session(&self, token: Option<String>) -> Result<Asker, Problem> {
        let Some(token) = token else { return Ok(Asker { viewer: Viewer::default(), said: None }) };
        match session::viewer_of(&self.app, &token).await {
            Ok(Some((viewer, said))) => Ok(Asker { viewer, said: Some(said) }),
            Ok(None) => Err(Problem::new(Code::Unauthenticated, "请重新登录")),
            Err(fault) => {
                tracing::error!(%fault, "a session could not be read");
                Err(Problem::internal())
            }
        }
    }

    async fn standing(&self, asker: &Asker) -> Standing {
        let Some(said) = &asker.said else { return Standing::Good };
        match session::live_session(&self.app, said).await {
            Ok(Some(_)) => Standing::Good,
            // What cannot be checked is not shown.
            Ok(None) | Err(_) => Standing::Ended,
        }
    }

    fn expires_in(&self, asker: &Asker) -> Option<Duration> {
        let said = asker.said.as_ref()?;
        let left_s = said.expires_s.saturating_sub(self.app.clock.unix_s());
        Some(Duration::from_secs(u64::try_from(left_s).unwrap_or(0)))
    }

    fn owner(&self, asker: &Asker) -> Option<String> {
        asker.viewer.signed_in.as_ref().map(|who| who.person.to_string())
    }

    async fn execute(&self, asker: Asker, request: Request) -> Response {
        let shape = shape_of(&request);
        let (readings, reader) = (Arc::new(Readings::default()), reader(&asker));
        let request = request.data(asker.viewer).data(Arc::clone(&readings));
        let response = match shape {
            None => self.schema.execute(request).await,
            Some((guarded, shape)) if guarded.is_valid(shape) => self.trusting.execute(request).await,
            Some((guarded, shape)) => {
                let response = self.schema.execute(request).await;
                if !problem::is_refused(&response) {
                    guarded.found_valid(shape);
                }
                response
            }
        };
        recorded(&self.app, (&readings, reader), response).await
    }

    fn subscribe(&self, asker: Asker, request: Request) -> BoxStream<'static, Response> {
        let (readings, reader, app) = (Arc::new(Readings::default()), reader(&asker), self.app.clone());
        let request = request.data(asker.viewer).data(Arc::clone(&readings));
        let told = self.schema.execute_stream(request).then(move |response| {
            let (app, readings) = (app.clone(), Arc::clone(&readings));
            async move { recorded(&app, (&readings, reader), response).await }
        });
        told.boxed()
    }

    fn reference(&self) -> String {
        crate::kit::ids::encode(self.app.ids.next::<Uuid>())
    }

    fn finished(&self, what: &Finished<'_>) {
        let outcome = what.outcome.map_or("ok", Code::as_str);
        self.app.metrics.request(what.name, outcome, what.took);
        let took_us = u64::try_from(what.took.as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(trace = what.reference, operation = what.name, outcome, took_us, "answered");
    }

    fn stopping(&self) -> BoxFuture<'static, ()> {
        let app = self.app.clone();
        async move { app.stopping.cancelled().await }.boxed()
    }
}

fn reader(asker: &Asker) -> Option<PersonId> {
    asker.viewer.signed_in.as_ref().map(|who| who.person)
}

/// An answer whose readings of elders' data stand in their lists; what cannot be recorded is not shown.
async fn recorded(
    app: &App,
    (readings, reader): (&Readings, Option<PersonId>),
    response: Response,
) -> Response {
    let Some(reader) = reader else { return response };
    match readings.record(app, reader).await {
        Ok(()) => response,
        Err(error) => {
            let reference = crate::kit::ids::encode(app.ids.next::<Uuid>());
            tracing::error!(%error, reference, "readings could not be recorded");
            problem::refused(Problem::internal(), &reference)
        }
    }
}

/// The guarded document of a request, and what validation would look at in its variables.
fn shape_of(request: &Request) -> Option<(Arc<Guarded>, u64)> {
    let guarded = request.data.get(&TypeId::of::<Arc<Guarded>>())?.downcast_ref::<Arc<Guarded>>()?;
    let shape = guarded.shape(request.operation_name.as_deref(), &request.variables);
    Some((Arc::clone(guarded), shape))
}
