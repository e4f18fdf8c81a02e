//! Who is entitled to what: the shipped programmes against people made for them, and against a second reading of the files.

mod jinning;
mod second;
mod wholesale;
