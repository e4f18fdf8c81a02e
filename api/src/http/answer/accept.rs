//! Which answer the client wants, and whether its body is one that we read.

use actix_web::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

const NAMED: u8 = 2;

/// The two media types of GraphQL over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/json`: status 200 for everything that reached GraphQL.
    Json,
    /// `application/graphql-response+json`: the status tells whether the request was refused.
    GraphqlResponse,
}

impl Media {
    /// The `content-type` of an answer.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::GraphqlResponse => "application/graphql-response+json",
        }
    }
}

/// The media type to answer with; `None` when the client accepts neither.
///
/// The higher weight wins, then the one that is named over the one that a `*` lets in, then the newer type.
/// Clients that name none (no header, or `*/*`) get JSON, as GraphQL over HTTP recommends.
pub fn choose(headers: &HeaderMap) -> Option<Media> {
    let mut ranges = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok()).peekable();
    if ranges.peek().is_none() {
        return Some(Media::Json);
    }
    let ranges: Vec<Range<'_>> = ranges.flat_map(|text| text.split(',')).filter_map(Range::read).collect();
    match (wish(&ranges, Media::GraphqlResponse), wish(&ranges, Media::Json)) {
        (Some(newer), Some(json)) if newer == json && newer.closeness < NAMED => Some(Media::Json),
        (Some(newer), json) if json.is_none_or(|json| newer >= json) => Some(Media::GraphqlResponse),
        (_, json) => json.map(|_| Media::Json),
    }
}

/// Whether a POST body is JSON in UTF-8.
///
/// Nothing else is read: a form or plain text could be sent by any page in the person's name.
pub fn is_json_body(headers: &HeaderMap) -> bool {
    let Some(text) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = text.split(';').map(str::trim);
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) && parts.all(is_utf8)
}

/// Whether the body comes as it is. Packed ones are not read, so none can grow.
pub fn is_plain_body(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn is_utf8(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return parameter.is_empty() };
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("charset")
        && (value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8"))
}

struct Range<'a> {
    essence: &'a str,
    wish: Wish,
}

/// How much a media type is wanted: weight in thousandths, and how closely it is named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    weight: u16,
    closeness: u8,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let essence = parts.next().filter(|essence| !essence.is_empty())?;
        let mut weight = 1_000;
        for part in parts {
            match part.split_once('=') {
                Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => {
                    weight = thousandths(value.trim())
                }
                _ if is_utf8(part) => {}
                _ => return None,
            }
        }
        let closeness = match essence {
            "*/*" => 0,
            "application/*" => 1,
            _ => NAMED,
        };
        Some(Self { essence, wish: Wish { weight, closeness } })
    }
}

fn wish(ranges: &[Range<'_>], media: Media) -> Option<Wish> {
    ranges
        .iter()
        .filter(|range| range.wish.closeness < NAMED || range.essence.eq_ignore_ascii_case(media.essence()))
        .map(|range| range.wish)
        .max_by_key(|wish| (wish.closeness, wish.weight))
        .filter(|wish| wish.weight > 0)
}

fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole != "0" {
        return if whole == "1" { 1_000 } else { 0 };
    }
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_wish_of_the_client_decides() {
        for (accept, media) in [
            ("*/*", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            ("application/json, text/plain, */*", Some(Media::Json)),
            ("text/html, */*;q=0.1", Some(Media::Json)),
            ("application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("Application/GraphQL-Response+JSON;charset=UTF-8", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json, application/json;q=0.9", Some(Media::GraphqlResponse)),
            ("application/json;q=0.5, application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json;q=0.5, application/json", Some(Media::Json)),
            ("application/json, application/graphql-response+json", Some(Media::GraphqlResponse)),
            ("application/graphql-response+json;q=0, */*", Some(Media::Json)),
            ("application/json;q=0, */*", Some(Media::GraphqlResponse)),
            ("text/html", None),
            ("application/json;charset=gbk", None),
            ("*/*;q=0", None),
        ] {
            assert_eq!(choose(&headers(ACCEPT, accept)), media, "{accept}");
        }
        assert_eq!(choose(&HeaderMap::new()), Some(Media::Json));
    }

    #[test]
    fn only_json_in_utf8_is_read() {
        for (content_type, is_read) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/json;charset=\"UTF-8\"", true),
            ("application/json; charset=gbk", false),
            ("application/jsonp", false),
            ("application/graphql", false),
            ("text/plain", false),
            ("text/plain; application/json", false),
            ("multipart/form-data; boundary=x", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ] {
            assert_eq!(is_json_body(&headers(CONTENT_TYPE, content_type)), is_read, "{content_type}");
        }
        assert!(!is_json_body(&HeaderMap::new()));
    }
}
