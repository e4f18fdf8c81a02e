//! Pure decisions about words that people write for others: what the platform's verdict means, and when to ask again.

use chrono::{DateTime, Duration, Utc};
use entities::enums::TextState;
use entities::text_check::Model;
use wechat::mini::TextVerdict;

/// What stands in the place of words that the platform objects to.
pub const HIDDEN_WORDS: &str = "（内容未通过微信安全检查，已隐藏）";
/// Longest text of one check, in characters: 文本内容安全识别.
const CHECK_MAX: usize = 2_500;
/// The second try of a check comes no sooner.
const TRY_SOONEST: Duration = Duration::minutes(1);
/// Tries never lie further apart: the platform checks a text for two hours after its author's visit (61010), so
/// that no visit falls between two tries.
const TRY_LATEST: Duration = Duration::minutes(90);

/// The state of a pending text after the platform has read it: only what it lets pass is shown.
pub const fn state_after_check(verdict: TextVerdict) -> TextState {
    match verdict {
        TextVerdict::Pass => TextState::Visible,
        TextVerdict::Risky { .. } => TextState::Hidden,
        TextVerdict::Review { .. } => TextState::Pending,
    }
}

/// Why the platform did not let a text pass, in words; `None` when it did.
pub fn objection(verdict: TextVerdict) -> Option<String> {
    let label = match verdict {
        TextVerdict::Pass => return None,
        TextVerdict::Review { label } | TextVerdict::Risky { label } => label,
    };
    // Labels: 文本内容安全识别, version 2.
    let name = match label {
        10001 => "广告",
        20001 => "时政",
        20002 => "色情",
        20003 => "辱骂",
        20006 => "违法犯罪",
        20008 => "欺诈",
        20012 => "低俗",
        20013 => "版权",
        _ => "其他",
    };
    Some(format!("微信内容安全检查：{name}（{label}）"))
}

/// Whether a person has hidden the words, not the platform.
pub fn is_hidden_by_hand(row: &Model) -> bool {
    row.state == TextState::Hidden && row.decided_by.is_some()
}

/// Words that nobody has let pass, and those that follow them; `None` when they are longer than one check reads.
pub fn together(before: &str, new: &str) -> Option<String> {
    let both = format!("{before}\n{new}");
    Some(both).filter(|both| both.chars().count() <= CHECK_MAX)
}

/// When to try a check again: the older the words, the longer the pause.
pub fn next_try(now: DateTime<Utc>, written_at: DateTime<Utc>) -> DateTime<Utc> {
    now + (now - written_at).clamp(TRY_SOONEST, TRY_LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_platform_lets_pass_is_shown() {
        assert_eq!(state_after_check(TextVerdict::Pass), TextState::Visible);
        assert_eq!(state_after_check(TextVerdict::Review { label: 20012 }), TextState::Pending);
        assert_eq!(state_after_check(TextVerdict::Risky { label: 20003 }), TextState::Hidden);
        assert_eq!(objection(TextVerdict::Pass), None);
        assert_eq!(
            objection(TextVerdict::Risky { label: 20003 }).unwrap(),
            "微信内容安全检查：辱骂（20003）"
        );
    }

    #[test]
    fn words_are_read_together_as_long_as_one_check_reads_them() {
        assert_eq!(together("有事", "生病").as_deref(), Some("有事\n生病"));
        assert!(together(&"好".repeat(2_299), &"好".repeat(200)).is_some());
        assert_eq!(together(&"好".repeat(2_300), &"好".repeat(200)), None);
    }

    #[test]
    fn pauses_grow_with_age_and_never_miss_a_visit() {
        let written: DateTime<Utc> = "2026-06-01T04:00:00Z".parse().unwrap();
        let pause = |minutes: i64| {
            let now = written + Duration::minutes(minutes);
            (next_try(now, written) - now).num_minutes()
        };
        assert_eq!([0, 1, 2, 4, 60, 90, 10_000].map(pause), [1, 1, 2, 4, 60, 90, 90]);
        assert_eq!(next_try(written, written + Duration::hours(1)), written + Duration::minutes(1));
    }
}
