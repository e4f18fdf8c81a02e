//! WeChat Pay v3 for one merchant: orders of a mini-program, refunds, notifications.
//!
//! Owns: requests as frozen bytes, signatures both ways, repetition, keys of the platform.
//! Never does: book anything, choose numbers, repeat with a new number.
//! There is no sandbox; every base address, key and serial comes from the settings, so that a
//! stand-in can take the platform's place.

mod abnormal;
mod advice;
mod answer;
mod bills;
mod code;
mod complaints;
mod error;
mod event;
mod gateway;
mod keys;
mod merchant;
mod notification;
mod payout;
mod rates;
mod request;
mod skew;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use abnormal::{AbnormalRefund, FrozenSealed, RefundTo};
pub use advice::Advice;
pub use answer::{RefundState, RefundStatus, TradeState, Transaction};
pub use bills::{Account, Bill};
pub use code::ErrorCode;
pub use complaints::{ComplaintDetail, ComplaintState, ComplaintStep};
pub use error::{Outcome, PayError};
pub use event::{Complaint, ShareNotice, TransferNotice};
pub use keys::{AnswerKey, PlatformKey, SignatureCounts};
pub use merchant::MerchantKey;
pub use notification::{Notification, NotificationContent, NotifyHeaders, Rejection};
pub use payout::{
    FrozenPayout, Payout, PayoutAnswer, PayoutKind, PayoutOrder, PayoutState, PayoutSwitch, ProfitSharing,
    Receiver, ShareReturn, TransferScene, Transfers,
};
pub use rates::Rates;
pub use request::{Invalid, InvalidReason, Prepay, RefundRequest};

use crate::crypto::{GcmKey, SigningKey, Stamp, fresh_nonce, payment_page_message};
use crate::http::{Base, address, client};
use crate::route::Route;
use crate::{ConfigError, Now, Secret, Timeouts};
use gateway::{Call, Gateway, Kind, check_plain};
use keys::KeyRing;
use merchant::MerchantKeys;
use rates::Buckets;
use request::{Merchant, check_out_refund_no, check_out_trade_no, path_segment};
use skew::Skew;

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

/// What may be left as it is.
#[derive(Debug, Clone, Default)]
pub struct PayOptions {
    /// How long calls may take.
    pub timeouts: Timeouts,
    /// How many calls may leave a second.
    pub rates: Rates,
    /// With which key of the platform answers shall be signed, while there are both kinds.
    pub answer_key: AnswerKey,
    /// Keys that the merchant used before; orders made with them can still be paid.
    pub former_merchant_keys: Vec<MerchantKey>,
    /// APIv3 keys before the present one: what is under way while the key is changed still opens.
    pub former_apiv3_keys: Vec<Secret>,
    /// Profit sharing and transfers: off unless switched on here.
    pub payouts: PayoutSwitch,
}

/// The client. Cheap to clone, usable from every thread.
#[derive(Clone)]
pub struct Pay(Arc<Inner>);

struct Inner {
    gateway: Gateway,
    appid: String,
    notify_url: String,
    refund_notify_url: String,
    payouts: PayoutSwitch,
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
        Self::with_options(config, PayOptions { timeouts, ..PayOptions::default() }, now)
    }

    /// Like [`Pay::new`] with everything that can be chosen.
    pub fn with_options(config: PayConfig, options: PayOptions, now: Now) -> Result<Self, ConfigError> {
        check_plain("appid", &config.appid, 32)?;
        check_plain("mchid", &config.mchid, 32)?;
        check_notify_url("notify_url", &config.notify_url)?;
        check_notify_url("refund_notify_url", &config.refund_notify_url)?;
        let bases: Vec<Base> =
            config.bases.iter().map(|base| Base::parse("bases", base)).collect::<Result<_, _>>()?;
        if bases.is_empty() {
            return Err(ConfigError::new("bases", "needs at least one"));
        }
        let ring = KeyRing::new(&config.platform_keys, options.answer_key)?;
        if ring.is_empty() && !config.uses_certificates {
            return Err(ConfigError::new("platform_keys", "needs one, or certificate mode"));
        }
        let wrong_key = |_| ConfigError::new("apiv3_key", "must have 32 characters");
        let mut api_v3_key = GcmKey::new(&config.apiv3_key).map_err(wrong_key)?;
        for former in &options.former_apiv3_keys {
            api_v3_key = api_v3_key.and(former).map_err(wrong_key)?;
        }
        let current = MerchantKey { serial: config.merchant_serial, key_pem: config.merchant_key_pem };
        let gateway = Gateway {
            merchant: MerchantKeys::new(current, &options.former_merchant_keys)?,
            api_v3_key,
            client: client(&bases, options.timeouts)?,
            route: Route::new(bases),
            mchid: config.mchid,
            uses_certificates: config.uses_certificates,
            ring,
            timeouts: options.timeouts,
            now,
            last_refresh: tokio::sync::Mutex::default(),
            repetitions: 0.into(),
            buckets: Buckets::new(&options.rates),
            skew: Skew::new(),
        };
        let (appid, notify_url, payouts) = (config.appid, config.notify_url, options.payouts);
        let inner =
            Inner { gateway, appid, notify_url, refund_notify_url: config.refund_notify_url, payouts };
        Ok(Self(Arc::new(inner)))
    }

    /// Takes other keys of the platform, at once and for all clones: a rotation without a restart.
    pub fn replace_platform_keys(&self, keys: &[PlatformKey]) -> Result<(), ConfigError> {
        if keys.is_empty() && !self.0.gateway.uses_certificates {
            return Err(ConfigError::new("platform_keys", "needs one, or certificate mode"));
        }
        self.0.gateway.ring.replace(keys)
    }

    /// How many signatures each kind of the platform's keys made since the start.
    pub fn signature_counts(&self) -> SignatureCounts {
        self.0.gateway.ring.counts()
    }

    /// The same by serial, for a rotation within one kind.
    pub fn signature_counts_by_serial(&self) -> std::collections::BTreeMap<String, u64> {
        self.0.gateway.ring.counts_by_serial()
    }

    /// Seconds that the platform's clock is ahead of ours, by its last answer; for a gauge and an alarm.
    pub fn clock_skew_s(&self) -> Option<i64> {
        self.0.gateway.skew.measured_s()
    }

    /// Serial of the merchant's key in use; store it with each order, see [`Pay::client_params_by`].
    pub fn merchant_serial(&self) -> &str {
        self.0.gateway.merchant.current().0
    }

    /// Whether a key of the merchant has this serial, so that [`Pay::client_params_by`] can sign with it.
    pub fn has_merchant_key(&self, serial: &str) -> bool {
        self.0.gateway.merchant.find(serial).is_some()
    }

    /// The exact JSON body of a prepay call. Store it before sending: a repetition must be identical.
    pub fn freeze_prepay(&self, prepay: &Prepay) -> Result<String, Invalid> {
        request::freeze_prepay(prepay, &self.who(), (self.0.gateway.now)())
    }

    /// Like [`Pay::freeze_prepay`] for an order whose money waits to be shared ([`ProfitSharing`]): it is frozen until
    /// it is shared or set free, at most 30 days (settle_info.profit_sharing).
    pub fn freeze_prepay_to_share(&self, prepay: &Prepay) -> Result<String, Invalid> {
        request::freeze_prepay_to_share(prepay, &self.who(), (self.0.gateway.now)())
    }

    fn who(&self) -> Merchant<'_> {
        let inner = &self.0;
        Merchant { appid: &inner.appid, mchid: &inner.gateway.mchid, notify_url: &inner.notify_url }
    }

    /// Orders and gives the `prepay_id`, valid 2 hours. The same bytes again give a fresh one.
    pub async fn prepay(&self, frozen_body: &str) -> Result<String, PayError> {
        #[derive(Deserialize)]
        struct Ordered {
            prepay_id: String,
        }
        let target = "/v3/pay/transactions/jsapi";
        let call = Call::post(Kind::Prepay, target, frozen_body);
        let body = self.0.gateway.call(call).await?;
        let ordered: Option<Ordered> = crate::json::read(&body).ok();
        let prepay_id = ordered.map(|ordered| ordered.prepay_id).filter(|id| !id.is_empty());
        prepay_id.ok_or(PayError::malformed(200))
    }

    /// Signs the arguments of `wx.requestPayment` for one `prepay_id`.
    pub fn client_params(&self, prepay_id: &str) -> Result<ClientParams, PayError> {
        self.sign_params(prepay_id, self.0.gateway.merchant.current().1)
    }

    /// Like [`Pay::client_params`] for an order that was made with the key of this serial: order and page must be
    /// signed with the same one, also after the merchant changed its key.
    pub fn client_params_by(&self, prepay_id: &str, serial: &str) -> Result<ClientParams, PayError> {
        let unknown = || ConfigError::new("former_merchant_keys", "no key with the serial of this order");
        self.sign_params(prepay_id, self.0.gateway.merchant.find(serial).ok_or_else(unknown)?)
    }

    fn sign_params(&self, prepay_id: &str, key: &SigningKey) -> Result<ClientParams, PayError> {
        let time_stamp = (self.0.gateway.now)().to_string();
        let nonce_str = fresh_nonce()?;
        let package = format!("prepay_id={prepay_id}");
        let stamp = Stamp { timestamp: &time_stamp, nonce: &nonce_str };
        let message = payment_page_message(&self.0.appid, stamp, &package);
        let pay_sign = key.sign(message.as_bytes())?;
        Ok(ClientParams { time_stamp, nonce_str, package, sign_type: "RSA".to_owned(), pay_sign })
    }

    /// Asks for an order by our number, paid or not.
    pub async fn query(&self, out_trade_no: &str) -> Result<Transaction, PayError> {
        check_out_trade_no(out_trade_no)?;
        let number = path_segment(out_trade_no);
        let target = format!("/v3/pay/transactions/out-trade-no/{number}?mchid={}", self.0.gateway.mchid);
        let body = self.0.gateway.call(Call::get(Kind::Query, &target)).await?;
        let transaction = answer::read_transaction(&body);
        // An old answer about another order is signed just as well.
        transaction.filter(|t| t.out_trade_no == out_trade_no).ok_or(PayError::malformed(200))
    }

    /// Closes an order that is not paid. May be repeated; afterwards nobody can pay it.
    pub async fn close(&self, out_trade_no: &str) -> Result<(), PayError> {
        check_out_trade_no(out_trade_no)?;
        let target = format!("/v3/pay/transactions/out-trade-no/{}/close", path_segment(out_trade_no));
        let body = request::close_body(&self.0.gateway.mchid);
        self.0.gateway.call(Call::post(Kind::Close, &target, &body)).await?;
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
        let call = Call::post(Kind::Refund, target, frozen_body);
        let body = self.0.gateway.call(call).await?;
        let refund = answer::read_refund(&body);
        refund.filter(|r| r.out_refund_no == asked.out_refund_no).ok_or(PayError::malformed(200))
    }

    /// Asks for a refund by our number.
    pub async fn query_refund(&self, out_refund_no: &str) -> Result<RefundState, PayError> {
        check_out_refund_no(out_refund_no)?;
        let target = format!("/v3/refund/domestic/refunds/{}", path_segment(out_refund_no));
        let body = self.0.gateway.call(Call::get(Kind::Query, &target)).await?;
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
        self.0.gateway.verify(headers, raw, (self.0.gateway.now)()).await?;
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
