//! Calls, each with its place in the ledger of the side that makes it.

use ocapn_wasm::client::{Asked, Env};
use ocapn_wasm::error::ErrorCode;

use super::World;
use crate::application::{Call, Outcome};
use crate::value::{Value, list, symbol};

impl World {
    /// One call, without what follows of it. Gives its place in the ledger.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn ask(
        &mut self,
        index: usize,
        target: u32,
        method: &str,
        effect: Option<u64>,
        args: &Value,
        answer: bool,
        keep: bool,
    ) -> Result<usize, ErrorCode> {
        let tape = self.resolve(index, args).tape();
        let side = &mut self.sides[index];
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        let asked = side
            .client
            .ask(env, target, Asked::Deliver { answer }, &tape)?;
        Ok(self.note(index, asked, method, effect, keep))
    }

    fn note(
        &mut self,
        index: usize,
        question: Option<u32>,
        method: &str,
        effect: Option<u64>,
        keep: bool,
    ) -> usize {
        let side = &mut self.sides[index];
        let outcome = question
            .is_none()
            .then_some(Outcome::Fulfilled(Value::Undefined));
        side.app.calls.push(Call {
            effect,
            method: method.into(),
            asked: self.now,
            outcome,
            keep,
        });
        let call = side.app.calls.len() - 1;
        if let Some(question) = question {
            let before = side.app.questions.insert(question, call);
            assert!(before.is_none(), "a handle names two questions");
        }
        call
    }

    /// Calls a method of a remote object, promise or unanswered question.
    pub fn call(
        &mut self,
        index: usize,
        target: u32,
        method: &str,
        args: impl IntoIterator<Item = Value>,
    ) -> Result<usize, ErrorCode> {
        let args = list(std::iter::once(symbol(method)).chain(args));
        let call = self.ask(index, target, method, None, &args, true, true);
        self.drain(index);
        call
    }

    /// Calls a method with an effect of its own.
    pub fn add(&mut self, index: usize, target: u32) -> Result<usize, ErrorCode> {
        let id = self.effect_id();
        let args = list([symbol("add"), Value::Int(id as i32)]);
        let call = self.ask(index, target, "add", Some(id), &args, true, false);
        self.drain(index);
        call
    }

    /// Asks a stranger for something. What comes of it may be anything.
    pub fn ask_stranger(&mut self, index: usize, bootstrap: u32) {
        let name = Value::Bytes(b"n:counter".to_vec());
        let args = list([symbol("fetch"), name]);
        let call = self.ask(index, bootstrap, "fetch", None, &args, true, false);
        let question = call.map(|call| self.question(index, call));
        let app = &mut self.sides[index].app;
        app.of_strangers.extend([bootstrap]);
        app.of_strangers.extend(question);
        self.drain(index);
    }

    pub fn send_only(&mut self, index: usize, target: u32) -> Result<u64, ErrorCode> {
        let id = self.effect_id();
        let args = list([symbol("add"), Value::Int(id as i32)]);
        let sent = self.ask(index, target, "add", Some(id), &args, false, false);
        self.drain(index);
        sent.map(|_| id)
    }

    pub fn index_of(&mut self, index: usize, target: u32, item: u64) -> Result<usize, ErrorCode> {
        let asked = self.with(index, |client, env| {
            client.ask(env, target, Asked::Index(item), &[])
        })?;
        Ok(self.note(index, asked, "index", None, true))
    }

    pub fn effect_id(&mut self) -> u64 {
        self.next_effect += 1;
        self.next_effect - 1
    }

    /// The question of a call that has not settled.
    pub fn question(&self, index: usize, call: usize) -> u32 {
        let questions = self.sides[index].app.questions.iter();
        let mut questions = questions.filter(|(_, other)| **other == call);
        *questions.next().expect("the call is open").0
    }

    pub fn outcome(&self, index: usize, call: usize) -> Option<Outcome> {
        self.sides[index].app.calls[call].outcome.clone()
    }
}
