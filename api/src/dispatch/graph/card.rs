//! The card at an elder's home.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::dispatch::service::card;
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::scalar::Instant;
use crate::people::graph::picture::PrintedCode;

/// What the card at an elder's home shows at this moment, to be drawn as a QR code.
#[derive(SimpleObject)]
pub struct HomeCode {
    /// `NY1.<card>.<window>.<mac>`. A carer who scans it proves to stand in the home; it is good in its own minute and the
    /// next.
    pub text: String,
    /// From then on the card shows something else: ask again.
    pub changes_at: Instant,
}

/// The query about home cards.
#[derive(Default)]
pub struct CardQuery;

#[Object]
impl CardQuery {
    /// What the card at an elder's home shows now, for the elder, family with the scope VIEW_ORDERS, and the desk; null for
    /// any other id.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn home_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose home.")] elder_id: ID,
    ) -> Result<Option<HomeCode>> {
        let shown = card::shown(ctx.app(), ctx.who()?, elder_id.parse()?).await?;
        Ok(shown.map(|shown| HomeCode { text: shown.text, changes_at: shown.changes_at.into() }))
    }

    /// The code to print on an elder's home card, for those who may ask for `homeCode`; null for any other id. It opens the
    /// mini-program; it proves nothing, because it never changes.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn home_card_picture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose home.")] elder_id: ID,
    ) -> Result<Option<PrintedCode>> {
        let drawn = card::picture_of(ctx.app(), ctx.who()?, elder_id.parse()?).await?;
        Ok(drawn.map(|picture| PrintedCode { picture }))
    }
}
