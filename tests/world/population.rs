//! Made-up elders by the thousand, with archives and assessments, drawn from a seed: the same seed, the same people.

use chrono::{Days, NaiveDate};
use nuanyang::app::App;
use nuanyang::kit::db::execute;
use nuanyang::kit::refusal::Fault;
use nuanyang::rights::rules::facts::{Snapshot, Word};
use nuanyang::rights::rules::field::{Field, Kind, Value, catalogue};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use uuid::Uuid;

/// Where they live: streets that take part in the vouchers, one that does not, two of Jinning, one elsewhere.
const HOMES: [&str; 6] = ["530111004009", "530111001", "530111009020", "530115001", "530115101", "530181"];
const LEVELS: [(&str, i16); 5] =
    [("INTACT", 90), ("MILD", 70), ("MODERATE", 50), ("SEVERE", 38), ("TOTAL", 10)];
/// People that one statement writes.
const BATCH: usize = 500;

/// One made-up elder.
#[derive(Clone, Debug)]
pub struct Made {
    pub id: Uuid,
    pub birth_on: NaiveDate,
    pub region: &'static str,
    pub facts: Vec<(&'static str, Word)>,
    /// Level, and the day of the assessment.
    pub assessed: Option<(&'static str, i16, NaiveDate)>,
}

/// So many elders as they are on a day: many near the ages at which something begins, each fact known with three chances in
/// four, a few that have run out.
pub fn draw(seed: u64, count: usize, on: NaiveDate, ids: impl Fn() -> Uuid) -> Vec<Made> {
    let mut dice = StdRng::seed_from_u64(seed);
    (0..count).map(|_| person(&mut dice, on, ids())).collect()
}

fn person(dice: &mut StdRng, on: NaiveDate, id: Uuid) -> Made {
    let age = *[59, 60, 64, 65, 66, 69, 70, 72, 75, 79, 80, 81, 85, 89, 90, 95, 99, 100, 103]
        .choose(dice)
        .expect("there are ages");
    let birthday = on.checked_sub_months(chrono::Months::new(12 * age)).expect("nobody is that old");
    let birth_on = match dice.random_range(0..4) {
        0 => birthday,
        1 => birthday + Days::new(1),
        2 => birthday - Days::new(1),
        _ => birthday - Days::new(dice.random_range(0..365)),
    };
    let region = HOMES.choose(dice).expect("there are homes");
    let mut facts = Vec::new();
    for field in catalogue().iter().filter(|field| !field.is_derived && field.kind != Kind::Note) {
        if dice.random_ratio(3, 4) {
            let from = on - Days::new(dice.random_range(0..700));
            let until = dice.random_ratio(1, 20).then(|| from + Days::new(30));
            facts.push((field.code.as_str(), Word(from, until, value(dice, field))));
        }
    }
    let assessed = dice.random_ratio(2, 3).then(|| {
        let (level, score) = *LEVELS.choose(dice).expect("there are levels");
        (level, score, on - Days::new(dice.random_range(0..500)))
    });
    Made { id, birth_on, region, facts, assessed }
}

fn value(dice: &mut StdRng, field: &'static Field) -> Value {
    if field.may_be_nothing && dice.random_ratio(1, 3) {
        return Value::Nothing;
    }
    match field.kind {
        Kind::Number => Value::Number(dice.random_range(1..=4)),
        Kind::Flag => Value::Flag(dice.random()),
        Kind::Word => Value::Text(field.values.choose(dice).expect("a word has values").code.clone()),
        Kind::Words => {
            let count = dice.random_range(0..=field.values.len().min(3));
            Value::Words(
                field.values.choose_multiple(dice, count).map(|choice| choice.code.clone()).collect(),
            )
        }
        Kind::Region | Kind::Note | Kind::Relative => {
            Value::Text((*HOMES.choose(dice).expect("there are homes")).to_owned())
        }
    }
}

/// Writes them straight into their rows. `assessor` has entered the assessments.
pub async fn write(app: &App, people: &[Made], assessor: Uuid) -> Result<(), Fault> {
    for batch in people.chunks(BATCH) {
        let tx = app.db.begin().await?;
        for made in batch {
            elder(app, &tx, made).await?;
            archive(app, &tx, made).await?;
            assessment(app, &tx, made, assessor).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

type Tx = sea_orm::DatabaseTransaction;

async fn elder(app: &App, tx: &Tx, made: &Made) -> Result<(), Fault> {
    let sql = "INSERT INTO elder (id, name_sealed, name_index, birth_on, sex, region_code, created_at) \
        VALUES ($1, $2, $3, $4, 'FEMALE', $5, $6)";
    let name = format!("演示{}", made.id.as_u128() % 100_000);
    let values = [
        made.id.into(),
        app.seal.seal(&name)?.into(),
        app.seal.index("name", &name).into(),
        made.birth_on.into(),
        made.region.into(),
        app.clock.now().into(),
    ];
    execute(tx, sql, values).await?;
    Ok(())
}

async fn archive(app: &App, tx: &Tx, made: &Made) -> Result<(), Fault> {
    let mut snapshot = Snapshot::default();
    for (field, word) in &made.facts {
        snapshot.put(field, word.clone());
    }
    let sealed = app.seal.seal(&serde_json::to_string(&snapshot)?)?;
    let sql = "INSERT INTO elder_archive (elder_id, snapshot_sealed, updated_at) VALUES ($1, $2, $3)";
    execute(tx, sql, [made.id.into(), sealed.into(), app.clock.now().into()]).await?;
    Ok(())
}

async fn assessment(app: &App, tx: &Tx, made: &Made, assessor: Uuid) -> Result<(), Fault> {
    let Some((level, score, day)) = made.assessed else { return Ok(()) };
    let sql = "INSERT INTO assessment (id, elder_id, state, version, assessed_on, valid_until, score, level, \
        has_contraindication, entered_by, entered_at) VALUES ($1, $1, 'PUBLISHED', 0, $2, $3, $4, $5, false, $6, $7)";
    let values = [
        made.id.into(),
        day.into(),
        nuanyang::rights::rules::assessment::valid_until(day).into(),
        score.into(),
        level.into(),
        assessor.into(),
        app.clock.now().into(),
    ];
    execute(tx, sql, values).await?;
    Ok(())
}
