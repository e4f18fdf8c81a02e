//! Pure decisions about places: where a canteen delivers, how the stars are shown.

use super::distance::distance_m;

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

#[cfg(test)]
mod tests {
    use super::*;

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
