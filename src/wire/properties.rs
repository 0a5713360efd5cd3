//! What holds for all operations and for all bytes.

use proptest::prelude::*;

use super::*;
use crate::syrup::{Reader, SyrupLimits, Writer};

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        any::<u64>().prop_map(Target::Export),
        any::<u64>().prop_map(Target::Answer),
    ]
}

fn resolver() -> impl Strategy<Value = ResolveMe> {
    prop_oneof![
        any::<u64>().prop_map(ResolveMe::Object),
        any::<u64>().prop_map(ResolveMe::Promise),
    ]
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(Dialect::ALL.to_vec())
}

fn signature(halves: ([u8; 32], [u8; 32])) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&halves.0);
    bytes[32..].copy_from_slice(&halves.1);
    Signature(bytes)
}

/// Reads one operation, and checks every shorter input.
fn whole(bytes: &[u8]) -> Result<Operation<'_>, TestCaseError> {
    let limits = SyrupLimits::default();
    for cut in 0..bytes.len() {
        let cut_off = read_operation(&bytes[..cut], 0, limits);
        prop_assert!(cut_off.is_err_and(WireError::is_truncated), "at {}", cut);
    }
    let (operation, end) =
        read_operation(bytes, 0, limits).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(end, bytes.len());
    Ok(operation)
}

proptest! {
    #[test]
    fn delivers_return(
        dialect in dialect(),
        to in target(),
        items in prop::collection::vec(any::<String>(), 0..4),
        answer in any::<Option<u64>>(),
        resolve_me in prop::option::of(resolver()),
    ) {
        let mut args = Vec::new();
        let mut writer = Writer::new(&mut args);
        writer.open_list();
        items.iter().for_each(|item| writer.string(item));
        writer.close_list();
        let mut out = Vec::new();
        let written = write::deliver(&mut out, dialect, to, &args, answer, resolve_me);
        let old = dialect == Dialect::V2026_01;
        if old && answer.is_some() && resolve_me.is_none() {
            prop_assert_eq!(written, Err(NotInDialect));
            return Ok(());
        }
        let expected = Operation::Deliver {
            to,
            args: match whole(&out)? {
                Operation::Deliver { args: range, .. } => {
                    prop_assert_eq!(&out[range.clone()], &args);
                    range
                }
                _ => return Err(TestCaseError::fail("another operation")),
            },
            answer,
            resolve_me,
            only: old && answer.is_none() && resolve_me.is_none(),
        };
        prop_assert_eq!(whole(&out)?, expected);
    }

    #[test]
    fn what_follows_a_promise_returns(
        dialect in dialect(),
        to in target(),
        resolve_me in resolver(),
        text in any::<String>(),
        index in any::<u64>(),
        answer in any::<u64>(),
    ) {
        let mut out = Vec::new();
        write::listen(&mut out, dialect, to, resolve_me);
        let wants_partial = (dialect != Dialect::V2026_03).then_some(false);
        prop_assert_eq!(whole(&out)?, Operation::Listen { to, resolve_me, wants_partial });
        out.clear();
        write::get(&mut out, to, &text, answer);
        prop_assert_eq!(whole(&out)?, Operation::Get { to, field: &text, answer });
        out.clear();
        write::index(&mut out, to, index, answer);
        prop_assert_eq!(whole(&out)?, Operation::Index { to, index, answer });
        out.clear();
        write::untag(&mut out, to, &text, answer);
        prop_assert_eq!(whole(&out)?, Operation::Untag { to, tag: &text, answer });
        out.clear();
        write::abort(&mut out, &text);
        prop_assert_eq!(whole(&out)?, Operation::Abort { reason: &text });
    }

    #[test]
    fn releases_return(
        dialect in dialect(),
        pairs in prop::collection::vec((any::<u64>(), 1u64..), 0..6),
    ) {
        let mut out = Vec::new();
        let mut frames = Vec::new();
        write::gc_exports(&mut out, dialect, &pairs, |frame| frames.push(frame));
        let mut read = Vec::new();
        for frame in frames.drain(..) {
            match whole(&out[frame])? {
                Operation::GcExports(list) => {
                    prop_assert_eq!(list.len(), list.iter().count());
                    prop_assert_eq!(list.is_scalar(), dialect == Dialect::V2026_01);
                    read.extend(list.iter());
                }
                _ => return Err(TestCaseError::fail("another operation")),
            }
        }
        prop_assert_eq!(&read, &pairs);
        out.clear();
        let positions: Vec<u64> = pairs.iter().map(|(position, _)| *position).collect();
        write::gc_answers(&mut out, dialect, &positions, |frame| frames.push(frame));
        let mut read = Vec::new();
        for frame in frames {
            match whole(&out[frame])? {
                Operation::GcAnswers(list) => read.extend(list.iter()),
                _ => return Err(TestCaseError::fail("another operation")),
            }
        }
        prop_assert_eq!(read, positions);
    }

    #[test]
    fn handshakes_return(
        version in any::<String>(),
        key in any::<[u8; 32]>(),
        halves in any::<([u8; 32], [u8; 32])>(),
        designator in any::<String>(),
        hints in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4),
        dialect in dialect(),
        session_id in any::<Vec<u8>>(),
        count in any::<u128>(),
    ) {
        let (key, signature) = (PublicKey(key), signature(halves));
        let location = Location {
            transport: "onion".into(),
            designator,
            hints_absent: hints.is_empty(),
            hints: hints.into_iter().collect(),
        };
        let location_bytes = location.to_bytes(dialect.key_order());
        let mut out = Vec::new();
        write::start_session(&mut out, &version, &key, &location_bytes, &signature);
        let start = StartSession {
            version: &version,
            key,
            location,
            location_bytes: &location_bytes,
            signature,
        };
        prop_assert_eq!(whole(&out)?, Operation::StartSession(Box::new(start)));
        out.clear();
        write::resume_session(&mut out, &session_id, count, &signature);
        let resume = ResumeSession { session_id: &session_id, count, signature };
        prop_assert_eq!(whole(&out)?, Operation::ResumeSession(Box::new(resume)));
    }

    #[test]
    fn no_bytes_panic(
        label in prop::sample::select(vec![
            "op:deliver", "op:deliver-only", "op:listen", "op:get", "op:index", "op:untag",
            "op:gc-exports", "op:gc-answer", "op:abort", "op:start-session", "op:resume-session",
        ]),
        fields in prop::collection::vec(prop::sample::select(vec![
            "<11'desc:export1+>", "<11'desc:answer0+>", "<18'desc:import-object2+>", "[", "]",
            "1+", "0+", "1-", "f", "t", "1\"a", "1'a", "1:a", "{", "}", ">", "<10'ocapn-peer",
            "[1+2+]", "99999999999999999999+", "[7'sig-val", "[10'public-key",
        ]), 0..8),
        rest in any::<Vec<u8>>(),
    ) {
        let mut bytes = Vec::new();
        Writer::new(&mut bytes).open_record(label);
        bytes.extend_from_slice(fields.concat().as_bytes());
        if let Ok((operation, end)) = read_operation(&bytes, 0, SyrupLimits::default()) {
            prop_assert!(end <= bytes.len());
            let _ = operation.shows();
        }
        bytes.extend_from_slice(&rest);
        let _ = read_operation(&bytes, 0, SyrupLimits::default());
        let _ = read_operation(&bytes, rest.len(), SyrupLimits::default());
        let _ = read_operation(&rest, 0, SyrupLimits::default());
        let reader = &mut Reader::new(&rest, SyrupLimits::default());
        let _ = handoff::Signed::read(reader, handoff::HandoffReceive::read);
    }
}
