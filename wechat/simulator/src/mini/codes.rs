//! Codes to print and links to send.

use std::io::{self, Write};

use flate2::{Compression, Crc, write::ZlibEncoder};
use serde_json::{Value, json};

use super::{Result, body_of, check_token};
use crate::{
    app::App,
    call::Call,
    crypto::{base32, derived},
};

/// Codes in a minute.
const CODES_A_MINUTE: u32 = 5000;
const SCENE_MARKS: &str = "!#$&'()*+,/:;=?@-._~";

/// `POST /wxa/getwxacodeunlimit`: a picture, or the platform's error code.
pub fn picture(app: &App, call: &Call) -> Result<Vec<u8>> {
    if call.method != "POST" {
        return Err(43_001);
    }
    check_token(app, call)?;
    let body = body_of(call)?;
    let scene = body["scene"].as_str().unwrap_or_default();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || SCENE_MARKS.contains(letter);
    if scene.is_empty() || scene.len() > 32 || !scene.chars().all(is_plain) {
        return Err(40_097);
    }
    let page = body["page"].as_str().unwrap_or_default();
    if page.starts_with('/') || page.contains('?') || page.starts_with("pages/unpublished") {
        return Err(41_030);
    }
    if body["width"].as_i64().is_some_and(|width| !(280..=1280).contains(&width)) {
        return Err(40_097);
    }
    if !app.world().meter("getwxacodeunlimit", CODES_A_MINUTE) {
        return Err(45_009);
    }
    png(scene, &format!("{page}?scene={scene}")).map_err(|_| -1)
}

/// `POST /wxa/generate_urllink`.
pub fn link(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    if body["query"].as_str().is_some_and(|query| query.chars().count() > 1024) {
        return Err(40_097);
    }
    if body["expire_interval"].as_i64().is_some_and(|days| !(1..=30).contains(&days)) {
        return Err(40_097);
    }
    let name = base32(&derived(app.world().seed, "link", &body.to_string()), 11);
    Ok(json!({ "errcode": 0, "errmsg": "ok", "url_link": format!("https://wxaurl.example/{name}") }))
}

/// `POST /wxa/generatescheme`.
pub fn scheme(app: &App, call: &Call) -> Result<Value> {
    let body = body_of(call)?;
    let name = base32(&derived(app.world().seed, "scheme", &body.to_string()), 11);
    Ok(json!({ "errcode": 0, "errmsg": "ok", "openlink": format!("weixin://dl/business/?t={name}") }))
}

/// A small real PNG: a pattern that follows from the text, and the text itself in a `tEXt` chunk, so that tests and
/// people can read what a phone would scan.
fn png(scene: &str, text: &str) -> io::Result<Vec<u8>> {
    const SIDE: usize = 29;
    let pattern = derived(0, "code", text);
    let mut rows = Vec::with_capacity(SIDE * (SIDE + 1));
    for y in 0..SIDE {
        rows.push(0);
        rows.extend((0..SIDE).map(|x| {
            let bit = y * SIDE + x;
            if pattern[bit / 8 % 32] >> (bit % 8) & 1 == 1 { 0 } else { 255_u8 }
        }));
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&rows)?;
    let side = u32::try_from(SIDE).map_err(io::Error::other)?.to_be_bytes();
    let mut header = [side, side].concat();
    header.extend([8, 0, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, b"IHDR", &header)?;
    chunk(&mut out, b"tEXt", format!("scene\0{scene}").as_bytes())?;
    chunk(&mut out, b"IDAT", &packed.finish()?)?;
    chunk(&mut out, b"IEND", b"")?;
    Ok(out)
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) -> io::Result<()> {
    out.extend(u32::try_from(data.len()).map_err(io::Error::other)?.to_be_bytes());
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(data);
    out.extend(name);
    out.extend(data);
    out.extend(crc.sum().to_be_bytes());
    Ok(())
}
