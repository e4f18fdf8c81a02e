//! Joins what the capabilities show. Nothing else.

use async_graphql::{
    Interface, MergedObject, MergedSubscription, Object, Schema, SimpleObject, ValidationMode,
};

use crate::app::App;
use crate::kit::ready::Answers;
use crate::{directory, dispatch, money, notices, orders, people, privacy, ratings, rights, slots};

/// The whole schema.
pub type Root = Schema<Query, Mutation, Subscription>;

/// What can be asked about people and places.
#[derive(MergedObject, Default)]
pub struct PeopleAndPlaces(
    people::graph::viewer::ViewerQuery,
    Elders,
    directory::graph::DirectoryQuery,
    directory::graph::HomeServiceQuery,
    CodesToPrint,
    Meals,
);

/// Meals to choose from.
#[derive(MergedObject, Default)]
pub struct Meals(slots::graph::SlotQuery, slots::graph::nearby::NearbyQuery);

/// Codes to print.
#[derive(MergedObject, Default)]
pub struct CodesToPrint(
    people::graph::picture::BondCodeQuery,
    directory::graph::picture::CanteenPictureQuery,
);

/// Elders, and their calls for help.
#[derive(MergedObject, Default)]
pub struct Elders(people::graph::elder::ElderQuery, people::graph::help_call::HelpCallQuery);

/// Acts of elders, and their calls for help.
#[derive(MergedObject, Default)]
pub struct ElderActs(people::graph::elder::ElderMutation, people::graph::help_call::HelpCallMutation);

/// What can be asked about orders.
#[derive(MergedObject, Default)]
pub struct OrdersAndRatings(
    orders::graph::order::OrderQuery,
    orders::graph::place::QuoteQuery,
    orders::graph::kitchen::KitchenQuery,
    ratings::graph::RatingQuery,
    WordsToReview,
    ServiceQuery,
);

/// Words that wait for a person.
#[derive(MergedObject, Default)]
pub struct WordsToReview(ratings::graph::review::RatingReviewQuery, ratings::graph::words::WordsQuery);

/// Visits, as the family and as the carer sees them.
#[derive(MergedObject, Default)]
pub struct Visits(orders::graph::service_order::ServiceOrderQuery, orders::graph::carer_work::CarerWorkQuery);

/// What can be asked about services at home.
#[derive(MergedObject, Default)]
pub struct ServicesAtHome(
    Visits,
    orders::graph::service_order::acts::ServiceQuoteQuery,
    dispatch::graph::visit::VisitQuery,
    orders::graph::settlement::SettlementQuery,
    orders::graph::payment::PaymentQuery,
    slots::graph::refused::RefusedQuery,
    WatchOverVisits,
    ProofOfVisits,
);

/// What can be asked by those who watch over visits.
#[derive(MergedObject, Default)]
pub struct WatchOverVisits(
    orders::graph::welfare::WelfareQuery,
    orders::graph::till::TillQuery,
    orders::graph::statement::StatementQuery,
    money::graph::contract::ContractQuery,
    BooksOfTheOffice,
    dispatch::graph::offer::OfferQuery,
    dispatch::graph::fault::FaultQuery,
);

/// What desk and office read in the books.
#[derive(MergedObject, Default)]
pub struct BooksOfTheOffice(
    money::graph::bill::BillQuery,
    money::graph::account::AccountQuery,
    money::graph::complaint::ComplaintQuery,
    orders::graph::refund::RefundQuery,
);

/// What can be asked about the proof of visits.
#[derive(MergedObject, Default)]
pub struct ProofOfVisits(
    dispatch::graph::exception::ExceptionQuery,
    dispatch::graph::call_back::CallBackQuery,
    dispatch::graph::card::CardQuery,
);

/// What can be asked about rights and health: assessments, consents, baths, vouchers.
#[derive(MergedObject, Default)]
pub struct Health(
    money::graph::voucher::VoucherQuery,
    rights::graph::assessment::AssessmentQuery,
    rights::graph::access::AccessQuery,
    rights::graph::consent::ConsentQuery,
    dispatch::graph::bathing::BathingQuery,
);

/// What can be asked about rights: archives, programmes, who takes part.
#[derive(MergedObject, Default)]
pub struct Rights(
    rights::graph::archive::ArchiveQuery,
    rights::graph::correction::CorrectionQuery,
    rights::graph::enrolment::EnrolmentQuery,
    rights::graph::entitlement::EntitlementQuery,
    rights::graph::case::CaseQuery,
    privacy::graph::PrivacyQuery,
);

/// What can be asked about messages.
#[derive(MergedObject, Default)]
pub struct Messages(notices::graph::message::MessageQuery, notices::graph::subscription::SubscriptionQuery);

/// Questions.
#[derive(MergedObject, Default)]
pub struct Query(PeopleAndPlaces, OrdersAndRatings, ServicesAtHome, Health, Rights, Messages);

/// Acts of people and places.
#[derive(MergedObject, Default)]
pub struct PeopleAndPlacesActs(
    people::graph::session::SessionMutation,
    ElderActs,
    people::graph::bond::BondMutation,
    directory::graph::DirectoryMutation,
    directory::graph::HomeServiceMutation,
    slots::graph::SlotMutation,
);

/// Acts on orders.
#[derive(MergedObject, Default)]
pub struct OrderActs(
    orders::graph::place::PlaceMutation,
    orders::graph::change::ChangeMutation,
    orders::graph::payment::PaymentMutation,
    orders::graph::kitchen::KitchenMutation,
    orders::graph::counter::CounterMutation,
    orders::graph::departure::DepartureMutation,
    ratings::graph::RatingMutation,
    WordsToReviewActs,
);

/// Acts on words that wait for a person.
#[derive(MergedObject, Default)]
pub struct WordsToReviewActs(
    ratings::graph::review::RatingReviewMutation,
    ratings::graph::words::WordsMutation,
);

/// Acts on services at home.
#[derive(MergedObject, Default)]
pub struct HomeActs(
    orders::graph::service_order::acts::ServiceOrderMutation,
    dispatch::graph::offer::OfferMutation,
    dispatch::graph::visit::VisitMutation,
    TurnsOfVisitsActs,
    ProofOfVisitsActs,
);

/// Acts when a visit goes another way.
#[derive(MergedObject, Default)]
pub struct TurnsOfVisitsActs(
    orders::graph::service_order::turns::ServiceTurnMutation,
    orders::graph::service_order::bundle::ServiceBundleMutation,
    orders::graph::service_order::hold::ServiceHoldMutation,
    orders::graph::settlement::SettlementMutation,
    dispatch::graph::turn::VisitTurnMutation,
    orders::graph::welfare::WelfareMutation,
    orders::graph::till::TillMutation,
    orders::graph::statement::StatementMutation,
    money::graph::contract::ContractMutation,
    money::graph::bill::BillMutation,
    money::graph::complaint::ComplaintMutation,
    orders::graph::refund::RefundMutation,
);

/// Acts on the proof of visits.
#[derive(MergedObject, Default)]
pub struct ProofOfVisitsActs(
    dispatch::graph::exception::ExceptionMutation,
    dispatch::graph::call_back::CallBackMutation,
    dispatch::graph::queue::QueueMutation,
);

/// Acts that touch rights and health: assessments, consents, baths, vouchers.
#[derive(MergedObject, Default)]
pub struct HealthActs(
    money::graph::office::VoucherMutation,
    rights::graph::assessment::AssessmentMutation,
    rights::graph::consent::ConsentMutation,
    dispatch::graph::bathing::acts::BathMutation,
);

/// Acts on rights: archives, who takes part.
#[derive(MergedObject, Default)]
pub struct RightsActs(
    rights::graph::archive::ArchiveMutation,
    rights::graph::correction::CorrectionMutation,
    rights::graph::enrolment::EnrolmentMutation,
    rights::graph::case::acts::CaseMutation,
    privacy::graph::PrivacyMutation,
);

/// Acts on messages.
#[derive(MergedObject, Default)]
pub struct MessageActs(
    people::graph::phone::PhoneMutation,
    notices::graph::message::MessageMutation,
    notices::graph::subscription::SubscriptionMutation,
);

/// Acts.
#[derive(MergedObject, Default)]
pub struct Mutation(PeopleAndPlacesActs, OrderActs, HomeActs, HealthActs, RightsActs, MessageActs);

/// Live updates.
#[derive(MergedSubscription, Default)]
pub struct Subscription(orders::graph::live::OrderSubscription);

macro_rules! user_errors {
    ($($module:path: $($error:ident),+;)+) => {
        mod errors { $(pub use $module::{$($error),+};)+ }

        /// A refusal: what the person can do something about. Every mutation has a type of its own with a `code`.
        #[derive(Interface)]
        #[graphql(
            field(name = "message", ty = "&String", desc = "A sentence for the person, in Chinese, ready to show."),
            field(name = "field", ty = "&Option<Vec<String>>",
                  desc = "Path of the input at fault; null when it is the whole request.")
        )]
        #[allow(missing_docs, reason = "each is named like its type")]
        pub enum UserError { $($($error(errors::$error)),+),+ }
    };
}

user_errors! {
    crate::people::graph::session: SessionStartError, SessionRefreshError, SessionEndError;
    crate::people::graph::elder: ElderRegisterError;
    crate::people::graph::help_call: HelpCallStartError, HelpCallAcknowledgeError;
    crate::people::graph::bond: BondCodeIssueError, BondStartError, BondEndError, BondScopesChangeError;
    crate::directory::graph::dish: DishAddError, DishPricePublishError;
    crate::directory::graph::menu: MenuPublishError, MenuDishSoldOutError;
    crate::directory::graph::timetable: CanteenCalendarSetError, CanteenPeriodSetError;
    crate::directory::graph::provider: ProviderApplyError, ProviderLicenceAddError, ProviderLicenceCheckError;
    crate::directory::graph::admission: ProviderDocsSubmitError, ProviderDocsApproveError, ProviderDocsRejectError,
        ProviderApproveError, ProviderRejectError, ProviderSuspendError, ProviderRestoreError, ProviderExitError;
    crate::directory::graph::carer_acts: CarerAddError, CarerChangeError, CarerAreaSetError, CarerSkillsSetError,
        CarerInviteError, CarerJoinError;
    crate::directory::graph::calendar: CarerCertificateAddError, CarerCalendarSetError, CarerLeaveAddError,
        CarerLeaveEndError;
    crate::directory::graph::offering_acts: OfferingAddError, OfferingBundleAddError, OfferingPricePublishError,
        OfferingCloseError;
    crate::slots::graph: SlotHoldError, SlotHoldReleaseError;
    crate::slots::graph::refused: CarerRefuseError;
    crate::slots::graph::opening: MealSlotsOpenError, MealSlotCapacityChangeError, CanteenDayCloseError;
    crate::orders::graph::place: MealOrderPlaceError, MealOrderQuoteError, MealOrderRepeatError;
    crate::orders::graph::change: MealOrderCancelError, MealOrderWithdrawError;
    crate::orders::graph::payment: PaymentStartError, PaymentCheckError, PaymentRequestError;
    crate::orders::graph::kitchen: KitchenPrepareError, MealOrderDepartError, MealOrderDeliverError;
    crate::orders::graph::counter: MealOrderServeError, MealOrderSellError;
    crate::ratings::graph: RatingCreateError, RatingChangeError, RatingAnswerError;
    crate::orders::graph::service_order::acts: ServiceOrderQuoteError, ServiceStartsError, ServiceOrderPlaceError,
        ServiceOrderCancelError, ServiceOrderConfirmError;
    crate::dispatch::graph::offer: OfferAcceptError, OfferDeclineError, OfferAssignError;
    crate::dispatch::graph::turn: VisitCallOffError, VisitWaitError, VisitNobodyHomeError, VisitAbortError,
        VisitWayTellError;
    crate::orders::graph::service_order::turns: ServiceOrderRescheduleError, ServiceOrderChooseError,
        ServiceOrderDisputeError, ServiceOrderResolveError;
    crate::orders::graph::service_order::hold: ServiceSlotHoldError, ServiceSlotHoldReleaseError;
    crate::orders::graph::service_order::bundle: ServiceBundlePlaceError;
    crate::orders::graph::statement: StatementPayError, SettlementLineClawBackError;
    crate::orders::graph::departure: ElderDeathRecordError, ElderMoveError;
    crate::orders::graph::till: PaymentTakeError, PaymentHandBackError;
    crate::orders::graph::refund: RefundRetryError, RefundRedirectError;
    crate::orders::graph::welfare: WelfareCheckCloseError;
    crate::orders::graph::settlement: SettlementLineReviewError;
    crate::dispatch::graph::visit: VisitSetOutError, VisitCheckInError, VisitCheckOutError;
    crate::dispatch::graph::exception: VisitExceptionAnswerError, VisitExceptionReviewError;
    crate::dispatch::graph::call_back: CallBackAnswerError;
    crate::dispatch::graph::queue: VisitDeviceAddError, VisitQueueSendError;
    crate::ratings::graph::review: RatingTextHideError, RatingTextShowError;
    crate::ratings::graph::words: WordsDecideError;
    crate::rights::graph::assessment: AssessmentRecordError;
    crate::rights::graph::consent: ConsentRefuseError, ConsentSignError, ConsentWithdrawError;
    crate::rights::graph::archive: FactEnterError;
    crate::rights::graph::correction: FactCorrectionAskError, FactCorrectionAnswerError;
    crate::rights::graph::case: AssessmentRequestError;
    crate::rights::graph::case::acts: AssessmentScheduleError, AssessmentReassignError, AssessmentStartError, AssessmentScoreError, AssessmentReviewError, AssessmentSendBackError, AssessmentPublishError, AssessmentObjectError, AssessmentCancelError;
    crate::rights::graph::enrolment: EnrolmentApproveError, EnrolmentEndError;
    crate::money::graph::bill: BillCaseCloseError;
    crate::money::graph::complaint: ComplaintAnswerError, ComplaintCompleteError;
    crate::money::graph::contract: ProcurementContractAgreeError, ProcurementContractCancelError;
    crate::privacy::graph: PrivacyExportError, PrivacyErasureAskError, PrivacyErasureWithdrawError;
    crate::money::graph::office: VoucherMonthIssueError, VoucherFreezeError, VoucherUnfreezeError, VoucherRevokeError;
    crate::people::graph::phone: PhoneBindError;
    crate::notices::graph::message: MessageReadError;
    crate::notices::graph::subscription: SubscriptionRecordError;
    crate::dispatch::graph::bathing::acts: BathVitalsRecordError, BathStartError, BathDistressError, BathFinishError;
}

/// Limits of this server. A request beyond them is refused as a whole.
#[derive(SimpleObject)]
pub struct ServiceConfig {
    /// Bytes of one request body.
    pub body_bytes: i32,
    /// Bytes of one document.
    pub document_bytes: i32,
    /// Fields inside fields.
    pub depth: i32,
    /// Fields after every fragment is put in its place.
    pub expanded_selections: i32,
    /// Aliases of one document.
    pub aliases: i32,
    /// Root fields of one mutation.
    pub root_mutations: i32,
    /// Largest page of a list.
    pub page_size: i32,
    /// Seconds for which a place is held while a form is filled in.
    pub hold_seconds: i32,
    /// Seconds for which a placed order waits for its payment.
    pub payment_seconds: i32,
}

/// The query about the server itself.
#[derive(Default)]
pub struct ServiceQuery;

#[Object]
impl ServiceQuery {
    /// Limits of this server. Open to all.
    async fn service_config(&self, ctx: &async_graphql::Context<'_>) -> ServiceConfig {
        let limits = crate::http::engine::Limits::default();
        let config = &ctx.data_unchecked::<App>().config;
        let number = |value: usize| i32::try_from(value).unwrap_or(i32::MAX);
        let short = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        ServiceConfig {
            body_bytes: number(limits.body_bytes),
            document_bytes: number(limits.document_bytes),
            depth: short(limits.depth),
            expanded_selections: short(limits.expanded_selections),
            aliases: short(limits.aliases),
            root_mutations: short(limits.root_mutations),
            page_size: crate::kit::page::FIRST_MAX,
            hold_seconds: short(config.hold_s),
            payment_seconds: short(config.payment_s),
        }
    }
}

/// The schema without a program behind it: enough to print it.
pub fn bare() -> Root {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<UserError>()
        .disable_suggestions()
        .finish()
}

/// The schema over a program.
pub fn over(app: App, mode: ValidationMode) -> Root {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<UserError>()
        .disable_suggestions()
        .validation_mode(mode)
        .data(Answers::default())
        .data(app)
        .finish()
}

/// The contract as text, fields sorted.
pub fn sdl() -> String {
    use async_graphql::SDLExportOptions;
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    bare().sdl_with_options(options)
}
