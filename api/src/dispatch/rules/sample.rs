//! Which confirmed visits are asked about: drawn from the order itself, so that nobody can steer it.

use super::limits::limits;

/// What is known of a provider when one of its visits is confirmed.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Days since it was first approved; `None` for those from before applications.
    pub active_days: Option<i64>,
    /// Visits confirmed so far.
    pub confirmed: i64,
    /// Held visits of late that no person has explained.
    pub flags: i64,
}

/// Of a hundred confirmed visits of such a provider, so many are asked about.
pub fn percent(standing: Standing) -> u32 {
    let limits = limits();
    let is_new = standing.active_days.is_some_and(|days| days < limits.new_provider_days)
        || standing.confirmed < limits.new_provider_visits;
    if is_new || standing.flags > 0 { limits.call_back_watched_percent } else { limits.call_back_percent }
}

/// Whether a visit is drawn. `tag` is the keyed hash of the order in hexadecimal: the same order always draws the same.
pub fn is_drawn(tag: &str, percent: u32) -> bool {
    let lot = tag.get(..8).and_then(|head| u32::from_str_radix(head, 16).ok()).unwrap_or(0);
    lot % 10_000 < percent * 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_and_flagged_providers_are_asked_about_more_often() {
        let cases = [
            ((Some(29), 500, 0), 30),
            ((Some(30), 500, 0), 5),
            ((None, 20, 0), 5),
            ((None, 19, 0), 30),
            ((Some(400), 500, 1), 30),
        ];
        for ((active_days, confirmed, flags), wanted) in cases {
            assert_eq!(percent(Standing { active_days, confirmed, flags }), wanted, "{active_days:?}");
        }
    }

    #[test]
    fn about_so_many_of_a_hundred_are_drawn_and_always_the_same() {
        let tags: Vec<String> =
            (0..4_000_u32).map(|number| crate::kit::seal::sha256_hex(&number.to_be_bytes())).collect();
        let drawn = |percent| tags.iter().filter(|tag| is_drawn(tag, percent)).count();
        assert!((140..260).contains(&drawn(5)), "{}", drawn(5));
        assert!((1_080..1_320).contains(&drawn(30)), "{}", drawn(30));
        assert_eq!((drawn(0), drawn(100)), (0, 4_000));
        assert!(
            tags.iter().all(|tag| !is_drawn(tag, 5) || is_drawn(tag, 30)),
            "a smaller share lies in a larger"
        );
    }
}
