//! Demonstration elders, and the people to sign in as with their roles and bonds.

use chrono::Months;
use entities::enums::{BondState, Relation, Role, Sex};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::data::{self, File};
use super::{DemoPerson, homecare};
use crate::app::App;
use crate::kit::db::{execute, row};
use crate::kit::event::{Event, record};
use crate::kit::ids::{BondId, ElderId, PersonId, ProviderId};
use crate::kit::refusal::{Fault, Stop};
use crate::kit::viewer::Grant;
use crate::people::rules::{BondEvent, Scope, Scopes};
use crate::people::service::elder::{NewElder, insert};
use crate::people::service::session::person_by_openid;
use crate::people::store::{grant, phone};
use crate::rights::rules::assessment::level_of;
use crate::rights::service::assessment::{NewResult, result_row};
use crate::rights::store::{self, newest};

#[derive(FromQueryResult)]
struct Found {
    id: Uuid,
}

/// Elders of the file, in its order, entered when they are not there yet. Their cards tell.
pub async fn load_elders<C: ConnectionTrait>(app: &App, tx: &C, file: &File) -> Result<Vec<ElderId>, Fault> {
    let mut elders = Vec::new();
    for entry in &file.elders {
        let id = match by_card(app, tx, &entry.card).await? {
            Some(id) => id,
            None => enter(app, tx, entry).await?,
        };
        elders.push(id);
    }
    Ok(elders)
}

async fn by_card<C: ConnectionTrait>(app: &App, tx: &C, card: &str) -> Result<Option<ElderId>, Fault> {
    let index = app.seal.index("card", card);
    let found: Option<Found> = row(tx, "SELECT id FROM elder WHERE card_index = $1", [index.into()]).await?;
    Ok(found.map(|found| ElderId(found.id)))
}

async fn enter<C: ConnectionTrait>(app: &App, tx: &C, entry: &data::Elder) -> Result<ElderId, Fault> {
    let wrong = |what: &str| Fault::new(format!("the demonstration elder {} has no good {what}", entry.card));
    // A birthday some months ago: the age holds for the whole demonstration.
    let birth_on =
        app.clock.today().checked_sub_months(Months::new(entry.age * 12 + 3)).ok_or_else(|| wrong("age"))?;
    let new = NewElder {
        name: entry.name.clone(),
        birth_on,
        sex: Sex::parse(&entry.sex).ok_or_else(|| wrong("sex"))?,
        region_code: entry.region.clone(),
        phone: Some(entry.phone.clone()),
        id_number: None,
        card_number: Some(entry.card.clone()),
        address: Some(entry.address.clone()),
        position_e6: entry.position_e6,
        dietary: entry.dietary.clone(),
    };
    if let Some(field) = new.fault(app.clock.today()) {
        return Err(wrong(field));
    }
    let id: ElderId = app.ids.next();
    match insert::<_, ()>(app, tx, id, &new).await {
        Ok(()) => {}
        Err(Stop::Fault(fault)) => return Err(fault),
        Err(Stop::Refused(_)) => return Err(wrong("entry")),
    }
    record(tx, &app.ids, app.clock.now(), vec![quiet("elder", id.0, "register")]).await?;
    Ok(id)
}

/// People of the file with their names, roles and bonds.
pub async fn load_people<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    file: &File,
    openid: &(dyn Fn(&str) -> String + Sync),
) -> Result<Vec<DemoPerson>, Fault> {
    let mut people = Vec::new();
    for entry in &file.people {
        let now = app.clock.now();
        let id = person_by_openid(app, tx, &openid(&entry.key), now).await?;
        let role = Role::parse(&entry.role)
            .ok_or_else(|| Fault::new(format!("{} has the unknown role {}", entry.key, entry.role)))?;
        let provider = match &entry.provider {
            Some(name) => Some(homecare::known(tx, name).await?.ok_or_else(|| homecare::missing(name))?.0),
            None => provider_of(tx, entry.canteen.as_deref()).await?,
        };
        let reach = Grant { role, provider, region: entry.region.clone() };
        grant(tx, id, &reach, now).await?;
        tell_name(app, tx, id, &entry.name).await?;
        if let Some(number) = &entry.phone {
            let words = (app.seal.seal(number)?, app.seal.index("phone", number));
            phone::put(tx, id.0, words, now).await?;
        }
        for card in &entry.bonds {
            bind(app, tx, id, elder_of(app, tx, card).await?).await?;
        }
        if let Some(card) = &entry.is_elder {
            become_elder(app, tx, id, elder_of(app, tx, card).await?).await?;
        }
        if let (Some(phone), Some(provider)) = (&entry.carer, provider) {
            homecare::become_carer(app, tx, id, (ProviderId(provider), phone)).await?;
        }
        people.push(DemoPerson {
            key: entry.key.clone(),
            name: entry.name.clone(),
            title: entry.title.clone(),
            role,
            id,
        });
    }
    Ok(people)
}

/// Results of the file, for elders who have none yet.
pub async fn load_assessments<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    file: &File,
    people: &[DemoPerson],
) -> Result<(), Fault> {
    for entry in &file.assessments {
        let elder = elder_of(app, tx, &entry.card).await?;
        if newest(tx, elder.0).await?.is_some() {
            continue;
        }
        let by = people.iter().find(|person| person.key == entry.by);
        let by = by.ok_or_else(|| homecare::missing(&entry.by))?;
        let assessed_on = app.clock.today() - Months::new(entry.months_ago);
        let new = NewResult {
            elder,
            assessed_on,
            score: entry.score,
            adjusted: None,
            has_contraindication: false,
            note: None,
        };
        let level = level_of(entry.score).ok_or_else(|| homecare::missing("a score"))?;
        let row = result_row(app, by.id.0, (&new, level))?;
        let event = quiet("assessment", row.id, "publish");
        store::insert(tx, row).await?;
        record(tx, &app.ids, app.clock.now(), vec![event]).await?;
    }
    Ok(())
}

async fn elder_of<C: ConnectionTrait>(app: &App, tx: &C, card: &str) -> Result<ElderId, Fault> {
    by_card(app, tx, card).await?.ok_or_else(|| Fault::new(format!("there is no demonstration elder {card}")))
}

async fn provider_of<C: ConnectionTrait>(tx: &C, canteen: Option<&str>) -> Result<Option<Uuid>, Fault> {
    let Some(name) = canteen else { return Ok(None) };
    let sql = "SELECT provider_id AS id FROM canteen WHERE name = $1 AND is_demo ORDER BY id LIMIT 1";
    let found: Option<Found> = row(tx, sql, [name.into()]).await?;
    found
        .map(|found| Some(found.id))
        .ok_or_else(|| Fault::new(format!("there is no demonstration canteen {name}")))
}

async fn tell_name<C: ConnectionTrait>(app: &App, tx: &C, person: PersonId, name: &str) -> Result<(), Fault> {
    let sql = "UPDATE person SET name_sealed = $2 WHERE id = $1 AND name_sealed IS NULL";
    execute(tx, sql, [person.0.into(), app.seal.seal(name)?.into()]).await?;
    Ok(())
}

/// Binds a child to an elder with everything but deciding, once: a bond that somebody ended stays ended.
async fn bind<C: ConnectionTrait>(app: &App, tx: &C, person: PersonId, elder: ElderId) -> Result<(), Fault> {
    let id: BondId = app.ids.next();
    let scopes = Scopes::of(&[Scope::ViewOrders, Scope::Book, Scope::Pay, Scope::SeeHealth]);
    let written = execute(
        tx,
        "INSERT INTO family_bond (id, elder_id, person_id, relation, state, scopes, started_at, version) \
         SELECT $1, $2, $3, $4, $5, $6, $7, 0 \
         WHERE NOT EXISTS (SELECT 1 FROM family_bond b WHERE b.elder_id = $2 AND b.person_id = $3)",
        [
            id.0.into(),
            elder.0.into(),
            person.0.into(),
            Relation::Child.as_str().into(),
            BondState::Active.as_str().into(),
            scopes.bits().into(),
            app.clock.now().into(),
        ],
    )
    .await?;
    if written == 1 {
        let event = Event {
            from: Some(BondState::Requested.as_str()),
            to: Some(BondState::Active.as_str()),
            ..quiet("family_bond", id.0, BondEvent::ElderAgrees.name())
        };
        record(tx, &app.ids, app.clock.now(), vec![event]).await?;
    }
    Ok(())
}

async fn become_elder<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    person: PersonId,
    elder: ElderId,
) -> Result<(), Fault> {
    let sql = "UPDATE elder SET person_id = $2 WHERE id = $1 AND person_id IS NULL";
    if execute(tx, sql, [elder.0.into(), person.0.into()]).await? == 1 {
        record(tx, &app.ids, app.clock.now(), vec![quiet("elder", elder.0, "account_bound")]).await?;
    }
    Ok(())
}

fn quiet(subject: &'static str, subject_id: Uuid, name: &'static str) -> Event {
    Event { subject, subject_id, name, reason: Some("演示".to_owned()), is_quiet: true, ..Event::default() }
}
