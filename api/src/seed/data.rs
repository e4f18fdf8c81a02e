//! The demonstration's data file.

use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::kit::refusal::Fault;

/// Invented; the file says what is and what is not.
const DEMO: &str = include_str!("../../data/demo.json");

/// The whole file.
#[derive(Debug, Deserialize)]
pub struct File {
    pub periods: Vec<Period>,
    pub pools: Vec<Pool>,
    pub delivery_fee_fen: i64,
    pub delivery_radius_m: i32,
    pub canteens: Vec<Canteen>,
    pub dishes: Vec<Dish>,
    pub menus: Vec<Menu>,
    pub home_services: Vec<HomeService>,
    pub elders: Vec<Elder>,
    pub people: Vec<Person>,
    pub assessments: Vec<Assessment>,
}

/// Serving times of every canteen.
#[derive(Debug, Deserialize)]
pub struct Period {
    pub period: String,
    #[serde(deserialize_with = "time")]
    pub from: NaiveTime,
    #[serde(deserialize_with = "time")]
    pub until: NaiveTime,
    pub cut_off_days_before: i16,
    #[serde(deserialize_with = "time")]
    pub cut_off_at: NaiveTime,
}

/// Portions of every weekday and period.
#[derive(Debug, Deserialize)]
pub struct Pool {
    pub ways: Vec<String>,
    pub capacity: i32,
}

/// A canteen and who runs it.
#[derive(Debug, Deserialize)]
pub struct Canteen {
    pub provider: String,
    pub kind: String,
    pub name: String,
    pub region: String,
    pub address: String,
    pub phone: String,
    pub position_e6: (i32, i32),
    pub delivers_to: Vec<String>,
}

/// A dish that every canteen cooks.
#[derive(Debug, Deserialize)]
pub struct Dish {
    pub code: String,
    pub name: String,
    pub is_meal: bool,
    pub portion_g: i32,
    pub small_portion_g: Option<i32>,
    pub allergens: String,
    pub price_fen: i64,
    pub small_price_fen: Option<i64>,
}

/// Menus of a period, taken in turns day by day.
#[derive(Debug, Deserialize)]
pub struct Menu {
    pub period: String,
    pub turns: Vec<Vec<String>>,
}

/// A provider that sends carers to homes.
#[derive(Debug, Deserialize)]
pub struct HomeService {
    pub name: String,
    pub region: String,
    pub address: String,
    pub phone: String,
    pub serves: Vec<String>,
    pub carers: Vec<Carer>,
    pub offerings: Vec<Offering>,
    pub bundles: Vec<Bundle>,
}

/// A carer who works on six days of the week.
#[derive(Debug, Deserialize)]
pub struct Carer {
    pub name: String,
    pub sex: String,
    pub phone: String,
    pub languages: Vec<String>,
    pub base_e6: (i32, i32),
    pub skills: Vec<String>,
    pub certificates: Vec<String>,
}

/// A service at a published price for a visit.
#[derive(Debug, Deserialize)]
pub struct Offering {
    pub service: String,
    pub content: String,
    pub duration_min: i32,
    #[serde(default = "one")]
    pub carers: i32,
    pub certificate: Option<String>,
    #[serde(default)]
    pub certified: i32,
    pub price_fen: i64,
}

/// Offerings of the same provider put together.
#[derive(Debug, Deserialize)]
pub struct Bundle {
    pub content: String,
    pub items: Vec<Item>,
}

/// How many times a service is in a bundle.
#[derive(Debug, Deserialize)]
pub struct Item {
    pub service: String,
    pub quantity: i16,
}

/// An elder; the day of birth follows from the age.
#[derive(Debug, Deserialize)]
pub struct Elder {
    pub name: String,
    pub age: u32,
    pub sex: String,
    pub region: String,
    pub phone: String,
    pub card: String,
    pub address: String,
    pub position_e6: Option<(i32, i32)>,
    pub dietary: Option<String>,
    /// Fields of the archive with their values.
    #[serde(default)]
    pub facts: std::collections::BTreeMap<String, Vec<String>>,
    /// The programme for which the elder is approved since the first of the month.
    pub programme: Option<String>,
}

/// Somebody to sign in as.
#[derive(Debug, Deserialize)]
pub struct Person {
    pub key: String,
    pub name: String,
    pub role: String,
    pub title: String,
    /// Cards of elders to whom the person is bound.
    #[serde(default)]
    pub bonds: Vec<String>,
    /// The person's own telephone number.
    pub phone: Option<String>,
    /// Card of the elder who the person is.
    pub is_elder: Option<String>,
    /// Name of the canteen whose provider the person works for.
    pub canteen: Option<String>,
    /// Name of the provider of home services for which the person works.
    pub provider: Option<String>,
    /// Telephone number of the carer who the person is.
    pub carer: Option<String>,
    /// Branch of the region tree for which the person works.
    pub region: Option<String>,
}

/// A result of an ability assessment.
#[derive(Debug, Deserialize)]
pub struct Assessment {
    /// Card of the elder.
    pub card: String,
    pub score: i16,
    pub months_ago: u32,
    /// Who entered it, by login name.
    pub by: String,
}

const fn one() -> i32 {
    1
}

fn time<'de, D: Deserializer<'de>>(value: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(value)?;
    NaiveTime::parse_from_str(&text, "%H:%M").map_err(D::Error::custom)
}

/// Reads the file that comes with the program.
pub fn read() -> Result<File, Fault> {
    Ok(serde_json::from_str(DEMO)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn menus_name_dishes_of_the_file_and_places_say_that_they_are_made_up() {
        let file = read().unwrap();
        for code in file.menus.iter().flat_map(|menu| menu.turns.iter().flatten()) {
            assert!(file.dishes.iter().any(|dish| dish.code == *code), "{code}");
        }
        for canteen in &file.canteens {
            for text in [&canteen.name, &canteen.provider, &canteen.address] {
                assert!(text.contains("演示"), "{text}");
            }
        }
        for provider in &file.home_services {
            let carers = provider.carers.iter().map(|carer| &carer.name);
            for text in [&provider.name, &provider.address].into_iter().chain(carers) {
                assert!(text.contains("演示"), "{text}");
            }
        }
        for person in &file.people {
            assert!(person.name.contains("演示"), "{}", person.name);
        }
    }
}
