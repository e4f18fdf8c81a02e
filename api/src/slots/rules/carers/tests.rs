use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(number: u128, works: Range<i32>, busy: &[i32]) -> Day {
    Day {
        carer: Uuid::from_u128(number),
        sex: if number.is_multiple_of(2) { Sex::Male } else { Sex::Female },
        is_certified: number == 1,
        buffer_min: 30,
        works: vec![works],
        busy: busy.iter().copied().collect(),
    }
}

fn need(carers: usize, certified: usize, sex: Option<Sex>) -> Need {
    Need { carers, certified, sex }
}

#[test]
fn quarters_begin_and_end_where_the_clock_says() {
    let first = quarter_of(at("2026-06-04T01:00:00Z"));
    assert_eq!(start_of(first), at("2026-06-04T01:00:00Z"));
    assert_eq!(quarter_of(at("2026-06-04T01:14:59Z")), first);
    assert_eq!(quarters(1), 1);
    assert_eq!(quarters(15), 1);
    assert_eq!(quarters(121), 9);
    assert_eq!(taken(at("2026-06-04T01:00:00Z"), 120, 30), first..first + 10);
    assert!(is_on_grain(at("2026-06-04T01:15:00Z")) && !is_on_grain(at("2026-06-04T01:10:00Z")));
    // A service day begins at midnight in Shanghai.
    assert_eq!(start_of(day_quarters("2026-06-04".parse().unwrap()).start), at("2026-06-03T16:00:00Z"));
}

#[test]
fn a_start_is_shown_only_when_enough_carers_are_free() {
    // At work from quarter 36 (09:00) to 48 (12:00); a visit takes 4 quarters and 2 of way.
    let two = [day(1, 36..48, &[]), day(2, 36..48, &[40, 41])];
    let all: Vec<i32> = (36..=44).collect();
    assert_eq!(starts(0..96, 4, need(1, 0, None), &two), all);
    assert_eq!(
        starts(0..96, 4, need(2, 0, None), &two),
        [42, 43, 44],
        "before, the way would meet the next visit"
    );
    assert_eq!(starts(0..96, 4, need(2, 1, None), &two), [42, 43, 44]);
    assert_eq!(starts(0..96, 4, need(2, 2, None), &two), [0; 0]);
    assert_eq!(starts(0..96, 4, need(1, 0, Some(Sex::Male)), &two), [42, 43, 44]);
    assert_eq!(starts(0..96, 13, need(1, 0, None), &two), [0; 0], "longer than the work");
}

fn candidate(number: u128, was_last: bool, metres_north: i32, visits: i64, five_stars: i32) -> Candidate {
    Candidate {
        carer: Uuid::from_u128(number),
        sex: Sex::Female,
        is_certified: number == 3,
        buffer_min: 30,
        base_e6: Some((25_000_000 + metres_north * 9, 102_700_000)),
        was_last,
        visits,
        stars: [0, 0, 0, 0, five_stars],
    }
}

#[test]
fn the_row_has_the_same_carer_first_then_the_nearest_then_the_least_busy() {
    let home = Home { at_e6: Some((25_000_000, 102_700_000)), is_rural: false };
    let row = rank(
        vec![
            candidate(1, false, 5_000, 0, 9),
            candidate(2, false, 100, 3, 0),
            candidate(3, false, 100, 1, 0),
            candidate(4, true, 9_000, 5, 0),
        ],
        home,
    );
    let order: Vec<u128> = row.iter().map(|ranked| ranked.candidate.carer.as_u128()).collect();
    assert_eq!(order, [4, 3, 2, 1]);
    assert!(row[0].reasons.starts_with("上次的护理员，路程约"), "{}", row[0].reasons);
    assert_eq!(row[1].reasons, "路程约1分钟，当天1单，暂无评分");
    assert!(row[3].reasons.ends_with("评分5.00"), "{}", row[3].reasons);
    let chosen =
        |need| choose(&row, need).map(|all| all.iter().map(|one| one.candidate.carer.as_u128()).collect());
    assert_eq!(chosen(need(1, 0, None)), Some(vec![4]));
    assert_eq!(chosen(need(2, 1, None)), Some(vec![3, 4]), "the certified one and the first of the others");
    assert_eq!(chosen(need(2, 2, None)), None::<Vec<u128>>);
    assert_eq!(chosen(need(1, 0, Some(Sex::Male))), None);
}
