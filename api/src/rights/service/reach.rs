//! Whose archive somebody may open: the elder himself, family with the scope SEE_HEALTH, assessors, officers and the desk of
//! his region. There is no role for community workers; in the house they are the desk of their community.

use entities::elder;

use crate::app::App;
use crate::kit::ids::ElderId;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scope;
use crate::people::rules::access::{CARE, Field};
use crate::people::store::{elder_of, record_access};
use crate::rights::store;

/// An elder whose archive may be opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The elder's row.
    pub elder: elder::Model,
    /// Whether he looks himself.
    pub is_self: bool,
    /// Whether the person may enter facts.
    pub may_enter: bool,
}

/// The elder, when the person may open his archive; `None` also when there is no such elder.
pub async fn open(app: &App, who: &SignedIn, id: ElderId) -> Result<Option<Opened>, Fault> {
    let db = app.db.read();
    let Some(elder) = store::elder(db, id).await? else { return Ok(None) };
    let may_enter = who.is_assessor_for(&elder.region_code) || who.is_desk_for(&elder.region_code);
    let reached = elder_of(db, who, id).await?;
    let is_self = reached.as_ref().is_some_and(|reached| reached.is_self);
    let may_see = may_enter || reached.is_some_and(|reached| reached.scopes.has(Scope::SeeHealth));
    Ok(may_see.then_some(Opened { elder, is_self, may_enter }))
}

/// Leaves a record of the reading, unless the elder looks himself.
pub async fn note(app: &App, who: &SignedIn, opened: &Opened, field: Field) -> Result<(), Fault> {
    if !opened.is_self {
        let pair = (ElderId(opened.elder.id), who.person);
        record_access(app.db.write(), app.ids.next(), pair, (field, CARE), app.clock.now()).await?;
    }
    Ok(())
}
