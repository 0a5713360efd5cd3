//! The keys of the store.
//!
//! Components are percent-encoded, and hashed when they are long; see [`component`]. Session keys
//! start with our own public id of the session, since a session id is the same for both ends and
//! both may be in one store.
//!
//! | key | record |
//! |---|---|
//! | `ocapn:schema` | [`SchemaRecord`](super::SchemaRecord) |
//! | `ocapn:resumeSessionsById/<own public id>/<session id>` | [`SessionRecord`](super::SessionRecord) |
//! | `ocapn:resumeSessionsByLocationId/<own location>/<peer location>` | [`LocationEntry`](super::LocationEntry) |
//! | `ocapn:swissnumTable/<swissnum>` | [`SwissnumRow`](super::SwissnumRow) |
//! | `ocapn:giftTable/<own public id>/<session id>/<gift id>` | [`GiftRow`](super::GiftRow) |
//! | `ocapn:positions/<own location>/<peer location>/<hash>` | [`PositionRow`](super::PositionRow) |
//! | `ocapn-durable:erasing/<own public id>/<session id>` | [`ErasureRecord`](super::ErasureRecord) |
//! | `ocapn-durable:tables/<own public id>/<session id>/o+<position>` | [`ExportRow`](super::ExportRow) |
//! | `ocapn-durable:tables/<own public id>/<session id>/o-<position>`, `p-` for promises | [`ImportRow`](super::ImportRow) |
//! | `ocapn-durable:tables/<own public id>/<session id>/d:<hash>` | index of exports by description |
//! | `ocapn-durable:tables/<own public id>/<session id>/t:<hash>` | index of imports by token |
//! | `ocapn-durable:tables/<own public id>/<session id>/g:<gift id>` | [`DepositRow`](super::DepositRow) |

use std::fmt;

use crate::identity::{PublicId, SessionId};
use crate::wire::Location;
use crate::wire::text::{component, to_hex};

/// The key of the record that says which schema the store has.
pub const SCHEMA: &str = "ocapn:schema";

/// What the keys of session records start with.
pub const SESSION_RECORDS: &str = "ocapn:resumeSessionsById/";

/// What the keys of location entries start with.
pub const LOCATION_ENTRIES: &str = "ocapn:resumeSessionsByLocationId/";

/// What the keys of swissnums start with.
pub const SWISSNUMS: &str = "ocapn:swissnumTable/";

/// What the keys of gifts start with.
pub const GIFTS: &str = "ocapn:giftTable/";

/// What the keys of positions of earlier sessions start with.
pub const POSITIONS: &str = "ocapn:positions/";

/// What the keys of the positions of one peer's sessions start with.
pub fn positions_of(own: &Location, peer: &Location) -> String {
    format!("{POSITIONS}{}/{}/", own.id(), peer.id())
}

/// The key of the position of an object, by the SHA-256 of its description.
pub fn position(own: &Location, peer: &Location, hash: &[u8; 32]) -> String {
    format!("{}{}", positions_of(own, peer), to_hex(hash))
}

/// The hash in the key of a position.
pub fn parse_position(key: &str) -> Option<[u8; 32]> {
    let (_, hash) = key.strip_prefix(POSITIONS)?.rsplit_once('/')?;
    crate::wire::text::from_hex(hash)
}

/// What the keys of slot rows and description indexes start with.
pub const TABLES: &str = "ocapn-durable:tables/";

/// What the keys of interrupted erasures start with.
pub const ERASURES: &str = "ocapn-durable:erasing/";

/// The key that says that a session is being erased.
pub fn erasure(own: &PublicId, session: &SessionId) -> String {
    format!("{ERASURES}{}/{}", own.to_hex(), session.to_hex())
}

/// The session that an erasure's key names, or nothing if it is no such key.
pub fn parse_erasure(key: &str) -> Option<(PublicId, SessionId)> {
    let (own, session) = key.strip_prefix(ERASURES)?.split_once('/')?;
    Some((PublicId::from_hex(own)?, SessionId::from_hex(session)?))
}

/// The key of a session's record.
pub fn session_record(own: &PublicId, session: &SessionId) -> String {
    format!("{SESSION_RECORDS}{}/{}", own.to_hex(), session.to_hex())
}

/// The session that a record's key names, or nothing if it is no such key.
pub fn parse_session_record(key: &str) -> Option<(PublicId, SessionId)> {
    let (own, session) = key.strip_prefix(SESSION_RECORDS)?.split_once('/')?;
    Some((PublicId::from_hex(own)?, SessionId::from_hex(session)?))
}

/// The key of the entry that finds the session with a peer. Hints do not matter.
pub fn location_entry(own: &Location, peer: &Location) -> String {
    format!("{LOCATION_ENTRIES}{}/{}", own.id(), peer.id())
}

/// What the keys of one location's entries start with.
pub fn location_entries_of(own: &Location) -> String {
    format!("{LOCATION_ENTRIES}{}/", own.id())
}

/// The key of a durable value's swissnum.
pub fn swissnum(swissnum: &[u8]) -> String {
    format!("{SWISSNUMS}{}", component(swissnum))
}

/// What the keys of the gifts of one session's peer start with.
pub fn gifts(own: &PublicId, session: &SessionId) -> String {
    format!("{GIFTS}{}/{}/", own.to_hex(), session.to_hex())
}

/// The key of a gift.
pub fn gift(own: &PublicId, session: &SessionId, id: &[u8]) -> String {
    format!("{}{}", gifts(own, session), component(id))
}

/// The session that a gift's key names, or nothing if it is no such key.
pub fn parse_gift(key: &str) -> Option<(PublicId, SessionId)> {
    let (own, rest) = key.strip_prefix(GIFTS)?.split_once('/')?;
    let (session, _) = rest.split_once('/')?;
    Some((PublicId::from_hex(own)?, SessionId::from_hex(session)?))
}

/// What the keys of one session's rows and indexes start with.
pub fn table(own: &PublicId, session: &SessionId) -> String {
    format!("{TABLES}{}/{}/", own.to_hex(), session.to_hex())
}

/// What the keys of one session's export rows start with.
pub fn exports(own: &PublicId, session: &SessionId) -> String {
    format!("{}o+", table(own, session))
}

/// The key of a slot's row.
pub fn slot_row(own: &PublicId, session: &SessionId, slot: Slot) -> String {
    format!("{}{slot}", table(own, session))
}

/// The key that finds an export by the SHA-256 of its description.
pub fn description_index(own: &PublicId, session: &SessionId, hash: &[u8; 32]) -> String {
    format!("{}d:{}", table(own, session), to_hex(hash))
}

/// The key that finds an import by the SHA-256 of its token's secret.
pub fn token_index(own: &PublicId, session: &SessionId, hash: &[u8; 32]) -> String {
    format!("{}t:{}", table(own, session), to_hex(hash))
}

/// What the keys of one session's deposits start with.
pub fn deposits(own: &PublicId, session: &SessionId) -> String {
    format!("{}g:", table(own, session))
}

/// The key of a gift of ours that the peer may not have.
pub fn deposit(own: &PublicId, session: &SessionId, id: &[u8; 32]) -> String {
    format!("{}{}", deposits(own, session), to_hex(id))
}

/// What the keys of session records with one public id of ours start with: there is one at most.
pub fn session_records_of(own: &PublicId) -> String {
    format!("{SESSION_RECORDS}{}/", own.to_hex())
}

/// The session and the entry that a key below [`TABLES`] names, or nothing if it is no such key.
pub fn parse_table_key(key: &str) -> Option<(PublicId, SessionId, TableKey)> {
    let (own, rest) = key.strip_prefix(TABLES)?.split_once('/')?;
    let (session, entry) = rest.split_once('/')?;
    let entry = match entry.split_at_checked(2)? {
        ("d:", hash) => TableKey::Description(crate::wire::text::from_hex(hash)?),
        ("g:", id) => TableKey::Deposit(crate::wire::text::from_hex(id)?),
        ("t:", hash) => TableKey::Token(crate::wire::text::from_hex(hash)?),
        _ => TableKey::Slot(Slot::parse(entry)?),
    };
    Some((
        PublicId::from_hex(own)?,
        SessionId::from_hex(session)?,
        entry,
    ))
}

/// The last part of a key in a session's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableKey {
    /// A row.
    Slot(Slot),
    /// An index of exports: the hash of a description.
    Description([u8; 32]),
    /// An index of imports: the hash of a token's secret.
    Token([u8; 32]),
    /// A gift of ours that the peer may not have: its id.
    Deposit([u8; 32]),
}

/// Names one reference of a session, as the key of its row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// Our object or promise at this position: `o+5`.
    Export(u64),
    /// The peer's object at this position: `o-5`.
    Import(u64),
    /// The peer's promise at this position: `p-5`.
    ImportPromise(u64),
}

impl Slot {
    /// From its text form.
    pub fn parse(text: &str) -> Option<Self> {
        let (mark, digits) = text.split_at_checked(2)?;
        let position = digits.parse().ok()?;
        let slot = match mark {
            "o+" => Self::Export(position),
            "o-" => Self::Import(position),
            "p-" => Self::ImportPromise(position),
            _ => return None,
        };
        // Neither signs nor leading zeros: one key for each slot.
        (slot.to_string() == text).then_some(slot)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Export(position) => write!(f, "o+{position}"),
            Self::Import(position) => write!(f, "o-{position}"),
            Self::ImportPromise(position) => write!(f, "p-{position}"),
        }
    }
}
