use std::fmt;

use super::rows::fixed;
use super::{Record, UsedCounts};
use crate::syrup::{Expected, KeyOrder, Reader, SyrupError, Writer};
use crate::wire::{Dialect, Location, PublicKey, Signature, WireError};

/// All of a session that outlives a connection, but its slots.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionRecord {
    /// The secret of our key pair of this session.
    pub own_seed: [u8; 32],
    /// Where we said we were.
    pub own_location: Location,
    /// The peer's key of this session.
    pub peer_key: PublicKey,
    /// Where the peer said it was. Always what `peer_location_bytes` says; not stored again.
    pub peer_location: Location,
    /// The peer's location as it was received.
    pub peer_location_bytes: Vec<u8>,
    /// The peer's signature of its location.
    pub peer_location_signature: Signature,
    /// What we write to it.
    pub dialect: Dialect,
    /// Whether the netlayer vouched for the location.
    pub proven: bool,
    /// Our own attempts to resume.
    pub sent: u64,
    /// The peer's attempts to resume that completed, and which number is the next.
    pub seen: u64,
    /// The first position of ours that was never reserved.
    pub next_export: u64,
    /// The next handoff count of ours.
    pub handoffs_given: u64,
    /// The peer's handoff counts.
    pub handoffs_used: UsedCounts,
    /// Whether the peer ever resumed.
    pub peer_resumed: bool,
    /// When something was last heard of it, in milliseconds since 1970.
    pub last_alive: u64,
    /// How long a silence ends it, in milliseconds, by the settings of whoever wrote this.
    pub expiry: u64,
    /// The one count of both sides, in dialect 2026-01.
    pub shared_count: u64,
    /// Whether it waits beside a fresh session, refused by someone unproven.
    pub parked: bool,
    /// Whether we ever dialled it. Else it is a stranger's, unless it is proven.
    pub dialled: bool,
    /// Whether the peer may not have some gift that we left with it.
    pub deposits: bool,
}

impl Record for SessionRecord {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.open_record("session");
        writer.bytes(&self.own_seed);
        self.own_location.write(writer, KeyOrder::Encoded);
        self.peer_key.write(writer);
        writer.bytes(&self.peer_location_bytes);
        self.peer_location_signature.write(writer);
        writer.symbol(self.dialect.as_str());
        writer.bool(self.proven);
        writer.u64(self.sent);
        writer.u64(self.seen);
        writer.u64(self.next_export);
        writer.u64(self.handoffs_given);
        self.handoffs_used.write(writer);
        writer.bool(self.peer_resumed);
        writer.u64(self.last_alive);
        writer.u64(self.expiry);
        writer.u64(self.shared_count);
        writer.bool(self.parked);
        writer.bool(self.dialled);
        writer.bool(self.deposits);
        writer.close_record();
    }

    fn read_body(_version: u64, reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record("session")?;
        let own_seed = fixed(reader)?;
        let own_location = Location::read(reader)?;
        let peer_key = PublicKey::read(reader)?;
        let peer_location_bytes = reader.bytes()?.to_vec();
        let session = Self {
            own_seed,
            own_location,
            peer_key,
            peer_location: location(&peer_location_bytes, reader)?,
            peer_location_bytes,
            peer_location_signature: Signature::read(reader)?,
            dialect: dialect(reader)?,
            proven: reader.bool()?,
            sent: reader.u64()?,
            seen: reader.u64()?,
            next_export: rising(reader)?,
            handoffs_given: rising(reader)?,
            handoffs_used: UsedCounts::read(reader)?,
            peer_resumed: reader.bool()?,
            last_alive: reader.u64()?,
            expiry: reader.u64()?,
            shared_count: reader.u64()?,
            parked: reader.bool()?,
            dialled: reader.bool()?,
            deposits: reader.bool()?,
        };
        reader.close()?;
        Ok(session)
    }
}

impl fmt::Debug for SessionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRecord")
            .field("own_location", &self.own_location)
            .field("peer_key", &self.peer_key)
            .field("peer_location", &self.peer_location)
            .field("dialect", &self.dialect)
            .field("proven", &self.proven)
            .field("sent", &self.sent)
            .field("seen", &self.seen)
            .field("next_export", &self.next_export)
            .field("handoffs_given", &self.handoffs_given)
            .field("handoffs_used", &self.handoffs_used)
            .field("peer_resumed", &self.peer_resumed)
            .field("last_alive", &self.last_alive)
            .field("expiry", &self.expiry)
            .field("shared_count", &self.shared_count)
            .field("parked", &self.parked)
            .field("dialled", &self.dialled)
            .field("deposits", &self.deposits)
            .finish_non_exhaustive()
    }
}

fn location(bytes: &[u8], outer: &Reader<'_>) -> Result<Location, WireError> {
    let mut reader = Reader::new(bytes, outer.limits());
    let location = Location::read(&mut reader)?;
    reader.finish()?;
    Ok(location)
}

/// A number of ours that only rises, by one: it is nowhere near its end.
fn rising(reader: &mut Reader<'_>) -> Result<u64, WireError> {
    let at = reader.position();
    let number = reader.u64()?;
    if number < 1 << 63 {
        Ok(number)
    } else {
        Err(SyrupError::OutOfRange { at }.into())
    }
}

fn dialect(reader: &mut Reader<'_>) -> Result<Dialect, WireError> {
    let at = reader.position();
    let expected = Expected::Symbol;
    let unknown = |_| SyrupError::Unexpected { at, expected }.into();
    reader.symbol()?.parse().map_err(unknown)
}
