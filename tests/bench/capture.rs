//! Which statements the server sends, read from PostgreSQL's own log. So the limit follows the code by itself.

use crate::{Explain, Result, Trouble};
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::time::Duration;

/// A statement with the values it was sent with; `None` is NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    pub values: Vec<Option<String>>,
}

/// Where the log was when listening began.
pub struct Ear {
    from: i64,
}

const LOG: &str = "current_setting('data_directory') || '/../server.log'";
/// How long a running session may take to hear of a changed setting, and a line to reach the log.
const HEARD: Duration = Duration::from_millis(300);

impl Ear {
    /// From here on every statement is logged.
    pub async fn open(admin: &mut PgConnection) -> Result<Self> {
        set_log(admin, "all").await?;
        let size = format!("SELECT size FROM pg_stat_file({LOG})");
        let row = sqlx::query(AssertSqlSafe(size)).fetch_one(admin).await;
        Ok(Self { from: row.explain(|| "The log of PostgreSQL cannot be found".to_owned())?.get(0) })
    }

    /// What was sent since then, in order; nothing is logged any more.
    pub async fn close(self, admin: &mut PgConnection) -> Result<Vec<Statement>> {
        set_log(admin, "none").await?;
        let read = format!("SELECT pg_read_file({LOG}, $1, 100000000)");
        let row = sqlx::query(AssertSqlSafe(read)).bind(self.from).fetch_one(admin).await;
        let text: String = row.explain(|| "The log of PostgreSQL cannot be read".to_owned())?.get(0);
        Ok(statements(&text))
    }
}

/// The only statement with these words.
pub fn the_one(statements: &[Statement], words: &str) -> Result<Statement> {
    let found = statements.iter().find(|statement| statement.text.contains(words)).cloned();
    found.ok_or_else(|| {
        Trouble::new(format!(
            "the server sent no statement with `{words}`: it has changed, so must the bench"
        ))
    })
}

async fn set_log(admin: &mut PgConnection, what: &str) -> Result<()> {
    for statement in
        [format!("ALTER SYSTEM SET log_statement = '{what}'"), "SELECT pg_reload_conf()".to_owned()]
    {
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *admin).await;
        done.explain(|| "PostgreSQL's log cannot be switched".to_owned())?;
    }
    tokio::time::sleep(HEARD).await;
    Ok(())
}

/// Reads entries: lines that begin with a tab belong to the one before, values stand in the entry behind.
fn statements(log: &str) -> Vec<Statement> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    let mut found: Vec<Statement> = Vec::new();
    for entry in &entries {
        if let Some((_, executed)) = entry.split_once("LOG:  execute ")
            && let Some((_, text)) = executed.split_once(": ")
        {
            found.push(Statement { text: text.to_owned(), values: Vec::new() });
        } else if let Some((_, detail)) = entry.split_once("DETAIL:  ")
            && let Some((_, list)) = detail.split_once("arameters: ")
            && let Some(last) = found.last_mut()
        {
            last.values = values(list);
        }
    }
    found
}

/// `$1 = 'a', $2 = NULL, …`; a quote inside a value is doubled.
fn values(list: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = list;
    while let Some((_, value)) = rest.split_once(" = ") {
        let Some(quoted) = value.strip_prefix('\'') else {
            values.push(None);
            rest = value.split_once(", ").map_or("", |(_, rest)| rest);
            continue;
        };
        let mut text = String::new();
        let mut letters = quoted.char_indices().peekable();
        let mut end = quoted.len();
        while let Some((at, letter)) = letters.next() {
            if letter == '\'' && letters.next_if(|(_, next)| *next == '\'').is_none() {
                end = at + 1;
                break;
            }
            text.push(letter);
        }
        values.push(Some(text));
        rest = quoted.get(end..).unwrap_or_default();
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gives_statements_with_their_values() {
        let log = "2026-01-01 00:00:00.000 UTC [7] LOG:  execute sqlx_s_1: SELECT 1\n\tFROM t WHERE a = $1\n\
                   2026-01-01 00:00:00.000 UTC [7] DETAIL:  parameters: $1 = 'it''s = 1', $2 = NULL, $3 = '{\"a\"}'\n\
                   2026-01-01 00:00:00.000 UTC [7] LOG:  statement: COMMIT\n";
        let expected = Statement {
            text: "SELECT 1\nFROM t WHERE a = $1".to_owned(),
            values: vec![Some("it's = 1".to_owned()), None, Some("{\"a\"}".to_owned())],
        };
        assert_eq!(statements(log), [expected]);
    }
}
