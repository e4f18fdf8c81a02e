//! WeChat Pay v3 for one merchant: orders of a mini-program, refunds, notifications.
//!
//! Owns: requests as frozen bytes, signatures both ways, repetition, keys of the platform.
//! Never does: book anything, choose numbers, repeat with a new number.
//! There is no sandbox; every base address, key and serial comes from the settings, so that a
//! stand-in can take the platform's place.

mod answer;
mod code;
mod error;
mod gateway;
mod keys;
mod notification;
mod request;
mod route;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use answer::{RefundState, RefundStatus, TradeState, Transaction};
pub use code::ErrorCode;
pub use error::{Outcome, PayError};
pub use keys::PlatformKey;
pub use notification::{Notification, NotificationContent, NotifyHeaders, Rejection};
pub use request::{Invalid, InvalidReason, Prepay, RefundRequest};

use crate::crypto::{GcmKey, SigningKey, Stamp, fresh_nonce, payment_page_message};
use crate::http::{Base, address, client};
use crate::{ConfigError, Now, Secret, Timeouts};
use gateway::{Call, Gateway, Kind, check_plain};
use keys::KeyRing;
use request::{Merchant, check_out_refund_no, check_out_trade_no, path_segment};
use route::Route;

/// Settings of one merchant.
#[derive(Debug, Clone)]
pub struct PayConfig {
    /// Main host, then the disaster host. https; http only to this machine.
    pub bases: Vec<String>,
    /// The mini-program that orders, bound to the merchant.
    pub appid: String,
    /// Merchant number.
    pub mchid: String,
    /// `apiclient_key.pem` (PKCS#8).
    pub merchant_key_pem: Secret,
    /// Serial of the merchant API certificate, upper-case hexadecimal.
    pub merchant_serial: String,
    /// Keys of the platform; both kinds during a change of mode.
    pub platform_keys: Vec<PlatformKey>,
    /// Certificate mode: `/v3/certificates` may be asked. False in pure public-key mode.
    pub uses_certificates: bool,
    /// 32 characters.
    pub apiv3_key: Secret,
    /// Where payments are reported; https, no query, at most 255 characters.
    pub notify_url: String,
    /// Where refunds are reported; the same rules.
    pub refund_notify_url: String,
}

/// The client. Cheap to clone, usable from every thread.
#[derive(Clone)]
pub struct Pay(Arc<Inner>);

struct Inner {
    gateway: Gateway,
    appid: String,
    notify_url: String,
    refund_notify_url: String,
}

/// Arguments of `wx.requestPayment`, under the names that it wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientParams {
    /// Unix seconds as text: as a number it fails on some phones.
    pub time_stamp: String,
    /// 32 characters.
    pub nonce_str: String,
    /// `prepay_id=…`.
    pub package: String,
    /// `RSA`.
    pub sign_type: String,
    /// Base64.
    pub pay_sign: String,
}

impl Pay {
    /// Checks the settings; 3 s to connect, 8 s for a whole call.
    pub fn new(config: PayConfig, now: Now) -> Result<Self, ConfigError> {
        Self::with_timeouts(config, Timeouts::default(), now)
    }

    /// Like [`Pay::new`] with other time-outs.
    pub fn with_timeouts(config: PayConfig, timeouts: Timeouts, now: Now) -> Result<Self, ConfigError> {
        check_plain("appid", &config.appid, 32)?;
        check_plain("mchid", &config.mchid, 32)?;
        check_plain("merchant_serial", &config.merchant_serial, 64)?;
        check_notify_url("notify_url", &config.notify_url)?;
        check_notify_url("refund_notify_url", &config.refund_notify_url)?;
        let bases: Vec<Base> =
            config.bases.iter().map(|base| Base::parse("bases", base)).collect::<Result<_, _>>()?;
        if bases.is_empty() {
            return Err(ConfigError::new("bases", "needs at least one"));
        }
        let ring = KeyRing::new(&config.platform_keys)?;
        if ring.is_empty() && !config.uses_certificates {
            return Err(ConfigError::new("platform_keys", "needs one, or certificate mode"));
        }
        let gateway = Gateway {
            merchant_key: SigningKey::from_pem(&config.merchant_key_pem)
                .map_err(|e| ConfigError::new("merchant_key_pem", e.to_string()))?,
            api_v3_key: GcmKey::new(&config.apiv3_key)
                .map_err(|_| ConfigError::new("apiv3_key", "must have 32 characters"))?,
            client: client(&bases, timeouts)?,
            route: Route::new(bases),
            mchid: config.mchid,
            merchant_serial: config.merchant_serial,
            uses_certificates: config.uses_certificates,
            ring,
            timeouts,
            now,
            last_refresh: tokio::sync::Mutex::default(),
            repetitions: 0.into(),
        };
        let (appid, notify_url) = (config.appid, config.notify_url);
        let inner = Inner { gateway, appid, notify_url, refund_notify_url: config.refund_notify_url };
        Ok(Self(Arc::new(inner)))
    }

    /// The exact JSON body of a prepay call. Store it before sending: a repetition must be identical.
    pub fn freeze_prepay(&self, prepay: &Prepay) -> Result<String, Invalid> {
        let inner = &self.0;
        let merchant =
            Merchant { appid: &inner.appid, mchid: &inner.gateway.mchid, notify_url: &inner.notify_url };
        request::freeze_prepay(prepay, &merchant, (inner.gateway.now)())
    }

    /// Orders and gives the `prepay_id`, valid 2 hours. The same bytes again give a fresh one.
    pub async fn prepay(&self, frozen_body: &str) -> Result<String, PayError> {
        #[derive(Deserialize)]
        struct Ordered {
            prepay_id: String,
        }
        let target = "/v3/pay/transactions/jsapi";
        let call = Call { kind: Kind::Order, target, body: Some(frozen_body) };
        let body = self.0.gateway.call(call).await?;
        let ordered: Option<Ordered> = serde_json::from_slice(&body).ok();
        let prepay_id = ordered.map(|ordered| ordered.prepay_id).filter(|id| !id.is_empty());
        prepay_id.ok_or(PayError::malformed(200))
    }

    /// Signs the arguments of `wx.requestPayment` for one `prepay_id`.
    pub fn client_params(&self, prepay_id: &str) -> Result<ClientParams, PayError> {
        let time_stamp = (self.0.gateway.now)().to_string();
        let nonce_str = fresh_nonce()?;
        let package = format!("prepay_id={prepay_id}");
        let stamp = Stamp { timestamp: &time_stamp, nonce: &nonce_str };
        let message = payment_page_message(&self.0.appid, stamp, &package);
        let pay_sign = self.0.gateway.merchant_key.sign(message.as_bytes())?;
        Ok(ClientParams { time_stamp, nonce_str, package, sign_type: "RSA".to_owned(), pay_sign })
    }

    /// Asks for an order by our number, paid or not.
    pub async fn query(&self, out_trade_no: &str) -> Result<Transaction, PayError> {
        check_out_trade_no(out_trade_no)?;
        let number = path_segment(out_trade_no);
        let target = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", self.0.gateway.mchid);
        let body = self.0.gateway.call(Call { kind: Kind::Query, target: &target, body: None }).await?;
        let transaction = answer::read_transaction(&body);
        // An old answer about another order is signed just as well.
        transaction.filter(|t| t.out_trade_no == out_trade_no).ok_or(PayError::malformed(200))
    }

    /// Closes an order that is not paid. May be repeated; afterwards nobody can pay it.
    pub async fn close(&self, out_trade_no: &str) -> Result<(), PayError> {
        check_out_trade_no(out_trade_no)?;
        let target = format!("/v3/pay/transactions/out-trade-no/{}/close", path_segment(out_trade_no));
        let body = request::close_body(&self.0.gateway.mchid);
        self.0.gateway.call(Call { kind: Kind::Order, target: &target, body: Some(&body) }).await?;
        Ok(())
    }

    /// The exact JSON body of a refund call. Store it before sending: a repetition must be identical.
    pub fn freeze_refund(&self, refund: &RefundRequest) -> Result<String, Invalid> {
        request::freeze_refund(refund, &self.0.refund_notify_url)
    }

    /// Asks for a refund. Ok means accepted; see the status. The same bytes again are the same refund.
    pub async fn refund(&self, frozen_body: &str) -> Result<RefundState, PayError> {
        #[derive(Deserialize)]
        struct Asked {
            out_refund_no: String,
        }
        let asked: Asked = serde_json::from_str(frozen_body)
            .map_err(|_| ConfigError::new("frozen_body", "is not a frozen refund"))?;
        let target = "/v3/refund/domestic/refunds";
        let call = Call { kind: Kind::Refund, target, body: Some(frozen_body) };
        let body = self.0.gateway.call(call).await?;
        let refund = answer::read_refund(&body);
        refund.filter(|r| r.out_refund_no == asked.out_refund_no).ok_or(PayError::malformed(200))
    }

    /// Asks for a refund by our number.
    pub async fn query_refund(&self, out_refund_no: &str) -> Result<RefundState, PayError> {
        check_out_refund_no(out_refund_no)?;
        let target = format!("/v3/refund/domestic/refunds/{}", path_segment(out_refund_no));
        let body = self.0.gateway.call(Call { kind: Kind::Query, target: &target, body: None }).await?;
        let refund = answer::read_refund(&body);
        refund.filter(|r| r.out_refund_no == out_refund_no).ok_or(PayError::malformed(200))
    }

    /// Downloads the platform's certificates; call it every 12 hours in certificate mode.
    ///
    /// One download at a time, at least 60 s apart: an earlier call is answered with the result of
    /// the last one. Does nothing in pure public-key mode.
    pub async fn refresh_certificates(&self) -> Result<(), PayError> {
        self.0.gateway.refresh().await
    }

    /// Verifies over the raw bytes, then decrypts. Answer the platform within 5 s.
    ///
    /// `raw` must be the body as received, not parsed and written again.
    pub async fn notification(&self, headers: &NotifyHeaders, raw: &[u8]) -> Result<Notification, Rejection> {
        self.0.gateway.verify(headers, raw).await?;
        notification::open(raw, &self.0.gateway.api_v3_key)
    }
}

/// Source: JSAPI/小程序下单, notify_url.
fn check_notify_url(setting: &'static str, url: &str) -> Result<(), ConfigError> {
    if url.len() > 255 || address(setting, url)?.query().is_some() {
        return Err(ConfigError::new(setting, "at most 255 characters, no query"));
    }
    Ok(())
}
