//! A merchant against the simulator, from the order to the refund and the bill. The simulator's address may be given.

use std::sync::Arc;

use wechat::pay::{Advice, Bill, Outcome, Pay, PayConfig, PlatformKey, Prepay, RefundRequest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:9100".to_owned());
    // What real programs have in their settings, the simulator hands out. Plain http goes to this machine only.
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let ask = async |what: &str| -> reqwest::Result<serde_json::Value> {
        http.get(format!("{simulator}/sim/{what}")).send().await?.json().await
    };
    let (sheet, clock, login) =
        (ask("merchant.json").await?, ask("clock").await?, ask("login?as=daughter1").await?);
    let now = clock["now"].as_i64().ok_or("no time")?;
    let text = |name: &str| sheet[name].as_str().unwrap_or_default().to_owned();
    let pay = Pay::new(
        PayConfig {
            bases: vec![simulator.clone()],
            appid: text("appid"),
            mchid: text("mchid"),
            merchant_key_pem: text("merchant_key_pem").into(),
            merchant_serial: text("merchant_serial"),
            platform_keys: vec![PlatformKey::Public {
                id: text("platform_public_key_id"),
                pem: text("platform_public_key_pem"),
            }],
            uses_certificates: false,
            apiv3_key: text("apiv3_key").into(),
            notify_url: "http://127.0.0.1:9/pay".to_owned(),
            refund_notify_url: "http://127.0.0.1:9/refund".to_owned(),
        },
        Arc::new(move || now),
    )?;

    let number = format!("EXAMPLE{now}");
    let frozen = pay.freeze_prepay(&Prepay {
        description: "午餐 一份".to_owned(),
        out_trade_no: number.clone(),
        expires_at: now + 900,
        total_fen: 1500,
        openid: login["openid"].as_str().unwrap_or_default().to_owned(),
        attach: None,
    })?;
    // Store `frozen` here, committed before the call: it may have to be repeated byte by byte.
    let prepay_id = match pay.prepay(&frozen).await {
        Err(error) if error.outcome() == Outcome::Unknown => pay.prepay(&frozen).await?,
        answer => answer?,
    };
    println!("for wx.requestPayment: {}", serde_json::to_string(&pay.client_params(&prepay_id)?)?);

    http.post(format!("{simulator}/sim/pay/{number}")).send().await?;
    println!("{:?}", pay.query(&number).await?);

    let back = pay.freeze_refund(&RefundRequest {
        out_trade_no: number.clone(),
        out_refund_no: format!("{number}@1"),
        reason: "送餐超时".to_owned(),
        refund_fen: 500,
        total_fen: 1500,
    })?;
    match pay.refund(&back).await {
        Ok(state) => println!("{state:?}"),
        Err(error) if error.advice() == Advice::WaitForFunds => println!("later, with the same number"),
        Err(error) => return Err(error.into()),
    }
    bill(&pay, now).await
}

/// What the platform says about a day.
async fn bill(pay: &Pay, now: i64) -> Result<(), Box<dyn std::error::Error>> {
    let day = chrono::DateTime::from_timestamp(now, 0).ok_or("no day")?.date_naive();
    match pay.trade_bill(day).await? {
        Bill::Ready(file) => {
            // Its hash fits; it is kept packed, and one line of it is in memory at a time.
            let mut rows = file.trade_rows()?;
            for row in rows.by_ref() {
                println!("{:?}", row?);
            }
            println!("{:?}", rows.summary());
        }
        Bill::NoTrade => println!("nothing was traded on that day"),
        Bill::NotYet => println!("the bill is made at ten o'clock of the next day"),
    }
    Ok(())
}
