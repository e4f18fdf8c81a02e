//! Regions by their official codes: which ones the house knows, and which can be at all.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

const REGIONS: &str = include_str!("../../../data/regions.json");
/// Codes of provinces, autonomous regions, municipalities and special regions (GB/T 2260).
const PROVINCES: [u8; 34] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 71, 81, 82,
];
/// Digits of a province, city, district, street and community (NBS statistical division codes), and of an estate.
const LENGTHS: [usize; 6] = [2, 4, 6, 9, 12, 14];
/// Digits of a district's code.
const DISTRICT_DIGITS: usize = 6;

fn names() -> &'static BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct File {
        regions: Vec<Region>,
    }
    #[derive(Deserialize)]
    struct Region {
        code: String,
        name: String,
    }
    static NAMES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let file: File =
            serde_json::from_str(REGIONS).expect("it is part of the program and read at every start");
        file.regions.into_iter().map(|region| (region.code, region.name)).collect()
    })
}

/// Name of a region, or its code when it is not among those that the house knows.
pub fn region_name(code: &str) -> &str {
    names().get(code).map_or(code, String::as_str)
}

/// Whether a code can be that of a region anywhere in China.
pub fn is_region(code: &str) -> bool {
    let is_long_enough = LENGTHS.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    let province = code.get(..2).and_then(|digits| digits.parse().ok());
    is_long_enough && province.is_some_and(|province| PROVINCES.contains(&province))
}

/// Whether a code is that of a region that the house knows, or lies in a district that it knows.
pub fn is_known(code: &str) -> bool {
    is_region(code)
        && (names().contains_key(code)
            || code.get(..DISTRICT_DIGITS).is_some_and(|district| names().contains_key(district)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_one_of_the_country_and_known_when_its_district_is() {
        for (code, can_be, is_ours) in [
            ("530111", true, true),
            ("5301", true, true),
            ("530111999", true, true),
            ("110101", true, false),
            ("999999", false, false),
            ("53011", false, false),
            ("53011a", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_region(code), is_known(code)), (can_be, is_ours), "{code}");
        }
        assert_eq!(region_name("530111"), "官渡区");
        assert_eq!(region_name("110101"), "110101");
    }
}
