//! The class that JavaScript drives.

use wasm_bindgen::prelude::*;

use crate::baggage::{Read, Record, SwissnumRow, schema};
use crate::client::{Asked, Authenticates, Client, Env, Netlayer};
use crate::error::ErrorCode;

use super::header::{self, Header, address};
use super::host::{Clock, report_panics, seed};
use super::outputs::Outputs;
use super::store::{Store, StoreReader};
use super::{inspection, options};

/// What the buffers start with: most messages fit.
const INITIAL: u32 = 4 * 1024;

/// `call`: somebody waits for the answer.
const WANT_ANSWER: u32 = 1;

/// Where there is nothing that has a length.
const NONE: u32 = u32::MAX;

/// One client. JavaScript puts messages into the input buffer and values into the scratch buffer,
/// and finds what is to be done in the out tape; the header says where they are.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CoreClient {
    client: Client,
    store: Store,
    clock: Clock,
    header: Header,
    scratch: Vec<u8>,
    outputs: Outputs,
    /// Results of calls that leave offsets and lengths alone.
    pairs: Vec<u32>,
    bytes: Vec<u8>,
}

/// Runs something on the client at a time, with its store.
macro_rules! at {
    ($self:ident, $now:ident, |$client:ident, $env:ident| $run:expr) => {{
        let $env = Env {
            now: $self.clock.at($now),
            store: &$self.store,
        };
        let $client = &mut $self.client;
        $run
    }};
}

mod tokens;

#[wasm_bindgen]
impl CoreClient {
    /// A client with these settings. `random` is 32 bytes fit for keys, or nothing; `store` is
    /// `{ get(key), keys(prefix) }`, or nothing.
    #[wasm_bindgen(constructor)]
    pub fn new(
        settings: JsValue,
        random: Option<Vec<u8>>,
        store: Option<StoreReader>,
    ) -> Result<CoreClient, JsValue> {
        report_panics();
        let config = options::config(&settings).map_err(|why| misuse(&why))?;
        let mut core = Self {
            client: Client::new(config, seed(random)?),
            store: Store(store),
            clock: Clock::new(),
            header: Header::new(),
            scratch: Vec::new(),
            outputs: Outputs::default(),
            pairs: Vec::new(),
            bytes: Vec::new(),
        };
        core.grow_scratch(INITIAL);
        core.grow_input(INITIAL);
        Ok(core)
    }

    /// The address of the header.
    pub fn header_ptr(&self) -> u32 {
        self.header.address()
    }

    /// The time that the client would use now, without a host's.
    pub fn now(&self) -> f64 {
        self.clock.at(f64::NAN) as f64
    }

    /// Makes the scratch buffer at least this long. What is in it stays.
    pub fn grow_scratch(&mut self, min: u32) {
        if self.scratch.len() < min as usize {
            self.scratch.resize(min as usize, 0);
        }
        self.header
            .set(header::SCRATCH_PTR, address(self.scratch.as_ptr()));
        self.header
            .set(header::SCRATCH_CAP, self.scratch.len() as u32);
    }

    /// Makes the input buffer at least this long. What is in it stays.
    pub fn grow_input(&mut self, min: u32) {
        self.client.input_buffer(min as usize);
        self.show_input();
    }

    /// Learns what the store has. Throws when it cannot be read.
    pub fn load(&mut self, now: f64) -> Result<(), JsValue> {
        self.outputs.clear();
        let loaded = at!(self, now, |client, env| client.load(env));
        self.drain();
        loaded.map_err(|error| coded(error.code(), &error.to_string()))
    }

    /// Adds a way to connect. `authenticates`: 0 nothing, 1 the dialled side, 2 both.
    pub fn add_netlayer(
        &mut self,
        transport: &str,
        location: JsValue,
        authenticates: u8,
        framed: bool,
        trust_claims: bool,
    ) -> Result<u32, JsValue> {
        self.outputs.clear();
        let location = options::location(&location).map_err(|why| misuse(&why))?;
        if location.transport != transport {
            return Err(misuse("a netlayer's location is of its own transport"));
        }
        let netlayer = Netlayer {
            location,
            authenticates: match authenticates {
                0 => Authenticates::Nothing,
                1 => Authenticates::Dialled,
                _ => Authenticates::Both,
            },
            framed,
            trust_claims,
        };
        let added = self.client.add_netlayer(netlayer);
        self.drain();
        added.map_err(|_| misuse(&format!("there is a netlayer for '{transport}' already")))
    }

    /// A connection is open. Gives its number, or 0 when it is to be closed.
    pub fn connection_opened(&mut self, now: f64, netlayer: u32, dial: u32) -> u32 {
        self.outputs.clear();
        let dial = Some(dial).filter(|dial| *dial != 0);
        let connection = at!(self, now, |client, env| client
            .handle_opened(env, netlayer, dial));
        self.drain();
        connection.unwrap_or_default()
    }

    /// The other side of a connection that we dialled is there.
    pub fn connection_established(&mut self, connection: u32) {
        self.client.handle_established(connection);
    }

    /// The first `len` bytes of the input buffer came on a connection.
    pub fn receive(&mut self, now: f64, connection: u32, len: u32) {
        self.outputs.clear();
        at!(self, now, |client, env| client.handle_input(
            env,
            connection,
            len as usize
        ));
        self.drain();
    }

    /// A connection is closed; the netlayer may have found that it led to somebody else.
    pub fn connection_closed(&mut self, now: f64, connection: u32, wrong_peer: bool) {
        self.outputs.clear();
        at!(self, now, |client, env| match wrong_peer {
            true => client.handle_wrong_peer(env, connection),
            false => client.handle_closed(env, connection),
        });
        self.drain();
    }

    /// Bytes that may come on a connection as long as it has no session; `NONE` when that does not
    /// matter.
    pub fn most_before_session(&self, connection: u32) -> u32 {
        let most = self.client.most_before_session(connection);
        most.map_or(NONE, |most| u32::try_from(most).unwrap_or(NONE))
    }

    /// A dial could not be done.
    pub fn dial_failed(&mut self, now: f64, dial: u32) {
        self.outputs.clear();
        at!(self, now, |client, env| client
            .handle_dial_failed(env, dial));
        self.drain();
    }

    /// The time that was asked for has come.
    pub fn timeout(&mut self, now: f64) {
        self.outputs.clear();
        at!(self, now, |client, env| client.handle_timeout(env));
        self.drain();
    }

    /// The network may be there again, or this host have slept.
    pub fn wake(&mut self, now: f64) {
        self.outputs.clear();
        at!(self, now, |client, env| client.handle_wake(env));
        self.drain();
    }

    /// Tells peers now what they may let go of.
    pub fn flush(&mut self, now: f64) {
        self.outputs.clear();
        at!(self, now, |client, env| client.flush(env));
        self.drain();
    }

    /// Somebody else wrote to the same store.
    pub fn wrote(&mut self) {
        self.client.handle_written();
    }

    /// What a commit that begins now covers.
    pub fn mark(&self) -> f64 {
        self.client.written() as f64
    }

    /// Everything up to a mark is durable.
    pub fn committed(&mut self, _now: f64, mark: f64) {
        self.outputs.clear();
        self.client.handle_committed(mark as u64);
        self.drain();
    }

    /// The store failed.
    pub fn store_failed(&mut self, now: f64) {
        self.outputs.clear();
        at!(self, now, |client, env| client.handle_store_failed(env));
        self.drain();
    }

    /// Asks for a session with a peer. Gives the number that the outcome will name.
    pub fn provide_session(&mut self, now: f64, location: JsValue) -> Result<u32, JsValue> {
        self.outputs.clear();
        let location = options::location(&location).map_err(|why| misuse(&why))?;
        let request = at!(self, now, |client, env| client
            .provide_session(env, &location));
        self.drain();
        Ok(request)
    }

    /// Ends a session, telling the peer why.
    pub fn abort_session(&mut self, now: f64, session: u32, reason: &str) {
        self.outputs.clear();
        at!(self, now, |client, env| client
            .abort_session(env, session, reason));
        self.drain();
    }

    /// Ends a session whose peer made the host hold more than a limit allows.
    pub fn exceeded(&mut self, now: f64, session: u32) {
        self.outputs.clear();
        at!(self, now, |client, env| client.exceeded(env, session));
        self.drain();
    }

    /// Ends everything in this process, and nothing in the store.
    pub fn shutdown(&mut self, now: f64) {
        self.outputs.clear();
        at!(self, now, |client, env| client.shutdown(env));
        self.drain();
    }

    /// The handle of a session's bootstrap object; 0 when the session is over.
    pub fn bootstrap(&mut self, session: u32) -> u32 {
        let now = f64::NAN;
        let handle = at!(self, now, |client, env| client.bootstrap(env, session));
        let ended = self.client.ended().unwrap_or(ErrorCode::SessionSevered);
        self.succeed(handle.map(drop).ok_or(ended));
        handle.unwrap_or_default()
    }

    /// A handle for an object (kind 0) or promise (1) of the application's, whose description, if
    /// it has one, is at the start of the scratch buffer.
    pub fn alloc_local(&mut self, kind: u32, description_len: u32) -> u32 {
        let description = Some(self.scratch(0, description_len).to_vec());
        let description = description.filter(|description| !description.is_empty());
        self.client.allocate_local(kind == 1, description)
    }

    /// Gives a description, in the scratch buffer, to an object that may have had none.
    pub fn describe_local(&mut self, _now: f64, handle: u32, description_len: u32) {
        self.outputs.clear();
        let description = self.scratch(0, description_len).to_vec();
        let described = self.client.describe_local(handle, description);
        self.succeed(if described {
            Ok(())
        } else {
            Err(ErrorCode::ApiMisuse)
        });
        self.drain();
    }

    /// Calls a remote object, promise or question with the list of arguments in the scratch
    /// buffer. Gives the question's handle, or 0: nobody waits, or it failed.
    pub fn call(&mut self, now: f64, target: u32, len: u32, flags: u32) -> u32 {
        let answer = flags & WANT_ANSWER != 0;
        self.ask(now, target, Asked::Deliver { answer }, len)
    }

    /// Asks for a field, whose name is in the scratch buffer.
    pub fn get(&mut self, now: f64, target: u32, name_len: u32) -> u32 {
        match self.name(name_len) {
            Some(name) => self.ask(now, target, Asked::Get(name), 0),
            None => self.fail(ErrorCode::ApiMisuse),
        }
    }

    /// Asks for an item of a list.
    pub fn index(&mut self, now: f64, target: u32, index: u32) -> u32 {
        self.ask(now, target, Asked::Index(u64::from(index)), 0)
    }

    /// Asks for what a tagged value holds; its tag is in the scratch buffer.
    pub fn untag(&mut self, now: f64, target: u32, tag_len: u32) -> u32 {
        match self.name(tag_len) {
            Some(tag) => self.ask(now, target, Asked::Untag(tag), 0),
            None => self.fail(ErrorCode::ApiMisuse),
        }
    }

    /// Settles what a peer waits for with the value in the scratch buffer.
    pub fn settle(&mut self, now: f64, answer: u32, fulfilled: u32, len: u32) {
        self.outputs.clear();
        let Some(wait) = answer.checked_sub(1) else {
            self.fail(ErrorCode::ApiMisuse);
            return;
        };
        let tape = self.scratch.get(..len as usize).unwrap_or_default();
        let settled = at!(self, now, |client, env| client.settle(
            env,
            wait,
            fulfilled != 0,
            tape
        ));
        self.succeed(settled);
        self.drain();
    }

    /// Asks to hear of an imported promise's settlement.
    pub fn listen(&mut self, now: f64, handle: u32) {
        self.outputs.clear();
        let listened = at!(self, now, |client, env| client.listen(env, handle));
        self.succeed(listened);
        self.drain();
    }

    /// The application holds a remote object or promise no longer.
    pub fn release_remote(&mut self, now: f64, handle: u32) {
        self.outputs.clear();
        at!(self, now, |client, env| client.release_remote(env, handle));
        self.drain();
    }

    /// The host's judgement of a session.
    pub fn auth_result(&mut self, now: f64, hook: u32, ok: u32) {
        self.outputs.clear();
        at!(self, now, |client, env| client.handle_authenticated(
            env,
            hook,
            ok != 0
        ));
        self.drain();
    }

    /// The entry of the store for a registered swissnum; swissnum and description are in the
    /// scratch buffer. Leaves where key and value are.
    pub fn encode_swissnum_row(&mut self, swissnum_len: u32, description_len: u32) {
        let key = schema::swissnum(self.scratch(0, swissnum_len));
        let description = self.scratch(swissnum_len, description_len).to_vec();
        let value = SwissnumRow { description }.encode(&key);
        self.bytes.clear();
        self.bytes.extend_from_slice(key.as_bytes());
        self.bytes.extend_from_slice(&value);
        self.succeed(Ok(()));
        self.pairs.clear();
        self.pair(0, key.len());
        self.pair(key.len(), value.len());
        self.show_pairs();
    }

    /// The stored description for a swissnum, which is in the scratch buffer. Leaves where it is,
    /// or where the key is after an error.
    pub fn read_swissnum_row(&mut self, swissnum_len: u32) {
        let key = schema::swissnum(self.scratch(0, swissnum_len));
        let row = self.store.get(&key).and_then(|bytes| {
            bytes
                .map(|bytes| SwissnumRow::decode(&key, &bytes))
                .transpose()
        });
        self.bytes.clear();
        self.pairs.clear();
        match row {
            Ok(Some(row)) => {
                self.bytes.extend_from_slice(&row.description);
                self.pair(0, row.description.len());
                self.succeed(Ok(()));
            }
            Ok(None) => {
                self.pairs.extend([0, NONE]);
                self.succeed(Ok(()));
            }
            Err(error) => {
                self.bytes.extend_from_slice(key.as_bytes());
                self.pair(0, key.len());
                self.succeed(Err(error.code()));
            }
        }
        self.show_pairs();
    }

    /// What the client holds, without secrets.
    pub fn inspect(&self) -> Result<JsValue, JsValue> {
        inspection::show(self.client.inspect())
    }
}

impl CoreClient {
    fn ask(&mut self, now: f64, target: u32, ask: Asked, len: u32) -> u32 {
        self.outputs.clear();
        let tape = self.scratch.get(..len as usize).unwrap_or_default();
        let asked = at!(self, now, |client, env| client.ask(env, target, ask, tape));
        let question = asked.ok().flatten().unwrap_or_default();
        self.succeed(asked.map(|_| ()));
        self.drain();
        question
    }

    fn name(&self, len: u32) -> Option<String> {
        let bytes = self.scratch(0, len);
        Some(std::str::from_utf8(bytes).ok()?.to_owned())
    }

    fn scratch(&self, start: u32, len: u32) -> &[u8] {
        let end = start.saturating_add(len) as usize;
        self.scratch.get(start as usize..end).unwrap_or_default()
    }

    fn succeed(&mut self, result: Result<(), ErrorCode>) {
        let number = result.err().map_or(0, |code| code as u32);
        self.header.set(header::ERROR_CODE, number);
    }

    fn fail(&mut self, code: ErrorCode) -> u32 {
        self.outputs.clear();
        self.succeed(Err(code));
        self.drain();
        0
    }

    /// Puts what is to be done where JavaScript reads it.
    fn drain(&mut self) {
        self.outputs.drain(&mut self.client);
        let words = self.outputs.words();
        self.header.set(header::OUT_PTR, address(words.as_ptr()));
        self.header.set(header::OUT_LEN, words.len() as u32);
        self.header.set(header::BYTES_PTR, 0);
        let side = address(self.client.side().as_ptr());
        self.header.set(header::SIDE_PTR, side);
        self.show_input();
    }

    fn show_input(&mut self) {
        let input = self.client.input();
        let (at, len) = (address(input.as_ptr()), input.len() as u32);
        self.header.set(header::IN_PTR, at);
        self.header.set(header::IN_CAP, len);
    }

    fn pair(&mut self, offset: usize, len: usize) {
        let at = address(self.bytes.as_ptr()).wrapping_add(offset as u32);
        self.pairs.extend([at, len as u32]);
    }

    fn show_pairs(&mut self) {
        self.header
            .set(header::OUT_PTR, address(self.pairs.as_ptr()));
        self.header.set(header::OUT_LEN, 0);
        self.header.set(header::BYTES_PTR, 0);
    }
}

/// An error with a code, as JavaScript's `errors.js` makes them.
fn coded(code: ErrorCode, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    let _ = js_sys::Reflect::set(&error, &"code".into(), &code.as_str().into());
    error.into()
}

fn misuse(why: &str) -> JsValue {
    coded(ErrorCode::ApiMisuse, why)
}
