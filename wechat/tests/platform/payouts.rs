//! Profit sharing and transfers, off by default; abnormal refunds; complaints.

use serde_json::json;
use wechat::Secret;
use wechat::pay::{
    AbnormalRefund, Advice, ComplaintState, ErrorCode, Pay, PayError, PayOptions, Payout, PayoutKind,
    PayoutOrder, PayoutState, PayoutSwitch, Receiver, RefundRequest, RefundStatus, RefundTo, ShareReturn,
    TransferScene,
};
use wechat_simulator::openid_of;

use crate::bench::{Bench, TIMEOUTS};

fn pay(bench: &Bench) -> Pay {
    let scene = TransferScene {
        id: "1005".to_owned(),
        reports: vec![
            ("岗位类型".to_owned(), "居家护理员".to_owned()),
            ("报酬说明".to_owned(), "上门服务报酬".to_owned()),
        ],
        notify_url: None,
    };
    let payouts = PayoutSwitch { sharing: true, transfers: Some(scene) };
    let options = PayOptions { timeouts: TIMEOUTS, payouts, ..PayOptions::default() };
    Pay::with_options(bench.pay_config(), options, bench.now()).unwrap()
}

fn carer(name: Option<&str>) -> Receiver {
    Receiver::Person { openid: openid_of("carer1"), name: name.map(Secret::from) }
}

fn share(number: &str, transaction_id: &str, receiver: Receiver, fen: i64) -> PayoutOrder {
    PayoutOrder {
        number: number.to_owned(),
        transaction_id: transaction_id.to_owned(),
        receiver,
        amount_fen: fen,
        remark: "上门助浴报酬".to_owned(),
    }
}

async fn paid_to_share(bench: &Bench, pay: &Pay, number: &str, fen: i64) -> String {
    pay.prepay(&pay.freeze_prepay_to_share(&bench.order(number, fen)).unwrap()).await.unwrap();
    let paid = bench.post(&format!("/sim/pay/{number}"), json!({})).await;
    paid["transaction"]["transaction_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nothing_is_paid_out_unless_it_is_switched_on() {
    let bench = Bench::new().await;
    assert!(bench.pay().sharing().is_none() && bench.pay().transfers().is_none());
}

#[tokio::test]
async fn a_share_is_built_sent_repeated_and_reaches_only_receivers_that_were_added() {
    let bench = Bench::new().await;
    let pay = pay(&bench);
    let id = paid_to_share(&bench, &pay, "VISIT00001", 10_000).await;
    let sharing = pay.sharing().unwrap();
    sharing.add_receiver(&carer(Some("王阿姨"))).await.unwrap();
    let frozen = sharing.freeze(&share("SHARE00001", &id, carer(Some("王阿姨")), 2_000)).unwrap();
    assert!(!frozen.body.contains("王阿姨") && frozen.serial.is_some(), "the name leaves encrypted");
    let early = sharing.send(&frozen).await.unwrap_err();
    assert_eq!((early.code(), early.advice()), (Some(&ErrorCode::RuleLimit), Advice::Operator));
    bench.advance(60).await;
    assert_eq!(sharing.send(&frozen).await.unwrap(), PayoutState::UnderWay);
    assert_eq!(sharing.send(&frozen).await.unwrap(), PayoutState::UnderWay, "the same share again");
    bench.advance(2).await;
    assert_eq!(sharing.query(&frozen).await.unwrap(), PayoutState::Done);

    let stranger = Receiver::Merchant { mchid: "1900000002".to_owned() };
    let second = sharing.freeze(&share("SHARE00002", &id, stranger, 500)).unwrap();
    sharing.send(&second).await.unwrap();
    bench.advance(2).await;
    let no_relation = PayoutState::Failed { reason: "NO_RELATION".to_owned() };
    assert_eq!(sharing.query(&second).await.unwrap(), no_relation);
    let too_much = sharing.freeze(&share("SHARE00003", &id, carer(None), 501)).unwrap();
    assert_eq!(sharing.send(&too_much).await.unwrap_err().code(), Some(&ErrorCode::RuleLimit), "30 % in all");

    sharing.unfreeze(&id, "FREE000001").await.unwrap();
    let late = sharing.freeze(&share("SHARE00004", &id, carer(None), 100)).unwrap();
    assert_eq!(sharing.send(&late).await.unwrap_err().advice(), Advice::WaitForFunds);
}

#[tokio::test]
async fn a_merchants_share_can_be_taken_back_before_a_refund() {
    let bench = Bench::new().await;
    let pay = pay(&bench);
    let id = paid_to_share(&bench, &pay, "VISIT00001", 10_000).await;
    bench.advance(60).await;
    let sharing = pay.sharing().unwrap();
    let partner = Receiver::Merchant { mchid: "1900000002".to_owned() };
    sharing.add_receiver(&partner).await.unwrap();
    let frozen = sharing.freeze(&share("SHARE00001", &id, partner, 3_000)).unwrap();
    sharing.send(&frozen).await.unwrap();
    let back = ShareReturn {
        out_order_no: "SHARE00001",
        out_return_no: "BACK000001",
        mchid: "1900000002",
        amount_fen: 3_000,
        reason: "服务取消",
    };
    assert_eq!(sharing.take_back(back).await.unwrap(), PayoutState::Done);
    assert_eq!(sharing.take_back(back).await.unwrap(), PayoutState::Done, "the same return again");
    let more = ShareReturn { out_return_no: "BACK000002", amount_fen: 1, ..back };
    assert!(sharing.take_back(more).await.is_err());
}

#[tokio::test]
async fn a_transfer_waits_for_its_receiver_and_is_told_when_it_ends() {
    let bench = Bench::new().await;
    let pay = pay(&bench);
    let transfers = pay.transfers().unwrap();
    assert_eq!(transfers.kind(), PayoutKind::Transfer);
    let frozen = transfers.freeze(&share("WAGE000001", "", carer(Some("王阿姨")), 300_000)).unwrap();
    let PayoutState::AwaitsReceiver { package: Some(package) } = transfers.send(&frozen).await.unwrap()
    else {
        panic!("the phone needs a package");
    };
    assert_eq!(package.len(), 32);
    assert!(matches!(transfers.query(&frozen).await.unwrap(), PayoutState::AwaitsReceiver { .. }));
    bench.post("/sim/transfers/WAGE000001", json!({ "taken": true })).await;
    assert_eq!(transfers.query(&frozen).await.unwrap(), PayoutState::Done);

    let second = transfers.freeze(&share("WAGE000002", "", carer(None), 100)).unwrap();
    transfers.send(&second).await.unwrap();
    assert_eq!(transfers.cancel("WAGE000002").await.unwrap(), PayoutState::UnderWay);
    assert_eq!(
        transfers.query(&second).await.unwrap(),
        PayoutState::Failed { reason: "CANCELLED".to_owned() }
    );

    let nameless = transfers.freeze(&share("WAGE000003", "", carer(None), 200_000));
    assert!(matches!(nameless, Err(PayError::Config(_))), "{nameless:?}");
    let merchant = share("WAGE000004", "", Receiver::Merchant { mchid: "1900000002".to_owned() }, 1);
    assert!(matches!(transfers.freeze(&merchant), Err(PayError::Config(_))));
}

#[tokio::test]
async fn a_refund_that_did_not_arrive_is_sent_another_way() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    for (number, to) in [
        ("LUNCH00001", RefundTo::MerchantsCard),
        (
            "LUNCH00002",
            RefundTo::PayersCard {
                bank: "ICBC_DEBIT".to_owned(),
                account: "6222000000000000000".into(),
                name: "李女士".into(),
            },
        ),
    ] {
        bench.paid(&pay, number, 1_200).await;
        bench.fault(json!({ "effect": "refund_abnormal", "times": 1 })).await;
        let out_refund_no = format!("{number}@1");
        let request = RefundRequest {
            out_trade_no: number.to_owned(),
            out_refund_no: out_refund_no.clone(),
            reason: "食堂停餐".to_owned(),
            refund_fen: 1_200,
            total_fen: 1_200,
        };
        let asked = pay.refund(&pay.freeze_refund(&request).unwrap()).await.unwrap();
        assert_eq!(pay.query_refund(&out_refund_no).await.unwrap().status, RefundStatus::Abnormal);
        let abnormal =
            AbnormalRefund { refund_id: asked.refund_id.clone(), out_refund_no: out_refund_no.clone(), to };
        let frozen = pay.freeze_abnormal_refund(&abnormal).unwrap();
        assert!(!frozen.body.contains("6222") && !frozen.body.contains("李女士"));
        let again = pay.apply_abnormal_refund(&asked.refund_id, &frozen).await.unwrap();
        assert_eq!(again.status, RefundStatus::Processing);
        assert_eq!(pay.query_refund(&out_refund_no).await.unwrap().status, RefundStatus::Success);
    }
}

#[tokio::test]
async fn a_refund_without_funds_waits_and_goes_through_with_the_same_number() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    bench.paid(&pay, "LUNCH00001", 1_200).await;
    bench.post("/sim/settings", json!({ "balance_fen": 100 })).await;
    let request = RefundRequest {
        out_trade_no: "LUNCH00001".to_owned(),
        out_refund_no: "LUNCH00001@1".to_owned(),
        reason: "食堂停餐".to_owned(),
        refund_fen: 1_200,
        total_fen: 1_200,
    };
    let frozen = pay.freeze_refund(&request).unwrap();
    let error = pay.refund(&frozen).await.unwrap_err();
    assert_eq!(error.advice(), Advice::WaitForFunds);
    bench.paid(&pay, "LUNCH00002", 5_000).await;
    assert!(pay.refund(&frozen).await.is_ok());
    assert_eq!(bench.get("/sim/assert").await["is_good"], true);
}

#[tokio::test]
async fn a_complaint_is_read_answered_and_closed() {
    let bench = Bench::new().await;
    let pay = bench.pay();
    bench.paid(&pay, "LUNCH00001", 1_200).await;
    let words = json!({ "out_trade_no": "LUNCH00001", "text": "饭是凉的" });
    let id = bench.post("/sim/complaints", words).await["complaint_id"].as_str().unwrap().to_owned();
    let seen = pay.complaint(&id).await.unwrap();
    assert_eq!((seen.words.as_str(), seen.state), ("饭是凉的", ComplaintState::Pending));
    assert_eq!(
        (seen.out_trade_nos, seen.made_at),
        (vec!["LUNCH00001".to_owned()], Some(crate::bench::START))
    );
    let phone = seen.payer_phone.unwrap();
    assert!(phone.starts_with("138") && phone.len() == 11, "opened with the merchant's key: {phone}");
    bench.fault(json!({ "effect": "answer_lost", "path": "/v3/merchant-service", "times": 1 })).await;
    let lost = pay.answer_complaint(&id, "已为您重送, 抱歉").await.unwrap_err();
    assert_eq!(lost.advice(), Advice::QueryOrRepeat, "not repeated by itself");
    assert_eq!(pay.complaint(&id).await.unwrap().state, ComplaintState::Processing);
    let steps = pay.complaint_history(&id).await.unwrap();
    let words: Vec<&str> = steps.iter().map(|step| step.words.as_str()).collect();
    assert_eq!(words, ["饭是凉的", "已为您重送, 抱歉"], "how a caller finds out that his answer arrived");
    assert_eq!(steps[0].at, Some(crate::bench::START));
    pay.complete_complaint(&id).await.unwrap();
    assert_eq!(pay.complaint(&id).await.unwrap().state, ComplaintState::Processed);
    assert!(pay.complete_complaint(&id).await.is_err());
    bench.post(&format!("/sim/complaints/{id}"), json!({ "text": "还是凉的" })).await;
    assert_eq!(pay.complaint(&id).await.unwrap().state, ComplaintState::Pending, "the payer goes on");
    assert!(matches!(pay.tell_complaints_to("ftp://example.org").await, Err(PayError::Config(_))));
    pay.tell_complaints_to("https://example.org/complaints").await.unwrap();
    assert_eq!(pay.complaint("404").await.unwrap_err().advice(), Advice::Missing);
    assert!(matches!(pay.complaint("../x").await, Err(PayError::Config(_))));
}
