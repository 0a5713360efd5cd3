//! Netlayers without frames: bytes come in pieces of any length.

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
