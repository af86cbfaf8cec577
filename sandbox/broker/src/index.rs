//! An index that the storage lacks: it looks the headers up for each record it reads, and without
//! the index every look goes through all headers there are, so that reading takes the square of the
//! number of records.

use std::path::Path;

/// Adds it to the records' file, if it is not there.
pub(crate) async fn add(file: &Path) -> anyhow::Result<()> {
    let database = libsql::Builder::new_local(file).build().await?;
    let connection = database.connect()?;
    connection.execute("CREATE INDEX IF NOT EXISTS header_of_record ON header (topition, offset_id)", ()).await?;
    Ok(())
}
