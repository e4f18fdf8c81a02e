//! Whether words, pictures and sounds may be shown to others. Source: 文本内容安全识别, 音视频内容安全识别 (version 2).
//!
//! The check of words answers at once; the check of media answers by message push within 30 minutes
//! ([`crate::push::Event::MediaChecked`]), maybe before the caller has stored the trace id.

use serde::{Deserialize, Serialize};

use super::{MiniError, MiniProgram};

/// Longest text of one check, in characters (文本内容安全识别, content).
const CONTENT_MAX_CHARS: usize = 2500;

/// Where it will be shown (文本内容安全识别, scene).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// A profile.
    Profile,
    /// A comment or rating.
    Comment,
    /// A forum.
    Forum,
    /// A social log.
    SocialLog,
}

/// What the platform thinks of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextVerdict {
    /// May be shown.
    Pass,
    /// A person must look.
    Review {
        /// 10001 advertising, 20001 politics, 20002 pornography, 20003 abuse, 20006 crime,
        /// 20008 fraud, 20012 vulgar, 20013 copyright, 21000 other.
        label: i64,
    },
    /// Must not be shown.
    Risky {
        /// As in `Review`.
        label: i64,
    },
}

/// A file that the platform can fetch. At most 10 MB (音视频内容安全识别).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A sound.
    Audio,
    /// A picture.
    Image,
}

#[derive(Serialize)]
struct TextCheck<'a> {
    version: u8,
    openid: &'a str,
    scene: u8,
    content: &'a str,
}

#[derive(Serialize)]
struct MediaCheck<'a> {
    version: u8,
    openid: &'a str,
    scene: u8,
    media_url: &'a str,
    media_type: u8,
}

#[derive(Deserialize)]
struct TextAnswer {
    result: CheckResult,
}

/// `result` of both checks, and of the pushed answer about media.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CheckResult {
    suggest: String,
    #[serde(default)]
    label: i64,
}

impl MiniProgram {
    /// Asks whether a text may be shown; at most 2500 characters. 4000 a minute, 2 million a day.
    ///
    /// Refuses: `VisitExpired` if the user was not in the mini-program within the last two hours,
    /// so check at once or at the author's next visit.
    pub async fn check_text(
        &self,
        openid: &str,
        scene: Scene,
        content: &str,
    ) -> Result<TextVerdict, MiniError> {
        let length = content.chars().count();
        if length == 0 || length > CONTENT_MAX_CHARS {
            return Err(MiniError::Length { max_chars: CONTENT_MAX_CHARS });
        }
        let check = TextCheck { version: 2, openid, scene: scene.number(), content };
        let answer: TextAnswer = self.post("/wxa/msg_sec_check", &check).await?;
        Ok(answer.result.verdict())
    }

    /// Hands in a file at a public address and gives the trace id under which the verdict will be pushed.
    ///
    /// 2000 a minute, 200,000 a day. Refuses as [`MiniProgram::check_text`] does.
    pub async fn check_media(
        &self,
        openid: &str,
        scene: Scene,
        (media, url): (Media, &str),
    ) -> Result<String, MiniError> {
        #[derive(Deserialize)]
        struct Handed {
            trace_id: String,
        }
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(MiniError::Argument { field: "media_url", reason: "must be a web address" });
        }
        let media_type = if media == Media::Audio { 1 } else { 2 };
        let check = MediaCheck { version: 2, openid, scene: scene.number(), media_url: url, media_type };
        let handed: Handed = self.post("/wxa/media_check_async", &check).await?;
        Ok(handed.trace_id)
    }
}

impl Scene {
    fn number(self) -> u8 {
        match self {
            Self::Profile => 1,
            Self::Comment => 2,
            Self::Forum => 3,
            Self::SocialLog => 4,
        }
    }
}

impl CheckResult {
    pub(crate) fn verdict(&self) -> TextVerdict {
        match self.suggest.as_str() {
            "pass" => TextVerdict::Pass,
            "risky" => TextVerdict::Risky { label: self.label },
            // Also words of the future: nothing is shown that nobody let pass.
            _ => TextVerdict::Review { label: self.label },
        }
    }
}
