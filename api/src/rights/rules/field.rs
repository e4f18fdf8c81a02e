//! What an archive can say of an elder: fields with their kinds and values, as data in `api/data/fact-fields.json`.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::place::is_region;

const FIELDS: &str = include_str!("../../../data/fact-fields.json");

/// Characters of a text that is written for people, at most.
pub const NOTE_MAX: usize = 200;

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A whole number.
    Number,
    /// One of the values listed.
    Word,
    /// Any of the values listed, or none of them.
    Words,
    /// Yes or no.
    Flag,
    /// Official code of a region.
    Region,
    /// Words for people; no condition reads them.
    Note,
    /// Another person; conditions ask for that person's facts.
    Relative,
}

/// A value that a field can have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Written in rules and rows.
    pub code: String,
    /// Shown to people.
    pub zh: String,
}

/// One field of the archive.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Names the field in rules and rows.
    pub code: String,
    /// Name for people.
    pub zh: String,
    /// What its values are.
    pub kind: Kind,
    /// Values of a WORD or WORDS.
    #[serde(default)]
    pub values: Vec<Choice>,
    /// Unit of a NUMBER, in Chinese.
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    least: Option<i64>,
    #[serde(default)]
    most: Option<i64>,
    /// Known from elsewhere, never entered: the elder's row, the published assessment, the question.
    #[serde(default)]
    pub is_derived: bool,
    /// Whether it can be known that there is none.
    #[serde(default)]
    pub may_be_nothing: bool,
    /// Where it stands in the catalogue.
    #[serde(skip)]
    pub place: usize,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[allow(dead_code, reason = "words for the reader of the file")]
    about: String,
    fields: Vec<Field>,
}

/// What is known of one field. In rows and files it is plain JSON; `null` is NOTHING.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// It is known that there is none.
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A word, a region's code or a note.
    Text(String),
    /// Words.
    Words(Vec<String>),
}

/// All fields, in the order in which they are shown.
pub fn catalogue() -> &'static [Field] {
    static FILE: OnceLock<File> = OnceLock::new();
    let read = || {
        let mut file: File =
            serde_json::from_str(FIELDS).expect("it is part of the program and read by a test");
        for (place, field) in file.fields.iter_mut().enumerate() {
            field.place = place;
        }
        file
    };
    &FILE.get_or_init(read).fields
}

/// The field of a code.
pub fn field(code: &str) -> Option<&'static Field> {
    catalogue().iter().find(|field| field.code == code)
}

impl Field {
    /// Whether a value can stand here; the error says why not.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let is_fitting = match (self.kind, value) {
            (_, Value::Nothing) => self.may_be_nothing,
            (Kind::Flag, Value::Flag(_)) => true,
            (Kind::Number, Value::Number(number)) => {
                self.least.is_none_or(|least| least <= *number)
                    && self.most.is_none_or(|most| *number <= most)
            }
            (Kind::Word, Value::Text(word)) => self.knows(word),
            (Kind::Words, Value::Words(words)) => words.iter().all(|word| self.knows(word)),
            (Kind::Region, Value::Text(code)) => is_region(code),
            (Kind::Note, Value::Text(note)) => (1..=NOTE_MAX).contains(&note.chars().count()),
            _ => false,
        };
        if is_fitting { Ok(()) } else { Err(format!("{} cannot be {}", self.code, serde_json::json!(value))) }
    }

    /// Reads what a person wrote: codes or Chinese words, 是 and 否, 无 where it can be known that there is none.
    pub fn read(&self, texts: &[String]) -> Result<Value, String> {
        let word = |text: &str| {
            let found = self.values.iter().find(|choice| choice.code == text || choice.zh == text);
            found.map(|choice| choice.code.clone()).ok_or_else(|| self.cannot(text))
        };
        let texts: Vec<&str> = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
        let is_nothing = matches!(texts.as_slice(), ["无" | "none"]) && !self.knows("none");
        let value = match (self.kind, texts.as_slice()) {
            (Kind::Words, _) if is_nothing => Value::Words(Vec::new()),
            (_, _) if is_nothing => Value::Nothing,
            (Kind::Words, words) => {
                let mut words = words.iter().map(|text| word(text)).collect::<Result<Vec<_>, _>>()?;
                words.sort_unstable();
                words.dedup();
                Value::Words(words)
            }
            (Kind::Word, [text]) => Value::Text(word(text)?),
            (Kind::Flag, ["是" | "yes" | "true" | "1"]) => Value::Flag(true),
            (Kind::Flag, ["否" | "no" | "false" | "0"]) => Value::Flag(false),
            (Kind::Number, [text]) => Value::Number(text.parse().map_err(|_| self.cannot(text))?),
            (Kind::Region | Kind::Note, [text]) => Value::Text((*text).to_owned()),
            (_, texts) => return Err(self.cannot(&texts.join("、"))),
        };
        self.check(&value).map_err(|_| self.cannot(&texts.join("、")))?;
        Ok(value)
    }

    /// A value in the words of people.
    pub fn say(&self, value: &Value) -> String {
        let word = |code: &String| {
            let choice = self.values.iter().find(|choice| choice.code == *code);
            choice.map_or(code, |choice| &choice.zh).clone()
        };
        match value {
            Value::Nothing => "无".to_owned(),
            Value::Flag(is_so) => if *is_so { "是" } else { "否" }.to_owned(),
            Value::Number(number) => format!("{number}{}", self.unit),
            Value::Text(text) => word(text),
            Value::Words(words) if words.is_empty() => "无".to_owned(),
            Value::Words(words) => words.iter().map(word).collect::<Vec<_>>().join("、"),
        }
    }

    fn knows(&self, word: &str) -> bool {
        self.values.iter().any(|choice| choice.code == word)
    }

    fn cannot(&self, text: &str) -> String {
        let known: Vec<&str> = self.values.iter().map(|choice| choice.zh.as_str()).collect();
        let hint = match self.kind {
            Kind::Word | Kind::Words => format!("可填：{}", known.join("、")),
            Kind::Flag => "可填：是、否".to_owned(),
            Kind::Number => match (self.least, self.most) {
                (Some(least), Some(most)) => format!("应为{least}到{most}的整数"),
                _ => "应为整数".to_owned(),
            },
            Kind::Region => "应为行政区划代码".to_owned(),
            Kind::Note => format!("最多{NOTE_MAX}字"),
            Kind::Relative => "不能填写".to_owned(),
        };
        format!("“{}”不能填“{text}”，{hint}", self.zh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn every_field_has_a_code_of_its_own_and_words_have_values() {
        for field in catalogue() {
            assert_eq!(super::field(&field.code), Some(field), "{}", field.code);
            let has_values = matches!(field.kind, Kind::Word | Kind::Words);
            assert_eq!(has_values, !field.values.is_empty(), "{}", field.code);
        }
    }

    #[test]
    fn people_write_codes_or_chinese_words() {
        let categories = field("categories").unwrap();
        let both = Value::Words(texts(&["extremely_poor", "minimum_living_allowance"]));
        assert_eq!(categories.read(&texts(&["低保对象", "extremely_poor", "低保对象"])).as_ref(), Ok(&both));
        assert_eq!(categories.read(&texts(&["无"])), Ok(Value::Words(Vec::new())));
        assert_eq!(categories.say(&both), "特困供养人员、低保对象");
        let grade = field("disability_grade").unwrap();
        assert_eq!(grade.read(&texts(&["2"])), Ok(Value::Number(2)));
        assert_eq!(grade.read(&texts(&["无"])), Ok(Value::Nothing));
        assert_eq!(grade.read(&texts(&["5"])).unwrap_err(), "“残疾等级”不能填“5”，应为1到4的整数");
        assert_eq!(field("care_need").unwrap().read(&texts(&["none"])), Ok(Value::Text("none".into())));
        assert!(field("household_type").unwrap().read(&texts(&["无"])).is_err());
        assert!(field("hukou_region").unwrap().read(&texts(&["晋宁"])).is_err());
        assert!(field("dementia").unwrap().read(&texts(&[])).is_err());
    }

    #[test]
    fn values_are_plain_json_in_rows() {
        for (text, value) in [
            ("null", Value::Nothing),
            ("false", Value::Flag(false)),
            ("4", Value::Number(4)),
            ("\"home\"", Value::Text("home".into())),
            ("[]", Value::Words(Vec::new())),
        ] {
            assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
    }
}
