//! Who may use whom: every path that starts with `crate` or `super` follows the order drawn in ARCHITECTURE.md.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{ItemMod, Macro, UseTree};

use super::source::{self, Source, assert_none};

/// Capabilities, each allowed to use those before it.
const ORDER: [&str; 11] = [
    "people",
    "directory",
    "rights",
    "slots",
    "money",
    "orders",
    "dispatch",
    "ratings",
    "care",
    "oversight",
    "privacy",
];
/// What every capability may use.
const BELOW: [&str; 4] = ["kit", "app", "config", "metrics"];
/// What stands above all capabilities; none of them may use it.
const ABOVE: [&str; 9] = ["notices", "jobs", "http", "schema", "start", "demo", "seed", "import", "audit"];

/// Paths from the crate's root that one file names.
struct Paths {
    here: Vec<String>,
    found: BTreeSet<Vec<String>>,
}

impl Paths {
    fn of(file: &Source) -> BTreeSet<Vec<String>> {
        let mut paths = Self { here: file.modules(), found: BTreeSet::new() };
        paths.visit_file(&file.tree());
        paths.found
    }

    /// Keeps a path that starts at the crate's root or goes up; others stay where they are.
    fn keep(&mut self, names: &[String]) {
        let ups = names.iter().take_while(|name| *name == "super").count();
        let full = match names.first().map(String::as_str) {
            Some("crate") => names[1..].to_vec(),
            Some("super") => {
                let kept = self.here.len().saturating_sub(ups);
                [&self.here[..kept], &names[ups..]].concat()
            }
            _ => return,
        };
        self.found.insert(full);
    }

    fn walk(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.walk(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) => self.keep(&with(name.ident.to_string())),
            UseTree::Rename(rename) => self.keep(&with(rename.ident.to_string())),
            UseTree::Glob(_) => self.keep(before),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.walk(item, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.walk(&item.tree, &[]);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.here.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.here.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.keep(&names);
        }
        visit::visit_path(self, path);
    }

    /// The inside of a macro is no tree: paths are read from its words.
    fn visit_macro(&mut self, item: &'ast Macro) {
        let text = item.tokens.to_string().replace(' ', "");
        for piece in text.split("crate::").skip(1) {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
            let end = piece.find(|letter| !is_word(letter)).unwrap_or(piece.len());
            self.found.insert(piece[..end].split("::").map(str::to_owned).collect());
        }
        visit::visit_macro(self, item);
    }
}

fn rank(name: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == name)
}

/// Why `user` may not use `used`, or `None` when it may.
fn objection(user: &str, used: &str) -> Option<String> {
    let is_known = |name: &str| rank(name).is_some() || BELOW.contains(&name) || ABOVE.contains(&name);
    if !is_known(used) {
        return Some(format!("{used} is not drawn: give it a place in the order"));
    }
    match (rank(user), rank(used)) {
        (Some(own), Some(other)) if own < other => Some(format!("{used} comes after {user}")),
        (Some(_), _) if ABOVE.contains(&used) => Some(format!("{used} stands above {user}")),
        (None, _) if user == "kit" && used != "kit" => Some("kit uses nothing but kit".into()),
        (None, Some(_)) if matches!(user, "config" | "metrics") => {
            Some(format!("{user} knows no capability"))
        }
        (None, _) if matches!(user, "config" | "metrics") && ABOVE.contains(&used) => {
            Some(format!("{used} stands above {user}"))
        }
        // The parts of the program are named once, in app.rs, on purpose.
        _ => None,
    }
}

#[test]
fn a_capability_uses_only_those_drawn_before_it() {
    let mut found = Vec::new();
    for file in source::below(&["api/src"]) {
        let modules = file.modules();
        let Some(user) = modules.first() else { continue };
        if !(rank(user).is_some() || BELOW.contains(&user.as_str()) || ABOVE.contains(&user.as_str())) {
            found.push(format!("{}: {user} has no place in the order", file.path));
        }
        for path in Paths::of(&file) {
            // A macro exported from the crate's root is named there, and `self` names nothing.
            let used = path.first().filter(|used| *used != user);
            if let Some(why) = used.and_then(|used| objection(user, used)) {
                found.push(format!("{}: crate::{}: {why}", file.path, path.join("::")));
            }
        }
    }
    assert_none("imports against the drawn order", &found);
}

#[test]
fn the_order_is_understood_as_drawn() {
    assert!(objection("orders", "people").is_none() && objection("orders", "kit").is_none());
    assert!(objection("people", "orders").is_some() && objection("slots", "http").is_some());
    assert!(objection("kit", "app").is_some() && objection("jobs", "ratings").is_none());
    assert!(objection("orders", "helpers").is_some());
    let text =
        "use super::super::orders::{self, rules as r}; fn f() { crate::http::x(); m!(crate::jobs::step) }";
    let file = Source { path: "api/src/slots/graph.rs".into(), text: text.into() };
    let found: Vec<String> = Paths::of(&file).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["http::x", "jobs::step", "orders::rules", "orders::self"]);
}

#[test]
fn every_capability_of_the_order_is_drawn_in_the_library() {
    let library = source::below(&["api/src"]).into_iter().find(|file| file.path == "api/src/lib.rs").unwrap();
    let modules = library.tree().items.into_iter().filter_map(|item| match item {
        syn::Item::Mod(item) => Some(item.ident.to_string()),
        _ => None,
    });
    let unknown: Vec<String> = modules
        .filter(|name| {
            rank(name).is_none() && !BELOW.contains(&name.as_str()) && !ABOVE.contains(&name.as_str())
        })
        .collect();
    assert_none("modules without a place in the order", &unknown);
}
