//! The text that a phone signs for an act that it hands in later.

use chrono::{DateTime, Utc};
use entities::enums::QueueKind;

/// One act as the phone wrote it.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// Text of the device's id.
    pub device: &'a str,
    /// 1, 2, 3 …
    pub sequence: i32,
    /// Which act.
    pub kind: QueueKind,
    /// Text of the order's id.
    pub order: &'a str,
    /// The phone's own time.
    pub device_at: DateTime<Utc>,
    /// Fields of the place in their order, empty where nothing was told: latitude, longitude, accuracy, made up or not,
    /// hash of the photo, reference of the photo, key of the device.
    pub place: [String; 7],
    /// The second proof; empty when there is none.
    pub code: &'a str,
    /// Code, done or not, and reason of each task.
    pub tasks: Vec<(&'a str, bool, &'a str)>,
}

/// Backslashes and line breaks are written as two characters, so that no field can look like two.
fn plain(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

/// The text to sign: a line for each field, then a line for each task.
pub fn canonical(act: &Written<'_>) -> String {
    let head = [
        "NYQ1".to_owned(),
        act.device.to_owned(),
        act.sequence.to_string(),
        act.kind.as_str().to_owned(),
        act.order.to_owned(),
        act.device_at.timestamp_millis().to_string(),
    ];
    let place = act.place.iter().map(|field| plain(field));
    let tasks =
        act.tasks.iter().map(|(code, done, reason)| format!("{}:{done}:{}", plain(code), plain(reason)));
    let lines: Vec<String> =
        head.into_iter().chain(place).chain(std::iter::once(plain(act.code))).chain(tasks).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_line_and_no_field_can_look_like_two() {
        let mut act = Written {
            device: "device_1",
            sequence: 7,
            kind: QueueKind::CheckOut,
            order: "order_1",
            device_at: "2026-06-04T01:00:00.250Z".parse().unwrap(),
            place: ["25000000", "102700000", "20", "false", "", "", ""].map(str::to_owned),
            code: "123456",
            tasks: vec![("FLOOR", true, ""), ("KITCHEN", false, "a\\b\nRUBBISH:true:")],
        };
        let wanted = "NYQ1\ndevice_1\n7\nCHECK_OUT\norder_1\n1780534800250\n25000000\n102700000\n20\nfalse\n\n\n\n123456\n\
            FLOOR:true:\nKITCHEN:false:a\\\\b\\nRUBBISH:true:";
        assert_eq!(canonical(&act), wanted);
        act.tasks.push(("RUBBISH", true, ""));
        assert_ne!(canonical(&act), wanted);
    }
}
