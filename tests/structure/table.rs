//! Who may ask for what: one row for every field at the root. A new field without a row fails the tests.

/// All roles, in the order of the contract.
pub const ROLES: [&str; 8] =
    ["FAMILY", "ELDER", "CARER", "PROVIDER_MANAGER", "DESK", "ASSESSOR", "OFFICER", "ADMIN"];

/// Open to all, also without a token.
const PUBLIC: Option<&[&str]> = None;
const SIGNED_IN: Option<&[&str]> = Some(&ROLES);
const ORDERING: Option<&[&str]> = Some(&["FAMILY", "ELDER", "DESK"]);
const PAYING: Option<&[&str]> = Some(&["FAMILY", "ELDER"]);
const CARERS: Option<&[&str]> = Some(&["CARER"]);
const STAFF: Option<&[&str]> = Some(&["CARER", "PROVIDER_MANAGER"]);
const MANAGERS: Option<&[&str]> = Some(&["PROVIDER_MANAGER"]);
const OFFICERS: Option<&[&str]> = Some(&["OFFICER", "ADMIN"]);
const MANAGERS_AND_OFFICERS: Option<&[&str]> = Some(&["PROVIDER_MANAGER", "OFFICER", "ADMIN"]);
const STAFF_AND_OFFICERS: Option<&[&str]> = Some(&["CARER", "PROVIDER_MANAGER", "OFFICER", "ADMIN"]);
const DESKS: Option<&[&str]> = Some(&["DESK", "ADMIN"]);
const ASSESSING: Option<&[&str]> = Some(&["ASSESSOR", "OFFICER", "ADMIN"]);
const IN_CHARGE: Option<&[&str]> = Some(&["DESK", "OFFICER", "ADMIN"]);

/// Kind, field, roles.
pub type Row = (&'static str, &'static str, Option<&'static [&'static str]>);

/// Every field at the root.
pub const TABLE: &[Row] = &[
    ("query", "canteen", PUBLIC),
    ("query", "canteenRatings", PUBLIC),
    ("query", "ratingsToReview", IN_CHARGE),
    ("query", "canteens", PUBLIC),
    ("query", "canteensNear", PUBLIC),
    ("query", "carer", STAFF_AND_OFFICERS),
    ("query", "certificatesExpiring", MANAGERS_AND_OFFICERS),
    ("query", "eldersFound", DESKS),
    ("query", "kitchenSheet", STAFF),
    ("query", "mealOrder", SIGNED_IN),
    ("query", "serviceOrder", SIGNED_IN),
    ("query", "serviceOrders", SIGNED_IN),
    ("query", "serviceOrderQuote", ORDERING),
    ("query", "serviceStarts", ORDERING),
    ("query", "myVisits", CARERS),
    ("query", "visitTasks", SIGNED_IN),
    ("query", "visitExceptions", STAFF),
    ("query", "mealOrderQuote", ORDERING),
    ("query", "mealOrders", SIGNED_IN),
    ("query", "mealSlots", PUBLIC),
    ("query", "myCarer", CARERS),
    ("query", "myCarers", MANAGERS),
    ("query", "myOfferings", MANAGERS),
    ("query", "myProvider", MANAGERS),
    ("query", "offering", PUBLIC),
    ("query", "offeringPrices", MANAGERS_AND_OFFICERS),
    ("query", "offerings", PUBLIC),
    ("query", "orderRating", SIGNED_IN),
    ("query", "provider", MANAGERS_AND_OFFICERS),
    ("query", "providers", OFFICERS),
    ("query", "region", PUBLIC),
    ("query", "service", PUBLIC),
    ("query", "serviceConfig", PUBLIC),
    ("query", "services", PUBLIC),
    ("query", "assessments", SIGNED_IN),
    ("query", "bathingCheck", SIGNED_IN),
    ("query", "consentText", PUBLIC),
    ("query", "viewer", SIGNED_IN),
    ("mutation", "assessmentRecord", ASSESSING),
    ("mutation", "bathDistress", CARERS),
    ("mutation", "bathFinish", CARERS),
    ("mutation", "bathStart", CARERS),
    ("mutation", "bathVitalsRecord", CARERS),
    ("mutation", "consentSign", ORDERING),
    ("mutation", "consentWithdraw", ORDERING),
    ("mutation", "bondCodeIssue", ORDERING),
    ("mutation", "bondEnd", ORDERING),
    ("mutation", "bondScopesChange", ORDERING),
    ("mutation", "bondStart", SIGNED_IN),
    ("mutation", "canteenCalendarSet", MANAGERS),
    ("mutation", "canteenDayClose", MANAGERS),
    ("mutation", "canteenPeriodSet", MANAGERS),
    ("mutation", "carerAdd", MANAGERS),
    ("mutation", "carerAreaSet", MANAGERS),
    ("mutation", "carerCalendarSet", MANAGERS),
    ("mutation", "carerCertificateAdd", MANAGERS),
    ("mutation", "carerChange", MANAGERS),
    ("mutation", "carerInvite", MANAGERS),
    ("mutation", "carerJoin", SIGNED_IN),
    ("mutation", "carerLeaveAdd", MANAGERS),
    ("mutation", "carerLeaveEnd", MANAGERS),
    ("mutation", "carerSkillsSet", MANAGERS),
    ("mutation", "dishAdd", MANAGERS),
    ("mutation", "dishPricePublish", MANAGERS),
    ("mutation", "elderRegister", DESKS),
    ("mutation", "kitchenPrepare", STAFF),
    ("mutation", "mealOrderCancel", ORDERING),
    ("mutation", "mealOrderDeliver", STAFF),
    ("mutation", "mealOrderDepart", STAFF),
    ("mutation", "mealOrderPlace", ORDERING),
    ("mutation", "mealOrderRepeat", ORDERING),
    ("mutation", "mealOrderSell", STAFF),
    ("mutation", "mealOrderServe", STAFF),
    ("mutation", "mealOrderWithdraw", STAFF),
    ("mutation", "mealSlotCapacityChange", MANAGERS),
    ("mutation", "mealSlotsOpen", MANAGERS),
    ("mutation", "menuDishSoldOut", MANAGERS),
    ("mutation", "menuPublish", MANAGERS),
    ("mutation", "offeringAdd", MANAGERS),
    ("mutation", "offeringBundleAdd", MANAGERS),
    ("mutation", "offeringClose", MANAGERS),
    ("mutation", "offeringPricePublish", MANAGERS),
    ("mutation", "paymentCheck", ORDERING),
    ("mutation", "serviceOrderPlace", ORDERING),
    ("mutation", "serviceOrderCancel", ORDERING),
    ("mutation", "serviceOrderConfirm", ORDERING),
    ("mutation", "offerAccept", CARERS),
    ("mutation", "offerDecline", CARERS),
    ("mutation", "visitSetOut", CARERS),
    ("mutation", "visitCheckIn", CARERS),
    ("mutation", "visitCheckOut", CARERS),
    ("mutation", "paymentStart", PAYING),
    ("mutation", "providerApply", SIGNED_IN),
    ("mutation", "providerApprove", OFFICERS),
    ("mutation", "providerDocsApprove", OFFICERS),
    ("mutation", "providerDocsReject", OFFICERS),
    ("mutation", "providerDocsSubmit", MANAGERS),
    ("mutation", "providerExit", MANAGERS_AND_OFFICERS),
    ("mutation", "providerLicenceAdd", MANAGERS),
    ("mutation", "providerLicenceCheck", OFFICERS),
    ("mutation", "providerReject", OFFICERS),
    ("mutation", "providerRestore", OFFICERS),
    ("mutation", "providerSuspend", OFFICERS),
    ("mutation", "ratingAnswer", MANAGERS),
    ("mutation", "ratingChange", ORDERING),
    ("mutation", "ratingCreate", ORDERING),
    ("mutation", "ratingTextHide", IN_CHARGE),
    ("mutation", "ratingTextShow", IN_CHARGE),
    ("mutation", "sessionEnd", SIGNED_IN),
    ("mutation", "sessionRefresh", PUBLIC),
    ("mutation", "sessionStart", PUBLIC),
    ("mutation", "slotHold", ORDERING),
    ("mutation", "slotHoldRelease", ORDERING),
    ("subscription", "kitchenSheetUpdated", STAFF),
    ("subscription", "orderUpdated", SIGNED_IN),
    ("subscription", "serviceOrderUpdated", SIGNED_IN),
];

/// Whether somebody with this one role may ask; nobody has the role `""`.
pub fn may(row: &Row, role: &str) -> bool {
    row.2.is_none_or(|roles| roles.contains(&role))
}
