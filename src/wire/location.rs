use super::text::component;
use super::{WireError, label};
use crate::syrup::{KeyOrder, Reader, Writer};
use crate::tables::SortedMap;

/// Where a peer is said to be: an `ocapn-peer`.
///
/// Equality is of the whole value. A peer is identified by transport and designator alone; see
/// [`Location::same_peer`] and [`Location::id`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// Which netlayer reaches it.
    pub transport: String,
    /// Its name within the transport.
    pub designator: String,
    /// How to dial it. No part of its identity.
    pub hints: SortedMap<String, String>,
    /// Whether empty hints are written as `f` and not as an empty struct.
    pub hints_absent: bool,
}

impl Location {
    /// Reads an `ocapn-peer` record.
    ///
    /// # Errors
    ///
    /// [`WireError`] when something else is there.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.record(label::PEER)?;
        let transport = reader.symbol()?.to_owned();
        let designator = reader.string()?.to_owned();
        let hints_absent = reader.peek() == Some(b'f');
        let mut hints = SortedMap::new();
        if hints_absent {
            reader.bool()?;
        } else {
            reader.open_dict()?;
            while !reader.at_close()? {
                let key = reader.string()?.to_owned();
                let value = reader.string()?.to_owned();
                hints.insert(key, value);
            }
            reader.close()?;
        }
        reader.close()?;
        Ok(Self {
            transport,
            designator,
            hints,
            hints_absent,
        })
    }

    /// Writes an `ocapn-peer` record.
    pub fn write(&self, writer: &mut Writer<'_>, order: KeyOrder) {
        writer.open_record(label::PEER);
        writer.symbol(&self.transport);
        writer.string(&self.designator);
        if self.hints_absent && self.hints.is_empty() {
            writer.bool(false);
        } else {
            let hints = self.hints.iter();
            writer.struct_of_strings(order, hints.map(|(key, value)| (&**key, &**value)));
        }
        writer.close_record();
    }

    /// The encoded `ocapn-peer` record.
    pub fn to_bytes(&self, order: KeyOrder) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut Writer::new(&mut out), order);
        out
    }

    /// Whether both name one peer: transport and designator are equal, whatever the hints.
    pub fn same_peer(&self, other: &Self) -> bool {
        self.transport == other.transport && self.designator == other.designator
    }

    /// `transport/designator`, each as a [`component`] of a key: equal for the same peer only.
    pub fn id(&self) -> String {
        let mut id = component(self.transport.as_bytes());
        id.push('/');
        id.push_str(&component(self.designator.as_bytes()));
        id
    }
}
