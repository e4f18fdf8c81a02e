//! The document guard: stands before every execution, over HTTP and over the socket.
//!
//! async-graphql walks fragments without a memo before its own limits apply: a document of 1 KB whose fragments
//! each spread the next one twice keeps a worker busy for minutes. Here every fragment is weighed once.

mod allowed;
mod cache;
mod lexer;
mod measure;
#[cfg(test)]
mod tests;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::parser::{Error as SyntaxError, parse_query};
use async_graphql::{Value, Variables};

pub use allowed::Allowed;
pub use cache::{Documents, Guarded};

use super::engine::Limits;
use super::problem::Problem;
use lexer::Flaw;
use measure::{Measures, Weight};

/// Parses a document that keeps every limit, and refuses any other in a few milliseconds.
pub fn parse(limits: &Limits, text: &str) -> Result<ExecutableDocument, Problem> {
    parse_counted(limits, text).map(|(document, _)| document)
}

/// The operation that a request means: its name in the document and its kind.
///
/// Refuses a name that the document does not have, and a missing one where several operations are.
pub fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<&'a str>, OperationType), Problem> {
    find(document, name).map(|(own, operation)| (own, operation.ty))
}

fn find<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<&'a str>, &'a OperationDefinition), Problem> {
    let mut operations = document.operations.iter();
    let found = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own == name)),
        None if operations.len() > 1 => {
            return Err(Problem::bad("operationName is needed: there are several."));
        }
        None => operations.next(),
    };
    let (own, operation) =
        found.ok_or_else(|| Problem::bad("The document has no operation of that name."))?;
    Ok((own.map(|own| own.as_str()), &operation.node))
}

/// Refuses a request without a variable that its operation needs; the library would find out half-way.
pub fn needs(document: &ExecutableDocument, name: Option<&str>, given: &Variables) -> Result<(), Problem> {
    let (_, operation) = find(document, name)?;
    let missing = operation.variable_definitions.iter().find(|wanted| {
        let wanted = &wanted.node;
        let is_needed = !wanted.var_type.node.nullable && wanted.default_value.is_none();
        is_needed && given.get(&wanted.name.node).is_none_or(|value| *value == Value::Null)
    });
    match missing {
        None => Ok(()),
        Some(wanted) => {
            let told = format!("The variable ${} is needed.", wanted.node.name.node);
            Err(Problem { at: Some(wanted.pos), ..Problem::bad(told) })
        }
    }
}

fn parse_counted(limits: &Limits, text: &str) -> Result<(ExecutableDocument, usize), Problem> {
    let tokens = scan(limits, text)?;
    let document = parse_query(text).map_err(syntax)?;
    weigh(limits, &document)?;
    Ok((document, tokens))
}

fn scan(limits: &Limits, text: &str) -> Result<usize, Problem> {
    if text.len() > limits.document_bytes {
        return Err(over("bytes", limits.document_bytes));
    }
    lexer::count_tokens(text, limits.tokens, limits.nesting).map_err(|flaw| match flaw {
        Flaw::TooManyTokens => over("tokens", limits.tokens),
        Flaw::TooDeep => over("open brackets", limits.nesting),
        Flaw::OpenString => Problem::bad("Syntax error: a string has no end."),
        Flaw::LongName => Problem::bad("Syntax error: a name or number is too long."),
    })
}

fn weigh(limits: &Limits, document: &ExecutableDocument) -> Result<(), Problem> {
    let operations = document.operations.iter().len();
    if operations > limits.operations {
        return Err(over("operations", limits.operations));
    }
    if document.fragments.len() > limits.fragments {
        return Err(over("fragments", limits.fragments));
    }
    let mut measures = Measures::new(document);
    let mut total = Weight::default();
    // Fragments that no operation uses are weighed as well: validation walks them too.
    for name in document.fragments.keys() {
        check(limits, measures.fragment(name)?)?;
    }
    for (_, operation) in document.operations.iter() {
        let weight = measures.operation(&operation.node)?;
        match operation.node.ty {
            OperationType::Mutation if weight.width > limits.root_mutations => {
                return Err(over("mutations in one operation", limits.root_mutations));
            }
            OperationType::Subscription if weight.width > 1 => {
                return Err(Problem::bad("A subscription has exactly one field at its root."));
            }
            _ => total.add(weight),
        }
    }
    check(limits, total)
}

fn check(limits: &Limits, weight: Weight) -> Result<(), Problem> {
    if weight.introspects && !limits.introspection {
        return Err(Problem::bad("Introspection is off; the schema is published as a file."));
    }
    for (what, count, max) in [
        ("selections", weight.selections, limits.expanded_selections),
        ("aliases", weight.aliases, limits.aliases),
        ("directives", weight.directives, limits.directives),
        ("levels of fields", weight.depth, limits.depth),
    ] {
        if count > max {
            return Err(over(what, max));
        }
    }
    Ok(())
}

fn over(what: &str, max: impl std::fmt::Display) -> Problem {
    Problem::too_large(format!("The document has more than {max} {what}."))
}

/// The parser's own message quotes the whole line at fault; what it expected is in the last line.
fn syntax(error: SyntaxError) -> Problem {
    let told = error.to_string();
    let expected = told.lines().last().unwrap_or_default().trim_start_matches([' ', '=']);
    Problem { at: error.positions().next(), ..Problem::bad(format!("Syntax error: {expected}")) }
}
