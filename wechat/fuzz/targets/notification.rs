//! Four lines of headers (timestamp, nonce, serial, signature) and a body: nobody believes what the platform did not sign.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat::pay::{NotifyHeaders, Rejection};
use wechat_fuzz::{judge, lines};

/// The published notification, whose cipher text is for another key, and one that opens.
const GENUINE: [&[u8]; 2] =
    [include_bytes!("../seeds/notification/published"), include_bytes!("../seeds/notification/paid")];

fn is_signed(data: &[u8]) -> bool {
    let ([timestamp, nonce, serial, signature], body) = lines::<4>(data);
    let judged = judge(&NotifyHeaders { timestamp, nonce, serial, signature, signature_type: None }, body);
    // What does not open was verified before.
    matches!(judged, Ok(_) | Err(Rejection::Undecryptable))
}

fuzz_target!(
    init: for seed in GENUINE { assert!(is_signed(seed), "the seeds are good") },
    |data: &[u8]| {
        assert!(!is_signed(data) || GENUINE.contains(&data), "a changed notification is believed");
    }
);
