//! Counts tokens and open brackets on the text, before the recursive parser sees it.

const NAME_BYTES_MAX: usize = 128;

/// Why a text is not worth parsing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// More tokens than allowed.
    TooManyTokens,
    /// More brackets open at once than allowed.
    TooDeep,
    /// A string without an end. Guessing where it ends would let brackets hide from the count.
    OpenString,
    /// A name or number nobody would write.
    LongName,
}

/// Counts the tokens of `text`.
///
/// Never counts fewer than the parser would see: `1.5` and `-1` may count double, which no honest document notices.
pub fn count_tokens(text: &str, tokens_max: usize, nesting_max: usize) -> Result<usize, Flaw> {
    let mut rest = text.as_bytes();
    let mut tokens = 0_usize;
    let mut open = 0_usize;
    while let [first, tail @ ..] = rest {
        rest = match first {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | 0xEF | 0xBB | 0xBF => {
                rest = tail;
                continue;
            }
            b'#' => {
                rest = after_line(tail);
                continue;
            }
            b'"' => after_string(tail)?,
            b'.' => tail.strip_prefix(b"..").unwrap_or(tail),
            b'{' | b'[' | b'(' => {
                open = open.saturating_add(1);
                tail
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                tail
            }
            byte if is_word(*byte) => after_word(rest)?,
            _ => tail,
        };
        tokens = tokens.saturating_add(1);
        if tokens > tokens_max {
            return Err(Flaw::TooManyTokens);
        }
        if open > nesting_max {
            return Err(Flaw::TooDeep);
        }
    }
    Ok(tokens)
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn after_word(text: &[u8]) -> Result<&[u8], Flaw> {
    let length = text.iter().position(|byte| !is_word(*byte)).unwrap_or(text.len());
    if length > NAME_BYTES_MAX { Err(Flaw::LongName) } else { Ok(text.get(length..).unwrap_or_default()) }
}

fn after_line(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    text.get(end..).unwrap_or_default()
}

/// `text` starts behind the first quote.
fn after_string(text: &[u8]) -> Result<&[u8], Flaw> {
    if let Some(block) = text.strip_prefix(b"\"\"") {
        return after_block(block);
    }
    let mut rest = text;
    loop {
        rest = match rest {
            [] | [b'\n' | b'\r', ..] | [b'\\'] => return Err(Flaw::OpenString),
            [b'"', tail @ ..] => return Ok(tail),
            [b'\\', _, tail @ ..] => tail,
            [_, tail @ ..] => tail,
        };
    }
}

/// `text` starts behind the three quotes.
fn after_block(text: &[u8]) -> Result<&[u8], Flaw> {
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return Err(Flaw::OpenString),
            [b'\\', b'"', b'"', b'"', tail @ ..] => tail,
            [b'"', b'"', b'"', tail @ ..] => return Ok(tail),
            [_, tail @ ..] => tail,
        };
    }
}
