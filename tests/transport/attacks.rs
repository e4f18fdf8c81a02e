//! Documents of a few kilobytes that would keep a server busy: against the program's own schema.

/// One attack and the code that it must get.
pub struct Attack {
    pub name: &'static str,
    pub document: String,
    pub code: &'static str,
}

const LARGE: &str = "QUERY_TOO_LARGE";
const BAD: &str = "BAD_REQUEST";

fn attack(name: &'static str, code: &'static str, document: impl Into<String>) -> Attack {
    Attack { name, document: document.into(), code }
}

fn each(times: usize, piece: impl Fn(usize) -> String) -> String {
    (0..times).map(piece).collect()
}

/// Each fragment spreads the next one twice: 2^levels selections from a few hundred bytes.
fn bomb(levels: usize) -> String {
    let chain = each(levels, |level| {
        let next = level + 1;
        format!("fragment F{level} on Query {{ ...F{next} ...F{next} }} ")
    });
    format!("{{ ...F0 }} {chain} fragment F{levels} on Query {{ __typename }}")
}

/// Regions in regions.
fn nested(levels: usize) -> String {
    format!("{{ region(code: \"53\") {} {} }}", "{ children ".repeat(levels) + "{ code }", "}".repeat(levels))
}

const LOGIN: &str = "sessionRefresh(input: { refreshToken: \"x\" }) { userErrors { code } } ";

/// Every attack.
pub fn all() -> Vec<Attack> {
    [of_fragments(), of_number(), of_size()].into_iter().flatten().collect()
}

fn of_fragments() -> Vec<Attack> {
    let itself = "{ ...A } fragment A on Query { ...A }";
    let each_other = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    let unreached = "{ __typename } fragment A on Region { children { ...A } }";
    vec![
        attack("fragment bomb of 16 levels", LARGE, bomb(16)),
        attack("fragment bomb of 19 levels", LARGE, bomb(19)),
        attack("fragment bomb of 28 levels", LARGE, bomb(28)),
        attack(
            "fragment bomb that no operation reaches",
            LARGE,
            bomb(18).replace("{ ...F0 }", "{ __typename }"),
        ),
        attack("fragment that spreads itself", BAD, itself),
        attack("fragments that spread each other", BAD, each_other),
        attack("cycle that no operation reaches", BAD, unreached),
        attack(
            "21 fragments",
            LARGE,
            format!("{{ __typename }} {}", each(21, |n| format!("fragment F{n} on Query {{ __typename }} "))),
        ),
    ]
}

fn of_number() -> Vec<Attack> {
    let hidden = format!("{{ {} }} fragment A on Query {{ a:__typename b:__typename }}", "...A ".repeat(16));
    let logins = |count| format!("mutation {{ {} }}", each(count, |n| format!("l{n}: {LOGIN}")));
    let spread = format!(
        "mutation {{ ...A ...A }} fragment A on Mutation {{ {} }}",
        each(3, |n| format!("m{n}: {LOGIN}"))
    );
    vec![
        attack("10,000 aliases", LARGE, format!("{{ {} }}", each(10_000, |n| format!("a{n}:__typename ")))),
        attack("31 aliases", LARGE, format!("{{ {} }}", each(31, |n| format!("a{n}:__typename ")))),
        attack("aliases hidden in a fragment", LARGE, hidden),
        attack("100 logins in one request", LARGE, logins(100)),
        attack("6 mutations", LARGE, logins(6)),
        attack("mutations hidden in a fragment", LARGE, spread),
        attack("10,000 times one field", LARGE, format!("{{ {} }}", "__typename ".repeat(10_000))),
        attack("1,001 times one field", LARGE, format!("{{ {} }}", "__typename ".repeat(1_001))),
        attack("21 directives", LARGE, format!("{{ __typename {} }}", "@a ".repeat(21))),
        attack("10,000 directives", LARGE, format!("{{ __typename {} }}", "@a ".repeat(10_000))),
        attack("directives on the operation", LARGE, format!("query {} {{ __typename }}", "@a ".repeat(21))),
        attack(
            "directives on a variable",
            LARGE,
            format!("query ($v: Int {}) {{ __typename }}", "@a ".repeat(21)),
        ),
        attack("6 operations", LARGE, each(6, |n| format!("query Q{n} {{ __typename }} "))),
    ]
}

fn of_size() -> Vec<Attack> {
    let lists = format!("{{ region(code: {}{}) {{ code }} }}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{{ region(code: {}1{}) {{ code }} }}", "{a:".repeat(1_000), "}".repeat(1_000));
    vec![
        attack("13 levels of fields", LARGE, nested(12)),
        attack("1,000 levels of fields", LARGE, nested(1_000)),
        attack("10,000 open brackets", LARGE, "{".repeat(10_000)),
        attack("10,000 lists in lists", LARGE, lists),
        attack("1,000 objects in objects", LARGE, objects),
        attack(
            "one string of 40 KB",
            LARGE,
            format!("{{ region(code: \"{}\") {{ code }} }}", "x".repeat(40_000)),
        ),
        attack("comments of 40 KB", LARGE, format!("{}{{ __typename }}", "#x\n".repeat(14_000))),
        attack(
            "brackets behind an open block string",
            BAD,
            format!("{{ region(code: [\"\"\"\" {}", "[".repeat(5_000)),
        ),
        attack("a name of 20 KB", BAD, format!("{{ {} }}", "y".repeat(20_000))),
    ]
}
