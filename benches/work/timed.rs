//! How fast the core is by itself, without JavaScript: what no host can be faster than.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use ocapn_wasm::tape::tags;

use crate::pair::{Pair, arguments, text, word};

/// So many calls are under way at once, where it is many.
const AT_ONCE: u32 = 1000;

/// After so many calls time passes: what is not needed any more is given back then.
const TURN: u32 = 100;

/// Does its thing so many times.
type Script = Box<dyn FnMut(u32)>;

fn records(tape: &mut Vec<u8>, count: u32) {
    word(tape, tags::LIST);
    word(tape, count);
    let key = |tape: &mut Vec<u8>, name: &str| {
        text(tape, tags::STRING, name);
        // A key has no tag of its own.
        let from = tape.len() - 8 - name.len().next_multiple_of(4);
        tape.drain(from..from + 4);
    };
    for index in 0..count {
        word(tape, tags::STRUCT);
        word(tape, 5);
        key(tape, "id");
        word(tape, tags::INT32);
        word(tape, 1000 + index);
        key(tape, "name");
        text(
            tape,
            tags::STRING,
            &format!("an item with a number {index}"),
        );
        key(tape, "active");
        word(
            tape,
            if index % 2 == 0 {
                tags::TRUE
            } else {
                tags::FALSE
            },
        );
        key(tape, "score");
        word(tape, tags::FLOAT64);
        tape.extend_from_slice(&(f64::from(index) * 1.5).to_le_bytes());
        key(tape, "tags");
        word(tape, tags::LIST);
        word(tape, 2);
        text(tape, tags::STRING, "red");
        text(tape, tags::STRING, "green");
    }
}

fn bytes(tape: &mut Vec<u8>, length: usize) {
    word(tape, tags::BYTES);
    word(tape, length as u32);
    tape.resize(tape.len() + length.next_multiple_of(4), 7);
}

/// Calls that are answered with their argument, one after the other.
fn echo(write: impl Fn(&mut Vec<u8>)) -> Script {
    let mut pair = Pair::connected();
    let mut tape = arguments("echo", 1);
    write(&mut tape);
    pair.ends[1].answer.clear();
    write(&mut pair.ends[1].answer);
    Box::new(move |times| {
        for index in 1..=times {
            pair.call(&tape);
            if index % TURN == 0 {
                pair.pass(10);
            }
        }
        pair.pass(10);
    })
}

/// Short calls, many at once.
fn at_once(answer: bool) -> Script {
    let mut pair = Pair::connected();
    let mut tape = arguments("echo", 1);
    text(&mut tape, tags::STRING, "hello");
    Box::new(move |times| {
        let target = pair.target();
        for index in 1..=times {
            pair.ask(target, answer, &tape);
            if index % AT_ONCE == 0 {
                pair.run();
                pair.pass(10);
            }
        }
        pair.run();
        pair.pass(10);
    })
}

/// Calls on the promises of calls.
fn chain(depth: u32) -> Script {
    let mut pair = Pair::connected();
    let tape = arguments("next", 0);
    Box::new(move |times| {
        for index in 1..=times {
            let mut target = pair.target();
            for _ in 0..depth {
                target = pair.ask(target, true, &tape).expect("a question");
            }
            pair.run();
            if index % TURN == 0 {
                pair.pass(10);
            }
        }
        pair.pass(10);
    })
}

/// Objects that are given away, one a message, and outlive the process or not.
fn exports(durable: bool) -> Script {
    let mut pair = Pair::connected();
    let mut made = 0_u32;
    Box::new(move |times| {
        for _ in 0..times {
            made += 1;
            let description = durable.then(|| format!("[6'ho{made:08}]").into_bytes());
            let handle = pair.ends[0].client.allocate_local(false, description);
            let mut tape = arguments("keep", 1);
            word(&mut tape, tags::REF);
            word(&mut tape, handle);
            pair.call(&tape);
            if made.is_multiple_of(TURN) {
                pair.pass(10);
            }
        }
        pair.pass(10);
    })
}

fn resume() -> Script {
    let mut pair = Pair::connected();
    let tape = arguments("echo", 0);
    pair.call(&tape);
    Box::new(move |times| {
        for _ in 0..times {
            pair.cut();
            pair.provide();
            pair.call(&tape);
        }
    })
}

fn script(name: &str) -> Option<Script> {
    Some(match name {
        "handshake" => Box::new(|times| {
            for _ in 0..times {
                Pair::connected();
            }
        }),
        "resume" => resume(),
        "echo" => echo(|tape| text(tape, tags::STRING, "hello")),
        "in-flight" => at_once(true),
        "send-only" => at_once(false),
        "records" => echo(|tape| records(tape, 100)),
        "mebibyte" => echo(|tape| bytes(tape, 1 << 20)),
        "chain" => chain(10),
        "exports" => exports(false),
        "durable" => exports(true),
        _ => return None,
    })
}

/// `work time <script> <ms>`: prints how often it is done in a second.
pub(crate) fn main(args: &[String]) -> ExitCode {
    let [name, ms] = args else {
        eprintln!("work time: a script and how many ms are to be named");
        return ExitCode::FAILURE;
    };
    let (Some(mut run), Ok(ms)) = (script(name), ms.parse()) else {
        eprintln!("work time: there is no script {name}, or {ms} is no number");
        return ExitCode::FAILURE;
    };
    let enough = Duration::from_millis(ms);
    let mut times = 1;
    loop {
        let start = Instant::now();
        run(times);
        let taken = start.elapsed();
        if taken >= enough {
            println!("{}", f64::from(times) / taken.as_secs_f64());
            return ExitCode::SUCCESS;
        }
        times *= 2;
    }
}
