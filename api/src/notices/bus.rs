//! Live updates: a topic changes, whoever listens looks again. In this process, or across all over Redis.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::{Stream, StreamExt as _, stream};
use redis::AsyncCommands as _;
use redis::aio::ConnectionManager;
use tokio::sync::broadcast;

/// How many changes a slow listener may miss before it is only told to look again.
const BACKLOG: usize = 64;

/// Longest wait for Redis.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(200);

/// Passes "this has changed" to listeners. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    listeners: Arc<Mutex<HashMap<String, broadcast::Sender<()>>>>,
    redis: Option<(ConnectionManager, String)>,
    /// Tells own messages from those of others.
    process: Arc<str>,
}

impl Bus {
    /// For one process.
    pub fn local() -> Self {
        Self { listeners: Arc::default(), redis: None, process: "".into() }
    }

    /// For several processes; `prefix` names the channel, `process` is unique to this one.
    pub fn over_redis(connection: ConnectionManager, prefix: &str, process: &str) -> Self {
        let redis = Some((connection, format!("{prefix}:live")));
        Self { listeners: Arc::default(), redis, process: process.into() }
    }

    /// Tells every listener of the topic, in whatever process.
    pub async fn tell(&self, topic: &str) {
        self.tell_here(topic);
        let Some((connection, channel)) = &self.redis else { return };
        let mut connection = connection.clone();
        let message = format!("{} {topic}", self.process);
        let sent = tokio::time::timeout(PATIENCE, connection.publish::<_, _, i64>(channel, message)).await;
        if !matches!(sent, Ok(Ok(_))) {
            tracing::warn!("Redis does not carry a live update; it is told in this process only");
        }
    }

    /// Tells the listeners of this process.
    pub fn tell_here(&self, topic: &str) {
        let mut listeners = self.lock();
        if let Some(sender) = listeners.get(topic)
            && sender.send(()).is_err()
        {
            listeners.remove(topic);
        }
    }

    /// A beat for each change of the topic from now on. Beats that pile up are one beat.
    pub fn listen(&self, topic: &str) -> impl Stream<Item = ()> + use<> {
        let receiver = {
            let mut listeners = self.lock();
            if listeners.len() > 10_000 {
                listeners.retain(|_, sender| sender.receiver_count() > 0);
            }
            let sender = listeners.entry(topic.to_owned()).or_insert_with(|| broadcast::channel(BACKLOG).0);
            sender.subscribe()
        };
        stream::unfold(receiver, |mut receiver| async move {
            match receiver.recv().await {
                Ok(()) | Err(broadcast::error::RecvError::Lagged(_)) => Some(((), receiver)),
                Err(broadcast::error::RecvError::Closed) => None,
            }
        })
    }

    /// Carries updates of other processes to the listeners here, until the connection ends.
    pub async fn relay(&self, url: &str) -> Result<(), redis::RedisError> {
        let Some((_, channel)) = &self.redis else { return Ok(()) };
        let mut subscription = redis::Client::open(url)?.get_async_pubsub().await?;
        subscription.subscribe(channel).await?;
        let mut messages = subscription.on_message();
        while let Some(message) = messages.next().await {
            let text = message.get_payload::<String>().unwrap_or_default();
            if let Some((process, topic)) = text.split_once(' ')
                && process != self.process.as_ref()
            {
                self.tell_here(topic);
            }
        }
        Ok(())
    }

    /// Topics that somebody listens to, for metrics.
    pub fn topics(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, broadcast::Sender<()>>> {
        self.listeners.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
