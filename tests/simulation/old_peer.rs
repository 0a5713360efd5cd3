//! A peer as pull request endojs/endo#3175 has it, as far as sessions go: one key for all of them,
//! one shared count that has to be equal, no confirmation, and no fallback of its own.

use std::collections::BTreeMap;

use ocapn_wasm::handshake::resume::{signed_by, write_resume};
use ocapn_wasm::handshake::start::write_hello;
use ocapn_wasm::identity::{KeyPair, SessionId, public_id, session_id, verify_location};
use ocapn_wasm::syrup::{KeyOrder, Reader, SyrupLimits, Token};
use ocapn_wasm::wire::{
    Dialect, Location, Operation, PublicKey, ResolveMe, Target, read_operation, write,
};

const DIALECT: Dialect = Dialect::V2026_01;

/// What it stores of a session. It never deletes one.
#[derive(Clone, Debug)]
pub struct Record {
    pub count: u64,
    peer_key: PublicKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Awaiting,
    StartSent,
    ResumeSent(SessionId),
    Active,
}

/// What it says to something.
#[derive(Debug, Default)]
pub struct Said {
    pub messages: Vec<Vec<u8>>,
    pub close: bool,
}

#[derive(Debug)]
pub struct OldPeer {
    pub location: Location,
    key: KeyPair,
    pub records: BTreeMap<SessionId, Record>,
    /// What it resumes when it dials.
    pub latest: Option<SessionId>,
    /// The link of the session that it holds active.
    pub active: Option<u32>,
    stages: BTreeMap<u32, Stage>,
    /// Names and positions of its exports: they outlive sessions.
    positions: BTreeMap<Vec<u8>, u64>,
    next_position: u64,
    /// References given since the table was restored: it comes back with none.
    counts: BTreeMap<u64, u64>,
    next_resolver: u64,
    /// Its next answer to a resume is lost, with the link.
    pub lose_reply: bool,
    pub added: i32,
    /// Answers to its own calls.
    pub fulfilled: u64,
    pub starts: u64,
    pub resumes: u64,
    /// The refusals that it was told and that it told, and what no peer should do to it.
    pub refusals: Vec<String>,
    pub refused: Vec<String>,
    pub faults: Vec<String>,
    /// Everything that it ever said first on a link.
    pub firsts: Vec<Vec<u8>>,
}

impl OldPeer {
    pub fn new(location: Location) -> Self {
        Self {
            location,
            key: KeyPair::from_seed([77; 32]),
            records: BTreeMap::new(),
            latest: None,
            active: None,
            stages: BTreeMap::new(),
            positions: BTreeMap::new(),
            next_position: 1,
            counts: BTreeMap::new(),
            next_resolver: 1_000,
            lose_reply: false,
            added: 0,
            fulfilled: 0,
            starts: 0,
            resumes: 0,
            refusals: Vec::new(),
            refused: Vec::new(),
            faults: Vec::new(),
            firsts: Vec::new(),
        }
    }

    /// Its process begins anew: its key, which it does not store, is another.
    pub fn restart(&mut self) {
        self.key = KeyPair::from_seed([78; 32]);
        self.active = None;
        self.stages.clear();
    }

    pub fn record(&mut self) -> &mut Record {
        let id = self.latest.expect("a session");
        self.records.get_mut(&id).expect("its record")
    }

    fn hello(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let location = self.location.to_bytes(KeyOrder::Utf16);
        write_hello(&mut out, "1.0", &self.key, &location);
        self.firsts.push(out.clone());
        out
    }

    fn resumption(&mut self, id: SessionId, count: u64) -> Vec<u8> {
        let mut out = Vec::new();
        write_resume(&mut out, &self.key, &id, count.into());
        self.firsts.push(out.clone());
        out
    }

    /// Somebody connected.
    pub fn accepted(&mut self, link: u32) {
        self.stages.insert(link, Stage::Awaiting);
    }

    /// It connected: what it says first.
    pub fn dialled(&mut self, link: u32) -> Vec<u8> {
        match self.latest {
            Some(id) => {
                self.stages.insert(link, Stage::ResumeSent(id));
                let count = self.records[&id].count;
                self.resumption(id, count)
            }
            None => {
                self.stages.insert(link, Stage::StartSent);
                self.hello()
            }
        }
    }

    pub fn closed(&mut self, link: u32) {
        self.stages.remove(&link);
        if self.active == Some(link) {
            self.active = None;
        }
    }

    fn abort(&mut self, link: u32, reason: &str) -> Said {
        self.closed(link);
        self.refused.push(reason.into());
        let mut out = Vec::new();
        write::abort(&mut out, reason);
        Said {
            messages: vec![out],
            close: true,
        }
    }

    pub fn receive(&mut self, link: u32, bytes: &[u8]) -> Said {
        let Some(stage) = self.stages.get(&link).copied() else {
            return Said::default();
        };
        let Ok((operation, _)) = read_operation(bytes, 0, SyrupLimits::default()) else {
            self.faults.push("something unreadable".into());
            return self.abort(link, "internal error");
        };
        match (stage, operation) {
            (_, Operation::Abort { reason }) => {
                self.refusals.push(reason.into());
                self.closed(link);
                Said {
                    close: true,
                    ..Said::default()
                }
            }
            (Stage::Awaiting | Stage::StartSent, Operation::StartSession(hello)) => {
                if !verify_location(&hello.key, hello.location_bytes, &hello.signature) {
                    return self.abort(link, "Invalid location signature");
                }
                if self.active.is_some() {
                    return self.abort(link, "internal error");
                }
                let messages = match stage {
                    Stage::Awaiting => vec![self.hello()],
                    _ => Vec::new(),
                };
                let own = public_id(&self.key.public());
                let id = session_id(&own, &public_id(&hello.key));
                let record = Record {
                    count: 0,
                    peer_key: hello.key,
                };
                self.records.insert(id, record);
                self.starts += 1;
                self.begin(link, id);
                Said {
                    messages,
                    close: false,
                }
            }
            (Stage::Awaiting | Stage::ResumeSent(_), Operation::ResumeSession(resume)) => {
                let id = SessionId(resume.session_id.try_into().expect("32 bytes"));
                let Some(record) = self.records.get(&id).cloned() else {
                    return self.abort(link, "unknown-session");
                };
                if resume.count != u128::from(record.count) {
                    return self.abort(link, "invalid-session-resume-count");
                }
                if !signed_by(&record.peer_key, &id, resume.count, &resume.signature) {
                    return self.abort(link, "invalid-session-signature");
                }
                if self.active.is_some() {
                    return self.abort(link, "internal error");
                }
                let own = public_id(&self.key.public());
                if session_id(&own, &public_id(&record.peer_key)) != id {
                    return self.abort(link, "invalid-session-id");
                }
                let messages = match stage {
                    Stage::Awaiting => vec![self.resumption(id, record.count)],
                    _ => Vec::new(),
                };
                self.resumes += 1;
                self.begin(link, id);
                self.record().count += 1;
                Said {
                    messages,
                    close: false,
                }
            }
            (Stage::Active, operation) => self.message(link, bytes, operation),
            (_, operation) => {
                self.faults.push(format!("{operation:?} while {stage:?}"));
                self.abort(link, "internal error")
            }
        }
    }

    fn begin(&mut self, link: u32, id: SessionId) {
        self.stages.insert(link, Stage::Active);
        self.active = Some(link);
        self.latest = Some(id);
        self.counts = self.positions.values().map(|at| (*at, 0)).collect();
    }

    fn message(&mut self, link: u32, bytes: &[u8], operation: Operation<'_>) -> Said {
        let mut said = Said::default();
        match operation {
            Operation::Deliver {
                to: Target::Export(position),
                args,
                resolve_me,
                ..
            } => {
                let (method, name, number) = arguments(&bytes[args]);
                let answer = match method.as_str() {
                    "fulfill" => {
                        self.fulfilled += 1;
                        return said;
                    }
                    "fetch" if position == 0 => {
                        let at = self.export(name);
                        format!("<18'desc:import-object{at}+>")
                    }
                    "add" if self.counts.contains_key(&position) => {
                        self.added += 1;
                        format!("{}+", self.added)
                    }
                    _ => {
                        self.faults
                            .push(format!("{method} {number} for o+{position}"));
                        return self.abort(link, "internal error");
                    }
                };
                if let Some(ResolveMe::Object(at) | ResolveMe::Promise(at)) = resolve_me {
                    let mut out = Vec::new();
                    let args = format!("[7'fulfill{answer}]");
                    write::deliver(
                        &mut out,
                        DIALECT,
                        Target::Export(at),
                        args.as_bytes(),
                        None,
                        None,
                    )
                    .expect("in the dialect");
                    said.messages.push(out);
                }
            }
            Operation::GcExports(pairs) => {
                for (position, delta) in pairs.iter() {
                    match self.counts.get_mut(&position) {
                        Some(count) if *count >= delta => {
                            *count -= delta;
                            if *count == 0 {
                                self.counts.remove(&position);
                                self.positions.retain(|_, at| *at != position);
                            }
                        }
                        count => {
                            let fault = format!("{delta} of o+{position} given back of {count:?}");
                            self.faults.push(fault);
                        }
                    }
                }
            }
            Operation::GcAnswers(_) => {}
            operation => self.faults.push(format!("{operation:?}")),
        }
        said
    }

    fn export(&mut self, name: Vec<u8>) -> u64 {
        let at = *self.positions.entry(name).or_insert(self.next_position);
        self.next_position = self.next_position.max(at + 1);
        *self.counts.entry(at).or_default() += 1;
        at
    }

    /// A call of its own, to fetch an object.
    pub fn fetches(&mut self) -> Vec<u8> {
        let resolver = self.next_resolver;
        self.next_resolver += 1;
        self.counts.insert(resolver, 1);
        let mut out = Vec::new();
        write::deliver(
            &mut out,
            DIALECT,
            Target::Export(0),
            b"[5'fetch9:n:counter]",
            None,
            Some(ResolveMe::Object(resolver)),
        )
        .expect("in the dialect");
        out
    }
}

/// The method, and the first byte string and integer after it.
fn arguments(bytes: &[u8]) -> (String, Vec<u8>, String) {
    let (mut method, mut name, mut number) = (None, None, None);
    let mut reader = Reader::new(bytes, SyrupLimits::default());
    while let Ok(token) = reader.next() {
        match token {
            Token::Symbol(text) => method = method.or(Some(text.to_owned())),
            Token::Bytes(bytes) => name = name.or(Some(bytes.to_vec())),
            Token::Int(int) => number = number.or(Some(format!("{int:?}"))),
            _ => {}
        }
        if reader.finish().is_ok() {
            break;
        }
    }
    (
        method.unwrap_or_default(),
        name.unwrap_or_default(),
        number.unwrap_or_default(),
    )
}
