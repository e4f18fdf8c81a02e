//! A phone that listens: graphql-transport-ws.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::World;
use super::client::Person;

/// Longest wait for a message that must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open socket.
pub struct Live(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl World {
    /// A socket of this person, greeted by the server.
    pub async fn live(&self, who: &Person) -> Live {
        let mut live = self.live_with(json!({ "token": self.fresh_token(who) })).await;
        assert_eq!(live.next().await, json!({ "type": "connection_ack" }));
        live
    }

    /// A socket that has sent this payload with `connection_init` and waits for the answer.
    pub async fn live_with(&self, payload: Value) -> Live {
        let url = format!("{}/graphql/ws", self.base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol.clone());
        let (socket, answer) = connect_async(request).await.unwrap();
        assert_eq!(answer.headers().get("sec-websocket-protocol"), Some(&protocol));
        let mut live = Live(socket);
        live.say(&json!({ "type": "connection_init", "payload": payload })).await;
        live
    }
}

impl Live {
    async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Starts an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// Listens to an order: the next messages hold its state and version of the truth.
    pub async fn watch_order(&mut self, id: &str, order: &str) {
        let query = "subscription($id: ID!) { orderUpdated(orderId: $id) { state } }";
        self.subscribe(id, query, json!({ "id": order })).await;
    }

    /// The next message; a closed socket is `{"type": "closed", "code": …}`.
    pub async fn next(&mut self) -> Value {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a message comes");
            match frame {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(frame))) => {
                    return json!({ "type": "closed", "code": frame.map(|frame| u16::from(frame.code)) });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return json!({ "type": "closed" }),
            }
        }
    }

    /// The state in the next message, which must belong to the operation.
    pub async fn state(&mut self, id: &str) -> String {
        let message = self.next().await;
        assert_eq!((message["type"].as_str(), message["id"].as_str()), (Some("next"), Some(id)), "{message}");
        let state = message["payload"]["data"]["orderUpdated"]["state"].as_str();
        state.unwrap_or_else(|| panic!("{message}")).to_owned()
    }

    /// Nothing else was on its way: the server answers three pings and says nothing between them.
    pub async fn assert_quiet(&mut self) {
        for turn in 0..3 {
            self.say(&json!({ "type": "ping", "payload": { "turn": turn } })).await;
            assert_eq!(self.next().await, json!({ "type": "pong", "payload": { "turn": turn } }));
        }
    }
}
