//! The way of an assessment to its result: machine `AbilityAssessment`, and what a score with its adjustments means.

use entities::enums::{AbilityLevel, AssessmentState as S};
use serde::{Deserialize, Serialize};

use super::{level_of, parts};

/// Characters of a proof, at most.
pub const PROOF_MAX: usize = 200;

/// What can happen to an assessment. Names as in machine `AbilityAssessment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseEvent {
    /// Two assessors and a time are named.
    Schedule,
    /// Nobody comes.
    Cancel,
    /// The assessors are there and have seen who the elder is.
    Start,
    /// All items are answered.
    Score,
    /// A third person finds it right.
    Review,
    /// A third person wants it looked at again.
    SendBack,
    /// The elder or his guardian was told: it counts from today.
    Publish,
    /// The elder or his family do not accept it: others assess.
    Object,
}

use CaseEvent as E;

/// Event, its name, the states from which it leads, and where to.
const MACHINE: [(E, &str, &[S], S); 8] = [
    (E::Schedule, "schedule", &[S::Requested], S::Scheduled),
    (E::Cancel, "cancel", &[S::Requested, S::Scheduled], S::Cancelled),
    (E::Start, "start", &[S::Scheduled], S::InProgress),
    (E::Score, "score", &[S::InProgress], S::Scored),
    (E::Review, "review", &[S::Scored], S::Reviewed),
    (E::SendBack, "send_back", &[S::Scored], S::InProgress),
    (E::Publish, "publish", &[S::Reviewed], S::Published),
    (E::Object, "object", &[S::Scored, S::Reviewed], S::InProgress),
];

impl CaseEvent {
    /// Every event.
    pub fn all() -> impl Iterator<Item = Self> {
        MACHINE.iter().map(|(event, ..)| *event)
    }

    /// Name in the state machine.
    pub fn name(self) -> &'static str {
        MACHINE.iter().find(|(event, ..)| *event == self).map_or("", |(_, name, ..)| name)
    }
}

/// The next state, or `None` when the event means nothing there.
pub fn after(state: S, event: CaseEvent) -> Option<S> {
    let found = MACHINE.iter().find(|(known, _, from, _)| *known == event && from.contains(&state));
    found.map(|(.., to)| *to)
}

/// What the assessors found. Kept sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Who gave the information besides the elder, or the elder himself.
    pub informant: String,
    /// Points of 自理能力.
    pub self_care: Vec<i16>,
    /// Points of 基础运动能力.
    pub basic_motor: Vec<i16>,
    /// Points of 精神状态.
    pub mental_state: Vec<i16>,
    /// Points of 感知觉与社会参与.
    pub sensory_and_social: Vec<i16>,
    /// What makes the level worse than the points.
    pub adjustments: Adjustments,
}

/// What makes a level worse than its points (GB/T 42195-2022), each with proof.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustments {
    /// The elder is in a coma.
    pub is_in_coma: bool,
    /// Dementia or another mental disorder was diagnosed by a specialist (ICD F00 to F99).
    pub has_mental_diagnosis: bool,
    /// Falls, choking, self-harm, getting lost: events of the last 30 days.
    pub risk_events: i16,
    /// On what that rests; empty when there is nothing of it.
    pub proof: String,
}

/// What cannot stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Not every item is answered, or there are more than the standard has.
    Items,
    /// An item below zero, or more than 90 points together.
    Points,
    /// Nobody is named who gave the information.
    Informant,
    /// An adjustment without proof.
    Proof,
}

/// Points and level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// 0 to 90.
    pub score: i16,
    /// With the adjustments.
    pub level: AbilityLevel,
}

/// One level worse; the last stays.
fn worse(level: AbilityLevel) -> AbilityLevel {
    let next = AbilityLevel::ALL.iter().find(|other| **other > level);
    next.copied().unwrap_or(level)
}

/// What the answers come to.
pub fn outcome(answers: &Answers) -> Result<Outcome, Flaw> {
    let wanted = parts();
    let given = [
        (&answers.self_care, wanted.self_care),
        (&answers.basic_motor, wanted.basic_motor),
        (&answers.mental_state, wanted.mental_state),
        (&answers.sensory_and_social, wanted.sensory_and_social),
    ];
    if given.iter().any(|(items, count)| items.len() != *count) {
        return Err(Flaw::Items);
    }
    if !(1..=30).contains(&answers.informant.trim().chars().count()) {
        return Err(Flaw::Informant);
    }
    let items = given.iter().flat_map(|(items, _)| items.iter().copied());
    let score = items.clone().try_fold(0_i16, |sum, item| sum.checked_add(item).filter(|_| item >= 0));
    let Some((score, level)) = score.and_then(|score| Some((score, level_of(score)?))) else {
        return Err(Flaw::Points);
    };
    let Adjustments { is_in_coma, has_mental_diagnosis, risk_events, proof } = &answers.adjustments;
    let is_worse = *has_mental_diagnosis || *risk_events >= 2;
    let length = proof.trim().chars().count();
    if length > PROOF_MAX || *risk_events < 0 || ((*is_in_coma || is_worse) && length == 0) {
        return Err(Flaw::Proof);
    }
    let level = match (is_in_coma, is_worse) {
        (true, _) => AbilityLevel::Total,
        (false, true) => worse(level),
        (false, false) => level,
    };
    Ok(Outcome { score, level })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_pair_of_state_and_event_is_as_in_the_machine() {
        let machines: Value =
            serde_json::from_str(include_str!("../../../../data/state-machines.json")).unwrap();
        let all = machines["machines"].as_array().unwrap();
        let machine = all.iter().find(|machine| machine["name"] == "AbilityAssessment").unwrap();
        let transitions = machine["transitions"].as_array().unwrap();
        for state in S::ALL {
            for event in CaseEvent::all() {
                let wanted = transitions.iter().find(|transition| {
                    transition["event"] == event.name()
                        && transition["from"].as_array().unwrap().iter().any(|from| from == state.as_str())
                });
                let wanted = wanted.and_then(|transition| transition["to"].as_str());
                assert_eq!(after(*state, event).map(S::as_str), wanted, "{state:?} {event:?}");
            }
        }
        let known = |transition: &Value| CaseEvent::all().any(|event| transition["event"] == event.name());
        assert!(transitions.iter().all(known), "no event of the machine is left out");
    }

    fn answers(points: i16, change: impl FnOnce(&mut Answers)) -> Answers {
        let mut left = points;
        let mut part = |count: usize| {
            (0..count)
                .map(|_| {
                    let item = left.min(4);
                    left -= item;
                    item
                })
                .collect()
        };
        let mut answers = Answers {
            informant: "女儿".into(),
            self_care: part(8),
            basic_motor: part(4),
            mental_state: part(9),
            sensory_and_social: part(5),
            adjustments: Adjustments::default(),
        };
        change(&mut answers);
        answers
    }

    #[test]
    fn a_level_follows_the_points_and_gets_worse_by_what_is_proven() {
        use AbilityLevel::{Intact, Mild, Severe, Total};
        let told = |points, change: fn(&mut Adjustments)| {
            outcome(&answers(points, |answers| change(&mut answers.adjustments))).map(|found| found.level)
        };
        let proven = |adjustments: &mut Adjustments| adjustments.proof = "病历".into();
        assert_eq!(told(90, |_| {}), Ok(Intact));
        assert_eq!(told(38, |_| {}), Ok(Severe));
        assert_eq!(told(90, |own| (own.has_mental_diagnosis, own.proof) = (true, "病历".into())), Ok(Mild));
        assert_eq!(told(38, |own| (own.risk_events, own.proof) = (2, "记录".into())), Ok(Total));
        assert_eq!(told(90, |own| (own.is_in_coma, own.proof) = (true, "病历".into())), Ok(Total));
        assert_eq!(told(10, |own| (own.risk_events, own.proof) = (9, "记录".into())), Ok(Total));
        assert_eq!(told(90, proven), Ok(Intact), "a proof alone changes nothing");
        assert_eq!(told(90, |own| own.risk_events = 1), Ok(Intact));
        assert_eq!(told(90, |own| own.is_in_coma = true), Err(Flaw::Proof));
        assert_eq!(told(90, |own| own.risk_events = 2), Err(Flaw::Proof));
    }

    #[test]
    fn all_twenty_six_items_are_asked_for() {
        let count = parts();
        let all = count.self_care + count.basic_motor + count.mental_state + count.sensory_and_social;
        assert_eq!(all, 26);
        assert_eq!(outcome(&answers(70, |own| own.self_care.truncate(7))), Err(Flaw::Items));
        assert_eq!(outcome(&answers(70, |own| own.mental_state.push(1))), Err(Flaw::Items));
        assert_eq!(outcome(&answers(70, |own| own.self_care[0] = -1)), Err(Flaw::Points));
        assert_eq!(outcome(&answers(70, |own| own.self_care[0] = 50)), Err(Flaw::Points));
        assert_eq!(outcome(&answers(70, |own| own.informant = " ".into())), Err(Flaw::Informant));
    }
}
