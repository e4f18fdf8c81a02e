//! Values of message templates, each checked by the kind of its field. Source: 订阅消息参数值内容限制说明.
//!
//! Lengths count characters (Unicode scalar values), not bytes.

use chrono::{DateTime, NaiveDateTime};

/// Times are shown as in Beijing.
const BEIJING_OFFSET_S: i64 = 8 * 3600;

/// Kind of a field: the letters before the number in its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TemplateKind {
    /// `thing`: at most 20 characters of any sort.
    Thing,
    /// `number`: at most 32 digits, decimals allowed.
    Number,
    /// `letter`: at most 32 Latin letters.
    Letter,
    /// `symbol`: at most 5 signs.
    Symbol,
    /// `character_string`: at most 32 digits, letters and signs, no Chinese.
    CharacterString,
    /// `time`: by 24 hours, with or without the date, ranges with `~`.
    Time,
    /// `date`: year, month and day, with or without the time.
    Date,
    /// `amount`: at most one sign of currency and 10 digits.
    Amount,
    /// `phone_number`: at most 17 digits and signs.
    PhoneNumber,
    /// `car_number`: at most 8 characters.
    CarNumber,
    /// `name`: at most 10 characters, 20 if all Latin.
    Name,
    /// `phrase`: at most 5 Chinese characters.
    Phrase,
    /// `const`: one of the words of the template.
    Const,
}

/// A value that fits its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateValue {
    kind: TemplateKind,
    text: String,
}

/// A value that the platform would refuse with 47003.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Nothing is left to show.
    #[error("is empty")]
    Empty,
    /// More characters than the kind allows.
    #[error("has more than {max_chars} characters")]
    TooLong {
        /// The limit.
        max_chars: usize,
    },
    /// A character that the kind does not allow.
    #[error("has a character that this kind does not allow")]
    Character,
    /// An amount or moment that cannot be written.
    #[error("is out of range")]
    OutOfRange,
    /// The field is of another kind than the value.
    #[error("the field is not for values of kind {kind:?}")]
    OtherKind {
        /// Kind of the value.
        kind: TemplateKind,
    },
}

const NAMES: [(&str, TemplateKind); 13] = [
    ("thing", TemplateKind::Thing),
    ("number", TemplateKind::Number),
    ("letter", TemplateKind::Letter),
    ("symbol", TemplateKind::Symbol),
    ("character_string", TemplateKind::CharacterString),
    ("time", TemplateKind::Time),
    ("date", TemplateKind::Date),
    ("amount", TemplateKind::Amount),
    ("phone_number", TemplateKind::PhoneNumber),
    ("car_number", TemplateKind::CarNumber),
    ("name", TemplateKind::Name),
    ("phrase", TemplateKind::Phrase),
    ("const", TemplateKind::Const),
];

impl TemplateKind {
    /// Kind of a field's name: `thing12` is a thing.
    pub fn of_field(name: &str) -> Option<Self> {
        let letters = name.trim_end_matches(|last: char| last.is_ascii_digit());
        let has_number = letters.len() < name.len();
        NAMES.iter().find(|(prefix, _)| has_number && *prefix == letters).map(|(_, kind)| *kind)
    }
}

impl TemplateValue {
    /// What it is for.
    pub fn kind(&self) -> TemplateKind {
        self.kind
    }

    /// As it is sent.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// At most 20 characters. Refuses longer ones; see [`TemplateValue::thing_cut`].
    pub fn thing(text: &str) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::Thing, text.trim(), 20, |_| true)
    }

    /// Cut to 20 characters with `…` at the end; line breaks become spaces; emoji, which the platform refuses, are left out.
    pub fn thing_cut(text: &str) -> Result<Self, ValueError> {
        let shown: String = text.chars().filter(|c| is_shown(*c) && !joins_emoji(*c)).collect();
        if shown.trim().is_empty() && !text.trim().is_empty() {
            return Self::thing("…");
        }
        let plain: Vec<&str> = shown.split(|c: char| c.is_whitespace() || c.is_control()).collect();
        let plain: Vec<&str> = plain.into_iter().filter(|part| !part.is_empty()).collect();
        Self::thing(&cut(&plain.join(" "), 20))
    }

    /// A whole number.
    pub fn number(number: i64) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::Number, &number.to_string(), 32, |_| true)
    }

    /// At most 32 Latin letters.
    pub fn letter(text: &str) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::Letter, text, 32, |c| c.is_ascii_alphabetic())
    }

    /// At most 5 signs.
    pub fn symbol(text: &str) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::Symbol, text, 5, |c| !c.is_alphanumeric() && !c.is_whitespace())
    }

    /// At most 32 printable ASCII characters, such as an order number.
    pub fn character_string(text: &str) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::CharacterString, text, 32, |c| c.is_ascii_graphic())
    }

    /// A moment in unix seconds: `2026年6月5日 08:20`.
    pub fn time(at: i64) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::Time, &beijing(at, "%Y年%-m月%-d日 %H:%M")?, 32, |_| true)
    }

    /// A span in unix seconds: `2026年6月5日 08:20~09:20`; with both dates if it ends on another day.
    pub fn span(from: i64, to: i64) -> Result<Self, ValueError> {
        if to < from {
            return Err(ValueError::OutOfRange);
        }
        let is_one_day = beijing(from, "%F")? == beijing(to, "%F")?;
        let end = beijing(to, if is_one_day { "%H:%M" } else { "%Y年%-m月%-d日 %H:%M" })?;
        let text = format!("{}~{end}", beijing(from, "%Y年%-m月%-d日 %H:%M")?);
        Self::checked(TemplateKind::Time, &text, 40, |_| true)
    }

    /// The day of a moment in unix seconds: `2026年6月5日`.
    pub fn date(at: i64) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::Date, &beijing(at, "%Y年%-m月%-d日")?, 32, |_| true)
    }

    /// Fen as `12.34元`; 0 to 99,999,999.99 yuan, which is 10 digits.
    pub fn amount(fen: i64) -> Result<Self, ValueError> {
        if !(0..=9_999_999_999).contains(&fen) {
            return Err(ValueError::OutOfRange);
        }
        let text = format!("{}.{:02}元", fen / 100, fen % 100);
        Ok(Self { kind: TemplateKind::Amount, text })
    }

    /// At most 17 digits and signs.
    pub fn phone_number(text: &str) -> Result<Self, ValueError> {
        let allow = |c: char| c.is_ascii_digit() || "+-() *".contains(c);
        Self::checked(TemplateKind::PhoneNumber, text, 17, allow)
    }

    /// At most 8 characters.
    pub fn car_number(text: &str) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::CarNumber, text, 8, char::is_alphanumeric)
    }

    /// A person's name: at most 20 Latin letters and signs, or 10 characters if any of them is Chinese. The
    /// middle dot of minority names counts like a character; digits are refused.
    pub fn name(text: &str) -> Result<Self, ValueError> {
        let max_chars = if text.is_ascii() { 20 } else { 10 };
        Self::checked(TemplateKind::Name, text, max_chars, |c| !c.is_numeric())
    }

    /// At most 5 Chinese characters, nothing else.
    pub fn phrase(text: &str) -> Result<Self, ValueError> {
        Self::checked(TemplateKind::Phrase, text, 5, is_chinese)
    }

    /// One of the words that the template lists.
    pub fn one_of(text: &str, words: &[&str]) -> Result<Self, ValueError> {
        if !words.contains(&text) {
            return Err(ValueError::Character);
        }
        Self::checked(TemplateKind::Const, text, 20, |_| true)
    }

    fn checked(
        kind: TemplateKind,
        text: &str,
        max_chars: usize,
        allow: impl Fn(char) -> bool,
    ) -> Result<Self, ValueError> {
        if text.trim().is_empty() {
            return Err(ValueError::Empty);
        }
        if text.chars().any(|c| c.is_control() || !is_shown(c) || !allow(c)) {
            return Err(ValueError::Character);
        }
        if text.chars().count() > max_chars {
            return Err(ValueError::TooLong { max_chars });
        }
        Ok(Self { kind, text: text.to_owned() })
    }
}

fn is_chinese(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_23AF)
}

/// Letters, digits, Chinese and symbols are allowed; a character of four bytes is Chinese, or it is none of these.
fn is_shown(c: char) -> bool {
    u32::from(c) <= 0xFFFF || is_chinese(c)
}

/// What holds an emoji together, and says nothing without it.
fn joins_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x200D | 0xFE00..=0xFE0F)
}

/// Whether a character belongs to the one before it: accents.
fn clings(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36F | 0x20D0..=0x20FF)
}

/// At most `max_chars`, the last of them `…` if something was cut off.
fn cut(text: &str, max_chars: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= max_chars {
        return text.to_owned();
    }
    let mut keep = max_chars - 1;
    while keep > 0 && clings(letters[keep]) {
        keep -= 1;
    }
    let kept: String = letters[..keep].iter().collect();
    format!("{}…", kept.trim_end())
}

fn beijing(at: i64, format: &str) -> Result<String, ValueError> {
    let shifted = at.checked_add(BEIJING_OFFSET_S).ok_or(ValueError::OutOfRange)?;
    let local: NaiveDateTime =
        DateTime::from_timestamp(shifted, 0).ok_or(ValueError::OutOfRange)?.naive_utc();
    Ok(local.format(format).to_string())
}
