//! Peers that refuse our hello because they have a session with us already: one that they dialled, which nothing vouches for, and
//! which they cannot resume. It is closed, and the peer dialled again.

use crate::error::ErrorCode;

use super::Client;
use super::attempts::{Mode, backoff};
use super::output::Output;
use super::shared::Env;

/// How often a busy peer is dialled again.
const MOST_REDIALS: u32 = 5;

impl Client {
    /// The peer aborted our hello. Either it is busy, and dialled again later, or that was its last word.
    pub(super) fn start_refused(&mut self, env: Env<'_>, peer: &str, code: ErrorCode) {
        let claiming: Vec<u32> = self
            .sessions
            .values()
            .filter(|session| session.parties.peer.id() == peer)
            .filter(|session| {
                session.connection().is_some() && !session.outgoing && !session.proven
            })
            .map(|session| session.key)
            .collect();
        let jitter = self.random();
        let times = self.shared.config.times;
        let attempt = self.attempts.get_mut(peer);
        let attempt = attempt.filter(|attempt| attempt.mode == Mode::Start);
        let code = match attempt {
            Some(attempt) if code == ErrorCode::PeerAborted => {
                // It may not have noticed yet that the one which was closed before is gone.
                if claiming.is_empty() && attempt.redials == 0 {
                    ErrorCode::PeerAborted
                } else if attempt.redials == MOST_REDIALS {
                    ErrorCode::PeerBusy
                } else {
                    attempt.redials += 1;
                    let wait =
                        backoff(attempt.redials, times.retry_least, times.retry_most, jitter);
                    attempt.connection = None;
                    attempt.redial_at = Some(env.now + wait);
                    attempt.deadline = env.now + wait + times.handshake;
                    self.shared.arm(env.now + wait);
                    for session in claiming {
                        self.end_session(env, session, None, ErrorCode::SessionSevered);
                    }
                    return;
                }
            }
            _ => code,
        };
        self.attempt_failed(env, peer, code, true);
    }

    /// Dials the busy peers whose time has come.
    pub(super) fn redial(&mut self, env: Env<'_>) {
        let due: Vec<String> = self
            .attempts
            .iter()
            .filter(|(_, attempt)| attempt.redial_at.is_some_and(|at| at <= env.now))
            .map(|(peer, _)| peer.clone())
            .collect();
        for peer in due {
            let dial = self.number();
            let Some(attempt) = self.attempts.get_mut(&peer) else {
                continue;
            };
            attempt.redial_at = None;
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
