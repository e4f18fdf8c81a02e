//! Pure decisions about messages: which events are told, in which words, by which template, and when to try again.

pub mod template;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entities::enums::{MealPeriod, MessageKind};

use crate::kit::clock::moment_text;
use crate::kit::fen::Fen;

/// The kind of message that an event brings; `None`: nobody is told.
pub fn kind_of(subject: &str, event: &str) -> Option<MessageKind> {
    use MessageKind as K;
    match (subject, event) {
        ("service_order", "accept") => Some(K::VisitAccepted),
        ("service_order", "set_out") | ("meal_order", "leave_for_delivery") => Some(K::OnTheWay),
        ("service_order", "check_out") | ("meal_order", "scan" | "handed_over") => Some(K::Done),
        ("meal_order", "prepared") => Some(K::MealReady),
        ("service_order", "cancel" | "nobody_found") | ("meal_order", "cancel" | "canteen_cancel") => {
            Some(K::Cancelled)
        }
        ("service_order" | "meal_order", "refund_success") => Some(K::Refund),
        ("service_order" | "meal_order", "payment_requested") => Some(K::PaymentAsked),
        ("help_call", "call") => Some(K::Sos),
        ("voucher_grant", "rest_reminder") => Some(K::VoucherExpiring),
        _ => None,
    }
}

/// Whether a message goes to everybody bound to the elder, not only to those who may see his orders.
pub const fn concerns_all(kind: MessageKind) -> bool {
    matches!(kind, MessageKind::Sos)
}

/// Events of orders whose reason a person writes and others read.
const SPOKEN: [(&str, &str); 14] = [
    ("meal_order", "canteen_cancel"),
    ("meal_order", "handed_over"),
    ("meal_order", "line_clawed_back"),
    ("meal_order", "not_reached"),
    ("service_order", "abort"),
    ("service_order", "dispute"),
    ("service_order", "line_clawed_back"),
    ("service_order", "line_cleared"),
    ("service_order", "line_cut"),
    ("service_order", "line_rejected"),
    ("service_order", "provider_cancel"),
    ("service_order", "resolve_full_refund"),
    ("service_order", "resolve_paid"),
    ("service_order", "resolve_part_refund"),
];

/// Which words of an event's subject are to be checked by the platform; `None`: it brings none. A reason has the name of its
/// event.
pub fn words_of(subject: &str, event: &str) -> Option<&'static str> {
    match (subject, event) {
        ("meal_order", "place" | "nothing_to_pay") | ("service_order", "hold_slot") => Some("note"),
        ("assessment", "object") => Some("objection"),
        ("fact_correction", "ask") => Some("wish"),
        spoken => SPOKEN.iter().find(|one| **one == spoken).map(|(_, event)| *event),
    }
}

/// Whether the event says that a paid order was carried out.
pub fn is_carried_out(subject: &str, event: &str) -> bool {
    matches!((subject, event), ("meal_order", "scan" | "handed_over") | ("service_order", "check_out"))
}

/// What a message is about, in one short name that fits a template's field of 20 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Such as `6月5日午餐` or `助洁`.
    pub name: String,
    /// Start of the visit, or when it happened.
    pub at: DateTime<Utc>,
    /// Of a refund.
    pub amount: Option<Fen>,
    /// The event's own words.
    pub reason: Option<String>,
}

/// Title and words of a message, finished sentences without names and addresses.
pub fn words(kind: MessageKind, topic: &Topic) -> (&'static str, String) {
    use MessageKind as K;
    let Topic { name, at, amount, reason } = topic;
    let at = moment_text(*at);
    match kind {
        K::VisitAccepted => ("已有人接单", format!("{name}，{at} 上门，护理员已接单。")),
        K::OnTheWay => ("已经出发", format!("{name}已经出发，请留意门铃和电话。")),
        K::Done => ("已经完成", format!("{name}已经完成，请看看是否满意。")),
        K::MealReady => ("饭菜已备好", format!("{name}已经做好，可以来取了。")),
        K::Cancelled => ("订单已取消", format!("{name}已取消。付过的钱会原路退回。")),
        K::Refund => {
            let amount = amount.unwrap_or(Fen::ZERO);
            ("退款已到账", format!("{name}退款 {amount} 元，已原路退回。"))
        }
        K::Sos => ("紧急求助", "老人按了紧急求助，请马上联系；联系不上请拨打 120。".to_owned()),
        K::PaymentAsked => ("请您付款", format!("{name}等您付款，付了就订上了；过时不付会取消。")),
        K::VoucherExpiring => {
            ("服务券快到期了", reason.clone().unwrap_or_else(|| format!("{name}快到期了，请尽快使用。")))
        }
    }
}

/// `6月5日午餐`.
pub fn meal_name(served_on: NaiveDate, period: MealPeriod) -> String {
    let meal = match period {
        MealPeriod::Breakfast => "早餐",
        MealPeriod::Lunch => "午餐",
        MealPeriod::Dinner => "晚餐",
    };
    format!("{}{meal}", served_on.format("%-m月%-d日"))
}

/// Seconds between two tries of a message that certainly was not sent.
const BACK_OFF_S: [i64; 6] = [15, 30, 60, 120, 300, 300];
/// A message that could not be sent for so long is old news; it stays in the app.
const GIVEN_UP_AFTER_H: i64 = 24;

/// When to try again after so many tries; `None`: no more.
pub fn next_try(now: DateTime<Utc>, made_at: DateTime<Utc>, tries: i16) -> Option<DateTime<Utc>> {
    let place = usize::try_from(tries).unwrap_or(0).min(BACK_OFF_S.len() - 1);
    let next = now + Duration::seconds(BACK_OFF_S.get(place).copied().unwrap_or(300));
    (next < made_at + Duration::hours(GIVEN_UP_AFTER_H)).then_some(next)
}

/// An order that was carried out is told for so many days: then the platform pays without being told, or never.
const SHIPPING_D: i64 = 7;
/// Seconds between two tries, as long as it is young.
const SHIPPING_SOONEST_S: i64 = 60;
/// Longest pause in seconds: within 48 hours the platform must know (发货信息管理).
const SHIPPING_LATEST_S: i64 = 3_600;

/// When to tell the platform again of what was carried out; `None`: no more.
pub fn next_shipping(now: DateTime<Utc>, carried_out_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let age_s = (now - carried_out_at).num_seconds();
    let next = now + Duration::seconds(age_s.clamp(SHIPPING_SOONEST_S, SHIPPING_LATEST_S));
    (next < carried_out_at + Duration::days(SHIPPING_D)).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::rules::MealEvent;
    use crate::orders::rules::service_order::ServiceEvent;

    #[test]
    fn every_event_that_is_told_is_one_of_the_machines() {
        let own = ["refund_success", "payment_requested"];
        for (subject, event) in [
            ("service_order", "accept"),
            ("service_order", "set_out"),
            ("service_order", "check_out"),
            ("service_order", "cancel"),
            ("service_order", "nobody_found"),
            ("service_order", "refund_success"),
            ("meal_order", "leave_for_delivery"),
            ("meal_order", "scan"),
            ("meal_order", "handed_over"),
            ("meal_order", "prepared"),
            ("meal_order", "cancel"),
            ("meal_order", "canteen_cancel"),
            ("meal_order", "payment_requested"),
            ("service_order", "payment_requested"),
        ] {
            assert!(kind_of(subject, event).is_some(), "{subject} {event}");
            let is_known = own.contains(&event)
                || ServiceEvent::all().any(|known| subject == "service_order" && known.name() == event)
                || MealEvent::ALL.iter().any(|known| subject == "meal_order" && known.name() == event);
            assert!(is_known, "{subject} {event}");
        }
        assert_eq!(kind_of("meal_order", "hold_timeout"), None);
    }

    #[test]
    fn names_of_meals_are_short() {
        let day = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
        for period in MealPeriod::ALL {
            assert!(meal_name(day, *period).chars().count() <= 20);
        }
    }

    #[test]
    fn a_message_is_tried_for_a_day() {
        let made = DateTime::<Utc>::UNIX_EPOCH;
        assert_eq!(next_try(made, made, 1), Some(made + Duration::seconds(30)));
        assert_eq!(next_try(made, made, 900), Some(made + Duration::seconds(300)));
        assert_eq!(next_try(made + Duration::hours(24), made, 1), None);
    }

    #[test]
    fn what_was_carried_out_is_told_for_a_week_first_often_then_hourly() {
        let done = DateTime::<Utc>::UNIX_EPOCH;
        let after = |seconds: i64| next_shipping(done + Duration::seconds(seconds), done);
        assert_eq!(after(0), Some(done + Duration::seconds(60)));
        assert_eq!(after(600), Some(done + Duration::seconds(1_200)));
        assert_eq!(after(86_400), Some(done + Duration::seconds(86_400 + 3_600)));
        assert_eq!(after(7 * 86_400 - 3_600), None);
    }

    #[test]
    fn words_that_are_checked_have_a_name_for_those_who_decide_about_them() {
        use crate::ratings::rules::words::{UNNAMED, name};
        let notes = [("meal_order", "note"), ("service_order", "note")];
        let said = [("assessment", "objection"), ("fact_correction", "wish")];
        for (subject, field) in SPOKEN.into_iter().chain(notes).chain(said) {
            assert_ne!(name(subject, field), UNNAMED, "{subject} {field}");
        }
    }

    #[test]
    fn words_are_checked_once_where_they_are_written() {
        assert_eq!(words_of("meal_order", "place"), Some("note"));
        assert_eq!(words_of("service_order", "dispute"), Some("dispute"));
        assert_eq!(words_of("service_order", "provider_cancel"), Some("provider_cancel"));
        assert_eq!(words_of("meal_order", "prepared"), None);
    }
}
