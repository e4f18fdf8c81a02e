//! Who comes into the home is the elder's word: a carer who is not wanted is not chosen for him again.

use crate::app::App;
use crate::kit::event::{Event, record};
use crate::kit::ids::{CarerId, ElderId};
use crate::kit::refusal::{Fault, Stop, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::rules::Scope;
use crate::people::store::elder_of;
use crate::slots::graph::refused::CarerRefuseErrorCode;
use crate::slots::store::refused::{self as store, Known};

/// Elder, family or desk say that a carer is not wanted, or is welcome again. Visits agreed before stay as they are.
/// Repeated, it answers the same.
pub async fn refuse(
    app: &App,
    who: &SignedIn,
    (elder, carer): (ElderId, CarerId),
    is_refused: bool,
) -> Result<Known, Stop<CarerRefuseErrorCode>> {
    use CarerRefuseErrorCode as C;
    let reached = elder_of(app.db.write(), who, elder).await?;
    if !reached.is_some_and(|reached| reached.scopes.has(Scope::Book)) {
        return refuse_field(C::ElderNotFound, "elderId");
    }
    let tx = app.db.begin().await?;
    if store::known(&tx, elder, carer).await?.is_none() {
        return refuse_field(C::CarerNotFound, "carerId");
    }
    let pair = (elder, carer);
    let now = app.clock.now();
    let is_new = if is_refused {
        store::refuse(&tx, pair, who.person.0, now).await?
    } else {
        store::welcome(&tx, pair).await?
    };
    if is_new {
        let event = Event {
            subject: "elder",
            subject_id: elder.0,
            name: if is_refused { "carer_refused" } else { "carer_welcome" },
            actor: Some(who.person.0),
            reason: Some(carer.to_string()),
            is_quiet: true,
            ..Event::default()
        };
        record(&tx, &app.ids, now, vec![event]).await?;
    }
    let known = store::known(&tx, elder, carer).await?.ok_or_else(|| Fault::new("a carer vanished"))?;
    tx.commit().await?;
    Ok(known)
}

/// Carers whom the elder does not want; empty for an elder out of reach.
pub async fn refused(app: &App, who: &SignedIn, elder: ElderId) -> Result<Vec<Known>, Fault> {
    let reached = elder_of(app.db.read(), who, elder).await?;
    if !reached.is_some_and(|reached| reached.scopes.has(Scope::ViewOrders)) {
        return Ok(Vec::new());
    }
    Ok(store::refused(app.db.read(), elder).await?)
}
