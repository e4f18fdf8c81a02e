//! Pure decisions about ratings: what may be written, until when it may be changed, what is shown to whom.

pub mod words;

use chrono::{DateTime, Duration, Utc};
use entities::enums::{Role, TextState};
use uuid::Uuid;

use crate::kit::viewer::SignedIn;
pub use crate::people::rules::words::{objection, state_after_check};

/// The author may change a rating for so many days. Source: machine `MealOrder`, "changeable within 7 days".
const CHANGE_DAYS: i64 = 7;
/// Most tags of a rating.
const TAGS_MAX: usize = 10;
/// Longest text of a rating and of an answer, in characters.
const TEXT_MAX: usize = 500;
/// Longest reason for hiding a text, in characters.
const REASON_MAX: usize = 200;

/// A word that sums up a meal or a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    /// 准时.
    OnTime,
    /// 味道好.
    Tasty,
    /// 饭菜热乎.
    Warm,
    /// 干净卫生.
    Clean,
    /// 分量足.
    Generous,
    /// 服务亲切.
    Kind,
    /// 饭菜凉了.
    Cold,
    /// 来晚了.
    Late,
    /// 太咸.
    Salty,
    /// 太硬.
    Hard,
    /// 细心.
    Careful,
    /// 手法专业.
    Skilled,
    /// 匆忙.
    Hurried,
    /// 动作粗.
    Rough,
}

impl Tag {
    /// Every tag, the pleasant ones first.
    pub const ALL: [Self; 14] = [
        Self::OnTime,
        Self::Tasty,
        Self::Warm,
        Self::Clean,
        Self::Generous,
        Self::Kind,
        Self::Careful,
        Self::Skilled,
        Self::Cold,
        Self::Late,
        Self::Salty,
        Self::Hard,
        Self::Hurried,
        Self::Rough,
    ];

    /// Whether it says something about a meal.
    pub const fn is_of_meals(self) -> bool {
        !matches!(self, Self::Careful | Self::Skilled | Self::Hurried | Self::Rough)
    }

    /// Whether it says something about a visit.
    pub const fn is_of_visits(self) -> bool {
        !matches!(self, Self::Tasty | Self::Warm | Self::Generous | Self::Cold | Self::Salty | Self::Hard)
    }

    /// The text in the column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnTime => "ON_TIME",
            Self::Tasty => "TASTY",
            Self::Warm => "WARM",
            Self::Clean => "CLEAN",
            Self::Generous => "GENEROUS",
            Self::Kind => "KIND",
            Self::Cold => "COLD",
            Self::Late => "LATE",
            Self::Salty => "SALTY",
            Self::Hard => "HARD",
            Self::Careful => "CAREFUL",
            Self::Skilled => "SKILLED",
            Self::Hurried => "HURRIED",
            Self::Rough => "ROUGH",
        }
    }
}

/// The column of a set of tags: each once, in the order of the declaration, joined by commas.
pub fn join_tags(tags: &[Tag]) -> String {
    let names = Tag::ALL.into_iter().filter(|tag| tags.contains(tag)).map(Tag::as_str);
    names.collect::<Vec<_>>().join(",")
}

/// The tags of a column; names that are no longer known are left out.
pub fn split_tags(column: &str) -> Vec<Tag> {
    column.split(',').filter_map(|name| Tag::ALL.into_iter().find(|tag| tag.as_str() == name)).collect()
}

/// What an author says, in the form of the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// 1 to 5.
    pub stars: i16,
    /// Names joined by commas.
    pub tags: String,
    /// Without outer blanks; `None` when nothing is said in words.
    pub text: Option<String>,
}

/// The part of a content that cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Fewer than 1 or more than 5.
    Stars,
    /// More than ten entries.
    Tags,
    /// Too long, or with control characters.
    Text,
}

impl Content {
    /// Reads what an author sent.
    pub fn read(stars: i32, tags: &[Tag], text: Option<&str>) -> Result<Self, Unfit> {
        let stars = i16::try_from(stars).ok().filter(|stars| (1..=5).contains(stars)).ok_or(Unfit::Stars)?;
        if tags.len() > TAGS_MAX {
            return Err(Unfit::Tags);
        }
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        if text.is_some_and(|text| !is_writable(text, TEXT_MAX)) {
            return Err(Unfit::Text);
        }
        Ok(Self { stars, tags: join_tags(tags), text: text.map(str::to_owned) })
    }
}

/// The words of an answer without outer blanks; `None` when they cannot stand.
pub fn answer_text(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| is_writable(text, TEXT_MAX))
}

/// The reason for hiding a text without outer blanks; `None` when it cannot stand.
pub fn hiding_reason(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| is_writable(text, REASON_MAX))
}

/// Counted in characters, as a person counts. Line breaks may stay; PostgreSQL takes no NUL, phones no others.
fn is_writable(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count())
        && !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
}

/// The moment from which a rating stands as it is.
pub fn can_be_changed_until(created_at: DateTime<Utc>) -> DateTime<Utc> {
    created_at + Duration::days(CHANGE_DAYS)
}

/// The state of words that have just been written.
pub const fn state_of_new(text: Option<&str>) -> TextState {
    match text {
        Some(_) => TextState::Pending,
        None => TextState::None,
    }
}

/// Words of a rating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The author's text.
    Text,
    /// The provider's answer.
    Answer,
}

/// What somebody in charge of the region does with words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moderation {
    /// Hides an unlawful one.
    Hide,
    /// Shows it after all.
    Show,
}

impl Moderation {
    /// The state of words after it.
    pub const fn ends_in(self) -> TextState {
        match self {
            Self::Hide => TextState::Hidden,
            Self::Show => TextState::Visible,
        }
    }

    /// Name of the event.
    pub const fn name(self, part: Part) -> &'static str {
        match (self, part) {
            (Self::Hide, Part::Text) => "text_hide",
            (Self::Show, Part::Text) => "text_show",
            (Self::Hide, Part::Answer) => "answer_hide",
            (Self::Show, Part::Answer) => "answer_show",
        }
    }
}

/// The next state of words, or `None` when the act means nothing there. Showing also ends a review.
pub const fn state_after(state: TextState, act: Moderation) -> Option<TextState> {
    use TextState as S;
    match (state, act) {
        (S::Pending | S::Visible, Moderation::Hide) | (S::Pending | S::Hidden, Moderation::Show) => {
            Some(act.ends_in())
        }
        _ => None,
    }
}

/// The author and those in charge always read the words, everybody else only what is visible.
pub fn is_shown(state: TextState, may_always: bool) -> bool {
    may_always || state == TextState::Visible
}

/// Whether the person runs the provider; its other staff do not answer in its name.
pub fn runs(who: &SignedIn, provider: Uuid) -> bool {
    who.roles.iter().any(|grant| grant.role == Role::ProviderManager && grant.provider == Some(provider))
}

/// The branch of the region tree that the person is in charge of; empty for the whole country.
pub fn branch_in_charge(who: &SignedIn) -> Option<&str> {
    let in_charge = |role| matches!(role, Role::Desk | Role::Officer | Role::Admin);
    let grant = who.roles.iter().find(|grant| in_charge(grant.role))?;
    Some(grant.region.as_deref().unwrap_or(""))
}

/// Whether the person is in charge of texts about canteens of the region.
pub fn is_in_charge(who: &SignedIn, region_code: &str) -> bool {
    who.roles.iter().any(|grant| {
        matches!(grant.role, Role::Desk | Role::Officer | Role::Admin)
            && grant.region.as_deref().is_none_or(|branch| region_code.starts_with(branch))
    })
}

#[cfg(test)]
mod tests;
