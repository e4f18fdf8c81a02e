//! What production must not be started with: missing secrets, weak keys, anything of the simulator.

use std::collections::BTreeSet;

use reqwest::Url;

use super::Config;
use crate::kit::seal::sha256_hex;

/// Refuses settings with which real people and real money would not be safe.
pub(super) fn check(config: &Config) -> Result<(), String> {
    secrets(config)?;
    stand_in(config)?;
    addresses(config)?;
    if config.wechat_messages_per_minute == 0 {
        return Err(
            "production refuses wechat_messages_per_minute = 0: nothing would ever be sent".to_owned()
        );
    }
    let has_certificates = config.wechat_uses_certificates || !config.wechat_platform_certificates.is_empty();
    if config.wechat_answer_key == "certificate" && !has_certificates {
        return Err(
            "production refuses wechat_answer_key = certificate without wechat_platform_certificates \
                    or wechat_uses_certificates: no answer could be proven"
                .to_owned(),
        );
    }
    Ok(())
}

fn secrets(config: &Config) -> Result<(), String> {
    let required = [
        ("field_keys", &config.field_keys.0),
        ("index_key", &config.index_key.0),
        ("token_key", &config.token_key.0),
        ("wechat_appid", &config.wechat_appid),
        ("wechat_secret", &config.wechat_secret.0),
        ("wechat_mchid", &config.wechat_mchid),
        ("wechat_merchant_serial", &config.wechat_merchant_serial),
        ("wechat_merchant_key", &config.wechat_merchant_key.0),
        ("wechat_apiv3_key", &config.wechat_apiv3_key.0),
    ];
    if let Some((name, _)) = required.iter().find(|(_, value)| value.is_empty()) {
        return Err(format!("production needs the setting {name}"));
    }
    if is_weak(&config.index_key.0)
        || config.field_keys.0.split(',').any(|key| is_weak(key.rsplit(':').next().unwrap_or("")))
    {
        return Err("production refuses a field key or index key that is not random".to_owned());
    }
    Ok(())
}

/// Whoever has this repository has the simulator's keys: with them he could sign payments.
fn stand_in(config: &Config) -> Result<(), String> {
    if config.wechat_appid.trim().starts_with("wxsim") {
        return Err("production refuses the simulator's app id".to_owned());
    }
    let rest = config.wechat_mchid.trim().strip_prefix("19000000");
    if rest.is_some_and(|rest| rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err("production refuses the simulator's merchant number".to_owned());
    }
    let keys = [
        ("wechat_secret", &config.wechat_secret.0),
        ("wechat_merchant_serial", &config.wechat_merchant_serial),
        ("wechat_merchant_key", &config.wechat_merchant_key.0),
        ("wechat_merchant_keys_also", &config.wechat_merchant_keys_also.0),
        ("wechat_apiv3_key", &config.wechat_apiv3_key.0),
        ("wechat_apiv3_keys_also", &config.wechat_apiv3_keys_also.0),
        ("wechat_platform_key_id", &config.wechat_platform_key_id),
        ("wechat_platform_key", &config.wechat_platform_key),
        ("wechat_platform_keys_also", &config.wechat_platform_keys_also),
        ("wechat_platform_certificates", &config.wechat_platform_certificates),
        ("wechat_push_token", &config.wechat_push_token.0),
        ("wechat_push_aes_key", &config.wechat_push_aes_key.0),
    ];
    match keys.into_iter().find(|(_, value)| is_published(value)) {
        Some((name, _)) => {
            Err(format!("production refuses {name}: it is the simulator's, which everybody can read"))
        }
        None => Ok(()),
    }
}

fn addresses(config: &Config) -> Result<(), String> {
    let hosts: Vec<String> = config.pay_hosts().into_iter().chain([config.wechat_api_host.clone()]).collect();
    if let Some(address) =
        hosts.iter().chain([&config.public_url]).find(|address| !address.starts_with("https://"))
    {
        return Err(format!("production refuses the address {address}: it is not HTTPS"));
    }
    if let Some(address) = hosts.iter().find(|address| is_this_machine(address)) {
        return Err(format!("production refuses the address {address}: the platform is not on this machine"));
    }
    if config.public_url.ends_with('/') {
        return Err(
            "production refuses a public_url with a slash at its end: addresses are put after it".to_owned()
        );
    }
    Ok(())
}

/// Whether an address leads to this machine, or nowhere.
fn is_this_machine(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return true };
    // The parser has made `127.1` and the like to plain addresses.
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    let v6 = host.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>();
    let address = v6.map(|v6| v6.to_canonical()).or_else(|_| host.parse::<std::net::IpAddr>());
    host.is_empty()
        || host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

/// SHA-256 of what lies in `wechat/simulator`: the base 64 between the lines of each PEM file, and each word of
/// `/sim/merchant.json`.
const PUBLISHED: [&str; 24] = [
    "31fde0e19b1a49d0ce915b4e3fcb9d56a9f8c28e1c93593f1e5b977e0731b45a",
    "a08a8ab0bacb67c83ade1c9a92a66cf6488f92442ebf1cf368021a786e6d7348",
    "d1e86dbc71e02d81499b53d694cc9333bc2338f88036d8607f6161e46b5c7867",
    "b53d57e5f5757b41c0c58036d9d1c53e30099b5afe68c69e8b457b388fa6c8b7",
    "7648f4a423514baf16c7f489aa721f16844817ddb870bde871dde613dadf06f5",
    "5a1f5b076422eb16c8221065d8f6ec68f410934f1e90ebf4e20e929b73ab2d79",
    "f57afdeda4d709ecf62a9902afa8d975e03293545aff586f39d033a801d91093",
    "7d0d734b670e1b79e1bf64a76939498091d223c1b031fbe2befe6b06cd7ba12d",
    "1cee7d06d96cb97ba79814984ab22c08544a1924ce551cd8808c8376ec02c636",
    "adfa3e02313db11251e38a675339a8c21827756be02e3a904ca17759f77cee2b",
    "ccf9c5c93fad87efe1bf0b9e673a4aa01d64b805bc472bf65cac2b133fa0a9a1",
    "611d0c6207a81adb96a0c8ac3f0766df12a37eb4b37b93f581562e91b216b73d",
    "85c1d45610e929dccce080147a9d734d25f4ad7a325d806f0782b033e0b69fd7",
    "424cdac60e6027f55390b197b8925c90cb877535fe8ac37571aaf6a628033a71",
    "104a665d00b8d4c9fd4037e8bf9f9709e9fb2355e9c5bd02375478ae8eb6b473",
    "ca2e083b51a110b2b06002e459a5e8884acaf205c308d0bd555934a563d0d7a7",
    "10510cb40058cd5223e0286b2d4c9c68fb6d21ca8f6f1540c92ed80f826b0687",
    "8ff5f9c9de137731bdf7d6e1bd25ec5420992ab9f11221741ca797616bdb82ec",
    "1d21803753716e7d8c8fedc7cb2dac1f50cfa78e3710a4960b8e36c92d87ab9a",
    "f0342dc30fbc2f759a2f358b89896b56661e3ee6b616a24e059f5caccd98197b",
    "392f042392f826a4e0cff3ed69589b1d68ee4a17b3cd08651b9612f84a60ac7f",
    "5d67e284b9af3764b7b85bda1107fad22a05e52abcf9dbdb5f427aab83865a14",
    "2a64d98d058cd978b10c3d425603133ef87539fd5589d8cf3b0bf7582a5ccb2e",
    "c4bc949ca93eab6533da5fbe10a6558573ba6c50f7bdb0097089a1b27f584af2",
];

/// Whether a setting holds one of the simulator's keys, names or words, also as one of several.
fn is_published(setting: &str) -> bool {
    let words = setting.split([',', ':']).map(|word| word.trim().to_owned());
    let blocks = setting.split("-----BEGIN").skip(1).filter_map(|block| block.split("-----").nth(1));
    let blocks = blocks.map(|block| block.split_whitespace().collect::<String>());
    words.chain(blocks).any(|part| PUBLISHED.contains(&sha256_hex(part.as_bytes()).as_str()))
}

/// Words whose hash somebody might take for a key.
const KEY_WORDS: [&str; 8] = ["", "password", "secret", "changeme", "123456", "test", "admin", "nuanyang"];

/// A key of hexadecimal digits that nobody drew at random: too short, of few different bytes, counted up or down, or
/// the hash of a common word. A drawn key has about thirty different bytes and as many different steps.
fn is_weak(key: &str) -> bool {
    let byte =
        |place: usize| key.get(place * 2..place * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    let Some(bytes) = bytes.filter(|_| key.len() == 64) else { return true };
    let different = bytes.iter().collect::<BTreeSet<_>>().len();
    let steps = bytes.iter().zip(bytes.iter().skip(1)).map(|(one, next)| next.wrapping_sub(*one));
    let is_common = KEY_WORDS.iter().any(|word| sha256_hex(word.as_bytes()).eq_ignore_ascii_case(key));
    different < 20 || steps.collect::<BTreeSet<_>>().len() < 4 || is_common
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    #[test]
    fn every_key_that_lies_beside_the_simulator_is_known() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wechat/simulator/keys");
        let mut seen = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "pem") {
                let pem = std::fs::read_to_string(&path).unwrap();
                assert!(is_published(&pem), "{} is not refused", path.display());
                // However it was copied: without the note, with other line ends, behind a name and among others.
                let bare = &pem[pem.find("-----BEGIN").unwrap()..];
                assert!(is_published(&format!("A1:{},B2:other", bare.replace('\n', "\r\n  "))));
                seen += 1;
            }
        }
        assert!(seen >= 15, "{seen} files");
    }

    #[tokio::test]
    async fn every_key_that_the_simulator_hands_out_is_known() {
        let sim = wechat_simulator::start(wechat_simulator::Options::default()).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let sheet = client.get(format!("{}/sim/merchant.json", sim.url())).send().await.unwrap();
        let sheet: Value = serde_json::from_slice(&sheet.bytes().await.unwrap()).unwrap();
        let words = [
            "/app_secret",
            "/merchant_serial",
            "/merchant_key_pem",
            "/next_merchant/merchant_serial",
            "/next_merchant/merchant_key_pem",
            "/apiv3_key",
            "/next_apiv3_key",
            "/platform_public_key_id",
            "/platform_public_key_pem",
            "/next_platform_public_key/id",
            "/next_platform_public_key/pem",
            "/platform_certificates/0/certificate_pem",
            "/platform_certificates/1/certificate_pem",
            "/push_token",
            "/push_encoding_aes_key",
        ];
        for place in words {
            let word = sheet.pointer(place).and_then(Value::as_str).unwrap_or_default();
            assert!(is_published(word), "{place} is not refused");
            assert!(is_published(&format!("something else, {word}")), "{place} is not refused among others");
        }
    }

    #[test]
    fn other_keys_are_taken() {
        for word in
            ["", "x", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "PUB_KEY_ID_0114232134912410000000000000"]
        {
            assert!(!is_published(word), "{word}");
        }
        assert!(!is_published("-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"));
        for address in ["https://api.mch.weixin.qq.com", "https://10.0.0.7:8443", "https://localhost.example"]
        {
            assert!(!is_this_machine(address), "{address}");
        }
    }
}
