//! The workspace's Rust files, as text and as trees.

use std::path::{Path, PathBuf};

/// One Rust file.
pub struct Source {
    /// From the root of the workspace, such as `api/src/slots/graph.rs`.
    pub path: String,
    pub text: String,
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every Rust file below the folders, sorted by path.
pub fn below(folders: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        gather(&root().join(folder), &mut paths);
    }
    paths.sort();
    paths.into_iter().map(read).collect()
}

/// Every Rust file of the workspace.
pub fn everything() -> Vec<Source> {
    below(&[
        "api/src",
        "entities/src",
        "tests",
        "wechat/src",
        "wechat/tests",
        "wechat/simulator",
        "wechat/fuzz",
    ])
}

fn gather(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "node_modules" {
            gather(&path, into);
        } else if name.ends_with(".rs") {
            into.push(path);
        }
    }
}

fn read(path: PathBuf) -> Source {
    let text = std::fs::read_to_string(&path).unwrap();
    Source { path: path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), text }
}

impl Source {
    /// The text as a tree.
    pub fn tree(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }

    /// Names of the modules from the crate's root to this file: `slots`, `graph` for `api/src/slots/graph.rs`.
    pub fn modules(&self) -> Vec<String> {
        let (_, inside) = self.path.split_once("src/").unwrap_or(("", &self.path));
        let names = inside.trim_end_matches(".rs").split('/').map(str::to_owned);
        names.filter(|name| !matches!(name.as_str(), "lib" | "main" | "mod")).collect()
    }

    /// Lines that are no comment, with their numbers from 1.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Asserts that nothing was found, one finding a line.
pub fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}: {} found\n{}", found.len(), found.join("\n"));
}
