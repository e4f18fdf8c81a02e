//! `GET /v3/certificates`: the list of platform certificates, each encrypted with the APIv3 key.

use serde_json::{Value, json};

use crate::{
    app::App,
    clock::beijing,
    crypto::seal,
    keys::{CERTIFICATE_LIFE, CERTIFICATE_SERIALS, KeyMode, certificate_pem},
    refusal::{Refusal, inner},
};

/// The certificates that the current policy lists; none in pure public-key mode, as for a new merchant.
pub fn list(app: &App) -> Result<Value, Refusal> {
    let (listed, nonces, key) = {
        let mut world = app.world();
        if world.keys.mode == KeyMode::PublicKey {
            return Err(Refusal::missing("无可用的平台证书，请在商户平台申请使用微信支付公钥"));
        }
        let listed = world.keys.listed.clone();
        let nonces: Vec<String> = listed.iter().map(|_| world.nonce(12)).collect();
        (listed, nonces, world.keys.apiv3_key())
    };
    let data: Result<Vec<Value>, Refusal> =
        listed.iter().zip(&nonces).map(|(number, nonce)| entry(key, *number, nonce)).collect();
    Ok(json!({ "data": data? }))
}

fn entry(key: &str, number: u8, nonce: &str) -> Result<Value, Refusal> {
    let index = usize::from(number == 2);
    let (from, to) = CERTIFICATE_LIFE[index];
    let ciphertext = certificate_pem(number)
        .and_then(|pem| seal(key.as_bytes(), nonce, "certificate", pem.as_bytes()))
        .map_err(|fault| Refusal::new(500, "SYSTEM_ERROR", inner::PARAMETER, fault.to_string()))?;
    Ok(json!({
        "serial_no": CERTIFICATE_SERIALS[index],
        "effective_time": beijing(from),
        "expire_time": beijing(to),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": ciphertext,
        },
    }))
}
