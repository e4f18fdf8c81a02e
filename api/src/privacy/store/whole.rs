//! Everything that is kept about one elder, row by row. Each statement names the elder.

use chrono::{DateTime, Utc};
use entities::{
    assessment, bathing_check, call_back, consent, data_access, elder_fact, event, fact_correction,
    family_bond, help_call, incident, meal_order, meal_order_item, payment_attempt, privacy_request,
    programme_enrolment, rating, refund, service_order, visit_proof, visit_task, vital_sign, voucher_grant,
    voucher_use, welfare_check,
};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::kit::db::rows;

/// Orders of either kind.
const OWN: &str = "(SELECT id FROM meal_order WHERE elder_id = $1 UNION ALL SELECT id FROM service_order WHERE elder_id = $1)";

macro_rules! sections {
    ($($(#[$doc:meta])* $field:ident: $model:ty = $sql:literal;)+) => {
        /// Rows of an elder.
        #[derive(Clone, Debug)]
        pub struct Whole { $($(#[$doc])* pub $field: Vec<$model>),+ }

        /// Reads everything.
        pub async fn of<C: ConnectionTrait>(db: &C, elder: Uuid) -> Result<Whole, DbErr> {
            Ok(Whole { $($field: rows(db, &$sql.replace("OWN", OWN), [elder.into()]).await?),+ })
        }
    };
}

/// Somebody bound to the elder.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Bound {
    /// The bond.
    #[sea_orm(nested)]
    pub bond: family_bond::Model,
    /// His name, sealed.
    pub bound_name: Option<String>,
}

/// A meal order with its canteen.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Meal {
    /// The order.
    #[sea_orm(nested)]
    pub order: meal_order::Model,
    /// Name of the canteen.
    pub canteen_name: String,
}

/// A visit with its provider.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Visit {
    /// The order.
    #[sea_orm(nested)]
    pub order: service_order::Model,
    /// Name of the provider.
    pub provider_name: String,
}

/// A carer who said yes to a visit.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Coming {
    /// Which visit.
    pub order_id: Uuid,
    /// His name, sealed.
    pub carer_name: String,
}

/// A text of a rating that was changed later.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Earlier {
    /// Which rating.
    pub rating_id: Uuid,
    /// Stars.
    pub stars: i16,
    /// What was written.
    pub text: Option<String>,
    /// When it was replaced.
    pub replaced_at: DateTime<Utc>,
}

sections! {
    /// Who is and was bound to him.
    bonds: Bound = "SELECT b.*, p.name_sealed AS bound_name FROM family_bond b JOIN person p ON p.id = b.person_id \
        WHERE b.elder_id = $1 ORDER BY b.id";
    /// Every word of the archive.
    facts: elder_fact::Model = "SELECT * FROM elder_fact WHERE elder_id = $1 ORDER BY id";
    /// Wishes to correct it.
    corrections: fact_correction::Model = "SELECT * FROM fact_correction WHERE elder_id = $1 ORDER BY id";
    /// Assessments in every state.
    assessments: assessment::Model = "SELECT * FROM assessment WHERE elder_id = $1 ORDER BY id";
    /// Approvals.
    enrolments: programme_enrolment::Model = "SELECT * FROM programme_enrolment WHERE elder_id = $1 ORDER BY id";
    /// Vouchers.
    vouchers: voucher_grant::Model = "SELECT * FROM voucher_grant WHERE elder_id = $1 ORDER BY month_on, id";
    /// What orders took of them.
    uses: voucher_use::Model = "SELECT * FROM voucher_use WHERE order_id IN OWN ORDER BY reserved_at, order_id";
    /// Every word about a consent.
    consents: consent::Model = "SELECT * FROM consent WHERE elder_id = $1 ORDER BY signed_at, id";
    /// Meals.
    meals: Meal = "SELECT o.*, c.name AS canteen_name FROM meal_order o JOIN canteen c ON c.id = o.canteen_id \
        WHERE o.elder_id = $1 ORDER BY o.id";
    /// Lines of meals.
    items: meal_order_item::Model = "SELECT * FROM meal_order_item WHERE order_id IN OWN ORDER BY order_id, position";
    /// Visits at home.
    visits: Visit = "SELECT o.*, p.name AS provider_name FROM service_order o JOIN provider p ON p.id = o.provider_id \
        WHERE o.elder_id = $1 ORDER BY o.id";
    /// Who came.
    coming: Coming = "SELECT a.order_id, c.name_sealed AS carer_name FROM assignment a JOIN carer c ON c.id = a.carer_id \
        WHERE a.order_id IN OWN AND a.state = 'ACCEPTED' ORDER BY a.order_id, a.seat";
    /// When they came and left.
    proofs: visit_proof::Model = "SELECT * FROM visit_proof WHERE order_id IN OWN ORDER BY server_at, id";
    /// What they did.
    tasks: visit_task::Model = "SELECT * FROM visit_task WHERE order_id IN OWN ORDER BY order_id, code";
    /// Gates of baths.
    baths: bathing_check::Model = "SELECT * FROM bathing_check WHERE order_id IN OWN ORDER BY order_id";
    /// What was measured.
    vitals: vital_sign::Model = "SELECT * FROM vital_sign WHERE order_id IN OWN ORDER BY taken_at, id";
    /// What went wrong.
    incidents: incident::Model = "SELECT * FROM incident WHERE order_id IN OWN ORDER BY noted_at, id";
    /// Tries to pay.
    payments: payment_attempt::Model = "SELECT * FROM payment_attempt WHERE order_id IN OWN ORDER BY order_id, number";
    /// Money that went back.
    refunds: refund::Model = "SELECT * FROM refund WHERE order_id IN OWN ORDER BY requested_at, id";
    /// What happened to orders, and why: objections and complaints too.
    events: event::Model = "SELECT * FROM event WHERE subject_id IN OWN ORDER BY id";
    /// Ratings.
    ratings: rating::Model = "SELECT * FROM rating WHERE order_id IN OWN ORDER BY id";
    /// Their earlier texts.
    earlier: Earlier = "SELECT rating_id, stars, text, replaced_at FROM rating_version WHERE rating_id IN \
        (SELECT id FROM rating WHERE order_id IN OWN) ORDER BY rating_id, version";
    /// Calls after visits.
    calls: call_back::Model = "SELECT * FROM call_back WHERE order_id IN OWN ORDER BY drawn_at, order_id";
    /// He or somebody of his called for help.
    help_calls: help_call::Model = "SELECT * FROM help_call WHERE elder_id = $1 ORDER BY called_at, id";
    /// Somebody looked after him.
    checks: welfare_check::Model = "SELECT * FROM welfare_check WHERE elder_id = $1 ORDER BY opened_at, id";
    /// What was asked for about all of it.
    requests: privacy_request::Model = "SELECT * FROM privacy_request WHERE elder_id = $1 ORDER BY id";
    /// Who read what.
    accesses: data_access::Model = "SELECT * FROM data_access WHERE elder_id = $1 ORDER BY id";
}
