//! Elders: entering them, finding them, reading what is sensitive.

use chrono::NaiveDate;
use entities::enums::Sex;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::app::App;
use crate::kit::db::{execute, is_duplicate};
use crate::kit::event::{Event, record};
use crate::kit::ids::ElderId;
use crate::kit::once::{Once, Request, fingerprint, is_request_key, once};
use crate::kit::refusal::{Fault, Stop, refuse, refuse_field};
use crate::kit::viewer::SignedIn;
use crate::people::graph::elder::ElderRegisterErrorCode;
use crate::people::rules::Scope;
use crate::people::rules::access::{CARE, Field};
use crate::people::store::{self, Reached};

/// What is known of an elder when he is entered.
#[derive(Clone, Debug)]
pub struct NewElder {
    /// Full name, 1 to 30 characters.
    pub name: String,
    /// Day of birth.
    pub birth_on: NaiveDate,
    /// Sex as in the papers.
    pub sex: Sex,
    /// Code of the region where the elder lives.
    pub region_code: String,
    /// Telephone number, when there is one.
    pub phone: Option<String>,
    /// Identity card number, 18 characters.
    pub id_number: Option<String>,
    /// Number on the elder's service card.
    pub card_number: Option<String>,
    /// Where meals are delivered and visits are made.
    pub address: Option<String>,
    /// Place of the home in millionths of a degree, latitude first.
    pub position_e6: Option<(i32, i32)>,
    /// Allergies and diet, as told by the family.
    pub dietary: Option<String>,
}

impl NewElder {
    /// The first field that cannot stand, or `None`.
    pub fn fault(&self, today: NaiveDate) -> Option<&'static str> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let name_length = self.name.trim().chars().count();
        if name_length == 0 || name_length > 30 || self.name.chars().any(char::is_control) {
            return Some("name");
        }
        if self.birth_on > today || chrono::Datelike::year(&self.birth_on) < 1890 {
            return Some("birthOn");
        }
        if self.phone.as_ref().is_some_and(|phone| !(5..=15).contains(&phone.len()) || !digits(phone)) {
            return Some("phone");
        }
        let is_id = |id: &str| id.len() == 18 && id.get(..17).is_some_and(digits);
        if self.id_number.as_deref().is_some_and(|id| !is_id(id)) {
            return Some("idNumber");
        }
        if self.card_number.as_ref().is_some_and(|card| card.trim().is_empty() || card.len() > 40) {
            return Some("cardNumber");
        }
        if self.address.as_ref().is_some_and(|address| address.chars().count() > 200) {
            return Some("address");
        }
        self.dietary.as_ref().is_some_and(|text| text.chars().count() > 500).then_some("dietaryNeeds")
    }
}

/// Enters an elder at the desk or the counter.
pub async fn register(
    app: &App,
    who: &SignedIn,
    key: &str,
    new: &NewElder,
) -> Result<Reached, Stop<ElderRegisterErrorCode>> {
    use ElderRegisterErrorCode as C;
    if !is_request_key(key) {
        return refuse_field(C::RequestKeyInvalid, "requestKey");
    }
    if let Some(field) = new.fault(app.clock.today()) {
        return refuse_field(C::InputInvalid, field);
    }
    if !who.is_desk_for(&new.region_code) {
        return refuse_field(C::RegionNotYours, "regionCode");
    }
    let id: ElderId = app.ids.next();
    let fingerprint = fingerprint(new);
    let request = Request { person: who.person.0, act: "elderRegister", key, fingerprint: &fingerprint };
    let tx = app.db.begin().await?;
    let id = match once(&tx, request, id.0, app.clock.now()).await? {
        Once::Reused => return refuse_field(C::RequestKeyReused, "requestKey"),
        Once::Again(known) => ElderId(known),
        Once::First => {
            match insert(app, &tx, id, new).await {
                Ok(()) => {}
                Err(Stop::Fault(Fault(error))) if error.downcast_ref::<DbErr>().is_some_and(is_duplicate) => {
                    return refuse(C::AlreadyKnown);
                }
                Err(Stop::Fault(fault)) if fault.to_string().contains("FOREIGN KEY") => {
                    return refuse_field(C::InputInvalid, "regionCode");
                }
                Err(other) => return Err(other),
            }
            let event = Event {
                subject: "elder",
                subject_id: id.0,
                name: "register",
                actor: Some(who.person.0),
                request_key: Some(key.to_owned()),
                is_quiet: true,
                ..Event::default()
            };
            record(&tx, &app.ids, app.clock.now(), vec![event]).await?;
            id
        }
    };
    tx.commit().await?;
    store::elder_of(app.db.write(), who, id)
        .await?
        .ok_or_else(|| Fault::new("an elder vanished while being entered").into())
}

/// Writes the row of an elder with its sealed fields.
pub async fn insert<C: ConnectionTrait, R>(
    app: &App,
    db: &C,
    id: ElderId,
    new: &NewElder,
) -> Result<(), Stop<R>> {
    let seal = |text: &Option<String>| text.as_deref().map(|text| app.seal.seal(text)).transpose();
    let index = |kind: &str, text: &Option<String>| text.as_deref().map(|text| app.seal.index(kind, text));
    execute(
        db,
        "INSERT INTO elder (id, name_sealed, name_index, birth_on, sex, phone_sealed, phone_index, id_number_sealed, \
         id_number_index, card_index, address_sealed, latitude_e6, longitude_e6, dietary_sealed, region_code, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        [
            id.0.into(),
            app.seal.seal(new.name.trim())?.into(),
            app.seal.index("name", &new.name).into(),
            new.birth_on.into(),
            new.sex.as_str().into(),
            seal(&new.phone)?.into(),
            index("phone", &new.phone).into(),
            seal(&new.id_number)?.into(),
            index("id_number", &new.id_number).into(),
            index("card", &new.card_number).into(),
            seal(&new.address)?.into(),
            new.position_e6.map(|(latitude, _)| latitude).into(),
            new.position_e6.map(|(_, longitude)| longitude).into(),
            seal(&new.dietary)?.into(),
            new.region_code.clone().into(),
            app.clock.now().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Dietary needs and allergies, with a record of the reading. `None` without the scope or when there are none.
pub async fn dietary_needs(app: &App, who: &SignedIn, reached: &Reached) -> Result<Option<String>, Fault> {
    if !reached.scopes.has(Scope::SeeHealth) || reached.elder.dietary_sealed.is_none() {
        return Ok(None);
    }
    if !reached.is_self {
        let id: Uuid = app.ids.next();
        let pair = (ElderId(reached.elder.id), who.person);
        store::record_access(app.db.write(), id, pair, (Field::DietaryNeeds, CARE), app.clock.now()).await?;
    }
    app.seal.open_optional(reached.elder.dietary_sealed.as_deref())
}
