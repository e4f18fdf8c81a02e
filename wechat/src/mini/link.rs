//! Links that open the mini-program from a text message. Source: 获取加密URLLink (at most 30 days).

use serde::{Deserialize, Serialize};

use super::{Edition, MiniError, MiniProgram};

/// Longest query of a link, in characters.
const QUERY_MAX_CHARS: usize = 1024;
/// Longest life of a link, in days.
const DAYS_MAX: u8 = 30;

/// A link to a page, for text messages to relatives.
#[derive(Debug, Clone)]
pub struct UrlLink {
    /// A published page.
    pub path: String,
    /// Without `?`; at most 1024 characters.
    pub query: String,
    /// 1 to 30.
    pub lasts_days: u8,
    /// Which edition opens.
    pub edition: Edition,
}

#[derive(Serialize)]
struct Wire<'a> {
    path: &'a str,
    query: &'a str,
    expire_type: u8,
    expire_interval: u8,
    env_version: &'static str,
}

impl MiniProgram {
    /// Makes a link. Schemes and links together: 500,000 a day.
    pub async fn url_link(&self, link: &UrlLink) -> Result<String, MiniError> {
        #[derive(Deserialize)]
        struct Made {
            url_link: String,
        }
        let refuse = |field, reason| Err(MiniError::Argument { field, reason });
        if link.query.chars().count() > QUERY_MAX_CHARS {
            return refuse("query", "must have at most 1024 characters");
        }
        if link.lasts_days == 0 || link.lasts_days > DAYS_MAX {
            return refuse("lasts_days", "must be 1 to 30 days");
        }
        let wire = Wire {
            path: &link.path,
            query: &link.query,
            expire_type: 1,
            expire_interval: link.lasts_days,
            env_version: link.edition.version(),
        };
        let made: Made = self.post("/wxa/generate_urllink", &wire).await?;
        Ok(made.url_link)
    }
}
