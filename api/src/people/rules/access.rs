//! What of an elder can be read, why, and by whom, in words that he understands.

use entities::enums::{Relation, Role};

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $words:literal;)+) => {
        /// What was read of an elder.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Field { $($(#[$doc])* $variant),+ }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text in the column.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// What it is, in Chinese.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words),+ }
            }

            /// The field behind a column; `None` for one of an older program.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

fields! {
    /// Who the elder is and how he is reached.
    Contact = "contact", "姓名、电话和地址";
    /// What was booked for him.
    Orders = "orders", "订餐和上门订单";
    /// His vouchers.
    Vouchers = "vouchers", "服务券余额和用途";
    /// To what he has said yes or no.
    Consents = "consents", "授权同意记录";
    /// Diet and allergies.
    DietaryNeeds = "dietaryNeeds", "忌口和过敏";
    /// What kitchen and courier see of a meal's elder.
    HandOver = "handOver", "取餐送餐信息（姓名、忌口，送餐时含电话和地址）";
    /// The note of a meal order.
    OrderNote = "orderNote", "订餐备注";
    /// What a carer sees of a home.
    VisitHome = "visitHome", "上门信息（姓名、电话、地址、照护备注）";
    /// Values of a bath.
    Vitals = "vitals", "助浴前后的血压、脉搏和体温";
    /// What was seen of the skin.
    SkinNote = "skinNote", "助浴时的皮肤情况";
    /// What went wrong.
    Incidents = "incidents", "上门时的意外情况";
    /// Ability assessments.
    Assessments = "assessments", "能力评估结果";
    /// The archive.
    Archive = "archive", "老人档案";
    /// Wishes to correct the archive.
    FactCorrections = "factCorrections", "档案更正申请";
    /// What the elder is entitled to, with the facts behind it.
    Entitlements = "entitlements", "可享受的待遇和依据";
    /// Programmes in which he takes part.
    Enrolments = "enrolments", "已批准的待遇";
    /// Who read what.
    Accesses = "dataAccesses", "资料查看记录";
    /// Words about him that the platform's check hid or left for a person.
    HeldWords = "heldWords", "内容安全检查未通过的文字";
    /// A copy of everything.
    Everything = "everything", "全部资料的副本";
}

/// For care, and to see to what the elder is entitled to.
pub const CARE: &str = "care";
/// Somebody at the desk does what the elder asks for.
pub const ON_REQUEST: &str = "onRequest";

/// What was read, in Chinese.
pub fn field_words(code: &str) -> &'static str {
    Field::parse(code).map_or("其他资料", Field::words)
}

/// Why it was read, in Chinese.
pub fn purpose_words(purpose: &str) -> &'static str {
    match purpose {
        CARE => "照护和办理待遇",
        ON_REQUEST => "应本人或监护人要求办理",
        order if order.starts_with("order:") => "履行订单",
        _ => "其他",
    }
}

/// Who a person was when he read: his bond to the elder, otherwise his work.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Whether he is the elder himself.
    pub is_elder: bool,
    /// The bond of that moment.
    pub relation: Option<Relation>,
    /// The work that he has now.
    pub role: Option<Role>,
    /// Whether it was read for an order that he carries out.
    pub is_for_order: bool,
}

impl Reader {
    /// Whether he read at work rather than as family.
    pub const fn is_at_work(&self) -> bool {
        !self.is_elder && self.role.is_some() && (self.is_for_order || self.relation.is_none())
    }

    /// In Chinese.
    pub const fn words(&self) -> &'static str {
        if self.is_elder {
            return role_words(Role::Elder);
        }
        match (self.is_at_work(), self.role, self.relation) {
            (true, Some(role), _) => role_words(role),
            (_, _, Some(relation)) => relation_words(relation),
            _ => "已离开的人员",
        }
    }
}

const fn role_words(role: Role) -> &'static str {
    match role {
        Role::Carer => "护理员或食堂员工",
        Role::ProviderManager => "机构负责人",
        Role::Desk => "服务台",
        Role::Assessor => "评估员",
        Role::Officer => "民政经办人",
        Role::Admin => "系统管理员",
        Role::Family => "家属",
        Role::Elder => "老人本人",
    }
}

/// What somebody is to the elder, in Chinese.
pub const fn relation_words(relation: Relation) -> &'static str {
    match relation {
        Relation::Spouse => "配偶",
        Relation::Child => "子女",
        Relation::Grandchild => "孙子女",
        Relation::OtherRelative => "其他亲属",
        Relation::Guardian => "监护人",
        Relation::CommunityWorker => "社区工作者",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_code_and_words_of_its_own() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.as_str()), Some(*field));
            assert_eq!(field_words(field.as_str()), field.words());
            assert_eq!(Field::ALL.iter().filter(|other| other.words() == field.words()).count(), 1);
        }
        assert_eq!((field_words("gone"), purpose_words("gone")), ("其他资料", "其他"));
        assert_eq!(purpose_words("order:0190"), "履行订单");
    }

    #[test]
    fn a_daughter_who_works_for_a_canteen_is_family_unless_she_hands_over_a_meal() {
        let reader =
            |relation, role, is_for_order| Reader { is_elder: false, relation, role, is_for_order }.words();
        let own = Reader { is_elder: true, relation: None, role: Some(Role::Desk), is_for_order: false };
        assert_eq!((own.words(), own.is_at_work()), ("老人本人", false));
        let (child, carer) = (Some(Relation::Child), Some(Role::Carer));
        assert_eq!(reader(child, carer, false), "子女");
        assert_eq!(reader(child, carer, true), "护理员或食堂员工");
        assert_eq!(reader(child, None, true), "子女");
        assert_eq!(reader(None, Some(Role::Desk), false), "服务台");
        assert_eq!(reader(None, None, false), "已离开的人员");
    }
}
