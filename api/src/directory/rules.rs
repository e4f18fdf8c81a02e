//! Pure decisions about places: where a canteen delivers, how the stars are shown, what a kitchen may publish.

pub mod admission;
pub mod carer;
pub mod catalogue;
pub mod offering;

use chrono::{NaiveDate, NaiveTime};
use entities::enums::RegionLevel;
use entities::{canteen_calendar, dish};

use super::distance::distance_m;
use crate::kit::fen::Fen;
use crate::kit::ids::{CanteenId, DishId};

/// Where a canteen delivers to.
#[derive(Clone, Debug, Default)]
pub struct DeliveryArea {
    /// Region codes; everything below each is served.
    pub regions: Vec<String>,
    /// Radius in metres around the kitchen.
    pub radius_m: Option<u32>,
    /// The kitchen, millionths of a degree, latitude first.
    pub kitchen_e6: Option<(i32, i32)>,
}

impl DeliveryArea {
    /// Whether a home is served, by its region or by its distance.
    pub fn reaches(&self, region_code: &str, home_e6: Option<(i32, i32)>) -> bool {
        let by_region = self.regions.iter().any(|region| region_code.starts_with(region.as_str()));
        let by_distance = match (self.radius_m, self.kitchen_e6, home_e6) {
            (Some(radius), Some(kitchen), Some(home)) => distance_m(kitchen, home) <= radius,
            _ => false,
        };
        by_region || by_distance
    }
}

/// Weight of the prior in ratings: as if so many people had given the prior mean.
const PRIOR_COUNT: i64 = 10;
/// Prior mean in thousandths of a star.
const PRIOR_MILLI: i64 = 4_000;

/// Bayesian average in thousandths of a star, so that one five-star rating does not beat a hundred good ones.
/// `None` without ratings. `spread` counts one to five stars.
pub fn average_milli_stars(spread: [i32; 5]) -> Option<i64> {
    let count: i64 = spread.iter().map(|count| i64::from(*count)).sum();
    let sum: i64 = spread.iter().zip(1..).map(|(count, stars)| i64::from(*count) * stars * 1_000).sum();
    (count > 0).then(|| (sum + PRIOR_COUNT * PRIOR_MILLI) / (count + PRIOR_COUNT))
}

/// Most dishes on one menu.
pub const MENU_DISHES_MAX: usize = 30;
/// How many days ahead a menu is published at most.
const MENU_AHEAD_D: i64 = 92;
/// Most portions of one pool.
pub const CAPACITY_MAX: i32 = 5_000;
/// Weekdays × periods × ways.
const POOLS_MAX: usize = 63;
/// 1000 yuan: more is a slip of the hand.
const PRICE_MAX: Fen = Fen::new(100_000);

/// A dish that is to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDish {
    /// Short code, unique in the canteen.
    pub code: String,
    /// Name in Chinese.
    pub name: String,
    /// Whether it is a whole meal and takes a place.
    pub is_meal: bool,
    /// Weight of a portion in grams.
    pub portion_g: i32,
    /// Weight of a small portion in grams.
    pub small_portion_g: Option<i32>,
    /// Allergens by name.
    pub allergens: Vec<String>,
}

impl NewDish {
    /// The first field that cannot stand, or `None`.
    pub fn fault(&self) -> Option<&'static str> {
        let is_text = |text: &str, longest: usize| {
            let length = text.trim().chars().count();
            (1..=longest).contains(&length) && !text.chars().any(char::is_control)
        };
        if !is_text(&self.code, 20) {
            return Some("code");
        }
        if !is_text(&self.name, 60) {
            return Some("name");
        }
        if !(1..=5_000).contains(&self.portion_g) {
            return Some("portionGrams");
        }
        if self.small_portion_g.is_some_and(|small| !(1..self.portion_g).contains(&small)) {
            return Some("smallPortionGrams");
        }
        let is_allergen = |name: &String| is_text(name, 20) && !name.contains(',');
        (self.allergens.len() > 20 || !self.allergens.iter().all(is_allergen)).then_some("allergens")
    }

    /// The row of the dish.
    pub fn row(&self, id: DishId, canteen: CanteenId) -> dish::Model {
        let allergens: Vec<&str> = self.allergens.iter().map(|name| name.trim()).collect();
        dish::Model {
            id: id.0,
            canteen_id: canteen.0,
            code: self.code.trim().to_owned(),
            name: self.name.trim().to_owned(),
            is_meal: self.is_meal,
            portion_g: self.portion_g,
            small_portion_g: self.small_portion_g,
            allergens: allergens.join(","),
        }
    }
}

/// The price that cannot stand, or `None`. A small portion must be there and costs no more than a full one.
pub fn price_fault(price: Fen, small: Option<Fen>, has_small_portion: bool) -> Option<&'static str> {
    if price < Fen::ZERO || price > PRICE_MAX {
        return Some("priceFen");
    }
    small
        .is_some_and(|small| small < Fen::ZERO || small > price || !has_small_portion)
        .then_some("smallPriceFen")
}

/// Whether a menu may be published for the day.
pub fn is_menu_day(day: NaiveDate, today: NaiveDate) -> bool {
    (0..=MENU_AHEAD_D).contains(&day.signed_duration_since(today).num_days())
}

/// Whether every entry of a weekly calendar has a way and a sound number of portions.
pub fn is_calendar(pools: &[canteen_calendar::Model]) -> bool {
    let is_sound = |pool: &canteen_calendar::Model| {
        (1..=7).contains(&pool.weekday)
            && (1..=7).contains(&pool.ways)
            && (0..=CAPACITY_MAX).contains(&pool.capacity)
    };
    pools.len() <= POOLS_MAX && pools.iter().all(is_sound)
}

/// Whether one way of a weekday and period stands in two entries.
pub fn repeats_a_way(pools: &[canteen_calendar::Model]) -> bool {
    pools.iter().enumerate().any(|(index, pool)| {
        let earlier = pools.iter().take(index);
        earlier
            .filter(|other| other.weekday == pool.weekday && other.period == pool.period)
            .any(|other| other.ways & pool.ways != 0)
    })
}

/// Whether a cut-off lies 0 to 7 days before and not after serving begins.
pub fn is_cut_off(days_before: i16, cut_off_at: NaiveTime, serves_from: NaiveTime) -> bool {
    (1..=7).contains(&days_before) || (days_before == 0 && cut_off_at <= serves_from)
}

/// Whether a region of the level lies in the country: towns and townships (镇, 乡) and villages do, streets (街道),
/// communities and estates do not. What is above them says nothing and counts as town.
pub const fn is_rural(level: RegionLevel) -> bool {
    matches!(level, RegionLevel::Township | RegionLevel::Village)
}

#[cfg(test)]
mod tests {
    use entities::enums::MealPeriod;

    use super::*;

    #[test]
    fn a_dish_needs_code_name_and_sound_weights() {
        let good = NewDish {
            code: "L1".to_owned(),
            name: "红烧肉套餐".to_owned(),
            is_meal: true,
            portion_g: 650,
            small_portion_g: Some(450),
            allergens: vec!["大豆".to_owned(), " 蛋".to_owned()],
        };
        assert_eq!(good.fault(), None);
        let id = uuid::Uuid::nil();
        assert_eq!(good.row(DishId(id), CanteenId(id)).allergens, "大豆,蛋");
        let cases = [
            (NewDish { code: " ".to_owned(), ..good.clone() }, "code"),
            (NewDish { name: "长".repeat(61), ..good.clone() }, "name"),
            (NewDish { portion_g: 0, ..good.clone() }, "portionGrams"),
            (NewDish { small_portion_g: Some(650), ..good.clone() }, "smallPortionGrams"),
            (NewDish { allergens: vec!["蛋,奶".to_owned()], ..good.clone() }, "allergens"),
        ];
        for (dish, field) in cases {
            assert_eq!(dish.fault(), Some(field));
        }
    }

    #[test]
    fn prices_are_within_bounds_and_small_ones_not_larger() {
        let fen = Fen::new;
        let cases = [
            (1_200, Some(900), true, None),
            (0, None, false, None),
            (-1, None, false, Some("priceFen")),
            (100_001, None, false, Some("priceFen")),
            (1_200, Some(1_201), true, Some("smallPriceFen")),
            (1_200, Some(900), false, Some("smallPriceFen")),
        ];
        for (price, small, has_small, fault) in cases {
            assert_eq!(price_fault(fen(price), small.map(fen), has_small), fault, "{price} {small:?}");
        }
    }

    #[test]
    fn a_calendar_names_each_way_of_a_meal_once() {
        let pool = |weekday, period, ways, capacity| canteen_calendar::Model {
            canteen_id: uuid::Uuid::nil(),
            weekday,
            period,
            ways,
            capacity,
        };
        let apart = [
            pool(1, MealPeriod::Lunch, 3, 40),
            pool(1, MealPeriod::Lunch, 4, 20),
            pool(1, MealPeriod::Dinner, 3, 0),
            pool(2, MealPeriod::Lunch, 3, 40),
        ];
        assert!(is_calendar(&apart) && !repeats_a_way(&apart));
        assert!(repeats_a_way(&[pool(1, MealPeriod::Lunch, 3, 40), pool(1, MealPeriod::Lunch, 6, 20)]));
        for bad in [
            pool(8, MealPeriod::Lunch, 3, 1),
            pool(1, MealPeriod::Lunch, 0, 1),
            pool(1, MealPeriod::Lunch, 1, -1),
        ] {
            assert!(!is_calendar(&[bad]));
        }
    }

    #[test]
    fn a_cut_off_never_lies_after_the_serving_begins() {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        assert!(is_cut_off(1, time(20), time(7)) && is_cut_off(0, time(9), time(11)));
        assert!(!is_cut_off(0, time(12), time(11)) && !is_cut_off(8, time(9), time(11)));
        assert!(!is_cut_off(-1, time(9), time(11)));
    }

    #[test]
    fn menus_are_published_for_today_and_later() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-06-01");
        assert!(is_menu_day(today, today) && is_menu_day(day("2026-09-01"), today));
        assert!(!is_menu_day(day("2026-05-31"), today) && !is_menu_day(day("2026-09-02"), today));
    }

    #[test]
    fn delivery_reaches_by_region_or_by_distance() {
        let area = DeliveryArea {
            regions: vec!["530111004".to_owned()],
            radius_m: Some(1_000),
            kitchen_e6: Some((25_000_000, 102_700_000)),
        };
        assert!(area.reaches("530111004009", None));
        assert!(!area.reaches("530111007016", None));
        assert!(area.reaches("530111007016", Some((25_008_000, 102_700_000))));
        assert!(!area.reaches("530111007016", Some((25_010_000, 102_700_000))));
        assert!(!DeliveryArea::default().reaches("530111004009", Some((25_000_000, 102_700_000))));
    }

    #[test]
    fn one_rating_moves_the_average_little() {
        assert_eq!(average_milli_stars([0; 5]), None);
        assert_eq!(average_milli_stars([0, 0, 0, 0, 1]), Some(4_090));
        assert_eq!(average_milli_stars([0, 0, 0, 0, 100]), Some(4_909));
    }
}
