//! Every text that somebody can hand in is of one kind; a new one without a kind fails. Words that others read are checked by the
//! platform.

use async_graphql::parser::types::TypeKind;

use super::source::assert_none;
use crate::world::contract::{Contract, named};

/// Words for others: the platform's content check reads them, and hides what it objects to.
const CHECKED: [&str; 35] = [
    "AssessmentObjectInput.reason",
    "CarerLeaveAddInput.reason",
    "ComplaintAnswerInput.words",
    "DeliveryEnding.handedOver",
    "DeliveryEnding.notReached",
    "DishAddInput.allergens",
    "DishAddInput.name",
    "FactCorrectionAnswerInput.answer",
    "FactCorrectionAskInput.words",
    "HelpCallAcknowledgeInput.note",
    "MealOrderPlaceInput.note",
    "MealOrderWithdrawInput.reason",
    "OfferDeclineInput.reason",
    "OfferingAddInput.content",
    "OfferingBundleAddInput.content",
    "ProviderApplyInput.address",
    "ProviderApplyInput.name",
    "ProviderDocsRejectInput.reason",
    "ProviderExitInput.reason",
    "ProviderRejectInput.reason",
    "ProviderSuspendInput.reason",
    "RatingAnswerInput.text",
    "RatingChangeInput.text",
    "RatingCreateInput.text",
    "ServiceBundlePlaceInput.note",
    "ServiceOrderDisputeInput.reason",
    "ServiceOrderPlaceInput.note",
    "ServiceOrderResolveInput.reason",
    "SettlementLineClawBackInput.reason",
    "SettlementLineReviewInput.reason",
    "VisitAbortInput.detail",
    "VisitCallOffInput.reason",
    "VisitExceptionAnswerInput.words",
    "VisitExceptionReviewInput.reason",
    "VisitTaskInput.reason",
];

/// Kept beside an act for those who ask later how it came; no answer of the contract shows it.
const UNSEEN: [&str; 12] = [
    "AssessmentAnswersInput.informant",
    "AssessmentAnswersInput.proof",
    "AssessmentCancelInput.reason",
    "AssessmentPublishInput.toldTo",
    "AssessmentSendBackInput.reason",
    "CanteenDayCloseInput.reason",
    "ElderDeathRecordInput.source",
    "ElderMoveInput.source",
    "ProcurementContractCancelInput.reason",
    "VoucherFreezeInput.reason",
    "VoucherRevokeInput.reason",
    "VoucherUnfreezeInput.reason",
];

/// Findings and records of those at work: nobody reads them but who has to act on them, or whose health they are about, and no
/// machine may take a finding away from him.
const RECORDS: [&str; 13] = [
    "AssessmentAnswersInput.note",
    "AssessmentRecordInput.note",
    "BathDistressInput.words",
    "BathFinishInput.skinNote",
    "BillCaseCloseInput.note",
    "CallBackAnswerInput.answer",
    "ElderRegisterInput.dietaryNeeds",
    "EnrolmentApproveInput.source",
    "FactInput.source",
    "RatingTextHideInput.reason",
    "ServiceBundlePlaceInput.callReference",
    "ServiceOrderPlaceInput.callReference",
    "WelfareCheckCloseInput.outcome",
];

/// Names and addresses of persons, entered from their papers.
const PERSONS: [&str; 9] = [
    "CarerAddInput.name",
    "CarerChangeInput.name",
    "ElderLookUp.name",
    "ElderMoveInput.address",
    "ElderRegisterInput.address",
    "ElderRegisterInput.name",
    "NameAndIdInput.name",
    "RefundRedirectInput.owner",
    "ShownAtCounter.name",
];

/// Texts of a form: keys, codes, numbers, references, hashes; and which of a closed list.
const FORMAL: [&str; 31] = [
    "account",
    "after",
    "bank",
    "cardNumber",
    "code",
    "deviceKey",
    "fieldCode",
    "holdToken",
    "idNumber",
    "idNumberEnd",
    "itemCode",
    "number",
    "paperReference",
    "phone",
    "photoHash",
    "photoRef",
    "programme",
    "programmeCode",
    "reference",
    "refreshToken",
    "regionCode",
    "regionCodes",
    "requestKey",
    "serviceCode",
    "serviceCodes",
    "signature",
    "template",
    "textHash",
    "textVersion",
    "token",
    "values",
];

/// Places of every text that can be handed in, and their own names.
fn texts(contract: &Contract) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for ty in contract.types() {
        let owner = &ty.name.node;
        if let TypeKind::InputObject(input) = &ty.kind {
            for field in input.fields.iter().filter(|field| named(&field.node.ty.node) == "String") {
                found.push((format!("{owner}.{}", field.node.name), field.node.name.to_string()));
            }
        }
        for field in contract.fields(owner) {
            for argument in field.arguments.iter().filter(|given| named(&given.node.ty.node) == "String") {
                let name = &argument.node.name;
                found.push((format!("{owner}.{}({name})", field.name), name.to_string()));
            }
        }
    }
    found
}

fn kinds(place: &str, name: &str) -> usize {
    let lists: [&[&str]; 4] = [&CHECKED, &UNSEEN, &RECORDS, &PERSONS];
    lists.iter().filter(|list| list.contains(&place)).count() + usize::from(FORMAL.contains(&name))
}

#[test]
fn every_text_that_can_be_handed_in_is_of_one_kind() {
    let texts = texts(&Contract::load());
    assert!(texts.len() > 100, "the texts are read");
    let found = texts.iter().filter(|(place, name)| kinds(place, name) != 1);
    assert_none(
        "texts of no kind, or of several",
        &found.map(|(place, _)| place.clone()).collect::<Vec<_>>(),
    );
}

#[test]
fn every_kind_of_text_is_one_of_the_contract() {
    let texts = texts(&Contract::load());
    let named = [CHECKED.as_slice(), &UNSEEN, &RECORDS, &PERSONS].concat();
    let gone = named.into_iter().filter(|known| !texts.iter().any(|(place, _)| place == known));
    let forms = FORMAL.into_iter().filter(|known| !texts.iter().any(|(_, name)| name == known));
    assert_none(
        "kinds of texts that there are not",
        &gone.chain(forms).map(str::to_owned).collect::<Vec<_>>(),
    );
}
