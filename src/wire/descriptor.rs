use super::WireError;
use crate::syrup::{Reader, Writer};
use ocapn_codec::label;

/// Whom a message is for: something that the receiver holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// An object or promise at this position of its exports.
    Export(u64),
    /// The answer at this position.
    Answer(u64),
}

impl Target {
    /// Reads `desc:export` or `desc:answer`.
    ///
    /// # Errors
    ///
    /// [`WireError::UnknownDescriptor`] for another record.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = reader.position();
        let target: fn(u64) -> Self = match reader.record_label()? {
            label::EXPORT => Self::Export,
            label::ANSWER => Self::Answer,
            _ => return Err(WireError::UnknownDescriptor { at }),
        };
        let position = reader.u64()?;
        reader.close()?;
        Ok(target(position))
    }

    /// Writes the descriptor.
    pub fn write(self, writer: &mut Writer<'_>) {
        let (head, position): (&[u8], _) = match self {
            Self::Export(position) => (b"<11'desc:export", position),
            Self::Answer(position) => (b"<11'desc:answer", position),
        };
        write(writer, head, position);
    }
}

/// Whom to tell the outcome: something that the sender holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResolveMe {
    /// An object at this position.
    Object(u64),
    /// A promise at this position.
    Promise(u64),
}

impl ResolveMe {
    /// The position of either.
    pub fn position(self) -> u64 {
        match self {
            Self::Object(position) | Self::Promise(position) => position,
        }
    }

    /// Reads `desc:import-object` or `desc:import-promise`.
    ///
    /// # Errors
    ///
    /// [`WireError::UnknownDescriptor`] for another record.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = reader.position();
        let resolver: fn(u64) -> Self = match reader.record_label()? {
            label::IMPORT_OBJECT => Self::Object,
            label::IMPORT_PROMISE => Self::Promise,
            _ => return Err(WireError::UnknownDescriptor { at }),
        };
        let position = reader.u64()?;
        reader.close()?;
        Ok(resolver(position))
    }

    /// Writes the descriptor.
    pub fn write(self, writer: &mut Writer<'_>) {
        let (head, position): (&[u8], _) = match self {
            Self::Object(position) => (b"<18'desc:import-object", position),
            Self::Promise(position) => (b"<19'desc:import-promise", position),
        };
        write(writer, head, position);
    }
}

fn write(writer: &mut Writer<'_>, head: &[u8], position: u64) {
    writer.raw(head);
    writer.u64(position);
    writer.close_record();
}
