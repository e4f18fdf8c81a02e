//! An id of the wrong kind or shape is BAD_REQUEST before the database is asked.

use serde_json::{Value, json};

use super::estate::missing;
use crate::on_both;
use crate::structure::table::{TABLE, may};
use crate::world::World;
use crate::world::client::Person;
use crate::world::contract::{Contract, Root, prefix_of};

/// Texts that are no id of the prefix.
fn wrong(world: &World, prefix: &str) -> Vec<String> {
    let other = if matches!(prefix, "order" | "visit") { "elder" } else { "order" };
    let right = missing(world, prefix);
    vec![
        missing(world, other),
        right.to_lowercase(),
        right.replacen('_', "-", 1),
        right[..right.len() - 1].to_owned(),
        format!("{right}0"),
        format!("{prefix}_8ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
        format!("{prefix}_"),
        String::new(),
        "' OR 1=1 --".to_owned(),
        "1".to_owned(),
    ]
}

/// The answer to a request that a fresh belief in the session precedes, and how many statements it took.
async fn measured(world: &World, who: &Person, document: &str) -> (Value, u64) {
    world.app.sessions.forget(who.said.session);
    world.data(who, "{ viewer { id } }", json!({})).await;
    let before = world.app.db.statements();
    let answer = world.ask(Some(who), document, json!({})).await;
    (answer, world.app.db.statements() - before)
}

async fn flaw(
    world: &World,
    who: &Person,
    (root, place): (Root<'_>, &str),
    document: &str,
) -> Option<String> {
    let mut fewest = u64::MAX;
    // On a busy machine the belief in the session may run out in between: the fewest of three counts.
    for _ in 0..3 {
        let (answer, statements) = measured(world, who, document).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        if code != "BAD_REQUEST" || answer["errors"][0]["path"].is_null() {
            return Some(format!("{}({place}): {answer}", root.field.name));
        }
        fewest = fewest.min(statements);
        if fewest == 0 {
            return None;
        }
    }
    Some(format!("{}({place}) took {fewest} statements: {document}", root.field.name))
}

on_both! {
    async fn an_id_of_the_wrong_kind_is_refused_before_the_database_is_asked(world: World) {
        let canteen = world.canteen().await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let manager = world.manager("canteen1", &canteen).await;
        let desk = world.desk("desk1").await;
        let officer = world.officer("officer1", "530111").await;
        let assessor = world.assessor("assessor1").await;
        let carer = world.with_role("carer1", entities::enums::Role::Carer, (Some(canteen.provider), None)).await;
        let contract = Contract::load();
        let (mut found, mut tried) = (Vec::new(), 0);
        for root in contract.roots().into_iter().filter(|root| root.kind != "subscription") {
            let name = root.field.name.node.as_str();
            let row = TABLE.iter().find(|row| (row.0, row.1) == (root.kind, name)).unwrap();
            let people = [("FAMILY", &daughter), ("PROVIDER_MANAGER", &manager), ("DESK", &desk), ("OFFICER", &officer),
                ("CARER", &carer), ("ASSESSOR", &assessor)];
            for place in contract.id_places(root.field) {
                let (_, who) = people.into_iter().find(|(role, _)| may(row, role)).unwrap();
                for bad in wrong(&world, &prefix_of(name, &place)) {
                    let document = contract.call(root, &|at: &str| {
                        if at == place { bad.clone() } else { missing(&world, &prefix_of(name, at)) }
                    });
                    found.extend(flaw(&world, who, (root, &place), &document).await);
                    tried += 1;
                }
            }
        }
        let nested = "{ viewer { elder(id: \"order_01J00000000000000000000000\") { id } } }";
        assert_eq!(world.ask(Some(&daughter), nested, json!({})).await["errors"][0]["extensions"]["code"], "BAD_REQUEST");
        assert!(found.is_empty(), "{} of {tried}\n{}", found.len(), found.join("\n"));
        assert!(tried > 200, "only {tried} tried");
    }
}
