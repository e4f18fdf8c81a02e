//! The page that other projects copy from is true: its programs are the examples, its dependencies are ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const README: &str = include_str!("../../README.md");

/// The blocks of the page in one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("\n```{language}\n");
    README.split(start.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_program_of_the_readme_is_an_example_that_is_built() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let examples: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let shown: BTreeSet<String> = blocks("rust").into_iter().map(str::to_owned).collect();
    assert_eq!(shown, examples, "copy the examples into README.md");
    assert!(examples.len() >= 3);
}

#[test]
fn the_dependencies_of_the_readme_are_enough_and_those_of_the_examples() {
    let workspace = include_str!("../../../Cargo.toml");
    let [block] = blocks("toml")[..] else { panic!("one block of dependencies") };
    let version = |line: &str| {
        let after = line.split_once("version = \"").or_else(|| line.split_once("= \"")).map(|(_, rest)| rest);
        after.and_then(|rest| rest.split('"').next()).map(str::to_owned)
    };
    let line_of = |text: &'static str, name: &str| {
        let head = format!("{name} = ");
        text.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("no {name}"))
    };
    for name in ["tokio", "chrono", "reqwest", "serde_json"] {
        let (told, ours) = (line_of(block, name), line_of(workspace, name));
        assert_eq!(version(told), version(ours), "{name}");
    }
    let features = |line: &str| {
        line.split_once("features = [").map(|(_, rest)| rest.split(']').next().unwrap().to_owned())
    };
    assert_eq!(features(line_of(block, "reqwest")), features(line_of(workspace, "reqwest")));
    // Nothing else is used.
    for program in blocks("rust") {
        for word in program.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':')
        {
            if let Some((name, _)) = word
                .split_once("::")
                .filter(|(name, rest)| !rest.is_empty() && name.starts_with(char::is_lowercase))
            {
                let is_known = ["std", "tokio", "chrono", "reqwest", "serde_json", "wechat"].contains(&name);
                assert!(is_known, "{name} is no dependency of the page");
            }
        }
    }
}
