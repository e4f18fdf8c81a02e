//! What stands behind a good signature: an event type and a plain text, or a whole body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wechat::pay::{Notification, NotificationContent, Rejection};
use wechat_fuzz::{judge, lines, sealed, signed};

fn read(data: &[u8]) -> Result<Notification, Rejection> {
    let body = if data.starts_with(b"{") {
        data.to_vec()
    } else {
        let ([event_type], plain) = lines::<1>(data);
        sealed(&event_type.unwrap_or_default(), plain)
    };
    judge(&signed(&body), &body)
}

fuzz_target!(
    init: {
        let paid = read(include_bytes!("../seeds/content/paid")).expect("the seed is good");
        assert!(matches!(paid.content, NotificationContent::Paid(_)), "{paid:?}");
        let complaint = read(include_bytes!("../seeds/content/complaint")).expect("the seed is good");
        assert!(complaint.complaint().is_some(), "{complaint:?}");
    },
    |data: &[u8]| {
        let Ok(notification) = read(data) else { return };
        let others = [
            notification.complaint().is_some(),
            notification.transfer().is_some(),
            notification.share().is_some(),
        ];
        let is_other = matches!(notification.content, NotificationContent::Other(_));
        assert!(others.iter().filter(|is_read| **is_read).count() <= usize::from(is_other), "{notification:?}");
        if let NotificationContent::Paid(_) = notification.content {
            assert_eq!(notification.event_type, "TRANSACTION.SUCCESS");
        }
    }
);
