//! The keys of WeChat Pay out of the settings: the ones in use, and those before and after them during a change.

use wechat::Secret;
use wechat::pay::{AnswerKey, MerchantKey, Pay, PayConfig, PayOptions, PlatformKey};

use crate::config::Config;
use crate::kit::refusal::Fault;

/// The end of each certificate of a file of several.
const CERTIFICATE_END: &str = "-----END CERTIFICATE-----";

/// The client with every key that is set.
pub fn pay(config: &Config, now: wechat::Now) -> Result<Pay, Fault> {
    let options = PayOptions {
        answer_key: answer_key(&config.wechat_answer_key)?,
        former_merchant_keys: further_merchant_keys(&config.wechat_merchant_keys_also.0)?,
        former_apiv3_keys: parts(&config.wechat_apiv3_keys_also.0).map(Secret::from).collect(),
        ..PayOptions::default()
    };
    let config = pay_config(config)?;
    Pay::with_options(config, options, now).map_err(|error| Fault::new(error.to_string()))
}

fn pay_config(config: &Config) -> Result<PayConfig, Fault> {
    Ok(PayConfig {
        bases: config.pay_hosts(),
        appid: config.wechat_appid.clone(),
        mchid: config.wechat_mchid.clone(),
        merchant_key_pem: config.wechat_merchant_key.0.clone().into(),
        merchant_serial: config.wechat_merchant_serial.clone(),
        platform_keys: platform_keys(config)?,
        uses_certificates: config.wechat_uses_certificates,
        apiv3_key: config.wechat_apiv3_key.0.clone().into(),
        notify_url: format!("{}/wechat/pay/notify", config.public_url),
        refund_notify_url: format!("{}/wechat/refund/notify", config.public_url),
    })
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Name and PEM of each part.
fn named(setting: &str, text: &str) -> Result<Vec<(String, String)>, Fault> {
    let wrong = || Fault::new(format!("setting {setting}: NAME:PEM is expected, joined by commas"));
    let read = |part: &str| {
        let (name, pem) = part.split_once(':').ok_or_else(wrong)?;
        Ok((name.trim().to_owned(), pem.trim().to_owned()))
    };
    parts(text).map(read).collect()
}

fn further_merchant_keys(text: &str) -> Result<Vec<MerchantKey>, Fault> {
    let named = named("wechat_merchant_keys_also", text)?.into_iter();
    Ok(named.map(|(serial, pem)| MerchantKey { serial, key_pem: pem.into() }).collect())
}

/// The public key in use first: answers are asked for under the first one.
fn platform_keys(config: &Config) -> Result<Vec<PlatformKey>, Fault> {
    let mut keys = Vec::new();
    if !config.wechat_platform_key.is_empty() {
        let (id, pem) = (config.wechat_platform_key_id.clone(), config.wechat_platform_key.clone());
        keys.push(PlatformKey::Public { id, pem });
    }
    let further = named("wechat_platform_keys_also", &config.wechat_platform_keys_also)?;
    keys.extend(further.into_iter().map(|(id, pem)| PlatformKey::Public { id, pem }));
    let certificates = config.wechat_platform_certificates.split_inclusive(CERTIFICATE_END);
    let certificates = certificates.map(str::trim).filter(|pem| !pem.is_empty());
    keys.extend(certificates.map(|pem| PlatformKey::Certificate { pem: format!("{pem}\n") }));
    Ok(keys)
}

fn answer_key(text: &str) -> Result<AnswerKey, Fault> {
    match text {
        "public_key" => Ok(AnswerKey::PublicKey),
        "certificate" => Ok(AnswerKey::Certificate),
        _ => Err(Fault::new("setting wechat_answer_key: public_key or certificate is expected")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_keys_are_read_by_name_and_certificates_one_by_one() {
        let pem = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
        let read = further_merchant_keys(&format!("A1:{pem}, B2 : {pem},")).unwrap();
        assert_eq!(read.iter().map(|key| key.serial.as_str()).collect::<Vec<_>>(), ["A1", "B2"]);
        assert!(further_merchant_keys(pem).is_err());
        let certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
        let pairs = [
            ("wechat_platform_key_id", "PUB_KEY_ID_1".to_owned()),
            ("wechat_platform_key", "x".to_owned()),
            ("wechat_platform_keys_also", "PUB_KEY_ID_2:y".to_owned()),
            ("wechat_platform_certificates", format!("{certificate}\n{certificate}")),
        ];
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let keys = platform_keys(&Config::from_pairs(pairs).unwrap()).unwrap();
        let text = format!("{keys:?}");
        assert_eq!(keys.len(), 4, "{text}");
        assert!(matches!(&keys[0], PlatformKey::Public { id, .. } if id == "PUB_KEY_ID_1"), "{text}");
        assert!(matches!(&keys[3], PlatformKey::Certificate { pem } if pem == certificate), "{text}");
    }

    #[test]
    fn answers_are_asked_for_under_one_of_two_kinds() {
        assert!(answer_key("public_key").is_ok() && answer_key("certificate").is_ok());
        assert!(answer_key("both").is_err());
    }
}
