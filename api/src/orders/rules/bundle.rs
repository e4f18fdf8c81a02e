//! Pure decisions about bundles: whether planned visits are exactly what the bundle holds.

use uuid::Uuid;

/// Most visits that are booked together.
pub const VISITS_MAX: usize = 31;

/// Whether the planned visits, each of so many units of an item, make up every item of the bundle and nothing else.
pub fn makes_up(items: &[(Uuid, i16)], visits: &[(Uuid, i16)]) -> bool {
    let is_known = |visit: &(Uuid, i16)| visit.1 > 0 && items.iter().any(|item| item.0 == visit.0);
    let planned = |item: Uuid| -> i64 {
        visits.iter().filter(|visit| visit.0 == item).map(|visit| i64::from(visit.1)).sum()
    };
    visits.len() <= VISITS_MAX
        && visits.iter().all(is_known)
        && items.iter().all(|item| planned(item.0) == i64::from(item.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Units = [(Uuid, i16)];

    #[test]
    fn every_item_is_planned_exactly_as_often_as_the_bundle_says() {
        let [cleaning, bath, other] = [1, 2, 3].map(Uuid::from_u128);
        let items = [(cleaning, 4), (bath, 1)];
        let cases: [(&Units, bool); 7] = [
            (&[(cleaning, 1), (bath, 1), (cleaning, 3)], true),
            (&[(cleaning, 4), (bath, 1)], true),
            (&[(cleaning, 4)], false),
            (&[(cleaning, 5), (bath, 1)], false),
            (&[(cleaning, 4), (bath, 1), (other, 1)], false),
            (&[(cleaning, 4), (bath, 1), (bath, 0)], false),
            (&[], false),
        ];
        for (visits, is_whole) in cases {
            assert_eq!(makes_up(&items, visits), is_whole, "{visits:?}");
        }
        let long: Vec<_> = (0..32).map(|_| (cleaning, 1)).collect();
        assert!(!makes_up(&[(cleaning, 32)], &long), "at most 31 visits");
    }
}
