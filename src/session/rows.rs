//! A session's record and rows in the store.

use sha2::{Digest, Sha256};

use crate::baggage::{ExportRow, ImportRow, IndexRow, Record, SessionRecord, schema};
use crate::client::shared::{Context, Shared};
use crate::error::ErrorCode;
use crate::handoff::Repeats;
use crate::handshake::resume::Counts;
use crate::handshake::resume_2026_01::SharedCount;
use crate::identity::{KeyPair, public_id, session_id};
use crate::locals::LocalKind;
use crate::slots::{Export, Exported, Exports};

use super::{Handoffs, Parties, Session, State};

impl Session {
    fn record_key(&self) -> String {
        schema::session_record(&self.parties.own_id, &self.parties.id)
    }

    pub(super) fn row_key(&self, slot: schema::Slot) -> String {
        schema::slot_row(&self.parties.own_id, &self.parties.id, slot)
    }

    /// Stores the record; nothing waits for it.
    pub(crate) fn note_lazily(&self, shared: &mut Shared) {
        if self.stored {
            let key = self.record_key();
            let value = self.record(shared).encode(&key);
            shared.persist_lazily(key, Some(value));
        }
    }

    /// When the store is to be told next that the session lives.
    pub(crate) fn plan_note(&mut self, context: &mut Context<'_>) {
        self.note_at = context.env.now + context.shared.config.times.expiry / 8;
        context.shared.arm(self.note_at);
    }

    /// Stores the record as it is now.
    pub(crate) fn persist_record(&self, shared: &mut Shared) {
        if !self.stored {
            return;
        }
        let key = self.record_key();
        let value = self.record(shared).encode(&key);
        shared.persist(key, Some(value));
    }

    /// Tells the store that the session lives, lest a crash find it expired. Nothing waits for it.
    pub(crate) fn note_life(&mut self, context: &mut Context<'_>) {
        self.plan_note(context);
        self.last_heard = self.last_heard.max(context.env.now);
        self.note_lazily(context.shared);
    }

    fn record(&self, shared: &Shared) -> SessionRecord {
        SessionRecord {
            own_seed: self.parties.own.seed(),
            own_location: self.parties.own_location.clone(),
            peer_key: self.parties.peer_key,
            peer_location: self.parties.peer.clone(),
            peer_location_bytes: self.parties.peer_bytes.clone(),
            peer_location_signature: self.parties.peer_signature,
            dialect: self.dialect,
            proven: self.proven,
            sent: self.resumption.counts.sent,
            seen: self.resumption.seen(self.dialect),
            next_export: self.exports.reserved(),
            handoffs_given: self.handoffs.given,
            handoffs_used: self.handoffs.used.clone(),
            peer_resumed: self.resumption.peer_resumed,
            last_alive: match self.state {
                State::Active { .. } => self.last_heard,
                State::Suspended { since } | State::Parked { since } => since,
            },
            expiry: shared.config.times.expiry,
            shared_count: self.resumption.shared.count,
            parked: self.is_parked(),
            dialled: self.dialled,
            deposits: self.deposits.iter().any(|given| given.stored),
        }
    }

    /// The session that a record describes, suspended.
    pub(crate) fn from_record(key: u32, record: SessionRecord, now: u64) -> Self {
        let own = KeyPair::from_seed(record.own_seed);
        let own_id = public_id(&own.public());
        let peer_id = public_id(&record.peer_key);
        let parties = Parties {
            id: session_id(&own_id, &peer_id),
            own,
            own_id,
            own_location: record.own_location,
            peer_key: record.peer_key,
            peer_id,
            peer: record.peer_location,
            peer_bytes: record.peer_location_bytes,
            peer_signature: record.peer_location_signature,
        };
        let since = record.last_alive.min(now);
        let state = if record.parked {
            State::Parked { since }
        } else {
            State::Suspended { since }
        };
        let mut session = Session::new(key, parties, record.dialect, state, since);
        session.proven = record.proven;
        session.dialled = record.dialled;
        session.stored = true;
        session.restored = true;
        session.gifts_in_store = true;
        session.repeats = Repeats::restored();
        session.heard = true;
        session.exports = Exports::restored(record.next_export);
        session.resumption.counts = Counts {
            sent: record.sent,
            seen: record.seen,
        };
        session.resumption.shared = SharedCount {
            count: record.shared_count,
            // What `Resumption::seen` wrote.
            heard: record.seen >= record.shared_count,
        };
        session.resumption.peer_resumed = record.peer_resumed;
        session.handoffs = Handoffs {
            given: record.handoffs_given,
            used: record.handoffs_used,
        };
        session
    }

    /// The export at a position; a row of an earlier process is read when it is first needed.
    pub(crate) fn export(
        &mut self,
        context: &mut Context<'_>,
        position: u64,
    ) -> Result<Option<Export>, ErrorCode> {
        if let Some(export) = self.exports.get(position) {
            return Ok(Some(*export));
        }
        if !self.may_be_stored(position) {
            return Ok(None);
        }
        let row = read_export_row(context, &self.row_key(schema::Slot::Export(position)))?;
        Ok(row.map(|row| Export::Value(self.adopt(context.shared, position, row))))
    }

    /// Whether the store may have a row of an export that this process has not taken up. One that was
    /// given back since may still be there for a while.
    fn may_be_stored(&self, position: u64) -> bool {
        self.exports.may_be_stored(position) && self.earlier.may_have_export(position)
    }

    /// Enters a stored row into the table.
    fn adopt(&mut self, shared: &mut Shared, position: u64, row: ExportRow) -> Exported {
        let local = shared
            .locals
            .allocate(LocalKind::Object, Some(row.description), true);
        shared.locals.hold(local);
        let exported = Exported {
            local,
            promise: row.promise,
            count: row.count,
            stored: true,
        };
        self.exports.restore(position, exported);
        self.earlier.exports.remove(position);
        exported
    }

    /// Finds the position that an object had in an earlier process, so that it keeps it.
    pub(crate) fn recall_export(
        &mut self,
        context: &mut Context<'_>,
        local: u32,
    ) -> Result<(), ErrorCode> {
        if !self.exports.has_stored() || self.exports.position_of(local).is_some() {
            return Ok(());
        }
        let Some(description) = context
            .shared
            .locals
            .get(local)
            .and_then(|local| local.description.clone())
        else {
            return Ok(());
        };
        let index = index_key(&self.parties, &description);
        let found = match context.env.store.get(&index) {
            Ok(found) => found.map(|bytes| IndexRow::decode(&index, &bytes)),
            Err(error) => Some(Err(error)),
        };
        let position = match found {
            None => return Ok(()),
            Some(Ok(row)) => row.position,
            Some(Err(error)) => return Err(context.shared.report(&error)),
        };
        if self.exports.get(position).is_some() || !self.may_be_stored(position) {
            return Ok(());
        }
        let row = read_export_row(context, &self.row_key(schema::Slot::Export(position)))?;
        if let Some(row) = row.filter(|row| row.description == description) {
            self.adopt(context.shared, position, row);
        }
        Ok(())
    }

    /// Makes the staged counts of a written message real, and stores them before it leaves.
    pub(crate) fn commit_exports(&mut self, shared: &mut Shared) {
        let Session {
            exports,
            parties,
            stored,
            ..
        } = self;
        let mut new = Vec::new();
        exports.commit(|position, exported| {
            if *stored {
                let known = exported.stored;
                write_export_row(shared, parties, position, exported);
                if exported.stored && !known && !exported.promise {
                    new.push((position, exported.local));
                }
            }
        });
        for (position, local) in new {
            self.note_new(shared, position, local);
        }
    }

    /// An object got its row.
    fn note_new(&mut self, shared: &mut Shared, position: u64, local: u32) {
        let local = shared.locals.get(local);
        if let Some(description) = local.and_then(|local| local.description.clone()) {
            self.note_position(shared, &description, position);
        }
    }

    /// Stores an export whose description was not known when it was sent.
    pub(crate) fn persist_described(&mut self, shared: &mut Shared, local: u32) {
        let Some(position) = self.exports.position_of(local).filter(|_| self.stored) else {
            return;
        };
        if let Some(Export::Value(exported)) = self.exports.get(position) {
            let mut exported = *exported;
            write_export_row(shared, &self.parties, position, &mut exported);
            self.exports.set_stored(position);
            self.note_new(shared, position, local);
        }
    }

    /// Stores what is left of an export after a release. A lost write leaks, so nothing waits for it.
    pub(crate) fn persist_release(&self, shared: &mut Shared, position: u64, left: &Exported) {
        if !self.stored || !left.stored {
            return;
        }
        let description = shared
            .locals
            .get(left.local)
            .and_then(|local| local.description.clone());
        let key = self.row_key(schema::Slot::Export(position));
        match description {
            Some(description) if left.count > 0 => {
                let row = ExportRow {
                    position,
                    count: left.count,
                    description,
                    promise: left.promise,
                };
                let value = row.encode(&key);
                shared.persist_lazily(key, Some(value));
            }
            description => {
                shared.persist_lazily(key, None);
                if let Some(description) = description {
                    let index = index_key(&self.parties, &description);
                    shared.persist_lazily(index, None);
                }
            }
        }
    }

    /// What the store has of an import of an earlier process.
    pub(crate) fn stored_import(
        &self,
        context: &mut Context<'_>,
        position: u64,
        promise: bool,
    ) -> Result<Option<ImportRow>, ErrorCode> {
        if !self.restored || !self.earlier.may_have_import(position, promise) {
            return Ok(None);
        }
        let key = self.row_key(import_slot(position, promise));
        let found = match context.env.store.get(&key) {
            Ok(found) => found.map(|bytes| ImportRow::decode(&key, &bytes)),
            Err(error) => Some(Err(error)),
        };
        let row = found.transpose();
        row.map_err(|error| context.shared.report(&error))
    }

    /// Stores an import as it is now.
    pub(super) fn persist_import(&self, shared: &mut Shared, position: u64) {
        let Some(import) = self.imports.get(position, false).filter(|_| self.stored) else {
            return;
        };
        let row = ImportRow {
            position,
            promise: false,
            count: import.count,
            token: self.tokens.get(position).copied(),
        };
        let key = self.row_key(schema::Slot::Import(position));
        let value = row.encode(&key);
        shared.persist(key, Some(value));
    }

    /// Makes the receipts of a read message real, and stores them before the application sees it.
    pub(crate) fn commit_imports(&mut self, shared: &mut Shared) {
        let Session {
            imports,
            tokens,
            parties,
            stored,
            ..
        } = self;
        imports.commit(|position, promise, count| {
            if *stored {
                let slot = import_slot(position, promise);
                let key = schema::slot_row(&parties.own_id, &parties.id, slot);
                let row = ImportRow {
                    position,
                    promise,
                    count,
                    token: tokens.get(position).copied().filter(|_| !promise),
                };
                let value = row.encode(&key);
                shared.persist_lazily(key, Some(value));
            }
        });
    }

    /// The peer counts its exports anew (dialect 2026-01, after a resume): what was received before
    /// is never given back, or what is received later would go with it.
    pub(crate) fn pin_imports(&mut self) {
        self.imports.pin_all();
        self.releases.forget_imports();
    }

    /// Forgets an import, before its release is told.
    pub(crate) fn forget_import(&mut self, shared: &mut Shared, position: u64, promise: bool) {
        if let Some(import) = self.imports.remove(position, promise) {
            // The handle may name something else soon, which a late settlement must not reach.
            if let Some(listener) = import.listener {
                self.exports.take_transient(listener);
            }
            if self.stored {
                shared.persist(self.row_key(import_slot(position, promise)), None);
            }
            self.releases.import(position, import.count);
        }
    }
}

fn import_slot(position: u64, promise: bool) -> schema::Slot {
    if promise {
        schema::Slot::ImportPromise(position)
    } else {
        schema::Slot::Import(position)
    }
}

fn index_key(parties: &Parties, description: &[u8]) -> String {
    let hash: [u8; 32] = Sha256::digest(description).into();
    schema::description_index(&parties.own_id, &parties.id, &hash)
}

fn read_export_row(context: &mut Context<'_>, key: &str) -> Result<Option<ExportRow>, ErrorCode> {
    let bytes = match context.env.store.get(key) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error) => return Err(context.shared.report(&error)),
    };
    match ExportRow::decode(key, &bytes) {
        Ok(row) => Ok(Some(row)),
        Err(error) => Err(context.shared.report(&error)),
    }
}

fn write_export_row(
    shared: &mut Shared,
    parties: &Parties,
    position: u64,
    exported: &mut Exported,
) {
    let Some(description) = shared
        .locals
        .get(exported.local)
        .and_then(|local| local.description.clone())
    else {
        return;
    };
    let key = schema::slot_row(&parties.own_id, &parties.id, schema::Slot::Export(position));
    if !exported.stored {
        let index = index_key(parties, &description);
        let value = IndexRow { position }.encode(&index);
        shared.persist(index, Some(value));
        exported.stored = true;
    }
    let row = ExportRow {
        position,
        count: exported.count,
        description,
        promise: exported.promise,
    };
    let value = row.encode(&key);
    shared.persist(key, Some(value));
}
