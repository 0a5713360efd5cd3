use sha2::{Digest, Sha256};

use super::StoreError;
use crate::syrup::{Reader, SyrupLimits, Writer};
use crate::wire::WireError;

const LABEL: &str = "record";
const CHECKSUM: usize = 8;

/// A value of the store: canonical Syrup with a version and a checksum,
/// `<6'record version body checksum>`.
///
/// The checksum is the first eight bytes of the SHA-256 of key, a zero byte, version and body (the
/// last two as encoded). It tells damage, and a record under a key that is not its own; it is no
/// protection from someone who can write the store.
pub trait Record: Sized {
    /// The version that is written, and the newest that is read.
    const VERSION: u64;

    /// Appends the body, one Syrup value.
    fn write_body(&self, writer: &mut Writer<'_>);

    /// Reads the body of a version up to [`Record::VERSION`].
    ///
    /// # Errors
    ///
    /// [`WireError`] when it is not one.
    fn read_body(version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError>;

    /// The value to store under `key`.
    fn encode(&self, key: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.open_record(LABEL);
        let start = writer.0.len();
        writer.u64(Self::VERSION);
        self.write_body(&mut writer);
        let checksum = checksum(key, writer.0.get(start..).unwrap_or_default());
        writer.bytes(&checksum);
        writer.close_record();
        out
    }

    /// Reads what is stored under `key`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] or [`StoreError::Newer`].
    fn decode(key: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |why| StoreError::Damaged {
            key: key.to_owned(),
            why,
        };
        let envelope = Envelope::read(bytes).map_err(|_| damaged("is not a record"))?;
        if checksum(key, envelope.covered) != envelope.checksum {
            return Err(damaged("does not match its checksum"));
        }
        let version = envelope.version;
        if version > Self::VERSION {
            let key = key.to_owned();
            return Err(StoreError::Newer { key, version });
        }
        let mut reader = Reader::at(bytes, envelope.body, SyrupLimits::default());
        Self::read_body(version, &mut reader).map_err(|_| damaged("is of another kind"))
    }
}

struct Envelope<'a> {
    version: u64,
    /// Where the body starts.
    body: usize,
    /// Version and body.
    covered: &'a [u8],
    checksum: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes, SyrupLimits::default());
        reader.record(LABEL)?;
        let start = reader.position();
        let version = reader.u64()?;
        let body = reader.skip()?;
        let covered = bytes.get(start..body.end).unwrap_or_default();
        let checksum = reader.bytes()?;
        reader.close()?;
        reader.finish()?;
        Ok(Self {
            version,
            body: body.start,
            covered,
            checksum,
        })
    }
}

fn checksum(key: &str, covered: &[u8]) -> [u8; CHECKSUM] {
    let hash = Sha256::new_with_prefix(key)
        .chain_update([0])
        .chain_update(covered)
        .finalize();
    std::array::from_fn(|index| hash[index])
}
