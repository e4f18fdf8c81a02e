//! Canteens by how near they are.

use std::cmp::Reverse;

use entities::canteen;
use sea_orm::{ConnectionTrait, DbErr};

use crate::directory::distance::{box_e6, distance_m};
use crate::kit::db::rows;

/// How far from a home a canteen of another district is still offered, in metres.
const REACH_M: u32 = 5_000;
/// Digits of a district's code.
const DISTRICT: usize = 6;

/// Canteens within so many metres of a place with their distance, the nearest first; at most 20.
pub async fn canteens_near<C: ConnectionTrait>(
    db: &C,
    centre_e6: (i32, i32),
    radius_m: u32,
) -> Result<Vec<(canteen::Model, u32)>, DbErr> {
    let (low, high) = box_e6(centre_e6, radius_m);
    let found: Vec<canteen::Model> = rows(
        db,
        "SELECT * FROM canteen WHERE latitude_e6 BETWEEN $1 AND $2 AND longitude_e6 BETWEEN $3 AND $4 \
         ORDER BY abs(latitude_e6 - $5) + abs(longitude_e6 - $6), id LIMIT 200",
        [low.0.into(), high.0.into(), low.1.into(), high.1.into(), centre_e6.0.into(), centre_e6.1.into()],
    )
    .await?;
    let mut near: Vec<_> = found
        .into_iter()
        .filter_map(|row| {
            let distance = distance_m(centre_e6, row.latitude_e6.zip(row.longitude_e6)?);
            (distance <= radius_m).then_some((row, distance))
        })
        .collect();
    near.sort_by_key(|(row, distance)| (*distance, row.id));
    near.truncate(20);
    Ok(near)
}

/// Canteens of the home's district, and those around it, with their distance in metres where both places are known: the
/// nearest first, then those whose region is next to the home's.
pub async fn canteens_around<C: ConnectionTrait>(
    db: &C,
    (region, home_e6): (&str, Option<(i32, i32)>),
    count: usize,
) -> Result<Vec<(canteen::Model, Option<u32>)>, DbErr> {
    let district = region.get(..DISTRICT).unwrap_or(region);
    // Without a place the box is empty: nothing lies between two places in the wrong order.
    let (low, high) = home_e6.map_or(((1, 1), (0, 0)), |home| box_e6(home, REACH_M));
    let found: Vec<canteen::Model> = rows(
        db,
        "SELECT * FROM canteen WHERE region_code LIKE $1 \
         OR (latitude_e6 BETWEEN $2 AND $3 AND longitude_e6 BETWEEN $4 AND $5) ORDER BY id LIMIT 500",
        [format!("{district}%").into(), low.0.into(), high.0.into(), low.1.into(), high.1.into()],
    )
    .await?;
    let distance = |row: &canteen::Model| Some(distance_m(home_e6?, row.latitude_e6.zip(row.longitude_e6)?));
    let mut around: Vec<_> = found.into_iter().map(|row| (distance(&row), row)).collect();
    around.sort_by_key(|(metres, row)| {
        (metres.is_none(), *metres, Reverse(in_common(&row.region_code, region)), row.id)
    });
    around.truncate(count);
    Ok(around.into_iter().map(|(metres, row)| (row, metres)).collect())
}

/// How many digits two region codes begin with alike.
fn in_common(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
}
