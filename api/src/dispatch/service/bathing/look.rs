//! Who sees what of a gate. Values, words and skin are health data: each reading is recorded.

use entities::{bathing_check, incident, vital_sign};
use uuid::Uuid;

use crate::app::App;
use crate::dispatch::rules::bathing::Vitals;
use crate::dispatch::store::bathing as rows;
use crate::kit::ids::{ElderId, OrderId};
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::orders::store::bathing as gates;
use crate::orders::store::service_order as orders;
use crate::people::rules::Scope;
use crate::people::rules::access::Field;
use crate::people::store::record_access;

/// A gate as somebody sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The row.
    pub check: bathing_check::Model,
    /// Of which elder.
    pub elder: Uuid,
    /// Whether values, words and skin may be read.
    pub may_read: bool,
    /// Whether the elder himself looks.
    pub is_self: bool,
}

/// Values with when they were taken.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The row.
    pub row: vital_sign::Model,
    /// The values.
    pub vitals: Vitals,
}

/// The gate of an order for everybody who may see the order; `None` for any other id, and for orders without a gate.
/// Elder, family with the scope SEE_HEALTH and the carers at the home may read the values; manager and desk may not.
pub async fn seen(app: &App, who: &SignedIn, id: OrderId) -> Result<Option<Seen>, Fault> {
    let db = app.db.read();
    let Some(order) = orders::order_for(db, who, id).await? else { return Ok(None) };
    let Some(check) = gates::check(db, id.0).await? else { return Ok(None) };
    let may_read = order.reached.scopes.has(Scope::SeeHealth) || is_inside(app, who, id).await?;
    let (elder, is_self) = (order.order.elder_id, order.reached.is_self);
    Ok(Some(Seen { check, elder, may_read, is_self }))
}

async fn is_inside(app: &App, who: &SignedIn, id: OrderId) -> Result<bool, Fault> {
    let db = app.db.read();
    let Some(part) = orders::part_of(db, id.0, who).await? else { return Ok(false) };
    Ok(rows::inside(db, id.0).await?.iter().any(|carer| carer.carer_id == part.carer_id))
}

/// The gate after an act, for the carer who acted. One whose visit was stopped sees where it stands, and no values.
pub async fn after_act(app: &App, who: &SignedIn, id: OrderId) -> Result<Seen, Fault> {
    let db = app.db.write();
    let gone = || Fault::new("a gate vanished after an act");
    let check = gates::check(db, id.0).await?.ok_or_else(gone)?;
    let order = orders::bare(db, id.0).await?.ok_or_else(gone)?;
    let part = orders::part_of(db, id.0, who).await?.ok_or_else(gone)?;
    let may_read = rows::inside(db, id.0).await?.iter().any(|carer| carer.carer_id == part.carer_id);
    Ok(Seen { check, elder: order.elder_id, may_read, is_self: false })
}

/// Leaves a record of a reading of somebody else's health data.
async fn note(app: &App, who: &SignedIn, seen: &Seen, field: Field) -> Result<(), Fault> {
    if seen.is_self {
        return Ok(());
    }
    let id: Uuid = app.ids.next();
    let purpose = format!("order:{}", seen.check.order_id);
    let pair = (ElderId(seen.elder), who.person);
    Ok(record_access(app.db.write(), id, pair, (field, &purpose), app.clock.now()).await?)
}

/// Values of a bath, by time; none for those who may not read them.
pub async fn readings(app: &App, who: &SignedIn, seen: &Seen) -> Result<Vec<Reading>, Fault> {
    if !seen.may_read {
        return Ok(Vec::new());
    }
    let found = rows::vitals(app.db.write(), seen.check.order_id).await?;
    if !found.is_empty() {
        note(app, who, seen, Field::Vitals).await?;
    }
    found
        .into_iter()
        .map(|row| {
            let vitals = serde_json::from_str(&app.seal.open(&row.values_sealed)?)?;
            Ok(Reading { row, vitals })
        })
        .collect()
}

/// What was seen of the skin; `None` when nothing was noted, and for those who may not read it.
pub async fn skin_note(app: &App, who: &SignedIn, seen: &Seen) -> Result<Option<String>, Fault> {
    let sealed = seen.check.skin_note_sealed.as_deref().filter(|_| seen.may_read);
    if sealed.is_some() {
        note(app, who, seen, Field::SkinNote).await?;
    }
    app.seal.open_optional(sealed)
}

/// What went wrong, with its words; none for those who may not read them.
pub async fn incidents(
    app: &App,
    who: &SignedIn,
    seen: &Seen,
) -> Result<Vec<(incident::Model, String)>, Fault> {
    if !seen.may_read {
        return Ok(Vec::new());
    }
    let found = rows::incidents(app.db.write(), seen.check.order_id).await?;
    if !found.is_empty() {
        note(app, who, seen, Field::Incidents).await?;
    }
    found
        .into_iter()
        .map(|row| {
            let words = app.seal.open(&row.detail_sealed)?;
            Ok((row, words))
        })
        .collect()
}
