//! The host's judgement of sessions (`authenticateSession`), before anything is stored or said.

use crate::error::ErrorCode;
use crate::handshake::Refusal;
use crate::identity::SessionId;
use crate::wire::{Location, PublicKey};

use super::Client;
use super::connection::{Stage, Then};
use super::output::Event;
use super::shared::Env;

impl Client {
    /// Asks the host, if it wants to be asked, and goes on when it agrees.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn judge(
        &mut self,
        env: Env<'_>,
        number: u32,
        resume: bool,
        id: SessionId,
        key: PublicKey,
        peer: Location,
        then: Then,
    ) {
        if !self.shared.config.authenticate {
            self.judged(env, number, then);
            return;
        }
        let hook = self.number();
        self.hooks.insert(hook, number);
        self.set_stage(number, Stage::Judged { hook, then });
        self.shared.events.push_back(Event::Authenticate {
            hook,
            resume,
            id,
            key,
            peer,
        });
    }

    /// The host's answer to `Event::Authenticate`.
    pub fn handle_authenticated(&mut self, env: Env<'_>, hook: u32, agreed: bool) {
        self.begin();
        if let Some(number) = self.hooks.remove(&hook)
            && let Some(Stage::Judged { then, .. }) = self.stage(number)
        {
            let then = then.clone();
            if agreed {
                self.judged(env, number, then);
                self.process(env);
            } else {
                self.not_agreed(env, number);
            }
        }
        self.end();
    }

    /// The host refused, failed, or took too long.
    pub(super) fn not_agreed(&mut self, env: Env<'_>, number: u32) {
        let dialled = self
            .connections
            .get(&number)
            .and_then(|c| c.dialled.clone());
        self.refuse(number, Refusal::InvalidSessionAuth.text());
        if let Some(peer) = dialled {
            self.attempt_failed(env, &peer, ErrorCode::AuthRefused, false);
        }
    }

    fn judged(&mut self, env: Env<'_>, number: u32, then: Then) {
        match then {
            Then::AcceptStart { key, hello } => self.accept_judged(env, number, key, *hello),
            Then::FinishStart { key, hello } => self.finish_judged(env, number, key, *hello),
            Then::AnswerResume { session, number: n } => {
                self.answer_judged(env, number, session, n);
            }
            Then::ConfirmResume { session, count } => {
                self.confirm_judged(env, number, session, count);
            }
        }
    }
}
