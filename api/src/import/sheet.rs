//! A CSV file as rows of named cells, and the errors of all its rows.

use std::fmt;
use std::io::Read;

use super::cell;

/// Largest file read.
const BYTES_MAX: u64 = 20 << 20;
/// So many errors are told; more of them help nobody.
pub const ERRORS_MAX: usize = 50;

/// One thing that cannot stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Line of the file; the header is line 1.
    pub row: u64,
    /// Name of the column.
    pub column: &'static str,
    /// What is wrong, in words.
    pub why: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} column {}: {}", self.row, self.column, self.why)
    }
}

/// A file that was read: one list of cells for each row, in the order of the columns asked for.
pub struct Sheet {
    columns: &'static [&'static str],
    rows: Vec<(u64, Vec<String>)>,
}

impl Sheet {
    /// Reads UTF-8 with or without a mark at its beginning. Every column must stand in the header, in any order;
    /// other columns are refused, because a slip in a name would otherwise lose data. Error: the whole file's.
    pub fn read(reader: impl Read, columns: &'static [&'static str]) -> Result<Self, String> {
        let mut bytes = Vec::new();
        reader
            .take(BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("the file cannot be read: {error}"))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > BYTES_MAX) {
            return Err("the file is larger than 20 MiB".to_owned());
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| "the file is not UTF-8; save it as \"CSV UTF-8\"".to_owned())?;
        // The csv crate counts a line of CR LF only when it reads on.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
        let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = csv.headers().map_err(|error| format!("the header cannot be read: {error}"))?.clone();
        if let Some(other) = header.iter().find(|name| !columns.contains(name)) {
            return Err(format!("there is no column {other:?}; the columns are {}", columns.join(", ")));
        }
        let place = |name: &&'static str| {
            header
                .iter()
                .position(|other| other == *name)
                .ok_or_else(|| format!("the column {name} is missing"))
        };
        let places = columns.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let mut rows = Vec::new();
        for record in csv.records() {
            let record = record.map_err(|error| format!("the file is no good CSV: {error}"))?;
            let line = record.position().map_or(0, csv::Position::line);
            let cells = places.iter().map(|place| record.get(*place).unwrap_or("").to_owned()).collect();
            rows.push((line, cells));
        }
        Ok(Self { columns, rows })
    }

    /// The rows, each to be read cell by cell.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row {
            line: *line,
            columns: self.columns,
            cells,
            errors: Vec::new(),
        })
    }
}

/// One row while it is read; collects what is wrong with it.
pub struct Row<'a> {
    /// Line of the file.
    pub line: u64,
    columns: &'static [&'static str],
    cells: &'a [String],
    /// What is wrong so far.
    pub errors: Vec<RowError>,
}

impl Row<'_> {
    /// The text of a cell; empty when there is none.
    pub fn text(&self, column: &'static str) -> &str {
        let place = self.columns.iter().position(|name| *name == column);
        place.and_then(|place| self.cells.get(place)).map_or("", String::as_str)
    }

    /// The text of a cell, `None` when empty.
    pub fn optional(&self, column: &'static str) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Notes an error.
    pub fn wrong(&mut self, column: &'static str, why: impl Into<String>) {
        self.errors.push(RowError { row: self.line, column, why: why.into() });
    }

    /// The text of a cell that must not be empty.
    pub fn required(&mut self, column: &'static str) -> Option<String> {
        let text = self.optional(column);
        if text.is_none() {
            self.wrong(column, "is empty");
        }
        text
    }

    /// A cell that must hold something of a kind.
    pub fn read<T>(&mut self, column: &'static str, read: impl Fn(&str) -> cell::Read<T>) -> Option<T> {
        let text = self.required(column)?;
        self.keep(column, read(&text))
    }

    /// A cell that may be empty or hold something of a kind; the outer `None` is an error.
    pub fn read_optional<T>(
        &mut self,
        column: &'static str,
        read: impl Fn(&str) -> cell::Read<T>,
    ) -> Option<Option<T>> {
        match self.optional(column) {
            None => Some(None),
            Some(text) => self.keep(column, read(&text)).map(Some),
        }
    }

    fn keep<T>(&mut self, column: &'static str, value: cell::Read<T>) -> Option<T> {
        value.map_err(|why| self.wrong(column, why)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["name", "portion_g"];

    fn read(text: &str) -> Result<Sheet, String> {
        Sheet::read(text.as_bytes(), COLUMNS)
    }

    #[test]
    fn a_mark_at_the_beginning_and_the_order_of_columns_do_not_matter() {
        let sheet = read("\u{feff}portion_g,name\r\n450, 米饭 \r\n").unwrap();
        let row = sheet.rows().next().unwrap();
        assert_eq!((row.line, row.text("name"), row.text("portion_g")), (2, "米饭", "450"));
    }

    #[test]
    fn errors_name_row_and_column() {
        let sheet = read("name,portion_g\n米饭,450\n,many\n").unwrap();
        let mut row = sheet.rows().nth(1).unwrap();
        assert_eq!(row.required("name"), None);
        assert_eq!(row.read("portion_g", |text| cell::whole(text, 1, 5_000)), None);
        let told: Vec<_> = row.errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "row 3 column name: is empty",
                "row 3 column portion_g: \"many\" is not a whole number from 1 to 5000"
            ]
        );
    }

    #[test]
    fn a_file_without_its_header_or_in_another_encoding_is_refused_as_a_whole() {
        assert!(read("name\n米饭\n").err().unwrap().contains("portion_g is missing"));
        assert!(read("name,portion_g,colour\n").err().unwrap().contains("no column \"colour\""));
        assert!(read("name,portion_g\n米饭\n").err().unwrap().contains("no good CSV"));
        let gbk: &[u8] = &[b'n', 0xc3, 0xd7, b'\n'];
        assert!(Sheet::read(gbk, COLUMNS).err().unwrap().contains("UTF-8"));
    }
}
