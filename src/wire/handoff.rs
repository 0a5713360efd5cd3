//! The records by which a reference to a third party's object travels.

use super::{Location, PublicKey, Signature, WireError, label};
use crate::syrup::{KeyOrder, Reader, Writer};

/// An object in a `desc:sig-envelope`. The signature is not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<'a, T> {
    /// The object.
    pub object: T,
    /// The object as it was received: what the signature covers.
    pub bytes: &'a [u8],
    /// Whose it is follows from the object and the session.
    pub signature: Signature,
}

impl<'a, T> Signed<'a, T> {
    /// Reads an envelope around what `read` reads.
    ///
    /// # Errors
    ///
    /// [`WireError`] when something else is there.
    pub fn read(
        reader: &mut Reader<'a>,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, WireError>,
    ) -> Result<Self, WireError> {
        reader.record(label::SIG_ENVELOPE)?;
        let start = reader.position();
        let object = read(reader)?;
        let bytes = reader.input().get(start..reader.position());
        let signature = Signature::read(reader)?;
        reader.close()?;
        Ok(Self {
            object,
            bytes: bytes.unwrap_or_default(),
            signature,
        })
    }
}

/// Writes a `desc:sig-envelope` around an encoded object.
pub fn write_signed(writer: &mut Writer<'_>, object: &[u8], signature: &Signature) {
    writer.open_record(label::SIG_ENVELOPE);
    writer.raw(object);
    signature.write(writer);
    writer.close_record();
}

/// What the gifter signs: it lets the holder of a key fetch a gift from the exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoffGive<'a> {
    /// The receiver's key of its session with the gifter.
    pub receiver_key: PublicKey,
    /// Where the gift is.
    pub exporter_location: Location,
    /// The session of gifter and exporter.
    pub session: &'a [u8],
    /// The gifter's public id in that session.
    pub gifter_side: &'a [u8],
    /// Names the gift. Of any length.
    pub gift_id: &'a [u8],
}

impl<'a> HandoffGive<'a> {
    /// Reads a `desc:handoff-give`.
    ///
    /// # Errors
    ///
    /// [`WireError`] when something else is there.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        reader.record(label::HANDOFF_GIVE)?;
        let give = Self {
            receiver_key: PublicKey::read(reader)?,
            exporter_location: Location::read(reader)?,
            session: reader.bytes()?,
            gifter_side: reader.bytes()?,
            gift_id: reader.bytes()?,
        };
        reader.close()?;
        Ok(give)
    }

    /// Writes a `desc:handoff-give`.
    pub fn write(&self, writer: &mut Writer<'_>, order: KeyOrder) {
        writer.open_record(label::HANDOFF_GIVE);
        self.receiver_key.write(writer);
        self.exporter_location.write(writer, order);
        writer.bytes(self.session);
        writer.bytes(self.gifter_side);
        writer.bytes(self.gift_id);
        writer.close_record();
    }
}

/// What the receiver signs, with the key that the give names, to fetch the gift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoffReceive<'a> {
    /// The session of receiver and exporter.
    pub receiving_session: &'a [u8],
    /// The receiver's public id in that session.
    pub receiving_side: &'a [u8],
    /// Used once in that session.
    pub handoff_count: u64,
    /// The gifter's part.
    pub signed_give: Signed<'a, HandoffGive<'a>>,
}

impl<'a> HandoffReceive<'a> {
    /// Reads a `desc:handoff-receive`.
    ///
    /// # Errors
    ///
    /// [`WireError`] when something else is there.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        reader.record(label::HANDOFF_RECEIVE)?;
        let receive = Self {
            receiving_session: reader.bytes()?,
            receiving_side: reader.bytes()?,
            handoff_count: reader.u64()?,
            signed_give: Signed::read(reader, HandoffGive::read)?,
        };
        reader.close()?;
        Ok(receive)
    }

    /// Writes a `desc:handoff-receive`. The give is written as it was received, so that its
    /// signature holds.
    pub fn write(&self, writer: &mut Writer<'_>) {
        writer.open_record(label::HANDOFF_RECEIVE);
        writer.bytes(self.receiving_session);
        writer.bytes(self.receiving_side);
        writer.u64(self.handoff_count);
        write_signed(writer, self.signed_give.bytes, &self.signed_give.signature);
        writer.close_record();
    }
}
