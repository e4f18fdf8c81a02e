//! Opening the house: database, keys, Redis, WeChat, joined into one `App`.

mod keys;
pub mod token;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use entities::MigratorTrait as _;
use entities::migrations::Migrator;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use serde::Deserialize;
use wechat::Timeouts;
use wechat::mini::{MiniConfig, MiniProgram, TokenStore};
use wechat::push::{Push, PushConfig};

use crate::app::{App, Parts};
use crate::config::{Config, Hidden, Mode};
use crate::kit::clock::Clock;
use crate::kit::db::Db;
use crate::kit::ids::Ids;
use crate::kit::refusal::Fault;
use crate::kit::seal::{Seal, hex};
use crate::notices::bus::Bus;
use crate::notices::rules::template::Templates;
use crate::people::service::session::Sessions;
use crate::people::service::token::{Signer, random_key};
use crate::rights::rules::programme::Programmes;
use crate::slots::holds::Holds;
use token::{RedisTokens, RowTokens};

/// What the simulator tells its merchant.
#[derive(Deserialize)]
struct Merchant {
    appid: String,
    #[serde(rename = "app_secret")]
    secret: String,
    mchid: String,
    merchant_serial: String,
    merchant_key_pem: String,
    apiv3_key: String,
    push_token: String,
    push_encoding_aes_key: String,
    platform_public_key_id: String,
    platform_public_key_pem: String,
}

/// Opens everything. In demo mode missing keys are drawn and kept beside the database, and the WeChat settings that nobody has
/// set come from the simulator.
pub async fn open(mut config: Config, clock: Clock) -> Result<App, Fault> {
    if config.mode == Mode::Demo {
        if config.wechat_appid.is_empty() {
            ask_simulator(&mut config).await?;
        }
        draw_keys(&mut config)?;
    }
    let db = Db::open(&config.database_url, config.database_connections).await?;
    let redis = redis_connection(&config).await?;
    let (holds, bus) = hold_and_tell(&config, redis.as_ref())?;
    let seal = seal(&config)?;
    let tokens: Arc<dyn TokenStore> = match redis {
        Some(redis) => RedisTokens::new(redis, (&config.redis_prefix, &config.wechat_appid), seal.clone()),
        None => RowTokens::new(db.clone(), clock.clone(), seal.clone(), &config.wechat_appid),
    };
    let ids = Ids::new(clock.clone());
    let now = clock.clone();
    let unix: wechat::Now = Arc::new(move || now.unix_s());
    Ok(App::new(Parts {
        seal,
        programmes: programmes(&config)?,
        push: push(&config, Arc::clone(&unix))?,
        templates: Templates::read(&config.wechat_templates).map_err(Fault::new)?,
        pay: keys::pay(&config, Arc::clone(&unix))?,
        mini: MiniProgram::with_store(mini_config(&config), Timeouts::default(), unix, tokens)
            .map_err(|error| Fault::new(error.to_string()))?,
        sessions: Sessions::new(signer(&config)?),
        db,
        clock,
        ids,
        holds,
        bus,
        cards: crate::directory::store::Cards::default(),
        placer: crate::orders::store::placer::Placer::default(),
        metrics: crate::metrics::Metrics::default(),
        stopping: tokio_util::sync::CancellationToken::new(),
        tasks: tokio_util::task::TaskTracker::new(),
        nudge: tokio::sync::Notify::new(),
        config,
    }))
}

/// The shipped programmes, with those of the operator's folder added or in their place.
fn programmes(config: &Config) -> Result<Programmes, Fault> {
    let mut own = Vec::new();
    if !config.programmes_dir.is_empty() {
        let folder = &config.programmes_dir;
        let unread =
            |place: &str, error: std::io::Error| Fault::new(format!("{place} cannot be read: {error}"));
        for entry in std::fs::read_dir(folder).map_err(|error| unread(folder, error))? {
            let path = entry.map_err(|error| unread(folder, error))?.path();
            let name = path.display().to_string();
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = std::fs::read_to_string(&path).map_err(|error| unread(&name, error))?;
                own.push((name, text.trim_start_matches('\u{feff}').to_owned()));
            }
        }
    }
    own.sort();
    Programmes::with(&own).map_err(Fault::new)
}

/// Brings the schema up to date, forward only, and the region tree with it.
pub async fn migrate(app: &App) -> Result<(), Fault> {
    Migrator::up(app.db.transactions(), None).await?;
    crate::directory::service::regions::load_regions(app.db.write()).await?;
    crate::money::service::voucher::month::prepare(app).await?;
    crate::orders::service::statement::prepare(app).await?;
    crate::money::service::bill::prepare(app).await
}

/// Whether every migration has run.
pub async fn is_migrated(app: &App) -> Result<bool, Fault> {
    Ok(Migrator::get_pending_migrations(app.db.transactions()).await?.is_empty())
}

async fn redis_connection(config: &Config) -> Result<Option<ConnectionManager>, Fault> {
    if config.redis_url.is_empty() {
        return Ok(None);
    }
    let client =
        redis::Client::open(config.redis_url.as_str()).map_err(|error| Fault::new(error.to_string()))?;
    let patience = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(Duration::from_secs(2)))
        .set_response_timeout(Some(Duration::from_millis(200)))
        .set_number_of_retries(3);
    let connection = ConnectionManager::new_with_config(client, patience).await;
    connection.map(Some).map_err(|error| Fault::new(format!("Redis does not answer: {error}")))
}

fn hold_and_tell(config: &Config, redis: Option<&ConnectionManager>) -> Result<(Holds, Bus), Fault> {
    let Some(connection) = redis else { return Ok((Holds::memory(), Bus::local())) };
    let mut process = [0_u8; 8];
    aws_lc_rs::rand::fill(&mut process).map_err(|_| Fault::new("no randomness"))?;
    let bus = Bus::over_redis(connection.clone(), &config.redis_prefix, &hex(&process));
    Ok((Holds::redis(connection.clone(), &config.redis_prefix), bus))
}

/// Carries live updates of other processes, for as long as the process lives.
pub async fn relay(app: App) {
    while !app.tasks.is_closed() && !app.config.redis_url.is_empty() {
        if let Err(error) = app.bus.relay(&app.config.redis_url).await {
            tracing::warn!(%error, "live updates of other processes pause");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn push(config: &Config, now: wechat::Now) -> Result<Option<Arc<Push>>, Fault> {
    if config.wechat_push_token.0.is_empty() {
        return Ok(None);
    }
    let push = PushConfig {
        appid: config.wechat_appid.clone(),
        token: config.wechat_push_token.0.clone().into(),
        encoding_aes_key: config.wechat_push_aes_key.0.clone().into(),
    };
    let push = Push::new(push, now).map_err(|error| Fault::new(format!("wechat_push: {error}")))?;
    Ok(Some(Arc::new(push)))
}

fn mini_config(config: &Config) -> MiniConfig {
    MiniConfig {
        base: config.wechat_api_host.clone(),
        appid: config.wechat_appid.clone(),
        secret: config.wechat_secret.0.clone().into(),
    }
}

/// An HTTP client for the simulator alone: loopback, no certificates, no proxy.
pub fn simulator_client() -> Result<reqwest::Client, Fault> {
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(Duration::from_secs(5));
    builder.build().map_err(|error| Fault::new(error.to_string()))
}

/// A login code and openid of a made-up person.
pub async fn simulated_login(config: &Config, name: &str) -> Result<(String, String), Fault> {
    #[derive(Deserialize)]
    struct Login {
        code: String,
        openid: String,
    }
    let url = format!("{}/sim/login", config.simulator_url);
    let request = simulator_client()?.get(url).query(&[("as", name)]).header("accept", "application/json");
    let answer = request.send().await.and_then(reqwest::Response::error_for_status).map_err(not_there)?;
    let login: Login = answer.json().await.map_err(not_there)?;
    Ok((login.code, login.openid))
}

fn not_there(error: reqwest::Error) -> Fault {
    Fault::new(format!("the WeChat simulator at simulator_url does not answer: {}", error.without_url()))
}

async fn ask_simulator(config: &mut Config) -> Result<(), Fault> {
    let url = format!("{}/sim/merchant.json", config.simulator_url);
    let answer = simulator_client()?.get(url).send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status).map_err(not_there)?;
    let merchant: Merchant = answer.json().await.map_err(not_there)?;
    // What somebody has set stays: a step of the key drill changes one of them.
    let blank = |own: &mut String, told: String| {
        if own.is_empty() {
            *own = told;
        }
    };
    blank(&mut config.wechat_appid, merchant.appid);
    blank(&mut config.wechat_secret.0, merchant.secret);
    blank(&mut config.wechat_mchid, merchant.mchid);
    blank(&mut config.wechat_merchant_serial, merchant.merchant_serial);
    blank(&mut config.wechat_merchant_key.0, merchant.merchant_key_pem);
    blank(&mut config.wechat_apiv3_key.0, merchant.apiv3_key);
    if config.wechat_platform_key_id.is_empty() && config.wechat_platform_key.is_empty() {
        config.wechat_platform_key_id = merchant.platform_public_key_id;
        config.wechat_platform_key = merchant.platform_public_key_pem;
    }
    blank(&mut config.wechat_push_token.0, merchant.push_token);
    blank(&mut config.wechat_push_aes_key.0, merchant.push_encoding_aes_key);
    for host in [&mut config.wechat_pay_hosts, &mut config.wechat_api_host] {
        if host.contains("weixin.qq.com") {
            host.clone_from(&config.simulator_url);
        }
    }
    if config.wechat_templates.is_empty() {
        config.wechat_templates = Templates::simulated();
    }
    Ok(())
}

/// Draws the keys that nobody gave and keeps them beside the demo database, so that a second start can read it.
fn draw_keys(config: &mut Config) -> Result<(), Fault> {
    let is_complete =
        ![&config.field_keys, &config.index_key, &config.token_key].iter().any(|key| key.0.is_empty());
    if is_complete {
        return Ok(());
    }
    let file = config.data_dir().join("demo-keys.toml");
    let mut keys: BTreeMap<String, String> = match std::fs::read_to_string(&file) {
        Ok(text) => toml::from_str(&text).map_err(|error| Fault::new(error.message()))?,
        Err(_) => BTreeMap::new(),
    };
    if keys.is_empty() {
        keys.insert("field_keys".to_owned(), format!("demo:{}", random_hex()?));
        keys.insert("index_key".to_owned(), random_hex()?);
        keys.insert("token_key".to_owned(), BASE64.encode(random_key()?));
        write_keys(&file, &keys)
            .map_err(|error| Fault::new(format!("{} cannot be written: {error}", file.display())))?;
        tracing::info!("no keys were set: random demo keys are kept beside the database");
    }
    let take = |slot: &mut Hidden, name: &str| {
        if slot.0.is_empty() {
            slot.0 = keys.get(name).cloned().unwrap_or_default();
        }
    };
    take(&mut config.field_keys, "field_keys");
    take(&mut config.index_key, "index_key");
    take(&mut config.token_key, "token_key");
    Ok(())
}

fn write_keys(file: &Path, keys: &BTreeMap<String, String>) -> Result<(), Fault> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut out =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    for (name, value) in keys {
        writeln!(out, "{name} = \"{value}\"")?;
    }
    Ok(())
}

fn random_hex() -> Result<String, Fault> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Fault::new("no randomness"))?;
    Ok(hex(&bytes))
}

fn seal(config: &Config) -> Result<Seal, Fault> {
    let keys = config
        .field_keys
        .0
        .split(',')
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            let (id, key) = part.trim().split_once(':').ok_or_else(|| Fault::new("field_keys are id:hex"))?;
            Ok((id.to_owned(), key_bytes(key)?))
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    Seal::new(&keys, &key_bytes(&config.index_key.0)?)
}

fn key_bytes(text: &str) -> Result<[u8; 32], Fault> {
    let wrong = || Fault::new("a key is 64 hexadecimal digits");
    if text.len() != 64 {
        return Err(wrong());
    }
    let mut bytes = [0_u8; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        let digits = text.get(place * 2..place * 2 + 2).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(bytes)
}

fn signer(config: &Config) -> Result<Signer, Fault> {
    let key = BASE64.decode(&config.token_key.0).map_err(|_| Fault::new("token_key is base 64"))?;
    Signer::new(&config.token_key_id, &key)
}

/// Has the simulator push its events here.
pub async fn take_pushes(app: &App) -> Result<(), Fault> {
    let url = format!("{}/sim/settings", app.config.simulator_url);
    let body = serde_json::json!({ "push_url": format!("{}/wechat/push", app.config.public_url) });
    let answer = simulator_client()?.post(url).json(&body).send().await;
    answer.and_then(reqwest::Response::error_for_status).map(|_| ()).map_err(not_there)
}

/// Has the platform tell complaints here. Without its answer the house goes on: complaints are then found in the console.
pub async fn take_complaints(app: &App) {
    let url = format!("{}{}", app.config.public_url, crate::http::notify::COMPLAINTS);
    if let Err(error) = app.pay.tell_complaints_to(&url).await {
        tracing::error!(%error, "the platform was not told where to tell complaints");
    }
}

/// Moves the simulator's clock to ours.
pub async fn move_simulator(app: &App) -> Result<(), Fault> {
    let wrong = |error: reqwest::Error| Fault::new(format!("the simulator's clock: {}", error.without_url()));
    let client = simulator_client()?;
    let url = format!("{}/sim/clock", app.config.simulator_url);
    let body = serde_json::json!({ "at": app.clock.unix_s() });
    client.post(url).json(&body).send().await.map_err(wrong)?.error_for_status().map_err(wrong)?;
    Ok(())
}
