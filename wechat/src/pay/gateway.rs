//! Signed calls: sign, send, judge the answer, repeat where that is safe.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, RequestBuilder, Url};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::code::ErrorCode;
use super::error::{Outcome, PayError, shorten};
use super::keys::{KeyRing, admit, is_public_key_id, verify};
use super::merchant::MerchantKeys;
use super::notification::{NotifyHeaders, Rejection, Seal};
use super::rates::Buckets;
use super::skew::Skew;
use crate::crypto::{GcmKey, Stamp, fresh_nonce, request_message};
use crate::http::{Reply, send};
use crate::route::{Passage, Route};
use crate::{ConfigError, Now, Timeouts};

/// Certificates are asked for at most this often, whatever serials strangers send us.
const REFRESH_APART_S: u64 = 60;
/// First pause before a repetition; the second is twice as long.
const PAUSE_MS: u64 = 100;

/// What a call does; decides how often it may be repeated, how many may leave, and what a 429 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Reads an order or a refund.
    Query,
    /// Makes an order.
    Prepay,
    /// Closes an order.
    Close,
    /// Moves money back.
    Refund,
    /// Changes something else.
    Other,
    /// Reads something else.
    OtherQuery,
    /// Shows something to a person each time it arrives: never repeated here.
    Once,
}

impl Kind {
    fn tries(self) -> u32 {
        match self {
            Self::Query | Self::OtherQuery => 3,
            Self::Once => 1,
            Self::Prepay | Self::Close | Self::Refund | Self::Other => 2,
        }
    }
}

/// One call. `target` is path and query, already percent-encoded.
pub(super) struct Call<'a> {
    pub(super) kind: Kind,
    pub(super) target: &'a str,
    /// Present: POST. Absent: GET.
    pub(super) body: Option<&'a str>,
    /// Serial of the platform's key with which personal fields of the body are encrypted.
    pub(super) sealed_for: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// A GET.
    pub(super) fn get(kind: Kind, target: &'a str) -> Self {
        Self { kind, target, body: None, sealed_for: None }
    }

    /// A POST without encrypted fields.
    pub(super) fn post(kind: Kind, target: &'a str, body: &'a str) -> Self {
        Self { kind, target, body: Some(body), sealed_for: None }
    }
}

/// Everything a call needs, shared by all.
pub(super) struct Gateway {
    pub(super) mchid: String,
    pub(super) merchant: MerchantKeys,
    pub(super) api_v3_key: GcmKey,
    pub(super) uses_certificates: bool,
    pub(super) ring: KeyRing,
    pub(super) route: Route,
    pub(super) client: Client,
    pub(super) timeouts: Timeouts,
    pub(super) now: Now,
    pub(super) last_refresh: Mutex<Option<Refresh>>,
    pub(super) repetitions: AtomicU64,
    pub(super) buckets: Buckets,
    pub(super) skew: Skew,
}

/// The last download of certificates.
#[derive(Clone, Copy)]
pub(super) struct Refresh {
    at: i64,
    has_worked: bool,
}

/// The platform's error body. Other fields are of no use to a program.
#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Gateway {
    /// Calls and gives the verified body of the answer.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Vec<u8>, PayError> {
        let deadline = Instant::now() + self.timeouts.total;
        let mut earlier = None;
        let mut tried: u32 = 0;
        loop {
            // The other half of the time is for the call itself.
            let patience = deadline.saturating_duration_since(Instant::now()) / 2;
            match self.buckets.of(call.kind).take(Instant::now(), patience) {
                Some(wait) => sleep(wait).await,
                None => return Err(earlier.unwrap_or(PayError::Limited)),
            }
            let error = match self.attempt(&call, deadline).await {
                Ok(body) => return Ok(body),
                Err(error) => error.after(earlier),
            };
            tried += 1;
            let pause = self.pause(u64::from(tried));
            let is_last = tried >= call.kind.tries() || Instant::now() + pause >= deadline;
            if is_last || !error.is_worth_repeating() {
                return Err(error);
            }
            earlier = Some(error);
            sleep(pause).await;
        }
    }

    /// Verifies headers against raw bytes; asks for new certificates if that may help. `now`: what time it is.
    pub(super) async fn verify(
        &self,
        headers: &NotifyHeaders,
        raw: &[u8],
        now: i64,
    ) -> Result<(), Rejection> {
        let seal = Seal::read(headers, now)?;
        let mut key = self.ring.find(seal.serial, (self.now)());
        if key.is_none() && !is_public_key_id(seal.serial) {
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "platform certificates could not be refreshed");
            }
            key = self.ring.find(seal.serial, (self.now)());
        }
        verify(&seal, raw, &key.ok_or(Rejection::UnknownSerial)?)?;
        self.ring.count(seal.serial);
        Ok(())
    }

    /// Downloads the certificates: one at a time, at least a minute apart, only in certificate mode.
    pub(super) async fn refresh(&self) -> Result<(), PayError> {
        if !self.uses_certificates {
            return Ok(());
        }
        let mut last = self.last_refresh.lock().await;
        let now = (self.now)();
        if let Some(refresh) = last.filter(|refresh| now.abs_diff(refresh.at) < REFRESH_APART_S) {
            let reason = "certificates were asked for less than a minute ago, in vain".to_owned();
            return if refresh.has_worked {
                Ok(())
            } else {
                Err(PayError::Transport { sent: false, reason })
            };
        }
        *last = Some(Refresh { at: now, has_worked: false });
        self.download_certificates().await?;
        *last = Some(Refresh { at: now, has_worked: true });
        Ok(())
    }

    async fn download_certificates(&self) -> Result<(), PayError> {
        // A notification may be waiting, and the platform waits 5 s for its answer.
        let deadline = Instant::now() + self.timeouts.total / 2;
        let call = Call::get(Kind::OtherQuery, "/v3/certificates");
        let reply = match self.exchange(&call, deadline).await {
            Err(PayError::Transport { .. }) => self.exchange(&call, deadline).await?,
            other => other?,
        };
        let is_sick = reply.status >= 500;
        self.route.report(if is_sick { Passage::Sick } else { Passage::Answered }, (self.now)());
        let headers = notify_headers(&reply.headers);
        if reply.status != 200 {
            return Err(api_error(&reply, call.kind, false));
        }
        let admitted = admit(&headers, &reply.body, &self.ring, &self.api_v3_key, self.time());
        self.ring.install(admitted.map_err(|reason| unverified(&reply, reason))?);
        Ok(())
    }

    async fn attempt(&self, call: &Call<'_>, deadline: Instant) -> Result<Vec<u8>, PayError> {
        let mut reply = self.exchange(call, deadline).await?;
        if reply.status == 401 && self.skew.correct() {
            tracing::error!(
                skew_s = self.skew.measured_s(),
                "our clock is wrong; requests carry the platform's time"
            );
            reply = self.exchange(call, deadline).await?;
        }
        let status = reply.status;
        let judged = self.judge(reply, call.kind).await;
        let is_sick = status >= 500 || matches!(judged, Err(PayError::Unverified { .. }));
        let passage = if is_sick { Passage::Sick } else { Passage::Answered };
        self.route.report(passage, (self.now)());
        if call.kind == Kind::Refund && judged.is_err() {
            self.buckets.of(Kind::Refund).count_failure(Instant::now());
        }
        judged
    }

    /// Signs afresh and sends once. Reports only failures of the way; the answer is not judged yet.
    pub(super) async fn exchange(&self, call: &Call<'_>, deadline: Instant) -> Result<Reply, PayError> {
        let request = self.request(call, deadline)?;
        let waiting = self.route.enter();
        let sent = send(request).await;
        drop(waiting);
        match &sent {
            Ok(reply) => self.skew.note(&reply.headers, (self.now)()),
            Err(_) => self.route.report(Passage::Unreachable, (self.now)()),
        }
        Ok(sent?)
    }

    /// A signed request to the host whose turn it is.
    pub(super) fn request(&self, call: &Call<'_>, deadline: Instant) -> Result<RequestBuilder, PayError> {
        let url = self.route.choose((self.now)())?.url(call.target)?;
        let left = deadline.saturating_duration_since(Instant::now());
        Ok(self.sign(call, url, self.time())?.timeout(left))
    }

    /// The time that requests and their answers are measured by.
    fn time(&self) -> i64 {
        self.skew.time((self.now)())
    }

    fn sign(&self, call: &Call<'_>, url: Url, now: i64) -> Result<RequestBuilder, PayError> {
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        // What goes on the wire is signed, hence taken from the built address.
        let target = url.query().map_or_else(|| url.path().to_owned(), |q| format!("{}?{q}", url.path()));
        let (timestamp, nonce) = (now.to_string(), fresh_nonce()?);
        let stamp = Stamp { timestamp: &timestamp, nonce: &nonce };
        let message = request_message(method.as_str(), &target, stamp, call.body.unwrap_or_default());
        let (serial, key) = self.merchant.current();
        let signature = key.sign(message.as_bytes())?;
        let authorization = format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signature}\",timestamp=\"{timestamp}\",serial_no=\"{serial}\"",
            self.mchid
        );
        let mut request = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, authorization)
            .header(ACCEPT, "application/json");
        let answered_by = call.sealed_for.map(str::to_owned).or_else(|| self.ring.asked_for());
        if let Some(serial) = answered_by {
            request = request.header("Wechatpay-Serial", serial);
        }
        if let Some(body) = call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
        }
        Ok(request)
    }

    async fn judge(&self, reply: Reply, kind: Kind) -> Result<Vec<u8>, PayError> {
        let headers = notify_headers(&reply.headers);
        let is_success = (200..300).contains(&reply.status);
        if headers.signature.is_none() && !is_success {
            return Err(api_error(&reply, kind, false));
        }
        self.verify(&headers, &reply.body, self.time()).await.map_err(|reason| unverified(&reply, reason))?;
        if matches!(reply.status, 200 | 204) { Ok(reply.body) } else { Err(api_error(&reply, kind, true)) }
    }

    /// Grows with the tries and differs between calls; no randomness, so that a run can be replayed.
    fn pause(&self, tried: u64) -> Duration {
        let jitter_ms = self.repetitions.fetch_add(37, Ordering::Relaxed) % PAUSE_MS;
        Duration::from_millis(PAUSE_MS * tried + jitter_ms)
    }
}

/// An error answer. Only a signed 4xx proves that nothing was executed.
pub(super) fn api_error(reply: &Reply, kind: Kind, is_signed: bool) -> PayError {
    let body: ErrorBody = serde_json::from_slice(&reply.body).unwrap_or_default();
    let request_id = request_id(reply);
    let code = ErrorCode::read(&body.code, request_id.as_deref());
    let is_limited = reply.status == 429 || code == ErrorCode::FrequencyLimited;
    let is_refused = is_signed
        && (400..500).contains(&reply.status)
        && code != ErrorCode::SystemError
        // 退款: unlike elsewhere, a 429 does not say that a refund was not accepted.
        && !(is_limited && kind == Kind::Refund);
    let outcome = if is_refused { Outcome::Refused } else { Outcome::Unknown };
    PayError::Api { http: reply.status, code, message: shorten(&body.message), request_id, outcome }
}

fn unverified(reply: &Reply, reason: Rejection) -> PayError {
    PayError::Unverified { http: reply.status, reason, request_id: request_id(reply) }
}

fn request_id(reply: &Reply) -> Option<String> {
    single(&reply.headers, "Request-ID")
}

fn notify_headers(headers: &HeaderMap) -> NotifyHeaders {
    NotifyHeaders {
        timestamp: single(headers, "Wechatpay-Timestamp"),
        nonce: single(headers, "Wechatpay-Nonce"),
        signature: single(headers, "Wechatpay-Signature"),
        serial: single(headers, "Wechatpay-Serial"),
        signature_type: headers
            .contains_key("Wechatpay-Signature-Type")
            .then(|| single(headers, "Wechatpay-Signature-Type").unwrap_or_default()),
    }
}

/// The header if it came exactly once.
fn single(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        return None;
    }
    first.to_str().ok().map(str::to_owned)
}

/// For settings: a value that stands in the Authorization header must not break out of its quotes.
pub(super) fn check_plain(setting: &'static str, value: &str, max_bytes: usize) -> Result<(), ConfigError> {
    let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if value.is_empty() || value.len() > max_bytes || !is_plain {
        return Err(ConfigError::new(setting, format!("must be 1 to {max_bytes} letters and digits")));
    }
    Ok(())
}
