//! How long files and functions are, what they are called, and what the closed list of the kit holds.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use super::source::{self, Source, assert_none};

/// One function as it stands in the text. Formatted code closes it with a brace as deep as its first word.
pub struct Function {
    pub line: usize,
    pub indent: usize,
    pub is_async: bool,
    pub lines: usize,
    pub body_lines: usize,
}

/// Every function with a body that stands on lines of its own.
pub fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let before = trimmed.split("fn ").next().unwrap_or_default();
        let is_head = trimmed.contains("fn ")
            && before.split_whitespace().all(|word| {
                matches!(word, "pub" | "pub(crate)" | "pub(super)" | "const" | "async" | "unsafe")
            });
        if !is_head || trimmed.ends_with(';') || trimmed.ends_with('}') {
            continue;
        }
        let own = |line: &&str| line.len() - line.trim_start().len() == indent;
        let rest = &lines[index + 1..];
        let Some(end) = rest.iter().position(|line| {
            own(line)
                && line.trim_end().ends_with('}')
                && !line.trim_end().ends_with("{}")
                && !line.trim_end().ends_with('{')
        }) else {
            continue;
        };
        // A head over several lines ends with the brace that opens the body.
        let head = if trimmed.ends_with('{') {
            0
        } else {
            rest.iter().position(|line| line.trim_end().ends_with('{')).map_or(0, |at| at + 1)
        };
        found.push(Function {
            line: index + 1,
            indent,
            is_async: before.contains("async"),
            lines: end + 2,
            body_lines: end.saturating_sub(head),
        });
    }
    found
}

#[test]
fn files_have_at_most_four_hundred_lines() {
    let mut found = Vec::new();
    for file in source::everything() {
        let max = if file.path.contains("tests/") || file.path.starts_with("tests") { 600 } else { 400 };
        let lines = file.text.lines().count();
        if lines > max {
            found.push(format!("{} has {lines} lines", file.path));
        }
    }
    assert_none("files that are too long", &found);
}

#[test]
fn functions_have_at_most_seventy_lines() {
    let mut found = Vec::new();
    for file in source::everything() {
        let long = functions(&file.text).into_iter().filter(|function| function.lines > 70);
        found
            .extend(long.map(|function| format!("{}:{} {} lines", file.path, function.line, function.lines)));
    }
    assert_none("functions that are too long", &found);
}

#[test]
fn lines_of_functions_are_counted_right() {
    let text = "fn a() {\n    one();\n}\n\nimpl X {\n    pub async fn b(\n        &self,\n    ) -> u8 {\n        if x {\n        }\n        2\n    }\n}\nfn c() {}\n";
    let counted: Vec<_> =
        functions(text).iter().map(|f| (f.line, f.indent, f.is_async, f.lines, f.body_lines)).collect();
    assert_eq!(counted, [(1, 0, false, 3, 1), (6, 4, true, 7, 3)]);
}

struct Wide<'a> {
    file: &'a Source,
    found: Vec<String>,
}

impl<'ast> Visit<'ast> for Wide<'_> {
    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        let count = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        if count > 5 {
            self.found.push(format!("{}: fn {} has {count}", self.file.path, signature.ident));
        }
        visit::visit_signature(self, signature);
    }
}

#[test]
fn functions_have_at_most_five_parameters() {
    let mut found = Vec::new();
    for file in source::everything() {
        let mut wide = Wide { file: &file, found: Vec::new() };
        wide.visit_file(&file.tree());
        found.extend(wide.found);
    }
    assert_none("functions with too many parameters", &found);
}

struct Modules(BTreeSet<String>);

impl<'ast> Visit<'ast> for Modules {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.0.insert(item.ident.to_string());
        visit::visit_item_mod(self, item);
    }
}

#[test]
fn no_module_is_called_after_nothing() {
    let empty_names =
        ["utils", "util", "helpers", "helper", "common", "misc", "types2", "shared", "base", "manager"];
    let mut found = Vec::new();
    for file in source::everything() {
        let mut modules = Modules(file.modules().into_iter().collect());
        modules.visit_file(&file.tree());
        let bad = empty_names.iter().filter(|name| modules.0.contains(**name));
        found.extend(bad.map(|name| format!("{}: {name}", file.path)));
    }
    assert_none("modules whose name says nothing", &found);
}

#[test]
fn a_capability_has_at_most_the_five_files_and_what_is_named_here() {
    let names = ["graph", "service", "rules", "store"];
    let beside = ["directory/distance", "slots/holds", "notices/bus", "money/notify"];
    let capabilities = [
        "people",
        "directory",
        "rights",
        "slots",
        "money",
        "orders",
        "dispatch",
        "ratings",
        "care",
        "notices",
    ];
    let mut found = Vec::new();
    for file in source::below(&["api/src"]) {
        let modules = file.modules();
        let [capability, part, ..] = modules.as_slice() else { continue };
        let is_named =
            names.contains(&part.as_str()) || beside.contains(&format!("{capability}/{part}").as_str());
        if capabilities.contains(&capability.as_str()) && !is_named {
            found.push(file.path);
        }
    }
    assert_none("files of a capability without a fixed name", &found);
}

#[test]
fn the_kit_is_the_closed_list() {
    let files = source::below(&["api/src"]);
    let list = files.iter().find(|file| file.path == "api/src/kit.rs").unwrap();
    let mut listed = Modules(BTreeSet::new());
    listed.visit_file(&list.tree());
    let known = [
        "allow", "clock", "db", "due", "event", "fen", "ids", "once", "page", "ready", "refusal", "scalar",
        "seal", "shelf", "viewer",
    ];
    assert_eq!(
        listed.0,
        known.map(str::to_owned).into(),
        "a new file of the kit is a decision: write it here too"
    );
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("api/src/kit/")) {
        let name = file.modules()[1].clone();
        let lines = file.text.lines().count();
        let users: BTreeSet<String> = files
            .iter()
            .filter(|user| user.text.contains(&format!("kit::{name}")))
            .filter_map(|user| user.modules().first().cloned())
            .filter(|user| user != "kit")
            .collect();
        if name.contains('_') || lines > 200 || users.len() < 2 {
            found.push(format!("{}: {lines} lines, used by {users:?}", file.path));
        }
    }
    assert_none("files of the kit that are not one word, short and used twice", &found);
}

#[cfg(unix)]
#[test]
fn the_check_of_every_change_may_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let run = source::root().join(".ci/run");
    let mode = std::fs::metadata(&run).expect("the check is there").permissions().mode();
    assert_eq!(mode & 0o111, 0o111, "git update-index --chmod=+x .ci/run");
}
