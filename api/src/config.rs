//! Settings: defaults, then `nuanyang.toml`, then `NUANYANG_*` variables. Each is documented once, here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

mod production;

/// A value that must not be printed.
#[derive(Clone, Default)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(empty)" } else { "(hidden)" })
    }
}

/// How strict the house is about its own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Demo data, simulator, movable clock, introspection, GraphiQL.
    Demo,
    /// Real people and real money.
    Production,
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident : $type:ty = $default:literal;)+) => {
        /// Every setting of the program.
        #[derive(Clone, Debug)]
        pub struct Config { $($(#[doc = $doc])+ pub $name: $type),+ }

        /// Name, default and description of every setting, for the README and `nuanyang settings`.
        pub const SETTINGS: &[(&str, &str, &str)] = &[$((stringify!($name), $default, concat!($($doc),+))),+];

        impl Config {
            fn from_values(values: &BTreeMap<String, String>) -> Result<Self, String> {
                Ok(Self { $($name: {
                    let text = values.get(stringify!($name)).map_or($default, String::as_str);
                    <$type as Setting>::read(text).map_err(|why| format!("setting {}: {why}", stringify!($name)))?
                }),+ })
            }
        }
    };
}

settings! {
    /// `demo` or `production`.
    mode: Mode = "demo";
    /// Address and port to listen on.
    listen: String = "127.0.0.1:8080";
    /// Address under which phones and the platform reach this server, without a slash at the end.
    public_url: String = "http://127.0.0.1:8080";
    /// `sqlite:PATH` or `postgres://user@host/name`.
    database_url: String = "sqlite:data/nuanyang.sqlite";
    /// Largest number of database connections.
    database_connections: u32 = "16";
    /// `redis://host:port/0`; empty keeps holds and live updates inside this process.
    redis_url: String = "";
    /// Written before every Redis key, so that several installations can share one Redis.
    redis_prefix: String = "nuanyang";
    /// Key id and 64 hexadecimal digits for sealing personal fields, `id:hex`, newest first, joined by commas.
    field_keys: Hidden = "";
    /// 64 hexadecimal digits for blind indexes. Never change it: look-ups would find nothing.
    index_key: Hidden = "";
    /// PKCS#8 of an Ed25519 key in base 64, signs access tokens.
    token_key: Hidden = "";
    /// Key id in the head of access tokens.
    token_key_id: String = "t1";
    /// Life of an access token in seconds.
    access_token_s: u32 = "900";
    /// Life of a refresh token in seconds.
    refresh_token_s: u32 = "2592000";
    /// Seconds for which a place is kept while a form is filled in.
    hold_s: u32 = "600";
    /// Seconds for which a placed order waits for its payment. Platform minimum is 60.
    payment_s: u32 = "600";
    /// App id of the mini-program.
    wechat_appid: String = "";
    /// App secret of the mini-program.
    wechat_secret: Hidden = "";
    /// Merchant number.
    wechat_mchid: String = "";
    /// Serial number of the merchant's API certificate.
    wechat_merchant_serial: String = "";
    /// The merchant's private key, PKCS#8 PEM.
    wechat_merchant_key: Hidden = "";
    /// Further keys of the merchant as `SERIAL:PEM`, joined by commas: the next one before a change, the former one for two
    /// hours after it.
    wechat_merchant_keys_also: Hidden = "";
    /// APIv3 key, 32 characters.
    wechat_apiv3_key: Hidden = "";
    /// Former APIv3 keys, joined by commas: what was encrypted before a change still opens.
    wechat_apiv3_keys_also: Hidden = "";
    /// Id of the platform's public key, `PUB_KEY_ID_…`; empty in pure certificate mode.
    wechat_platform_key_id: String = "";
    /// The platform's public key, PEM.
    wechat_platform_key: String = "";
    /// Further public keys of the platform as `PUB_KEY_ID_…:PEM`, joined by commas: old and new one during a change.
    wechat_platform_keys_also: String = "";
    /// Certificates of the platform, PEM, one after another; each is known by the serial inside it.
    wechat_platform_certificates: String = "";
    /// With which of the platform's keys it shall sign its answers while there are both kinds: `public_key` or `certificate`.
    wechat_answer_key: String = "public_key";
    /// Whether platform certificates are downloaded as well.
    wechat_uses_certificates: bool = "false";
    /// Hosts of WeChat Pay, main host first, joined by commas.
    wechat_pay_hosts: String = "https://api.mch.weixin.qq.com,https://api2.mch.weixin.qq.com";
    /// Host of the mini-program API.
    wechat_api_host: String = "https://api.weixin.qq.com";
    /// Templates of subscription messages as `KIND:ID:FIELD:FIELD:FIELD`, joined by commas. Kinds: VISIT_ACCEPTED,
    /// ON_THE_WAY, DONE, MEAL_READY, CANCELLED, SOS and PAYMENT_ASKED fill `thing`, `time`, `thing`; REFUND `thing`, `amount`, `thing`;
    /// VOUCHER_EXPIRING `thing`, `date`, `thing`. A kind without a template is told in the app only.
    wechat_templates: String = "";
    /// Largest number of subscription messages in a minute, over all processes.
    wechat_messages_per_minute: u32 = "600";
    /// The word for message push, from the console; empty: messages are not taken.
    wechat_push_token: Hidden = "";
    /// EncodingAESKey for message push, 43 characters from the console.
    wechat_push_aes_key: Hidden = "";
    /// Whether messages in plain mode are taken too. Their signature does not cover what they say.
    wechat_push_plain: bool = "false";
    /// Whether the platform is asked at the start of `serve` to tell complaints of payers here.
    wechat_tells_complaints: bool = "false";
    /// Whether the platform is told of carried out orders (发货信息管理). It is anyway once the platform asks for it.
    wechat_ships_orders: bool = "false";
    /// In demo mode the settings above are fetched from the simulator at this address.
    simulator_url: String = "http://127.0.0.1:9100";
    /// Folder of the operator's own programme files (JSON); one with the code of a shipped programme takes its place.
    programmes_dir: String = "";
    /// Folder of built pages, GraphiQL among them.
    pages_dir: String = "miniprogram-stub/dist";
    /// Lists of documents (`persisted-documents.json`) of further builds of the pages, joined by commas; that of `pages_dir` is
    /// read anyhow. In production nothing else is carried out.
    documents_files: String = "";
    /// Browser origins, besides the own one, that may open a live connection; joined by commas.
    origins: String = "";
    /// Seconds within which the body of a request must have arrived; a connection that is slower is closed.
    body_s: u32 = "20";
    /// Whether this process also does due work.
    does_work: bool = "true";
    /// Log lines as JSON instead of text.
    logs_json: bool = "false";
}

/// A type that a setting can have.
trait Setting: Sized {
    fn read(text: &str) -> Result<Self, String>;
}

impl Setting for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}
impl Setting for Hidden {
    fn read(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}
impl Setting for u32 {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "a whole number is expected".to_owned())
    }
}
impl Setting for bool {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "true or false is expected".to_owned())
    }
}
impl Setting for Mode {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "demo" => Ok(Self::Demo),
            "production" => Ok(Self::Production),
            _ => Err("demo or production is expected".to_owned()),
        }
    }
}

impl Config {
    /// Reads the file, if it is there, and the environment. Refuses unknown keys with the nearest known one.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn load(file: &Path) -> Result<Self, String> {
        let mut values = BTreeMap::new();
        if file.exists() {
            let text = std::fs::read_to_string(file)
                .map_err(|why| format!("{} cannot be read: {why}", file.display()))?;
            values.extend(from_toml(&text).map_err(|why| format!("{}: {why}", file.display()))?);
        }
        for (name, value) in std::env::vars() {
            if let Some(key) = name.strip_prefix("NUANYANG_")
                && !key.starts_with("TEST_")
                && key != "BIN_DIR"
            {
                values.insert(known(&key.to_lowercase())?, value);
            }
        }
        Self::from_pairs(values)
    }

    /// Settings from pairs, the rest at their defaults. For tests and for `load`.
    pub fn from_pairs(values: BTreeMap<String, String>) -> Result<Self, String> {
        for key in values.keys() {
            known(key)?;
        }
        let config = Self::from_values(&values)?;
        config.check()?;
        Ok(config)
    }

    /// Hosts of WeChat Pay.
    pub fn pay_hosts(&self) -> Vec<String> {
        list(&self.wechat_pay_hosts)
    }

    /// Origins that may open a live connection.
    pub fn origin_list(&self) -> Vec<String> {
        list(&self.origins)
    }

    /// Folder in which an embedded installation keeps its files.
    pub fn data_dir(&self) -> PathBuf {
        let path = self.database_url.strip_prefix("sqlite:").unwrap_or("data/nuanyang.sqlite");
        Path::new(path).parent().map_or_else(|| PathBuf::from("data"), Path::to_path_buf)
    }

    /// What no program must be started with, and production less than others.
    fn check(&self) -> Result<(), String> {
        if self.payment_s < 60 {
            return Err("setting payment_s: WeChat Pay stretches anything shorter than 60 seconds".to_owned());
        }
        if !(1..=600).contains(&self.body_s) {
            return Err("setting body_s: 1 to 600 seconds".to_owned());
        }
        if self.mode == Mode::Demo {
            return Ok(());
        }
        production::check(self)
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn from_toml(text: &str) -> Result<BTreeMap<String, String>, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    table
        .into_iter()
        .map(|(key, value)| {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(flag) => flag.to_string(),
                _ => return Err(format!("setting {key}: text, a number, true or false is expected")),
            };
            Ok((known(&key)?, text))
        })
        .collect()
}

/// The key itself when it is known; otherwise an error with the nearest known one.
fn known(key: &str) -> Result<String, String> {
    if SETTINGS.iter().any(|(name, ..)| *name == key) {
        return Ok(key.to_owned());
    }
    let shared =
        |name: &str| name.split('_').filter(|word| key.split('_').any(|other| other == *word)).count();
    let nearest = SETTINGS.iter().map(|(name, ..)| *name).max_by_key(|name| shared(name)).unwrap_or("mode");
    Err(format!("there is no setting {key}; did you mean {nearest}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_unknown_setting_is_refused_with_a_hint() {
        let error = Config::from_pairs(pairs(&[("databse_url", "x")])).unwrap_err();
        assert!(error.contains("did you mean"), "{error}");
    }

    #[test]
    fn production_refuses_missing_secrets_weak_keys_and_the_simulator() {
        let random = "8f1c2b3a4d5e6f708192a3b4c5d6e7f80a1b2c3d4e5f60718293a4b5c6d7e8f9";
        let field = format!("k1:{random}");
        let good = [
            ("mode", "production"),
            ("public_url", "https://care.example"),
            ("field_keys", field.as_str()),
            ("index_key", random),
            ("token_key", "x"),
            ("wechat_appid", "wx1"),
            ("wechat_secret", "x"),
            ("wechat_mchid", "1"),
            ("wechat_merchant_serial", "1"),
            ("wechat_merchant_key", "x"),
            ("wechat_apiv3_key", "x"),
        ];
        assert!(Config::from_pairs(pairs(&good)).is_ok());
        let zeros = "0".repeat(64);
        let ones = format!("k1:{}", "1".repeat(64));
        let cases = [
            ("wechat_secret", ""),
            ("token_key", ""),
            ("index_key", zeros.as_str()),
            ("field_keys", ones.as_str()),
            ("wechat_appid", "wxsim0000000000001"),
            ("wechat_pay_hosts", "http://127.0.0.1:9100"),
            ("wechat_api_host", "http://127.0.0.1:9100"),
            ("public_url", "http://care.example"),
            ("public_url", "https://care.example/"),
            ("wechat_messages_per_minute", "0"),
            ("wechat_answer_key", "certificate"),
            ("wechat_mchid", "1900000001"),
            ("wechat_mchid", " 1900000099"),
            ("wechat_pay_hosts", "https://127.0.0.1:9100"),
            ("wechat_pay_hosts", "https://api.mch.weixin.qq.com, https://localhost"),
            ("wechat_pay_hosts", "https://api.mch.weixin.qq.com@127.0.0.1"),
            ("wechat_pay_hosts", "https://127.1/"),
            ("wechat_pay_hosts", "https://[::ffff:127.0.0.1]"),
            ("wechat_api_host", "https://[::1]:9100"),
            ("wechat_api_host", "https://0.0.0.0"),
            ("wechat_api_host", "https://sim.localhost"),
            ("wechat_api_host", "https://"),
        ];
        for (name, value) in cases {
            let mut values = pairs(&good);
            values.insert(name.to_owned(), value.to_owned());
            assert!(Config::from_pairs(values).is_err(), "{name} = {value} must be refused");
        }
        for source in
            [("wechat_uses_certificates", "true"), ("wechat_platform_certificates", "a certificate")]
        {
            let more = [("wechat_answer_key", "certificate"), source];
            let values = pairs(&good).into_iter().chain(pairs(&more)).collect();
            assert!(Config::from_pairs(values).is_ok(), "{source:?} is a source of certificates");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = Config::from_pairs(pairs(&[("wechat_secret", "open sesame")])).unwrap();
        assert!(!format!("{config:?}").contains("sesame"));
    }
}
