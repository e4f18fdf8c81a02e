//! The contract tells who may ask for what, and the table agrees. That it is enforced is shown in `access`.

use super::source::assert_none;
use super::table::{ROLES, TABLE};
use crate::world::contract::Contract;

#[test]
fn every_root_field_has_a_row_that_the_contract_agrees_with() {
    let contract = Contract::load();
    let mut found = Vec::new();
    for root in contract.roots() {
        let name = root.field.name.node.as_str();
        let Some(row) = TABLE.iter().find(|row| (row.0, row.1) == (root.kind, name)) else {
            found.push(format!("{} {name} has no row: say in table.rs who may ask for it", root.kind));
            continue;
        };
        let told = Contract::allowed(root.field);
        let meant = row.2.map(|roles| roles.iter().map(|role| (*role).to_owned()).collect());
        if told != meant {
            found.push(format!("{name}: the contract says {told:?}, the table {meant:?}"));
        }
    }
    let rootless = TABLE.iter().filter(|row| {
        !contract.roots().iter().any(|root| (root.kind, root.field.name.node.as_str()) == (row.0, row.1))
    });
    found.extend(rootless.map(|row| format!("{} {} is gone: drop its row", row.0, row.1)));
    assert_none("fields whose access is not agreed", &found);
}

#[test]
fn the_table_knows_every_role_of_the_contract() {
    let contract = Contract::load();
    let Some(async_graphql::parser::types::TypeKind::Enum(roles)) = contract.find("Role").map(|ty| &ty.kind)
    else {
        panic!("there is no enum Role");
    };
    let mut told: Vec<&str> = roles.values.iter().map(|value| value.node.value.node.as_str()).collect();
    let mut known = ROLES.to_vec();
    told.sort_unstable();
    known.sort_unstable();
    assert_eq!(told, known);
}

#[test]
fn what_is_open_to_all_says_so() {
    let contract = Contract::load();
    let silent = contract.roots().into_iter().filter(|root| {
        let text = root.field.description.as_ref().map(|text| text.node.as_str()).unwrap_or_default();
        Contract::allowed(root.field).is_none() != text.contains("Open to all")
    });
    let found: Vec<String> = silent.map(|root| root.field.name.to_string()).collect();
    assert_none("fields whose description does not say whether they are open to all", &found);
}
