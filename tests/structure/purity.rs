//! What the files of a capability may know: rules decide, services act, rows know nothing of either.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use super::source::{self, Source, assert_none};

/// Every word that a file uses as a name, macros included, and its functions that wait.
#[derive(Default)]
struct Words {
    names: BTreeSet<String>,
    async_fns: Vec<String>,
}

impl Words {
    fn of(file: &Source) -> Self {
        let mut words = Self::default();
        words.visit_file(&file.tree());
        words
    }
}

impl<'ast> Visit<'ast> for Words {
    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.names.insert(ident.to_string());
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if signature.asyncness.is_some() {
            self.async_fns.push(signature.ident.to_string());
        }
        visit::visit_signature(self, signature);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        let text = item.tokens.to_string();
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        self.names.extend(words.map(str::to_owned));
        visit::visit_macro(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if !attribute.path().is_ident("doc") {
            visit::visit_attribute(self, attribute);
        }
    }
}

/// Whether a file is the part of a capability with this name, or a file below it.
fn is_part(file: &Source, part: &str) -> bool {
    file.modules().get(1).is_some_and(|name| name == part)
}

#[test]
fn rules_know_no_graphql_no_rows_no_waiting_and_no_clock() {
    let mut found = Vec::new();
    for file in source::below(&["api/src"]).iter().filter(|file| is_part(file, "rules")) {
        let words = Words::of(file);
        let foreign = ["async_graphql", "sea_orm", "sqlx", "Clock", "App"];
        let named = foreign.iter().filter(|name| words.names.contains(**name));
        found.extend(named.map(|name| format!("{} names {name}", file.path)));
        found.extend(words.async_fns.iter().map(|name| format!("{}: async fn {name}", file.path)));
    }
    assert_none("rules that are not pure", &found);
}

#[test]
fn services_and_stores_know_no_graphql() {
    let parts = ["service", "store"];
    let files = source::below(&["api/src"]);
    let knowing = files
        .iter()
        .filter(|file| parts.iter().any(|part| is_part(file, part)))
        .filter(|file| Words::of(file).names.contains("async_graphql"));
    let found: Vec<String> = knowing.map(|file| file.path.clone()).collect();
    assert_none("services or stores that name async_graphql", &found);
}

#[test]
fn resolvers_are_short() {
    let mut found = Vec::new();
    for file in source::below(&["api/src"]).iter().filter(|file| is_part(file, "graph")) {
        for function in super::sizes::functions(&file.text) {
            if function.indent == 4 && function.is_async && function.body_lines > 15 {
                found.push(format!("{}:{} {} lines", file.path, function.line, function.body_lines));
            }
        }
    }
    assert_none("resolvers whose body is longer than 15 lines", &found);
}

#[test]
fn money_and_rules_know_no_floats() {
    let allowed = ["api/src/directory/distance.rs", "api/src/metrics.rs"];
    let mut found = Vec::new();
    for file in source::below(&["api/src"]).iter().filter(|file| !allowed.contains(&file.path.as_str())) {
        let names = Words::of(file).names;
        found.extend(
            ["f32", "f64"]
                .iter()
                .filter(|name| names.contains(**name))
                .map(|name| format!("{}: {name}", file.path)),
        );
        let mut literals = Floats(0);
        literals.visit_file(&file.tree());
        if literals.0 > 0 {
            found.push(format!("{}: {} numbers with a point", file.path, literals.0));
        }
    }
    assert_none("floats", &found);
}

struct Floats(usize);

impl<'ast> Visit<'ast> for Floats {
    fn visit_lit_float(&mut self, _: &'ast syn::LitFloat) {
        self.0 += 1;
    }
}

/// Names of the dependencies of a crate, those of its tests apart.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(source::root().join(manifest)).unwrap();
    let table: toml::Table = text.parse().unwrap();
    table["dependencies"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn crates_know_only_what_lies_below_them() {
    let forbidden: [(&str, &[&str]); 4] = [
        ("entities/Cargo.toml", &["async-graphql", "nuanyang", "wechat", "wechat-simulator", "actix-web"]),
        ("wechat/Cargo.toml", &["nuanyang", "entities", "wechat-simulator", "async-graphql", "sea-orm"]),
        ("wechat/simulator/Cargo.toml", &["nuanyang", "entities", "wechat", "async-graphql", "sea-orm"]),
        ("api/Cargo.toml", &["wechat-simulator", "nuanyang-kit", "async-graphql-actix-web", "rand"]),
    ];
    let mut found = Vec::new();
    for (manifest, names) in forbidden {
        let known = dependencies(manifest);
        found.extend(
            names.iter().filter(|name| known.contains(**name)).map(|name| format!("{manifest}: {name}")),
        );
    }
    assert_none("dependencies against the direction", &found);
}

#[test]
fn no_rule_hides_behind_a_switch() {
    let found: Vec<String> = source::below(&["api/src"])
        .iter()
        .flat_map(|file| {
            let hidden =
                file.code_lines().filter(|(_, line)| line.contains("cfg(") && line.contains("feature"));
            hidden.map(|(number, _)| format!("{}:{number}", file.path)).collect::<Vec<_>>()
        })
        .collect();
    assert_none("cfg(feature)", &found);
}
