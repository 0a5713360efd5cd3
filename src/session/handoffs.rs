//! A session's part in third-party handoffs.

use crate::client::output::{Recipient, Request};
use crate::client::shared::Context;
use crate::error::ErrorCode;
use crate::handoff::check::{Peer, Refusal};
use crate::wire::{ResolveMe, Target};

use super::incoming::Found;
use super::{Session, Violation};

/// Used handoff counts above the first free one that a session remembers.
const MOST_GAPS: usize = 4096;

impl Session {
    /// The other end, for the checks of a handoff.
    pub(crate) fn other_end(&self) -> Peer<'_> {
        Peer {
            session: &self.parties.id,
            id: &self.parties.peer_id,
            key: &self.parties.peer_key,
        }
    }

    /// What the peer leaves as a gift: the local handle of something of ours.
    pub(crate) fn gift(
        &mut self,
        context: &mut Context<'_>,
        gift: Target,
    ) -> Result<Result<u32, ErrorCode>, Violation> {
        let found = match gift {
            Target::Export(position) => self.export_target(context, position)?,
            Target::Answer(position) => {
                let local = self.answers.get(position).ok_or(ErrorCode::UnknownSlot)?;
                Found::Local(local)
            }
        };
        Ok(match found {
            Found::Local(local) => Ok(local),
            Found::Transient | Found::Lost => Err(ErrorCode::Lost),
            Found::Damaged(code) => Err(code),
        })
    }

    /// Uses a handoff count, once, and stores that before anything that is made from now on leaves.
    pub(crate) fn use_count(
        &mut self,
        context: &mut Context<'_>,
        count: u64,
    ) -> Result<(), ErrorCode> {
        let used = &mut self.handoffs.used;
        if used.contains(count) {
            return Err(Refusal::CountUsed.into());
        }
        if used.gaps() >= MOST_GAPS {
            return Err(ErrorCode::LimitExceeded);
        }
        if !used.insert(count) {
            return Err(Refusal::CountUsed.into());
        }
        self.persist_record(context.shared);
        Ok(())
    }

    /// Hands what a call of the peer's comes to, to the application, which answers it.
    pub(crate) fn answer_with(
        &mut self,
        context: &mut Context<'_>,
        what: Recipient,
        answer: Option<u64>,
        resolve_me: Option<ResolveMe>,
    ) -> Result<(), Violation> {
        self.ask_application(context, what, Request::Identify, answer, resolve_me)
    }
}
