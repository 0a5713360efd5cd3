//! What a call allocates in the core once it is warm, counted by the allocator: nothing.
//!
//! A block of 4,096 positions is reserved by a write to the store, and what is written is allocated. The numbers here may be
//! lowered, and are not to be raised.

#![allow(unsafe_code)]

#[path = "../benches/work/pair.rs"]
#[allow(dead_code)]
mod pair;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ocapn_wasm::tape::tags;

use pair::{Pair, arguments, hello, text, word};

/// Of what is allocated, this many bytes are counted apart.
const LARGE: usize = 512 * 1024;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static LARGE_ONES: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, which counts what each thread asks of it.
struct Counting;

impl Counting {
    fn count(size: usize) {
        // A thread that ends has no counter any more.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        if size >= LARGE {
            let _ = LARGE_ONES.try_with(|count| count.set(count.get() + 1));
        }
    }
}

// SAFETY: all is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::count(layout.size());
        // SAFETY: as the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::count(size);
        // SAFETY: as the caller's.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often something is done before it is warm, and then counted.
const TIMES: u32 = 1000;

/// What the writing of the record allocates that reserves a block of positions.
const RECORD: u64 = 19;

/// What `run` allocates in so many times, once it is warm: both clients of the pair, which are all that allocates. Timers fire
/// between: receipts that are never told would be a list that grows.
fn allocations(pair: &mut Pair, run: impl FnMut(&mut Pair)) -> u64 {
    counted(pair, run).0
}

/// The same, and what is allocated when timers fire.
fn counted(pair: &mut Pair, mut run: impl FnMut(&mut Pair)) -> (u64, u64) {
    let (mut called, mut ticked) = (0, 0);
    for time in 0..3 * TIMES {
        let start = ALLOCATIONS.get();
        run(pair);
        let between = ALLOCATIONS.get();
        pair.pass(1);
        if time >= 2 * TIMES {
            called += between - start;
            ticked += ALLOCATIONS.get() - between;
        }
    }
    (called, ticked)
}

#[test]
fn the_allocator_counts() {
    let before = ALLOCATIONS.get();
    drop(std::hint::black_box(vec![1_u8, 2, 3]));
    assert_eq!(ALLOCATIONS.get() - before, 1);
}

#[test]
fn an_echo_allocates_nothing() {
    let mut pair = Pair::connected();
    let mut tape = arguments("echo", 1);
    text(&mut tape, tags::STRING, "hello");
    let heard = pair.ends[1].heard;
    let count = allocations(&mut pair, |pair| pair.call(&tape));
    assert!(count <= RECORD, "{count} in a thousand echoes");
    assert_eq!(pair.ends[1].heard - heard, 3 * TIMES);
    assert_eq!(pair.ends[0].settled, 3 * TIMES);
}

#[test]
fn echoes_in_flight_allocate_nothing() {
    let mut pair = Pair::connected();
    let mut tape = arguments("echo", 1);
    text(&mut tape, tags::STRING, "hello");
    let count = allocations(&mut pair, |pair| {
        let target = pair.target();
        for _ in 0..20 {
            pair.ask(target, true, &tape);
        }
        pair.run();
    });
    assert!(count <= 10 * RECORD, "{count} in 20,000 echoes");
}

#[test]
fn to_tell_the_peer_of_receipts_allocates_nothing() {
    let mut pair = Pair::connected();
    let mut tape = arguments("echo", 1);
    word(&mut tape, tags::LIST);
    word(&mut tape, 3);
    for _ in 0..3 {
        tape.extend_from_slice(&hello());
    }
    let (called, ticked) = counted(&mut pair, |pair| pair.call(&tape));
    assert!(called <= RECORD, "{called} in a thousand echoes");
    // A timer that fires, each tenth tick, looks for stored sessions that have come to their end.
    assert!(ticked <= 500, "{ticked} in a thousand ticks");
}

#[test]
fn a_call_without_an_answer_allocates_nothing() {
    let mut pair = Pair::connected();
    let mut tape = arguments("note", 1);
    text(&mut tape, tags::STRING, "hello");
    let count = allocations(&mut pair, |pair| {
        let target = pair.target();
        pair.ask(target, false, &tape);
        pair.run();
    });
    assert_eq!(count, 0);
    assert_eq!(pair.ends[1].heard, 3 * TIMES);
}

#[test]
fn a_pipelined_chain_allocates_nothing() {
    let mut pair = Pair::connected();
    let tape = arguments("next", 0);
    let count = allocations(&mut pair, |pair| {
        let mut target = pair.target();
        for _ in 0..10 {
            target = pair.ask(target, true, &tape).expect("a question");
        }
        pair.run();
    });
    assert!(count <= 5 * RECORD, "{count} in 10,000 calls");
}

/// A mebibyte, as the value of a tape.
fn mebibyte() -> Vec<u8> {
    let mut tape = Vec::new();
    word(&mut tape, tags::BYTES);
    word(&mut tape, 1 << 20);
    tape.resize(tape.len() + (1 << 20), 7);
    tape
}

#[test]
fn an_echo_of_a_mebibyte_grows_no_buffer_once_they_are_grown() {
    let mut pair = Pair::connected();
    let mut tape = arguments("echo", 1);
    tape.extend_from_slice(&mebibyte());
    pair.ends[1].answer = mebibyte();
    let large = |pair: &mut Pair, times: u32| {
        let before = LARGE_ONES.get();
        for _ in 0..times {
            pair.call(&tape);
            // Timers fire, and releases are told, behind a large message.
            pair.pass(1);
        }
        LARGE_ONES.get() - before
    };
    let first = large(&mut pair, 20);
    assert!(first > 0, "the buffers have to grow once");
    assert_eq!(large(&mut pair, 100), 0);
    assert_eq!(pair.ends[0].settled, 120);
}
