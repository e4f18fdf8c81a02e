//! What people do, over GraphQL.

use serde_json::{Value, json};

use super::World;

/// Somebody with a token.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub token: String,
    pub refresh: String,
    pub said: nuanyang::people::service::token::Said,
}

/// What an order looks like in tests.
pub const ORDER: &str = "id state listFen deliveryFen dueFen portions servingCode payers { payer amountFen rule } \
    payBefore freeCancelUntil refunds { state amountFen } payments { state amountFen }";

impl World {
    /// A token of the person's session that is good now: tests move the clock past the life of the first one.
    pub fn fresh_token(&self, who: &Person) -> String {
        self.app.sessions.signer.sign(who.said.person, who.said.session, self.app.clock.now(), 900).unwrap()
    }

    /// One GraphQL request; the whole answer.
    pub async fn ask(&self, who: Option<&Person>, document: &str, variables: Value) -> Value {
        self.try_ask(who, document, variables).await.unwrap()
    }

    /// One GraphQL request; an error when no whole answer came.
    pub async fn try_ask(
        &self,
        who: Option<&Person>,
        document: &str,
        variables: Value,
    ) -> Result<Value, reqwest::Error> {
        let mut request = self.http.post(format!("{}/graphql", self.base));
        if let Some(who) = who {
            request = request.bearer_auth(self.fresh_token(who));
        }
        let body = json!({ "query": document, "variables": variables });
        request.json(&body).send().await?.json().await
    }

    /// One GraphQL request that must not have top-level errors; its data.
    pub async fn data(&self, who: &Person, document: &str, variables: Value) -> Value {
        let answer = self.ask(Some(who), document, variables).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    }

    /// A mutation with one input: the payload.
    pub async fn act(&self, who: &Person, name: &str, input: Value, select: &str) -> Value {
        let upper = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let document = format!(
            "mutation($input: {upper}Input!) {{ {name}(input: $input) {{ {select} userErrors {{ code message field }} }} }}"
        );
        self.data(who, &document, json!({ "input": input })).await[name].clone()
    }

    /// Signs in at the simulator and here.
    pub async fn login(&self, name: &str) -> Person {
        let login = self.sim_get(&format!("/sim/login?as={name}")).await;
        let document = "mutation($input: SessionStartInput!) { sessionStart(input: $input) { \
            tokens { accessToken refreshToken } userErrors { code } } }";
        let answer = self.ask(None, document, json!({ "input": { "code": login["code"] } })).await;
        let tokens = &answer["data"]["sessionStart"]["tokens"];
        let token = tokens["accessToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        let said = self.app.sessions.signer.read(&token, self.app.clock.now()).unwrap();
        let refresh = tokens["refreshToken"].as_str().unwrap().to_owned();
        Person { name: name.to_owned(), token, refresh, said }
    }

    /// Places an order; the payload.
    pub async fn place(&self, who: &Person, input: Value) -> Value {
        self.act(who, "mealOrderPlace", input, &format!("order {{ {ORDER} }}")).await
    }

    /// An order as the person sees it; null when he does not.
    pub async fn order(&self, who: &Person, id: &str) -> Value {
        let document = format!("query($id: ID!) {{ mealOrder(id: $id) {{ {ORDER} }} }}");
        self.data(who, &document, json!({ "id": id })).await["mealOrder"].clone()
    }

    /// State of an order.
    pub async fn state(&self, who: &Person, id: &str) -> String {
        self.order(who, id).await["state"].as_str().unwrap_or("(none)").to_owned()
    }

    /// Starts the payment and presses the button at the simulator; nothing is delivered yet. The trade number.
    pub async fn press_pay(&self, who: &Person, order: &str) -> String {
        let payload = self.act(who, "paymentStart", json!({ "orderId": order }), "params { package }").await;
        assert!(payload["params"]["package"].is_string(), "{payload}");
        let id: nuanyang::kit::ids::OrderId = order.parse().unwrap();
        let attempts = nuanyang::money::store::attempt::of_order(self.app.db.write(), id).await.unwrap();
        let number = attempts.last().unwrap().out_trade_no.clone();
        let answer =
            self.sim_post(&format!("/sim/pay/{number}"), &json!({ "as": who.name, "result": "ok" })).await;
        assert_eq!(answer["result"], "ok", "{answer}");
        number
    }

    /// Pays an order to the end: button, notification, work.
    pub async fn pay(&self, who: &Person, order: &str) {
        self.press_pay(who, order).await;
        self.deliver().await;
        self.work().await;
    }
}

/// Code of the first refusal of a payload; empty when there is none.
pub fn refusal(payload: &Value) -> &str {
    payload["userErrors"][0]["code"].as_str().unwrap_or_default()
}
