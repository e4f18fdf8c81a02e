//! Closed sets of values that columns hold, written as upper-case text with a CHECK in the migration.

use sea_orm::entity::prelude::*;

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name { $($(#[$value_doc])* #[sea_orm(string_value = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text in the column.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value behind a text, or `None` for a text outside the set.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

text_enum! {
    /// What a person may do in the house.
    Role { Family = "FAMILY", Elder = "ELDER", Carer = "CARER", ProviderManager = "PROVIDER_MANAGER", Desk = "DESK", Assessor = "ASSESSOR", Officer = "OFFICER", Admin = "ADMIN" }
}
text_enum! {
    /// Why a session family ended.
    SessionEnd { Logout = "LOGOUT", TokenReused = "TOKEN_REUSED", Admin = "ADMIN" }
}
text_enum! {
    /// Sex as entered in the elder's papers.
    Sex { Female = "FEMALE", Male = "MALE" }
}
text_enum! {
    /// What the person is to the elder.
    Relation { Spouse = "SPOUSE", Child = "CHILD", Grandchild = "GRANDCHILD", OtherRelative = "OTHER_RELATIVE", Guardian = "GUARDIAN", CommunityWorker = "COMMUNITY_WORKER" }
}
text_enum! {
    /// Life of a bond: machine `FamilyBond`.
    BondState { Requested = "REQUESTED", Active = "ACTIVE", Refused = "REFUSED", Revoked = "REVOKED" }
}
text_enum! {
    /// Level in the region tree.
    RegionLevel { Province = "PROVINCE", City = "CITY", District = "DISTRICT", Street = "STREET", Township = "TOWNSHIP", Community = "COMMUNITY", Village = "VILLAGE", Estate = "ESTATE" }
}
text_enum! {
    /// Kind of provider.
    ProviderKind { Canteen = "CANTEEN", HomeCareCentre = "HOME_CARE_CENTRE", HomeService = "HOME_SERVICE" }
}
text_enum! {
    /// Life of a provider: machine `ProviderAccount`.
    ProviderState { Applied = "APPLIED", DocsCheck = "DOCS_CHECK", SiteCheck = "SITE_CHECK", Active = "ACTIVE", Suspended = "SUSPENDED", Exited = "EXITED" }
}
text_enum! {
    /// Papers of a provider.
    LicenceKind { Business = "BUSINESS", Food = "FOOD", Premises = "PREMISES", Insurance = "INSURANCE", Other = "OTHER" }
}
text_enum! {
    /// Papers of a carer.
    CertificateKind { HealthCard = "HEALTH_CARD", CareWorker = "CARE_WORKER", Bathing = "BATHING", Other = "OTHER" }
}
text_enum! {
    /// What a carer speaks.
    Language { Mandarin = "MANDARIN", Kunming = "KUNMING", Yuxi = "YUXI", Yi = "YI", Bai = "BAI", Hani = "HANI", Dai = "DAI", Miao = "MIAO", Sign = "SIGN" }
}
text_enum! {
    /// What the price of an offering is for.
    OfferingUnit { Visit = "VISIT", Hour = "HOUR", Unit = "UNIT" }
}
text_enum! {
    /// Meal of the day (餐次).
    MealPeriod { Breakfast = "BREAKFAST", Lunch = "LUNCH", Dinner = "DINNER" }
}
text_enum! {
    /// How the meal reaches the elder: at the table, taken along, brought home.
    MealWay { DineIn = "DINE_IN", PickUp = "PICK_UP", Delivery = "DELIVERY" }
}
text_enum! {
    /// The way in by which an order came; all are equal.
    Channel { FamilyApp = "FAMILY_APP", ElderApp = "ELDER_APP", Desk = "DESK", Counter = "COUNTER" }
}
text_enum! {
    /// Life of a meal order: machine `MealOrder`.
    MealState { Held = "HELD", Confirmed = "CONFIRMED", Locked = "LOCKED", Ready = "READY", OutForDelivery = "OUT_FOR_DELIVERY", Served = "SERVED", Undelivered = "UNDELIVERED", NoShow = "NO_SHOW", Cancelled = "CANCELLED", Expired = "EXPIRED" }
}
text_enum! {
    /// Life of a service order: machine `ServiceOrder`.
    ServiceState { Quoted = "QUOTED", SlotHeld = "SLOT_HELD", Expired = "EXPIRED", Paid = "PAID", Cancelled = "CANCELLED", Offered = "OFFERED", Accepted = "ACCEPTED", EnRoute = "EN_ROUTE", CheckedIn = "CHECKED_IN", Refunded = "REFUNDED", Done = "DONE", Confirmed = "CONFIRMED", Disputed = "DISPUTED", Settled = "SETTLED" }
}
text_enum! {
    /// A carer's part in an order.
    AssignmentState { Reserved = "RESERVED", Offered = "OFFERED", Accepted = "ACCEPTED", Declined = "DECLINED", TimedOut = "TIMED_OUT", Released = "RELEASED", Failed = "FAILED" }
}
text_enum! {
    /// What counts against a provider.
    FaultKind { CalledOff = "CALLED_OFF", DidNotCome = "DID_NOT_COME" }
}
text_enum! {
    /// Life of a line of a provider's statement: machine `SettlementLine`.
    LineState { Pending = "PENDING", Held = "HELD", Payable = "PAYABLE", Void = "VOID", Paid = "PAID", ClawedBack = "CLAWED_BACK" }
}
text_enum! {
    /// Life of a voucher of one month: machine `VoucherGrant`.
    VoucherState { Pending = "PENDING", Issued = "ISSUED", Frozen = "FROZEN", Lapsed = "LAPSED", Revoked = "REVOKED" }
}
text_enum! {
    /// Why a voucher is frozen.
    FreezeReason { Death = "DEATH", Move = "MOVE", FraudCheck = "FRAUD_CHECK" }
}
text_enum! {
    /// Which end of a visit is proven.
    ProofKind { CheckIn = "CHECK_IN", CheckOut = "CHECK_OUT" }
}
text_enum! {
    /// What proved, beside the place, that the carer stood in the home.
    SecondProof { None = "NONE", Code = "CODE", Card = "CARD" }
}
text_enum! {
    /// What a person thought of something that did not fit.
    ExceptionReview { Open = "OPEN", Accepted = "ACCEPTED", Rejected = "REJECTED" }
}
text_enum! {
    /// An act that a phone hands in later.
    QueueKind { SetOut = "SET_OUT", CheckIn = "CHECK_IN", CheckOut = "CHECK_OUT" }
}
text_enum! {
    /// Whether a family that was drawn has been called.
    CallBackState { Open = "OPEN", Done = "DONE" }
}
text_enum! {
    /// Life of an ability assessment: machine `AbilityAssessment`.
    AssessmentState { Requested = "REQUESTED", Scheduled = "SCHEDULED", Cancelled = "CANCELLED", InProgress = "IN_PROGRESS", Scored = "SCORED", Reviewed = "REVIEWED", Published = "PUBLISHED" }
}
text_enum! {
    /// How far somebody's abilities are kept, the best first (GB/T 42195-2022).
    AbilityLevel { Intact = "INTACT", Mild = "MILD", Moderate = "MODERATE", Severe = "SEVERE", Total = "TOTAL" }
}
text_enum! {
    /// What became of a wish to correct the archive.
    CorrectionState { Open = "OPEN", Accepted = "ACCEPTED", Refused = "REFUSED" }
}
text_enum! {
    /// Whether an approval stands. An ended one stands until its last month.
    EnrolmentState { Approved = "APPROVED", Revoked = "REVOKED" }
}
text_enum! {
    /// What a consent is for.
    ConsentPurpose { BathingRisk = "BATHING_RISK", AbilityAssessment = "ABILITY_ASSESSMENT", ProviderNotes = "PROVIDER_NOTES", BenefitMatching = "BENEFIT_MATCHING" }
}
text_enum! {
    /// What an elder asks for about all of his data.
    PrivacyKind { Export = "EXPORT", Erasure = "ERASURE" }
}
text_enum! {
    /// Life of such a request.
    PrivacyState { Asked = "ASKED", Done = "DONE", Withdrawn = "WITHDRAWN", Refused = "REFUSED" }
}
text_enum! {
    /// In which part somebody signs.
    SignedAs { Elder = "ELDER", Guardian = "GUARDIAN" }
}
text_enum! {
    /// Life of the gate before a bath: machine `BathingChecks`.
    BathingState { Open = "OPEN", Assessed = "ASSESSED", Refused = "REFUSED", Consented = "CONSENTED", Staffed = "STAFFED", Aborted = "ABORTED", Cleared = "CLEARED", Bathing = "BATHING", Completed = "COMPLETED" }
}
text_enum! {
    /// Why a bath was stopped.
    BathingAbort { ShortStaffed = "SHORT_STAFFED", VitalsOutOfLimits = "VITALS_OUT_OF_LIMITS", Distress = "DISTRESS" }
}
text_enum! {
    /// Before or after the bath.
    VitalPhase { Before = "BEFORE", After = "AFTER" }
}
text_enum! {
    /// What went wrong at an elder's home.
    IncidentKind { BathDistress = "BATH_DISTRESS", ElderUnwell = "ELDER_UNWELL", HomeUnsafe = "HOME_UNSAFE", CarerUnwell = "CARER_UNWELL", ElderRefuses = "ELDER_REFUSES", Other = "OTHER" }
}
text_enum! {
    /// Whether somebody still has to look after the elder.
    CheckState { Open = "OPEN", Closed = "CLOSED" }
}
text_enum! {
    /// What a line of a statement is about.
    StatementLineKind { Meal = "MEAL", Visit = "VISIT", Correction = "CORRECTION" }
}
text_enum! {
    /// Life of a payment attempt.
    AttemptState { Created = "CREATED", Prepaid = "PREPAID", Paid = "PAID", Closed = "CLOSED", LatePaid = "LATE_PAID" }
}
text_enum! {
    /// Life of a refund.
    RefundState { Requested = "REQUESTED", Accepted = "ACCEPTED", Success = "SUCCESS", Abnormal = "ABNORMAL", Closed = "CLOSED" }
}
text_enum! {
    /// What a message tells.
    MessageKind { VisitAccepted = "VISIT_ACCEPTED", OnTheWay = "ON_THE_WAY", Done = "DONE", MealReady = "MEAL_READY", Cancelled = "CANCELLED", Refund = "REFUND", VoucherExpiring = "VOUCHER_EXPIRING", Sos = "SOS", PaymentAsked = "PAYMENT_ASKED" }
}
text_enum! {
    /// What became of a message's subscription message.
    SendState { None = "NONE", Waiting = "WAITING", Sending = "SENDING", Sent = "SENT", NoConsent = "NO_CONSENT", Unknown = "UNKNOWN", Failed = "FAILED" }
}
text_enum! {
    /// Whether a written text is shown.
    TextState { None = "NONE", Pending = "PENDING", Visible = "VISIBLE", Hidden = "HIDDEN" }
}
text_enum! {
    /// Whether due work still waits or was given up after its last try.
    DueState { Waiting = "WAITING", Dead = "DEAD" }
}

impl MealWay {
    /// The bit of this way in a pool of ways.
    pub const fn bit(self) -> i16 {
        match self {
            Self::DineIn => 1,
            Self::PickUp => 2,
            Self::Delivery => 4,
        }
    }
}
text_enum! {
    /// What a row of the platform's bills is about.
    BillRowKind { Payment = "PAYMENT", Refund = "REFUND", Fund = "FUND" }
}
text_enum! {
    /// How a day's bills and the books differ.
    BillCaseKind {
        PaymentUnknown = "PAYMENT_UNKNOWN", PaymentNotHere = "PAYMENT_NOT_HERE", PaymentNotThere = "PAYMENT_NOT_THERE",
        PaymentAmount = "PAYMENT_AMOUNT", PaymentTwice = "PAYMENT_TWICE", PaymentState = "PAYMENT_STATE",
        PaymentNumber = "PAYMENT_NUMBER",
        RefundUnknown = "REFUND_UNKNOWN", RefundNotHere = "REFUND_NOT_HERE", RefundNotThere = "REFUND_NOT_THERE",
        RefundAmount = "REFUND_AMOUNT", RefundTwice = "REFUND_TWICE",
        RefundState = "REFUND_STATE", RefundNumber = "REFUND_NUMBER", Ledger = "LEDGER", Net = "NET", BillUnread = "BILL_UNREAD",
    }
}
text_enum! {
    /// Who looks after a difference.
    BillOwner { Desk = "DESK", Office = "OFFICE" }
}
text_enum! {
    /// Where a difference stands.
    BillCaseState { Open = "OPEN", Healed = "HEALED", Closed = "CLOSED" }
}
text_enum! {
    /// Where a complaint of a payer stands.
    ComplaintState { Open = "OPEN", Answered = "ANSWERED", Completed = "COMPLETED" }
}
text_enum! {
    /// What became of an answer to a complaint.
    ComplaintAnswerState { Waiting = "WAITING", Sending = "SENDING", Sent = "SENT", Refused = "REFUSED" }
}
text_enum! {
    /// Whether somebody looks after a call for help.
    HelpCallState { Open = "OPEN", Seen = "SEEN" }
}
