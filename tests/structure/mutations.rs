//! The shape of every act: noun first, one input, an answer of its own, refusals as data.

use async_graphql::parser::types::{FieldDefinition, TypeKind};

use super::source::assert_none;
use crate::world::contract::{Contract, is_list, named};

/// With what the name of an act begins.
const NOUNS: [&str; 37] = [
    "assessment",
    "bath",
    "bill",
    "bond",
    "call",
    "canteen",
    "carer",
    "complaint",
    "consent",
    "dish",
    "elder",
    "enrolment",
    "fact",
    "help",
    "kitchen",
    "meal",
    "menu",
    "message",
    "offer",
    "offering",
    "payment",
    "phone",
    "procurement",
    "privacy",
    "provider",
    "rating",
    "refund",
    "service",
    "session",
    "settlement",
    "slot",
    "statement",
    "subscription",
    "visit",
    "voucher",
    "welfare",
    "words",
];
/// Acts that need nothing but the person who acts.
const WITHOUT_INPUT: [&str; 1] = ["sessionEnd"];

fn upper(name: &str) -> String {
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

fn first_word(name: &str) -> &str {
    name.split(|letter: char| letter.is_uppercase()).next().unwrap_or(name)
}

/// What is wrong with one act.
fn flaws(contract: &Contract, act: &FieldDefinition) -> Vec<String> {
    let (name, own) = (act.name.node.as_str(), upper(&act.name.node));
    let mut found = Vec::new();
    if !NOUNS.contains(&first_word(name)) {
        found.push(format!("{name} does not begin with a noun of the list"));
    }
    let arguments: Vec<String> = act
        .arguments
        .iter()
        .map(|argument| format!("{}: {}", argument.node.name, argument.node.ty))
        .collect();
    let expected =
        if WITHOUT_INPUT.contains(&name) { Vec::new() } else { vec![format!("input: {own}Input!")] };
    if arguments != expected {
        found.push(format!("{name} takes ({})", arguments.join(", ")));
    }
    let payload = format!("{own}Payload");
    if act.ty.node.to_string() != format!("{payload}!") {
        found.push(format!("{name} answers {}", act.ty.node));
    }
    let fields = contract.fields(&payload);
    let objects: Vec<_> = fields.iter().filter(|field| field.name.node != "userErrors").collect();
    if objects.len() != 1 || objects.iter().any(|field| !field.ty.node.nullable) {
        found.push(format!("{payload} holds one object that may be null, and userErrors"));
    }
    let errors =
        fields.iter().find(|field| field.name.node == "userErrors").map(|field| field.ty.node.to_string());
    if errors != Some(format!("[{own}Error!]!")) {
        found.push(format!("{payload}.userErrors is {errors:?}"));
    }
    found.extend(error_flaws(contract, &own));
    found
}

fn error_flaws(contract: &Contract, own: &str) -> Vec<String> {
    let error = format!("{own}Error");
    let Some(TypeKind::Object(object)) = contract.find(&error).map(|ty| &ty.kind) else {
        return vec![format!("{error} is missing")];
    };
    let mut found = Vec::new();
    if !object.implements.iter().any(|name| name.node == "UserError") {
        found.push(format!("{error} does not implement UserError: add it in schema.rs"));
    }
    let code = format!("{error}Code");
    let own_code = contract
        .fields(&error)
        .iter()
        .find(|field| field.name.node == "code")
        .map(|field| field.ty.node.to_string());
    if own_code != Some(format!("{code}!"))
        || !matches!(contract.find(&code).map(|ty| &ty.kind), Some(TypeKind::Enum(_)))
    {
        found.push(format!("{error}.code is {own_code:?}"));
    }
    found
}

#[test]
fn every_act_has_the_agreed_shape() {
    let contract = Contract::load();
    let acts = contract.fields("Mutation");
    assert!(acts.len() > 20, "the acts are read");
    let found: Vec<String> = acts.iter().flat_map(|act| flaws(&contract, act)).collect();
    assert_none("acts of another shape", &found);
}

#[test]
fn every_refusal_of_a_question_has_the_agreed_shape_too() {
    let contract = Contract::load();
    let payloads = contract.types().filter(|ty| ty.name.node.ends_with("Payload"));
    let found: Vec<String> =
        payloads.flat_map(|ty| error_flaws(&contract, ty.name.node.trim_end_matches("Payload"))).collect();
    assert_none("refusals of another shape", &found);
}

#[test]
fn an_act_that_takes_a_place_or_adds_something_has_a_request_key() {
    let contract = Contract::load();
    let creating = [
        "mealOrderPlace",
        "mealOrderRepeat",
        "mealOrderSell",
        "elderRegister",
        "ratingCreate",
        "ratingAnswer",
        "providerApply",
        "providerLicenceAdd",
        "carerAdd",
        "carerCertificateAdd",
        "carerLeaveAdd",
        "offeringAdd",
        "offeringBundleAdd",
        "offeringPricePublish",
        "visitDeviceAdd",
        "assessmentRecord",
        "consentSign",
        "assessmentRequest",
        "factEnter",
        "factCorrectionAsk",
        "enrolmentApprove",
        "privacyExport",
        "privacyErasureAsk",
        "subscriptionRecord",
    ];
    let keyless = creating.into_iter().filter(|name| {
        let input = format!("{}Input", upper(name));
        !contract
            .inputs(&input)
            .iter()
            .any(|field| field.name.node == "requestKey" && !field.ty.node.nullable)
    });
    assert_none("acts without requestKey", &keyless.map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn an_input_belongs_to_one_act_and_no_result_is_a_bare_truth() {
    let contract = Contract::load();
    let mut found = Vec::new();
    let roots = contract.roots();
    for root in &roots {
        for argument in root.field.arguments.iter().filter(|argument| argument.node.name.node == "input") {
            let ty = named(&argument.node.ty.node);
            let users = roots.iter().filter(|other| {
                other.field.arguments.iter().any(|argument| named(&argument.node.ty.node) == ty)
            });
            if users.count() != 1 || is_list(&argument.node.ty.node) {
                found.push(format!("{ty} is shared"));
            }
        }
        if named(&root.field.ty.node) == "Boolean" {
            found.push(format!("{} answers a bare Boolean", root.field.name));
        }
    }
    assert_none("shared inputs and bare truths", &found);
}
