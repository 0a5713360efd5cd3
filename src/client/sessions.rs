//! Sessions lose connections, end, and come back from the store.

use crate::baggage::{LocationEntry, Record, SessionRecord, schema};
use crate::error::ErrorCode;
use crate::identity::{PublicId, SessionId};
use crate::session::{Session, State};
use crate::wire::{Dialect, Dialects, Location};

use super::Client;
use super::attempts::{Mode, backoff};
use super::shared::Env;

/// Ended sessions remembered in dialect 2026-01.
const MOST_TOMBSTONES: usize = 64;

/// The side that was dialled waits this many times longer before it dials, so that the two seldom cross.
const ACCEPTOR_PATIENCE: u64 = 5;

impl Client {
    /// The connection of an active session is gone.
    pub(super) fn cut(&mut self, env: Env<'_>, key: u32, connection: u32, code: ErrorCode) {
        let Some(session) = self.sessions.get(&key) else {
            return;
        };
        if session.connection() != Some(connection) {
            return;
        }
        let peer = session.parties.peer.id();
        let resumable = self.shared.config.resume
            && !self.no_resume.contains(&peer)
            && !self.resumes_otherwise(session);
        if resumable && (session.is_worth_keeping() || self.shared.gifts.are_of(key)) {
            self.with_session(env, key, |session, context| session.suspend(context, code));
            let first = self.sessions.get(&key).is_some_and(|s| s.outgoing);
            self.plan_reconnect(env, key, first);
            self.bound_sessions(env);
        } else {
            self.end_session(env, key, None, ErrorCode::SessionSevered);
        }
        self.answer_held(env, &peer);
    }

    /// A suspended session's peer is dialled in a while. Which side is `first` does not wait for the
    /// other.
    pub(super) fn plan_reconnect(&mut self, env: Env<'_>, key: u32, first: bool) {
        let times = self.shared.config.times;
        if !self.is_needed(key) {
            return;
        }
        let jitter = self.random();
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if !matches!(session.state, State::Suspended { .. }) {
            return;
        }
        let least = if first {
            times.retry_least
        } else {
            times.retry_least.saturating_mul(ACCEPTOR_PATIENCE)
        };
        let at = env.now + backoff(1, least, times.retry_most, jitter);
        session.resumption.retry_at = Some(at);
        self.shared.arm(at);
    }

    /// Dials a suspended session's peer, unless that is on its way.
    pub(super) fn reconnect(&mut self, env: Env<'_>, key: u32) {
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if !matches!(session.state, State::Suspended { .. }) {
            return;
        }
        session.resumption.retry_at = None;
        let first = session.outgoing;
        let peer = session.parties.peer.id();
        match self.attempts.get(&peer) {
            Some(attempt) if attempt.mode == (Mode::Resume { session: key }) => {}
            Some(_) => self.plan_reconnect(env, key, first),
            None => self.attempt(env, &peer, None, Some(key)),
        }
    }

    /// Ends a session for good. With a reason, the peer is told.
    pub(super) fn end_session(
        &mut self,
        env: Env<'_>,
        key: u32,
        reason: Option<&str>,
        code: ErrorCode,
    ) {
        let Some(session) = self.sessions.get(&key) else {
            return;
        };
        let peer = session.parties.peer.clone();
        let id = session.parties.id;
        let connection = session.connection();
        self.with_session(env, key, |session, context| session.sever(context, code));
        if self.current.get(&peer.id()) == Some(&key) {
            self.current.remove(&peer.id());
        }
        if let Some(connection) = connection
            && self.connections.remove(&connection).is_some()
        {
            match reason {
                Some(reason) => self.say_abort(connection, reason),
                None => self.closes.push_back(connection),
            }
        }
        self.sessions.remove(&key);
        self.by_id.remove(&id);
        self.stored.remove(&id);
        if self.speaks_2026_01() {
            if self.tombstones.len() >= MOST_TOMBSTONES {
                self.tombstones.pop_front();
            }
            self.tombstones.push_back((id, peer.clone()));
        }
        let was_resuming = self
            .attempts
            .get(&peer.id())
            .is_some_and(|attempt| attempt.mode == Mode::Resume { session: key });
        if was_resuming {
            self.withdraw_attempt(env, &peer.id());
            self.disappoint(&peer.id(), code);
        }
        let orphans: Vec<u32> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.resumes(key))
            .map(|(number, _)| *number)
            .collect();
        for orphan in orphans {
            self.refuse(orphan, "unknown-session");
        }
        // Hellos that waited to hear whether this session lives need not wait any longer.
        if connection.is_some() && !self.attempts.contains_key(&peer.id()) {
            self.answer_held(env, &peer.id());
        }
    }

    /// The peer aborted a session on its current connection.
    pub(super) fn aborted(&mut self, env: Env<'_>, _connection: u32, key: u32) {
        self.end_session(env, key, None, ErrorCode::PeerAborted);
    }

    /// A message came: the peer lives.
    pub(super) fn heard_from(&mut self, _env: Env<'_>, key: u32) {
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if session.probe.take().is_some() {
            let peer = session.parties.peer.id();
            self.refuse_held_starts(&peer);
        }
    }

    /// The session that the store has for a peer, suspended.
    pub(super) fn load_for(
        &mut self,
        env: Env<'_>,
        own: &Location,
        peer: &Location,
    ) -> Result<Option<u32>, ErrorCode> {
        if !self.shared.config.resume {
            return Ok(None);
        }
        let Some(entry) = self.location_entry(env, own, peer)? else {
            return Ok(None);
        };
        if let Some(key) = self.by_id.get(&entry.sid) {
            return Ok(
                Some(*key).filter(|key| self.sessions.get(key).is_some_and(|s| !s.is_parked()))
            );
        }
        let loaded = match self.load_record(env, &entry.own, entry.sid) {
            Ok(loaded) => loaded,
            Err(ErrorCode::NoNetlayer) => None,
            Err(code) => return Err(code),
        };
        let Some(key) = loaded else {
            return Ok(None);
        };
        let usable = self.sessions.get(&key).is_some_and(|session| {
            session.parties.own_location.same_peer(own)
                && session.parties.peer.same_peer(peer)
                && !session.is_parked()
        });
        if usable {
            self.current.insert(peer.id(), key);
        }
        Ok(usable.then_some(key))
    }

    /// The session that the store has under an id, suspended.
    pub(super) fn load_by_id(&mut self, env: Env<'_>, id: SessionId) -> Option<u32> {
        let owns = self.stored.get(&id)?.clone();
        for own in owns {
            if let Ok(Some(key)) = self.load_stored(env, &own, id) {
                return Some(key);
            }
        }
        None
    }

    /// The session that a record describes, suspended. It becomes the one with its peer where the
    /// store says so.
    pub(super) fn load_stored(
        &mut self,
        env: Env<'_>,
        own: &PublicId,
        id: SessionId,
    ) -> Result<Option<u32>, ErrorCode> {
        let Some(key) = self.load_record(env, own, id)? else {
            return Ok(None);
        };
        let Some(session) = self.sessions.get(&key) else {
            return Ok(None);
        };
        // A parked one leaves room for what the peer begins.
        let free = !session.is_parked();
        let (own, peer) = (&session.parties.own_location, &session.parties.peer);
        let (own, peer) = (own.clone(), peer.clone());
        let free = free && !self.current.contains_key(&peer.id());
        if free && self.entry_names(env, &own, &peer, id) {
            self.current.insert(peer.id(), key);
        }
        Ok(Some(key))
    }

    /// The session of a record, suspended. Nothing when there is none, or it expired.
    pub(super) fn load_record(
        &mut self,
        env: Env<'_>,
        own: &PublicId,
        id: SessionId,
    ) -> Result<Option<u32>, ErrorCode> {
        let record_key = schema::session_record(own, &id);
        let bytes = match env.store.get(&record_key) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(error) => return Err(self.shared.report(&error)),
        };
        let record = match SessionRecord::decode(&record_key, &bytes) {
            Ok(record) => record,
            Err(error) => return Err(self.shared.report(&error)),
        };
        let ours = self
            .netlayers
            .iter()
            .any(|netlayer| netlayer.location.same_peer(&record.own_location));
        if !ours {
            return Err(ErrorCode::NoNetlayer);
        }
        self.keeping.forget(own, &id);
        let key = self.number();
        let deposits = record.deposits;
        let mut session = Session::from_record(key, record, env.now);
        if session.parties.id != id || session.parties.own_id != *own {
            let error = crate::baggage::StoreError::Damaged {
                key: record_key,
                why: "the record is of another session",
            };
            return Err(self.shared.report(&error));
        }
        if self.shared.config.auto_dialect && session.dialect == Dialect::V2026_02 {
            session.open_dialects(Dialects::SINCE_2026_02);
        }
        if let State::Suspended { since } | State::Parked { since } = session.state {
            let expiry = self.shared.config.times.expiry;
            if env.now.saturating_sub(since) >= expiry || self.resumes_otherwise(&session) {
                self.sessions.insert(key, Box::new(session));
                self.by_id.insert(id, key);
                self.end_session(env, key, None, ErrorCode::Expired);
                return Ok(None);
            }
            self.shared.arm(since + expiry);
        }
        self.sessions.insert(key, Box::new(session));
        self.by_id.insert(id, key);
        self.stored.remove(&id);
        if deposits {
            self.with_session(env, key, |session, context| {
                session.recall_deposits(context);
            });
        }
        Ok(Some(key))
    }

    pub(super) fn location_entry(
        &mut self,
        env: Env<'_>,
        own: &Location,
        peer: &Location,
    ) -> Result<Option<LocationEntry>, ErrorCode> {
        if !self.shared.config.resume {
            return Ok(None);
        }
        let key = schema::location_entry(own, peer);
        // What this very call wrote is not in the store yet.
        let waiting = self.shared.writes.iter().rev().find(|w| w.key == key);
        let bytes = match waiting {
            Some(write) => write.value.clone(),
            None => match env.store.get(&key) {
                Ok(bytes) => bytes,
                Err(error) => return Err(self.shared.report(&error)),
            },
        };
        match bytes.map(|bytes| LocationEntry::decode(&key, &bytes)) {
            None => Ok(None),
            Some(Ok(entry)) => Ok(Some(entry)),
            Some(Err(error)) => Err(self.shared.report(&error)),
        }
    }

    /// Whether the store has a session that may not be put in the shade.
    pub(super) fn has_location_entry(
        &mut self,
        env: Env<'_>,
        own: &Location,
        peer: &Location,
    ) -> bool {
        match self.location_entry(env, own, peer) {
            Ok(entry) => entry.is_some(),
            Err(_) => true,
        }
    }

    fn entry_names(
        &mut self,
        env: Env<'_>,
        own: &Location,
        peer: &Location,
        id: SessionId,
    ) -> bool {
        matches!(self.location_entry(env, own, peer), Ok(Some(entry)) if entry.sid == id)
    }

    /// Makes a session the one that the store has for its peer.
    pub(super) fn persist_location_entry(&mut self, key: u32) {
        let Some(session) = self.sessions.get(&key).filter(|session| session.stored) else {
            return;
        };
        let parties = &session.parties;
        let entry_key = schema::location_entry(&parties.own_location, &parties.peer);
        let entry = LocationEntry {
            own: parties.own_id,
            sid: parties.id,
        };
        let value = entry.encode(&entry_key);
        self.shared.persist(entry_key, Some(value));
    }

    /// A peer that turned out to speak 2026-01 resumes in a way that has to be asked for.
    fn resumes_otherwise(&self, session: &Session) -> bool {
        self.shared.config.auto_dialect && session.dialect == Dialect::V2026_01
    }

    /// The dialect of sessions that begin now.
    pub fn dialect(&self) -> Dialect {
        self.shared.config.dialect
    }
}
