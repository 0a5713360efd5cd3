//! Gifts that an earlier process accepted, of sessions whose peers said nothing about gifts yet.
//!
//! They are read when their session is asked for one. Until then they count, so that those of all
//! sessions together stay within the limit over restarts too. They are counted when the first gift
//! comes or is asked for: a client that has nothing to do with gifts never lists them.

use crate::baggage::{GiftRow, Record, schema};
use crate::handoff::Bounds;
use crate::identity::{PublicId, SessionId};

use super::Client;
use super::shared::Env;

impl Client {
    /// The bounds on gifts and claims in memory.
    pub(super) fn gift_bounds(&mut self, env: Env<'_>) -> Bounds {
        if self.shared.config.resume && !self.shared.gifts.are_counted() {
            self.count_gifts(env);
        }
        let limits = self.shared.config.limits;
        let places = self.places();
        // What was taken has its row until its receiver is told.
        let elsewhere = self.shared.gifts.elsewhere(&places) + self.shared.passing.taken.len();
        Bounds {
            session: limits.gifts,
            client: limits.client_gifts.saturating_sub(elsewhere),
        }
    }

    fn count_gifts(&mut self, env: Env<'_>) {
        self.shared.gifts.counting();
        let keys = env.store.keys(schema::GIFTS).unwrap_or_else(|error| {
            self.shared.report(&error);
            Vec::new()
        });
        let mut last = None;
        for key in keys {
            let Some((own, id)) = schema::parse_gift(&key) else {
                continue;
            };
            if last.as_ref().is_none_or(|(known, _)| *known != (own, id)) {
                last = Some(((own, id), self.place_of_gifts(env, &own, &id)));
            }
            let Some((_, Some(place))) = &last else {
                continue;
            };
            let read = env.store.get(&key).ok().flatten();
            let row = read.and_then(|bytes| GiftRow::decode(&key, &bytes).ok());
            // One that is damaged is told of when it is asked for.
            if row.is_some_and(|row| row.description.is_some()) {
                self.shared.gifts.count(own, id, place);
            }
        }
    }

    /// Our location in a session whose gifts are in the store alone.
    fn place_of_gifts(&mut self, env: Env<'_>, own: &PublicId, id: &SessionId) -> Option<String> {
        let loaded = self.by_id.get(id).and_then(|key| self.sessions.get(key));
        if let Some(session) = loaded.filter(|session| session.parties.own_id == *own) {
            let waiting = session.gifts_in_store;
            return waiting.then(|| session.parties.own_location.id());
        }
        let record = self.read_stored(env, own, id)?;
        Some(record.own_location.id())
    }
}
