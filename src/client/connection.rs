//! One connection, and how far its handshake got.

use crate::error::ErrorCode;
use crate::handshake::start::Hello;
use crate::identity::KeyPair;
use crate::limits::Limits;
use crate::syrup::Scanner;

use super::shared::Env;
use super::{Client, Context};

/// What a connection waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// The peer's first message, on a connection that it opened.
    AwaitHello,
    /// The answer to our op:start-session.
    StartSent {
        /// The key that we made for it.
        key: KeyPair,
    },
    /// The answer to our op:resume-session.
    ResumeSent {
        /// The session's key in the client.
        session: u32,
        /// The number, or shared count, that we dialled with.
        number: u64,
    },
    /// The confirmation of our answer to the peer's op:resume-session.
    ResumeAnswered {
        /// The session's key in the client.
        session: u32,
        /// The number that the peer dialled with.
        number: u64,
        /// The count that we answered with.
        count: u128,
    },
    /// The outcome of our own attempt, or of a probe, before this hello is answered.
    Held(Greeting),
    /// The host's judgement.
    Judged {
        /// Which judgement.
        hook: u32,
        /// What happens when it is good.
        then: Then,
    },
    /// Nothing: messages of this session flow.
    Active {
        /// The session's key in the client.
        session: u32,
    },
}

impl Stage {
    /// Whether a resume waits for the host's judgement, or for our own attempt.
    pub(super) fn is_of_resume(&self) -> bool {
        matches!(
            self,
            Stage::Held(Greeting::Resume { .. })
                | Stage::Judged {
                    then: Then::AnswerResume { .. } | Then::ConfirmResume { .. },
                    ..
                }
        )
    }
}

/// A peer's first message, found good.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Greeting {
    /// It starts a session.
    Start(Box<Hello>),
    /// It resumes one.
    Resume {
        /// The session's key in the client.
        session: u32,
        /// The number that the peer dialled with.
        number: u64,
    },
}

/// What follows a good judgement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Then {
    /// Answer the peer's op:start-session and begin.
    AcceptStart {
        /// The key that we made for it.
        key: KeyPair,
        /// The peer's hello.
        hello: Box<Hello>,
    },
    /// Begin: the peer answered ours.
    FinishStart {
        /// The key that we made for it.
        key: KeyPair,
        /// The peer's answer.
        hello: Box<Hello>,
    },
    /// Answer the peer's op:resume-session.
    AnswerResume {
        /// The session's key in the client.
        session: u32,
        /// The number that the peer dialled with.
        number: u64,
    },
    /// Confirm the peer's answer and go on.
    ConfirmResume {
        /// The session's key in the client.
        session: u32,
        /// The count of the answer.
        count: u128,
    },
}

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) netlayer: u32,
    /// The peer that we dialled, or nobody: it dialled us.
    pub(super) dialled: Option<String>,
    pub(super) stage: Stage,
    pub(super) deadline: u64,
    /// The other side is there: it sent something, or the netlayer says so.
    pub(super) established: bool,
    /// Input that waits: for the rest of a message, or for a judgement.
    pub(super) backlog: Backlog,
}

/// Input that cannot be handled yet.
#[derive(Clone, Debug)]
pub(super) struct Backlog {
    pub(super) framed: bool,
    pub(super) bytes: Vec<u8>,
    /// Ends of the messages in `bytes`, where the netlayer frames them.
    pub(super) ends: Vec<usize>,
    pub(super) scanner: Scanner,
}

impl Backlog {
    /// What it takes up: messages may be empty.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + size_of_val(self.ends.as_slice())
    }
}

impl Connection {
    pub(super) fn session(&self) -> Option<u32> {
        match self.stage {
            Stage::Active { session } => Some(session),
            _ => None,
        }
    }

    /// Whether this connection is on its way to resume a session.
    pub(super) fn resumes(&self, key: u32) -> bool {
        match &self.stage {
            Stage::ResumeSent { session, .. }
            | Stage::ResumeAnswered { session, .. }
            | Stage::Held(Greeting::Resume { session, .. })
            | Stage::Judged {
                then: Then::AnswerResume { session, .. } | Then::ConfirmResume { session, .. },
                ..
            } => *session == key,
            _ => false,
        }
    }

    /// Bytes that it may send at once. Who only opened a connection gets room for a hello: there may
    /// be many of those.
    pub(super) fn most_bytes(&self, limits: &Limits) -> usize {
        match self.stage {
            Stage::Active { .. } => limits.frame,
            _ if self.dialled.is_some() => limits.frame,
            _ => limits.hello_frame.min(limits.frame),
        }
    }

    /// Whether messages can be handled now.
    pub(super) fn is_ready(&self) -> bool {
        !matches!(self.stage, Stage::Held(_) | Stage::Judged { .. })
    }
}

impl Client {
    /// A connection is open: one that `Output::Dial` asked for, or a peer's (`dial` is `None`).
    /// Gives its number, or `None` when the host is to close it.
    pub fn handle_opened(&mut self, env: Env<'_>, netlayer: u32, dial: Option<u32>) -> Option<u32> {
        self.begin();
        if self.ended.is_some() {
            return None;
        }
        let framed = self.netlayer(netlayer)?.framed;
        let limits = self.shared.config.limits;
        let dialled = match dial {
            Some(dial) => {
                let attempt = self.attempts.iter().find(|(_, a)| a.dial == Some(dial));
                Some(attempt?.0.clone())
            }
            None => {
                let handshaking = self.connections.values();
                let handshaking = handshaking.filter(|c| c.session().is_none()).count();
                if handshaking >= limits.handshakes {
                    return None;
                }
                None
            }
        };
        let number = self.number();
        let deadline = env.now + self.shared.config.times.handshake;
        self.shared.arm(deadline);
        let mut connection = Connection {
            netlayer,
            dialled: dialled.clone(),
            stage: Stage::AwaitHello,
            deadline,
            established: dial.is_none(),
            backlog: Backlog {
                framed,
                bytes: Vec::new(),
                ends: Vec::new(),
                scanner: Scanner::new(limits.syrup(), limits.frame),
            },
        };
        let most = connection.most_bytes(&limits);
        connection.backlog.scanner.set_max_len(most);
        self.connections.insert(number, connection);
        if let Some(peer) = dialled {
            self.greet(env, number, &peer);
        }
        self.end();
        Some(number)
    }

    /// The other side of a connection that we dialled is there, though it has not said anything.
    pub fn handle_established(&mut self, connection: u32) {
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.established = true;
        }
    }

    /// `Output::Dial` could not be done.
    pub fn handle_dial_failed(&mut self, env: Env<'_>, dial: u32) {
        self.begin();
        let attempt = self.attempts.iter().find(|(_, a)| a.dial == Some(dial));
        if let Some(peer) = attempt.map(|(peer, _)| peer.clone()) {
            self.attempt_failed(env, &peer, ErrorCode::DialFailed, false);
        }
        self.process(env);
        self.process(env);
        self.end();
    }

    /// A connection is closed, by the peer, the network or the host.
    pub fn handle_closed(&mut self, env: Env<'_>, connection: u32) {
        self.closed(env, connection, ErrorCode::ConnectionClosed);
    }

    /// The same, because the netlayer found that the other side is not the one that was dialled.
    pub fn handle_wrong_peer(&mut self, env: Env<'_>, connection: u32) {
        self.closed(env, connection, ErrorCode::PeerChanged);
    }

    fn closed(&mut self, env: Env<'_>, connection: u32, code: ErrorCode) {
        self.begin();
        self.lost(env, connection, code);
        // A refusal may still wait to be said.
        self.shared.outbox.forget(connection);
        self.process(env);
        self.end();
    }

    /// The connection is of no more use; its session or attempt suffers it.
    pub(super) fn lost(&mut self, env: Env<'_>, number: u32, code: ErrorCode) {
        let Some(connection) = self.connections.remove(&number) else {
            return;
        };
        if let Stage::Judged { hook, .. } = connection.stage {
            self.hooks.remove(&hook);
        }
        match connection.stage {
            Stage::Active { session } => self.cut(env, session, number, code),
            _ => {
                self.shared.outbox.forget(number);
                if let Some(peer) = connection.dialled {
                    let is_its = self
                        .attempts
                        .get(&peer)
                        .is_some_and(|attempt| attempt.connection == Some(number));
                    if is_its {
                        // A wrong signature and silence are no refusal: they may be anybody's.
                        let unsaid = [ErrorCode::PeerChanged, ErrorCode::HandshakeTimeout];
                        let reached = connection.established && !unsaid.contains(&code);
                        self.attempt_failed(env, &peer, code, reached);
                    }
                }
            }
        }
    }

    /// Closes a connection without a word; its session or attempt suffers it.
    pub(super) fn drop_connection(&mut self, env: Env<'_>, number: u32, code: ErrorCode) {
        if self.connections.contains_key(&number) {
            self.lost(env, number, code);
            self.closes.push_back(number);
        }
    }

    /// Closes a connection that nobody depends on any more, without a word.
    pub(super) fn discard_connection(&mut self, number: u32) {
        if let Some(connection) = self.connections.remove(&number) {
            if let Stage::Judged { hook, .. } = connection.stage {
                self.hooks.remove(&hook);
            }
            self.shared.outbox.forget(number);
            self.closes.push_back(number);
        }
    }

    /// Says why, and closes a connection that has no session.
    pub(super) fn refuse(&mut self, number: u32, reason: &str) {
        if let Some(connection) = self.connections.remove(&number) {
            if let Stage::Judged { hook, .. } = connection.stage {
                self.hooks.remove(&hook);
            }
            self.say_abort(number, reason);
        }
    }

    /// The last words on a connection that was taken out of the table.
    pub(super) fn say_abort(&mut self, number: u32, reason: &str) {
        let (out, start) = self.shared.outbox.begin();
        crate::wire::write::abort(out, reason);
        self.shared.outbox.push(number, start);
        self.shared.outbox.close(number);
    }

    pub(super) fn stage(&self, number: u32) -> Option<&Stage> {
        Some(&self.connections.get(&number)?.stage)
    }

    pub(super) fn set_stage(&mut self, number: u32, stage: Stage) {
        let limits = self.shared.config.limits;
        if let Some(connection) = self.connections.get_mut(&number) {
            connection.stage = stage;
            let most = connection.most_bytes(&limits);
            connection.backlog.scanner.set_max_len(most);
        }
    }

    /// Bytes that a peer may send on a connection that it opened, as long as that has no session.
    pub fn most_before_session(&self, connection: u32) -> Option<usize> {
        let connection = self.connections.get(&connection)?;
        let is_strange = connection.session().is_none() && connection.dialled.is_none();
        is_strange.then(|| connection.most_bytes(&self.shared.config.limits))
    }

    /// Runs something on a session.
    pub(super) fn with_session<T>(
        &mut self,
        env: Env<'_>,
        session: u32,
        run: impl FnOnce(&mut crate::session::Session, &mut Context<'_>) -> T,
    ) -> Option<T> {
        let session = self.sessions.get_mut(&session)?;
        let mut context = Client::context(&mut self.shared, env);
        Some(run(session, &mut context))
    }
}
