//! Access tokens: which are accepted, how long, and how fast an end is felt.

use std::time::{Duration, Instant};

use nuanyang::config::SETTINGS;
use nuanyang::kit::db::execute;
use serde_json::{Value, json};

use super::forged::Forge;
use crate::on_both;
use crate::world::World;
use crate::world::client::Person;

const WHO: &str = "{ viewer { id } }";

/// The answer to a request with this text behind `Bearer `.
async fn asked(world: &World, token: &str) -> Value {
    let request =
        world.http.post(format!("{}/graphql", world.base)).header("authorization", format!("Bearer {token}"));
    request.json(&json!({ "query": WHO })).send().await.unwrap().json().await.unwrap()
}

fn is_in(answer: &Value) -> bool {
    answer["data"]["viewer"]["id"].is_string()
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("(none)")
}

/// How long it takes until the person is refused with the code; asked all the while.
async fn refused_after(world: &World, who: &Person, document: &str, expected: &str) -> Duration {
    let began = Instant::now();
    loop {
        let answer = world.ask(Some(who), document, json!({})).await;
        if code(&answer) == expected {
            return began.elapsed();
        }
        assert!(began.elapsed() < Duration::from_secs(5), "still let in: {answer}");
    }
}

on_both! {
    async fn no_token_is_accepted_but_those_that_this_server_made(world: World) {
        let (lin, wang) = (world.login("daughter1").await, world.login("daughter2").await);
        let forge = Forge::new(&world, &lin);
        assert!(is_in(&asked(&world, &forge.good()).await), "the control is accepted");
        let forged = forge.all(&wang);
        assert!(forged.len() > 50);
        let mut accepted = Vec::new();
        for (name, token) in &forged {
            let answer = asked(&world, token).await;
            if code(&answer) != "UNAUTHENTICATED" || answer["data"]["viewer"].is_object() {
                accepted.push(format!("{name}: {answer}"));
            }
        }
        assert!(accepted.is_empty(), "{} of {}\n{}", accepted.len(), forged.len(), accepted.join("\n"));
        assert!(is_in(&asked(&world, &forge.good()).await), "the session has not suffered");
    }

    async fn a_token_lives_fifteen_minutes_and_half_a_minute_of_leeway(world: World) {
        let lin = world.login("daughter1").await;
        world.pass(900 + 29).await;
        assert!(is_in(&asked(&world, &lin.token).await));
        world.pass(1).await;
        assert_eq!(code(&asked(&world, &lin.token).await), "UNAUTHENTICATED");
    }

    async fn a_logout_is_felt_by_the_next_request_and_elsewhere_within_a_second(world: World) {
        let lin = world.login("daughter1").await;
        let second = world.another_server().await;
        assert!(is_in(&asked(&world, &lin.token).await) && is_in(&asked(&second, &lin.token).await));
        let ended = world.data(&lin, "mutation { sessionEnd { ended userErrors { code } } }", json!({})).await;
        assert_eq!(ended["sessionEnd"]["ended"], true);
        assert_eq!(code(&asked(&world, &lin.token).await), "UNAUTHENTICATED");
        let took = refused_after(&second, &lin, WHO, "UNAUTHENTICATED").await;
        assert!(took < Duration::from_millis(1_500), "{took:?}");
    }

    async fn a_role_taken_away_is_felt_within_a_second_on_every_server(world: World) {
        let desk = world.desk("desk1").await;
        let second = world.another_server().await;
        let document = "{ eldersFound(by: { name: \"x\" }) { id } }";
        for server in [&world, &second] {
            assert!(server.ask(Some(&desk), document, json!({})).await["data"]["eldersFound"].is_array());
        }
        let values = [desk.said.person.0.into()];
        execute(world.app.db.write(), "DELETE FROM person_role WHERE person_id = $1 AND role = 'DESK'", values).await.unwrap();
        let (here, there) = tokio::join!(
            refused_after(&world, &desk, document, "FORBIDDEN"),
            refused_after(&second, &desk, document, "FORBIDDEN"),
        );
        assert!(here.max(there) < Duration::from_millis(1_500), "{here:?} {there:?}");
        assert!(is_in(&asked(&world, &world.fresh_token(&desk)).await), "the person is still signed in");
    }
}

#[test]
fn tokens_live_no_longer_than_promised() {
    let seconds = |name: &str| {
        let (_, default, _) = SETTINGS.iter().find(|(known, ..)| *known == name).unwrap();
        default.parse::<u32>().unwrap()
    };
    assert!(seconds("access_token_s") <= 2 * 3_600);
    assert!(seconds("refresh_token_s") <= 30 * 86_400);
}
