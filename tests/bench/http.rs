//! HTTP/1.1 over one kept connection: as little as a load generator needs, so that it costs little beside the server.

use crate::{Explain, Result, Trouble};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// One answer, as long as the next request is not sent.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

/// Everything of a GraphQL request but the values of its variables.
pub struct Template {
    heads: Vec<Vec<u8>>,
    opening: Vec<u8>,
}

impl Template {
    /// One head per token; none at all for requests without one.
    pub fn new(document: &str, tokens: &[String]) -> Self {
        let head = |token: Option<&String>| {
            let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
            format!(
                "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\
                 content-type: application/json; charset=utf-8\r\n{bearer}content-length: "
            )
            .into_bytes()
        };
        let heads = if tokens.is_empty() {
            vec![head(None)]
        } else {
            tokens.iter().map(|token| head(Some(token))).collect()
        };
        let query = serde_json::Value::from(document);
        Self { heads, opening: format!("{{\"query\":{query},\"variables\":").into_bytes() }
    }

    /// The whole request of a viewer; `variables` is a JSON object.
    pub fn write(&self, out: &mut Vec<u8>, viewer: u64, variables: &str) {
        let count = u64::try_from(self.heads.len()).unwrap_or(1);
        let chosen = usize::try_from(viewer % count).unwrap_or(0);
        let length = self.opening.len() + variables.len() + 1;
        out.clear();
        out.extend(self.heads.get(chosen).into_iter().flatten());
        out.extend(format!("{length}\r\n\r\n").as_bytes());
        out.extend(&self.opening);
        out.extend(variables.as_bytes());
        out.push(b'}');
    }
}

impl Line {
    /// Connects.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
        let stream = stream.explain(|| "The server takes no connection".to_owned())?;
        stream.set_nodelay(true).explain(|| "A connection cannot be set up".to_owned())?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a whole request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await.explain(|| "A request could not be sent".to_owned())?;
        self.buffer.clear();
        let head = loop {
            self.fill().await?;
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let (status, length) = read_head(self.buffer.get(..head).unwrap_or_default())?;
        while self.buffer.len() < head + length {
            self.fill().await?;
        }
        Ok(Answer { status, body: self.buffer.get(head..head + length).unwrap_or_default() })
    }

    /// Reads a page.
    pub async fn get(&mut self, path: &str) -> Result<String> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\n\r\n");
        let answer = self.ask(request.as_bytes()).await?;
        Ok(String::from_utf8_lossy(answer.body).into_owned())
    }

    async fn fill(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err(Trouble::new("the server hung up")),
            Ok(_) => Ok(()),
            Err(error) => Err(Trouble::new(format!("an answer could not be read: {error}"))),
        }
    }
}

/// Where the first of such bytes is.
pub fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn read_head(head: &[u8]) -> Result<(u16, usize)> {
    let unreadable = || Trouble::new("an answer is no HTTP");
    let head = std::str::from_utf8(head).map_err(|_| unreadable())?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(unreadable)?;
    let named = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    let length = lines.find_map(named).ok_or_else(|| Trouble::new("an answer has no length"))?;
    Ok((status, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_status_and_length() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\ndate: x\r\n\r\n";
        assert_eq!(read_head(head).unwrap(), (200, 17));
        assert!(read_head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn a_request_carries_its_length() {
        let mut out = Vec::new();
        Template::new("{ a }", &["t".to_owned()]).write(&mut out, 5, "{}");
        let text = String::from_utf8(out).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, r#"{"query":"{ a }","variables":{}}"#);
        assert!(head.ends_with(&format!("content-length: {}", body.len())));
        assert!(head.contains("Bearer t"));
    }
}
