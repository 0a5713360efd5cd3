//! Writes operations in the session's dialect. Each function appends one record to `out`, unless
//! it says otherwise.

use std::ops::Range;

use super::{Dialect, NotInDialect, PublicKey, ResolveMe, Signature, Target, label};
use crate::syrup::Writer;

/// op:start-session. `location_bytes` is an encoded `ocapn-peer`.
pub fn start_session(
    out: &mut Vec<u8>,
    version: &str,
    key: &PublicKey,
    location_bytes: &[u8],
    signature: &Signature,
) {
    let mut writer = Writer::new(out);
    writer.open_record("op:start-session");
    writer.string(version);
    key.write(&mut writer);
    writer.raw(location_bytes);
    signature.write(&mut writer);
    writer.close_record();
}

/// op:resume-session.
pub fn resume_session(out: &mut Vec<u8>, session_id: &[u8], count: u128, signature: &Signature) {
    let mut writer = Writer::new(out);
    writer.open_record("op:resume-session");
    writer.bytes(session_id);
    writer.u128(count);
    signature.write(&mut writer);
    writer.close_record();
}

/// op:abort.
pub fn abort(out: &mut Vec<u8>, reason: &str) {
    let mut writer = Writer::new(out);
    writer.open_record("op:abort");
    writer.string(reason);
    writer.close_record();
}

/// op:deliver with its arguments, an encoded list. Without answer and resolver it is
/// op:deliver-only in dialect 2026-01.
///
/// # Errors
///
/// [`NotInDialect`] as [`deliver_close`]; nothing is written then.
pub fn deliver(
    out: &mut Vec<u8>,
    dialect: Dialect,
    to: Target,
    args: &[u8],
    answer: Option<u64>,
    resolve_me: Option<ResolveMe>,
) -> Result<(), NotInDialect> {
    let start = out.len();
    let only = answer.is_none() && resolve_me.is_none();
    deliver_open(out, dialect, to, only);
    out.extend_from_slice(args);
    deliver_close(out, dialect, answer, resolve_me).inspect_err(|_| out.truncate(start))
}

/// The part of op:deliver before its arguments. `only` says that neither answer nor resolver will
/// follow.
pub fn deliver_open(out: &mut Vec<u8>, dialect: Dialect, to: Target, only: bool) {
    let mut writer = Writer::new(out);
    if only && dialect == Dialect::V2026_01 {
        writer.raw(b"<15'op:deliver-only");
    } else {
        writer.raw(b"<10'op:deliver");
    }
    to.write(&mut writer);
}

/// The part of op:deliver after its arguments.
///
/// # Errors
///
/// [`NotInDialect`] for an answer without a resolver in dialect 2026-01; nothing is written then.
pub fn deliver_close(
    out: &mut Vec<u8>,
    dialect: Dialect,
    answer: Option<u64>,
    resolve_me: Option<ResolveMe>,
) -> Result<(), NotInDialect> {
    let mut writer = Writer::new(out);
    if dialect == Dialect::V2026_01 && resolve_me.is_none() {
        if answer.is_some() {
            return Err(NotInDialect);
        }
    } else {
        match answer {
            Some(position) => writer.u64(position),
            None => writer.bool(false),
        }
        match resolve_me {
            Some(resolver) => resolver.write(&mut writer),
            None => writer.bool(false),
        }
    }
    writer.close_record();
    Ok(())
}

/// op:listen. Where there is a third field, it says that promises are no outcomes.
pub fn listen(out: &mut Vec<u8>, dialect: Dialect, to: Target, resolve_me: ResolveMe) {
    let mut writer = Writer::new(out);
    writer.open_record("op:listen");
    to.write(&mut writer);
    resolve_me.write(&mut writer);
    if dialect != Dialect::V2026_03 {
        writer.bool(false);
    }
    writer.close_record();
}

/// op:get. Peers of dialects 2026-01 and 2026-02 refuse `answer` 0 here and in the two below.
pub fn get(out: &mut Vec<u8>, to: Target, field: &str, answer: u64) {
    follow(out, "op:get", to, answer, |writer| writer.string(field));
}

/// op:index.
pub fn index(out: &mut Vec<u8>, to: Target, index: u64, answer: u64) {
    follow(out, "op:index", to, answer, |writer| writer.u64(index));
}

/// op:untag.
pub fn untag(out: &mut Vec<u8>, to: Target, tag: &str, answer: u64) {
    follow(out, "op:untag", to, answer, |writer| writer.string(tag));
}

fn follow(
    out: &mut Vec<u8>,
    label: &str,
    to: Target,
    answer: u64,
    step: impl FnOnce(&mut Writer<'_>),
) {
    let mut writer = Writer::new(out);
    writer.open_record(label);
    to.write(&mut writer);
    step(&mut writer);
    writer.u64(answer);
    writer.close_record();
}

/// Releases of exports: positions, each with how many references are given back, at least one.
///
/// Dialect 2026-01 has one record for each, the others one for all; `emit` gets the range of each
/// record in `out`, since a record is a message of its own. Without pairs nothing is written.
pub fn gc_exports(
    out: &mut Vec<u8>,
    dialect: Dialect,
    pairs: &[(u64, u64)],
    mut emit: impl FnMut(Range<usize>),
) {
    if dialect == Dialect::V2026_01 {
        for (position, delta) in pairs {
            emit(record(out, "op:gc-export", |writer| {
                writer.u64(*position);
                writer.u64(*delta);
            }));
        }
    } else if !pairs.is_empty() {
        emit(record(out, "op:gc-exports", |writer| {
            list(writer, pairs.iter().map(|(position, _)| *position));
            list(writer, pairs.iter().map(|(_, delta)| *delta));
        }));
    }
}

/// Releases of answers, by position. As [`gc_exports`].
pub fn gc_answers(
    out: &mut Vec<u8>,
    dialect: Dialect,
    positions: &[u64],
    mut emit: impl FnMut(Range<usize>),
) {
    if dialect == Dialect::V2026_01 {
        for position in positions {
            emit(record(out, "op:gc-answer", |writer| writer.u64(*position)));
        }
    } else if !positions.is_empty() {
        emit(record(out, "op:gc-answers", |writer| {
            list(writer, positions.iter().copied());
        }));
    }
}

/// What a peer signs of its own location: `<my-location ...>` around the encoded `ocapn-peer`.
pub fn location_payload(location_bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(location_bytes.len() + 16);
    record(&mut out, label::MY_LOCATION, |writer| {
        writer.raw(location_bytes);
    });
    out
}

/// What a peer signs to resume a session: the list of session id and count.
pub fn resume_payload(session_id: &[u8], count: u128) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    writer.open_list();
    writer.bytes(session_id);
    writer.u128(count);
    writer.close_list();
    out
}

fn record(out: &mut Vec<u8>, label: &str, fields: impl FnOnce(&mut Writer<'_>)) -> Range<usize> {
    let start = out.len();
    let mut writer = Writer::new(out);
    writer.open_record(label);
    fields(&mut writer);
    writer.close_record();
    start..out.len()
}

fn list(writer: &mut Writer<'_>, integers: impl Iterator<Item = u64>) {
    writer.open_list();
    integers.for_each(|integer| writer.u64(integer));
    writer.close_list();
}
