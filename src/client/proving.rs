//! Where only the dialled side is authenticated, an incoming session is whose it says to be only once
//! that peer, dialled, goes on with it (design, section 5, "Whose location").

use crate::error::ErrorCode;
use crate::session::Session;
use crate::wire::Location;

use super::attempts::{Mode, backoff};
use super::output::Output;
use super::shared::Env;
use super::{Authenticates, Client};

/// Dials of a peer that says to have a session with us, after the first.
const MOST_REFUSALS: u32 = 5;

/// What a session that makes way for another is told.
const MADE_WAY: &str = "session closed";

impl Client {
    /// Whether this connection's netlayer vouches for the side that was dialled.
    pub(super) fn authenticates_dialled(&self, connection: u32) -> bool {
        let connection = self.connections.get(&connection);
        let netlayer = connection.and_then(|connection| self.netlayer(connection.netlayer));
        netlayer.is_some_and(|netlayer| netlayer.authenticates != Authenticates::Nothing)
    }

    /// The session that a peer began with us, as it says: it can be dialled and asked to go on with
    /// it. Not while calls wait on it, which would suffer a change of connections: then a session
    /// beside it serves us better.
    pub(super) fn provable(&self, own: &Location, peer: &Location) -> Option<u32> {
        if !self.shared.config.resume || self.speaks_2026_01() {
            return None;
        }
        let claims = self.claims(peer).filter(|session| {
            session.parties.own_location.same_peer(own) && session.stored && session.is_quiet()
        });
        claims
            .max_by_key(|session| session.last_heard)
            .map(|session| session.key)
    }

    /// Sessions that somebody began who says to be this peer, and is not believed.
    fn claims<'a>(&'a self, peer: &Location) -> impl Iterator<Item = &'a Session> {
        let unbelieved = self
            .netlayer_for(&peer.transport)
            .and_then(|netlayer| self.netlayer(netlayer))
            .is_some_and(|netlayer| match netlayer.authenticates {
                Authenticates::Nothing => !netlayer.trust_claims,
                Authenticates::Dialled => true,
                Authenticates::Both => false,
            });
        let peer = peer.clone();
        let sessions = self.sessions.values().map(|session| &**session);
        sessions.filter(move |session| {
            unbelieved
                && !session.outgoing
                && !session.proven
                && !session.is_parked()
                && session.parties.peer.same_peer(&peer)
        })
    }

    /// A peer that we dialled refuses a start. It may be for the session that it began with us, and
    /// that we cannot use: that one makes way, and the peer is dialled again, a bounded number of
    /// times. False when the refusal is what it seems.
    pub(super) fn make_way(&mut self, env: Env<'_>, peer: &str) -> bool {
        let Some(attempt) = self.attempts.get(peer) else {
            return false;
        };
        let refusals = attempt.refusals;
        if attempt.mode != Mode::Start {
            return false;
        }
        let claims: Vec<u32> = self
            .claims(&attempt.location)
            .filter(|session| session.connection().is_some())
            .map(|session| session.key)
            .collect();
        if claims.is_empty() && refusals == 0 {
            return false;
        }
        if refusals >= MOST_REFUSALS {
            self.attempt_failed(env, peer, ErrorCode::PeerBusy, true);
            return true;
        }
        for claim in claims {
            self.end_session(env, claim, Some(MADE_WAY), ErrorCode::PeerBusy);
        }
        let times = self.shared.config.times;
        let random = self.random();
        let wait = backoff(refusals + 1, times.retry_least, times.retry_most, random);
        if let Some(attempt) = self.attempts.get_mut(peer) {
            attempt.refusals += 1;
            attempt.connection = None;
            attempt.retry_at = Some(env.now + wait);
            attempt.deadline = env.now + wait + times.handshake;
            self.shared.arm(env.now + wait);
        }
        true
    }

    /// Dials again where it is time to.
    pub(super) fn retry_attempts(&mut self, env: Env<'_>) {
        let due = |at: Option<u64>| at.is_some_and(|at| at <= env.now);
        let attempts = self.attempts.iter();
        let due: Vec<String> = attempts
            .filter(|(_, attempt)| due(attempt.retry_at))
            .map(|(peer, _)| peer.clone())
            .collect();
        for peer in due {
            let dial = self.number();
            let Some(attempt) = self.attempts.get_mut(&peer) else {
                continue;
            };
            attempt.retry_at = None;
            attempt.dial = Some(dial);
            let location = attempt.location.clone();
            if let Some(netlayer) = self.netlayer_for(&location.transport) {
                self.dials.push_back(Output::Dial {
                    dial,
                    netlayer,
                    location,
                });
            }
        }
    }
}
