//! Round mini-program codes without a limit of number. Source: 获取不限制的小程序码 (5000 a minute).

use serde::Serialize;

use super::{Edition, MiniError, MiniProgram, read};
use crate::http::Reply;

/// Longest scene, in characters.
const SCENE_MAX_CHARS: usize = 32;
/// Which marks a scene may hold besides letters and digits.
const SCENE_MARKS: &str = "!#$&'()*+,/:;=?@-._~";

/// A code to print: on a canteen's door, on an elder's card, for a bond between family and elder.
#[derive(Debug, Clone)]
pub struct SceneCode {
    /// Arrives in `onLoad` percent-encoded; 1 to 32 of `0-9A-Za-z` and ``!#$&'()*+,/:;=?@-._~``.
    /// A short random id, never personal data: anybody can read a printed code.
    pub scene: String,
    /// Without a leading slash and without a query; published already, or set `checks_page` to false.
    pub page: String,
    /// Whether the platform refuses a page that is not published (41030).
    pub checks_page: bool,
    /// Which edition opens.
    pub edition: Edition,
    /// Pixels, 280 to 1280.
    pub width: u16,
}

/// A picture as the platform made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/png` or `image/jpeg`, told from the first bytes.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

#[derive(Serialize)]
struct Wire<'a> {
    scene: &'a str,
    page: &'a str,
    check_path: bool,
    env_version: &'static str,
    width: u16,
}

impl MiniProgram {
    /// Has a code drawn.
    ///
    /// The answer is a picture or a JSON refusal, both with 200: the first bytes decide, not the header.
    pub async fn scene_code(&self, code: &SceneCode) -> Result<Picture, MiniError> {
        code.check()?;
        let wire = Wire {
            scene: &code.scene,
            page: &code.page,
            check_path: code.checks_page,
            env_version: code.edition.version(),
            width: code.width,
        };
        self.post_as("/wxa/getwxacodeunlimit", &wire, picture).await
    }
}

impl SceneCode {
    fn check(&self) -> Result<(), MiniError> {
        let refuse = |field, reason| Err(MiniError::Argument { field, reason });
        if self.scene.is_empty() || self.scene.len() > SCENE_MAX_CHARS {
            return refuse("scene", "must have 1 to 32 characters");
        }
        if !self.scene.chars().all(|letter| letter.is_ascii_alphanumeric() || SCENE_MARKS.contains(letter)) {
            return refuse("scene", "has a character that a code cannot carry");
        }
        if self.page.is_empty() || self.page.starts_with('/') || self.page.contains('?') {
            return refuse("page", "must be a path without leading slash and query");
        }
        if !(280..=1280).contains(&self.width) {
            return refuse("width", "must be 280 to 1280 pixels");
        }
        Ok(())
    }
}

fn picture(reply: &Reply) -> Result<Picture, MiniError> {
    let content_type = if reply.body.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if reply.body.starts_with(&[0xFF, 0xD8, 0xFF]) {
        "image/jpeg"
    } else {
        let refusal = read::<serde_json::Value>(reply).err();
        return Err(refusal.unwrap_or_else(|| MiniError::unreadable(reply.status)));
    };
    if reply.status != 200 {
        return Err(MiniError::unreadable(reply.status));
    }
    Ok(Picture { content_type, bytes: reply.body.clone() })
}
