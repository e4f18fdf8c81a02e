//! The door for everything that belongs to the person who asks.

use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};

use super::elder::Elder;
use crate::app::Asked as _;
use crate::kit::allow::{Allow, Role, SIGNED_IN, allow};
use crate::kit::ids::ElderId;
use crate::kit::page::{Connection, Page};
use crate::people::store;

/// You.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Viewer {
    /// Opaque.
    pub id: ID,
    /// What you may do in the house.
    pub roles: Vec<Role>,
}

#[ComplexObject]
impl Viewer {
    /// Elders you are bound to, and yourself if you are one; oldest record first.
    async fn elders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 50; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the last one seen.")] after: Option<String>,
    ) -> Result<Connection<Elder>> {
        let page = Page::read(first, after.as_deref())?;
        let rows = store::elders_of(ctx.app().db.read(), ctx.who()?, page).await?;
        Ok(page.connect(rows, |reached| reached.elder.id, Elder::from))
    }

    /// One elder within your reach; null for any other id.
    async fn elder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which elder.")] id: ID,
    ) -> Result<Option<Elder>> {
        let id: ElderId = id.parse()?;
        Ok(store::elder_of(ctx.app().db.read(), ctx.who()?, id).await?.map(Into::into))
    }
}

/// The query for the person who asks.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// You, and everything that belongs to you.
    #[graphql(guard = "Allow(SIGNED_IN)", directive = allow::apply(SIGNED_IN.to_vec()))]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        let who = ctx.who()?;
        Ok(Viewer {
            id: who.person.to_string().into(),
            roles: who.roles.iter().map(|grant| grant.role.into()).collect(),
        })
    }
}
