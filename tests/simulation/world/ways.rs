//! What scenarios do and look at again and again.

use ocapn_wasm::client::SessionInspection;
use ocapn_wasm::client::output::Status;
use ocapn_wasm::error::ErrorCode;

use super::World;
use crate::application::Outcome;
use crate::value::Value;

impl World {
    pub fn sessions(&self, index: usize) -> Vec<SessionInspection> {
        self.sides[index].client.inspect().sessions
    }

    pub fn session(&self, index: usize) -> SessionInspection {
        let sessions = self.sessions(index);
        assert_eq!(
            sessions.len(),
            1,
            "{} has one session",
            self.sides[index].name
        );
        sessions.into_iter().next().expect("one session")
    }

    pub fn request(&mut self, from: usize, to: usize) -> u32 {
        let location = self.sides[to].location.clone();
        self.with(from, |client, env| client.provide_session(env, &location))
    }

    pub fn provided(&self, index: usize, request: u32) -> Option<Result<u32, ErrorCode>> {
        self.sides[index].app.provided.get(&request).copied()
    }

    /// Connects, and gives the session's key.
    pub fn connect(&mut self, from: usize, to: usize) -> u32 {
        let request = self.request(from, to);
        self.until(60_000, "a session", |world| {
            world.provided(from, request).is_some()
        });
        self.provided(from, request)
            .expect("an outcome")
            .expect("a session")
    }

    /// The peer's object of a name, kept.
    pub fn fetch(&mut self, index: usize, session: u32, name: &str) -> u32 {
        match self.try_fetch(index, session, name) {
            Some(Outcome::Fulfilled(Value::RemoteObject(handle))) => handle,
            other => panic!("fetch gives {other:?}"),
        }
    }

    pub fn try_fetch(&mut self, index: usize, session: u32, name: &str) -> Option<Outcome> {
        let bootstrap = self.bootstrap(index, session)?;
        let name = Value::Bytes(name.as_bytes().to_vec());
        let call = self.call(index, bootstrap, "fetch", [name]).ok()?;
        self.settles(index, call);
        self.outcome(index, call)
    }

    /// The bootstrap object of a session's peer, kept.
    pub fn bootstrap(&mut self, index: usize, session: u32) -> Option<u32> {
        let bootstrap = self.with(index, |client, env| client.bootstrap(env, session))?;
        self.sides[index].app.held.insert(bootstrap);
        Some(bootstrap)
    }

    pub fn settles(&mut self, index: usize, call: usize) {
        self.until(60_000, "a call settles", |world| {
            world.outcome(index, call).is_some()
        });
    }

    /// A call that works.
    pub fn works(&mut self, index: usize, target: u32) {
        let call = self.add(index, target).expect("asked");
        self.settles(index, call);
        match self.outcome(index, call) {
            Some(Outcome::Fulfilled(Value::Int(_))) => {}
            other => panic!("a call gives {other:?}"),
        }
    }

    /// The counter of the peer. An old connection may have to be found dead first, on either side.
    pub fn reach(&mut self, from: usize, to: usize) -> u32 {
        let mut seen = Vec::new();
        for _ in 0..4 {
            let request = self.request(from, to);
            self.until(60_000, "an outcome", |world| {
                world.provided(from, request).is_some()
            });
            let provided = self.provided(from, request);
            seen.push(format!("{provided:?}"));
            if let Some(Ok(session)) = provided {
                let fetched = self.try_fetch(from, session, "n:counter");
                if let Some(Outcome::Fulfilled(Value::RemoteObject(handle))) = fetched {
                    return handle;
                }
                seen.push(format!("{fetched:?}"));
            }
            self.run(5_000);
        }
        panic!("{} gets no session: {seen:?}", self.sides[from].name);
    }

    /// A call works after a few tries: a dead connection has to be noticed first.
    pub fn comes_to_work(&mut self, index: usize, target: u32) {
        for _ in 0..4 {
            if let Ok(call) = self.add(index, target) {
                self.settles(index, call);
                if let Some(Outcome::Fulfilled(_)) = self.outcome(index, call) {
                    return;
                }
            }
            self.run(5_000);
        }
        panic!("no call works");
    }

    pub fn statuses(&self, index: usize) -> Vec<Status> {
        self.sides[index]
            .app
            .sessions
            .iter()
            .map(|(_, status, ..)| *status)
            .collect()
    }

    /// A release of the application's.
    pub fn release(&mut self, index: usize, handle: u32) {
        self.sides[index].app.held.remove(&handle);
        self.with(index, |client, env| client.release_remote(env, handle));
    }
}
