//! Records as people read them: what is in each, and nothing that is a secret.

use super::schema::{self, TableKey};
use super::{
    DepositRow, ErasureRecord, ExportRow, GiftRow, ImportRow, IndexRow, LocationEntry, PositionRow,
    Record, SchemaRecord, SessionRecord, StoreError, SwissnumRow,
};
use crate::identity::{KeyPair, PublicId, public_id};
use crate::syrup::Writer;
use crate::wire::Location;

/// What a record of the core holds, as the encoding of a list: the kind of the record, then names
/// and values in turn. Nothing when the key is none of the core's.
///
/// No secret is in it: neither the session's own key, nor tokens. (Descriptions are, which name
/// swissnums: whoever shows them hides those.)
///
/// # Errors
///
/// [`StoreError`] when the record cannot be used.
pub fn read(key: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let mut out = Vec::new();
    let mut fields = Fields::new(&mut out);
    if key == schema::SCHEMA {
        let record = SchemaRecord::decode(key, bytes)?;
        fields.kind("schema").number("version", record.version);
    } else if let Some((own, _)) = schema::parse_session_record(key) {
        session(&mut fields, key, &own, &SessionRecord::decode(key, bytes)?)?;
    } else if key.starts_with(schema::LOCATION_ENTRIES) {
        let entry = LocationEntry::decode(key, bytes)?;
        fields.kind("location");
        fields.text("own", &entry.own.to_hex());
        fields.text("session", &entry.sid.to_hex());
    } else if key.starts_with(schema::SWISSNUMS) {
        let row = SwissnumRow::decode(key, bytes)?;
        fields
            .kind("swissnum")
            .bytes("description", &row.description);
    } else if schema::parse_erasure(key).is_some() {
        ErasureRecord::decode(key, bytes)?;
        fields.kind("erasure");
    } else if key.starts_with(schema::POSITIONS) {
        let row = PositionRow::decode(key, bytes)?;
        fields.kind("position").number("position", row.position);
        fields.number("last", row.last);
    } else if schema::parse_gift(key).is_some() {
        let row = GiftRow::decode(key, bytes)?;
        fields.kind("gift").flag("taken", row.description.is_none());
        fields.bytes("description", &row.description.unwrap_or_default());
    } else {
        match schema::parse_table_key(key) {
            Some((_, _, TableKey::Slot(schema::Slot::Export(_)))) => {
                let row = ExportRow::decode(key, bytes)?;
                fields.kind("export").number("position", row.position);
                fields.number("count", row.count);
                fields.flag("promise", row.promise);
                fields.bytes("description", &row.description);
            }
            Some((_, _, TableKey::Slot(_))) => {
                let row = ImportRow::decode(key, bytes)?;
                fields.kind("import").number("position", row.position);
                fields.number("count", row.count);
                fields.flag("promise", row.promise);
                fields.flag("token", row.token.is_some());
            }
            Some((_, _, TableKey::Description(_))) => {
                let row = IndexRow::decode(key, bytes)?;
                fields.kind("index").number("position", row.position);
            }
            Some((_, _, TableKey::Token(_))) => {
                let row = IndexRow::decode(key, bytes)?;
                fields.kind("token").number("position", row.position);
            }
            Some((_, _, TableKey::Deposit(_))) => {
                let row = DepositRow::decode(key, bytes)?;
                fields.kind("deposit").number("position", row.position);
            }
            None => return Ok(None),
        }
    }
    fields.close();
    Ok(Some(out))
}

fn session(
    fields: &mut Fields<'_>,
    key: &str,
    own: &PublicId,
    record: &SessionRecord,
) -> Result<(), StoreError> {
    if public_id(&KeyPair::from_seed(record.own_seed).public()) != *own {
        return Err(StoreError::Damaged {
            key: key.to_owned(),
            why: "is of another key",
        });
    }
    fields.kind("session");
    fields.location("ownLocation", &record.own_location);
    fields.location("peerLocation", &record.peer_location);
    fields.bytes("peerKey", &record.peer_key.0);
    fields.text("dialect", record.dialect.as_str());
    fields.flag("proven", record.proven);
    fields.flag("parked", record.parked);
    fields.flag("dialled", record.dialled);
    fields.flag("peerResumed", record.peer_resumed);
    fields.number("sent", record.sent);
    fields.number("seen", record.seen);
    fields.number("sharedCount", record.shared_count);
    fields.number("nextExport", record.next_export);
    fields.number("handoffsGiven", record.handoffs_given);
    fields.number("handoffsUsed", record.handoffs_used.len());
    fields.number("lastAlive", record.last_alive);
    fields.number("expiry", record.expiry);
    Ok(())
}

/// Writes a list of names and values.
struct Fields<'a>(Writer<'a>);

impl<'a> Fields<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        let mut writer = Writer::new(out);
        writer.open_list();
        Self(writer)
    }

    fn kind(&mut self, kind: &str) -> &mut Self {
        self.0.string(kind);
        self
    }

    fn number(&mut self, name: &str, value: u64) -> &mut Self {
        self.0.string(name);
        self.0.u64(value);
        self
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.0.string(name);
        self.0.bool(value);
    }

    fn text(&mut self, name: &str, value: &str) {
        self.0.string(name);
        self.0.string(value);
    }

    fn bytes(&mut self, name: &str, value: &[u8]) {
        self.0.string(name);
        self.0.bytes(value);
    }

    fn location(&mut self, name: &str, location: &Location) {
        self.0.string(name);
        self.0.open_list();
        self.0.string(&location.transport);
        self.0.string(&location.designator);
        for (key, value) in &location.hints {
            self.0.string(key);
            self.0.string(value);
        }
        self.0.close_list();
    }

    fn close(&mut self) {
        self.0.close_list();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::SessionId;

    const OWN: PublicId = PublicId([1; 32]);
    const SESSION: SessionId = SessionId([2; 32]);

    fn text(key: &str, bytes: &[u8]) -> String {
        let read = read(key, bytes).unwrap().unwrap();
        String::from_utf8_lossy(&read).into_owned()
    }

    #[test]
    fn rows_are_read() {
        let key = schema::slot_row(&OWN, &SESSION, schema::Slot::Import(7));
        let row = ImportRow {
            position: 7,
            promise: false,
            count: 3,
            token: Some([b'T'; 32]),
        };
        assert_eq!(
            text(&key, &row.encode(&key)),
            "[6\"import8\"position7+5\"count3+7\"promisef5\"tokent]"
        );
        let record = SchemaRecord { version: 1 };
        let bytes = record.encode(schema::SCHEMA);
        assert_eq!(text(schema::SCHEMA, &bytes), "[6\"schema7\"version1+]");
        assert_eq!(read("app:x", b"anything"), Ok(None));
        assert_eq!(read("ocapn:netlayer/x", b"anything"), Ok(None));
    }

    #[test]
    fn damage_names_the_key() {
        let keys = [
            schema::SCHEMA.to_owned(),
            schema::session_record(&OWN, &SESSION),
            format!("{}x/y/z/w", schema::LOCATION_ENTRIES),
            schema::swissnum(b"s"),
            schema::gift(&OWN, &SESSION, b"g"),
            schema::slot_row(&OWN, &SESSION, schema::Slot::Export(1)),
            schema::slot_row(&OWN, &SESSION, schema::Slot::ImportPromise(1)),
            schema::description_index(&OWN, &SESSION, &[1; 32]),
        ];
        for key in keys {
            let damaged = read(&key, b"damage");
            assert!(
                matches!(&damaged, Err(StoreError::Damaged { key: named, .. }) if *named == key),
                "{key}"
            );
        }
    }
}
