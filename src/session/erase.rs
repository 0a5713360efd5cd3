//! Deleting all that the store has of a session.
//!
//! A store without commits may stop between two writes. What says that a session is being erased
//! comes first and goes last, so that the next process finishes what this one could not, and has to
//! look at nothing else for that.

use crate::baggage::{ErasureRecord, LocationEntry, Record, StoreError, schema};
use crate::client::shared::Context;
use crate::identity::{PublicId, SessionId};

use super::Session;

impl Session {
    /// Deletes all that the store has of this session.
    pub(crate) fn erase(&mut self, context: &mut Context<'_>) {
        if std::mem::take(&mut self.stored) {
            let parties = &self.parties;
            let entry = schema::location_entry(&parties.own_location, &parties.peer);
            erase(context, &parties.own_id, &parties.id, entry);
        }
    }
}

/// Deletes all that the store has of a session, which may be named by a location entry.
pub(crate) fn erase(context: &mut Context<'_>, own: &PublicId, id: &SessionId, entry: String) {
    context.shared.gifts.uncount(*own, *id);
    let begun = schema::erasure(own, id);
    let named = names(context, &entry, own, id);
    let location_entry = entry.clone();
    let value = ErasureRecord { location_entry }.encode(&begun);
    context.shared.persist(begun.clone(), Some(value));
    let record = schema::session_record(own, id);
    context.shared.persist(record, None);
    for prefix in [schema::table(own, id), schema::gifts(own, id)] {
        erase_below(context, &prefix);
    }
    match named {
        Ok(true) => context.shared.persist(entry, None),
        Ok(false) => {}
        Err(error) => {
            context.shared.report(&error);
        }
    }
    context.shared.persist_lazily(begun, None);
}

fn erase_below(context: &mut Context<'_>, prefix: &str) {
    let keys = match context.env.store.keys(prefix) {
        Ok(keys) => keys,
        Err(error) => {
            context.shared.report(&error);
            return;
        }
    };
    // What is written in this very call is not in the store yet.
    let waiting = context.shared.writes.iter().map(|write| &write.key);
    let waiting = waiting.filter(|key| key.starts_with(prefix)).cloned();
    let keys: Vec<String> = keys.into_iter().chain(waiting).collect();
    for key in keys {
        context.shared.persist_lazily(key, None);
    }
}

/// Whether a location entry names a session.
fn names(
    context: &Context<'_>,
    entry: &str,
    own: &PublicId,
    id: &SessionId,
) -> Result<bool, StoreError> {
    let waiting = context.shared.writes.iter().rev();
    let bytes = match waiting.into_iter().find(|write| write.key == entry) {
        Some(write) => write.value.clone(),
        None => context.env.store.get(entry)?,
    };
    let Some(bytes) = bytes else { return Ok(false) };
    let entry = LocationEntry::decode(entry, &bytes)?;
    Ok(entry.own == *own && entry.sid == *id)
}
