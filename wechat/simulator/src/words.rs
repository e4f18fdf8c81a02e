//! The word list of the simulated text check.

use serde_json::{Value, json};

/// Words that make a text risky, with the platform's label.
pub const RISKY: [(&str, i64); 5] =
    [("赌博", 20_006), ("代开发票", 20_006), ("色情", 20_002), ("诈骗", 20_008), ("去死", 20_003)];
/// Words that send a text to a person, with the platform's label.
pub const REVIEW: [(&str, i64); 3] = [("加微信", 10_001), ("免费领取", 10_001), ("保健品", 10_001)];

const NORMAL: i64 = 100;

/// What the check says about a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `pass`, `review` or `risky`.
    pub suggest: &'static str,
    /// The platform's label; 100 is normal.
    pub label: i64,
    /// The word that was found.
    pub keyword: Option<&'static str>,
}

impl Verdict {
    /// The one member of `detail`.
    pub fn detail(&self) -> Value {
        let mut detail =
            json!({ "strategy": "keyword", "errcode": 0, "suggest": self.suggest, "label": self.label });
        if let Some(word) = self.keyword {
            detail["keyword"] = json!(word);
            detail["level"] = json!(90);
        }
        detail
    }
}

/// Judges a text; spaces inside a word do not hide it.
pub fn judge(text: &str) -> Verdict {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let find = |list: &[(&'static str, i64)]| list.iter().copied().find(|(word, _)| text.contains(word));
    if let Some((word, label)) = find(&RISKY) {
        return Verdict { suggest: "risky", label, keyword: Some(word) };
    }
    match find(&REVIEW) {
        Some((word, label)) => Verdict { suggest: "review", label, keyword: Some(word) },
        None => Verdict { suggest: "pass", label: NORMAL, keyword: None },
    }
}
