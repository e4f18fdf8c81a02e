//! Reading what the platform sends.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What stands in the place of U+0000, which no number of the platform holds and no database takes as text.
const REPLACEMENT: &str = "\u{FFFD}";

/// Reads JSON of the platform. Texts are as they came, but for U+0000: what holds one fits nothing that is known, and can be
/// kept all the same.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    if !json.windows(6).any(|six| six == br"\u0000") {
        return serde_json::from_slice(json);
    }
    let mut value: Value = serde_json::from_slice(json)?;
    clean(&mut value);
    serde_json::from_value(value)
}

fn clean(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', REPLACEMENT),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => fields.values_mut().for_each(clean),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;

    #[test]
    fn a_nul_is_replaced_wherever_it_stands_and_nothing_else_is_touched() {
        let read = |text: &str| read::<Value>(text.as_bytes()).unwrap();
        assert_eq!(
            read(r#"{"a":"x\u0000","b":[{"c":"\u0000"}],"d":1}"#),
            json!({"a":"x\u{FFFD}","b":[{"c":"\u{FFFD}"}],"d":1})
        );
        assert_eq!(read(r#"{"a":"\\u0000"}"#), json!({"a":"\\u0000"}), "six characters, none of them U+0000");
        assert_eq!(read(r#"{"a":"少盐"}"#), json!({"a":"少盐"}));
    }
}
