//! Acts of places, one file per subject.

pub mod admission;
pub mod calendar;
pub mod carer;
pub mod certificate;
pub mod dish;
pub mod menu;
pub mod offering;
pub mod provider;
pub mod regions;
pub mod timetable;

use crate::kit::event::Event;
use crate::kit::ids::CanteenId;
use crate::kit::viewer::SignedIn;

/// Something that a manager did with a canteen; nobody waits for it.
pub fn canteen_event(name: &'static str, canteen: CanteenId, who: &SignedIn) -> Event {
    Event {
        subject: "canteen",
        subject_id: canteen.0,
        name,
        actor: Some(who.person.0),
        is_quiet: true,
        ..Event::default()
    }
}
