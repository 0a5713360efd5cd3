//! Fixed scripts between two clients of the core, whose instructions are counted.
//!
//! ```text
//! valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*measured_echo*' work echo
//! ```
//!
//! Nothing here depends on the time, the machine or chance. `benches/work/check.mjs` runs it. `work time <script> <ms>` is
//! another thing, for `npm run bench`: see `timed.rs`.

#[path = "pair.rs"]
mod pair;
#[path = "timed.rs"]
mod timed;

use std::process::ExitCode;

use ocapn_wasm::tape::tags;

use pair::{Pair, arguments, text, word};

/// How often a script does its thing.
const TIMES: u32 = 1000;

#[inline(never)]
fn measured_handshake() -> Pair {
    Pair::connected()
}

/// An echo of a short text, a millisecond after the last.
#[inline(never)]
fn measured_echo(pair: &mut Pair) {
    let mut tape = arguments("echo", 1);
    text(&mut tape, tags::STRING, "hello");
    for _ in 0..TIMES {
        pair.call(&tape);
        pair.pass(1);
    }
}

/// Objects that outlive the process are given away, one a message.
#[inline(never)]
fn measured_exports(pair: &mut Pair) {
    for index in 0..TIMES {
        let description = format!("[4'host{index:04}]").into_bytes();
        let client = &mut pair.ends[0].client;
        let handle = client.allocate_local(false, Some(description));
        let mut tape = arguments("keep", 1);
        word(&mut tape, tags::REF);
        word(&mut tape, handle);
        pair.call(&tape);
        pair.pass(1);
    }
}

/// The connection breaks, and the session goes on over another.
#[inline(never)]
fn measured_resume(pair: &mut Pair) {
    pair.cut();
    pair.provide();
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let script = args.first().cloned().unwrap_or_default();
    if script == "time" {
        return timed::main(&args[1..]);
    }
    let mut pair = measured_handshake();
    let expected = match &*script {
        "handshake" => 0,
        "echo" => {
            measured_echo(&mut pair);
            TIMES
        }
        "exports" => {
            measured_exports(&mut pair);
            TIMES
        }
        "resume" => {
            measured_exports(&mut pair);
            measured_resume(&mut pair);
            pair.call(&arguments("echo", 0));
            TIMES + 1
        }
        _ => {
            eprintln!("work: one of handshake, echo, exports, resume is to be named");
            return ExitCode::FAILURE;
        }
    };
    let [a, _] = &pair.ends;
    if a.session == 0 || a.settled != expected {
        eprintln!(
            "work {script}: {} of {expected} calls were answered",
            a.settled
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
