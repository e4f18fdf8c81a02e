//! Published vectors. The push vectors are in the unit tests of `push`, which can set the salt.

use wechat::Secret;
use wechat::bill::{TradeSummary, read_trade_bill};
use wechat::crypto::{
    Certificate, CryptoError, GcmKey, SigningKey, Stamp, VerifyingKey, answer_message, payment_page_message,
    request_message, sha1_hex,
};
use wechat::session::{SealedUserData, open_user_data, signature};

use crate::support::{text, vector};

fn stamp(vector: &serde_json::Value) -> Stamp<'_> {
    Stamp { timestamp: text(vector, "timestamp"), nonce: text(vector, "nonce") }
}

#[test]
fn the_published_request_signature_is_reproduced() {
    let vector = vector("rsa_request_sign");
    let key = SigningKey::from_pem(&text(vector, "key_pem").into()).unwrap();
    let message =
        request_message(text(vector, "method"), text(vector, "target"), stamp(vector), text(vector, "body"));
    assert_eq!(key.sign(message.as_bytes()).unwrap(), text(vector, "signature"));
}

#[test]
fn the_published_payment_page_signature_is_reproduced() {
    let vector = vector("rsa_pay_sign");
    let key = SigningKey::from_pem(&text(vector, "key_pem").into()).unwrap();
    let message = payment_page_message(text(vector, "appid"), stamp(vector), text(vector, "package"));
    assert_eq!(key.sign(message.as_bytes()).unwrap(), text(vector, "signature"));
}

#[test]
fn the_published_answer_verifies_and_no_other_body_does() {
    let vector = vector("rsa_response_verify");
    let key = VerifyingKey::from_pem(text(vector, "pub_pem")).unwrap();
    let (body, signature) = (text(vector, "body"), text(vector, "signature"));
    assert_eq!(key.verify(&answer_message(stamp(vector), body.as_bytes()), signature), Ok(()));
    let other = answer_message(stamp(vector), body.replace("Jy", "jy").as_bytes());
    assert_eq!(key.verify(&other, signature), Err(CryptoError::Signature));
    assert_eq!(key.verify(&other, "no base64!"), Err(CryptoError::Encoding));
}

#[test]
fn the_published_notification_verifies_with_its_certificate() {
    let vector = vector("rsa_notify_verify_cert");
    let certificate = Certificate::from_pem(text(vector, "cert_pem")).unwrap();
    assert_eq!(certificate.serial, text(vector, "serial"));
    let message = answer_message(stamp(vector), text(vector, "body").as_bytes());
    assert_eq!(certificate.key.verify(&message, text(vector, "signature")), Ok(()));
}

#[test]
fn the_published_cipher_text_opens_only_unchanged() {
    let vector = vector("aes256gcm");
    let key = GcmKey::new(&text(vector, "key").into()).unwrap();
    let (nonce, aad, sealed) = (text(vector, "nonce"), text(vector, "aad"), text(vector, "ciphertext_b64"));
    assert_eq!(key.open(nonce, aad, sealed).unwrap(), text(vector, "plaintext").as_bytes());
    assert_eq!(key.open(nonce, "", sealed), Err(CryptoError::Cipher));
    assert_eq!(key.open(nonce, aad, &sealed.replace("ulw", "vlw")), Err(CryptoError::Cipher));
    assert_eq!(key.open(nonce, aad, "AAAA"), Err(CryptoError::Cipher));
    assert_eq!(key.open("eleven char", aad, sealed), Err(CryptoError::Encoding));
    assert!(GcmKey::new(&"sixteen characte".into()).is_err());
}

#[test]
fn the_published_certificate_list_holds_the_expected_serial() {
    let vector = vector("certificates_response");
    let key = GcmKey::new(&text(vector, "key").into()).unwrap();
    let opened =
        key.open(text(vector, "nonce"), text(vector, "aad"), text(vector, "ciphertext_b64")).unwrap();
    let certificate = Certificate::from_pem(&String::from_utf8(opened).unwrap()).unwrap();
    assert_eq!(certificate.serial, text(vector, "expect_serial"));
    assert!(certificate.begins_at < certificate.expires_at);
}

#[test]
fn the_published_session_signature_is_reproduced() {
    let vector = vector("session_hmac");
    let key = Secret::from(text(vector, "session_key"));
    assert_eq!(signature(&key, text(vector, "body")), text(vector, "signature"));
    assert_eq!(signature(&key, ""), text(vector, "signature_empty_body"));
}

#[test]
fn the_published_user_data_open_for_their_app_only() {
    let vector = vector("session_data_decrypt");
    let key = Secret::from(text(vector, "session_key"));
    let sealed = SealedUserData { encrypted_data: text(vector, "encryptedData"), iv: text(vector, "iv") };
    let appid = text(vector, "appid");
    let data = open_user_data(&key, sealed, appid).unwrap();
    assert_eq!(data["nickName"], "Band");
    assert_eq!(open_user_data(&key, sealed, "wx0"), Err(CryptoError::Cipher));
    let short_iv = SealedUserData { iv: "AAAA", ..sealed };
    assert_eq!(open_user_data(&key, short_iv, appid), Err(CryptoError::Encoding));
    let ragged = SealedUserData { encrypted_data: "AAAA", ..sealed };
    assert_eq!(open_user_data(&key, ragged, appid), Err(CryptoError::Cipher));
}

#[test]
fn the_published_bill_adds_up() {
    let bytes = include_bytes!("../data/bill.ALL.sample.csv");
    let vector = vector("bill_sample");
    assert_eq!(sha1_hex(bytes), text(vector, "sha1"));
    let bill = read_trade_bill(bytes).unwrap();
    assert_eq!(vector["detail_rows"], bill.rows.len());
    let expected = TradeSummary {
        count: 45,
        settled_fen: 47,
        refund_fen: 14,
        coupon_refund_fen: 0,
        fee_yuan_e5: 8000,
        order_fen: 47,
        requested_refund_fen: 14,
    };
    assert_eq!(bill.summary, expected);
    assert_eq!(bill.rows.iter().map(|row| row.order_fen).sum::<i64>(), 47);
    assert_eq!(bill.rows.iter().map(|row| row.refund_fen).sum::<i64>(), 14);
    assert_eq!(bill.rows[0].traded_at, 1_550_523_706);
    assert_eq!(bill.rows[2].refund_id, None);
}
