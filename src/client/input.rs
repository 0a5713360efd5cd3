//! Bytes of a peer's: into messages, and to whom they concern.

use std::ops::Range;

use crate::error::ErrorCode;
use crate::syrup::SyrupError;
use crate::wire::{Operation, WireError, read_operation};

use super::Client;
use super::connection::Stage;
use super::output::Event;
use super::shared::Env;

/// How many characters of a peer's reason are shown to the application.
const MOST_SHOWN: usize = 256;

/// What is wrong with a message that cannot be read.
fn unreadable(error: SyrupError) -> ErrorCode {
    match error.is_limit() {
        true => ErrorCode::LimitExceeded,
        false => ErrorCode::MalformedMessage,
    }
}

impl Client {
    /// Room for a message of the peer's, to be filled before [`Self::handle_input`]. What it held
    /// is kept as long as it does not have to grow.
    pub fn input_buffer(&mut self, len: usize) -> &mut [u8] {
        if self.input.len() < len {
            self.input.resize(len, 0);
        }
        &mut self.input[..len]
    }

    /// The first `len` bytes of the input buffer came on this connection.
    pub fn handle_input(&mut self, env: Env<'_>, connection: u32, len: usize) {
        self.begin();
        self.input_end = len.min(self.input.len());
        self.pending.push_back((connection, 0..self.input_end));
        self.process(env);
        self.end();
    }

    /// Handles input until there is none left that can be.
    pub(super) fn process(&mut self, env: Env<'_>) {
        loop {
            self.append_later();
            match self.pending.pop_front() {
                Some((number, piece)) => self.process_piece(env, number, piece),
                None if self.pursue_handoffs(env) => {}
                None => return,
            }
        }
    }

    /// Puts input that was taken up again behind what is in the buffer: events already point there.
    fn append_later(&mut self) {
        for (number, ends, bytes) in std::mem::take(&mut self.later) {
            let base = self.input_end;
            self.input_end += bytes.len();
            if self.input.len() < self.input_end {
                self.input.resize(self.input_end, 0);
            }
            if let Some(room) = self.input.get_mut(base..self.input_end) {
                room.copy_from_slice(&bytes);
            }
            let mut start = 0;
            for end in ends {
                self.pending.push_back((number, base + start..base + end));
                start = end;
            }
        }
    }

    fn process_piece(&mut self, env: Env<'_>, number: u32, piece: Range<usize>) {
        let limits = self.shared.config.limits;
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        connection.established = true;
        let most = connection.most_bytes(&limits);
        if let Stage::Active { session } = connection.stage
            && let Some(session) = self.sessions.get_mut(&session)
        {
            session.last_heard = env.now;
        }
        let ready = connection.is_ready();
        let backlog = &mut connection.backlog;
        if !ready || (!backlog.framed && !backlog.bytes.is_empty()) {
            let Some(bytes) = self.input.get(piece) else {
                return;
            };
            backlog.bytes.extend_from_slice(bytes);
            if backlog.framed {
                backlog.ends.push(backlog.bytes.len());
            }
            if ready {
                // How long a message may be the scanner knows: others may have come with its end.
                if !matches!(backlog.scanner.feed(&backlog.bytes), Ok(None)) {
                    self.resume_input(number);
                }
            } else if backlog.len() > most {
                self.misbehaved(env, number, ErrorCode::LimitExceeded);
            }
            return;
        }
        if connection.backlog.framed {
            if piece.len() > most {
                self.misbehaved(env, number, ErrorCode::LimitExceeded);
                return;
            }
            self.process_messages(env, number, piece);
        } else {
            self.process_stream(env, number, piece);
        }
    }

    /// Takes what waited on a connection up again, now that it can be handled.
    pub(super) fn resume_input(&mut self, number: u32) {
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        if !connection.is_ready() {
            return;
        }
        let backlog = &mut connection.backlog;
        let bytes = std::mem::take(&mut backlog.bytes);
        let ends = std::mem::take(&mut backlog.ends);
        if bytes.is_empty() {
            return;
        }
        let ends = if backlog.framed {
            ends
        } else {
            vec![bytes.len()]
        };
        self.later.push((number, ends, bytes));
    }

    /// Bytes of a stream: whole messages are handled, a piece of one waits for the rest.
    fn process_stream(&mut self, env: Env<'_>, number: u32, piece: Range<usize>) {
        let limits = self.shared.config.limits;
        let mut start = piece.start;
        while start < piece.end {
            let Some(connection) = self.connections.get_mut(&number) else {
                return;
            };
            let rest = self.input.get(start..piece.end).unwrap_or_default();
            if !connection.is_ready() {
                connection.backlog.bytes.extend_from_slice(rest);
                if connection.backlog.bytes.len() > connection.most_bytes(&limits) {
                    self.misbehaved(env, number, ErrorCode::LimitExceeded);
                }
                return;
            }
            match connection.backlog.scanner.feed(rest) {
                Ok(Some(len)) => {
                    connection.backlog.scanner.reset();
                    self.process_messages(env, number, start..start + len);
                    start += len;
                }
                Ok(None) => {
                    connection.backlog.bytes.extend_from_slice(rest);
                    return;
                }
                Err(error) => {
                    self.misbehaved(env, number, unreadable(error));
                    return;
                }
            }
        }
    }

    /// One message; where the netlayer frames them, it may be several in a row.
    fn process_messages(&mut self, env: Env<'_>, number: u32, piece: Range<usize>) {
        let input = std::mem::take(&mut self.input);
        let mut start = piece.start;
        let limits = self.shared.config.limits.syrup();
        while start < piece.end {
            let ready = self.connections.get(&number).map(|c| c.is_ready());
            match ready {
                None => break,
                Some(false) => {
                    if let Some(connection) = self.connections.get_mut(&number) {
                        let rest = input.get(start..piece.end).unwrap_or_default();
                        connection.backlog.bytes.extend_from_slice(rest);
                        if connection.backlog.framed {
                            connection.backlog.ends.push(connection.backlog.bytes.len());
                        }
                    }
                    break;
                }
                Some(true) => {}
            }
            let message = input.get(..piece.end).unwrap_or_default();
            match read_operation(message, start, limits) {
                Ok((operation, end)) => {
                    self.dispatch(env, number, message, operation);
                    start = end;
                }
                Err(error) => {
                    let code = match error {
                        WireError::Syrup(error) => unreadable(error),
                        _ => ErrorCode::MalformedMessage,
                    };
                    self.misbehaved(env, number, code);
                    break;
                }
            }
        }
        self.input = input;
    }

    fn dispatch(&mut self, env: Env<'_>, number: u32, input: &[u8], operation: Operation<'_>) {
        let Some(stage) = self.stage(number) else {
            return;
        };
        match stage {
            Stage::Active { session } => {
                let session = *session;
                if let Operation::Abort { reason } = operation {
                    self.tell_reason(reason);
                    self.aborted(env, number, session);
                    return;
                }
                let recounted = self.with_session(env, session, |session, context| {
                    session.on_recount(context, input, &operation)
                });
                let handled = recounted.flatten();
                let received =
                    match handled.or_else(|| self.on_gift(env, session, input, &operation)) {
                        Some(handled) => Some(handled),
                        None => self.with_session(env, session, |session, context| {
                            session.receive(context, input, operation)
                        }),
                    };
                if let Some(Err(violation)) = received {
                    self.misbehaved(env, number, violation.0);
                }
                self.heard_from(env, session);
            }
            _ => self.on_handshake(env, number, operation),
        }
    }

    /// Lets the application know what a peer's op:abort said.
    pub(super) fn tell_reason(&mut self, reason: &str) {
        let shown = reason.chars().take(MOST_SHOWN).collect();
        self.shared.events.push_back(Event::PeerSaid(shown));
    }

    /// The peer broke the protocol on this connection. An active session ends; an attempt to
    /// resume comes to nothing, and its session stays.
    pub(super) fn misbehaved(&mut self, env: Env<'_>, number: u32, code: ErrorCode) {
        match self.stage(number) {
            None => {}
            Some(Stage::Active { session }) => {
                let session = *session;
                self.end_session(env, session, Some("internal error"), code);
            }
            // The other end may take this connection for the session's: an op:abort would end it.
            Some(Stage::ResumeSent { .. } | Stage::ResumeAnswered { .. }) => {
                self.drop_connection(env, number, code);
            }
            // What cannot be read may be a resume that was damaged on its way: to its sender, whom we
            // may never have resumed with, an op:abort would be our refusal, and park the session. A
            // close is tried again. (Who starts is told nothing that it could use, either way.)
            Some(Stage::AwaitHello) if code != ErrorCode::PeerMisbehaved => {
                self.drop_connection(env, number, code);
            }
            Some(stage) if stage.is_of_resume() => self.drop_connection(env, number, code),
            Some(_) => {
                let dialled = self
                    .connections
                    .get(&number)
                    .and_then(|c| c.dialled.clone());
                self.refuse(number, "internal error");
                if let Some(peer) = dialled {
                    self.attempt_failed(env, &peer, code, true);
                }
            }
        }
    }
}
