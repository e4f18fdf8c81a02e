//! Cases of carers' work, calendars and warnings.

use uuid::Uuid;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    let (day, time) = text.split_once(' ').unwrap();
    instant(day.parse().unwrap(), NaiveTime::parse_from_str(time, "%H:%M").unwrap())
}

fn certificate(kind: CertificateKind, from: &str, until: &str) -> carer_certificate::Model {
    carer_certificate::Model {
        id: Uuid::nil(),
        carer_id: Uuid::nil(),
        kind,
        number: "1".to_owned(),
        valid_from: day(from),
        valid_until: day(until),
        added_at: DateTime::UNIX_EPOCH,
    }
}

fn hours(weekday: i16, from_minute: i16, until_minute: i16) -> carer_week::Model {
    carer_week::Model { carer_id: Uuid::nil(), weekday, from_minute, until_minute }
}

fn leave(starts: &str, ends: &str) -> carer_leave::Model {
    carer_leave::Model {
        id: Uuid::nil(),
        carer_id: Uuid::nil(),
        starts_at: at(starts),
        ends_at: at(ends),
        reason: "回乡".to_owned(),
    }
}

/// Cleans and bathes, Monday to Friday 9 to 12 and 14 to 18; health card until 30 June 2026.
fn carer() -> CarerFacts {
    CarerFacts {
        row: carer::Model {
            id: Uuid::nil(),
            provider_id: Uuid::nil(),
            person_id: None,
            name_sealed: String::new(),
            phone_sealed: String::new(),
            sex: Sex::Female,
            languages: "MANDARIN,YI".to_owned(),
            photo_ref: None,
            base_latitude_e6: None,
            base_longitude_e6: None,
            travel_buffer_min: 30,
            is_active: true,
            created_at: DateTime::UNIX_EPOCH,
            version: 0,
            stars_1: 0,
            stars_2: 0,
            stars_3: 0,
            stars_4: 0,
            stars_5: 0,
        },
        provider_state: ProviderState::Active,
        provider_region: "530111".to_owned(),
        areas: vec!["530111004".to_owned()],
        skills: vec!["cleaning_help".to_owned(), "bathing_help".to_owned()],
        certificates: vec![
            certificate(CertificateKind::HealthCard, "2025-07-01", "2026-06-30"),
            certificate(CertificateKind::Bathing, "2024-01-01", "2026-06-10"),
        ],
        week: (1..=5).flat_map(|day| [hours(day, 540, 720), hours(day, 840, 1_080)]).collect(),
        leaves: Vec::new(),
    }
}

#[test]
fn a_carer_is_offered_work_only_when_nothing_stands_against_it() {
    use Obstacle as O;
    type Case =
        (&'static str, Option<CertificateKind>, &'static str, fn(&mut CarerFacts), &'static [Obstacle]);
    let bathing = Some(CertificateKind::Bathing);
    let cases: [Case; 13] = [
        ("cleaning_help", None, "2026-06-05", |_| {}, &[]),
        ("bathing_help", bathing, "2026-06-10", |_| {}, &[]),
        ("bathing_help", bathing, "2026-06-11", |_| {}, &[O::CertificateExpired]),
        ("bathing_help", Some(CertificateKind::CareWorker), "2026-06-05", |_| {}, &[O::CertificateMissing]),
        ("haircut", None, "2026-06-05", |_| {}, &[O::SkillMissing]),
        ("cleaning_help", None, "2026-06-30", |_| {}, &[]),
        ("cleaning_help", None, "2026-07-01", |_| {}, &[O::HealthCardExpired]),
        ("cleaning_help", None, "2026-06-05", |carer| carer.certificates.clear(), &[O::HealthCardMissing]),
        ("cleaning_help", None, "2026-06-06", |_| {}, &[O::DayOff]),
        ("cleaning_help", None, "2026-06-05", |carer| carer.row.is_active = false, &[O::CarerInactive]),
        (
            "cleaning_help",
            None,
            "2026-06-05",
            |carer| carer.provider_state = ProviderState::Suspended,
            &[O::ProviderNotActive],
        ),
        (
            "cleaning_help",
            None,
            "2026-06-05",
            |carer| carer.leaves.push(leave("2026-06-05 09:00", "2026-06-05 18:00")),
            &[O::OnLeave],
        ),
        (
            "cleaning_help",
            None,
            "2026-06-05",
            |carer| carer.leaves.push(leave("2026-06-05 09:00", "2026-06-05 17:59")),
            &[],
        ),
    ];
    for (service, certificate, on, change, wanted) in cases {
        let mut carer = carer();
        change(&mut carer);
        assert_eq!(obstacles(&carer, service, certificate, day(on)), wanted, "{service} on {on}");
        assert_eq!(may_work(&carer, service, certificate, day(on)), wanted.is_empty());
    }
}

#[test]
fn a_renewed_card_covers_the_day_after_the_old_one() {
    let mut carer = carer();
    carer.certificates.push(certificate(CertificateKind::HealthCard, "2026-07-01", "2027-06-30"));
    assert!(may_work(&carer, "cleaning_help", None, day("2026-07-01")));
}

#[test]
fn leaves_are_cut_out_of_the_working_hours() {
    let mut carer = carer();
    let whole =
        [(at("2026-06-05 09:00"), at("2026-06-05 12:00")), (at("2026-06-05 14:00"), at("2026-06-05 18:00"))];
    assert_eq!(carer.free_hours(day("2026-06-05")), whole);
    carer.leaves.push(leave("2026-06-05 10:00", "2026-06-05 11:00"));
    carer.leaves.push(leave("2026-06-05 11:30", "2026-06-06 00:00"));
    let left =
        [(at("2026-06-05 09:00"), at("2026-06-05 10:00")), (at("2026-06-05 11:00"), at("2026-06-05 11:30"))];
    assert_eq!(carer.free_hours(day("2026-06-05")), left);
    assert!(carer.free_hours(day("2026-06-07")).is_empty());
}

#[test]
fn a_home_is_covered_by_the_region_above_it() {
    let carer = carer();
    assert!(carer.covers("530111004009") && carer.covers("530111004"));
    assert!(!carer.covers("530111") && !carer.covers("530111007016"));
}

#[test]
fn warnings_are_due_thirty_and_seven_days_before_at_nine() {
    let until = day("2026-06-30");
    let cases = [
        ("2026-05-31 08:59", None, Some("2026-05-31 09:00")),
        ("2026-05-31 09:00", Some(30), Some("2026-06-23 09:00")),
        ("2026-06-23 08:59", Some(30), Some("2026-06-23 09:00")),
        ("2026-06-23 09:00", Some(7), None),
        ("2026-07-05 09:00", Some(7), None),
    ];
    for (now, due, next) in cases {
        assert_eq!(warning_due(until, at(now)), due, "{now}");
        assert_eq!(next_warning(until, at(now)), next.map(at), "{now}");
    }
}

#[test]
fn a_week_has_sound_spans_that_do_not_overlap() {
    assert!(is_week(&[]) && is_week(&carer().week));
    assert!(is_week(&[hours(1, 540, 720), hours(1, 720, 1_440), hours(2, 540, 720)]));
    for bad in [
        vec![hours(1, 540, 720), hours(1, 719, 800)],
        vec![hours(0, 540, 720)],
        vec![hours(8, 540, 720)],
        vec![hours(1, 720, 720)],
        vec![hours(1, -1, 720)],
        vec![hours(1, 540, 1_441)],
        (1..=22).map(|index| hours(1 + index / 4, index % 4 * 60, index % 4 * 60 + 30)).collect(),
    ] {
        assert!(!is_week(&bad), "{bad:?}");
    }
}

#[test]
fn a_leave_ends_after_it_starts_and_after_now() {
    let now = at("2026-06-05 12:00");
    let cases = [
        ("2026-06-06 09:00", "2026-06-07 09:00", true),
        ("2026-06-01 09:00", "2026-06-05 12:01", true),
        ("2026-06-01 09:00", "2026-06-05 12:00", false),
        ("2026-06-07 09:00", "2026-06-07 09:00", false),
        ("2026-06-07 09:00", "2027-06-09 09:00", false),
    ];
    for (starts, ends, is_sound) in cases {
        assert_eq!(is_leave(at(starts), at(ends), now), is_sound, "{starts} {ends}");
    }
}

#[test]
fn a_carer_needs_name_phone_language_and_a_sound_buffer() {
    let good = NewCarer {
        name: "李师傅".to_owned(),
        phone: "13800000001".to_owned(),
        sex: Sex::Female,
        languages: vec![Language::Kunming, Language::Yi],
        photo_ref: None,
        base_e6: Some((25_010_000, 102_750_000)),
        travel_buffer_min: 30,
        is_active: true,
    };
    assert_eq!(good.fault(), None);
    assert_eq!(good.languages_text(), "KUNMING,YI");
    assert_eq!(languages_of("KUNMING,YI,KLINGON"), [Language::Kunming, Language::Yi]);
    let cases = [
        (NewCarer { name: String::new(), ..good.clone() }, "name"),
        (NewCarer { phone: "电话".to_owned(), ..good.clone() }, "phone"),
        (NewCarer { languages: Vec::new(), ..good.clone() }, "languages"),
        (NewCarer { languages: vec![Language::Yi, Language::Yi], ..good.clone() }, "languages"),
        (NewCarer { photo_ref: Some(" ".to_owned()), ..good.clone() }, "photoRef"),
        (NewCarer { base_e6: Some((91_000_000, 0)), ..good.clone() }, "base"),
        (NewCarer { travel_buffer_min: 241, ..good.clone() }, "travelBufferMinutes"),
    ];
    for (carer, field) in cases {
        assert_eq!(carer.fault(), Some(field));
    }
}
