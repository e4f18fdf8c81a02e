//! Codes to print, as they are shown.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::app::Asked as _;
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::people::service::bond;

/// A code that opens the mini-program when it is scanned. It says no name.
#[derive(SimpleObject)]
pub struct PrintedCode {
    /// Base 64 of a PNG or JPEG; null while WeChat does not answer: ask again later.
    pub picture: Option<String>,
}

/// The query about codes of bonds.
#[derive(Default)]
pub struct BondCodeQuery;

#[Object]
impl BondCodeQuery {
    /// The picture of a bond code that you gave, for the family to scan; null for any other code and when it is used or over.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn bond_code_picture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Eight characters as given by `bondCodeIssue`.")] code: String,
    ) -> Result<Option<PrintedCode>> {
        let drawn = bond::code_picture(ctx.app(), ctx.who()?, &code).await?;
        Ok(drawn.map(|picture| PrintedCode { picture }))
    }
}
