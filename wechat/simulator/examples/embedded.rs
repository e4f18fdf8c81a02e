//! The simulator inside a test of any program: started, steered and looked at from Rust.
//!
//! ```sh
//! cargo run -p wechat-simulator --example embedded
//! ```

use serde_json::{Value, json};
use wechat_simulator::{Identity, Options, Settings, start};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sim = start(Options {
        seed: 7,
        // A frozen clock: the program under test should be given the same one.
        start_at: Some(1_790_000_000),
        // Notifications go out when the test says so.
        settings: Settings { auto_notify: false, ..Settings::strict() },
        identity: Identity { appid: "wxsimmyshop".to_owned(), mchid: "1900000042".to_owned() },
        ..Options::default()
    })
    .await?;
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let base = sim.url();

    // Everything that the program must be configured with.
    let sheet: Value = http.get(format!("{base}/sim/merchant.json")).send().await?.json().await?;
    println!("app {}, merchant {}, key {}", sheet["appid"], sheet["mchid"], sheet["platform_public_key_id"]);

    // The next prepay is executed, but its answer is lost.
    let rule = json!({ "effect": "answer_lost", "path": "/v3/pay/transactions/jsapi", "times": 1 });
    http.post(format!("{base}/sim/faults")).json(&rule).send().await?;

    // … run the program here, pay with POST /sim/pay/{out_trade_no}, deliver with POST /sim/notifications/flush …
    let clock: Value = http
        .post(format!("{base}/sim/clock"))
        .json(&json!({ "advance_s": 900 }))
        .send()
        .await?
        .json()
        .await?;
    println!("it is {} now", clock["beijing"]);

    // Compare the money on both sides.
    let books: Value = http.get(format!("{base}/sim/assert")).send().await?.json().await?;
    println!("books: {books}");
    sim.stop().await;
    Ok(())
}
