//! Distances on the ground. The only file in which floats are allowed.
#![allow(clippy::float_arithmetic, reason = "trigonometry")]

/// Mean radius of the earth in metres.
const EARTH_M: f64 = 6_371_008.8;

/// Great-circle distance in whole metres between two places in millionths of a degree, latitude first.
pub fn distance_m(from_e6: (i32, i32), to_e6: (i32, i32)) -> u32 {
    let radians = |e6: i32| f64::from(e6).to_radians() / 1e6;
    let (lat_a, lon_a) = (radians(from_e6.0), radians(from_e6.1));
    let (lat_b, lon_b) = (radians(to_e6.0), radians(to_e6.1));
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let chord = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(lon_b - lon_a);
    let metres = 2.0 * EARTH_M * chord.sqrt().min(1.0).asin();
    // Half the earth's circumference fits a u32 several hundred times.
    metres.round() as u32
}

/// A box around a place that holds everything within so many metres: smallest and largest corner, latitude first.
/// For looking up; what lies in its corners is farther away.
pub fn box_e6(centre_e6: (i32, i32), radius_m: u32) -> ((i32, i32), (i32, i32)) {
    let reach = f64::from(radius_m) / EARTH_M * 180.0 / std::f64::consts::PI * 1e6;
    let shrink = (f64::from(centre_e6.0).to_radians() / 1e6).cos().max(0.05);
    // One more than needed on each side, so that rounding loses nothing.
    let (latitude, longitude) = ((reach.ceil() as i32) + 1, ((reach / shrink).ceil() as i32) + 1);
    let corner = |sign: i32| {
        (centre_e6.0.saturating_add(sign * latitude), centre_e6.1.saturating_add(sign * longitude))
    };
    (corner(-1), corner(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousandth_of_a_degree_north_is_a_hundred_and_eleven_metres() {
        assert_eq!(distance_m((25_000_000, 102_700_000), (25_001_000, 102_700_000)), 111);
        assert_eq!(distance_m((25_000_000, 102_700_000), (25_000_000, 102_700_000)), 0);
    }

    #[test]
    fn the_box_holds_what_is_within_the_radius() {
        let centre = (25_000_000, 102_700_000);
        let (low, high) = box_e6(centre, 1_000);
        for (edge, far) in [((low.0, centre.1), true), ((centre.0, high.1), true), ((high.0, low.1), true)] {
            assert_eq!(distance_m(centre, edge) >= 1_000, far);
        }
        assert!((high.0 - centre.0) < 9_100 && (high.1 - centre.1) < 10_050);
    }
}
