//! The documents that clients may name instead of sending them, and whether anything else is carried out.
//!
//! The build of the pages writes them as one JSON object, SHA-256 of the text in hexadecimal to the text. Follows the
//! appendix on persisted documents of the GraphQL-over-HTTP draft: `documentId`.

use std::collections::HashMap;
use std::path::Path;

use crate::http::problem::Problem;
use crate::kit::seal::sha256_hex;

/// Known documents by their hash.
#[derive(Clone, Debug)]
pub struct Allowed {
    texts: HashMap<String, String>,
    takes_others: bool,
}

impl Default for Allowed {
    /// Knows none and takes all.
    fn default() -> Self {
        Self { texts: HashMap::new(), takes_others: true }
    }
}

impl Allowed {
    /// Reads the lists of several builds, so that older clients go on. With `takes_others` a missing file is none.
    /// Error: which file, and what is wrong with it.
    pub fn read(files: &[&Path], takes_others: bool) -> Result<Self, String> {
        let mut texts = HashMap::new();
        for file in files {
            let told = |why: String| format!("{}: {why}", file.display());
            let text = match std::fs::read_to_string(file) {
                Ok(text) => text,
                Err(why) if takes_others && why.kind() == std::io::ErrorKind::NotFound => continue,
                Err(why) => return Err(told(why.to_string())),
            };
            let list: HashMap<String, String> =
                serde_json::from_str(&text).map_err(|why| told(why.to_string()))?;
            if let Some((hash, _)) = list.iter().find(|(hash, text)| sha256_hex(text.as_bytes()) != **hash) {
                return Err(told(format!("{hash} is not the hash of its text")));
            }
            texts.extend(list);
        }
        Ok(Self { texts, takes_others })
    }

    /// The text to carry out: the known one of a hash, or what was sent. Error: it is not known and others are not taken.
    pub fn text<'a>(&'a self, hash: Option<&str>, sent: &'a str) -> Result<&'a str, Problem> {
        let is_sent = !sent.trim().is_empty();
        let known = match hash {
            Some(hash) => self.texts.get(hash),
            None if self.takes_others => None,
            None => self.texts.get(&sha256_hex(sent.as_bytes())),
        };
        match known {
            Some(known) => Ok(known),
            None if self.takes_others && is_sent => Ok(sent),
            None => Err(Problem::bad("The document is none of those that this server carries out.")),
        }
    }

    /// How many documents are known.
    pub fn count(&self) -> usize {
        self.texts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is gone with its test.
    struct List(std::path::PathBuf);

    impl List {
        fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for List {
        fn drop(&mut self) {
            drop(std::fs::remove_file(&self.0));
        }
    }

    fn list(text: &str) -> List {
        let name = format!("nuanyang-{}-{}.json", std::process::id(), sha256_hex(text.as_bytes()));
        let file = List(std::env::temp_dir().join(name));
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn only_listed_documents_pass_where_others_are_not_taken() {
        let (known, other) = ("{ now }", "{ never }");
        let hash = sha256_hex(known.as_bytes());
        let file = list(&format!("{{ \"{hash}\": \"{known}\" }}"));
        let strict = Allowed::read(&[file.path()], false).unwrap();
        assert_eq!(strict.text(Some(&hash), "").ok(), Some(known));
        assert_eq!(strict.text(Some(&hash), other).ok(), Some(known), "the hash decides");
        assert_eq!(strict.text(None, known).ok(), Some(known));
        assert!(strict.text(None, other).is_err() && strict.text(Some("0"), known).is_err());
        let free = Allowed::read(&[file.path()], true).unwrap();
        assert_eq!(free.text(Some(&hash), "").ok(), Some(known));
        assert_eq!(
            (free.text(None, other).ok(), free.text(Some("0"), other).ok()),
            (Some(other), Some(other))
        );
        assert!(free.text(Some("0"), " ").is_err());
    }

    #[test]
    fn a_list_that_cannot_stand_is_refused_with_its_file() {
        let file = list("{ \"00\": \"{ now }\" }");
        let why = Allowed::read(&[file.path()], false).unwrap_err();
        assert!(
            why.contains("00 is not the hash") && why.contains(&file.path().display().to_string()),
            "{why}"
        );
        assert!(Allowed::read(&[list("[]").path()], true).is_err());
        let missing = Path::new("/nowhere/persisted-documents.json");
        assert!(Allowed::read(&[missing], false).is_err());
        assert_eq!(Allowed::read(&[missing], true).unwrap().count(), 0);
    }
}
