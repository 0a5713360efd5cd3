//! What a client asks of its host, as words that JavaScript reads in one go.
//!
//! Each output is a number and its operands. Text and bytes are an address and a length; they stand
//! until the client is entered again.

use std::ops::Range;

use crate::client::Client;
use crate::client::output::{Event, GiftChange, Output, Recipient, Request, Status};
use crate::syrup::{KeyOrder, Writer};
use crate::tables::SortedMap;
use crate::wire::{Location, PublicKey};

use super::header::address;

const TRANSMIT: u32 = 1;
const PERSIST: u32 = 2;
const DIAL: u32 = 3;
const CLOSE: u32 = 4;
const TIMEOUT: u32 = 5;
const DELIVER: u32 = 6;
const SETTLED: u32 = 7;
const FAILED: u32 = 8;
const RELEASE_LOCAL: u32 = 9;
const LISTEN: u32 = 10;
const GET: u32 = 11;
const INDEX: u32 = 12;
const UNTAG: u32 = 13;
const REQUEST_OK: u32 = 14;
const REQUEST_FAILED: u32 = 15;
const SESSION: u32 = 16;
const AUTHENTICATE: u32 = 17;
const SESSION_INFO: u32 = 18;
const DAMAGED: u32 = 19;
const PEER_SAID: u32 = 20;
const IDENTIFY: u32 = 21;
const GIFT: u32 = 22;
const FOLLOW: u32 = 23;
const GIFT_TABLE: u32 = 24;

/// Where there is nothing that has a length.
const NONE: u32 = u32::MAX;

/// The out tape, and the texts that it names.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    words: Vec<u32>,
    text: Vec<u8>,
    /// Words that are offsets into `text` until its address is known.
    to_place: Vec<usize>,
    /// Sessions whose peers JavaScript was told of.
    introduced: SortedMap<u32, ()>,
}

impl Outputs {
    /// The words.
    pub(super) fn words(&self) -> &[u32] {
        &self.words
    }

    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.text.clear();
    }

    /// Takes all that the client has to say.
    pub(super) fn drain(&mut self, client: &mut Client) {
        let mut frames: Vec<(usize, usize)> = Vec::new();
        while let Some(output) = client.poll_output() {
            match output {
                Output::Transmit { connection, frame } => {
                    self.words.extend([TRANSMIT, connection]);
                    frames.push((self.words.len(), frame.start));
                    self.words.extend([0, frame.len() as u32]);
                }
                other => self.output(client, other),
            }
        }
        let base = address(client.bytes().as_ptr());
        for (place, start) in frames {
            self.place(place, base, start as u32);
        }
        let base = address(self.text.as_ptr());
        for place in std::mem::take(&mut self.to_place) {
            self.place(place, base, 0);
        }
    }

    fn place(&mut self, index: usize, base: u32, offset: u32) {
        if let Some(word) = self.words.get_mut(index) {
            *word = word.wrapping_add(base).wrapping_add(offset);
        }
    }

    fn output(&mut self, client: &Client, output: Output) {
        match output {
            // Placed by `drain`, when all frames are there.
            Output::Transmit { .. } => {}
            Output::Persist(write) => {
                self.words.push(PERSIST);
                self.text(write.key.as_bytes());
                match &write.value {
                    Some(value) => self.text(value),
                    None => self.words.extend([0, NONE]),
                }
                self.words.push(u32::from(write.lazy));
            }
            Output::Dial {
                dial,
                netlayer,
                location,
            } => {
                self.words.extend([DIAL, dial, netlayer]);
                self.location(&location);
            }
            Output::Close { connection } => self.words.extend([CLOSE, connection, 0]),
            Output::Timeout(at) => {
                let bits = at.map_or(0.0, |at| at as f64).to_bits();
                self.words
                    .extend([TIMEOUT, bits as u32, (bits >> 32) as u32]);
            }
            Output::Event(event) => self.event(client, event),
        }
    }

    fn event(&mut self, client: &Client, event: Event) {
        match event {
            Event::Message {
                session,
                to,
                request,
                answer,
                wait,
            } => self.message(client, session, &to, &request, answer, wait),
            Event::Settled {
                handle,
                fulfilled,
                value,
            } => {
                self.words.extend([SETTLED, handle, u32::from(fulfilled)]);
                self.value(client, value);
            }
            Event::Failed { handle, code } => self.words.extend([FAILED, handle, code as u32]),
            Event::Gift { claim, to } => {
                self.words.extend([GIFT, claim]);
                self.recipient(&to);
            }
            Event::GiftTable { key, change } => {
                self.words.push(GIFT_TABLE);
                match change {
                    GiftChange::Kept(gift) => {
                        self.words.extend([0, 0]);
                        self.recipient(&gift);
                    }
                    GiftChange::Taken => {
                        self.words.extend([1, 0]);
                        self.recipient(&Recipient::Nothing);
                    }
                    GiftChange::Wanted(claim) => {
                        self.words.extend([2, claim]);
                        self.recipient(&Recipient::Nothing);
                    }
                }
                self.text(key.as_bytes());
            }
            Event::Follow { local, remote } => self.words.extend([FOLLOW, local, remote]),
            Event::Released(handle) => self.words.extend([RELEASE_LOCAL, handle]),
            Event::Provided { request, session } => {
                self.introduce(client, session, None);
                self.words.extend([REQUEST_OK, request, session]);
            }
            Event::NotProvided { request, code } => {
                self.words.extend([REQUEST_FAILED, request, code as u32]);
            }
            Event::Session {
                session,
                status,
                code,
                id,
                outgoing,
                peer,
            } => {
                self.introduce(client, session, Some(&peer));
                let status_word = match status {
                    Status::Fresh => 1,
                    Status::Resumed => 2,
                    Status::Suspended => 3,
                    Status::Severed => 4,
                    Status::Refused => 5,
                };
                let code = code.map_or(0, |code| code as u32);
                self.words.extend([SESSION, session, status_word, code]);
                for word in id.0.as_chunks::<4>().0 {
                    self.words.push(u32::from_le_bytes(*word));
                }
                let resumes = client.resumes(session).unwrap_or_default();
                self.words.extend([resumes as u32, u32::from(outgoing)]);
                if status == Status::Severed {
                    self.introduced.remove(&session);
                }
            }
            Event::Authenticate {
                hook,
                resume,
                id,
                key,
                peer,
            } => {
                self.words.extend([AUTHENTICATE, hook, u32::from(resume)]);
                let bytes = authentication(&id.0, &key, &peer);
                self.text(&bytes);
            }
            Event::PeerSaid(reason) => {
                self.words.push(PEER_SAID);
                self.text(reason.as_bytes());
            }
            Event::Damaged { key, why } => {
                self.words.push(DAMAGED);
                self.text(key.as_bytes());
                self.text(why.as_bytes());
            }
        }
    }

    fn message(
        &mut self,
        client: &Client,
        session: u32,
        to: &Recipient,
        request: &Request,
        answer: Option<u32>,
        wait: Option<u32>,
    ) {
        let op = match request {
            Request::Deliver(_) => DELIVER,
            Request::Listen => LISTEN,
            Request::Get(_) => GET,
            Request::Index(_) => INDEX,
            Request::Untag(_) => UNTAG,
            Request::Identify => IDENTIFY,
        };
        self.words.extend([op, session]);
        self.recipient(to);
        let wait = wait.map_or(0, |wait| wait + 1);
        if !matches!(request, Request::Listen) {
            self.words.push(answer.unwrap_or_default());
        }
        self.words.push(wait);
        match request {
            Request::Deliver(args) => self.value(client, args.clone()),
            Request::Listen | Request::Identify => {}
            Request::Get(name) | Request::Untag(name) => {
                self.words.extend([name.start as u32, name.len() as u32]);
            }
            Request::Index(index) => self.words.push(u32::try_from(*index).unwrap_or(NONE)),
        }
    }

    fn recipient(&mut self, to: &Recipient) {
        match to {
            Recipient::Local {
                handle,
                description,
            } => {
                let description = description.clone().unwrap_or_default();
                self.words.extend([0, *handle]);
                self.words
                    .extend([description.start as u32, description.len() as u32]);
            }
            Recipient::Broken(code) => self.words.extend([1, *code as u32, 0, 0]),
            Recipient::Nothing => self.words.extend([2, 0, 0, 0]),
            Recipient::Claim(claim) => self.words.extend([3, *claim, 0, 0]),
        }
    }

    fn value(&mut self, client: &Client, words: Range<usize>) {
        let words = client.words().get(words).unwrap_or_default();
        self.words.push(words.len() as u32);
        self.words.extend_from_slice(words);
    }

    /// Who a session is with, the first time that it is spoken of. Of one that is over already, there
    /// may be no more than its peer's location.
    fn introduce(&mut self, client: &Client, session: u32, peer: Option<&Location>) {
        if self.introduced.contains_key(&session) {
            return;
        }
        let (peer, own_key, peer_key) = match (client.parties(session), peer) {
            (Some((peer, own, other)), _) => (peer, own.0.to_vec(), other.0.to_vec()),
            (None, Some(peer)) => (peer, Vec::new(), Vec::new()),
            (None, None) => return,
        };
        self.introduced.insert(session, ());
        self.words.extend([SESSION_INFO, session]);
        self.location(peer);
        self.text(&own_key);
        self.text(&peer_key);
    }

    fn location(&mut self, location: &Location) {
        self.text(location.transport.as_bytes());
        self.text(location.designator.as_bytes());
        if location.hints_absent {
            self.words.push(NONE);
            return;
        }
        self.words.push(location.hints.len() as u32);
        for (name, value) in &location.hints {
            self.text(name.as_bytes());
            self.text(value.as_bytes());
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        self.to_place.push(self.words.len());
        self.words
            .extend([self.text.len() as u32, bytes.len() as u32]);
        self.text.extend_from_slice(bytes);
    }
}

/// `[session-id peer-key [transport designator hints] 0]`, as Syrup.
fn authentication(id: &[u8; 32], key: &PublicKey, peer: &Location) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.open_list();
    writer.bytes(id);
    writer.bytes(&key.0);
    writer.open_list();
    writer.string(&peer.transport);
    writer.string(&peer.designator);
    if peer.hints_absent {
        writer.bool(false);
    } else {
        let hints = peer.hints.iter();
        let hints = hints.map(|(name, value)| (name.as_str(), value.as_str()));
        writer.struct_of_strings(KeyOrder::Encoded, hints);
    }
    writer.close_list();
    writer.u64(0);
    writer.close_list();
    out
}
