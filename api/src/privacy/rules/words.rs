//! Chinese words for what columns hold, so that a copy can be read by the person it is about.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::kit::fen::Fen;

const FILE: &str = include_str!("../../../data/words.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    sets: HashMap<String, HashMap<String, String>>,
}

fn file() -> &'static File {
    static READ: OnceLock<File> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(FILE).expect("it is part of the program and read by a test"))
}

/// The word for a value of a set; the value itself when there is none.
pub fn say(set: &str, value: &str) -> String {
    let word = file().sets.get(set).and_then(|words| words.get(value));
    word.map_or_else(|| value.to_owned(), Clone::clone)
}

/// An amount in yuan with two decimals.
pub fn yuan(fen: i64) -> String {
    Fen::new(fen).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! every_value_has_a_word {
        ($($set:ident),+ $(,)?) => { $(
            for value in entities::enums::$set::ALL {
                let words = &file().sets[stringify!($set)];
                assert!(words.contains_key(value.as_str()), "{} {}", stringify!($set), value.as_str());
                assert_eq!(words.len(), entities::enums::$set::ALL.len(), "{}", stringify!($set));
            }
        )+ };
    }

    #[test]
    fn every_value_of_a_column_has_a_chinese_word() {
        every_value_has_a_word!(
            Sex,
            MealState,
            ServiceState,
            MealPeriod,
            MealWay,
            Channel,
            AttemptState,
            RefundState,
            TextState,
            VoucherState,
            EnrolmentState,
            CorrectionState,
            AssessmentState,
            AbilityLevel,
            ConsentPurpose,
            SignedAs,
            BondState,
            ProofKind,
            VitalPhase,
            BathingState,
            IncidentKind,
            CheckState,
            CallBackState,
            PrivacyKind,
            PrivacyState,
        );
        assert_eq!(
            (say("Sex", "FEMALE"), say("Sex", "X"), yuan(1_205)),
            ("女".into(), "X".into(), "12.05".into())
        );
    }
}
