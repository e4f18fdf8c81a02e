//! Elders, one a row.

use std::collections::{HashMap, HashSet};

use entities::enums::Sex;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::sheet::{Row, RowError, Sheet};
use super::{ImportFailure, cell, none_of, region_codes};
use crate::app::App;
use crate::kit::db::row;
use crate::kit::event::{Event, record};
use crate::kit::ids::ElderId;
use crate::kit::refusal::{Fault, Stop};
use crate::people::service::elder::{NewElder, insert};

/// Columns of the file.
pub const COLUMNS: &[&str] = &[
    "name",
    "birth_on",
    "sex",
    "region_code",
    "phone",
    "id_number",
    "card_number",
    "address",
    "latitude",
    "longitude",
    "dietary_needs",
];

/// Loads elders and says how many.
pub async fn load<C: ConnectionTrait>(app: &App, tx: &C, sheet: &Sheet) -> Result<String, ImportFailure> {
    let regions = region_codes(tx).await?;
    let mut elders = Vec::new();
    let mut errors = Vec::new();
    for mut row in sheet.rows() {
        let elder = read(app, &regions, &mut row);
        errors.append(&mut row.errors);
        elders.extend(elder.map(|elder| (row.line, elder)));
    }
    errors.extend(repeated(&elders));
    for (line, elder) in &elders {
        errors.extend(known(app, tx, *line, elder).await?);
    }
    none_of(errors)?;
    for (_, elder) in &elders {
        enter(app, tx, elder).await?;
    }
    Ok(format!("{} elders entered", elders.len()))
}

fn read(app: &App, regions: &HashSet<String>, row: &mut Row<'_>) -> Option<NewElder> {
    let name = row.required("name");
    let birth_on = row.read("birth_on", cell::day);
    let sex = row.read("sex", |text| match text {
        "女" => Ok(Sex::Female),
        "男" => Ok(Sex::Male),
        other => Sex::parse(&other.to_uppercase())
            .ok_or_else(|| format!("{other:?} is not FEMALE or MALE (女, 男)")),
    });
    let region = row.read("region_code", |text| {
        if regions.contains(text) { Ok(text.to_owned()) } else { Err(format!("there is no region {text:?}")) }
    });
    let position = position(row);
    let elder = NewElder {
        name: name?,
        birth_on: birth_on?,
        sex: sex?,
        region_code: region?,
        phone: row.optional("phone"),
        id_number: row.optional("id_number"),
        card_number: row.optional("card_number"),
        address: row.optional("address"),
        position_e6: position?,
        dietary: row.optional("dietary_needs"),
    };
    let field = elder.fault(app.clock.today());
    if let Some(field) = field {
        row.wrong(column_of(field), "is too long or of the wrong form");
    }
    field.is_none().then_some(elder)
}

/// Latitude and longitude, both or neither; the outer `None` is an error.
pub fn position(row: &mut Row<'_>) -> Option<Option<(i32, i32)>> {
    let latitude = row.read_optional("latitude", |text| cell::degrees_e6(text, 90));
    let longitude = row.read_optional("longitude", |text| cell::degrees_e6(text, 180));
    match (latitude?, longitude?) {
        (Some(latitude), Some(longitude)) => Some(Some((latitude, longitude))),
        (None, None) => Some(None),
        (Some(_), None) => {
            row.wrong("longitude", "is empty while there is a latitude");
            None
        }
        (None, Some(_)) => {
            row.wrong("latitude", "is empty while there is a longitude");
            None
        }
    }
}

/// The column behind a field of `NewElder::fault`.
fn column_of(field: &str) -> &'static str {
    match field {
        "birthOn" => "birth_on",
        "phone" => "phone",
        "idNumber" => "id_number",
        "cardNumber" => "card_number",
        "address" => "address",
        "dietaryNeeds" => "dietary_needs",
        _ => "name",
    }
}

fn repeated(elders: &[(u64, NewElder)]) -> Vec<RowError> {
    type Number = fn(&NewElder) -> Option<&String>;
    let numbers: [(&'static str, Number); 2] = [
        ("id_number", |elder| elder.id_number.as_ref()),
        ("card_number", |elder| elder.card_number.as_ref()),
    ];
    let mut errors = Vec::new();
    for (column, number) in numbers {
        let mut first: HashMap<&String, u64> = HashMap::new();
        for (line, elder) in elders {
            let Some(number) = number(elder) else { continue };
            let earlier = *first.entry(number).or_insert(*line);
            if earlier != *line {
                errors.push(RowError { row: *line, column, why: format!("is the same as in row {earlier}") });
            }
        }
    }
    errors
}

async fn known<C: ConnectionTrait>(
    app: &App,
    tx: &C,
    line: u64,
    elder: &NewElder,
) -> Result<Option<RowError>, DbErr> {
    #[derive(FromQueryResult)]
    struct Found {
        #[allow(dead_code, reason = "only its presence counts")]
        id: Uuid,
    }
    let numbers = [
        ("id_number", "id_number", "id_number_index", &elder.id_number),
        ("card_number", "card", "card_index", &elder.card_number),
    ];
    for (column, kind, index, number) in numbers {
        let Some(number) = number else { continue };
        let sql = format!("SELECT id FROM elder WHERE {index} = $1");
        let found: Option<Found> = row(tx, &sql, [app.seal.index(kind, number).into()]).await?;
        if found.is_some() {
            return Ok(Some(RowError { row: line, column, why: "is entered already".to_owned() }));
        }
    }
    Ok(None)
}

async fn enter<C: ConnectionTrait>(app: &App, tx: &C, elder: &NewElder) -> Result<(), Fault> {
    let id: ElderId = app.ids.next();
    match insert::<_, ()>(app, tx, id, elder).await {
        Ok(()) => {}
        Err(Stop::Fault(fault)) => return Err(fault),
        Err(Stop::Refused(_)) => return Err(Fault::new("an elder of a checked file was refused")),
    }
    let event = Event {
        subject: "elder",
        subject_id: id.0,
        name: "register",
        reason: Some("import".to_owned()),
        is_quiet: true,
        ..Event::default()
    };
    Ok(record(tx, &app.ids, app.clock.now(), vec![event]).await?)
}
