//! One client's socket, down to single frames.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The protocol that both sides speak.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// One client's socket.
pub struct Talk(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What a client hears.
#[derive(Debug, PartialEq)]
pub enum Heard {
    Said(Value),
    Closed(u16),
    Broken,
    Ping,
}

impl Talk {
    pub async fn connect(base: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let url = format!("{}/graphql/ws", base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("an address");
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().expect("a value"));
        }
        match connect_async(request).await {
            Ok((socket, answer)) => {
                assert_eq!(answer.headers()["sec-websocket-protocol"], PROTOCOL);
                assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
                Ok(Self(socket))
            }
            Err(Error::Http(answer)) => {
                assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
                Err(answer.status().as_u16())
            }
            Err(cause) => panic!("no socket: {cause}"),
        }
    }

    pub async fn open(base: &str) -> Self {
        Self::connect(base, &[("sec-websocket-protocol", PROTOCOL)]).await.expect("a socket")
    }

    pub async fn acknowledged(base: &str, token: Option<&str>) -> Self {
        let mut talk = Self::open(base).await;
        talk.say(json!({ "type": "connection_init", "payload": { "token": token } })).await;
        assert_eq!(talk.hear().await, Heard::Said(json!({ "type": "connection_ack" })));
        talk
    }

    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        // A server that has closed already may refuse to read; what matters is what it said.
        drop(self.0.send(message).await);
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    /// The next message; pings are passed over.
    pub async fn hear(&mut self) -> Heard {
        loop {
            match self.hear_any().await {
                Heard::Ping => {}
                other => return other,
            }
        }
    }

    pub async fn hear_any(&mut self) -> Heard {
        match timeout(Duration::from_secs(8), self.0.next()).await.expect("a word within 8 s") {
            Some(Ok(Message::Text(text))) => Heard::Said(serde_json::from_str(&text).expect("JSON")),
            Some(Ok(Message::Close(frame))) => Heard::Closed(frame.map_or(1005, |frame| frame.code.into())),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Heard::Ping,
            Some(Ok(other)) => panic!("not a text: {other:?}"),
            Some(Err(_)) | None => Heard::Broken,
        }
    }

    pub async fn said(&mut self) -> Value {
        match self.hear().await {
            Heard::Said(value) => value,
            other => panic!("{other:?}"),
        }
    }

    pub async fn is_silent(&mut self) -> bool {
        timeout(Duration::from_millis(300), self.0.next()).await.is_err()
    }
}
