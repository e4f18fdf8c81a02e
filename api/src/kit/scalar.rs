//! Scalars of the schema: money, instants, service days, times of day. A wrong one is found before anything is done.
//! No text form begins with a lower-case letter: `http/guard/cache.rs` counts on it.

use async_graphql::{Description, InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};

use super::fen::Fen as Amount;

/// Largest integer that a JSON number carries exactly: 2^53 - 1.
const JSON_MAX: i64 = 9_007_199_254_740_991;

/// An amount of money in fen (1 yuan = 100 fen), an integer between -(2^53 - 1) and 2^53 - 1.
#[derive(Clone, Copy, Debug, Description)]
pub struct Fen(pub Amount);

#[Scalar(name = "Fen", use_type_description)]
impl ScalarType for Fen {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number
                .as_i64()
                .filter(|fen| (-JSON_MAX..=JSON_MAX).contains(fen))
                .map(|fen| Self(Amount::new(fen)))
                .ok_or_else(|| InputValueError::custom("Fen is an integer of at most 2^53 - 1")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0.get()))
    }
}

impl From<Amount> for Fen {
    fn from(amount: Amount) -> Self {
        Self(amount)
    }
}

/// An instant, RFC 3339 in UTC, such as 2026-06-01T03:00:00Z.
#[derive(Clone, Copy, Debug, Description)]
pub struct Instant(pub DateTime<Utc>);

#[Scalar(name = "DateTime", use_type_description)]
impl ScalarType for Instant {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text
                .parse::<DateTime<Utc>>()
                .map(Self)
                .map_err(|_| InputValueError::custom("DateTime is RFC 3339")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

/// A service day in Asia/Shanghai, such as 2026-06-01.
#[derive(Clone, Copy, Debug, Description)]
pub struct Day(pub NaiveDate);

#[Scalar(name = "Date", use_type_description)]
impl ScalarType for Day {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .filter(|day| (1900..2200).contains(&chrono::Datelike::year(day)))
                .map(Self)
                .ok_or_else(|| InputValueError::custom("Date is YYYY-MM-DD")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<NaiveDate> for Day {
    fn from(day: NaiveDate) -> Self {
        Self(day)
    }
}

/// A time of day in Asia/Shanghai, such as 11:00.
#[derive(Clone, Copy, Debug, Description)]
pub struct TimeOfDay(pub NaiveTime);

#[Scalar(name = "TimeOfDay", use_type_description)]
impl ScalarType for TimeOfDay {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => NaiveTime::parse_from_str(text, "%H:%M")
                .map(Self)
                .map_err(|_| InputValueError::custom("TimeOfDay is HH:MM")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%H:%M").to_string())
    }
}
