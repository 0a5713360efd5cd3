//! What an attacker does: it replays, answers dials, forges, and says anything under its own name.

use ocapn_wasm::handshake::{resume, start};
use ocapn_wasm::identity::{KeyPair, SessionId};
use ocapn_wasm::syrup::{KeyOrder, Writer};
use ocapn_wasm::wire::{Dialect, Location, Operation, Target, read_operation, write};
use rand_chacha::rand_core::RngCore;

use super::{TRANSPORT, World};
use crate::application::{FORGED, STRANGER};
use crate::network::{End, Link, Party};

impl World {
    /// The attacker connects to a side and says these things.
    pub fn attack(&mut self, target: usize, messages: &[Vec<u8>]) -> u32 {
        let number = self.next_link;
        self.next_link += 1;
        self.links
            .insert(number, Link::new(Party::Attacker, Party::Nobody));
        self.watch.linked(number, usize::MAX, target, true);
        if let Some(first) = messages.first() {
            self.watch.attacker_says(number, first);
        }
        if self.open(target, number, End::Acceptor, None) {
            for message in messages {
                self.send(number, End::Dialler, message.clone());
            }
        }
        number
    }

    fn random_key(&mut self) -> KeyPair {
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        KeyPair::from_seed(seed)
    }

    fn hello(&self, key: &KeyPair, location: &Location) -> Vec<u8> {
        let (mut bytes, mut hello) = (Vec::new(), Vec::new());
        location.write(&mut Writer::new(&mut bytes), KeyOrder::Utf16);
        start::write_hello(&mut hello, "1.0", key, &bytes);
        hello
    }

    /// A peer of the attacker's own says what others said, more or less.
    pub fn attack_as_stranger(&mut self, target: usize, messages: &[Vec<u8>]) -> u32 {
        let key = self.random_key();
        let location = Location {
            transport: TRANSPORT.into(),
            designator: STRANGER.into(),
            hints: Default::default(),
            hints_absent: true,
        };
        let mut all = vec![self.hello(&key, &location)];
        for message in messages {
            let spoilt = self.spoil(message);
            all.push(spoilt);
        }
        self.attack(target, &all)
    }

    /// A call of an object that the attacker never got.
    fn forged_call(&mut self, target: usize) -> Vec<u8> {
        let sessions = self.sides[target].client.inspect().sessions;
        let exports = sessions.iter().flat_map(|session| &session.exports);
        let exports: Vec<u64> = exports.map(|export| export.0).chain([1, 2, 4097]).collect();
        let at = self.below(exports.len() as u64) as usize;
        let position = exports[at];
        let mut args = Vec::new();
        let mut writer = Writer::new(&mut args);
        writer.open_list();
        writer.symbol("add");
        writer.u64(FORGED + position);
        writer.close_list();
        let mut call = Vec::new();
        let to = Target::Export(position);
        write::deliver(&mut call, Dialect::V2026_02, to, &args, None, None).expect("a call");
        call
    }

    /// The attacker begins a session in the name of another side.
    pub fn forge_start(&mut self, target: usize, claimed: usize) -> u32 {
        let key = self.random_key();
        let location = self.sides[claimed].location.clone();
        let hello = self.hello(&key, &location);
        let number = self.attack(target, &[hello]);
        if let Some(link) = self.links.get_mut(&number) {
            link.forger = Some(key);
        }
        number
    }

    /// The attacker resumes somebody's session, with a key of its own.
    pub fn forge_resume(&mut self, target: usize, id: SessionId, count: u64) -> u32 {
        let key = self.random_key();
        let mut dial = Vec::new();
        resume::write_resume(&mut dial, &key, &id, count.into());
        let number = self.attack(target, &[dial]);
        if let Some(link) = self.links.get_mut(&number) {
            link.forger = Some(key);
        }
        number
    }

    /// The attacker hears something.
    pub(super) fn attacker_hears(&mut self, number: u32, end: End, bytes: &[u8]) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        if let Some(answer) = link.script.pop_front() {
            self.send(number, end, answer);
            return;
        }
        let (Some(key), Party::Side { side, .. }) = (link.forger.clone(), link.party(end.other()))
        else {
            return;
        };
        match read_operation(bytes, 0, Default::default()) {
            Ok((Operation::ResumeSession(answer), _)) => {
                let id = SessionId(answer.session_id.try_into().expect("32 bytes"));
                let mut confirmation = Vec::new();
                resume::write_resume(&mut confirmation, &key, &id, answer.count);
                self.send(number, end, confirmation);
            }
            Ok((Operation::StartSession(_), _)) => {}
            _ => return,
        }
        let call = self.forged_call(side);
        self.send(number, end, call);
    }

    /// The same bytes, more or less.
    pub fn spoil(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let len = bytes.len() as u64;
        let at = self.below(len) as usize;
        match self.below(8) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes.truncate(at),
            2 => {
                let upto = at + self.below(len - at as u64) as usize;
                bytes.drain(at..upto);
            }
            3 => {
                let upto = at + self.below((len - at as u64).min(40)) as usize;
                let piece = bytes[at..upto].to_vec();
                bytes.splice(at..at, piece);
            }
            // A number becomes another.
            4 | 5 => {
                if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                    bytes[at + digit] = b'0' + self.below(10) as u8;
                }
            }
            _ => {}
        }
        bytes
    }

    /// What a dialler says is said on a second connection too, as far as it is its own.
    pub(super) fn shadow(&mut self, number: u32, bytes: &[u8]) {
        let Some(shadow) = self.shadows.get(&number).copied() else {
            return;
        };
        let Some(link) = self.links.get(&number) else {
            return;
        };
        let first = link.sent[End::Dialler as usize].first();
        let start = first.is_some_and(|first| first.starts_with(b"<16'op:start-session"));
        if !start || link.sent[End::Dialler as usize].len() == 1 {
            self.send(shadow, End::Dialler, bytes.to_vec());
        }
    }
}
