//! Certificates and keys, in their armour and as bare DER; sealed texts (nonce, additional data, text, each a line).

#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use wechat::crypto::{Certificate, GcmKey, SigningKey, VerifyingKey};
use wechat_fuzz::{API_V3_KEY, lines, vector};

static KEY: LazyLock<GcmKey> = LazyLock::new(|| GcmKey::new(&API_V3_KEY.into()).expect("32 characters"));
const GENUINE: &[u8] = include_bytes!("../seeds/keys/sealed");

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn all(text: &str) {
    if let Ok(certificate) = Certificate::from_pem(text) {
        assert!(
            certificate.serial.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte))
        );
        assert!(certificate.key.verify(b"x", "AAAA").is_err());
    }
    if let Ok(key) = VerifyingKey::from_pem(text) {
        assert!(key.verify(b"x", "AAAA").is_err());
        // A key of its own making may refuse to seal; it must not fall over.
        drop(key.seal("x"));
    }
    if let Ok(key) = SigningKey::from_pem(&text.into()) {
        assert!(key.open("AAAA").is_err());
    }
}

fn opens(data: &[u8]) -> bool {
    let ([nonce, additional], sealed) = lines::<2>(data);
    let (nonce, additional) = (nonce.unwrap_or_default(), additional.unwrap_or_default());
    KEY.open(&nonce, &additional, &String::from_utf8_lossy(sealed)).is_ok()
}

fuzz_target!(
    init: {
        assert!(opens(GENUINE), "the seed is good");
        assert!(Certificate::from_pem(vector("rsa_notify_verify_cert", "cert_pem")).is_ok());
        assert!(Certificate::from_pem(&pem("CERTIFICATE", include_bytes!("../seeds/keys/certificate.der"))).is_ok());
        assert!(VerifyingKey::from_pem(&pem("PUBLIC KEY", include_bytes!("../seeds/keys/public.der"))).is_ok());
    },
    |data: &[u8]| {
        if data.starts_with(b"-----") {
            all(&String::from_utf8_lossy(data));
        } else {
            for label in ["CERTIFICATE", "PUBLIC KEY"] {
                all(&pem(label, data));
            }
        }
        assert!(!opens(data) || data == GENUINE, "a changed text opens");
    }
);
