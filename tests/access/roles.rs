//! The access table is enforced: every field at the root, asked by nobody and by each role alone.

use entities::enums::Role;
use nuanyang::kit::db::execute;
use nuanyang::kit::viewer::Grant;
use nuanyang::people::store::grant;
use serde_json::{Value, json};

use super::estate::missing;
use crate::on_both;
use crate::structure::table::{ROLES, Row, TABLE, may};
use crate::world::World;
use crate::world::client::Person;
use crate::world::contract::{Contract, Root, prefix_of};

/// Somebody who holds this one role and no other, not even FAMILY.
pub async fn only(world: &World, role: &str) -> Person {
    let name = format!("only-{}", role.to_lowercase().replace('_', "-"));
    let person = world.login(&name).await;
    let db = world.app.db.write();
    let values = [person.said.person.0.into()];
    execute(db, "DELETE FROM person_role WHERE person_id = $1", values).await.unwrap();
    let given = Grant {
        role: Role::parse(role).unwrap(),
        provider: Some(world.app.ids.next()),
        region: Some("530111".into()),
    };
    grant(db, person.said.person, &given, world.app.clock.now()).await.unwrap();
    world.app.sessions.forget(person.said.session);
    person
}

/// The first error of an answer over HTTP, or of the first message on a socket; null when there is none.
async fn first_error(world: &World, who: Option<&Person>, root: Root<'_>, document: &str) -> Value {
    if root.kind != "subscription" {
        return world.ask(who, document, json!({})).await["errors"][0].clone();
    }
    let mut live = match who {
        Some(who) => world.live(who).await,
        None => {
            let mut live = world.live_with(json!({})).await;
            assert_eq!(live.next().await["type"], "connection_ack");
            live
        }
    };
    live.subscribe("1", document, json!({})).await;
    let message = live.next().await;
    if message["type"] == "error" {
        message["payload"][0].clone()
    } else {
        message["payload"]["errors"][0].clone()
    }
}

/// What is wrong with the answer that somebody with this role gets; nobody has the role `""`.
fn flaw(row: &Row, role: &str, error: &Value) -> Option<String> {
    let code = error["extensions"]["code"].as_str().unwrap_or("(none)");
    let is_refused = matches!(code, "UNAUTHENTICATED" | "FORBIDDEN");
    let expected = if role.is_empty() { "UNAUTHENTICATED" } else { "FORBIDDEN" };
    let is_right = if may(row, role) {
        // The field is carried out: what it says about ids that are not there is its own affair.
        !is_refused && code != "INTERNAL" && (error.is_null() || !error["path"].is_null())
    } else {
        code == expected
    };
    (!is_right).then(|| format!("{} as {}: {error}", row.1, if role.is_empty() { "nobody" } else { role }))
}

on_both! {
    async fn every_root_field_is_open_to_its_roles_and_shut_to_all_others(world: World) {
        let contract = Contract::load();
        let mut people = vec![("", None)];
        for role in ROLES {
            people.push((role, Some(only(&world, role).await)));
        }
        let mut roots = contract.roots();
        // Signing out ends what the other calls need.
        roots.sort_by_key(|root| root.field.name.node == "sessionEnd");
        let mut found = Vec::new();
        for root in roots {
            let name = root.field.name.node.as_str();
            let row = TABLE.iter().find(|row| (row.0, row.1) == (root.kind, name)).unwrap();
            for (role, person) in &people {
                let document = contract.call(root, &|place: &str| missing(&world, &prefix_of(name, place)));
                let error = first_error(&world, person.as_ref(), root, &document).await;
                found.extend(flaw(row, role, &error));
            }
        }
        assert!(found.is_empty(), "{} cells\n{}", found.len(), found.join("\n"));
    }
}
