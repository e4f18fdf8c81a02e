//! Notifications: whether to believe them, and what they say.

use serde::Deserialize;

use super::answer::{RefundState, Transaction, read_refund, read_transaction, unix_seconds};
use crate::crypto::{GcmKey, Stamp};

/// Signatures older or newer than this are not accepted (merchant documents, 签名验证).
const WINDOW_S: u64 = 300;
/// The platform's only scheme.
const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// Start of the signatures with which the platform tests whether we verify at all.
const PROBE_PREFIX: &str = "WECHATPAY/SIGNTEST/";

/// The `Wechatpay-…` headers as they came. A header that came twice counts as missing.
#[derive(Debug, Clone, Default)]
pub struct NotifyHeaders {
    /// `Wechatpay-Timestamp`, unix seconds as text.
    pub timestamp: Option<String>,
    /// `Wechatpay-Nonce`.
    pub nonce: Option<String>,
    /// `Wechatpay-Signature`, base64.
    pub signature: Option<String>,
    /// `Wechatpay-Serial`: which key signed.
    pub serial: Option<String>,
    /// `Wechatpay-Signature-Type`, when it came: any other than `WECHATPAY2-SHA256-RSA2048` is refused, and one that came twice is
    /// empty.
    pub signature_type: Option<String>,
}

/// A notification that proved to come from the platform, decrypted.
///
/// Proven is the sender, not the meaning: compare merchant, app, amount, currency and payer with
/// your own order before you book anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// The same for every repetition.
    pub id: String,
    /// E.g. `TRANSACTION.SUCCESS`.
    pub event_type: String,
    /// Unix seconds.
    pub created_at: i64,
    /// The decrypted part.
    pub content: NotificationContent,
}

/// What a notification is about.
#[derive(Debug, Clone, PartialEq)]
pub enum NotificationContent {
    /// `TRANSACTION.SUCCESS`.
    Paid(Transaction),
    /// `REFUND.SUCCESS`, `REFUND.ABNORMAL`, `REFUND.CLOSED`; with the merchant.
    Refunded(RefundState),
    /// Any other event, as JSON. Store it and answer 2xx.
    Other(serde_json::Value),
}

/// Why a notification or an answer is not believed. Answer 4xx or 5xx, never 2xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejection {
    /// One of the four headers is absent.
    #[error("signature header missing")]
    MissingHeader,
    /// More than 300 s away from our clock: a replay, or a clock that is wrong.
    #[error("timestamp too far from our clock")]
    Stale,
    /// Signed by a key that we do not know, also after asking.
    #[error("unknown key serial")]
    UnknownSerial,
    /// The platform's own test with a wrong signature. Not an attack; refusing it is the right answer.
    #[error("signature probe")]
    Probe,
    /// The signature does not fit.
    #[error("bad signature")]
    BadSignature,
    /// Not the shape that the documents describe.
    #[error("malformed")]
    Malformed,
    /// Signed rightly, but the APIv3 key does not open it: the key in the settings is not the merchant's.
    #[error("cannot be decrypted")]
    Undecryptable,
}

impl Rejection {
    /// Short name for counters.
    pub fn metric_name(&self) -> &'static str {
        match self {
            Self::MissingHeader => "missing_header",
            Self::Stale => "stale",
            Self::UnknownSerial => "unknown_serial",
            Self::Probe => "probe",
            Self::BadSignature => "bad_signature",
            Self::Malformed => "malformed",
            Self::Undecryptable => "undecryptable",
        }
    }
}

/// The headers after the checks that need no key.
pub(super) struct Seal<'a> {
    pub(super) stamp: Stamp<'a>,
    pub(super) signature: &'a str,
    pub(super) serial: &'a str,
}

impl<'a> Seal<'a> {
    /// Checks presence, probe and time, in this order. `now` in unix seconds.
    pub(super) fn read(headers: &'a NotifyHeaders, now: i64) -> Result<Self, Rejection> {
        let present = |header: &'a Option<String>| {
            header.as_deref().filter(|text| !text.is_empty()).ok_or(Rejection::MissingHeader)
        };
        let timestamp = present(&headers.timestamp)?;
        let nonce = present(&headers.nonce)?;
        let signature = present(&headers.signature)?;
        let serial = present(&headers.serial)?;
        if signature.starts_with(PROBE_PREFIX) {
            return Err(Rejection::Probe);
        }
        // The scheme is not part of what is signed, and there is one.
        if headers.signature_type.as_deref().is_some_and(|scheme| scheme != SCHEME) {
            return Err(Rejection::Malformed);
        }
        let signed_at: i64 = timestamp.parse().map_err(|_| Rejection::Malformed)?;
        // abs_diff cannot overflow, whatever number came.
        if signed_at.abs_diff(now) > WINDOW_S {
            return Err(Rejection::Stale);
        }
        Ok(Self { stamp: Stamp { timestamp, nonce }, signature, serial })
    }
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    create_time: String,
    event_type: String,
    resource: Resource,
}

/// An encrypted part, in notifications and in the list of certificates.
#[derive(Deserialize)]
pub(super) struct Resource {
    algorithm: String,
    ciphertext: String,
    #[serde(default)]
    associated_data: Option<String>,
    nonce: String,
}

impl Resource {
    pub(super) fn open(&self, key: &GcmKey) -> Result<Vec<u8>, Rejection> {
        if self.algorithm != "AEAD_AES_256_GCM" {
            return Err(Rejection::Malformed);
        }
        let associated_data = self.associated_data.as_deref().unwrap_or_default();
        key.open(&self.nonce, associated_data, &self.ciphertext).map_err(|_| Rejection::Undecryptable)
    }
}

/// Opens a notification whose signature has been verified.
pub(super) fn open(raw: &[u8], key: &GcmKey) -> Result<Notification, Rejection> {
    let envelope: Envelope = crate::json::read(raw).map_err(|_| Rejection::Malformed)?;
    let plain = envelope.resource.open(key)?;
    let content = if envelope.event_type == "TRANSACTION.SUCCESS" {
        read_transaction(&plain).map(NotificationContent::Paid)
    } else if envelope.event_type.starts_with("REFUND.") {
        read_refund(&plain).map(NotificationContent::Refunded)
    } else {
        crate::json::read(&plain).ok().map(NotificationContent::Other)
    };
    Ok(Notification {
        created_at: unix_seconds(Some(&envelope.create_time)).ok_or(Rejection::Malformed)?,
        content: content.ok_or(Rejection::Malformed)?,
        id: envelope.id,
        event_type: envelope.event_type,
    })
}
