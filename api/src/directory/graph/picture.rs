//! Codes to print for canteens.

use async_graphql::{Context, ID, Object, Result};

use crate::app::Asked as _;
use crate::directory::store::canteen_of_provider;
use crate::kit::allow::{Allow, STAFF, allow};
use crate::kit::ids::{CanteenId, encode};
use crate::people::graph::picture::PrintedCode;
use crate::people::service::picture::picture;

/// The page that opens for a canteen.
const PAGE: &str = "pages/meal/book";

/// The query about codes of canteens.
#[derive(Default)]
pub struct CanteenPictureQuery;

#[Object]
impl CanteenPictureQuery {
    /// The code for the door or a table of your canteen: who scans it orders there; null for any other id.
    #[graphql(guard = "Allow(STAFF)", directive = allow::apply(STAFF.to_vec()))]
    async fn canteen_picture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which canteen.")] canteen_id: ID,
    ) -> Result<Option<PrintedCode>> {
        let (app, id): (_, CanteenId) = (ctx.app(), canteen_id.parse()?);
        if canteen_of_provider(app.db.read(), ctx.who()?, id).await?.is_none() {
            return Ok(None);
        }
        // 28 of the 32 characters that a scene may have.
        let drawn = picture(app, &format!("c={}", encode(id.0)), PAGE).await?;
        Ok(Some(PrintedCode { picture: drawn }))
    }
}
