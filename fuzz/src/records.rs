//! Stored records: each kind alone, and a store in which one of them is something else.
//!
//! The first byte says which; with its highest bit the rest is the body of a record whose checksum
//! fits, else it is what is stored.

use ocapn_wasm::baggage::{
    ExportRow, GiftRow, ImportRow, IndexRow, LocationEntry, Record, SchemaRecord, SessionRecord,
    SwissnumRow,
};
use ocapn_wasm::syrup::{Reader, SyrupLimits, Writer};
use ocapn_wasm::wire::WireError;

use crate::peer;

/// A record with any body.
struct Body<'a>(&'a [u8]);

impl Record for Body<'_> {
    const VERSION: u64 = 1;

    fn write_body(&self, writer: &mut Writer<'_>) {
        writer.raw(self.0);
    }

    fn read_body(_: u64, _: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self(&[]))
    }
}

fn check<T: Record + PartialEq + std::fmt::Debug>(key: &str, bytes: &[u8]) {
    if let Ok(record) = T::decode(key, bytes) {
        let again = T::decode(key, &record.encode(key));
        assert_eq!(again.as_ref(), Ok(&record), "it reads as it was written");
    }
}

pub fn run(data: &[u8]) {
    let [what, bytes @ ..] = data else { return };
    let is_body = what & 0x80 != 0;
    if is_body {
        let mut reader = Reader::new(bytes, SyrupLimits::default());
        if reader.skip().and_then(|_| reader.finish()).is_err() {
            return;
        }
    }
    let stored = |key: &str| {
        if is_body {
            Body(bytes).encode(key)
        } else {
            bytes.to_vec()
        }
    };
    let key = "ocapn:key";
    let alone = stored(key);
    match what % 16 {
        0 => check::<SchemaRecord>(key, &alone),
        1 => check::<SessionRecord>(key, &alone),
        2 => check::<LocationEntry>(key, &alone),
        3 => check::<ExportRow>(key, &alone),
        4 => check::<ImportRow>(key, &alone),
        5 => check::<IndexRow>(key, &alone),
        6 => check::<GiftRow>(key, &alone),
        7 => check::<SwissnumRow>(key, &alone),
        which => among_others(usize::from(which - 8), stored),
    }
}

/// A client goes on with a store in which one value is another.
fn among_others(which: usize, stored: impl Fn(&str) -> Vec<u8>) {
    let mut host = peer::at(2, 0);
    host.act(0x57);
    let id = host.id();
    let keys: Vec<String> = host.store.iter().map(|(key, _)| key.to_owned()).collect();
    let Some(key) = keys.get(which % keys.len().max(1)) else {
        return;
    };
    host.store.apply(key, Some(&stored(key)));
    let mut host = host.restarted();
    host.ask_for_session();
    host.dialled();
    host.close();
    host.accept();
    host.resume(id, 2);
    let count = host.count;
    host.resume(id, count);
    host.receive(b"<10'op:deliver<11'desc:export2+>[3'add]ff>");
    host.receive(b"<10'op:deliver<11'desc:export0+>[4'echo<18'desc:import-object5+>]ff>");
    host.act(0x57);
    host.act(0x02);
    host.pass(100_000);
    host.check();
}
