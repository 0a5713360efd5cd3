//! Recounts, as the bytes show them: what the exporter may take back after each.

use std::collections::BTreeMap;

use ocapn_wasm::baggage::{ImportRow, Read, Record, schema};
use ocapn_wasm::identity::{PublicId, SessionId};
use ocapn_wasm::syrup::{Reader, SyrupLimits};
use ocapn_wasm::wire::{Operation, Target};

use crate::world::Side;

/// A question or an answer.
#[derive(Clone, Debug)]
pub struct Said {
    pub is_answer: bool,
    pub serial: u64,
    pub numbers: Vec<u64>,
}

pub fn read(operation: &Operation<'_>, bytes: &[u8]) -> Option<Said> {
    let Operation::Deliver {
        to: Target::Export(0),
        args,
        ..
    } = operation
    else {
        return None;
    };
    let mut reader = Reader::at(bytes, args.start, SyrupLimits::default());
    reader.open_list().ok()?;
    let is_answer = match reader.symbol().ok()? {
        "ocapn-wasm:recount" => false,
        "ocapn-wasm:recounted" => true,
        _ => return None,
    };
    let serial = reader.u64().ok()?;
    reader.open_list().ok()?;
    let mut numbers = Vec::new();
    while !reader.at_close().ok()? {
        numbers.push(reader.u64().ok()?);
    }
    Some(Said {
        is_answer,
        serial,
        numbers,
    })
}

/// Questions that are on their way, by link, who asks, and serial: positions, and how often each had
/// been sent by then.
#[derive(Debug, Default)]
pub struct Recounts {
    open: BTreeMap<(u32, usize, u64), Vec<(u64, u64)>>,
    pub answered: u64,
}

impl Recounts {
    pub fn asked(&mut self, link: u32, asker: usize, said: &Said, sent: impl Fn(u64) -> u64) {
        let positions = said.numbers.iter();
        let positions = positions.map(|position| (*position, sent(*position)));
        self.open
            .insert((link, asker, said.serial), positions.collect());
    }

    /// An answer says no less than what its side has, durably.
    pub fn answers(
        &self,
        side: &Side,
        (link, asker): (u32, usize),
        said: &Said,
        own: &PublicId,
        id: &SessionId,
        sent: impl Fn(u64) -> u64,
    ) {
        let Some(open) = self.open.get(&(link, asker, said.serial)) else {
            panic!("{}: an answer to no question", side.name);
        };
        for ((position, before), held) in open.iter().zip(&said.numbers) {
            let rows = [
                schema::Slot::Import(*position),
                schema::Slot::ImportPromise(*position),
            ];
            let rows = rows.into_iter().filter_map(|slot| {
                let key = schema::slot_row(own, id, slot);
                let bytes = side.store.durable.get(&key).expect("a store")?;
                Some(ImportRow::decode(&key, &bytes).expect("a row").count)
            });
            let durable: u64 = rows.sum();
            // What came since the question is in neither.
            let since = sent(*position) - before;
            assert!(
                durable <= *held + since,
                "{}: says that it has o-{position} {held} times, its durable row {durable}",
                side.name
            );
        }
    }

    /// What has been given back, at least, of each position, now that an answer is there.
    pub fn returned(&mut self, link: u32, asker: usize, said: &Said) -> Vec<(u64, u64)> {
        let Some(open) = self.open.remove(&(link, asker, said.serial)) else {
            return Vec::new();
        };
        self.answered += 1;
        let pairs = open.into_iter().zip(&said.numbers);
        pairs
            .map(|((position, sent), held)| (position, sent.saturating_sub(*held)))
            .collect()
    }
}
