//! A merchant against the simulator, from the order to the refund.
//!
//! ```sh
//! cargo run -p wechat-simulator -- --port 9100     # in another terminal
//! cargo run -p wechat --example prepay
//! ```

use std::sync::Arc;

use wechat::pay::{Advice, Pay, PayConfig, PlatformKey, Prepay, RefundRequest};

const SIMULATOR: &str = "http://127.0.0.1:9100";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let sheet: serde_json::Value =
        http.get(format!("{SIMULATOR}/sim/merchant.json")).send().await?.json().await?;
    let clock: serde_json::Value = http.get(format!("{SIMULATOR}/sim/clock")).send().await?.json().await?;
    let login = http.get(format!("{SIMULATOR}/sim/login?as=daughter1")).send().await?;
    let login: serde_json::Value = login.json().await?;
    let now = clock["now"].as_i64().ok_or("no time")?;
    let text = |name: &str| sheet[name].as_str().unwrap_or_default().to_owned();
    let pay = Pay::new(
        PayConfig {
            bases: vec![SIMULATOR.to_owned()],
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
    // Store `frozen` here, then send it; after `Outcome::Unknown` send the same bytes again, or query.
    let prepay_id = pay.prepay(&frozen).await?;
    println!("for wx.requestPayment: {}", serde_json::to_string(&pay.client_params(&prepay_id)?)?);

    http.post(format!("{SIMULATOR}/sim/pay/{number}")).send().await?;
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
    Ok(())
}
