//! A provider's way in and out (服务商准入), and the papers it needs.

use chrono::NaiveDate;
use entities::enums::{LicenceKind, ProviderKind, ProviderState};
use entities::provider_licence;

/// What can happen to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderEvent {
    /// The provider hands its papers in.
    SubmitDocs,
    /// An officer finds the papers in order.
    DocsOk,
    /// An officer sends the papers back.
    DocsBad,
    /// An officer has seen place and contract: the provider may work.
    Approve,
    /// An officer sends the provider back after the visit.
    Reject,
    /// An officer stops the provider for a time.
    Suspend,
    /// An officer lets the provider work again.
    Restore,
    /// The provider leaves for good.
    Exit,
}

impl ProviderEvent {
    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::SubmitDocs,
        Self::DocsOk,
        Self::DocsBad,
        Self::Approve,
        Self::Reject,
        Self::Suspend,
        Self::Restore,
        Self::Exit,
    ];

    /// Name in the state machine.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SubmitDocs => "submit_docs",
            Self::DocsOk => "docs_ok",
            Self::DocsBad => "docs_bad",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::Exit => "exit",
        }
    }

    /// Whether the papers must be there and hold today.
    pub const fn needs_papers(self) -> bool {
        matches!(self, Self::SubmitDocs | Self::DocsOk | Self::Approve | Self::Restore)
    }

    /// Whether it goes against the provider, so that a reason must be told.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::DocsBad | Self::Reject | Self::Suspend | Self::Exit)
    }
}

/// The next state of a provider, or `None` when the event means nothing there. Machine `ProviderAccount`.
pub const fn provider_after(state: ProviderState, event: ProviderEvent) -> Option<ProviderState> {
    use ProviderEvent as E;
    use ProviderState as S;
    match (state, event) {
        (S::Applied, E::SubmitDocs) => Some(S::DocsCheck),
        (S::DocsCheck, E::DocsOk) => Some(S::SiteCheck),
        (S::DocsCheck, E::DocsBad) | (S::SiteCheck, E::Reject) => Some(S::Applied),
        (S::SiteCheck, E::Approve) | (S::Suspended, E::Restore) => Some(S::Active),
        (S::Active, E::Suspend) => Some(S::Suspended),
        (S::Active | S::Suspended, E::Exit) => Some(S::Exited),
        _ => None,
    }
}

/// Whether a paper holds on the day.
pub fn is_in_force(licence: &provider_licence::Model, day: NaiveDate) -> bool {
    (licence.valid_from..=licence.valid_until).contains(&day)
}

/// Papers of which the provider has none that holds on the day.
///
/// Identity, address and licence are checked and checked again: E-Commerce Law art. 27. A canteen needs a food
/// licence too: Food Safety Law art. 62.
pub fn missing_papers(
    kind: ProviderKind,
    licences: &[provider_licence::Model],
    day: NaiveDate,
) -> Vec<LicenceKind> {
    let mut needed = vec![LicenceKind::Business, LicenceKind::Insurance];
    if kind == ProviderKind::Canteen {
        needed.push(LicenceKind::Food);
    }
    needed.retain(|kind| !licences.iter().any(|held| held.kind == *kind && is_in_force(held, day)));
    needed
}

/// A paper as people call it.
pub const fn paper_name(kind: LicenceKind) -> &'static str {
    match kind {
        LicenceKind::Business => "营业执照",
        LicenceKind::Food => "食品经营许可证",
        LicenceKind::Premises => "场所证明",
        LicenceKind::Insurance => "责任保险",
        LicenceKind::Other => "其他证照",
    }
}

/// A provider that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProvider {
    /// Registered name.
    pub name: String,
    /// What it does.
    pub kind: ProviderKind,
    /// Code of the region where it works; its branch decides.
    pub region_code: String,
    /// Telephone number.
    pub phone: String,
    /// Place of business in words.
    pub address: String,
}

impl NewProvider {
    /// The first field that cannot stand, or `None`.
    pub fn fault(&self) -> Option<&'static str> {
        if !is_text(&self.name, 60) {
            return Some("name");
        }
        if !is_phone(&self.phone) {
            return Some("phone");
        }
        (!is_text(&self.address, 200)).then_some("address")
    }
}

/// A paper with the days for which it holds: a licence of a provider or a certificate of a carer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper<K> {
    /// Which paper.
    pub kind: K,
    /// Number on the paper.
    pub number: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_until: NaiveDate,
}

impl<K> Paper<K> {
    /// The first field that cannot stand, or `None`. A paper that has run out already is not taken.
    pub fn fault(&self, today: NaiveDate) -> Option<&'static str> {
        if !is_text(&self.number, 40) {
            return Some("number");
        }
        if self.valid_from > self.valid_until {
            return Some("validFromOn");
        }
        (self.valid_until < today).then_some("validUntilOn")
    }
}

/// The reason without the blanks around it, or `None` when it cannot stand: 1 to 200 characters.
pub fn decision_reason(text: &str) -> Option<&str> {
    let text = text.trim();
    is_text(text, 200).then_some(text)
}

/// Whether a text says something, is not too long and holds no control characters.
pub fn is_text(text: &str, longest: usize) -> bool {
    let length = text.trim().chars().count();
    (1..=longest).contains(&length) && !text.chars().any(char::is_control)
}

/// Whether a text is a telephone number: 5 to 15 digits.
pub fn is_phone(text: &str) -> bool {
    (5..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn machine() -> Value {
        let text = include_str!("../../../data/state-machines.json");
        let machines: Value = serde_json::from_str(text).unwrap();
        let all = machines["machines"].as_array().unwrap();
        all.iter().find(|machine| machine["name"] == "ProviderAccount").unwrap().clone()
    }

    #[test]
    fn every_pair_of_state_and_event_is_as_in_the_machine() {
        let machine = machine();
        let transitions = machine["transitions"].as_array().unwrap();
        for state in ProviderState::ALL {
            for event in ProviderEvent::ALL {
                let wanted = transitions.iter().find(|transition| {
                    transition["event"] == event.name()
                        && transition["from"].as_array().unwrap().iter().any(|from| from == state.as_str())
                });
                let wanted = wanted.and_then(|transition| transition["to"].as_str());
                let told = provider_after(*state, event).map(ProviderState::as_str);
                assert_eq!(told, wanted, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn the_machine_has_these_states_and_events_and_no_others() {
        let machine = machine();
        let states: Vec<&str> =
            machine["states"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(states, ProviderState::ALL.iter().map(|state| state.as_str()).collect::<Vec<_>>());
        for transition in machine["transitions"].as_array().unwrap() {
            let name = transition["event"].as_str().unwrap();
            assert!(ProviderEvent::ALL.iter().any(|event| event.name() == name), "{name}");
        }
    }

    #[test]
    fn papers_must_be_there_and_hold_on_the_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let held = |kind, until: &str| provider_licence::Model {
            id: uuid::Uuid::nil(),
            provider_id: uuid::Uuid::nil(),
            kind,
            number: "1".to_owned(),
            valid_from: day("2026-01-01"),
            valid_until: day(until),
            added_at: chrono::DateTime::UNIX_EPOCH,
            checked_at: None,
            checked_by: None,
        };
        use LicenceKind as L;
        use ProviderKind as P;
        let both = [held(L::Business, "2026-12-31"), held(L::Insurance, "2026-06-05")];
        assert_eq!(missing_papers(P::HomeService, &both, day("2026-06-05")), []);
        assert_eq!(missing_papers(P::HomeService, &both, day("2026-06-06")), [L::Insurance]);
        assert_eq!(missing_papers(P::HomeService, &both, day("2025-12-31")), [L::Business, L::Insurance]);
        assert_eq!(missing_papers(P::Canteen, &both, day("2026-06-05")), [L::Food]);
    }

    #[test]
    fn an_application_and_a_paper_need_their_fields() {
        let good = NewProvider {
            name: "演示家政".to_owned(),
            kind: ProviderKind::HomeService,
            region_code: "530111".to_owned(),
            phone: "087112345".to_owned(),
            address: "演示路 1 号".to_owned(),
        };
        assert_eq!(good.fault(), None);
        let cases = [
            (NewProvider { name: " ".to_owned(), ..good.clone() }, "name"),
            (NewProvider { phone: "0871-1".to_owned(), ..good.clone() }, "phone"),
            (NewProvider { address: String::new(), ..good.clone() }, "address"),
        ];
        for (provider, field) in cases {
            assert_eq!(provider.fault(), Some(field));
        }
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let paper = |number: &str, from: &str, until: &str| Paper {
            kind: (),
            number: number.to_owned(),
            valid_from: day(from),
            valid_until: day(until),
        };
        let today = day("2026-06-05");
        assert_eq!(paper("A1", "2026-01-01", "2026-06-05").fault(today), None);
        assert_eq!(paper("", "2026-01-01", "2026-06-05").fault(today), Some("number"));
        assert_eq!(paper("A1", "2026-07-02", "2026-07-01").fault(today), Some("validFromOn"));
        assert_eq!(paper("A1", "2026-01-01", "2026-06-04").fault(today), Some("validUntilOn"));
    }
}
