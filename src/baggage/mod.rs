//! What outlives the process: the keys and the records of the store that the host supplies.
//!
//! The core only reads the store, through [`Read`]; what is to be written leaves it as outputs.
//! [`schema`] makes keys, and each kind of record has one [`Record`] type. A record that does not
//! verify is an error that names its key, never a default.

mod error;
mod memory;
pub mod migration;
pub mod reading;
mod record;
mod rows;
pub mod schema;
pub mod sealing;
mod session;
mod used_counts;

#[cfg(test)]
mod tests;

pub use error::StoreError;
pub use memory::MemoryStore;
pub use record::Record;
pub use rows::{
    DepositRow, ErasureRecord, ExportRow, GiftRow, ImportRow, IndexRow, LocationEntry, PositionRow,
    SchemaRecord, SwissnumRow,
};
pub use session::SessionRecord;
pub use used_counts::UsedCounts;

/// The host's store, as far as the core sees it. Sets and deletes are seen at once, whether
/// committed or not.
pub trait Read {
    /// The value of a key, or nothing if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`] when the store cannot tell.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Every key that starts with `prefix`, in any order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`] when the store cannot tell.
    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}
