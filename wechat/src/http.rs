//! The one place that builds HTTP clients: time-outs, no redirects, no proxies, a cap on answers.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, Url, redirect, retry};

/// Answers longer than this are given up: the platform's are a few KiB.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// The platform refuses requests without User-Agent (merchant documents, 基本规则); reqwest sends none.
const USER_AGENT: &str = concat!("nuanyang-wechat/", env!("CARGO_PKG_VERSION"));

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// The whole call: connecting, every repetition, every pause between.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 3 s to connect, 8 s in all.
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), total: Duration::from_secs(8) }
    }
}

/// A setting that cannot work. Never holds the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct ConfigError {
    /// Name of the setting, as in the configuration struct.
    pub setting: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, reason: impl Into<String>) -> Self {
        Self { setting, reason: reason.into() }
    }
}

/// A checked base address without the last slash.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    text: String,
    is_loopback_http: bool,
}

impl Base {
    /// Refuses anything but https, and http to this very machine.
    pub(crate) fn parse(setting: &'static str, text: &str) -> Result<Self, ConfigError> {
        let url = address(setting, text)?;
        if url.query().is_some() {
            return Err(ConfigError::new(setting, "must not have a query"));
        }
        Ok(Self { text: text.trim_end_matches('/').to_owned(), is_loopback_http: url.scheme() == "http" })
    }

    /// The address of `target` (path and query) on this base.
    pub(crate) fn url(&self, target: &str) -> Result<Url, ConfigError> {
        Url::parse(&format!("{}{target}", self.text)).map_err(|e| ConfigError::new("target", e.to_string()))
    }
}

/// Parses an address that is https, or http to this very machine, without user name or fragment.
pub(crate) fn address(setting: &'static str, text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|e| ConfigError::new(setting, e.to_string()))?;
    let is_allowed = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !is_allowed {
        return Err(ConfigError::new(setting, "must be https (http only to this machine)"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(ConfigError::new(setting, "must not have a user name or a fragment"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Builds the client for these bases.
///
/// A client that only talks to this machine gets an empty root set, so that it also starts in a
/// container without certificates; any other start there fails with a clear message.
pub(crate) fn client(bases: &[Base], timeouts: Timeouts) -> Result<Client, ConfigError> {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total);
    let builder =
        if bases.iter().all(|base| base.is_loopback_http) { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(|e| ConfigError::new("bases", format!("no HTTP client: {}", causes(&e))))
}

/// An answer as it came, nothing judged yet.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// No answer, or not a whole one.
#[derive(Debug)]
pub(crate) struct SendError {
    /// False only if the request certainly did not leave.
    pub(crate) was_sent: bool,
    /// Without the address: queries hold secrets.
    pub(crate) reason: String,
}

/// Sends and reads the whole answer.
pub(crate) async fn send(request: RequestBuilder) -> Result<Reply, SendError> {
    receive(request, ANSWER_MAX_BYTES, None).await
}

/// Sends and reads a file of at most so many bytes. It may take as long as the request allows, while it is never silent for
/// longer than `silence`: how long a whole file takes depends on its length, how long a pause lasts does not.
pub(crate) async fn send_for_file(
    request: RequestBuilder,
    max_bytes: usize,
    silence: Duration,
) -> Result<Reply, SendError> {
    receive(request, max_bytes, Some(silence)).await
}

async fn receive(
    request: RequestBuilder,
    max_bytes: usize,
    silence: Option<Duration>,
) -> Result<Reply, SendError> {
    let mut response = within(silence, request.send()).await?.map_err(send_error)?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    let cut = |e| SendError { was_sent: true, ..send_error(e) };
    while let Some(chunk) = within(silence, response.chunk()).await?.map_err(cut)? {
        if body.len() + chunk.len() > max_bytes {
            return Err(SendError { was_sent: true, reason: "answer too long".to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, headers, body })
}

/// Waits for the next part of an answer.
async fn within<T>(silence: Option<Duration>, part: impl Future<Output = T>) -> Result<T, SendError> {
    let Some(silence) = silence else { return Ok(part.await) };
    let silent = |_| SendError { was_sent: true, reason: "nothing more came".to_owned() };
    tokio::time::timeout(silence, part).await.map_err(silent)
}

fn send_error(error: reqwest::Error) -> SendError {
    let was_sent = !(error.is_connect() || error.is_builder());
    SendError { was_sent, reason: causes(&error.without_url()) }
}

/// The error and its causes in one line; reqwest shows only the outermost.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Base;

    #[test]
    fn only_this_machine_may_be_called_without_tls() {
        let accepted =
            ["https://api.mch.weixin.qq.com", "http://127.0.0.1:1/", "http://localhost:1", "http://[::1]:1"];
        let refused =
            ["http://api.mch.weixin.qq.com", "http://10.0.0.1", "ftp://127.0.0.1", "x", "https://a/?b=c"];
        for text in accepted {
            assert!(Base::parse("bases", text).is_ok(), "{text}");
        }
        for text in refused {
            assert!(Base::parse("bases", text).is_err(), "{text}");
        }
    }
}
