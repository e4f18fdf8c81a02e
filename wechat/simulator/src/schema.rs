//! Checks a request body against a table of fields, as strictly as the platform does.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, json};

use crate::{
    bounds::WHOLE_MAX,
    refusal::{Refusal, inner},
};

/// One field of a request body.
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether the body is refused without it.
    pub is_required: bool,
    /// What it may hold.
    pub kind: Kind,
}

/// What a field may hold.
pub enum Kind {
    /// Text of so many bytes. The platform's unit is not documented; bytes are the stricter reading.
    Text {
        /// Fewest bytes.
        min: usize,
        /// Most bytes.
        max: usize,
        /// Which characters may occur.
        letters: Letters,
    },
    /// A whole number of 32 bits, at least this.
    Whole {
        /// Smallest value.
        min: i64,
    },
    /// True or false.
    Truth,
    /// Exactly this text.
    Only(&'static str),
    /// A nested object.
    Object(&'static [Field]),
    /// A list of objects.
    List {
        /// Most members.
        max: usize,
        /// Fields of each member.
        of: &'static [Field],
    },
}

/// Which characters a text may hold.
#[derive(Clone, Copy)]
pub enum Letters {
    /// Anything of one to three UTF-8 bytes.
    Any,
    /// Letters, digits and the listed others.
    Plain(&'static str),
}

/// A required field.
pub const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, is_required: true, kind }
}

/// An optional field.
pub const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, is_required: false, kind }
}

/// Free text up to a number of bytes.
pub const fn text(max: usize) -> Kind {
    Kind::Text { min: 1, max, letters: Letters::Any }
}

/// Reads a body: UTF-8, a JSON object, no null, no character beyond U+FFFF, only known fields within their limits.
pub fn read(body: &[u8], fields: &[Field]) -> Result<Value, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::invalid(inner::PARAMETER, "请求报文不是合法的 UTF-8 JSON"))?;
    let Value::Object(object) = &value else {
        return Err(Refusal::invalid(inner::PARAMETER, "请求报文必须是 JSON 对象"));
    };
    check_characters(&value, "")?;
    check_object(object, fields, "")?;
    Ok(value)
}

/// Refuses a body in which an object names a member twice: which of the two counts is anybody's guess. Bodies that are no
/// JSON are left to [`read`].
pub fn check_names(body: &[u8]) -> Result<(), Refusal> {
    let is_json = body.is_empty() || serde_json::from_slice::<IgnoredAny>(body).is_ok();
    if is_json && !body.is_empty() && serde_json::from_slice::<Distinct>(body).is_err() {
        return Err(Refusal::invalid(inner::PARAMETER, "请求报文含有重复的字段"));
    }
    Ok(())
}

/// Any JSON whose objects name each member once.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

macro_rules! plain_values {
    ($($name:ident: $type:ty),+) => {
        $(fn $name<E>(self, _: $type) -> Result<Self, E> {
            Ok(Self)
        })+
    };
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON whose objects name each member once")
    }

    plain_values!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(Self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a name comes twice"));
            }
            object.next_value::<Self>()?;
        }
        Ok(self)
    }
}

fn check_characters(value: &Value, at: &str) -> Result<(), Refusal> {
    match value {
        Value::Null => Err(Refusal::field(at, value, "不能为 null，请省略该字段")),
        Value::String(text) if text.chars().any(|letter| u32::from(letter) > 0xFFFF) => {
            Err(Refusal::field(at, value, "含有 UTF-8 四字节字符，只支持一至三字节字符"))
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .try_for_each(|(index, member)| check_characters(member, &format!("{at}/{index}"))),
        Value::Object(object) => {
            object.iter().try_for_each(|(name, member)| check_characters(member, &format!("{at}/{name}")))
        }
        _ => Ok(()),
    }
}

fn check_object(object: &Map<String, Value>, fields: &[Field], at: &str) -> Result<(), Refusal> {
    if let Some(extra) = object.keys().find(|name| fields.iter().all(|field| field.name != name.as_str())) {
        let refusal = Refusal::field(&format!("{at}/{extra}"), &object[extra.as_str()], "多余的非法参数");
        return Err(refusal.with_inner(inner::EXTRA_PARAMETER));
    }
    for field in fields {
        let here = format!("{at}/{}", field.name);
        match object.get(field.name) {
            Some(value) => check_value(value, &field.kind, &here)?,
            None if field.is_required => return Err(Refusal::field(&here, &json!(""), "缺少必填字段")),
            None => {}
        }
    }
    Ok(())
}

fn check_value(value: &Value, kind: &Kind, at: &str) -> Result<(), Refusal> {
    let wrong = |issue: &str| Err(Refusal::field(at, value, issue));
    let out_of_range = |issue: &str| Err(Refusal::field(at, value, issue).with_inner(inner::RANGE));
    match (kind, value) {
        (Kind::Text { min, max, letters }, Value::String(text)) => {
            if text.len() < *min || text.len() > *max {
                return out_of_range(&format!("长度应为 {min} 至 {max} 字节"));
            }
            if text.chars().all(|letter| letters.allow(letter)) {
                Ok(())
            } else {
                wrong("含有不允许的字符")
            }
        }
        (Kind::Whole { min }, Value::Number(number)) => match number.as_i64() {
            Some(whole) if (*min..=WHOLE_MAX).contains(&whole) => Ok(()),
            Some(_) => out_of_range(&format!("应在 {min} 至 {WHOLE_MAX} 之间")),
            None if number.is_u64() => out_of_range(&format!("不能大于 {WHOLE_MAX}")),
            None => wrong("必须是整数"),
        },
        (Kind::Truth, Value::Bool(_)) => Ok(()),
        (Kind::Only(text), Value::String(given)) if given == text => Ok(()),
        (Kind::Only(text), _) => wrong(&format!("只支持 {text}")),
        (Kind::Object(fields), Value::Object(object)) => check_object(object, fields, at),
        (Kind::List { max, of }, Value::Array(list)) => {
            if list.is_empty() || list.len() > *max {
                return out_of_range(&format!("应有 1 至 {max} 项"));
            }
            list.iter().enumerate().try_for_each(|(index, member)| match member {
                Value::Object(object) => check_object(object, of, &format!("{at}/{index}")),
                _ => wrong("数组成员必须是对象"),
            })
        }
        _ => wrong("类型错误"),
    }
}

impl Letters {
    fn allow(self, letter: char) -> bool {
        match self {
            Self::Any => !letter.is_control(),
            Self::Plain(others) => letter.is_ascii_alphanumeric() || others.contains(letter),
        }
    }
}
