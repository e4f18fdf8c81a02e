//! Pure decisions about the gate beside the order of a bath: its life cycle, and the figures that the machine names.
//!
//! No step leads past another: who wants to reach BATHING comes through assessment, consent, two carers and good values.

use std::sync::OnceLock;

use chrono::{Months, NaiveDate};
use entities::enums::BathingState;
use serde::Deserialize;

use crate::directory::rules::catalogue::{Requirements, service};

const MACHINES: &str = include_str!("../../../data/state-machines.json");

/// What can happen to a gate. Names as in machine `BathingChecks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BathingEvent {
    /// The assessment is good.
    AssessmentOk,
    /// There is none, or something speaks against a bath.
    AssessmentBad,
    /// The elder or the guardian has signed.
    ConsentSigned,
    /// The elder or the guardian has said no.
    ConsentRefused,
    /// Both carers are at the home.
    TwoCarersIn,
    /// The second carer is missing.
    ShortStaffed,
    /// Every value is within its limits.
    VitalsOk,
    /// A value is not.
    VitalsBad,
    /// The bath begins.
    Start,
    /// The elder is not well.
    Distress,
    /// The bath is over.
    Finish,
}

use BathingEvent as E;
use BathingState as S;

/// Event, its name, the state from which it leads, and where to.
const MACHINE: [(E, &str, S, S); 11] = [
    (E::AssessmentOk, "assessment_ok", S::Open, S::Assessed),
    (E::AssessmentBad, "assessment_bad", S::Open, S::Refused),
    (E::ConsentSigned, "consent_signed", S::Assessed, S::Consented),
    (E::ConsentRefused, "consent_refused", S::Assessed, S::Refused),
    (E::TwoCarersIn, "two_carers_in", S::Consented, S::Staffed),
    (E::ShortStaffed, "short_staffed", S::Consented, S::Aborted),
    (E::VitalsOk, "vitals_ok", S::Staffed, S::Cleared),
    (E::VitalsBad, "vitals_bad", S::Staffed, S::Aborted),
    (E::Start, "start", S::Cleared, S::Bathing),
    (E::Distress, "distress", S::Bathing, S::Aborted),
    (E::Finish, "finish", S::Bathing, S::Completed),
];

impl BathingEvent {
    /// Every event.
    pub fn all() -> impl Iterator<Item = Self> {
        MACHINE.iter().map(|(event, ..)| *event)
    }

    /// Name in the state machine and in the timeline.
    pub fn name(self) -> &'static str {
        MACHINE.iter().find(|(event, ..)| *event == self).map_or("", |(_, name, ..)| name)
    }
}

/// The next state, or `None` when the event means nothing there.
pub fn after(state: BathingState, event: BathingEvent) -> Option<BathingState> {
    let (.., from, to) = MACHINE.iter().find(|(own, ..)| *own == event)?;
    (*from == state).then_some(*to)
}

/// Whether nothing can happen any more.
pub fn is_over(state: BathingState) -> bool {
    BathingEvent::all().all(|event| after(state, event).is_none())
}

/// What a service needs before it may be carried out; `None` when it has no gate. The flags decide, not the name.
pub fn gate_of(service_code: &str) -> Option<&'static Requirements> {
    let needs = service(service_code)?.requirements.as_ref()?;
    (needs.ability_assessment || needs.risk_consent || needs.vitals_check).then_some(needs)
}

/// Figures of machine `BathingChecks`; a nurse must set the limits before real use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// An assessment counts for so many months.
    pub assessment_valid_months: u32,
    /// Upper blood pressure in mmHg, lowest and highest.
    pub systolic_mmhg: (i16, i16),
    /// Lower blood pressure in mmHg, lowest and highest.
    pub diastolic_mmhg: (i16, i16),
    /// Beats per minute, lowest and highest.
    pub pulse_per_minute: (i16, i16),
    /// Body temperature in tenths of a degree Celsius, highest.
    pub temperature_max_tenths: i16,
    /// Water in tenths of a degree Celsius, lowest and highest.
    pub water_tenths: (i16, i16),
}

/// A machine of the file, as far as it is read here.
#[derive(Deserialize)]
struct File {
    machines: Vec<serde_json::Value>,
}

/// A decimal number of the file, in tenths: 37.5 is 375. No float comes near it.
fn tenths(number: &serde_json::Value) -> Option<i16> {
    let text = number.as_number()?.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    let tenth: i16 = part.parse().ok().filter(|tenth| (0..=9).contains(tenth))?;
    whole.parse::<i16>().ok()?.checked_mul(10)?.checked_add(tenth)
}

fn read_figures() -> Option<Figures> {
    let file: File = serde_json::from_str(MACHINES).ok()?;
    let timers = &file.machines.iter().find(|machine| machine["name"] == "BathingChecks")?["timers"];
    let limits = &timers["limits"];
    let whole = |value: &serde_json::Value| i16::try_from(value.as_i64()?).ok();
    let pair = |name: &str| Some((whole(&limits[name][0])?, whole(&limits[name][1])?));
    Some(Figures {
        assessment_valid_months: u32::try_from(timers["assessment_valid_months"].as_u64()?).ok()?,
        systolic_mmhg: pair("systolic")?,
        diastolic_mmhg: pair("diastolic")?,
        pulse_per_minute: pair("pulse")?,
        temperature_max_tenths: tenths(&limits["temperature_c_max"])?,
        water_tenths: (tenths(&limits["water_c"][0])?, tenths(&limits["water_c"][1])?),
    })
}

/// The figures, read once.
pub fn figures() -> Figures {
    static FIGURES: OnceLock<Figures> = OnceLock::new();
    *FIGURES.get_or_init(|| read_figures().expect("it is part of the program and read by a test"))
}

/// Whether an assessment lets somebody bathe on a day.
pub fn assessment_fits(assessed_on: NaiveDate, has_contraindication: bool, bath_on: NaiveDate) -> bool {
    let last = assessed_on + Months::new(figures().assessment_valid_months);
    !has_contraindication && (assessed_on..=last).contains(&bath_on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn machine() -> Value {
        let file: File = serde_json::from_str(MACHINES).unwrap();
        file.machines.into_iter().find(|machine| machine["name"] == "BathingChecks").unwrap()
    }

    #[test]
    fn every_pair_of_state_and_event_is_as_in_the_machine() {
        let machine = machine();
        let transitions = machine["transitions"].as_array().unwrap();
        for state in BathingState::ALL {
            for event in BathingEvent::all() {
                let wanted = transitions.iter().find(|transition| {
                    transition["event"] == event.name()
                        && transition["from"].as_array().unwrap().iter().any(|from| from == state.as_str())
                });
                let wanted = wanted.and_then(|transition| transition["to"].as_str());
                assert_eq!(after(*state, event).map(BathingState::as_str), wanted, "{state:?} {event:?}");
            }
            let is_named = machine["terminal"].as_array().unwrap().iter().any(|name| name == state.as_str());
            assert_eq!(is_over(*state), is_named, "{state:?}");
            assert!(machine["states"].as_array().unwrap().iter().any(|name| name == state.as_str()));
        }
        for transition in transitions {
            assert!(BathingEvent::all().any(|event| transition["event"] == event.name()), "{transition}");
        }
    }

    #[test]
    fn the_only_way_into_the_water_leads_through_every_door() {
        let way = [E::AssessmentOk, E::ConsentSigned, E::TwoCarersIn, E::VitalsOk, E::Start];
        let reached = way.iter().try_fold(S::Open, |state, event| after(state, *event));
        assert_eq!(reached, Some(S::Bathing));
        let doors = BathingState::ALL
            .iter()
            .flat_map(|state| BathingEvent::all().map(move |event| (*state, event)))
            .filter(|(state, event)| after(*state, *event) == Some(S::Bathing));
        assert_eq!(doors.collect::<Vec<_>>(), [(S::Cleared, E::Start)]);
    }

    #[test]
    fn figures_are_those_of_the_file() {
        let figures = figures();
        let limits = &machine()["timers"]["limits"];
        assert_eq!(figures.temperature_max_tenths, 375);
        assert_eq!(limits["temperature_c_max"].to_string(), "37.5");
        assert_eq!(figures.water_tenths, (370, 410));
        assert_eq!(limits["water_c"], serde_json::json!([37, 41]));
        assert_eq!((figures.systolic_mmhg, figures.diastolic_mmhg), ((90, 160), (50, 100)));
        assert_eq!((figures.pulse_per_minute, figures.assessment_valid_months), ((50, 110), 12));
        for (text, wanted) in [("37", Some(370)), ("37.5", Some(375)), ("37.55", None), ("\"37\"", None)] {
            assert_eq!(tenths(&serde_json::from_str(text).unwrap()), wanted, "{text}");
        }
    }

    #[test]
    fn an_assessment_counts_for_a_year_and_never_with_a_contraindication() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let cases = [
            ("2026-03-10", false, "2026-06-10", true),
            ("2025-06-10", false, "2026-06-10", true),
            ("2025-06-09", false, "2026-06-10", false),
            ("2026-06-11", false, "2026-06-10", false),
            ("2026-03-10", true, "2026-06-10", false),
        ];
        for (assessed, is_bad, bath, wanted) in cases {
            assert_eq!(assessment_fits(day(assessed), is_bad, day(bath)), wanted, "{assessed} {bath}");
        }
    }

    #[test]
    fn bathing_has_a_gate_and_cleaning_has_none() {
        assert!(gate_of("bathing_help").is_some());
        assert!(gate_of("cleaning_help").is_none() && gate_of("nothing").is_none());
    }
}
