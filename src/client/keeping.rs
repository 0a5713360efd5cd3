//! Sessions that nobody asks for end when they are old, or too many.
//!
//! The store may have sessions that this process never loads. They are read once, a few at a time
//! and after the opening, so that opening costs no more than the list of their keys. From then on it
//! is known when each expires. Those of locations that are not ours belong to other clients of the
//! same store, or to nobody: they end when they expire by their own record, and for no other reason.

use crate::baggage::{Record, SessionRecord, schema};
use crate::error::ErrorCode;
use crate::handshake::Refusal;
use crate::identity::{PublicId, SessionId};
use crate::session::{State, erase};
use crate::tables::{SortedMap, in_order};

use super::Client;
use super::shared::Env;

/// Records that are read in one go.
const BATCH: usize = 64;

/// From one go to the next, in ms.
const PAUSE: u64 = 5;

/// What is known of a session that is only in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kept {
    /// Our location in it.
    at: String,
    last_alive: u64,
    expiry: u64,
    strangers: bool,
    parked: bool,
    /// Something is to be left with its peer.
    deposits: bool,
}

impl Kept {
    fn of(record: &SessionRecord) -> Self {
        Self {
            at: record.own_location.id(),
            last_alive: record.last_alive,
            expiry: record.expiry,
            strangers: !record.dialled && !record.proven,
            parked: record.parked,
            deposits: record.deposits,
        }
    }
}

/// The sessions that are only in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Keeping {
    unread: Vec<(PublicId, SessionId)>,
    kept: SortedMap<(PublicId, SessionId), Kept>,
    next: Option<u64>,
}

impl Keeping {
    /// The store has this one.
    pub(super) fn found(&mut self, own: PublicId, id: SessionId) {
        self.unread.push((own, id));
    }

    /// It is loaded, or gone.
    pub(super) fn forget(&mut self, own: &PublicId, id: &SessionId) {
        self.kept.remove(&(*own, *id));
    }

    /// All is looked at again: which sessions are ours has changed.
    pub(super) fn again(&mut self) {
        self.next = None;
    }

    /// Forgets when there is something to do, if time does not go beyond this.
    pub(super) fn normalise(&mut self, horizon: u64) {
        if self.next.is_some_and(|next| next > horizon) {
            self.next = Some(u64::MAX);
        }
    }

    /// When there is something to do.
    pub(super) fn next(&self) -> Option<u64> {
        self.next
    }
}

/// A session without a connection, which may be ended.
#[derive(Clone, Copy, Debug)]
struct Idle {
    last_alive: u64,
    strangers: bool,
    parked: bool,
    which: Which,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Loaded(u32),
    Stored(PublicId, SessionId),
}

impl Client {
    /// Reads what was not read, and ends what is too old or too much.
    pub(super) fn look_after_stored(&mut self, env: Env<'_>) {
        if self.keeping.next.is_some_and(|next| next > env.now) {
            return;
        }
        let left = self.keeping.unread.len().saturating_sub(BATCH);
        for (own, id) in self.keeping.unread.split_off(left) {
            if !self.is_loaded(&own, &id)
                && let Some(record) = self.read_stored(env, &own, &id)
            {
                self.keeping.kept.insert((own, id), Kept::of(&record));
            }
        }
        let places = self.places();
        self.expire_stored(env, &places);
        self.leave_gifts(env, &places);
        let ends = self.keeping.kept.values();
        let ends = ends.map(|kept| self.end_of(kept, &places));
        self.keeping.next = if self.keeping.unread.is_empty() {
            // A session that cannot be ended is not tried without end.
            ends.min().map(|end| end.max(env.now + PAUSE))
        } else {
            Some(env.now + PAUSE)
        };
        self.bound_sessions(env);
    }

    fn is_loaded(&self, own: &PublicId, id: &SessionId) -> bool {
        let session = self.by_id.get(id).and_then(|key| self.sessions.get(key));
        session.is_some_and(|session| session.parties.own_id == *own)
    }

    /// Where we are, as `Kept::at` has it.
    pub(super) fn places(&self) -> Vec<String> {
        let netlayers = self.netlayers.iter();
        netlayers.map(|netlayer| netlayer.location.id()).collect()
    }

    /// When a session that is only in the store expires.
    fn end_of(&self, kept: &Kept, places: &[String]) -> u64 {
        let expiry = if places.contains(&kept.at) {
            self.shared.config.times.expiry
        } else {
            kept.expiry
        };
        kept.last_alive.saturating_add(expiry)
    }

    pub(super) fn read_stored(
        &mut self,
        env: Env<'_>,
        own: &PublicId,
        id: &SessionId,
    ) -> Option<SessionRecord> {
        let key = schema::session_record(own, id);
        let read = env.store.get(&key).and_then(|bytes| {
            let record = bytes.map(|bytes| SessionRecord::decode(&key, &bytes));
            record.transpose()
        });
        read.unwrap_or_else(|error| {
            // It stays: only the host can tell that it is to go.
            self.shared.report(&error);
            None
        })
    }

    fn expire_stored(&mut self, env: Env<'_>, places: &[String]) {
        let old = self.keeping.kept.iter();
        let old = old.filter(|(_, kept)| self.end_of(kept, places) <= env.now);
        let old: Vec<(PublicId, SessionId)> = old.map(|(which, _)| *which).collect();
        for (own, id) in old {
            // Another client of this store may have used it meanwhile.
            let Some(record) = self.read_stored(env, &own, &id) else {
                self.keeping.forget(&own, &id);
                continue;
            };
            let kept = Kept::of(&record);
            if self.end_of(&kept, places) <= env.now {
                self.end_stored(env, &own, id, ErrorCode::Expired);
            } else {
                self.keeping.kept.insert((own, id), kept);
            }
        }
    }

    /// An earlier process left gifts that their exporter may not have: whoever was told of them waits.
    fn leave_gifts(&mut self, env: Env<'_>, places: &[String]) {
        let kept = self.keeping.kept.iter();
        let kept = kept.filter(|(_, kept)| kept.deposits && places.contains(&kept.at));
        let waiting: Vec<(PublicId, SessionId)> = kept.map(|(which, _)| *which).collect();
        for (own, id) in waiting {
            self.keeping.forget(&own, &id);
            if let Ok(Some(session)) = self.load_stored(env, &own, id) {
                self.hurry(env, session);
            }
        }
    }

    /// Ends a session that is only in the store. The application hears of it if it is ours.
    fn end_stored(&mut self, env: Env<'_>, own: &PublicId, id: SessionId, code: ErrorCode) {
        self.keeping.forget(own, &id);
        match self.load_record(env, own, id) {
            Ok(Some(key)) => self.end_session(env, key, None, code),
            Ok(None) => {}
            Err(ErrorCode::NoNetlayer) => {
                if let Some(record) = self.read_stored(env, own, &id) {
                    let entry = schema::location_entry(&record.own_location, &record.peer_location);
                    self.stored.remove(&id);
                    erase(&mut Client::context(&mut self.shared, env), own, &id, entry);
                }
            }
            // It was reported.
            Err(_) => {}
        }
    }

    /// Sessions without a connection, of our locations.
    fn idle(&self) -> Vec<Idle> {
        let loaded = self.sessions.values().filter_map(|session| {
            let last_alive = match session.state {
                State::Active { .. } => return None,
                State::Suspended { since } | State::Parked { since } => since,
            };
            Some(Idle {
                last_alive,
                strangers: session.is_strangers(),
                parked: session.is_parked(),
                which: Which::Loaded(session.key),
            })
        });
        let places = self.places();
        let stored = self.keeping.kept.iter();
        let stored = stored.filter(|(_, kept)| places.contains(&kept.at));
        let stored = stored.map(|((own, id), kept)| Idle {
            last_alive: kept.last_alive,
            strangers: kept.strangers,
            parked: kept.parked,
            which: Which::Stored(*own, *id),
        });
        loaded.chain(stored).collect()
    }

    fn active(&self) -> usize {
        let active = self.sessions.values();
        let active = active.filter(|session| session.connection().is_some());
        active.count()
    }

    /// Whether a peer may begin one session more on this connection, which is refused if not.
    pub(super) fn has_room_for(&mut self, env: Env<'_>, number: u32) -> bool {
        let has_room = self.has_room(env);
        if !has_room {
            self.refuse_hello(env, number, Refusal::InternalError);
        }
        has_room
    }

    /// Whether one session more is allowed: a stranger's, of long ago, may have to go for it. What
    /// was not read yet may be of peers that we dialled, who do not go for strangers.
    fn has_room(&mut self, env: Env<'_>) -> bool {
        let unread = self.keeping.unread.len();
        let most = self.shared.config.limits.sessions.saturating_sub(unread);
        if self.sessions.len() + self.keeping.kept.len() < most {
            return true;
        }
        let idle = self.idle();
        let all = self.active() + idle.len();
        if all != most {
            return all < most;
        }
        let strangers = idle.into_iter().filter(|idle| idle.strangers);
        match strangers.min_by_key(|idle| idle.last_alive) {
            Some(oldest) => {
                self.end_idle(env, oldest.which);
                true
            }
            None => false,
        }
    }

    fn end_idle(&mut self, env: Env<'_>, which: Which) {
        let code = ErrorCode::LimitExceeded;
        match which {
            Which::Loaded(key) => self.end_session(env, key, None, code),
            Which::Stored(own, id) => self.end_stored(env, &own, id, code),
        }
    }

    /// Ends sessions without a connection that are too many: parked ones, strangers' ones, then
    /// whichever; strangers' first, and those of long ago before others.
    pub(super) fn bound_sessions(&mut self, env: Env<'_>) {
        let limits = self.shared.config.limits;
        let roughly = self.sessions.len() + self.keeping.kept.len();
        let least = limits.parked.min(limits.strangers).min(limits.sessions);
        if roughly <= least {
            return;
        }
        let idle = self.idle();
        let room = limits.sessions.saturating_sub(self.active());
        let mut parked = idle.iter().filter(|idle| idle.parked).count();
        let mut strangers = idle.iter().filter(|idle| idle.strangers).count();
        let mut all = idle.len();
        let key = |at: usize| idle.get(at).map(|idle| (!idle.strangers, idle.last_alive));
        let order = in_order(idle.len(), &mut |a, b| key(a).cmp(&key(b)));
        for idle in order.into_iter().filter_map(|at| idle.get(at)) {
            let over = (idle.parked && parked > limits.parked)
                || (idle.strangers && strangers > limits.strangers)
                || all > room;
            if over {
                parked -= usize::from(idle.parked);
                strangers -= usize::from(idle.strangers);
                all -= 1;
                self.end_idle(env, idle.which);
            }
        }
    }
}
