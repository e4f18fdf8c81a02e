//! The line under a connection, to cut a socket whose reader does not read.
//!
//! The server waits for ever on a peer that keeps its window shut: nothing above the connection can end that. So
//! each connection keeps a second handle of its line, given up by the first plain request and used by sockets.

use std::any::Any;
use std::cell::Cell;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;

use actix_web::HttpRequest;
use actix_web::dev::Extensions;

/// A second handle of one connection. Cuts nothing by being dropped.
pub struct Line(Option<TcpStream>);

impl Line {
    /// Ends the connection in both directions, whatever is still unsent.
    pub fn cut(self) {
        if let Some(Err(cause)) = self.0.map(|stream| stream.shutdown(Shutdown::Both)) {
            tracing::debug!(%cause, "the line was gone already");
        }
    }
}

struct Kept(Cell<Option<TcpStream>>);

/// Keeps the line of a new connection. To be given to `HttpServer::on_connect`; without it nothing is ever cut.
pub fn keep(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
    match stream.as_fd().try_clone_to_owned() {
        Ok(handle) => drop(data.insert(Kept(Cell::new(Some(handle.into()))))),
        Err(cause) => tracing::warn!(%cause, "the line of a connection could not be kept"),
    }
}

/// Gives the handle up: a connection that carries plain requests costs one descriptor, not two.
pub fn release(request: &HttpRequest) {
    drop(take(request));
}

/// Takes the line of the connection that a request came on.
pub fn take(request: &HttpRequest) -> Line {
    Line(request.conn_data::<Kept>().and_then(|kept| kept.0.take()))
}
