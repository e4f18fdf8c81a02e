//! Pure decisions about consents: which text is signed, by whom, and for how long a word stands.

use std::sync::OnceLock;

use chrono::{DateTime, Duration, Utc};
use entities::enums::{ConsentPurpose, SignedAs};
use serde::Deserialize;

use crate::kit::seal::sha256_hex;

const TEXTS: &str = include_str!("../../../data/consents.json");
const MACHINES: &str = include_str!("../../../data/state-machines.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    texts: Vec<Text>,
}

/// A text that is signed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    purpose: String,
    /// Names the text among those of its purpose.
    pub version: String,
    /// In Chinese.
    pub text: String,
}

impl Text {
    /// SHA-256 of the text in UTF-8, in hexadecimal.
    pub fn sha256(&self) -> String {
        sha256_hex(self.text.as_bytes())
    }

    /// Whether somebody who names this version and hash has read this text.
    pub fn is_named_by(&self, version: &str, sha256: &str) -> bool {
        self.version == version && self.sha256().eq_ignore_ascii_case(sha256)
    }
}

fn texts() -> &'static [Text] {
    static FILE: OnceLock<File> = OnceLock::new();
    let read = || serde_json::from_str(TEXTS).expect("it is part of the program and read by a test");
    &FILE.get_or_init(read).texts
}

/// The text that is signed today: the newest of its purpose.
pub fn current(purpose: ConsentPurpose) -> Option<&'static Text> {
    texts().iter().rfind(|text| text.purpose == purpose.as_str())
}

/// Until when a word given now stands. Machine `BathingChecks`, `consent_valid_days`.
pub fn valid_until(signed_at: DateTime<Utc>) -> DateTime<Utc> {
    static DAYS: OnceLock<i64> = OnceLock::new();
    let days = *DAYS.get_or_init(|| {
        let file: serde_json::Value = serde_json::from_str(MACHINES).unwrap_or_default();
        let machines = file.get("machines").and_then(|machines| machines.as_array());
        let own = machines.and_then(|all| all.iter().find(|machine| machine["name"] == "BathingChecks"));
        own.and_then(|machine| machine["timers"]["consent_valid_days"].as_i64()).unwrap_or(0)
    });
    signed_at + Duration::days(days)
}

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// The elder decides himself; nobody signs in his place.
    ElderMustSign,
    /// The elder's abilities are lost too far: whoever decides for him signs.
    GuardianMustSign,
    /// The elder himself has said no, and that stands (Civil Code art. 35: his own will is respected as far as he can).
    ElderSaidNo,
}

/// Whether this signature counts. An elder is able until an assessment says otherwise (Civil Code art. 18).
pub fn objection(signed_as: SignedAs, is_elder_able: bool, has_elder_said_no: bool) -> Option<Objection> {
    match (signed_as, is_elder_able) {
        (SignedAs::Elder, true) => None,
        (SignedAs::Elder, false) => Some(Objection::GuardianMustSign),
        (SignedAs::Guardian, true) => Some(Objection::ElderMustSign),
        (SignedAs::Guardian, false) => has_elder_said_no.then_some(Objection::ElderSaidNo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_a_short_text() {
        for purpose in ConsentPurpose::ALL {
            let text = current(*purpose).unwrap();
            assert!((100..=400).contains(&text.text.chars().count()), "{purpose:?}");
            assert_eq!(text.sha256().len(), 64);
        }
        assert!(texts().iter().all(|text| ConsentPurpose::parse(&text.purpose).is_some()));
    }

    #[test]
    fn only_the_text_that_was_read_is_signed() {
        let text = current(ConsentPurpose::BathingRisk).unwrap();
        assert!(text.is_named_by(&text.version, &text.sha256()));
        assert!(!text.is_named_by("2025-12", &text.sha256()));
        assert!(!text.is_named_by(&text.version, &sha256_hex(b"another text")));
    }

    #[test]
    fn the_elder_signs_when_able_and_his_no_outweighs_a_guardians_yes() {
        use Objection::{ElderMustSign, ElderSaidNo, GuardianMustSign};
        let cases = [
            (SignedAs::Elder, true, false, None),
            (SignedAs::Elder, true, true, None),
            (SignedAs::Elder, false, false, Some(GuardianMustSign)),
            (SignedAs::Guardian, true, false, Some(ElderMustSign)),
            (SignedAs::Guardian, false, false, None),
            (SignedAs::Guardian, false, true, Some(ElderSaidNo)),
        ];
        for (signed_as, is_able, said_no, wanted) in cases {
            assert_eq!(objection(signed_as, is_able, said_no), wanted, "{signed_as:?} {is_able} {said_no}");
        }
    }

    #[test]
    fn a_word_stands_for_ninety_days() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(valid_until(at("2026-06-01T00:00:00Z")), at("2026-08-30T00:00:00Z"));
    }
}
