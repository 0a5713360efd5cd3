//! Third-party handoffs of this client, as exporter.

use crate::error::ErrorCode;
use crate::handoff::request::Request;
use crate::handoff::{Claim, Claimant, Deposit, Name, check};
use crate::identity::SessionId;
use crate::session::Violation;
use crate::wire::handoff::{HandoffGive, HandoffReceive, Signed};
use crate::wire::text::to_hex;
use crate::wire::{Location, Operation, Target};

use super::Client;
use super::output::{Event, GiftChange, Recipient};
use super::shared::{Env, Shared};

impl Client {
    /// Handles a message if it is about gifts. Nothing when it is not.
    pub(super) fn on_gift(
        &mut self,
        env: Env<'_>,
        session: u32,
        input: &[u8],
        operation: &Operation<'_>,
    ) -> Option<Result<(), Violation>> {
        let Operation::Deliver {
            to: Target::Export(0),
            args,
            answer,
            resolve_me,
            ..
        } = operation
        else {
            return None;
        };
        let limits = self.shared.config.limits.syrup();
        let request = Request::read(input, args.clone(), limits)?;
        self.with_session(env, session, |session, context| {
            session.note_message(context, operation)
        })?;
        let answered = match request {
            Request::Deposit { id, gift } => self.on_deposit(env, session, id, gift, *answer),
            Request::Withdraw(receive) => {
                self.with_session(env, session, |session, context| {
                    session.no_deposits_again(context);
                });
                Ok(self.on_withdraw(env, session, &receive))
            }
        };
        let (what, then) = match answered {
            Ok(Ok(found)) => found,
            Ok(Err(code)) => (Recipient::Broken(code), None),
            Err(violation) => return Some(Err(violation)),
        };
        let answered = self.with_session(env, session, |session, context| {
            session.answer_with(context, what, *answer, *resolve_me)
        });
        // Only now that whoever is told of the gift has been.
        match then {
            Some(Then::Unhold { name, local }) => {
                self.gift_is_taken(env, name, local);
                self.shared.locals.unhold(local);
            }
            Some(Then::Give(claimant, local)) => self.shared.give(claimant, local),
            Some(Then::Want(name, claim)) => self.show_gift(&name, GiftChange::Wanted(claim)),
            None => {}
        }
        answered
    }

    fn on_deposit(
        &mut self,
        env: Env<'_>,
        session: u32,
        id: &[u8],
        gift: Target,
        answer: Option<u64>,
    ) -> Result<Outcome, Violation> {
        let name = Name::new(session, id);
        let most = self.shared.config.limits.gifts;
        let known = self.with_session(env, session, |session, context| {
            session.recall_gifts(context);
            let known = session.repeats.is_repeated(name.id());
            if known {
                session.repeats.left(name.id(), answer, true, most);
            }
            known
        });
        if known == Some(true) {
            return Ok(Ok((Recipient::Nothing, None)));
        }
        let gift = self.with_session(env, session, |session, context| session.gift(context, gift));
        let local = match gift {
            Some(Ok(Ok(local))) => local,
            Some(Ok(Err(code))) => return Ok(Err(code)),
            Some(Err(violation)) => return Err(violation),
            None => return Ok(Err(ErrorCode::SessionSevered)),
        };
        let bounds = self.gift_bounds(env);
        let deposit = match self.shared.gifts.deposit(name.clone(), local, bounds) {
            Ok(deposit) => deposit,
            Err(code) => return Ok(Err(code)),
        };
        let taken = matches!(deposit, Deposit::Claimed(_));
        self.with_session(env, session, |session, context| {
            session.repeats.left(name.id(), answer, taken, most);
            session.store_taken(context.shared, &name, local);
        });
        let then = match deposit {
            Deposit::Kept => {
                self.shared.locals.hold(local);
                let kept = GiftChange::Kept(self.shared.recipient(local));
                self.show_gift(&name, kept);
                self.with_session(env, session, |session, context| {
                    session.store_gift(context.shared, &name, local);
                });
                None
            }
            Deposit::Repeated => None,
            Deposit::Claimed(claimant) => Some(Then::Give(claimant, local)),
        };
        Ok(Ok((Recipient::Nothing, then)))
    }

    fn on_withdraw(
        &mut self,
        env: Env<'_>,
        session: u32,
        signed: &Signed<'_, HandoffReceive<'_>>,
    ) -> Outcome {
        let receive = &signed.object;
        let receiver = self.sessions.get(&session);
        let receiver = receiver.ok_or(ErrorCode::SessionSevered)?;
        check::receive(signed, receiver.other_end())?;
        let name = self.gift_of(env, &receive.signed_give)?;
        let count = receive.handoff_count;
        self.with_session(env, session, |session, context| {
            session.use_count(context, count)
        })
        .unwrap_or(Err(ErrorCode::SessionSevered))?;
        let claim = self.number();
        let claimant = Claimant::Peer { session, claim };
        Ok(match self.claim(env, name.clone(), claimant)? {
            Claim::Present(local) => {
                self.show_gift(&name, GiftChange::Taken);
                let to = self.shared.recipient(local);
                (to, Some(Then::Unhold { name, local }))
            }
            Claim::Waiting => (Recipient::Claim(claim), Some(Then::Want(name, claim))),
        })
    }

    /// Lets a table of the host's show what happened to a gift.
    fn show_gift(&mut self, name: &Name, change: GiftChange) {
        if let Some(gifter) = self.sessions.get(&name.gifter()) {
            let id = gifter.parties.id.to_hex();
            let key = format!("{id}:{}", to_hex(name.id()));
            self.shared
                .events
                .push_back(Event::GiftTable { key, change });
        }
    }

    /// The gift that a give is for, once that is found good.
    pub(super) fn gift_of(
        &mut self,
        env: Env<'_>,
        signed: &Signed<'_, HandoffGive<'_>>,
    ) -> Result<Name, ErrorCode> {
        let id = signed.object.session.try_into().map(SessionId);
        let gifter = id.ok().and_then(|id| match self.by_id.get(&id) {
            Some(key) => Some(*key),
            None => self.load_by_id(env, id),
        });
        let gifter = gifter.and_then(|key| self.sessions.get(&key));
        let gifter = gifter.ok_or(check::Refusal::GifterSession)?;
        check::give(signed, gifter.other_end(), |location| {
            self.is_self(location)
        })?;
        Ok(Name::new(gifter.key, signed.object.gift_id))
    }

    pub(super) fn claim(
        &mut self,
        env: Env<'_>,
        name: Name,
        claimant: Claimant,
    ) -> Result<Claim, ErrorCode> {
        self.with_session(env, name.gifter(), |session, context| {
            session.recall_gifts(context);
        });
        let deadline = env.now.saturating_add(self.shared.config.times.gift);
        let bounds = self.gift_bounds(env);
        let (gifter, id) = (name.gifter(), name.id().to_vec());
        let claim = self.shared.gifts.claim(name, claimant, deadline, bounds)?;
        match claim {
            Claim::Waiting => self.shared.arm(deadline),
            Claim::Present(_) => {
                self.with_session(env, gifter, |session, _| {
                    session.repeats.take(&id, bounds.session);
                });
            }
        }
        Ok(claim)
    }

    /// A gift is about to be told to who came for it, with the message that was handed out last, or
    /// has been: its row goes after that.
    pub(super) fn gift_is_taken(&mut self, env: Env<'_>, name: Name, local: u32) {
        let gifter = self.sessions.get(&name.gifter());
        if !gifter.is_some_and(|gifter| gifter.has_gift_row(&self.shared, local)) {
            return;
        }
        match self.shared.events.back() {
            Some(Event::Message {
                wait: Some(wait), ..
            }) => {
                self.shared.passing.taken.insert(*wait, name);
            }
            _ => self.gift_is_told(env, &name),
        }
    }

    pub(super) fn gift_is_told(&mut self, env: Env<'_>, name: &Name) {
        self.with_session(env, name.gifter(), |gifter, context| {
            gifter.gift_is_told(context.shared, name);
        });
    }

    /// Somebody was told what he waited for: if it was a gift, its row goes.
    pub(super) fn wait_is_over(&mut self, env: Env<'_>, wait: u32) {
        if let Some(name) = self.shared.passing.taken.remove(&wait) {
            self.gift_is_told(env, &name);
        }
    }

    /// Those who have waited long enough for a gift are told so.
    pub(super) fn expire_claims(&mut self, env: Env<'_>) {
        for claimant in self.shared.gifts.expire(env.now) {
            self.shared.disappoint(claimant, ErrorCode::GiftTimeout);
        }
    }

    /// When that is next due.
    pub(super) fn next_claim(&self) -> Option<u64> {
        self.shared.gifts.next_deadline()
    }

    /// Whether a location is one of ours, whatever its hints.
    pub(super) fn is_self(&self, location: &Location) -> bool {
        self.netlayers
            .iter()
            .any(|netlayer| netlayer.location.same_peer(location))
    }
}

/// What a call about gifts comes to, and what is to be done after that is said.
type Outcome = Result<(Recipient, Option<Then>), ErrorCode>;

enum Then {
    /// A gift is not held any more, and its row goes when its receiver has been told of it.
    Unhold { name: Name, local: u32 },
    /// Somebody waited for this gift.
    Give(Claimant, u32),
    /// Somebody waits for this gift, with a claim.
    Want(Name, u32),
}

impl Shared {
    /// Gives a gift to who waited for it.
    pub(crate) fn give(&mut self, claimant: Claimant, local: u32) {
        match claimant {
            Claimant::Peer { claim, .. } => {
                let to = self.recipient(local);
                self.events.push_back(Event::Gift { claim, to });
            }
            Claimant::Own { promise } => self.fulfil(promise, local),
        }
    }

    /// Tells who waited for a gift that there will be none.
    pub(crate) fn disappoint(&mut self, claimant: Claimant, code: ErrorCode) {
        match claimant {
            Claimant::Peer { claim, .. } => {
                let to = Recipient::Broken(code);
                self.events.push_back(Event::Gift { claim, to });
            }
            Claimant::Own { promise } => self.fail(promise, code),
        }
    }

    /// A connection of a session is gone, and with it whatever its peer waited for.
    pub(crate) fn abandon_claims(&mut self, session: u32) {
        for claimant in self.gifts.abandon(session) {
            self.disappoint(claimant, ErrorCode::ConnectionClosed);
        }
    }

    /// A session is over, and with it its peer's gifts.
    pub(crate) fn forget_gifts(&mut self, session: u32) {
        let (locals, vain) = self.gifts.forget(session);
        for local in locals {
            self.locals.unhold(local);
        }
        for claimant in vain {
            self.disappoint(claimant, ErrorCode::GifterGone);
        }
        self.passing.sever(session);
    }
}
