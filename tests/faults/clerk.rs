//! Somebody at the desk who works the list of refunds that wait for a person, as the README tells.

use serde_json::{Value, json};

use super::caller::{Caller, Journal};
use crate::world::World;
use crate::world::client::Person;

const LIST: &str = "{ refundsStuck(first: 50) { nodes { need reason refund { id } } } }";

/// What she has done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    /// Asked for again, under a new number or, waiting for funds, under its own.
    pub(super) again: usize,
    /// Sent to another account.
    pub(super) redirected: usize,
    /// Not done, for a reason that allows to try later.
    pub(super) refused: usize,
}

/// Somebody at the desk.
pub(super) struct Clerk<'a> {
    caller: Caller<'a>,
    person: Person,
    next_door: usize,
    pub(super) done: Done,
}

impl<'a> Clerk<'a> {
    /// Signs in.
    pub(super) async fn new(world: &'a World, doors: &[String], journal: &Journal) -> Self {
        let person = world.desk("desk1").await;
        let caller = Caller::new(world, doors, "desk".to_owned(), journal);
        Self { caller, person, next_door: 0, done: Done::default() }
    }

    /// Where she works.
    pub(super) fn world(&self) -> &'a World {
        self.caller.world
    }

    /// Each time at the next server.
    fn door(&mut self) -> usize {
        self.next_door += 1;
        self.next_door
    }

    /// Looks at the list and presses what each line asks for. Gives how many there were; `None` when no list came.
    pub(super) async fn work_list(&mut self) -> Option<usize> {
        let door = self.door();
        let data = self.caller.ask(door, &self.person, LIST, json!({})).await;
        assert_eq!(self.caller.faults, Vec::<String>::new(), "the list must come, or nothing");
        let list = data?["refundsStuck"]["nodes"].as_array().unwrap().clone();
        for line in &list {
            self.press(line).await;
        }
        Some(list.len())
    }

    async fn press(&mut self, line: &Value) {
        let id = &line["refund"]["id"];
        let account =
            json!({ "refundId": id, "bank": "ICBC_DEBIT", "account": "6222000000000000", "owner": "王芳" });
        let is_account = line["need"] == "ACCOUNT";
        let (name, input) =
            if is_account { ("refundRedirect", account) } else { ("refundRetry", json!({ "refundId": id })) };
        let door = self.door();
        let said = self.caller.act(door, &self.person, (name, "refund { id state }"), &input).await;
        assert_eq!(self.caller.faults, Vec::<String>::new(), "{name}");
        let Some(said) = said else { return };
        if let Some(code) = said["userErrors"][0]["code"].as_str() {
            // The list was read a moment ago; or the platform says nothing certain.
            let later = if is_account {
                ["NOT_ABNORMAL", "NOT_TAKEN", ""]
            } else {
                ["NOT_STUCK", "TRY_LATER", "ACCOUNT_NEEDED"]
            };
            assert!(later.contains(&code), "{name}: {said}");
            self.done.refused += 1;
        } else if is_account {
            self.done.redirected += 1;
        } else {
            self.done.again += 1;
        }
    }
}
