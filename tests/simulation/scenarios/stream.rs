//! Netlayers without frames: bytes come in pieces of any length.

use ocapn_wasm::wire::{Dialect, Target, write};

use crate::network::End;
use crate::scenarios::used_with;
use crate::value::text;
use crate::world::{Options, World};

fn stream() -> Options {
    Options {
        framed: false,
        ..Options::default()
    }
}

#[test]
fn messages_come_in_pieces() {
    for seed in 0..20 {
        let (mut world, theirs, ours) = used_with(seed, stream(), stream());
        let long = text(&"long ".repeat(200));
        let call = world.call(0, theirs, "echo", [long]).expect("asked");
        world.settles(0, call);
        world.cut_all();
        world.works(0, theirs);
        world.works(1, ours);
    }
}

#[test]
fn byte_by_byte_and_all_at_once_are_both_read() {
    let mut delivered = Vec::new();
    for at_once in [false, true] {
        let (mut world, theirs, _) = used_with(1, stream(), stream());
        world.cut_all();
        world.works(0, theirs);
        let recordings = world.record();
        let recording = recordings.first().expect("a link");
        let all: Vec<u8> = recording.sent[0].concat();
        let mut world = World::new(2, vec![stream(), stream()]);
        let pieces: Vec<Vec<u8>> = if at_once {
            vec![all]
        } else {
            all.chunks(1).map(<[u8]>::to_vec).collect()
        };
        world.attack(1, &pieces);
        world.run(1_000);
        delivered.push(world.sides[1].app.delivered);
    }
    // At once, the second call comes before its target was given.
    assert_eq!(delivered, [2, 1]);
}

#[test]
fn a_stream_that_is_no_syrup_ends_its_connection() {
    let (mut world, theirs, _) = used_with(3, stream(), stream());
    for junk in [
        &b"GET / HTTP/1.1\r\n"[..],
        b"99999999999999999999",
        b"<<<<",
        b"]",
    ] {
        world.attack(1, &[junk.to_vec()]);
    }
    world.run(10_000);
    assert_eq!(world.sides[1].client.inspect().handshakes, 0);
    world.works(0, theirs);
}

/// A call of the bootstrap object's.
fn echo(len: usize) -> Vec<u8> {
    let args = format!("[4'echo{len}\"{}]", "x".repeat(len));
    let mut call = Vec::new();
    let to = Target::Export(0);
    write::deliver(
        &mut call,
        Dialect::default(),
        to,
        args.as_bytes(),
        None,
        None,
    )
    .expect("written");
    call
}

#[test]
fn the_end_of_a_long_message_may_come_with_the_next() {
    let mut small = stream();
    small.config.limits.frame = 2_000;
    let (mut world, theirs, _) = used_with(4, small.clone(), small);
    let (long, next) = (echo(1_800), echo(300));
    assert!(long.len() <= 2_000 && long.len() + next.len() > 2_000);
    let (first, rest) = long.split_at(1_000);
    let link = world.live_links()[0];
    world.inject(link, End::Dialler, first.to_vec());
    world.inject(link, End::Dialler, [rest, &next].concat());
    world.run(1_000);
    world.works(0, theirs);
    assert_eq!(world.session(0).resumes, 0);
}

#[test]
fn the_end_of_a_hello_may_come_with_a_long_message() {
    let (mut world, ..) = used_with(5, stream(), stream());
    let recordings = world.record();
    let hello = &recordings.first().expect("a link").sent[0][0];
    let (first, rest) = hello.split_at(100);
    let mut small = stream();
    small.config.limits.hello_frame = 1_000;
    let mut world = World::new(6, vec![stream(), small]);
    world.attack(1, &[first.to_vec(), [rest, &echo(3_000)].concat()]);
    world.run(1_000);
    assert_eq!(world.sessions(1).len(), 1);
    assert_eq!(world.sides[1].app.delivered, 1);
}
