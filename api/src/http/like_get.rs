//! HEAD where there is GET.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;

/// Answers HEAD as GET; the transport leaves the body out by itself. GraphQL keeps its own list of methods: a question is not
/// to be carried out for an answer that nobody reads.
pub async fn head(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.method() == Method::HEAD && !request.path().starts_with("/graphql") {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}
