//! Reading assessments on their way. Each reading is recorded.

use entities::assessment;

use super::Case;
use crate::app::App;
use crate::kit::ids::ElderId;
use crate::kit::page::Page;
use crate::kit::refusal::Fault;
use crate::kit::viewer::SignedIn;
use crate::people::rules::access::{CARE, Field};
use crate::people::store::record_access;
use crate::rights::service::reach;
use crate::rights::store::case as rows;

/// Assessments of an elder that went their way here, for those who may open his archive. The reading is recorded.
pub async fn of_elder(app: &App, who: &SignedIn, elder: ElderId) -> Result<Vec<Case>, Fault> {
    let Some(opened) = reach::open(app, who, elder).await? else { return Ok(Vec::new()) };
    reach::note(app, who, &opened, Field::Assessments).await?;
    with_assessors(app, rows::of_elder(app.db.read(), elder.0).await?).await
}

/// Assessments of the person's branch that are not at their end, with a record of each one shown.
pub async fn open(app: &App, who: &SignedIn, page: Page) -> Result<Vec<Case>, Fault> {
    let Some(branch) = who.care_branch() else { return Ok(Vec::new()) };
    let found = rows::open(app.db.read(), branch, page).await?;
    let shown = usize::try_from(page.first).unwrap_or(usize::MAX);
    for row in found.iter().take(shown) {
        let pair = (ElderId(row.elder_id), who.person);
        record_access(app.db.write(), app.ids.next(), pair, (Field::Assessments, CARE), app.clock.now())
            .await?;
    }
    with_assessors(app, found).await
}

async fn with_assessors(app: &App, found: Vec<assessment::Model>) -> Result<Vec<Case>, Fault> {
    let mut cases = Vec::new();
    for row in found {
        let assessors = rows::assessors(app.db.read(), row.id).await?;
        cases.push(Case { row, assessors });
    }
    Ok(cases)
}
