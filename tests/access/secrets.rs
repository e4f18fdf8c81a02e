//! What must never leave: the platform's session key, openids, secrets, and what is sealed of an elder.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::on_both;
use crate::world::World;
use crate::world::place::order_input;

/// Log lines of this process.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Everything that this process logs from now on, down to `debug`. The simulator's own lines are not ours.
    fn capture() -> Self {
        static LINES: OnceLock<Lines> = OnceLock::new();
        let begin = || {
            let lines = Self::default();
            let made = tracing_subscriber::fmt().with_env_filter("debug,wechat_simulator=off");
            made.with_writer(lines.clone()).with_ansi(false).init();
            lines
        };
        LINES.get_or_init(begin).clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Texts that neither an answer nor a log line may hold.
async fn never_told(world: &World) -> Vec<String> {
    let merchant = world.sim_get("/sim/merchant.json").await;
    let mut texts: Vec<String> = ["daughter1", "canteen1", "nobody1"].map(wechat_simulator::openid_of).into();
    texts.push("session_key".into());
    texts.extend(["app_secret", "apiv3_key"].map(|name| merchant[name].as_str().unwrap().to_owned()));
    texts.push(world.settings["token_key"].clone());
    texts.push(world.settings["index_key"].clone());
    texts
}

on_both! {
    async fn neither_answers_nor_logs_tell_a_secret(world: World) {
        let lines = Lines::capture();
        let canteen = world.canteen().await;
        let slot = world.lunch(&canteen, "2026-06-05", (5, 5)).await;
        let elder = world.elder("王桂芬", "1944-03-01").await;
        let daughter = world.family_of("daughter1", elder).await;
        let manager = world.manager("canteen1", &canteen).await;
        let home = world.home_service("homecare1").await;
        world.carer(&home.manager, "欧阳静好").await;
        world.at("2026-06-04 20:00").await;
        let mut input = order_input("1", elder, slot, ("DINE_IN", canteen.lunch));
        input["note"] = json!("少盐少油");
        let mut answers = vec![world.place(&daughter, input).await];
        let order = answers[0]["order"]["id"].as_str().unwrap().to_owned();
        world.pay(&daughter, &order).await;
        world.at("2026-06-05 11:20").await;
        let all = "{ viewer { id roles elders { nodes { name phone address dietaryNeeds bonds { id } } } } \
            mealOrders { nodes { id note timeline { name reason } payments { state } elder { name } } } }";
        answers.push(world.data(&daughter, all, json!({})).await);
        answers.push(world.sheet(&manager, &canteen, ("2026-06-05", "LUNCH")).await);
        answers.push(world.data(&home.manager, "{ myCarers { nodes { name phone } } }", json!({})).await);
        let again = world.sim_get("/sim/login?as=nobody1").await["code"].clone();
        let start = "mutation($input: SessionStartInput!) { sessionStart(input: $input) { userErrors { code message } } }";
        for code in [again.clone(), again, json!("x")] {
            answers.push(world.ask(None, start, json!({ "input": { "code": code } })).await);
        }
        let told: String = answers.iter().map(ToString::to_string).collect();
        assert!(told.contains("王桂芬"), "the family itself sees the name: {told}");
        let logged = lines.text();
        assert!(logged.contains("placed"), "lines are captured: {} bytes", logged.len());
        for text in never_told(&world).await {
            assert!(!told.contains(&text), "an answer tells {text}");
            let line = logged.lines().find(|line| line.contains(&text));
            assert_eq!(line, None, "a log line tells {text}");
        }
        assert!(told.contains("欧阳静好"), "the provider sees its carer's name: {told}");
        // What is sealed of an elder and of a carer, tokens, and the platform's codes are for nobody who reads logs.
        for text in ["王桂芬", "演示小区", "不吃花生", "少盐少油", "欧阳静好", "13900000001", &daughter.token, &daughter.refresh] {
            assert_eq!(logged.lines().find(|line| line.contains(text)), None, "a log line tells {text}");
        }
    }
}
