//! Looks at every message that leaves, and says whether it may: the commit rule, positions and
//! counts, judged from the bytes and the durable part of the store alone.

mod gifts;

use std::collections::{BTreeMap, BTreeSet};

use ocapn_wasm::baggage::{ExportRow, ImportRow, Read, Record, SessionRecord, schema};
use ocapn_wasm::handshake::resume::Parity;
use ocapn_wasm::identity::{PublicId, SessionId, public_id, session_id};
use ocapn_wasm::syrup::{Reader, SyrupLimits, Token};
use ocapn_wasm::wire::{Dialect, Dialects, Operation, ResolveMe, Target, read_operation};

use self::gifts::GiftWatch;
use crate::network::End;
use crate::recounts::{self, Recounts};
use crate::value::Object;
use crate::world::Side;

#[derive(Debug, Default)]
struct Wire {
    sides: [usize; 2],
    attacked: bool,
    own: [Option<PublicId>; 2],
    session: Option<SessionId>,
    /// Of a resume: the dialler's number.
    number: Option<u64>,
}

type Slot = (SessionId, usize, u64);

#[derive(Debug, Default)]
pub struct Watch {
    wires: BTreeMap<u32, Wire>,
    /// References that left, by session, exporting side and position.
    sent: BTreeMap<Slot, u64>,
    /// Of those, what reached the importer's process.
    received: BTreeMap<Slot, u64>,
    /// Given back in messages that left.
    released: BTreeMap<Slot, u64>,
    /// Given back in messages that arrived.
    returned: BTreeMap<Slot, u64>,
    resolvers: BTreeSet<Slot>,
    /// What a side of a session may know of its peer's dialect, from what reached it.
    shown: BTreeMap<(SessionId, usize), Dialects>,
    /// What a position stands for.
    objects: BTreeMap<Slot, (Object, u32)>,
    pub gifts: GiftWatch,
    pub transmitted: u64,
    pub recounts: Recounts,
}

/// The parts of one message that matter here.
struct Parts {
    imports: Vec<u64>,
    resolver: Option<u64>,
}

fn parts(bytes: &[u8]) -> Option<(Operation<'_>, Parts)> {
    let (operation, _) = read_operation(bytes, 0, SyrupLimits::default()).ok()?;
    let mut parts = Parts {
        imports: Vec::new(),
        resolver: None,
    };
    let resolve_me = match &operation {
        Operation::Deliver {
            args, resolve_me, ..
        } => {
            let mut reader = Reader::new(&bytes[args.clone()], SyrupLimits::default());
            let mut label = 0;
            while let Ok(token) = reader.next() {
                label = match token {
                    Token::RecordOpen => 1,
                    Token::Symbol("desc:import-object" | "desc:import-promise") if label == 1 => 2,
                    Token::Int(position) if label == 2 => {
                        parts.imports.push(position.to_u64().expect("a position"));
                        0
                    }
                    _ => 0,
                };
                if reader.finish().is_ok() {
                    break;
                }
            }
            *resolve_me
        }
        Operation::Listen { resolve_me, .. } => Some(*resolve_me),
        _ => None,
    };
    parts.resolver = resolve_me.map(|resolver| match resolver {
        ResolveMe::Object(position) | ResolveMe::Promise(position) => position,
    });
    Some((operation, parts))
}

/// Who must be able to read what is written to a peer that may speak these: it is taken for one of
/// 2026-02 when it is one of 2026-02 or later, and it is not known which.
fn read_by(dialects: Dialects) -> Dialects {
    match dialects.covers(Dialects::SINCE_2026_02) && dialects != Dialects::ALL {
        true => Dialects::only(Dialect::V2026_02),
        false => dialects,
    }
}

fn settles(operation: &Operation<'_>, bytes: &[u8]) -> bool {
    let heads: [&[u8]; 2] = [b"[7'fulfill", b"[5'break"];
    match operation {
        Operation::Deliver { args, .. } => {
            let args = &bytes[args.clone()];
            heads.iter().any(|head| args.starts_with(head))
        }
        _ => false,
    }
}

pub fn summary(bytes: &[u8]) -> String {
    match parts(bytes) {
        Some((
            Operation::Deliver {
                to, args, answer, ..
            },
            parts,
        )) => {
            let args = String::from_utf8_lossy(&bytes[args]).into_owned();
            format!(
                "deliver {to:?} {args:.60} answer {answer:?} resolver {:?}",
                parts.resolver
            )
        }
        Some((Operation::StartSession(_), _)) => "start-session".into(),
        Some((Operation::ResumeSession(resume), _)) => {
            format!(
                "resume-session {}+{}",
                resume.count >> 64,
                resume.count as u64
            )
        }
        Some((Operation::GcExports(pairs), _)) => {
            format!("gc-exports {:?}", pairs.iter().collect::<Vec<_>>())
        }
        Some((Operation::GcAnswers(positions), _)) => {
            format!("gc-answers {:?}", positions.iter().collect::<Vec<_>>())
        }
        Some((operation, _)) => format!("{operation:?}"),
        None => "something unreadable".into(),
    }
}

fn record(side: &Side, own: &PublicId, id: &SessionId) -> Option<SessionRecord> {
    let key = schema::session_record(own, id);
    let bytes = side.store.durable.get(&key).expect("a store")?;
    Some(SessionRecord::decode(&key, &bytes).expect("a record that verifies"))
}

/// The side's own public id in a session that its store has.
fn own_of(side: &Side, id: &SessionId) -> Option<PublicId> {
    let keys = side
        .store
        .durable
        .keys(schema::SESSION_RECORDS)
        .expect("a store");
    let mut found = keys
        .iter()
        .filter_map(|key| schema::parse_session_record(key));
    found.find(|(_, other)| other == id).map(|(own, _)| own)
}

impl Watch {
    pub fn linked(&mut self, link: u32, dialler: usize, acceptor: usize, attacked: bool) {
        let sides = [dialler, acceptor];
        self.wires.insert(
            link,
            Wire {
                sides,
                attacked,
                ..Wire::default()
            },
        );
    }

    /// What the attacker says first, as dialler.
    pub fn attacker_says(&mut self, link: u32, bytes: &[u8]) {
        if let Some((Operation::StartSession(hello), _)) = parts(bytes)
            && let Some(wire) = self.wires.get_mut(&link)
        {
            wire.own[End::Dialler as usize] = Some(public_id(&hello.key));
        }
    }

    pub fn sides_of(&self, link: u32) -> Option<[usize; 2]> {
        self.wires
            .get(&link)
            .filter(|wire| !wire.attacked)
            .map(|wire| wire.sides)
    }

    pub fn transmitted(&mut self, side: &Side, index: usize, link: u32, end: End, bytes: &[u8]) {
        self.transmitted += 1;
        let (operation, parts) = parts(bytes).expect("what leaves can be read");
        let durable = side.options.config.resume;
        if !side.options.framed {
            // Its pieces are no messages: what it carries counts as received when it leaves.
            self.arrived(link, end.other(), &operation, &parts, bytes);
        }
        let wire = self.wires.entry(link).or_default();
        match &operation {
            Operation::StartSession(hello) => {
                wire.own[end as usize] = Some(public_id(&hello.key));
                if let [Some(a), Some(b)] = wire.own {
                    let id = session_id(&a, &b);
                    wire.session = Some(id);
                    if durable && end == End::Acceptor {
                        let own = wire.own[1].expect("own");
                        assert!(
                            record(side, &own, &id).is_some(),
                            "{}: an answer leaves before the session's record is durable",
                            side.name
                        );
                    }
                }
            }
            Operation::ResumeSession(resume) => {
                let id = SessionId(resume.session_id.try_into().expect("32 bytes"));
                wire.session = Some(id);
                let own = own_of(side, &id).expect("a durable session is resumed");
                wire.own[end as usize] = Some(own);
                if side.options.config.dialect == Dialect::V2026_01 {
                    return;
                }
                if end == End::Dialler && resume.count >> 64 == 0 && wire.number.is_none() {
                    let number = resume.count as u64;
                    wire.number = Some(number);
                    let record = record(side, &own, &id).expect("a record");
                    assert!(
                        record.sent > number,
                        "{}: a dial leaves before its number is durable",
                        side.name
                    );
                }
            }
            Operation::Abort { .. } => {}
            _ => {
                self.message(side, index, link, end, bytes, &operation, &parts);
                self.recount(side, index, link, end, &operation, bytes);
            }
        }
    }

    fn recount(
        &mut self,
        side: &Side,
        index: usize,
        link: u32,
        end: End,
        operation: &Operation<'_>,
        bytes: &[u8],
    ) {
        let Some(said) = recounts::read(operation, bytes) else {
            return;
        };
        let wire = self.wires.get(&link).expect("a link");
        let Some(id) = wire.session.filter(|_| !wire.attacked) else {
            return;
        };
        let sent = &self.sent;
        if said.is_answer {
            if side.options.framed {
                let own = wire.own[end as usize].or_else(|| own_of(side, &id));
                let own = own.expect("a stored session");
                let asker = wire.sides[end.other() as usize];
                self.recounts
                    .answers(side, (link, asker), &said, &own, &id, |position| {
                        sent.get(&(id, asker, position)).copied().unwrap_or(0)
                    });
            }
        } else {
            self.recounts.asked(link, index, &said, |position| {
                sent.get(&(id, index, position)).copied().unwrap_or(0)
            });
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn message(
        &mut self,
        side: &Side,
        index: usize,
        link: u32,
        end: End,
        bytes: &[u8],
        operation: &Operation<'_>,
        parts: &Parts,
    ) {
        let Some(wire) = self.wires.get(&link) else {
            return;
        };
        let Some(id) = wire.session else { return };
        let own_dialect = match side.options.config.auto_dialect {
            true => self.shown.get(&(id, index)).copied(),
            false => Some(Dialects::only(side.options.config.dialect)),
        };
        let readers = read_by(own_dialect.unwrap_or(Dialects::ALL));
        // What an attacker shows is not noted, and a settlement does not wait until there is room for
        // a question.
        let may_guess = side.options.config.limits.questions < 100 && settles(operation, bytes);
        assert!(
            wire.attacked || may_guess || operation.shows().covers(readers),
            "{}: {operation:?} leaves for a peer that may read {readers:?}",
            side.name
        );
        let durable = side.options.config.resume;
        let shared_count = side.options.config.dialect == Dialect::V2026_01;
        let own = wire.own[end as usize].or_else(|| own_of(side, &id));
        let peer = wire.sides[end.other() as usize];
        let name = side.name;
        let kept = own.and_then(|own| record(side, &own, &id));
        if durable && let (Some(own), Some(kept)) = (own, &kept) {
            let parity = Parity::of(&own, &public_id(&kept.peer_key));
            if end == End::Acceptor
                && !shared_count
                && let Some(number) = wire.number
            {
                assert!(
                    kept.seen > number,
                    "{name}: a message leaves before the resume is durable ({parity:?})"
                );
            }
            for position in parts.imports.iter().chain(&parts.resolver) {
                assert!(
                    *position < kept.next_export,
                    "{name}: position {position} leaves before it is reserved"
                );
            }
        }
        if durable && !matches!(operation, Operation::GcAnswers(_)) {
            assert!(
                kept.is_some(),
                "{name}: a message leaves on a session that the store does not have"
            );
        }
        if !parts.imports.is_empty() {
            self.identify(side, index, id, &parts.imports);
        }
        let (from, kept) = ((id, index, peer), kept.as_ref());
        self.gifts
            .leaves(from, name, kept, bytes, operation, parts.resolver);
        self.is_the_gift((id, index), name, kept, bytes, operation, parts);
        for position in &parts.imports {
            *self.sent.entry((id, index, *position)).or_default() += 1;
        }
        if let Some(position) = parts.resolver {
            let slot = (id, index, position);
            assert!(
                self.resolvers.insert(slot),
                "{name}: resolver position {position} is given twice"
            );
            assert!(
                !self.sent.contains_key(&slot),
                "{name}: position {position} is a resolver's too"
            );
        }
        let Some(own) = own.filter(|_| durable) else {
            return;
        };
        for position in &parts.imports {
            let slot = (id, index, *position);
            let key = schema::slot_row(&own, &id, schema::Slot::Export(*position));
            let described = matches!(self.objects.get(&slot), Some((Object::Named(_), _)));
            let row = side.store.durable.get(&key).expect("a store");
            let row = row.map(|bytes| ExportRow::decode(&key, &bytes).expect("a row"));
            let owed =
                self.sent[&slot].saturating_sub(self.returned.get(&slot).copied().unwrap_or(0));
            match row {
                Some(row) => assert!(
                    row.count >= owed,
                    "{name}: o+{position} leaves the {owed}th time, its row says {}",
                    row.count
                ),
                None => assert!(!described, "{name}: o+{position} leaves without a row"),
            }
        }
        if let Operation::GcExports(pairs) = operation {
            for (position, delta) in pairs.iter() {
                let slot = (id, peer, position);
                let released = self.released.entry(slot).or_default();
                *released += delta;
                // What attackers gave is not counted.
                if shared_count || peer == usize::MAX || self.resolvers.contains(&slot) {
                    continue;
                }
                let received = self.received.get(&slot).copied().unwrap_or(0);
                assert!(
                    *released <= received,
                    "{name}: gives o-{position} back {released} times, got {received}"
                );
                let left: u64 = [
                    schema::Slot::Import(position),
                    schema::Slot::ImportPromise(position),
                ]
                .into_iter()
                .filter_map(|slot| {
                    let key = schema::slot_row(&own, &id, slot);
                    let bytes = side.store.durable.get(&key).expect("a store")?;
                    Some(ImportRow::decode(&key, &bytes).expect("a row").count)
                })
                .sum();
                assert!(
                    left <= received - *released,
                    "{name}: gives o-{position} back before its row is lowered ({left} left of {received}, {released} released)"
                );
            }
        }
    }

    /// What leaves as the answer to a withdrawal is what was given.
    fn is_the_gift(
        &mut self,
        (id, index): (SessionId, usize),
        name: char,
        kept: Option<&SessionRecord>,
        bytes: &[u8],
        operation: &Operation<'_>,
        parts: &Parts,
    ) {
        let Operation::Deliver {
            to: Target::Export(resolver),
            args,
            ..
        } = operation
        else {
            return;
        };
        if !bytes[args.clone()].starts_with(b"[7'fulfill") {
            return;
        }
        let given = self.gifts.answered((id, index, *resolver), name, kept);
        if let (Some(given), [position]) = (given, &parts.imports[..])
            && let (Some(given), Some(got)) = (
                self.objects.get(&given),
                self.objects.get(&(id, index, *position)),
            )
        {
            assert_eq!(given, got, "{name}: another gift than was given");
        }
    }

    pub fn delivered(&mut self, side: &Side, link: u32, end: End, bytes: &[u8]) {
        if side.options.framed
            && let Some((operation, parts)) = parts(bytes)
        {
            self.arrived(link, end, &operation, &parts, bytes);
        }
    }

    fn arrived(
        &mut self,
        link: u32,
        end: End,
        operation: &Operation<'_>,
        parts: &Parts,
        bytes: &[u8],
    ) {
        let Some(wire) = self.wires.get(&link).filter(|wire| !wire.attacked) else {
            return;
        };
        let Some(id) = wire.session else { return };
        let (side, peer) = (wire.sides[end as usize], wire.sides[end.other() as usize]);
        let shown = self.shown.entry((id, side)).or_insert(Dialects::ALL);
        *shown = shown.narrowed(operation.shows());
        let reads_all = match operation {
            Operation::ResumeSession(_) => true,
            Operation::Deliver {
                to: Target::Export(to),
                resolve_me: Some(_),
                ..
            } => self.resolvers.contains(&(id, side, *to)),
            _ => false,
        };
        if reads_all {
            *shown = shown.narrowed(Dialects::SINCE_2026_02);
        }
        for position in &parts.imports {
            *self.received.entry((id, peer, *position)).or_default() += 1;
        }
        if let Some(said) = recounts::read(operation, bytes).filter(|said| said.is_answer) {
            for (position, given) in self.recounts.returned(link, side, &said) {
                let returned = self.returned.entry((id, side, position)).or_default();
                *returned = given.max(*returned);
            }
        }
        if let Operation::GcExports(pairs) = operation {
            for (position, delta) in pairs.iter() {
                *self.returned.entry((id, side, position)).or_default() += delta;
            }
        }
    }

    /// Whether a session is between two sides.
    pub fn is_honest(&self, id: SessionId) -> bool {
        let mut honest = self.wires.values().filter(|wire| !wire.attacked);
        honest.any(|wire| wire.session == Some(id))
    }

    /// No position that left is given to two objects.
    fn identify(&mut self, side: &Side, index: usize, id: SessionId, positions: &[u64]) {
        let sessions = side.client.inspect().sessions;
        let Some(session) = sessions.iter().find(|session| session.id == id) else {
            return;
        };
        for (position, local, ..) in session.exports.iter().filter(|e| positions.contains(&e.0)) {
            let Some(object) = side.app.objects.get(local) else {
                continue;
            };
            let slot = (id, index, *position);
            let name = side.name;
            // What is ephemeral has a number of its own process only.
            let life = match object {
                Object::Named(_) | Object::Bootstrap => 0,
                Object::Ephemeral(_) | Object::Promise(_) => side.life,
            };
            let known = self.objects.entry(slot).or_insert((object.clone(), life));
            assert_eq!(
                *known,
                (object.clone(), life),
                "{name}: position {position} is given to two objects"
            );
            assert!(
                !self.resolvers.contains(&slot),
                "{name}: position {position} was a resolver's"
            );
        }
    }
}
