//! Notifications: what is believed, and that nothing else is.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use wechat::pay::{
    Complaint, Notification, NotificationContent, NotifyHeaders, Pay, RefundStatus, Rejection, TradeState,
};

use crate::support::{KEY_ID, NOW, PLATFORM, STRANGER, headers, notification, paid, pay, refunded};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().unwrap());
static PAY: LazyLock<Pay> = LazyLock::new(|| pay(&["http://127.0.0.1:9".to_owned()]));
static VALID: LazyLock<(NotifyHeaders, Vec<u8>)> = LazyLock::new(|| {
    let body = notification("TRANSACTION.SUCCESS", &paid("meal-0001"));
    (headers(&PLATFORM, KEY_ID, NOW, &body), body)
});

fn receive(headers: &NotifyHeaders, body: &[u8]) -> Result<Notification, Rejection> {
    RUNTIME.block_on(PAY.notification(headers, body))
}

fn receive_signed(body: &[u8]) -> Result<Notification, Rejection> {
    receive(&headers(&PLATFORM, KEY_ID, NOW, body), body)
}

#[test]
fn a_payment_is_read_with_both_amounts() {
    let (headers, body) = &*VALID;
    let notification = receive(headers, body).unwrap();
    assert_eq!(notification.id, "EV-2018022511223320873");
    assert_eq!(notification.created_at, NOW);
    let NotificationContent::Paid(paid) = notification.content else { panic!("not a payment") };
    assert_eq!((paid.total_fen, paid.payer_total_fen), (Some(1500), Some(1400)));
    assert_eq!((paid.trade_state, paid.success_at), (TradeState::Success, Some(NOW)));
    assert_eq!(paid.transaction_id.as_deref(), Some("4200000001"));
}

#[test]
fn a_refund_is_not_taken_for_a_payment() {
    let mut plain = refunded("meal-0001@1", "");
    plain["refund_status"] = "ABNORMAL".into();
    plain["mchid"] = "1900000001".into();
    plain.as_object_mut().unwrap().remove("status");
    let notification = receive_signed(&notification("REFUND.ABNORMAL", &plain)).unwrap();
    let NotificationContent::Refunded(refund) = notification.content else { panic!("not a refund") };
    assert_eq!((refund.status, refund.refund_fen), (RefundStatus::Abnormal, 500));
    assert_eq!(refund.mchid.as_deref(), Some("1900000001"));
}

#[test]
fn an_unknown_event_is_kept_as_it_is() {
    let notification =
        receive_signed(&notification("COMPLAINT.CREATE", &json!({"complaint_id": "1"}))).unwrap();
    assert_eq!(notification.content, NotificationContent::Other(json!({"complaint_id": "1"})));
}

#[test]
fn complaints_transfers_and_shares_are_read_when_asked_for() {
    let read = |event: &str, plain: Value| receive_signed(&notification(event, &plain)).unwrap();
    let complaint =
        read("COMPLAINT.CREATE", json!({"complaint_id": "c1", "action_type": "CREATE_COMPLAINT"}));
    let expected = Complaint { complaint_id: "c1".to_owned(), action_type: "CREATE_COMPLAINT".to_owned() };
    assert_eq!(
        (complaint.complaint(), complaint.transfer(), complaint.share()),
        (Some(expected), None, None)
    );
    let transfer = read(
        "MCHTRANSFER.BILL.FINISHED",
        json!({"out_bill_no": "w1", "transfer_bill_no": "t1", "state": "FAIL", "transfer_amount": 300,
            "openid": "o1", "fail_reason": "USER_REFUSED", "mch_id": "1900000001"}),
    );
    let told = transfer.transfer().unwrap();
    assert_eq!((told.out_bill_no.as_str(), told.amount_fen, told.state.as_str()), ("w1", 300, "FAIL"));
    assert_eq!(told.fail_reason.as_deref(), Some("USER_REFUSED"));
    let share = read("PROFITSHARING.SUCCESS", json!({"transaction_id": "4200", "out_order_no": "s1"}));
    assert_eq!(share.share().map(|it| it.out_order_no), Some("s1".to_owned()));
    assert_eq!(read("COMPLAINT.CREATE", json!({"other": 1})).complaint(), None);
    let payment = receive(&VALID.0, &VALID.1).unwrap();
    assert_eq!((payment.complaint(), payment.transfer(), payment.share()), (None, None, None));
}

#[test]
fn every_kind_of_distrust_has_its_name() {
    let (valid, body) = &*VALID;
    let with = |change: fn(&mut NotifyHeaders)| {
        let mut headers = valid.clone();
        change(&mut headers);
        receive(&headers, body).unwrap_err()
    };
    let cases = [
        (with(|h| h.timestamp = None), "missing_header"),
        (with(|h| h.nonce = Some(String::new())), "missing_header"),
        (with(|h| h.timestamp = Some((NOW - 301).to_string())), "stale"),
        (with(|h| h.timestamp = Some(i64::MIN.to_string())), "stale"),
        (with(|h| h.timestamp = Some(i64::MAX.to_string())), "stale"),
        (with(|h| h.timestamp = Some("soon".to_owned())), "malformed"),
        (with(|h| h.serial = Some("PUB_KEY_ID_1".to_owned())), "unknown_serial"),
        (with(|h| h.serial = Some("5157F0".to_owned())), "unknown_serial"),
        (with(|h| h.signature = Some("WECHATPAY/SIGNTEST/x".to_owned())), "probe"),
        (with(|h| h.signature = Some("%".to_owned())), "malformed"),
        (with(|h| h.signature = Some("AAAA".to_owned())), "bad_signature"),
        (receive(&headers(&STRANGER, KEY_ID, NOW, body), body).unwrap_err(), "bad_signature"),
        (receive_signed(b"{}").unwrap_err(), "malformed"),
    ];
    for (rejection, name) in cases {
        assert_eq!(rejection.metric_name(), name);
    }
}

#[test]
fn a_rightly_signed_text_under_another_key_does_not_open() {
    let (_, body) = &*VALID;
    let mut envelope: Value = serde_json::from_slice(body).unwrap();
    envelope["resource"]["associated_data"] = "refund".into();
    assert_eq!(receive_signed(envelope.to_string().as_bytes()), Err(Rejection::Undecryptable));
    envelope["resource"]["algorithm"] = "AES".into();
    assert_eq!(receive_signed(envelope.to_string().as_bytes()), Err(Rejection::Malformed));
}

proptest! {
    #[test]
    fn no_flipped_byte_of_the_body_is_believed(at in any::<prop::sample::Index>(), mask in 1u8..) {
        let (headers, body) = &*VALID;
        let mut body = body.clone();
        let at = at.index(body.len());
        body[at] ^= mask;
        prop_assert_eq!(receive(headers, &body), Err(Rejection::BadSignature));
    }

    #[test]
    fn no_flipped_byte_of_a_header_is_believed(
        field in 0usize..4,
        at in any::<prop::sample::Index>(),
        mask in 1u8..128,
    ) {
        let (valid, body) = &*VALID;
        let mut headers = valid.clone();
        let header = [&mut headers.timestamp, &mut headers.nonce, &mut headers.signature, &mut headers.serial]
            .into_iter()
            .nth(field)
            .unwrap();
        let mut bytes = header.take().unwrap().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        *header = Some(String::from_utf8(bytes).unwrap());
        prop_assert!(receive(&headers, body).is_err());
    }

    #[test]
    fn no_cut_or_longer_body_is_believed(length in 0usize..2000) {
        let (headers, body) = &*VALID;
        prop_assume!(length != body.len());
        let mut body = body.clone();
        body.resize(length, b' ');
        prop_assert_eq!(receive(headers, &body), Err(Rejection::BadSignature));
    }

    #[test]
    fn strange_headers_never_panic(texts in prop::array::uniform5(prop::option::of(any::<String>()))) {
        let [timestamp, nonce, signature, serial, signature_type] = texts;
        let headers = NotifyHeaders { timestamp, nonce, signature, serial, signature_type };
        prop_assert!(receive(&headers, b"").is_err());
    }

    #[test]
    fn another_scheme_is_refused_and_its_own_is_taken(scheme in ".{0,30}") {
        let (valid, body) = &*VALID;
        let of = |scheme: &str| NotifyHeaders { signature_type: Some(scheme.to_owned()), ..valid.clone() };
        prop_assume!(scheme != "WECHATPAY2-SHA256-RSA2048");
        prop_assert!(receive(&of("WECHATPAY2-SHA256-RSA2048"), body).is_ok());
        prop_assert_eq!(receive(&of(&scheme), body).err(), Some(Rejection::Malformed));
    }

    #[test]
    fn strange_signatures_under_a_known_key_never_panic(signature in "[A-Za-z0-9+/=]{0,400}") {
        let (valid, body) = &*VALID;
        let headers = NotifyHeaders { signature: Some(signature), ..valid.clone() };
        prop_assert!(receive(&headers, body).is_err());
    }

    #[test]
    fn rightly_signed_nonsense_never_panics(
        nonce in any::<String>(),
        ciphertext in prop_oneof![any::<String>(), "[A-Za-z0-9+/]{0,80}={0,2}"],
        associated_data in prop::option::of(any::<String>()),
    ) {
        let body = json!({
            "id": "1", "create_time": "2025-10-09T16:53:20+08:00", "event_type": "TRANSACTION.SUCCESS",
            "resource": {"algorithm": "AEAD_AES_256_GCM", "ciphertext": ciphertext, "nonce": nonce,
                "associated_data": associated_data},
        });
        prop_assert_eq!(receive_signed(body.to_string().as_bytes()), Err(Rejection::Undecryptable));
    }
}
