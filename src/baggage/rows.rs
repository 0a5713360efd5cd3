use super::Record;
use crate::identity::{PublicId, SessionId};
use crate::syrup::{Expected, Reader, SyrupError, Writer};
use crate::wire::WireError;

/// Which schema the store has. Kept under [`SCHEMA`](super::schema::SCHEMA).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SchemaRecord {
    /// The version of the keys, counted from 1.
    pub version: u64,
}

impl Record for SchemaRecord {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("schema");
        writer.u64(self.version);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("schema")?;
        let version = reader.u64()?;
        reader.close()?;
        Ok(Self { version })
    }
}

/// An object or promise of ours that the peer may name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExportRow {
    /// Its position in the session.
    pub position: u64,
    /// References that were sent and not given back.
    pub count: u64,
    /// What the host revives it from.
    pub description: Vec<u8>,
    /// Whether it is a promise.
    pub promise: bool,
}

impl Record for ExportRow {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("export");
        writer.u64(self.position);
        writer.u64(self.count);
        writer.bytes(&self.description);
        writer.bool(self.promise);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("export")?;
        let row = Self {
            position: reader.u64()?,
            count: reader.u64()?,
            description: reader.bytes()?.to_vec(),
            promise: reader.bool()?,
        };
        reader.close()?;
        Ok(row)
    }
}

/// An object or promise of the peer that we may name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImportRow {
    /// Its position in the session.
    pub position: u64,
    /// Whether it is a promise.
    pub promise: bool,
    /// References that were received and not given back.
    pub count: u64,
    /// What the application names it by across restarts. While there is one, the row stays.
    pub token: Option<[u8; 32]>,
}

impl Record for ImportRow {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("import");
        writer.u64(self.position);
        writer.bool(self.promise);
        writer.u64(self.count);
        match &self.token {
            Some(token) => writer.bytes(token),
            None => writer.bool(false),
        }
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("import")?;
        let row = Self {
            position: reader.u64()?,
            promise: reader.bool()?,
            count: reader.u64()?,
            token: match reader.peek() {
                Some(b'f') => {
                    reader.bool()?;
                    None
                }
                _ => Some(fixed(reader)?),
            },
        };
        reader.close()?;
        Ok(row)
    }
}

/// The session with the peer of a location.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LocationEntry {
    /// Our own public id of the session.
    pub own: PublicId,
    /// The session.
    pub sid: SessionId,
}

impl Record for LocationEntry {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("location");
        writer.bytes(&self.own.0);
        writer.bytes(&self.sid.0);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("location")?;
        let entry = Self {
            own: PublicId(fixed(reader)?),
            sid: SessionId(fixed(reader)?),
        };
        reader.close()?;
        Ok(entry)
    }
}

/// A durable value that was registered under a swissnum.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SwissnumRow {
    /// What the host revives it from.
    pub description: Vec<u8>,
}

impl Record for SwissnumRow {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("swissnum");
        writer.bytes(&self.description);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("swissnum")?;
        let description = reader.bytes()?.to_vec();
        reader.close()?;
        Ok(Self { description })
    }
}

/// What a peer left with us for somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GiftRow {
    /// Names it among the gifts of the peer. One over 64 bytes is replaced by its SHA-256.
    pub id: Vec<u8>,
    /// What the host revives it from. Nothing when it was taken, and the peer may leave it again.
    pub description: Option<Vec<u8>>,
}

impl Record for GiftRow {
    /// 2 has `false` in place of the description of what was taken.
    const VERSION: u64 = 2;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("gift");
        writer.bytes(&self.id);
        match &self.description {
            Some(description) => writer.bytes(description),
            None => writer.bool(false),
        }
        writer.close_record();
    }

    fn read_body(version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("gift")?;
        let id = reader.bytes()?.to_vec();
        let description = if version > 1 && reader.peek() == Some(b'f') {
            reader.bool()?;
            None
        } else {
            Some(reader.bytes()?.to_vec())
        };
        reader.close()?;
        Ok(Self { id, description })
    }
}

/// Everything of a session is being deleted. Whoever finds this finishes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErasureRecord {
    /// The key of the location entry that may name the session.
    pub location_entry: String,
}

impl Record for ErasureRecord {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("erasure");
        writer.string(&self.location_entry);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("erasure")?;
        let location_entry = reader.string()?.to_owned();
        reader.close()?;
        Ok(Self { location_entry })
    }
}

/// What we leave with the peer for somebody else, until the peer says that it has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DepositRow {
    /// Names the gift among ours in the session.
    pub id: [u8; 32],
    /// The peer's position of what is given; 0 is its bootstrap object.
    pub position: u64,
}

impl Record for DepositRow {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("deposit");
        writer.bytes(&self.id);
        writer.u64(self.position);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("deposit")?;
        let id = fixed(reader)?;
        let position = reader.u64()?;
        reader.close()?;
        Ok(Self { id, position })
    }
}

/// Where an exported object is, found by the hash of its description.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IndexRow {
    /// The position of its export row.
    pub position: u64,
}

impl Record for IndexRow {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("index");
        writer.u64(self.position);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("index")?;
        let position = reader.u64()?;
        reader.close()?;
        Ok(Self { position })
    }
}

/// Where an object was in the sessions with a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PositionRow {
    /// Its position in the last one.
    pub position: u64,
    /// When that was, at least, in milliseconds since 1970.
    pub last: u64,
}

impl Record for PositionRow {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("position");
        writer.u64(self.position);
        writer.u64(self.last);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("position")?;
        let position = reader.u64()?;
        let last = reader.u64()?;
        reader.close()?;
        Ok(Self { position, last })
    }
}

/// Bytes of a length that the type says.
pub(super) fn fixed<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], WireError> {
    let at = reader.position();
    let expected = Expected::Bytes;
    let wrong = |_| SyrupError::Unexpected { at, expected }.into();
    reader.bytes()?.try_into().map_err(wrong)
}
