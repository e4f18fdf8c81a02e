//! Demonstration data: places that the source papers name, invented menus, elders and people to sign in as.
//! Never runs in production. A second call changes nothing; on a later day it carries menus and slots forward.

mod data;
mod homecare;
mod people;
mod places;
mod rights;

use entities::enums::Role;

use crate::app::App;
use crate::config::Mode;
use crate::directory::service::regions::load_regions;
use crate::kit::ids::{CanteenId, ElderId, PersonId};
use crate::kit::refusal::Fault;

/// What the demonstration consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// People to sign in as.
    pub people: Vec<DemoPerson>,
    /// Canteens in the order of the data file: name and id.
    pub canteens: Vec<(String, CanteenId)>,
    /// Elders in the order of the data file: name and id.
    pub elders: Vec<(String, ElderId)>,
}

/// Somebody to sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// Name for the simulator's login, such as `daughter1`.
    pub key: String,
    /// Name in Chinese, as people see it.
    pub name: String,
    /// What the person is, in Chinese.
    pub title: String,
    /// What the person may do.
    pub role: Role,
    /// Who.
    pub id: PersonId,
}

/// Login names of the demonstration's people, each with what the person is, in Chinese.
pub fn cast() -> Result<Vec<(String, String)>, Fault> {
    Ok(data::read()?.people.into_iter().map(|person| (person.key, person.title)).collect())
}

/// Login names of the demonstration's carers, each with the telephone number of the carer who the person is.
pub fn carers() -> Result<Vec<(String, String)>, Fault> {
    Ok(data::read()?.people.into_iter().filter_map(|person| Some((person.key, person.carer?))).collect())
}

/// Loads regions and demonstration data. `openid` tells under which openid a person of a name will sign in.
///
/// Everything stands or falls in one transaction. The first statement locks the regions' rows, so that two processes
/// that start together do not seed twice. Refuses to run in production.
pub async fn demo(app: &App, openid: &(dyn Fn(&str) -> String + Sync)) -> Result<Seeded, Fault> {
    if app.config.mode != Mode::Demo {
        return Err(Fault::new("demonstration data is not for production"));
    }
    let file = data::read()?;
    let tx = app.db.begin().await?;
    load_regions(&tx).await?;
    let canteens = places::load(app, &tx, &file).await?;
    places::carry_forward(app, &tx, &file, &canteens).await?;
    homecare::load(app, &tx, &file).await?;
    let elders = people::load_elders(app, &tx, &file).await?;
    let people = people::load_people(app, &tx, &file, openid).await?;
    people::load_assessments(app, &tx, &file, &people).await?;
    rights::load(app, &tx, &file, &elders).await?;
    rights::sign(app, &tx, (&elders, &people)).await?;
    tx.commit().await?;
    app.nudge.notify_one();
    Ok(Seeded {
        people,
        canteens: file.canteens.iter().map(|entry| entry.name.clone()).zip(canteens).collect(),
        elders: file.elders.iter().map(|entry| entry.name.clone()).zip(elders).collect(),
    })
}
