//! What is known of demonstration elders beyond their names, and who has a voucher.

use chrono::{Datelike as _, Months};
use entities::consent::Model;
use entities::enums::{ConsentPurpose, Role, SignedAs};
use sea_orm::ConnectionTrait;

use super::DemoPerson;
use super::data::{Elder, File};
use crate::app::App;
use crate::kit::ids::ElderId;
use crate::kit::refusal::Fault;
use crate::people::rules::consent::{current, valid_until};
use crate::people::store::consent;
use crate::rights::service::enrolment::{self, Approval};
use crate::rights::service::fact::{self, Entry};
use crate::rights::store;

/// Every demonstration elder has signed on paper that canteen and carer of the day may know his diet and notes, once: a no
/// that somebody says in the demonstration stays.
pub async fn sign<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (elders, people): (&[ElderId], &[DemoPerson]),
) -> Result<(), Fault> {
    const PURPOSE: ConsentPurpose = ConsentPurpose::ProviderNotes;
    let desk = people.iter().find(|person| person.role == Role::Desk);
    let desk = desk.ok_or_else(|| Fault::new("the demonstration has no desk"))?;
    let text = current(PURPOSE).ok_or_else(|| Fault::new("a purpose has no text"))?;
    for elder in elders {
        if consent::newest(tx, elder.0, PURPOSE).await?.is_some() {
            continue;
        }
        let now = app.clock.now();
        let word = Model {
            id: app.ids.next(),
            elder_id: elder.0,
            purpose: PURPOSE,
            is_given: true,
            text_version: text.version.clone(),
            text_sha256: text.sha256(),
            signed_as: SignedAs::Elder,
            signer_id: None,
            recorded_by: desk.id.0,
            paper_reference: Some("演示数据".to_owned()),
            signed_at: now,
            valid_until: valid_until(PURPOSE, now),
            withdrawn_at: None,
            withdrawn_by: None,
        };
        consent::insert(tx, word).await?;
    }
    Ok(())
}

/// Facts and approvals of the file, for elders whose archive is empty; `elders` in its order. The worker gives the
/// vouchers of the month.
pub async fn load<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    file: &File,
    elders: &[ElderId],
) -> Result<(), Fault> {
    for (entry, id) in file.elders.iter().zip(elders) {
        let has_archive = store::fact::snapshot(tx, id.0).await?.is_some();
        if !has_archive && !entry.facts.is_empty() {
            enter(app, tx, entry, *id).await?;
        }
    }
    Ok(())
}

async fn enter<C: ConnectionTrait>(app: &App, tx: &C, entry: &Elder, id: ElderId) -> Result<(), Fault> {
    let wrong = |what: &str| Fault::new(format!("the demonstration elder {} has no good {what}", entry.card));
    let today = app.clock.today();
    let birth_on = store::elder(tx, id).await?.map(|elder| elder.birth_on).ok_or_else(|| wrong("row"))?;
    let mut checked = Vec::new();
    for (field, values) in &entry.facts {
        let fact = Entry {
            field: field.clone(),
            values: values.clone(),
            from_on: today - Months::new(24),
            valid_until: None,
            source: "演示数据".to_owned(),
        };
        let fact = fact.check(birth_on, today).map_err(|_| wrong(field))?;
        checked.push((app.ids.next(), fact));
    }
    fact::write(app, tx, (id.0, None), checked).await?;
    let Some(programme) = &entry.programme else { return Ok(()) };
    let item = app.programmes.find(programme).and_then(|own| own.items.first());
    let approval = Approval {
        elder: id,
        programme: programme.clone(),
        item: item.ok_or_else(|| wrong("programme"))?.code.clone(),
        from: today.with_day(1).unwrap_or(today),
        until: None,
        source: "演示数据".to_owned(),
    };
    if enrolment::obstacle(app, tx, &approval).await?.is_some() {
        return Err(wrong("entitlement"));
    }
    enrolment::enter(app, tx, &approval).await
}
