//! Operations as the vector files describe them, to and from the wire.

use ocapn_wasm::syrup::{Reader, SyrupLimits, Writer};
use ocapn_wasm::wire::{Dialect, Operation, ResolveMe, Target, write};
use serde_json::{Value, json};

use super::value;

/// What the file should say of an operation that was read.
pub(crate) fn describe(operation: &Operation<'_>, input: &[u8]) -> Value {
    match operation {
        Operation::Abort { reason } => json!({ "op": "abort", "reason": reason }),
        Operation::Deliver {
            to,
            args,
            answer,
            resolve_me,
            only,
        } => {
            let mut reader = Reader::at(input, args.start, SyrupLimits::default());
            let args = value::read(&mut reader).expect("well-formed arguments");
            let resolve_me = resolve_me.map(resolver);
            json!({ "op": "deliver", "to": target(*to), "args": args, "answer": answer,
                "resolveMe": resolve_me, "only": only })
        }
        Operation::Listen {
            to,
            resolve_me,
            wants_partial,
        } => json!({ "op": "listen", "to": target(*to), "resolveMe": resolver(*resolve_me),
            "wantsPartial": wants_partial }),
        Operation::Get { to, field, answer } => {
            json!({ "op": "get", "to": target(*to), "field": field, "answer": answer })
        }
        Operation::Index { to, index, answer } => {
            json!({ "op": "index", "to": target(*to), "index": index, "answer": answer })
        }
        Operation::Untag { to, tag, answer } => {
            json!({ "op": "untag", "to": target(*to), "tag": tag, "answer": answer })
        }
        Operation::GcExports(pairs) => {
            json!({ "op": "gc-exports", "pairs": pairs.iter().collect::<Vec<_>>() })
        }
        Operation::GcAnswers(positions) => {
            json!({ "op": "gc-answers", "positions": positions.iter().collect::<Vec<_>>() })
        }
        Operation::StartSession(_) | Operation::ResumeSession(_) => {
            panic!("these are in identity.json")
        }
    }
}

fn target(target: Target) -> Value {
    match target {
        Target::Export(position) => json!({ "export": position }),
        Target::Answer(position) => json!({ "answer": position }),
    }
}

fn resolver(resolver: ResolveMe) -> Value {
    match resolver {
        ResolveMe::Object(position) => json!({ "object": position }),
        ResolveMe::Promise(position) => json!({ "promise": position }),
    }
}

/// Writes what the file describes.
pub(crate) fn written(operation: &Value, dialect: Dialect) -> Vec<u8> {
    let mut out = Vec::new();
    let number = |key: &str| operation[key].as_u64();
    let text = |key: &str| operation[key].as_str().expect("a text");
    let to = match operation["to"]["export"].as_u64() {
        Some(position) => Target::Export(position),
        None => Target::Answer(operation["to"]["answer"].as_u64().unwrap_or(0)),
    };
    let resolver = operation["resolveMe"]["object"]
        .as_u64()
        .map(ResolveMe::Object);
    let answer = number("answer");
    let mut frames = 0;
    match text("op") {
        "abort" => write::abort(&mut out, text("reason")),
        "deliver" => {
            let mut args = Vec::new();
            value::write(&mut Writer::new(&mut args), &operation["args"]);
            write::deliver(&mut out, dialect, to, &args, answer, resolver).expect("in the dialect");
        }
        "listen" => write::listen(&mut out, dialect, to, resolver.expect("a resolver")),
        "get" => write::get(&mut out, to, text("field"), answer.expect("an answer")),
        "index" => {
            let index = number("index").expect("an index");
            write::index(&mut out, to, index, answer.expect("an answer"));
        }
        "untag" => write::untag(&mut out, to, text("tag"), answer.expect("an answer")),
        "gc-exports" => {
            let pairs: Vec<(u64, u64)> =
                serde_json::from_value(operation["pairs"].clone()).expect("pairs");
            write::gc_exports(&mut out, dialect, &pairs, |_| frames += 1);
        }
        "gc-answers" => {
            let positions: Vec<u64> =
                serde_json::from_value(operation["positions"].clone()).expect("positions");
            write::gc_answers(&mut out, dialect, &positions, |_| frames += 1);
        }
        other => panic!("not an operation: {other}"),
    }
    assert!(frames <= 1);
    out
}
