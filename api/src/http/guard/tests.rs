//! The attacks that the guard exists for, and the honest documents that it must let pass.

use std::time::{Duration, Instant};

use super::*;
use crate::http::problem::Code::{self, BadRequest, QueryTooLarge};

const TIME_MAX: Duration = Duration::from_millis(50);

/// Each fragment spreads the next one twice: 2^levels selections from a few hundred bytes.
fn bomb(levels: usize) -> String {
    let mut text = "{ ...F0 }".to_owned();
    for level in 0..levels {
        let next = level + 1;
        text += &format!("fragment F{level} on Query {{ ...F{next} ...F{next} }}");
    }
    text + &format!("fragment F{levels} on Query {{ hello }}")
}

fn repeat(piece: &str, times: usize) -> String {
    piece.repeat(times)
}

fn each(times: usize, piece: impl Fn(usize) -> String) -> String {
    (0..times).map(piece).collect()
}

/// A chain `a{a{…}}` of so many fields.
fn nested(levels: usize) -> String {
    format!("{}{{ id }}{}", repeat("{ me ", levels), repeat("}", levels))
}

/// What it is, the document, and the code that it must get.
type Attack = (&'static str, String, Code);

/// Few bytes that grow when fragments are put in their place.
fn of_fragments() -> Vec<Attack> {
    vec![
        ("fragment bomb of 16 levels", bomb(16), QueryTooLarge),
        ("fragment bomb of 19 levels", bomb(19), QueryTooLarge),
        ("fragment bomb of 28 levels", bomb(28), QueryTooLarge),
        ("fragment bomb without an operation", bomb(18).replace("{ ...F0 }", "{ hello }"), QueryTooLarge),
        ("fragment that spreads itself", "{ ...A } fragment A on Query { ...A }".into(), BadRequest),
        (
            "two fragments that spread each other",
            "{ ...A } fragment A on Query { hello ...B } fragment B on Query { ...A }".into(),
            BadRequest,
        ),
        (
            "cycle that no operation reaches",
            "{ hello } fragment A on Query { me { ...B } } fragment B on Node { me { ...A } }".into(),
            BadRequest,
        ),
    ]
}

/// Many of one thing.
fn of_number() -> Vec<Attack> {
    vec![
        ("10,000 aliases", format!("{{ {} }}", each(10_000, |n| format!("a{n}:hello "))), QueryTooLarge),
        ("31 aliases", format!("{{ {} }}", each(31, |n| format!("a{n}:hello "))), QueryTooLarge),
        (
            "aliases hidden in a fragment",
            format!("{{ {} }} fragment A on Query {{ a:hello b:hello }}", repeat("...A ", 16)),
            QueryTooLarge,
        ),
        (
            "100 logins in one mutation",
            format!("mutation {{ {} }}", each(100, |n| format!("l{n}:bump "))),
            QueryTooLarge,
        ),
        ("6 mutations", format!("mutation {{ {} }}", repeat("bump ", 6)), QueryTooLarge),
        (
            "mutations hidden in a fragment",
            "mutation { ...A ...A } fragment A on Mutation { bump ... { bump bump } }".into(),
            QueryTooLarge,
        ),
        ("10,000 times one field", format!("{{ {} }}", repeat("hello ", 10_000)), QueryTooLarge),
        ("1,001 times one field", format!("{{ {} }}", repeat("hello ", 1_001)), QueryTooLarge),
        ("10,000 directives", format!("{{ hello {} }}", repeat("@a ", 10_000)), QueryTooLarge),
        ("21 directives", format!("{{ hello {} }}", repeat("@a ", 21)), QueryTooLarge),
        ("directives on the operation", format!("query {} {{ hello }}", repeat("@a ", 21)), QueryTooLarge),
        (
            "directives on a variable",
            format!("query ($v: Int {}) {{ hello }}", repeat("@a ", 21)),
            QueryTooLarge,
        ),
        (
            "directives on spreads",
            format!("{{ {} }} fragment A on Query {{ hello }}", repeat("...A @a ", 21)),
            QueryTooLarge,
        ),
    ]
}

/// Deep, or long, or both.
fn of_size() -> Vec<Attack> {
    let block = "\"\"\" a \\\"\"\" { ( [ \" \"\"\"";
    vec![
        ("13 levels of fields", nested(12), QueryTooLarge),
        ("1,000 levels of fields", nested(1_000), QueryTooLarge),
        (
            "levels through fragments",
            format!(
                "{{ me {{ ...F0 }} }} {} fragment F13 on Node {{ id }}",
                each(13, |n| format!("fragment F{n} on Node {{ me {{ ...F{} }} }} ", n + 1))
            ),
            QueryTooLarge,
        ),
        ("10,000 open brackets", repeat("{", 10_000), QueryTooLarge),
        (
            "10,000 lists in lists",
            format!("{{ sum(of: {}{}) }}", repeat("[", 10_000), repeat("]", 10_000)),
            QueryTooLarge,
        ),
        (
            "1,000 objects in objects",
            format!("{{ sum(of: {}1{}) }}", repeat("{a:", 1_000), repeat("}", 1_000)),
            QueryTooLarge,
        ),
        ("list of 100,000 numbers", format!("{{ sum(of: [{}]) }}", repeat("1,", 100_000)), QueryTooLarge),
        (
            "list of 8,000 numbers without gaps",
            format!("{{ sum(of: [{}]) }}", repeat("1-1", 8_000)),
            QueryTooLarge,
        ),
        ("one string of 40 KB", format!("{{ text(of: \"{}\") }}", repeat("x", 40_000)), QueryTooLarge),
        ("comments of 40 KB", format!("{}{{ hello }}", repeat("#x\n", 14_000)), QueryTooLarge),
        ("6 operations", each(6, |n| format!("query Q{n} {{ hello }} ")), QueryTooLarge),
        (
            "21 fragments",
            format!("{{ hello }} {}", each(21, |n| format!("fragment F{n} on Query {{ hello }} "))),
            QueryTooLarge,
        ),
        (
            "brackets behind a block string",
            format!("{{ text(of: {block}) sum(of: {}) }}", repeat("[", 100)),
            QueryTooLarge,
        ),
        (
            "brackets behind an open block string",
            format!("{{ text(of: [\"\"\"\" {}", repeat("[", 5_000)),
            BadRequest,
        ),
    ]
}

#[test]
fn every_attack_is_refused_at_once() {
    let limits = Limits::default();
    for (name, text, code) in [of_fragments(), of_number(), of_size()].concat() {
        let (took, refusal) = quickest(|| parse(&limits, &text).expect_err(name));
        assert_eq!(refusal.code, code, "{name}: {}", refusal.message);
        assert!(refusal.message.len() < 200, "{name} is echoed: {}", refusal.message);
        assert!(took < TIME_MAX, "{name} took {took:?}");
    }
}

/// The quickest of at most fifteen, so that a busy machine does not decide.
fn quickest<T>(act: impl Fn() -> T) -> (Duration, T) {
    let mut best = Duration::MAX;
    let mut kept = None;
    for _ in 0..15 {
        let began = Instant::now();
        let made = act();
        best = best.min(began.elapsed());
        kept = Some(made);
        if best < TIME_MAX / 2 {
            break;
        }
    }
    (best, kept.expect("at least once"))
}

#[test]
fn broken_documents_are_bad_requests_that_quote_nothing() {
    let long = repeat("y", 20_000);
    for text in [
        "{",
        "",
        "}",
        "query",
        "{ hello(",
        "{ text(of: \"open) }",
        "{ text(of: \"open\n\") }",
        "{ text(of: \"\\",
        "{ text(of: \"\"\"open\"\") }",
        "query A { hello } query A { hello }",
        "{ hello } { hello }",
        "{ hello } fragment A on Query { hello } fragment A on Query { hello }",
        "fragment A on Query { hello }",
        "type A { a: Int }",
        "\u{0}",
        "{ 你好 }",
        &format!("{{ {long} }}"),
        &format!("{{ text(of: \"{long}\" ] }}"),
    ] {
        let refusal = parse(&Limits::default(), text).expect_err(text);
        assert_eq!(refusal.code, Code::BadRequest, "{text}");
        assert!(refusal.message.len() < 400, "{}", refusal.message);
        assert!(!refusal.message.contains("yyy"), "{}", refusal.message);
    }
}

#[test]
fn honest_documents_pass() {
    let limits = Limits { introspection: true, ..Limits::default() };
    let introspection = format!(
        "query {{ __schema {{ types {{ fields {{ args {{ type {{ ...T }} }} type {{ ...T }} }} }} }} }} \
         fragment T on __Type {{ kind {} name {} }}",
        repeat("ofType { kind ", 9),
        repeat("}", 9)
    );
    for text in [
        "{ hello }",
        "\u{feff}# a comment with { ( [ \"\n{ hello, }",
        "{ text(of: \"a \\\" { ( [ \\\\\") }",
        "{ text(of: \"\") hello }",
        "{ text(of: \"\"\"\"\"\") hello }",
        "{ text(of: \"\"\" a \"quoted\" \\\"\"\" {{{ \"\"\") }",
        "query A($n: Int = -1, $f: Float = 1.5e-3) @a { sum(of: [1, $n]) } mutation B { bump bump bump bump bump }",
        "subscription { ticks(n: 1, everyMs: 1) }",
        "{ ...A ...A } fragment A on Query { me { ...B } } fragment B on Node { id }",
        &nested(11),
        &format!("{{ {} }}", each(30, |n| format!("a{n}:hello "))),
        &format!("{{ {} }}", repeat("hello ", 1_000)),
        &introspection,
    ] {
        parse(&limits, text).unwrap_or_else(|refusal| panic!("{text}: {}", refusal.message));
    }
}

#[test]
fn a_subscription_has_one_root_field() {
    let text = "subscription { ...A } fragment A on Subscription { a: ticks(n: 1) b: ticks(n: 1) }";
    assert_eq!(parse(&Limits::default(), text).expect_err("two fields").code, Code::BadRequest);
}

#[test]
fn the_schema_is_asked_only_where_allowed() {
    for text in [
        "{ __schema { types { name } } }",
        "{ a: __type(name: \"Query\") { name } }",
        "{ ...A } fragment A on Query { ... { __schema { types { name } } } }",
        "{ hello } fragment A on Query { __type(name: \"Query\") { name } }",
        "mutation { bump __schema { types { name } } }",
    ] {
        let refusal = parse(&Limits::default(), text).expect_err(text);
        assert_eq!(refusal.code, Code::BadRequest);
        assert!(refusal.message.starts_with("Introspection is off"), "{text}: {}", refusal.message);
        parse(&Limits { introspection: true, ..Limits::default() }, text).expect(text);
    }
    parse(&Limits::default(), "{ __typename me { __typename } }").expect("names of types are no secret");
}

#[test]
fn the_operation_that_is_meant_is_found() {
    let document = parse(&Limits::default(), "query A { hello } mutation B { bump }").expect("a document");
    assert_eq!(chosen(&document, Some("B")).expect("B"), (Some("B"), OperationType::Mutation));
    assert!(chosen(&document, None).is_err());
    assert!(chosen(&document, Some("C")).is_err());
    let single = parse(&Limits::default(), "{ hello }").expect("a document");
    assert_eq!(chosen(&single, None).expect("the only one"), (None, OperationType::Query));
    assert!(chosen(&single, Some("A")).is_err());
}

#[test]
fn documents_are_remembered_within_bounds() {
    let limits = Limits::default();
    let documents = Documents::default();
    for number in 0..1_000 {
        documents.parse(&limits, &format!("{{ a{number}: hello }}")).expect("a document");
        documents.parse(&limits, "{ hello }").expect("the same again");
    }
    assert!((256..=512).contains(&documents.count()), "{}", documents.count());
    assert!(documents.parse(&limits, "{ __schema { types { name } } }").is_err());
    let (took, _) = quickest(|| documents.parse(&limits, "{ hello }").expect("remembered"));
    assert!(took < Duration::from_millis(1), "{took:?}");

    let heavy = Documents::default();
    for number in 0..150 {
        heavy
            .parse(&limits, &format!("{{ a{number}: hello {} }}", repeat("hello ", 900)))
            .expect("a document");
    }
    assert!(heavy.count() <= 16 * 6, "{}", heavy.count());
}
