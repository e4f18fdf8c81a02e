//! Templates of subscription messages: which one tells what, with which fields, and when a person is asked.

use entities::enums::MessageKind;
use wechat::mini::{SubscribeMessage, TemplateKind, TemplateValue, ValueError};

use super::Topic;

/// Where a page asks for consent. WeChat shows at most three templates in one prompt on older phones
/// (wx.requestSubscribeMessage).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A meal is booked.
    MealBooked,
    /// A visit is booked.
    VisitBooked,
    /// Vouchers are looked at.
    VouchersSeen,
    /// A bond has begun.
    Bonded,
}

impl Moment {
    /// What is asked for here, the most important first.
    pub const fn kinds(self) -> &'static [MessageKind] {
        use MessageKind as K;
        match self {
            Self::MealBooked => &[K::MealReady, K::Cancelled, K::Refund],
            Self::VisitBooked => &[K::VisitAccepted, K::OnTheWay, K::Done],
            Self::VouchersSeen => &[K::VoucherExpiring],
            Self::Bonded => &[K::Sos, K::PaymentAsked],
        }
    }
}

/// One template of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// What it tells.
    pub kind: MessageKind,
    /// The platform's id.
    pub id: String,
    /// Names of its fields, in the order of [`shape`].
    fields: [String; 3],
}

/// The templates of an installation, at most one for each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates(Vec<Template>);

/// Kinds of the three values of a message: what, when or how much, and a word for it.
pub const fn shape(kind: MessageKind) -> [TemplateKind; 3] {
    use TemplateKind as T;
    match kind {
        MessageKind::Refund => [T::Thing, T::Amount, T::Thing],
        MessageKind::VoucherExpiring => [T::Thing, T::Date, T::Thing],
        _ => [T::Thing, T::Time, T::Thing],
    }
}

impl Templates {
    /// Reads the setting `wechat_templates`.
    pub fn read(setting: &str) -> Result<Self, String> {
        let mut all: Vec<Template> = Vec::new();
        for part in setting.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let template = Template::read(part).ok_or_else(|| {
                format!("setting wechat_templates: {part} is not KIND:ID:FIELD:FIELD:FIELD with fields of the right kinds")
            })?;
            if all.iter().any(|known| known.kind == template.kind || known.id == template.id) {
                return Err(format!("setting wechat_templates: {part} is there twice"));
            }
            all.push(template);
        }
        Ok(Self(all))
    }

    /// One of the simulator for each kind.
    pub fn simulated() -> String {
        let line = |kind: &MessageKind| {
            let middle = match shape(*kind)[1] {
                TemplateKind::Amount => "amount2",
                TemplateKind::Date => "date2",
                _ => "time2",
            };
            format!("{0}:SIM_{0}:thing1:{middle}:thing3", kind.as_str())
        };
        MessageKind::ALL.iter().map(line).collect::<Vec<_>>().join(",")
    }

    /// The template of a kind, if the operator has one.
    pub fn of(&self, kind: MessageKind) -> Option<&Template> {
        self.0.iter().find(|template| template.kind == kind)
    }

    /// The template with this id.
    pub fn by_id(&self, id: &str) -> Option<&Template> {
        self.0.iter().find(|template| template.id == id)
    }
}

impl Template {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(':').map(str::trim);
        let kind = MessageKind::parse(parts.next()?)?;
        let id = parts.next().filter(|id| !id.is_empty() && id.len() <= 64)?.to_owned();
        let fields = [parts.next()?, parts.next()?, parts.next()?].map(str::to_owned);
        let kinds = fields.each_ref().map(|field| TemplateKind::of_field(field));
        let is_fitting = kinds == shape(kind).map(Some) && parts.next().is_none() && fields[0] != fields[2];
        is_fitting.then_some(Self { kind, id, fields })
    }

    /// The message with its values, each cut and checked by its kind. `page` opens when it is tapped.
    pub fn fill(
        &self,
        openid: &str,
        topic: &Topic,
        (note, page): (&str, String),
    ) -> Result<SubscribeMessage, ValueError> {
        let at = topic.at.timestamp();
        let middle = match shape(self.kind)[1] {
            TemplateKind::Amount => TemplateValue::amount(topic.amount.map_or(0, |amount| amount.get()))?,
            TemplateKind::Date => TemplateValue::date(at)?,
            _ => TemplateValue::time(at)?,
        };
        let values = [TemplateValue::thing_cut(&topic.name)?, middle, TemplateValue::thing_cut(note)?];
        let mut message = SubscribeMessage::new(openid, self.id.as_str()).page(page);
        for (field, value) in self.fields.iter().zip(values) {
            message = message.field(field, value)?;
        }
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulators_templates_are_read_back_one_for_each_kind() {
        let templates = Templates::read(&Templates::simulated()).unwrap();
        for kind in MessageKind::ALL {
            assert_eq!(templates.of(*kind).unwrap().id, format!("SIM_{}", kind.as_str()));
        }
        assert!(Templates::read("").unwrap().of(MessageKind::Refund).is_none());
    }

    #[test]
    fn a_field_of_another_kind_is_refused() {
        for wrong in [
            "REFUND:T:thing1:time2:thing3",
            "REFUND:T:thing1:amount2",
            "REFUND::thing1:amount2:thing3",
            "REFUND:T:thing1:amount2:thing1",
            "SOMETHING:T:thing1:time2:thing3",
            "DONE:T:thing1:time2:thing3,DONE:U:thing1:time2:thing3",
        ] {
            assert!(Templates::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn at_most_three_are_asked_for_at_once() {
        for moment in [Moment::MealBooked, Moment::VisitBooked, Moment::VouchersSeen, Moment::Bonded] {
            assert!((1..=3).contains(&moment.kinds().len()));
        }
    }

    #[test]
    fn values_are_cut_to_what_the_platform_takes() {
        let templates = Templates::read(&Templates::simulated()).unwrap();
        let topic = Topic {
            name: "很长".repeat(20),
            at: chrono::DateTime::UNIX_EPOCH,
            amount: Some(crate::kit::fen::Fen::new(1_234)),
            reason: None,
        };
        for kind in MessageKind::ALL {
            let note = "字".repeat(50);
            assert!(templates.of(*kind).unwrap().fill("o1", &topic, (&note, "pages/a".into())).is_ok());
        }
    }
}
