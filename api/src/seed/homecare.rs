//! Demonstration providers of home services: papers, carers with calendar and certificates, offerings and a bundle.

use std::collections::HashMap;

use chrono::{Duration, Months, NaiveDate};
use entities::enums::{CertificateKind, Language, LicenceKind, OfferingUnit, ProviderKind, Sex};
use entities::{carer_week, offering_price, provider, provider_licence};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::data::{self, File, HomeService};
use crate::app::App;
use crate::directory::rules::admission::Paper;
use crate::directory::rules::carer::NewCarer;
use crate::directory::rules::catalogue::{BUNDLE, service};
use crate::directory::rules::offering::NewOffering;
use crate::directory::service::{carer, certificate, offering};
use crate::directory::store::carer::{carers_of, insert_carer, replace_areas, replace_skills, replace_week};
use crate::directory::store::offering::{insert_items, insert_offering, insert_price};
use crate::directory::store::place::{insert_provider, standing_provider};
use crate::directory::store::provider::insert_licence;
use crate::kit::db::{execute, row};
use crate::kit::event::{Event, record};
use crate::kit::ids::{CarerId, OfferingId, PersonId, ProviderId};
use crate::kit::page::{FIRST_MAX, Page};
use crate::kit::refusal::Fault;

/// Everybody works from 8:30 to 17:30, Monday to Saturday.
const HOURS: (i16, i16) = (510, 1_050);

/// Providers of the file, made when they are not there yet.
pub async fn load<C: ConnectionTrait>(app: &App, tx: &C, file: &File) -> Result<(), Fault> {
    for entry in &file.home_services {
        if known(tx, &entry.name).await?.is_none() {
            make(app, tx, entry).await?;
        }
    }
    Ok(())
}

/// A demonstration provider by its name.
pub async fn known<C: ConnectionTrait>(tx: &C, name: &str) -> Result<Option<ProviderId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let sql = "SELECT id FROM provider WHERE name = $1 AND is_demo ORDER BY id LIMIT 1";
    let found: Option<Found> = row(tx, sql, [name.into()]).await?;
    Ok(found.map(|found| ProviderId(found.id)))
}

/// The file names something that it does not hold.
pub fn missing(name: &str) -> Fault {
    Fault::new(format!("the demonstration file says {name}, which is nothing known"))
}

async fn make<C: ConnectionTrait>(app: &App, tx: &C, entry: &HomeService) -> Result<(), Fault> {
    let id: ProviderId = app.ids.next();
    let standing = standing_provider(id, &entry.name, ProviderKind::HomeService, &entry.region, true);
    let (phone, address) = (Some(entry.phone.clone()), Some(entry.address.clone()));
    insert_provider(tx, &provider::Model { phone, address, ..standing }).await?;
    make_licences(app, tx, id).await?;
    for carer in &entry.carers {
        make_carer(app, tx, (id, entry), carer).await?;
    }
    let mut sold = HashMap::new();
    for offered in &entry.offerings {
        sold.insert(offered.service.as_str(), (make_offering(app, tx, (id, entry), offered).await?, offered));
    }
    for bundle in &entry.bundles {
        make_bundle(app, tx, (id, entry), (bundle, &sold)).await?;
    }
    let event = Event {
        subject: "provider",
        subject_id: id.0,
        name: "add",
        reason: Some("演示".to_owned()),
        is_quiet: true,
        ..Event::default()
    };
    Ok(record(tx, &app.ids, app.clock.now(), vec![event]).await?)
}

/// From a month ago until in a year.
fn validity(app: &App) -> (NaiveDate, NaiveDate) {
    let today = app.clock.today();
    (today - Months::new(1), today + Months::new(12))
}

async fn make_licences<C: ConnectionTrait>(app: &App, tx: &C, id: ProviderId) -> Result<(), Fault> {
    let (valid_from, valid_until) = validity(app);
    for kind in [LicenceKind::Business, LicenceKind::Insurance] {
        let row = provider_licence::Model {
            id: app.ids.next(),
            provider_id: id.0,
            kind,
            number: format!("DEMO-{}", kind.as_str()),
            valid_from,
            valid_until,
            added_at: app.clock.now(),
            checked_at: Some(app.clock.now()),
            checked_by: None,
        };
        insert_licence(tx, &row).await?;
    }
    Ok(())
}

async fn make_carer<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (provider, home): (ProviderId, &HomeService),
    entry: &data::Carer,
) -> Result<(), Fault> {
    let id: CarerId = app.ids.next();
    let language = |name: &String| Language::parse(name).ok_or_else(|| missing(name));
    let new = NewCarer {
        name: entry.name.clone(),
        phone: entry.phone.clone(),
        sex: Sex::parse(&entry.sex).ok_or_else(|| missing(&entry.sex))?,
        languages: entry.languages.iter().map(language).collect::<Result<_, _>>()?,
        photo_ref: None,
        base_e6: Some(entry.base_e6),
        travel_buffer_min: 30,
        is_active: true,
    };
    if let Some(field) = new.fault() {
        return Err(Fault::new(format!("the demonstration carer {} has no good {field}", entry.phone)));
    }
    insert_carer(tx, &carer::row(app, (id, provider), &new)?).await?;
    replace_areas(tx, id, &home.serves).await?;
    replace_skills(tx, id, &entry.skills).await?;
    let (from_minute, until_minute) = HOURS;
    let hours = |weekday| carer_week::Model { carer_id: id.0, weekday, from_minute, until_minute };
    replace_week(tx, id, &(1..=6).map(hours).collect::<Vec<_>>()).await?;
    let (valid_from, valid_until) = validity(app);
    for name in &entry.certificates {
        let kind = CertificateKind::parse(name).ok_or_else(|| missing(name))?;
        let paper = Paper { kind, number: format!("DEMO-{name}"), valid_from, valid_until };
        certificate::enter(app, tx, (app.ids.next(), id), &paper).await?;
    }
    Ok(())
}

async fn make_offering<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (provider, home): (ProviderId, &HomeService),
    entry: &data::Offering,
) -> Result<OfferingId, Fault> {
    let id: OfferingId = app.ids.next();
    let certificate = |name: &String| CertificateKind::parse(name).ok_or_else(|| missing(name));
    let new = NewOffering {
        service_code: entry.service.clone(),
        content: entry.content.clone(),
        unit: OfferingUnit::Visit,
        duration_min: entry.duration_min,
        carers_needed: entry.carers,
        certificate_kind: entry.certificate.as_ref().map(certificate).transpose()?,
        certified_needed: entry.certified,
    };
    if let Some(fault) = new.fault(service(&new.service_code)) {
        return Err(Fault::new(format!("the demonstration offers {} wrongly: {fault:?}", entry.service)));
    }
    insert_offering(tx, &offering::row(app, (id, provider.0), &new), &home.serves).await?;
    let price = offering_price::Model {
        offering_id: id.0,
        price_fen: entry.price_fen,
        // Yesterday, so that a price may be published at once in the demonstration.
        published_at: app.clock.now() - Duration::days(1),
    };
    insert_price(tx, &price).await?;
    Ok(id)
}

async fn make_bundle<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    (provider, home): (ProviderId, &HomeService),
    (bundle, sold): (&data::Bundle, &HashMap<&str, (OfferingId, &data::Offering)>),
) -> Result<(), Fault> {
    let id: OfferingId = app.ids.next();
    let (mut items, mut duration_min, mut carers_needed) = (Vec::new(), 0, 1);
    for item in &bundle.items {
        let (held, entry) = sold.get(item.service.as_str()).ok_or_else(|| missing(&item.service))?;
        items.push((*held, item.quantity));
        duration_min += entry.duration_min * i32::from(item.quantity);
        carers_needed = carers_needed.max(entry.carers);
    }
    let new = NewOffering {
        service_code: BUNDLE.to_owned(),
        content: bundle.content.clone(),
        unit: OfferingUnit::Unit,
        duration_min,
        carers_needed,
        certificate_kind: None,
        certified_needed: 0,
    };
    insert_offering(tx, &offering::row(app, (id, provider.0), &new), &home.serves).await?;
    Ok(insert_items(tx, id, &items).await?)
}

/// The account of the carer with this telephone number is the person's, unless he has one already.
pub async fn become_carer<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    person: PersonId,
    (provider, phone): (ProviderId, &str),
) -> Result<(), Fault> {
    let page = Page { first: u64::from(FIRST_MAX.unsigned_abs()), after: None };
    for known in carers_of(tx, provider, page, app.clock.now()).await? {
        if app.seal.open(&known.row.phone_sealed)? == phone {
            let sql = "UPDATE carer SET person_id = $2 WHERE id = $1 AND person_id IS NULL";
            execute(tx, sql, [known.row.id.into(), person.0.into()]).await?;
            return Ok(());
        }
    }
    Err(missing(phone))
}
