//! Signing in and refreshing, when several do it at once and when somebody holds a copy.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;
use crate::world::client::{Person, refusal};

async fn refresh(world: &World, token: &str) -> Value {
    let document = "mutation($input: SessionRefreshInput!) { sessionRefresh(input: $input) { \
        tokens { accessToken refreshToken } userErrors { code } } }";
    let answer = world.ask(None, document, json!({ "input": { "refreshToken": token } })).await;
    answer["data"]["sessionRefresh"].clone()
}

async fn start(world: &World, code: &str) -> Value {
    let document = "mutation($input: SessionStartInput!) { sessionStart(input: $input) { \
        tokens { accessToken refreshToken } userErrors { code } } }";
    let answer = world.ask(None, document, json!({ "input": { "code": code } })).await;
    answer["data"]["sessionStart"].clone()
}

fn token(payload: &Value) -> Option<&str> {
    payload["tokens"]["refreshToken"].as_str()
}

async fn is_in(world: &World, who: &Person) -> bool {
    world.ask(Some(who), "{ viewer { id } }", json!({})).await["data"]["viewer"].is_object()
}

on_both! {
    async fn a_refresh_token_used_twice_ends_the_whole_session(world: World) {
        let lin = world.login("daughter1").await;
        let second = refresh(&world, &lin.refresh).await;
        let third = refresh(&world, token(&second).unwrap()).await;
        assert!(is_in(&world, &lin).await);
        assert_eq!(refusal(&refresh(&world, &lin.refresh).await), "TOKEN_REUSED");
        assert!(!is_in(&world, &lin).await, "the access token is dead as well");
        assert_eq!(refusal(&refresh(&world, token(&third).unwrap()).await), "TOKEN_INVALID");
        assert!(is_in(&world, &world.login("daughter1").await).await, "signing in anew is open");
    }

    async fn twenty_refreshes_at_once_have_at_most_one_winner(world: World) {
        let lin = world.login("daughter1").await;
        let payloads = join_all((0..20).map(|_| refresh(&world, &lin.refresh))).await;
        let winners: Vec<&str> = payloads.iter().filter_map(token).collect();
        assert!(winners.len() <= 1, "{}", winners.len());
        let codes = payloads.iter().filter(|payload| token(payload).is_none()).map(refusal);
        assert!(codes.clone().all(|code| matches!(code, "TOKEN_REUSED" | "TOKEN_INVALID")), "{:?}", codes.collect::<Vec<_>>());
        assert!(!is_in(&world, &lin).await, "somebody holds a copy: the session is over");
        for winner in winners {
            assert_eq!(refusal(&refresh(&world, winner).await), "TOKEN_INVALID");
        }
        assert_eq!(world.number("count(*) FROM session_family WHERE ended_at IS NULL").await, 0);
    }

    async fn a_refresh_token_runs_out_and_nonsense_is_none(world: World) {
        let lin = world.login("daughter1").await;
        for nonsense in ["", "x", &lin.token, &lin.refresh.to_lowercase(), &format!("{} ", lin.refresh), &"A".repeat(5_000)] {
            assert_eq!(refusal(&refresh(&world, nonsense).await), "TOKEN_INVALID");
        }
        world.pass(30 * 86_400).await;
        assert_eq!(refusal(&refresh(&world, &lin.refresh).await), "TOKEN_INVALID");
        assert!(is_in(&world, &lin).await, "nothing of this was a copy in use");
    }

    async fn a_login_code_used_twenty_times_at_once_lets_one_in(world: World) {
        let login = world.sim_get("/sim/login?as=daughter1").await;
        let code = login["code"].as_str().unwrap();
        let payloads = join_all((0..20).map(|_| start(&world, code))).await;
        let winners = payloads.iter().filter(|payload| token(payload).is_some()).count();
        let losers = payloads.iter().filter(|payload| refusal(payload) == "CODE_INVALID").count();
        assert_eq!((winners, losers), (1, 19), "{payloads:?}");
        assert_eq!(world.number("count(*) FROM session_family").await, 1);
    }

    async fn twenty_first_logins_of_one_person_at_once_make_one_person(world: World) {
        let mut codes = Vec::new();
        for _ in 0..20 {
            codes.push(world.sim_get("/sim/login?as=daughter1").await["code"].as_str().unwrap().to_owned());
        }
        let payloads = join_all(codes.iter().map(|code| start(&world, code))).await;
        assert!(payloads.iter().all(|payload| token(payload).is_some()), "{payloads:?}");
        assert_eq!(world.number("count(*) FROM person").await, 1);
        assert_eq!(world.number("count(*) FROM person_role").await, 1);
        assert_eq!(world.number("count(*) FROM session_family").await, 20);
    }
}
