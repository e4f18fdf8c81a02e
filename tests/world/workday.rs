//! A day of many carers: providers, carers, elders and visits, all in bulk. The race of a day and the bench use it, so it
//! needs the program only, no test world.

use std::fmt::Debug;

use chrono::{DateTime, Duration, Utc};
use entities::enums::{BondState, CertificateKind, OfferingUnit, ProviderKind, Relation, Sex};
use entities::{
    carer, carer_area, carer_certificate, carer_skill, carer_week, family_bond, offering, offering_area,
    offering_price, person,
};
use nuanyang::app::App;
use nuanyang::directory::store::place::{insert_provider, standing_provider};
use nuanyang::kit::db::rows;
use nuanyang::kit::ids::{ElderId, OfferingId, OrderId, PersonId, ProviderId};
use nuanyang::kit::refusal::Fault;
use nuanyang::kit::viewer::SignedIn;
use nuanyang::orders::service::service_order::place::{Terms, Want, place};
use nuanyang::people::service::elder::{NewElder, insert};
use sea_orm::{EntityTrait, FromQueryResult, IntoActiveModel as _};
use uuid::Uuid;

/// Everybody lives and works here; `start::migrate` has loaded the region.
const STREET: &str = "530111004009";
const DISTRICT: &str = "530111";
const SERVICE: &str = "cleaning_help";
/// Minutes that a carer needs to the next door.
const BUFFER_MIN: i16 = 15;
/// Starts lie on so many quarters of an hour, from 08:00 to 19:15.
const STARTS: usize = 46;
/// Elders of a provider: each has a visit every few hours.
const ELDERS: usize = 50;
/// Lengths of the visits in minutes: three short ones for each long one.
pub const LENGTHS: [i32; 4] = [30, 30, 30, 45];

/// When the day's work begins: 2026-06-04 08:00 in Shanghai.
const BEGINS_AT: &str = "2026-06-04T00:00:00Z";

/// One provider with its carers and those who book there.
#[derive(Clone, Debug)]
pub struct Office {
    pub provider: ProviderId,
    pub carers: Vec<Uuid>,
    /// Books for all elders.
    pub family: SignedIn,
    pub elders: Vec<ElderId>,
    /// By length, as in `LENGTHS`; they cost nothing, so that an order is paid when it is placed.
    pub offerings: [OfferingId; 4],
}

/// A fault out of anything that went wrong.
pub fn fault<E: Debug>(error: E) -> Fault {
    Fault::new(format!("{error:?}"))
}

/// Start of the `number`-th visit of so many: in the order of the day, evenly spread.
pub fn start_of(number: usize, count: usize) -> DateTime<Utc> {
    let begin: DateTime<Utc> = BEGINS_AT.parse().unwrap_or_default();
    let quarter = number * STARTS / count.max(1);
    begin + Duration::minutes(15 * i64::try_from(quarter).unwrap_or(0))
}

/// Providers with so many carers each, all of them the same: free the whole day, near, allowed to do everything.
pub async fn open(app: &App, providers: usize, carers_each: usize) -> Result<Vec<Office>, Fault> {
    let mut offices = Vec::new();
    for _ in 0..providers {
        let provider: ProviderId = app.ids.next();
        let new = standing_provider(provider, "演示居家服务公司", ProviderKind::HomeService, STREET, true);
        insert_provider(app.db.write(), &new).await?;
        let carers = staff(app, provider, carers_each).await?;
        let (family, elders) = families(app).await?;
        let mut offerings = [OfferingId(Uuid::nil()); 4];
        for (offering, minutes) in offerings.iter_mut().zip(LENGTHS) {
            *offering = sell(app, provider, minutes).await?;
        }
        offices.push(Office { provider, carers, family, elders, offerings });
    }
    Ok(offices)
}

/// So many carers of a provider, all of them the same; each has an account.
pub async fn staff(app: &App, provider: ProviderId, count: usize) -> Result<Vec<Uuid>, Fault> {
    let db = app.db.write();
    let mut ids = Vec::new();
    let (mut persons, mut carers, mut cards, mut weeks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let someone = new_person(app)?;
        let id: Uuid = app.ids.next();
        carers.push(new_carer(app, (id, provider, someone.id))?.into_active_model());
        persons.push(someone.into_active_model());
        let card = carer_certificate::Model {
            id: app.ids.next(),
            carer_id: id,
            kind: CertificateKind::HealthCard,
            number: "演示0001".into(),
            valid_from: "2026-01-01".parse().map_err(fault)?,
            valid_until: "2027-12-31".parse().map_err(fault)?,
            added_at: app.clock.now(),
        };
        cards.push(card.into_active_model());
        weeks.extend((1..=7).map(|weekday| carer_week::Model {
            carer_id: id,
            weekday,
            from_minute: 480,
            until_minute: 1_200,
        }));
        ids.push(id);
    }
    let areas = ids.iter().map(|id| carer_area::Model { carer_id: *id, region_code: DISTRICT.into() });
    let skills = ids.iter().map(|id| carer_skill::Model { carer_id: *id, service_code: SERVICE.into() });
    let areas = areas.map(|row| row.into_active_model());
    let skills = skills.map(|row| row.into_active_model());
    let weeks = weeks.into_iter().map(|row| row.into_active_model());
    person::Entity::insert_many(persons).exec_without_returning(db).await?;
    carer::Entity::insert_many(carers).exec_without_returning(db).await?;
    carer_area::Entity::insert_many(areas).exec_without_returning(db).await?;
    carer_skill::Entity::insert_many(skills).exec_without_returning(db).await?;
    carer_certificate::Entity::insert_many(cards).exec_without_returning(db).await?;
    carer_week::Entity::insert_many(weeks).exec_without_returning(db).await?;
    Ok(ids)
}

fn new_person(app: &App) -> Result<person::Model, Fault> {
    let id: PersonId = app.ids.next();
    let openid = format!("workday-{id}");
    Ok(person::Model {
        id: id.0,
        openid_index: app.seal.index("openid", &openid),
        openid_sealed: app.seal.seal(&openid)?,
        name_sealed: None,
        created_at: app.clock.now(),
    })
}

fn new_carer(app: &App, (id, provider, person): (Uuid, ProviderId, Uuid)) -> Result<carer::Model, Fault> {
    Ok(carer::Model {
        id,
        provider_id: provider.0,
        person_id: Some(person),
        name_sealed: app.seal.seal("演示护理员")?,
        phone_sealed: app.seal.seal("13800000000")?,
        sex: Sex::Female,
        languages: String::new(),
        photo_ref: None,
        base_latitude_e6: Some(25_012_000),
        base_longitude_e6: Some(102_751_000),
        travel_buffer_min: BUFFER_MIN,
        is_active: true,
        created_at: app.clock.now(),
        version: 0,
        stars_1: 0,
        stars_2: 0,
        stars_3: 0,
        stars_4: 0,
        stars_5: 0,
    })
}

async fn families(app: &App) -> Result<(SignedIn, Vec<ElderId>), Fault> {
    let someone = new_person(app)?;
    let family = signed_in(app, someone.id);
    person::Entity::insert(someone.into_active_model()).exec_without_returning(app.db.write()).await?;
    let tx = app.db.begin().await?;
    let (mut elders, mut bonds) = (Vec::new(), Vec::new());
    for _ in 0..ELDERS {
        let id: ElderId = app.ids.next();
        let new = NewElder {
            name: "演示老人".to_owned(),
            birth_on: "1944-03-01".parse().map_err(fault)?,
            sex: Sex::Female,
            region_code: STREET.to_owned(),
            phone: None,
            id_number: None,
            card_number: None,
            address: Some("演示小区 2 栋 301".to_owned()),
            position_e6: Some((25_012_000, 102_751_000)),
            dietary: None,
        };
        insert::<_, ()>(app, &tx, id, &new).await.map_err(fault)?;
        let bond = family_bond::Model {
            id: app.ids.next(),
            elder_id: id.0,
            person_id: family.person.0,
            relation: Relation::Child,
            state: BondState::Active,
            scopes: 15,
            started_at: app.clock.now(),
            ended_at: None,
            version: 0,
        };
        bonds.push(bond.into_active_model());
        elders.push(id);
    }
    family_bond::Entity::insert_many(bonds).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok((family, elders))
}

async fn sell(app: &App, provider: ProviderId, duration_min: i32) -> Result<OfferingId, Fault> {
    let db = app.db.write();
    let id: OfferingId = app.ids.next();
    let row = offering::Model {
        id: id.0,
        provider_id: provider.0,
        service_code: SERVICE.into(),
        content: "演示".into(),
        unit: OfferingUnit::Visit,
        duration_min,
        carers_needed: 1,
        certificate_kind: None,
        certified_needed: 0,
        is_active: true,
        created_at: app.clock.now(),
        version: 0,
    };
    let area = offering_area::Model { offering_id: id.0, region_code: DISTRICT.into() };
    let published_at = app.clock.now() - Duration::days(30);
    let price = offering_price::Model { offering_id: id.0, price_fen: 0, published_at };
    offering::Entity::insert(row.into_active_model()).exec_without_returning(db).await?;
    offering_area::Entity::insert(area.into_active_model()).exec_without_returning(db).await?;
    offering_price::Entity::insert(price.into_active_model()).exec_without_returning(db).await?;
    Ok(id)
}

/// The person with a session, as the house sees him after his token was checked.
pub fn signed_in(app: &App, person: Uuid) -> SignedIn {
    SignedIn { person: PersonId(person), session: app.ids.next(), roles: Vec::new().into() }
}

/// Places the `number`-th visit of so many of a provider. It is paid at once, and its carer is chosen.
pub async fn book(app: &App, office: &Office, (number, count): (usize, usize)) -> Result<OrderId, Fault> {
    let place_of = |length: usize| number % length.max(1);
    let missing = || Fault::new("an office is empty");
    let want = Want {
        elder: *office.elders.get(place_of(office.elders.len())).ok_or_else(missing)?,
        offering: *office.offerings.get(place_of(office.offerings.len())).ok_or_else(missing)?,
        quantity: 1,
        sex: None,
        carer: None,
    };
    let terms = Terms {
        key: format!("workday-{number:08}"),
        starts_at: start_of(number, count),
        expected_due: None,
        note: None,
        call_reference: None,
        hold: None,
    };
    Ok(OrderId(place(app, &office.family, &want, &terms).await.map_err(fault)?.order.id))
}

/// A carer who was asked and has not answered.
#[derive(Clone, Debug)]
pub struct Asked {
    pub order: OrderId,
    pub carer: SignedIn,
    /// How many were asked for this order, this one included.
    pub asked: i64,
    /// Whether the family wants nobody else.
    pub is_wished: bool,
}

/// Everybody who was asked and has not answered, by order.
pub async fn asked(app: &App) -> Result<Vec<Asked>, Fault> {
    #[derive(FromQueryResult)]
    struct Row {
        order_id: Uuid,
        person_id: Uuid,
        asked: i64,
        is_wished: bool,
    }
    let sql = "SELECT a.order_id, c.person_id, o.wished_carer IS NOT NULL AS is_wished, \
        (SELECT count(*) FROM assignment b WHERE b.order_id = a.order_id) AS asked \
        FROM assignment a JOIN carer c ON c.id = a.carer_id JOIN service_order o ON o.id = a.order_id \
        WHERE a.state = 'OFFERED' ORDER BY a.order_id";
    let found: Vec<Row> = rows(app.db.write(), sql, []).await?;
    let of_row = |row: Row| Asked {
        order: OrderId(row.order_id),
        carer: signed_in(app, row.person_id),
        asked: row.asked,
        is_wished: row.is_wished,
    };
    Ok(found.into_iter().map(of_row).collect())
}
