//! Who saw which of an elder's data.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::app::{App, Asked as _};
use crate::kit::allow::{Allow, ORDERING, allow};
use crate::kit::page::{Connection, Page};
use crate::kit::refusal::Fault;
use crate::kit::scalar::Instant;
use crate::people::rules::access::{Reader, field_words, purpose_words};
use crate::people::rules::mask_name;
use crate::rights::service::access as service;
use crate::rights::store::access::Access;

/// One reading of an elder's data by somebody else.
#[derive(SimpleObject)]
pub struct DataAccess {
    /// When.
    pub read_at: Instant,
    /// What was read, in Chinese.
    pub what: String,
    /// Why, in Chinese.
    pub why: String,
    /// Who the reader was to the elder or by his work, in Chinese.
    pub reader: String,
    /// His name, masked; null when it is not known.
    pub reader_name: Option<String>,
    /// The provider or place for which he works; null for family.
    pub organisation: Option<String>,
}

impl DataAccess {
    fn open(app: &App, row: Access) -> std::result::Result<Self, Fault> {
        let is_for_order = row.purpose.starts_with("order:");
        let reader = Reader { is_elder: row.is_elder, relation: row.relation, role: row.role, is_for_order };
        let organisation = row.provider_name.or(row.region_name).filter(|_| reader.is_at_work());
        Ok(Self {
            read_at: row.accessed_at.into(),
            what: field_words(&row.field).to_owned(),
            why: purpose_words(&row.purpose).to_owned(),
            reader: reader.words().to_owned(),
            reader_name: app.seal.open_optional(row.name_sealed.as_deref())?.as_deref().map(mask_name),
            organisation,
        })
    }
}

/// Queries about readings.
#[derive(Default)]
pub struct AccessQuery;

#[Object]
impl AccessQuery {
    /// Who saw which of an elder's data when and why, the newest first: for the elder, whoever has the scope DECIDE for him, and
    /// the desk of his region, which is recorded too; empty for everybody else.
    #[graphql(guard = "Allow(ORDERING)", directive = allow::apply(ORDERING.to_vec()))]
    async fn data_accesses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which elder.")] elder_id: ID,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<DataAccess>> {
        let page = Page::read(first, after.as_deref())?;
        let found = service::list(ctx.app(), ctx.who()?, elder_id.parse()?, page).await?;
        let open = |row: Access| Ok((row.id, DataAccess::open(ctx.app(), row)?));
        let opened: Vec<_> = found.into_iter().map(open).collect::<std::result::Result<_, Fault>>()?;
        Ok(page.connect(opened, |(id, _)| *id, |(_, access)| access))
    }
}
