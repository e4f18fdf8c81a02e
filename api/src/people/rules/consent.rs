//! Pure decisions about consents: for what, which text is signed, by whom, and for how long a word stands.

use std::sync::OnceLock;

use chrono::{DateTime, Duration, Utc};
use entities::enums::{ConsentPurpose, SignedAs};
use serde::Deserialize;

use crate::kit::seal::sha256_hex;

const FILE: &str = include_str!("../../../data/consents.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    purposes: Vec<Purpose>,
    texts: Vec<Text>,
}

/// What a consent is for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    purpose: String,
    /// In Chinese.
    pub name: String,
    /// For how many days a word stands; `None`: until it is taken back.
    valid_days: Option<i64>,
    #[allow(dead_code, reason = "words for the reader of the file")]
    source: String,
    /// What is closed while there is no yes, one sentence in Chinese.
    pub closed_without: String,
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

fn file() -> &'static File {
    static READ: OnceLock<File> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(FILE).expect("it is part of the program and read by a test"))
}

/// The text that is signed today: the newest of its purpose.
pub fn current(purpose: ConsentPurpose) -> Option<&'static Text> {
    file().texts.iter().rfind(|text| text.purpose == purpose.as_str())
}

/// What is known of a purpose.
pub fn about(purpose: ConsentPurpose) -> Option<&'static Purpose> {
    file().purposes.iter().find(|known| known.purpose == purpose.as_str())
}

/// Until when a word given now stands; `None`: until it is taken back.
pub fn valid_until(purpose: ConsentPurpose, signed_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    about(purpose).and_then(|known| known.valid_days).map(|days| signed_at + Duration::days(days))
}

/// A word about a purpose.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Whether it is a yes.
    pub is_given: bool,
    /// Whether it was taken back.
    pub is_withdrawn: bool,
    /// Until when it stands; `None`: until it is taken back.
    pub valid_until: Option<DateTime<Utc>>,
}

/// What stands about a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A yes.
    Yes,
    /// A no. Nobody asks again while it stands.
    No,
    /// Nobody has said anything that still stands.
    Open,
}

/// What stands, by the newest word: a no takes every yes before it back, and a yes outlives those before it.
pub fn standing(newest: Option<Word>, now: DateTime<Utc>) -> Standing {
    match newest {
        Some(word) if word.is_withdrawn || word.valid_until.is_some_and(|until| until < now) => {
            Standing::Open
        }
        Some(word) if word.is_given => Standing::Yes,
        Some(_) => Standing::No,
        None => Standing::Open,
    }
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
    fn every_purpose_has_a_short_text_and_says_what_it_closes() {
        for purpose in ConsentPurpose::ALL {
            let text = current(*purpose).unwrap();
            assert!((100..=400).contains(&text.text.chars().count()), "{purpose:?}");
            assert_eq!(text.sha256().len(), 64);
            let known = about(*purpose).unwrap();
            assert!(known.closed_without.ends_with('。') && known.closed_without.chars().count() <= 60);
            assert!(!known.name.is_empty() && !known.source.is_empty());
        }
        let purposes = file().purposes.iter().map(|known| &known.purpose);
        let mut named = purposes.chain(file().texts.iter().map(|text| &text.purpose));
        assert!(named.all(|purpose| ConsentPurpose::parse(purpose).is_some()));
    }

    #[test]
    fn a_bath_is_agreed_to_for_as_long_as_its_machine_says() {
        let machines = include_str!("../../../data/state-machines.json");
        let file: serde_json::Value = serde_json::from_str(machines).unwrap();
        let mut machines = file["machines"].as_array().unwrap().iter();
        let own = machines.find(|machine| machine["name"] == "BathingChecks").unwrap();
        let days = about(ConsentPurpose::BathingRisk).unwrap().valid_days;
        assert_eq!(own["timers"]["consent_valid_days"].as_i64(), days);
    }

    #[test]
    fn the_newest_word_stands_until_it_is_taken_back_or_runs_out() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-06-01T00:00:00Z");
        let word = |is_given, is_withdrawn, until: Option<&str>| {
            Some(Word { is_given, is_withdrawn, valid_until: until.map(at) })
        };
        let cases = [
            (None, Standing::Open),
            (word(true, false, None), Standing::Yes),
            (word(true, true, None), Standing::Open),
            (word(false, false, None), Standing::No),
            (word(true, false, Some("2026-06-01T00:00:00Z")), Standing::Yes),
            (word(true, false, Some("2026-05-31T23:59:59Z")), Standing::Open),
            (word(false, false, Some("2026-05-31T23:59:59Z")), Standing::Open),
        ];
        for (newest, wanted) in cases {
            assert_eq!(standing(newest, now), wanted, "{newest:?}");
        }
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
    fn a_word_about_a_bath_stands_for_ninety_days_and_the_others_until_taken_back() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let signed_at = at("2026-06-01T00:00:00Z");
        assert_eq!(valid_until(ConsentPurpose::BathingRisk, signed_at), Some(at("2026-08-30T00:00:00Z")));
        assert_eq!(valid_until(ConsentPurpose::ProviderNotes, signed_at), None);
    }
}
