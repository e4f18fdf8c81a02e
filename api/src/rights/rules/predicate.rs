//! The small language of conditions over facts: `all`, `any`, `eq`, `gte`, `lte`, `in`, `contains`, `contains_any`, `under`,
//! `exists`. What nobody has entered is neither yes nor no.

use serde::Deserialize;

use super::facts::{AgeCounts, Facts};
use super::field::{Field, Kind, Value, field};
use super::in_place::read_in_place;

/// Yes, no, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// A fact is missing that would decide.
    Unknown,
}

impl From<bool> for Truth {
    fn from(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

impl Truth {
    /// Both: a no decides, then what is missing.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    /// One of them: a yes decides, then what is missing.
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    /// The opposite; what is not known stays so.
    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// A condition of a programme.
#[derive(Debug)]
pub enum Condition {
    /// Every one of them.
    All(Vec<Self>),
    /// At least one of them.
    Any(Vec<Self>),
    /// One fact.
    Test(Test),
    /// A condition on the person of whom the one who asks is family.
    Relative(Box<Self>),
}

/// What one fact is asked for.
#[derive(Debug)]
pub struct Test {
    /// Which fact.
    pub field: &'static Field,
    /// How it is asked for.
    pub op: Op,
    /// What it is compared with: one value, or several for `in` and `contains_any`; none for `exists`.
    pub wanted: Vec<Value>,
}

/// How a fact is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Is this value.
    Eq,
    /// Is at least so much.
    Gte,
    /// Is at most so much.
    Lte,
    /// Is one of these values.
    In,
    /// Has this word among others.
    Contains,
    /// Has one of these words among others.
    ContainsAny,
    /// Is this region or lies in it.
    Under,
    /// There is one.
    Exists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    all: Option<Vec<Condition>>,
    any: Option<Vec<Condition>>,
    field: Option<String>,
    op: Option<Op>,
    value: Option<serde_json::Value>,
}

read_in_place!(Condition = Raw);

impl TryFrom<Raw> for Condition {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        match raw {
            Raw { all: Some(parts), any: None, field: None, op: None, value: None } => Ok(Self::All(parts)),
            Raw { all: None, any: Some(parts), field: None, op: None, value: None } if !parts.is_empty() => {
                Ok(Self::Any(parts))
            }
            Raw { all: None, any: None, field: Some(code), op: Some(op), value } => test(&code, op, value),
            _ => {
                Err("a condition is either all, or any with something in it, or field and op and value"
                    .into())
            }
        }
    }
}

fn test(code: &str, op: Op, value: Option<serde_json::Value>) -> Result<Condition, String> {
    let field = field(code).ok_or_else(|| format!("there is no field {code:?}"))?;
    if field.kind == Kind::Relative && op == Op::Exists {
        let inner = value.ok_or_else(|| format!("{code} needs a condition as its value"))?;
        let inner = serde_json::from_value(inner).map_err(|error| error.to_string())?;
        return Ok(Condition::Relative(Box::new(inner)));
    }
    let is_fitting = match field.kind {
        Kind::Number => matches!(op, Op::Eq | Op::Gte | Op::Lte | Op::In | Op::Exists),
        Kind::Word => matches!(op, Op::Eq | Op::In | Op::Exists),
        Kind::Flag => op == Op::Eq,
        Kind::Words => matches!(op, Op::Contains | Op::ContainsAny),
        Kind::Region => matches!(op, Op::Eq | Op::Under),
        Kind::Note | Kind::Relative => false,
    };
    if !is_fitting {
        return Err(format!("{code} cannot be asked with {op:?}"));
    }
    let wanted = match (op, value) {
        (Op::Exists, None) => Vec::new(),
        (Op::Exists, Some(_)) => return Err(format!("{code} exists without a value")),
        (Op::In | Op::ContainsAny, Some(serde_json::Value::Array(values))) if !values.is_empty() => values,
        (Op::In | Op::ContainsAny, _) => return Err(format!("{code} needs a list of values")),
        (_, Some(value)) => vec![value],
        (_, None) => return Err(format!("{code} needs a value")),
    };
    let read = |value: serde_json::Value| {
        let value: Value = serde_json::from_value(value).map_err(|_| format!("{code} has no such values"))?;
        match (&value, field.kind) {
            (Value::Text(_), Kind::Words) => field.check(&Value::Words(vec![text(&value).to_owned()]))?,
            _ => field.check(&value)?,
        }
        Ok(value)
    };
    let wanted = wanted.into_iter().map(read).collect::<Result<Vec<_>, String>>()?;
    Ok(Condition::Test(Test { field, op, wanted }))
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

/// One fact that decided, or is missing.
#[derive(Clone, Debug)]
pub struct Reason<'a> {
    /// What was asked.
    pub test: &'a Test,
    /// What is known; `None` when nobody has entered it.
    pub found: Option<Value>,
    /// Whether it fits.
    pub fits: Truth,
}

impl Test {
    fn found(&self, facts: &Facts, age: AgeCounts) -> Option<Value> {
        if self.field.code == "age" {
            return Some(Value::Number(facts.age(age)));
        }
        facts.known(self.field).cloned()
    }

    fn truth(&self, facts: &Facts, age: AgeCounts) -> Truth {
        if self.field.code == "age" {
            return self.holds(&Value::Number(facts.age(age))).into();
        }
        facts.known(self.field).map_or(Truth::Unknown, |known| self.holds(known).into())
    }

    fn holds(&self, known: &Value) -> bool {
        let first = self.wanted.first();
        match (self.op, known) {
            (Op::Exists, known) => *known != Value::Nothing,
            (Op::Eq | Op::In, known) => self.wanted.contains(known),
            (Op::Gte, Value::Number(number)) => {
                matches!(first, Some(Value::Number(least)) if number >= least)
            }
            (Op::Lte, Value::Number(number)) => matches!(first, Some(Value::Number(most)) if number <= most),
            (Op::Contains | Op::ContainsAny, Value::Words(words)) => {
                self.wanted.iter().any(|wanted| words.iter().any(|word| word == text(wanted)))
            }
            (Op::Under, Value::Text(code)) => first.is_some_and(|branch| code.starts_with(text(branch))),
            _ => false,
        }
    }
}

impl Condition {
    /// What the facts say.
    pub fn truth(&self, facts: &Facts, age: AgeCounts) -> Truth {
        match self {
            Self::All(parts) => parts.iter().fold(Truth::Yes, |truth, part| match truth {
                Truth::No => Truth::No,
                other => other.and(part.truth(facts, age)),
            }),
            Self::Any(parts) => parts.iter().fold(Truth::No, |truth, part| match truth {
                Truth::Yes => Truth::Yes,
                other => other.or(part.truth(facts, age)),
            }),
            Self::Test(test) => test.truth(facts, age),
            // The elder who is looked at is the one whose family asks.
            Self::Relative(inner) => inner.truth(facts, age),
        }
    }

    /// The facts that made it so: of `all` the parts that agree with the outcome, of a fulfilled `any` the first that is.
    pub fn deciding<'a>(&'a self, facts: &Facts, age: AgeCounts, into: &mut Vec<Reason<'a>>) {
        let outcome = self.truth(facts, age);
        let agrees = |part: &&Self| part.truth(facts, age) == outcome;
        match self {
            Self::All(parts) => parts.iter().filter(agrees).for_each(|part| part.deciding(facts, age, into)),
            Self::Any(parts) => {
                let most = if outcome == Truth::Yes { 1 } else { parts.len() };
                parts.iter().filter(agrees).take(most).for_each(|part| part.deciding(facts, age, into));
            }
            Self::Test(test) => {
                into.push(Reason { test, found: test.found(facts, age), fits: outcome });
            }
            Self::Relative(inner) => inner.deciding(facts, age, into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str) -> Condition {
        serde_json::from_str(text).unwrap()
    }

    fn facts(pairs: &[(&str, Value)]) -> Facts {
        let mut facts =
            Facts::new("2026-06-01".parse().unwrap(), "1944-03-01".parse().unwrap(), "530111004009");
        for (field, value) in pairs {
            facts.set(field, value.clone());
        }
        facts
    }

    fn truth(text: &str, pairs: &[(&str, Value)]) -> Truth {
        condition(text).truth(&facts(pairs), AgeCounts::OnTheDay)
    }

    #[test]
    fn each_way_of_asking_has_its_yes_and_its_no() {
        let number = |number| Value::Number(number);
        let word = |word: &str| Value::Text(word.to_owned());
        let words = |words: &[&str]| Value::Words(words.iter().map(|word| (*word).to_owned()).collect());
        let cases: [(&str, &str, Value, Value); 9] = [
            ("disability_grade", r#""eq","value":2"#, number(2), number(3)),
            ("disability_grade", r#""gte","value":2"#, number(2), number(1)),
            ("disability_grade", r#""lte","value":2"#, number(2), number(3)),
            ("disability_grade", r#""in","value":[1,2]"#, number(1), Value::Nothing),
            ("disability_grade", r#""exists""#, number(4), Value::Nothing),
            (
                "categories",
                r#""contains","value":"three_nos""#,
                words(&["five_guarantees", "three_nos"]),
                words(&[]),
            ),
            (
                "categories",
                r#""contains_any","value":["three_nos","five_guarantees"]"#,
                words(&["five_guarantees"]),
                words(&["veteran_preferential"]),
            ),
            ("hukou_region", r#""under","value":"530115""#, word("530115001"), word("530111004")),
            ("dementia", r#""eq","value":true"#, Value::Flag(true), Value::Flag(false)),
        ];
        for (field, rest, yes, no) in cases {
            let text = format!(r#"{{"field":"{field}","op":{rest}}}"#);
            assert_eq!(truth(&text, &[(field, yes)]), Truth::Yes, "{text}");
            assert_eq!(truth(&text, &[(field, no)]), Truth::No, "{text}");
            assert_eq!(truth(&text, &[]), Truth::Unknown, "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_no_no() {
        let [yes, no, open] = [
            r#"{"field":"age","op":"gte","value":60}"#,
            r#"{"field":"age","op":"gte","value":90}"#,
            r#"{"field":"dementia","op":"eq","value":true}"#,
        ];
        for (kind, parts, wanted) in [
            ("all", vec![yes, open], Truth::Unknown),
            ("all", vec![no, open], Truth::No),
            ("all", vec![yes, yes], Truth::Yes),
            ("any", vec![open, no], Truth::Unknown),
            ("any", vec![open, yes], Truth::Yes),
            ("any", vec![no, no], Truth::No),
        ] {
            assert_eq!(
                truth(&format!(r#"{{"{kind}":[{}]}}"#, parts.join(",")), &[]),
                wanted,
                "{kind} {parts:?}"
            );
        }
    }

    #[test]
    fn only_the_facts_that_decide_are_named() {
        let text = r#"{"all":[{"field":"age","op":"gte","value":60},
            {"any":[{"field":"dementia","op":"eq","value":true},{"field":"lives_at","op":"eq","value":"home"}]}]}"#;
        let condition = condition(text);
        let deciding = |pairs: &[(&str, Value)]| {
            let mut reasons = Vec::new();
            condition.deciding(&facts(pairs), AgeCounts::OnTheDay, &mut reasons);
            reasons.iter().map(|reason| reason.test.field.code.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(deciding(&[("lives_at", Value::Text("home".into()))]), ["age", "lives_at"]);
        assert_eq!(deciding(&[]), ["dementia", "lives_at"]);
        let institution = ("lives_at", Value::Text("institution".into()));
        assert_eq!(
            deciding(&[institution.clone(), ("dementia", Value::Flag(false))]),
            ["dementia", "lives_at"]
        );
        assert_eq!(deciding(&[institution]), ["dementia"]);
    }
}
