//! Reading data: options, CSV, JSON lines.

use crate::exit::Failure;
use crate::orders::Data;
use anyhow::Context;
use hatbridge_systems::highlevel::Api;
use hatbridge_systems::highlevel::catalogue::{FieldType, Operation};
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// Where JSON is wrong; serde's own words may hold a piece of it.
pub(super) fn where_in(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// One row of a file and the line it begins on.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) data: Data,
}

/// A file's bytes: `-` is stdin.
pub(super) fn bytes_of(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = vec![];
        std::io::stdin().read_to_end(&mut bytes).context("can't read stdin")?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("can't read {}", file.display()))
}

/// The rows of a file: CSV if its name ends so, else JSON lines.
pub(super) fn rows_of(file: &Path, bytes: &[u8], operation: &'static Operation, api: Api) -> anyhow::Result<Vec<Row>> {
    let is_csv = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if is_csv { csv_rows(bytes, operation, api) } else { json_rows(bytes) }
}

fn json_rows(bytes: &[u8]) -> anyhow::Result<Vec<Row>> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::Usage("the file is not UTF-8".into()))?;
    let mut rows = vec![];
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let data = serde_json::from_str(line)
            .map_err(|error| Failure::Usage(format!("line {} is no JSON object (column {}); write one object a line", number + 1, error.column())))?;
        rows.push(Row { line: number as u64 + 1, data });
    }
    Ok(rows)
}

fn csv_rows(bytes: &[u8], operation: &'static Operation, api: Api) -> anyhow::Result<Vec<Row>> {
    // A spreadsheet's byte order mark is no part of the first name.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(bytes);
    let names: Vec<String> = reader.headers().context("the file has no header line in UTF-8")?.iter().map(str::to_owned).collect();
    let mut rows = vec![];
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            Failure::Usage(format!("line {line} does not fit the header line: it has more or fewer cells, or is not UTF-8"))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        // An empty cell says nothing; to clear a field, send `null` or `""` as JSON lines.
        let cells = names.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        let data = cells.map(|(name, cell)| (name.clone(), cell_as(operation.field_type(api, name), cell))).collect();
        rows.push(Row { line, data });
    }
    Ok(rows)
}

/// A cell as its field is declared; what does not fit stays a text, and the schema tells.
fn cell_as(declared: Option<FieldType>, cell: &str) -> Value {
    let json = || serde_json::from_str(cell.trim()).unwrap_or_else(|_| Value::from(cell));
    match declared {
        Some(FieldType::Text) | None => Value::from(cell),
        Some(FieldType::Number | FieldType::Integer | FieldType::Flag | FieldType::Object) => json(),
        Some(FieldType::List) if cell.trim_start().starts_with('[') => json(),
        Some(FieldType::List) => cell.split(';').map(str::trim).filter(|item| !item.is_empty()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hatbridge_systems::highlevel::catalogue;
    use serde_json::json;

    #[test]
    fn cells_become_what_the_field_is() {
        let operation = catalogue::find("create contact").expect("it is in the catalogue");
        let text = "\u{feff}firstName,phone,tags,dnd\nAda,0123,a; b,true\n,\"1,5\",,\n";
        let rows = csv_rows(text.as_bytes(), operation, Api::V2).expect("it is a CSV");
        assert_eq!(Value::Object(rows[0].data.clone()), json!({"firstName": "Ada", "phone": "0123", "tags": ["a", "b"], "dnd": true}));
        assert_eq!((rows[1].line, Value::Object(rows[1].data.clone())), (3, json!({"phone": "1,5"})));
    }

    #[test]
    fn what_is_no_row_is_told_by_its_line() {
        let told = |result: anyhow::Result<Vec<Row>>| result.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told(json_rows(b"{\"a\": 1}\n\n[2]\n")).starts_with("line 3 is no JSON object"));
        let operation = catalogue::find("create contact").expect("it is in the catalogue");
        assert!(told(csv_rows(b"a,b\n1\n", operation, Api::V2)).starts_with("line 2 does not fit"));
    }
}
