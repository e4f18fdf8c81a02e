use super::*;
use crate::kit::ids::{PersonId, SessionId};
use crate::kit::viewer::Grant;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn holder(role: Role, provider: Option<Uuid>, region: Option<&str>) -> SignedIn {
    let grant = Grant { role, provider, region: region.map(str::to_owned) };
    SignedIn { person: PersonId(Uuid::nil()), session: SessionId(Uuid::nil()), roles: vec![grant].into() }
}

#[test]
fn a_rating_may_be_changed_for_seven_whole_days() {
    let until = can_be_changed_until(at("2026-06-01T04:30:00Z"));
    assert_eq!(until, at("2026-06-08T04:30:00Z"));
}

#[test]
fn length_is_counted_in_characters_and_outer_blanks_do_not_count() {
    let longest = "好".repeat(500);
    let padded = format!("  {longest}\n");
    assert_eq!(Content::read(5, &[], Some(&padded)).unwrap().text, Some(longest.clone()));
    assert_eq!(Content::read(5, &[], Some(&(longest + "吃"))), Err(Unfit::Text));
    assert_eq!(answer_text(&"谢".repeat(501)), None);
    assert_eq!(hiding_reason(&"骂".repeat(200)).map(|text| text.chars().count()), Some(200));
    assert_eq!(hiding_reason(&"骂".repeat(201)), None);
}

#[test]
fn a_blank_text_is_no_text_but_no_answer_either() {
    for blank in ["", " ", "\n\t"] {
        assert_eq!(Content::read(3, &[], Some(blank)).unwrap().text, None);
        assert_eq!(answer_text(blank), None);
        assert_eq!(hiding_reason(blank), None);
    }
}

#[test]
fn control_characters_are_refused_and_line_breaks_are_not() {
    assert_eq!(Content::read(3, &[], Some("好\0吃")), Err(Unfit::Text));
    assert_eq!(Content::read(3, &[], Some("好\u{1b}吃")), Err(Unfit::Text));
    assert!(Content::read(3, &[], Some("好吃\r\n下次还来")).is_ok());
}

#[test]
fn stars_are_one_to_five() {
    for (stars, is_fit) in
        [(i32::MIN, false), (-1, false), (0, false), (1, true), (5, true), (6, false), (65_541, false)]
    {
        assert_eq!(Content::read(stars, &[], None).is_ok(), is_fit, "{stars}");
    }
}

#[test]
fn tags_come_back_from_the_column_each_once() {
    assert_eq!(split_tags(&join_tags(&Tag::ALL)), Tag::ALL);
    assert_eq!(join_tags(&[Tag::Salty, Tag::Warm, Tag::Salty]), "WARM,SALTY");
    assert_eq!(join_tags(&[]), "");
    assert_eq!(split_tags(""), []);
    assert_eq!(split_tags("WARM,FORGOTTEN,HARD"), [Tag::Warm, Tag::Hard]);
    assert_eq!(Content::read(3, &[Tag::Warm; 11], None), Err(Unfit::Tags));
}

#[test]
fn new_words_wait_for_the_platform() {
    assert_eq!(state_of_new(Some("好吃")), TextState::Pending);
    assert_eq!(state_of_new(None), TextState::None);
}

#[test]
fn those_in_charge_hide_and_show_what_there_is() {
    use Moderation::{Hide, Show};
    use TextState as S;
    let cases = [
        (S::None, Hide, None),
        (S::None, Show, None),
        (S::Pending, Hide, Some(S::Hidden)),
        (S::Pending, Show, Some(S::Visible)),
        (S::Visible, Hide, Some(S::Hidden)),
        (S::Visible, Show, None),
        (S::Hidden, Hide, None),
        (S::Hidden, Show, Some(S::Visible)),
    ];
    for (state, act, next) in cases {
        assert_eq!(state_after(state, act), next, "{state:?} {act:?}");
    }
}

#[test]
fn the_author_reads_what_others_do_not() {
    for state in [TextState::Pending, TextState::Hidden] {
        assert!(is_shown(state, true) && !is_shown(state, false));
    }
    assert!(is_shown(TextState::Visible, false));
}

#[test]
fn only_the_manager_of_this_very_provider_answers() {
    let (ours, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert!(runs(&holder(Role::ProviderManager, Some(ours), None), ours));
    assert!(!runs(&holder(Role::ProviderManager, Some(theirs), None), ours));
    assert!(!runs(&holder(Role::Carer, Some(ours), None), ours));
    assert!(!runs(&holder(Role::ProviderManager, None, None), ours));
}

#[test]
fn being_in_charge_follows_the_region_tree() {
    for role in [Role::Desk, Role::Officer, Role::Admin] {
        assert!(is_in_charge(&holder(role, None, Some("530111")), "530111004"));
        assert!(!is_in_charge(&holder(role, None, Some("530112")), "530111004"));
        assert!(is_in_charge(&holder(role, None, None), "530111004"));
    }
    assert!(!is_in_charge(&holder(Role::Family, None, None), "530111004"));
}
