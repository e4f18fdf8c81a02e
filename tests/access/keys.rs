//! Production does not start with a key that everybody knows.

use std::collections::BTreeMap;

use nuanyang::config::Config;
use nuanyang::kit::seal::sha256_hex;

/// Drawn once for this test; of no use elsewhere, as it stands here.
const DRAWN: &str = "7c1f9d02ab64e35880d3fa17c29b4e6ff04a5d81b3276ec9180e5fd7a263bc49";

fn settings(name: &str, value: &str) -> BTreeMap<String, String> {
    let field = format!("k1:{DRAWN}");
    let mut pairs = BTreeMap::from([
        ("mode", "production"),
        ("public_url", "https://care.example"),
        ("field_keys", field.as_str()),
        ("index_key", DRAWN),
        ("token_key", "x"),
        ("wechat_appid", "wx1"),
        ("wechat_secret", "x"),
        ("wechat_mchid", "1"),
        ("wechat_merchant_serial", "1"),
        ("wechat_merchant_key", "x"),
        ("wechat_apiv3_key", "x"),
    ]);
    pairs.insert(name, value);
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Keys out of documents, examples and habits.
fn known() -> Vec<String> {
    let bytes =
        |make: &dyn Fn(u8) -> u8| (0..32).map(|place| format!("{:02x}", make(place))).collect::<String>();
    let mut keys: Vec<String> =
        "0123456789abcdef".chars().map(|digit| digit.to_string().repeat(64)).collect();
    keys.extend(
        [
            "01",
            "0123456789abcdef",
            "fedcba9876543210",
            "deadbeef",
            "cafebabe",
            "00112233445566778899aabbccddeeff",
        ]
        .map(|piece| piece.repeat(64 / piece.len())),
    );
    keys.push(bytes(&|place| place));
    keys.push(bytes(&|place| place + 1));
    keys.push(bytes(&|place| 31 - place));
    keys.push(bytes(&|place| place * 8));
    keys.extend(
        ["", "password", "secret", "changeme", "123456", "test", "admin", "nuanyang"]
            .map(|word| sha256_hex(word.as_bytes())),
    );
    keys.extend([
        "".to_owned(),
        DRAWN[..32].to_owned(),
        DRAWN[..63].to_owned(),
        "not hexadecimal at all, but sixty-four characters long, as wanted".into(),
    ]);
    keys
}

#[test]
fn production_refuses_every_key_that_is_known_or_weak() {
    assert!(Config::from_pairs(settings("mode", "production")).is_ok(), "the control starts");
    let keys = known();
    assert!(keys.len() >= 30);
    let mut accepted = Vec::new();
    for key in &keys {
        for (name, value) in [
            ("index_key", key.clone()),
            ("field_keys", format!("k1:{key}")),
            ("field_keys", format!("k2:{DRAWN},k1:{key}")),
        ] {
            if Config::from_pairs(settings(name, &value)).is_ok() {
                accepted.push(format!("{name} = {value}"));
            }
        }
    }
    assert!(accepted.is_empty(), "{} accepted\n{}", accepted.len(), accepted.join("\n"));
}
