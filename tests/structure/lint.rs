//! The contract's own style: described, without floats, bounded lists, names that tell money and time.

use async_graphql::parser::types::{FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition};
use async_graphql::{Positioned, parser::types::Type};

use super::source::assert_none;
use crate::world::contract::{Contract, is_list, named};

/// Instants whose names say more than `At` would.
const INSTANTS: [&str; 4] = ["payBefore", "freeCancelUntil", "canBeChangedUntil", "from"];

/// One field, argument or input field, with the place it stands in.
struct Spot<'a> {
    place: String,
    name: &'a str,
    ty: &'a Type,
    text: &'a str,
    is_input: bool,
}

fn text_of(description: &Option<Positioned<String>>) -> &str {
    description.as_ref().map(|text| text.node.trim()).unwrap_or_default()
}

fn of_field<'a>(owner: &str, field: &'a FieldDefinition, into: &mut Vec<Spot<'a>>) {
    let place = format!("{owner}.{}", field.name);
    for argument in &field.arguments {
        into.push(of_input(&format!("{place}()"), &argument.node));
    }
    let text = text_of(&field.description);
    into.push(Spot { place, name: &field.name.node, ty: &field.ty.node, text, is_input: false });
}

fn of_input<'a>(owner: &str, value: &'a InputValueDefinition) -> Spot<'a> {
    Spot {
        place: format!("{owner}.{}", value.name),
        name: &value.name.node,
        ty: &value.ty.node,
        text: text_of(&value.description),
        is_input: true,
    }
}

/// Everything of the contract that has a type.
fn spots(contract: &Contract) -> Vec<Spot<'_>> {
    let mut found = Vec::new();
    for ty in contract.types() {
        let owner = ty.name.node.as_str();
        match &ty.kind {
            TypeKind::Object(object) => {
                object.fields.iter().for_each(|field| of_field(owner, &field.node, &mut found))
            }
            TypeKind::Interface(part) => {
                part.fields.iter().for_each(|field| of_field(owner, &field.node, &mut found))
            }
            TypeKind::InputObject(input) => {
                found.extend(input.fields.iter().map(|value| of_input(owner, &value.node)));
            }
            TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) => {}
        }
    }
    found
}

#[test]
fn everything_is_described() {
    let contract = Contract::load();
    let mut found: Vec<String> =
        spots(&contract).into_iter().filter(|spot| spot.text.is_empty()).map(|spot| spot.place).collect();
    let roots = ["Query", "Mutation", "Subscription"];
    for ty in contract.types() {
        if text_of(&ty.description).is_empty() && !roots.contains(&ty.name.node.as_str()) {
            found.push(ty.name.to_string());
        }
        if let TypeKind::Enum(values) = &ty.kind {
            let silent = values.values.iter().filter(|value| text_of(&value.node.description).is_empty());
            found.extend(silent.map(|value| format!("{}.{}", ty.name, value.node.value)));
        }
    }
    assert_none("parts of the contract without a description", &found);
}

#[test]
fn no_amount_and_no_measure_is_a_float() {
    let contract = Contract::load();
    let floats = spots(&contract).into_iter().filter(|spot| named(spot.ty) == "Float");
    assert_none("floats", &floats.map(|spot| spot.place).collect::<Vec<_>>());
}

/// Whether the list cannot be long by its type: values of a closed set, refusals, pages.
fn is_short_by_type(contract: &Contract, spot: &Spot<'_>) -> bool {
    let owner = spot.place.split('.').next().unwrap_or_default();
    let is_enum = matches!(contract.find(named(spot.ty)).map(|ty| &ty.kind), Some(TypeKind::Enum(_)));
    let is_page = owner.ends_with("Connection") && matches!(spot.name, "edges" | "nodes");
    let is_refusal = spot.name == "userErrors" || (spot.name == "field" && (owner.ends_with("Error")));
    is_enum || is_page || is_refusal
}

#[test]
fn a_list_is_a_page_or_says_how_long_it_can_be() {
    let contract = Contract::load();
    let endless = spots(&contract).into_iter().filter(|spot| is_list(spot.ty)).filter(|spot| {
        let says = ["at most", "exactly"].iter().any(|words| spot.text.to_lowercase().contains(words));
        !says && !is_short_by_type(&contract, spot)
    });
    let told = endless.map(|spot| {
        format!("{} ({}): {}", spot.place, if spot.is_input { "taken" } else { "given" }, spot.text)
    });
    assert_none("lists without an end", &told.collect::<Vec<_>>());
}

#[test]
fn pages_are_asked_alike() {
    let contract = Contract::load();
    let mut found = Vec::new();
    for ty in contract.types() {
        for field in contract.fields(&ty.name.node) {
            let arguments: Vec<&str> =
                field.arguments.iter().map(|argument| argument.node.name.node.as_str()).collect();
            let is_page = named(&field.ty.node).ends_with("Connection");
            if is_page != (arguments.contains(&"first") && arguments.contains(&"after")) {
                found.push(format!("{}.{}({})", ty.name, field.name, arguments.join(", ")));
            }
        }
    }
    assert_none("pages without first and after, or the other way round", &found);
}

#[test]
fn names_tell_money_and_time() {
    let contract = Contract::load();
    let mut found = Vec::new();
    for spot in spots(&contract) {
        let (ty, name) = (named(spot.ty), spot.name);
        let is_right = match ty {
            "Fen" => name.ends_with("Fen"),
            "DateTime" => name.ends_with("At") || INSTANTS.contains(&name),
            "TimeOfDay" => ["At", "From", "Until"].iter().any(|word| name.ends_with(word)),
            "Date" => name.ends_with("On"),
            _ => !["Fen", "At", "On"].iter().any(|unit| name.ends_with(unit)),
        };
        if !is_right {
            found.push(format!("{}: {ty}", spot.place));
        }
    }
    assert_none("names that do not tell their unit", &found);
}

#[test]
fn ids_are_ids_and_truth_is_positive() {
    let contract = Contract::load();
    let mut found = Vec::new();
    for spot in spots(&contract) {
        let (ty, name) = (named(spot.ty), spot.name);
        let is_id = name == "id" || name.ends_with("Id") || name.ends_with("Ids");
        // The platform's own word for its application is handed through to `wx.requestPayment`.
        let is_other = spot.place == "WechatPayParams.appId" || !contract.inputs(ty).is_empty();
        if is_id != (ty == "ID") && !is_other {
            found.push(format!("{}: {ty}", spot.place));
        }
        if name.starts_with("get") || name.starts_with("isNot") || name.contains("Info") && ty != "PageInfo" {
            found.push(format!("{}: a name that says nothing", spot.place));
        }
    }
    assert_none("ids that are none, and names that say nothing", &found);
}

#[test]
fn nothing_is_a_union_and_nothing_is_opened_by_any_id() {
    let contract = Contract::load();
    let unions = contract.types().filter(|ty| matches!(ty.kind, TypeKind::Union(_)));
    let mut found: Vec<String> = unions.map(|ty| ty.name.to_string()).collect();
    let doors =
        contract.roots().into_iter().filter(|root| matches!(root.field.name.node.as_str(), "node" | "nodes"));
    found.extend(doors.map(|root| root.field.name.to_string()));
    let extended = contract.0.definitions.iter().filter(|part| match part {
        TypeSystemDefinition::Type(ty) => ty.node.extend,
        _ => false,
    });
    found.extend(extended.map(|part| format!("{part:?}")));
    assert_none("unions and node doors", &found);
}
