//! What every request of the transport shares, and its two addresses.

use std::sync::Arc;

use actix_web::web;

use super::answer::{self, Parameters};
use super::engine::{Engine, Limits};
use super::guard::{Allowed, Documents, Guarded};
use super::problem::Problem;
use super::socket::{self, Seats};

/// The engine with what the transport keeps for it. Made once per process, cloned for each worker.
#[derive(Clone)]
pub struct Front<E> {
    /// The program.
    pub engine: E,
    /// The figures.
    pub limits: Arc<Limits>,
    /// Guarded documents by their text.
    pub documents: Arc<Documents>,
    /// Documents that clients may name.
    pub allowed: Arc<Allowed>,
    /// Who holds how many sockets.
    pub seats: Arc<Seats>,
}

impl<E: Engine> Front<E> {
    /// A front with nothing remembered.
    pub fn new(engine: E, limits: Limits) -> Self {
        Self {
            engine,
            limits: Arc::new(limits),
            documents: Arc::default(),
            allowed: Arc::default(),
            seats: Arc::default(),
        }
    }

    /// The guarded document that a request means, by its hash or its text.
    pub fn document(&self, parameters: &Parameters) -> Result<Arc<Guarded>, Problem> {
        let text = self.allowed.text(parameters.document_id(), &parameters.query)?;
        self.documents.parse(&self.limits, text)
    }

    /// Puts /graphql and /graphql/ws into a server. The server also calls [`socket::line::keep`] on connect.
    pub fn configure(self, service: &mut web::ServiceConfig) {
        service.app_data(web::Data::new(self));
        service.service(
            web::resource("/graphql")
                .route(web::post().to(answer::post::<E>))
                .route(web::get().to(answer::get::<E>))
                .default_service(web::to(answer::not_allowed::<E>)),
        );
        service.service(web::resource("/graphql/ws").to(socket::upgrade::<E>));
    }
}
