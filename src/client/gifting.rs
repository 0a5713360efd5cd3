//! Third-party handoffs of this client, as gifter and as receiver.

use crate::error::ErrorCode;
use crate::handoff::{Arrived, Claim, Claimant};
use crate::locals::LocalKind;
use crate::remotes::Remote;
use crate::session::read_give;
use crate::syrup::Writer;
use crate::tape::tags;
use crate::wire::Dialect;
use crate::wire::handoff::{HandoffGive, write_signed};

use super::Client;
use super::output::Event;
use super::shared::{Env, Shared};

impl Client {
    /// Runs something that writes a value for a session. References in it that are another's are
    /// given to the peer: they are prepared when they turn out to be there, and it is run again.
    pub(super) fn with_gives<T>(
        &mut self,
        env: Env<'_>,
        session: u32,
        tape: &[u8],
        mut run: impl FnMut(&mut Self) -> Result<T, ErrorCode>,
    ) -> Result<T, ErrorCode> {
        self.shared.passing.take_missing();
        let mut ran = run(self);
        if ran.is_err() && self.shared.passing.take_missing() {
            self.prepare_gives(env, session, tape)?;
            ran = run(self);
            let waits = self.sessions.get(&session).map(|s| !s.queue.is_empty());
            if ran.is_err() && waits == Some(false) {
                self.shared.passing.forget(session);
            }
        }
        ran
    }

    /// Prepares a give for each reference in a value that is another session's.
    pub(super) fn prepare_gives(
        &mut self,
        env: Env<'_>,
        to: u32,
        tape: &[u8],
    ) -> Result<(), ErrorCode> {
        let foreign = self
            .with_session(env, to, |session, context| session.foreign(context, tape))
            .ok_or(ErrorCode::SessionSevered)??;
        for (handle, remote) in foreign {
            match remote {
                Remote::Object { .. } | Remote::Bootstrap { .. } => {
                    self.prepare_give(env, to, handle, remote)?;
                }
                Remote::Promise { .. } if self.gives_promises() => {
                    self.prepare_give(env, to, handle, remote)?;
                }
                Remote::Promise { .. } | Remote::Question { .. } => self.shared.follow(handle),
                Remote::Gift | Remote::Broken(_) => {}
            }
        }
        Ok(())
    }

    /// Whether an unsettled promise may be a gift. `@endo/ocapn` refuses such a deposit and lets
    /// the receiver wait for ever (reference 5.3), so in its dialects the promise goes through us.
    fn gives_promises(&self) -> bool {
        self.shared.config.dialect == Dialect::V2026_03
    }

    /// Leaves a gift with its exporter, and keeps the note that stands for it.
    fn prepare_give(
        &mut self,
        env: Env<'_>,
        to: u32,
        handle: u32,
        remote: Remote,
    ) -> Result<(), ErrorCode> {
        let gone = ErrorCode::SessionSevered;
        let key = remote.session().ok_or(gone)?;
        let id = self.random.bytes();
        let exporter = self.sessions.get(&key).ok_or(gone)?;
        let receiver = self.sessions.get(&to).ok_or(gone)?;
        if exporter.is_parked() {
            return Err(ErrorCode::SessionRefused);
        }
        let mut give = Vec::new();
        HandoffGive {
            receiver_key: receiver.parties.peer_key,
            exporter_location: exporter.parties.peer.clone(),
            session: &exporter.parties.id.0,
            gifter_side: &exporter.parties.own_id.0,
            gift_id: &id,
        }
        .write(&mut Writer::new(&mut give), receiver.dialect.key_order());
        let signature = exporter.parties.own.sign(&give);
        let suspended = exporter.connection().is_none();
        let mut envelope = Vec::new();
        write_signed(&mut Writer::new(&mut envelope), &give, &signature);
        self.with_session(env, key, |session, context| {
            session.give(context, id, handle)
        })
        .unwrap_or(Err(gone))?;
        if suspended {
            self.hurry(env, key);
        }
        self.shared.passing.prepare(to, remote, envelope);
        Ok(())
    }

    /// Does what can be done now about gives that came in. True when there was something.
    pub(super) fn pursue_handoffs(&mut self, env: Env<'_>) -> bool {
        for handle in std::mem::take(&mut self.shared.passing.let_go) {
            self.let_go(env, handle);
        }
        let arrived = std::mem::take(&mut self.shared.passing.arrived);
        let mut progress = !arrived.is_empty();
        for give in arrived {
            let promise = give.promise;
            if let Err(code) = self.pursue(env, give) {
                self.shared.fail(promise, code);
            }
        }
        for (give, session) in self.take_provided() {
            progress = true;
            let promise = give.promise;
            let asked = session.and_then(|session| {
                self.with_session(env, session, |session, context| {
                    session.withdraw(context, &give)
                })
                .unwrap_or(Err(ErrorCode::SessionSevered))
            });
            if let Err(code) = asked {
                self.shared.fail(promise, code);
            }
        }
        progress
    }

    fn pursue(&mut self, env: Env<'_>, give: Arrived) -> Result<(), ErrorCode> {
        let limits = self.shared.config.limits.syrup();
        let envelope = give.envelope.clone();
        let signed = read_give(&envelope, limits)?;
        let location = &signed.object.exporter_location;
        if !self.is_self(location) {
            let request = self.number();
            self.shared.passing.requests.insert(request, give);
            return self.want(env, request, location).inspect_err(|_| {
                self.shared.passing.requests.remove(&request);
            });
        }
        // The gift is our own: nobody has to be asked for it.
        let name = self.gift_of(env, &signed)?;
        let promise = give.promise;
        let claimed = self.claim(env, name.clone(), Claimant::Own { promise })?;
        if let Claim::Present(local) = claimed {
            self.shared.fulfil(promise, local);
            let gifter = self.sessions.get(&name.gifter());
            if gifter.is_some_and(|gifter| gifter.has_gift_row(&self.shared, local)) {
                self.gift_is_told(env, &name);
            }
            self.shared.locals.unhold(local);
        }
        Ok(())
    }

    /// Takes out what became of our requests for sessions with exporters.
    fn take_provided(&mut self) -> Vec<(Arrived, Result<u32, ErrorCode>)> {
        let Shared {
            events, passing, ..
        } = &mut self.shared;
        let requests = &mut passing.requests;
        if requests.is_empty() {
            return Vec::new();
        }
        let mut taken = Vec::new();
        events.retain(|event| {
            let (request, outcome) = match event {
                Event::Provided { request, session } => (request, Ok(*session)),
                Event::NotProvided { request, code } => (request, Err(*code)),
                _ => return true,
            };
            let give = requests.remove(request);
            give.map(|give| taken.push((give, outcome))).is_none()
        });
        taken
    }

    /// Nothing will be fetched any more.
    pub(super) fn stop_handoffs(&mut self, code: ErrorCode) {
        let passing = &mut self.shared.passing;
        let arrived = std::mem::take(&mut passing.arrived).into_iter();
        let requested = std::mem::take(&mut passing.requests).into_values();
        for give in arrived.chain(requested).collect::<Vec<_>>() {
            self.shared.fail(give.promise, code);
        }
        for claimant in self.shared.gifts.clear() {
            self.shared.disappoint(claimant, code);
        }
    }
}

impl Shared {
    /// Makes a promise of ours stand for what is remote, until that is settled.
    fn follow(&mut self, remote: u32) {
        if self.passing.follower(remote).is_none() {
            let local = self.locals.allocate(LocalKind::Promise, None, false);
            self.locals.hold(local);
            self.passing.follow(remote, local);
            self.events.push_back(Event::Follow { local, remote });
        }
    }

    /// A promise for a gift is fulfilled with something of ours.
    pub(crate) fn fulfil(&mut self, promise: u32, local: u32) {
        let start = self.words.len();
        match self.describe_cold(local) {
            Some(place) => self.words.extend([
                tags::REF,
                tags::KIND_DESCRIBED,
                local,
                place.start as u32,
                place.len() as u32,
            ]),
            None => self.words.extend([tags::REF, tags::KIND_LOCAL, local]),
        }
        let value = start..self.words.len();
        self.events.push_back(Event::Settled {
            handle: promise,
            fulfilled: true,
            value,
        });
        self.finish(promise, ErrorCode::ApiMisuse);
    }
}
