//! Who read what of an elder, for himself.

use crate::app::App;
use crate::kit::ids::ElderId;
use crate::kit::page::Page;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scope;
use crate::people::rules::access::{Field, ON_REQUEST};
use crate::people::store::{elder_of, record_access};
use crate::rights::store::access::{self, Access};

/// Readings of an elder's data, for himself, for whoever decides for him, and for the desk of his region, which is recorded
/// with the first page. None for everybody else.
pub async fn list(app: &App, who: &SignedIn, elder: ElderId, page: Page) -> Result<Vec<Access>, Fault> {
    let Some(reached) = elder_of(app.db.read(), who, elder).await? else { return Ok(Vec::new()) };
    if !reached.scopes.has(Scope::Decide) {
        if !who.is_desk_for(&reached.elder.region_code) {
            return Ok(Vec::new());
        }
        if page.after.is_none() {
            let (id, pair) = (app.ids.next(), (elder, who.person));
            let what = (Field::Accesses, ON_REQUEST);
            record_access(app.db.write(), id, pair, what, app.clock.now()).await?;
        }
    }
    Ok(access::page(app.db.write(), elder.0, page).await?)
}
