//! A mini-program's server against the simulator: a login, a text to be checked, and one token for all processes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wechat::Timeouts;
use wechat::mini::{MiniConfig, MiniProgram, Pending, Scene, StoredToken, TokenStore};

/// Where processes share the token. This one holds it in memory; real ones ask Redis or a database.
#[derive(Default)]
struct Shelf(Mutex<Shared>);

#[derive(Default)]
struct Shared {
    token: Option<StoredToken>,
    lessee: Option<String>,
}

impl Shelf {
    fn open(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for Shelf {
    fn read(&self) -> Pending<'_, Option<StoredToken>> {
        Box::pin(async { Ok(self.open().token.clone()) })
    }

    // A real lease ends by itself after `lasts`, for its owner may have died.
    fn lease<'a>(&'a self, owner: &'a str, _lasts: Duration) -> Pending<'a, bool> {
        Box::pin(async move { Ok(self.open().lessee.get_or_insert_with(|| owner.to_owned()) == owner) })
    }

    // Compares and writes in one step: a conditional UPDATE, or a script in Redis.
    fn replace<'a>(&'a self, read_version: u64, token: &'a StoredToken) -> Pending<'a, bool> {
        Box::pin(async move {
            let mut shared = self.open();
            let is_first = shared.token.as_ref().map_or(0, |token| token.version) == read_version;
            if is_first {
                shared.token = Some(token.clone());
            }
            Ok(is_first)
        })
    }

    fn release<'a>(&'a self, owner: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            self.open().lessee.take_if(|lessee| lessee == owner);
            Ok(())
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:9100".to_owned());
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let ask = async |what: &str| -> reqwest::Result<serde_json::Value> {
        http.get(format!("{simulator}/sim/{what}")).send().await?.json().await
    };
    let (sheet, clock, login) =
        (ask("merchant.json").await?, ask("clock").await?, ask("login?as=daughter1").await?);
    let now = clock["now"].as_i64().ok_or("no time")?;
    let config = MiniConfig {
        base: simulator.clone(),
        appid: sheet["appid"].as_str().unwrap_or_default().to_owned(),
        secret: sheet["app_secret"].as_str().unwrap_or_default().into(),
    };
    let mini = MiniProgram::with_store(
        config,
        Timeouts::default(),
        Arc::new(move || now),
        Arc::new(Shelf::default()),
    )?;

    // The page sends the code of `wx.login`; the openid never comes from a page.
    let session = mini.code_to_session(login["code"].as_str().unwrap_or_default()).await?;
    println!("{}", session.openid);
    for text in ["少放盐，谢谢", "代开发票"] {
        println!("{text}: {:?}", mini.check_text(&session.openid, Scene::Comment, text).await?);
    }
    Ok(())
}
