//! What the targets have in common: a client with the published keys, and the platform's part for texts behind a signature.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use wechat::crypto::{SigningKey, Stamp, answer_message};
use wechat::pay::{Notification, NotifyHeaders, Pay, PayConfig, PlatformKey, Rejection};
use wechat::push::{Push, PushConfig};

/// The APIv3 key of the published vectors.
pub const API_V3_KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
/// When the published notification was signed.
pub const NOW: i64 = 1_624_523_846;
/// The id of the second key that the client knows, the simulator's.
pub const KEY_ID: &str = "PUB_KEY_ID_SIM0000000000000000000000001";
/// The platform's half of that key, to sign what shall be believed.
pub static PLATFORM: LazyLock<SigningKey> = LazyLock::new(|| {
    let pem = include_str!("../../simulator/keys/throwaway-platform-public-key-private.pem");
    SigningKey::from_pem(&pem.into()).expect("the simulator's key reads")
});
/// The published vectors.
static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../tests/data/vectors.json")).expect("the vectors read")
});
static PAY: LazyLock<Pay> = LazyLock::new(pay);

/// A field of a published vector.
pub fn vector(name: &str, field: &str) -> &'static str {
    VECTORS[name][field].as_str().expect("the vector has this field")
}

fn pay() -> Pay {
    let config = PayConfig {
        bases: vec!["http://127.0.0.1:9".to_owned()],
        appid: "wxsim0000000000001".to_owned(),
        mchid: "1900000001".to_owned(),
        merchant_key_pem: vector("rsa_request_sign", "key_pem").into(),
        merchant_serial: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1".to_owned(),
        platform_keys: vec![
            PlatformKey::Certificate { pem: vector("rsa_notify_verify_cert", "cert_pem").to_owned() },
            PlatformKey::Public {
                id: KEY_ID.to_owned(),
                pem: include_str!("../../simulator/keys/throwaway-platform-public-key.pem").to_owned(),
            },
        ],
        uses_certificates: false,
        apiv3_key: API_V3_KEY.into(),
        notify_url: "https://example.org/wechat/pay".to_owned(),
        refund_notify_url: "https://example.org/wechat/refund".to_owned(),
    };
    Pay::new(config, Arc::new(|| NOW)).expect("the settings are good")
}

/// Lets the client judge a notification. It knows all keys that it needs and waits for nobody.
pub fn judge(headers: &NotifyHeaders, body: &[u8]) -> Result<Notification, Rejection> {
    match pin!(PAY.notification(headers, body)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(judged) => judged,
        Poll::Pending => unreachable!("a notification asked the network"),
    }
}

/// Headers as the platform would sign this body.
pub fn signed(body: &[u8]) -> NotifyHeaders {
    let (timestamp, nonce) = (NOW.to_string(), "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz");
    let message = answer_message(Stamp { timestamp: &timestamp, nonce }, body);
    let signature = PLATFORM.sign(&message).expect("the platform signs");
    NotifyHeaders {
        timestamp: Some(timestamp),
        nonce: Some(nonce.to_owned()),
        signature: Some(signature),
        serial: Some(KEY_ID.to_owned()),
        signature_type: None,
    }
}

/// A body of a notification around this plain text.
pub fn sealed(event_type: &str, plain: &[u8]) -> Vec<u8> {
    let key = UnboundKey::new(&AES_256_GCM, API_V3_KEY.as_bytes()).expect("a key of 32 bytes");
    let nonce = "uluk4a9R25RW";
    let unique = Nonce::try_assume_unique_for_key(nonce.as_bytes()).expect("a nonce of 12 bytes");
    let mut text = plain.to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(unique, Aad::from(b"transaction"), &mut text)
        .expect("it seals");
    let body = serde_json::json!({
        "id": "EV-1", "create_time": "2021-06-24T16:37:26+08:00", "resource_type": "encrypt-resource",
        "event_type": event_type, "summary": "",
        "resource": { "original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "nonce": nonce,
            "associated_data": "transaction", "ciphertext": STANDARD.encode(text) },
    });
    body.to_string().into_bytes()
}

/// The push address of the published vectors, at the moment of the vector `name`.
pub fn push(name: &str) -> Push {
    let now: i64 = vector(name, "timestamp").parse().expect("a number");
    let config = PushConfig {
        appid: vector("push_secure", "appid").to_owned(),
        token: vector("push_secure", "token").into(),
        encoding_aes_key: vector("push_secure", "encoding_aes_key").into(),
    };
    Push::new(config, Arc::new(move || now)).expect("the settings are good")
}

/// So many first lines, and what follows them. A line that is missing is `None`.
pub fn lines<const N: usize>(data: &[u8]) -> ([Option<String>; N], &[u8]) {
    let mut rest = data;
    let head = std::array::from_fn(|_| {
        let at = rest.iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8_lossy(&rest[..at]).into_owned();
        rest = &rest[at + 1..];
        Some(line)
    });
    (head, rest)
}

/// Numbers at the edge of what the client can hold: 64 bits as fen, as hundred-thousandths of a yuan and as they are, and what is
/// hardly a number.
const EDGES: [&str; 24] = [
    "92233720368547758.07",
    "92233720368547758.08",
    "92233720368547758",
    "92233720368547759",
    "-92233720368547758.08",
    "-92233720368547758.09",
    "92233720368547.75807",
    "92233720368547.75808",
    "92233720368548",
    "99999999999999.99",
    "99999999999999999.99",
    "999999999999999999.99",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551616",
    "2147483648",
    "00000000000000000000000000.01",
    "0.001",
    "-0.01",
    "-0",
    "1.",
    ".5",
    "",
];

/// The bill with one of its numbers at the edge; `None` when it has no numbers. `dice` chooses both.
pub fn at_the_edge(bill: &[u8], dice: u32) -> Option<Vec<u8>> {
    let dice = dice as usize;
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    let marks = bill.iter().enumerate().filter(|(_, byte)| **byte == b'`').map(|(at, _)| at + 1);
    let cells: Vec<_> = marks
        .map(|from| from..from + bill[from..].iter().take_while(|byte| is_digit(**byte)).count())
        .filter(|cell| matches!(bill.get(cell.end), None | Some(b',' | b'\r' | b'\n')))
        .collect();
    let cell = cells.get(dice.checked_rem(cells.len())?)?;
    let edge = EDGES[dice / cells.len() % EDGES.len()];
    Some([&bill[..cell.start], edge.as_bytes(), &bill[cell.end..]].concat())
}
