//! After a resume between two of ours, the exporter asks how often the importer still holds what it
//! was given, and takes back what a cut or a crash leaked.
//!
//! Two send-only calls of the bootstrap object, which a peer that does not know them ignores:
//!
//! ```text
//! ['ocapn-wasm:recount serial [position ...]]        exporter to importer
//! ['ocapn-wasm:recounted serial [count ...]]         importer to exporter, in the same order
//! ```
//!
//! Messages of a connection arrive in their order. So the importer has seen every reference that was
//! sent before the question, and the exporter every release that was sent before the answer. What it
//! counted when it asked, less what was released meanwhile, less the answer, was leaked. A count that
//! says more than the exporter's own changes nothing.

use std::ops::Range;

use crate::baggage::{ExportRow, Record, schema};
use crate::client::shared::Context;
use crate::error::ErrorCode;
use crate::slots::Export;
use crate::syrup::{Reader, SyrupLimits, Writer};
use crate::tables::{Table, sort_and_dedup};
use crate::wire::{Dialect, Operation, Target, WireError, write};

use super::{Session, State, Violation};

const ASK: &str = "ocapn-wasm:recount";
const ANSWER: &str = "ocapn-wasm:recounted";

/// Positions in one message.
const MOST: usize = 256;

/// What is being recounted, as exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Recount {
    /// When it begins.
    pub(crate) at: Option<u64>,
    /// Positions that were not asked about yet.
    left: Vec<u64>,
    /// Those of the question that was not answered, in its order.
    asked: Table<u64, Asked>,
    serial: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Asked {
    /// Our count when we asked.
    count: u64,
    /// What was given back since.
    returned: u64,
}

impl Recount {
    /// The peer gave some of its receipts back.
    pub(crate) fn returned(&mut self, position: u64, delta: u64) {
        if let Some(asked) = self.asked.get_mut(position) {
            asked.returned = asked.returned.saturating_add(delta);
        }
    }

    /// The connection is gone, and with it question and answer.
    pub(crate) fn cut(&mut self) {
        self.at = None;
        self.left.clear();
        self.asked.clear();
    }
}

/// One of the two messages.
struct Said {
    is_answer: bool,
    serial: u64,
    numbers: Vec<u64>,
}

impl Said {
    fn read(
        input: &[u8],
        args: Range<usize>,
        limits: SyrupLimits,
    ) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::at(input, args.start, limits);
        reader.open_list()?;
        let is_answer = match reader.symbol()? {
            ASK => false,
            ANSWER => true,
            _ => return Ok(None),
        };
        let serial = reader.u64()?;
        reader.open_list()?;
        let mut numbers = Vec::new();
        while !reader.at_close()? && numbers.len() <= MOST {
            numbers.push(reader.u64()?);
        }
        reader.close()?;
        reader.close()?;
        Ok(Some(Self {
            is_answer,
            serial,
            numbers,
        }))
    }

    fn write(out: &mut Vec<u8>, label: &str, serial: u64, numbers: impl Iterator<Item = u64>) {
        let mut writer = Writer::new(out);
        writer.open_list();
        writer.symbol(label);
        writer.u64(serial);
        writer.open_list();
        numbers.for_each(|number| writer.u64(number));
        writer.close_list();
        writer.close_list();
    }
}

impl Session {
    /// A recount is due some time after a resume between two of ours.
    pub(super) fn plan_recount(&mut self, context: &mut Context<'_>) {
        if self.stored && self.dialect != Dialect::V2026_01 {
            let at = context.env.now + context.shared.config.times.recount;
            self.recount.at = Some(at);
            context.shared.arm(at);
        }
    }

    /// Asks about all that we exported.
    pub(crate) fn recount(&mut self, context: &mut Context<'_>) {
        self.recount.at = None;
        let exports = self.exports.iter();
        let values = exports.filter(|(_, export)| matches!(export, Export::Value(_)));
        let mut left: Vec<u64> = values.map(|(position, _)| position).collect();
        left.extend(self.earlier.exports.keys());
        sort_and_dedup(&mut left);
        self.recount.left = left;
        self.ask_counts(context);
    }

    fn ask_counts(&mut self, context: &mut Context<'_>) {
        self.recount.asked.clear();
        while self.recount.asked.len() < MOST {
            let Some(position) = self.recount.left.pop() else {
                break;
            };
            if let Some(count) = self.export_count(context, position) {
                let returned = 0;
                self.recount
                    .asked
                    .insert(position, Asked { count, returned });
            }
        }
        if !self.recount.asked.is_empty() {
            self.recount.serial += 1;
            let positions: Vec<u64> = self.recount.asked.keys().collect();
            self.say(context, ASK, self.recount.serial, &positions);
        }
    }

    /// A message about counts. Nothing when it is another.
    pub(crate) fn on_recount(
        &mut self,
        context: &mut Context<'_>,
        input: &[u8],
        operation: &Operation<'_>,
    ) -> Option<Result<(), Violation>> {
        let Operation::Deliver {
            to: Target::Export(0),
            args,
            answer: None,
            resolve_me: None,
            ..
        } = operation
        else {
            return None;
        };
        let limits = context.shared.config.limits.syrup();
        let said = Said::read(input, args.clone(), limits).ok()??;
        self.note_message(context, operation);
        self.no_deposits_again(context);
        if said.is_answer {
            return Some(self.on_counts(context, &said));
        }
        if said.numbers.len() <= MOST && self.dialect != Dialect::V2026_01 {
            let positions = said.numbers.iter();
            let counts = positions.map(|position| self.holding(context, *position));
            match counts.collect::<Result<Vec<u64>, ErrorCode>>() {
                Ok(counts) => self.say(context, ANSWER, said.serial, &counts),
                // What cannot be read is not said to be less than it is.
                Err(_) => return Some(Ok(())),
            }
        }
        Some(Ok(()))
    }

    /// How often we hold what the peer has at a position, and have not told it that we do not.
    fn holding(&self, context: &mut Context<'_>, position: u64) -> Result<u64, ErrorCode> {
        let mut held = self.releases.waiting(position);
        for promise in [false, true] {
            let known = self.imports.get(position, promise);
            held = held.saturating_add(match known {
                Some(import) => import.count,
                None => {
                    let row = self.stored_import(context, position, promise)?;
                    row.map_or(0, |row| row.count)
                }
            });
        }
        Ok(held)
    }

    fn on_counts(&mut self, context: &mut Context<'_>, said: &Said) -> Result<(), Violation> {
        let asked = &self.recount.asked;
        if said.serial != self.recount.serial || said.numbers.len() != asked.len() {
            return Ok(());
        }
        let asked = self.recount.asked.take();
        for ((position, asked), held) in asked.into_iter().zip(&said.numbers) {
            let counted = asked.count.saturating_sub(asked.returned);
            let leaked = counted.saturating_sub(*held);
            if leaked > 0 {
                self.give_back(context, position, leaked)?;
            }
        }
        self.ask_counts(context);
        Ok(())
    }

    /// Our count of an export, without making it known to the application.
    fn export_count(&self, context: &mut Context<'_>, position: u64) -> Option<u64> {
        match self.exports.get(position) {
            Some(Export::Value(value)) => return Some(value.count),
            Some(_) => return None,
            None if !self.exports.may_be_stored(position) => return None,
            None => {}
        }
        let key = self.row_key(schema::Slot::Export(position));
        let bytes = context.env.store.get(&key).ok()??;
        // A row that cannot be used is told of when it is asked for.
        Some(ExportRow::decode(&key, &bytes).ok()?.count)
    }

    /// Takes receipts of an export back.
    pub(super) fn give_back(
        &mut self,
        context: &mut Context<'_>,
        position: u64,
        delta: u64,
    ) -> Result<(), Violation> {
        if !matches!(self.export(context, position), Ok(Some(Export::Value(_)))) {
            return Ok(());
        }
        match self.exports.release(position, delta) {
            Ok(Some(left)) => {
                self.persist_release(context.shared, position, &left);
                if left.count == 0 {
                    context.shared.locals.unhold(left.local);
                }
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(crate::slots::OverRelease) => Err(Violation(ErrorCode::PeerMisbehaved)),
        }
    }

    fn say(&mut self, context: &mut Context<'_>, label: &str, serial: u64, numbers: &[u64]) {
        let State::Active { connection } = self.state else {
            return;
        };
        let dialect = self.dialect;
        let (out, start) = context.shared.outbox.begin();
        write::deliver_open(out, dialect, Target::Export(0), true);
        Said::write(out, label, serial, numbers.iter().copied());
        match write::deliver_close(out, dialect, None, None) {
            Ok(()) => {
                context.shared.outbox.push(connection, start);
            }
            Err(_) => context.shared.outbox.discard(start),
        }
    }
}
