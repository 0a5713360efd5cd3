//! Bounds, over restarts: what an earlier process left counts, and is not dropped to make room.

use ocapn_wasm::baggage::schema;
use ocapn_wasm::client::{Env, Token};
use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::handoff::request;
use ocapn_wasm::identity::SessionId;
use ocapn_wasm::limits::Limits;
use ocapn_wasm::wire::{Dialect, ResolveMe, Target, write};

use super::{on_demand, used_with};
use crate::network::End;
use crate::value::{Object, Value};
use crate::world::{Options, World};

fn limited(set: impl FnOnce(&mut Limits)) -> Options {
    let mut options = Options::default();
    set(&mut options.config.limits);
    options
}

fn named(name: &str) -> Value {
    Value::Own(Object::Named(name.into()))
}

/// Another process, and everybody has noticed.
fn again(world: &mut World, side: usize) {
    world.restart(side);
    world.run(100);
}

/// Keys of the store that have this mark.
fn keys(world: &World, side: usize, mark: &str) -> usize {
    let entries = world.sides[side].store.visible.iter();
    entries.filter(|(key, _)| key.contains(mark)).count()
}

/// The link on which `side` has a session with `peer`, and the end that `side` is at.
fn link(world: &World, side: usize, peer: usize) -> (u32, End) {
    let links = world.live_links();
    let found = links.into_iter().find_map(|link| {
        let ends = world.watch.sides_of(link)?;
        match ends {
            _ if ends == [side, peer] => Some((link, End::Dialler)),
            _ if ends == [peer, side] => Some((link, End::Acceptor)),
            _ => None,
        }
    });
    found.expect("a link")
}

/// A peer leaves the counter of side 0 as a gift with it. How many gifts there are then.
fn leave(world: &mut World, from: usize, id: u8) -> usize {
    let position = world.session(from).imports[0].0;
    let mut message = Vec::new();
    let dialect = Dialect::default();
    write::deliver_open(&mut message, dialect, Target::Export(0), false);
    message.extend(request::deposit(&[id; 32], Target::Export(position)));
    write::deliver_close(&mut message, dialect, None, None).expect("written");
    let (link, end) = link(world, from, 0);
    world.inject(link, end, message);
    world.run(100);
    keys(world, 0, schema::GIFTS)
}

#[test]
fn gifts_of_all_sessions_are_bounded_though_most_are_only_in_the_store() {
    let mut world = World::new(
        40,
        vec![limited(|it| it.client_gifts = 3), on_demand(), on_demand()],
    );
    let mut sessions = Vec::new();
    for gifter in [1, 2] {
        let session = world.connect(gifter, 0);
        let counter = world.fetch(gifter, session, "n:counter");
        world.works(gifter, counter);
        sessions.push((session, counter));
    }
    assert_eq!(leave(&mut world, 1, 1), 1);
    assert_eq!(leave(&mut world, 1, 2), 2);
    assert_eq!(leave(&mut world, 2, 3), 3);
    assert_eq!(leave(&mut world, 1, 4), 3, "one too many");
    for _ in 0..2 {
        again(&mut world, 0);
        for gifter in [1, 2] {
            world.connect(gifter, 0);
        }
        assert_eq!(leave(&mut world, 1, 5), 3, "what nobody asked for counts");
        assert_eq!(leave(&mut world, 1, 1), 3, "what is there may come again");
        assert_eq!(world.sides[0].client.inspect().gifts, 2);
        assert_eq!(leave(&mut world, 2, 3), 3);
        assert_eq!(world.sides[0].client.inspect().gifts, 3);
        assert_eq!(leave(&mut world, 2, 6), 3);
    }
    // A session that ends, unasked, makes room.
    again(&mut world, 0);
    world.connect(1, 0);
    let (ended, _) = sessions[1];
    world.connect(2, 0);
    assert_eq!(leave(&mut world, 1, 7), 3);
    world.with(2, |client, env| client.abort_session(env, ended, "enough"));
    world.run(100);
    assert_eq!(keys(&world, 0, schema::GIFTS), 2);
    assert_eq!(leave(&mut world, 1, 7), 3);
    assert_eq!(leave(&mut world, 1, 8), 3);
    world.works(1, sessions[0].1);
}

#[test]
fn gifts_of_another_client_of_the_same_store_do_not_count() {
    let mut world = World::new(41, vec![limited(|it| it.client_gifts = 2), on_demand()]);
    let session = world.connect(1, 0);
    let counter = world.fetch(1, session, "n:counter");
    world.works(1, counter);
    assert_eq!(leave(&mut world, 1, 1), 1);
    assert_eq!(leave(&mut world, 1, 2), 2);
    world.sides[0].location.designator = "elsewhere".into();
    again(&mut world, 0);
    world.sides[1].store = Default::default();
    again(&mut world, 1);
    let session = world.connect(1, 0);
    let counter = world.fetch(1, session, "n:counter");
    world.works(1, counter);
    assert_eq!(leave(&mut world, 1, 3), 3);
    assert_eq!(leave(&mut world, 1, 4), 4);
    assert_eq!(leave(&mut world, 1, 5), 4);
}

#[test]
fn exports_in_the_store_count() {
    let (mut world, theirs, _) = used_with(42, limited(|it| it.exports = 6), Options::default());
    for name in ["a", "b", "c"] {
        let call = world.call(0, theirs, "keep", [named(name)]).expect("asked");
        world.settles(0, call);
    }
    let before = keys(&world, 0, "/o+");
    assert_eq!(before, 4, "the counter, and those");
    again(&mut world, 0);
    let session = world.connect(0, 1);
    let theirs = world.fetch(0, session, "n:counter");
    let over = ["d", "e", "f"].map(named);
    let refused = world.call(0, theirs, "keep", over);
    assert_eq!(refused, Err(ErrorCode::LimitExceeded));
    // What has its position already needs no room, and what there is room for is given.
    for name in ["a", "b", "d"] {
        let call = world.call(0, theirs, "keep", [named(name)]).expect("asked");
        world.settles(0, call);
    }
    let again = ["d", "e", "f"].map(named);
    let refused = world.call(0, theirs, "keep", again);
    assert_eq!(refused, Err(ErrorCode::LimitExceeded));
    assert_eq!(keys(&world, 0, "/o+"), before + 1);
    // What the peer gives back makes room.
    let held = std::mem::take(&mut world.sides[1].app.held);
    for handle in held {
        world.release(1, handle);
    }
    world.run(1_000);
    let call = world.call(0, theirs, "keep", ["d", "e", "f"].map(named));
    let call = call.expect("there is room");
    world.settles(0, call);
    world.works(0, theirs);
}

/// B gives these to A, which has them then.
fn give(world: &mut World, ours: u32, names: &[&str]) {
    let call = world.call(1, ours, "keep", names.iter().map(|name| named(name)));
    call.expect("asked");
    world.run(100);
}

#[test]
fn imports_in_the_store_count_while_a_token_names_them() {
    let (mut world, _, ours) = used_with(43, limited(|it| it.imports = 5), Options::default());
    give(&mut world, ours, &["a", "b", "c"]);
    let held: Vec<u32> = world.session(0).imports.iter().map(|it| it.1).collect();
    let tokens: Vec<Token> = held
        .iter()
        .map(|handle| world.with(0, |client, env| client.ref_token(env, *handle)))
        .map(|token| token.expect("a token"))
        .collect();
    world.run(100);
    assert_eq!((tokens.len(), keys(&world, 0, "/o-")), (4, 4));
    again(&mut world, 0);
    let session = world.connect(0, 1);
    // What is there already needs no room.
    let theirs = world.fetch(0, session, "n:counter");
    give(&mut world, ours, &["a", "d"]);
    world.works(0, theirs);
    assert_eq!(world.session(0).imports.len(), 3);
    // The session ends, since the peer gave more than it may.
    give(&mut world, ours, &["e"]);
    assert!(world.add(0, theirs).is_err());
}

#[test]
fn imports_in_the_store_that_nothing_names_make_room() {
    let (mut world, _, ours) = used_with(44, limited(|it| it.imports = 5), Options::default());
    world.sides[0].options.config.times.unclaimed = 1_000_000;
    give(&mut world, ours, &["a", "b", "c"]);
    assert_eq!(keys(&world, 0, "/o-"), 4);
    again(&mut world, 0);
    let session = world.connect(0, 1);
    let theirs = world.fetch(0, session, "n:counter");
    assert_eq!(keys(&world, 0, "/o-"), 4, "they stay for a while");
    // With the one of before, that is as many as there may be; the next makes the others go.
    give(&mut world, ours, &["d"]);
    assert_eq!(keys(&world, 0, "/o-"), 5);
    give(&mut world, ours, &["a", "e", "b"]);
    assert_eq!(world.session(0).imports.len(), 5);
    world.works(0, theirs);
    world.run(1_000);
    assert_eq!(keys(&world, 0, "/o-"), 5);
    // One that was let go of and came again in the same message counts once on both sides.
    let counts = |side: usize| {
        let session = world.session(side);
        let imports = session.imports.iter().map(|it| (it.0, it.3));
        let exports = session.exports.iter().map(|it| (it.0, it.3));
        let mut all: Vec<(u64, u64)> = if side == 0 {
            imports.collect()
        } else {
            exports.collect()
        };
        all.sort_unstable();
        all
    };
    assert_eq!(counts(0), counts(1));
}

#[test]
fn questions_are_bounded_after_a_restart() {
    let (mut world, theirs, _) = used_with(45, limited(|it| it.questions = 3), Options::default());
    for life in 0..2 {
        let theirs = match life {
            0 => theirs,
            _ => {
                again(&mut world, 0);
                let session = world.connect(0, 1);
                world.fetch(0, session, "n:counter")
            }
        };
        for _ in 0..3 {
            world.call(0, theirs, "never", []).expect("asked");
        }
        assert_eq!(world.add(0, theirs), Err(ErrorCode::LimitExceeded));
    }
}

#[test]
fn answers_and_listens_are_bounded_after_a_restart() {
    type Ask = fn(&mut World, u32, u64);
    let calls: Ask = |world, theirs, _| {
        world.call(0, theirs, "never", []).expect("asked");
    };
    let listens: Ask = |world, _, number| {
        let answer = world.session(1).answer_handles[0].0;
        let mut message = Vec::new();
        let resolver = ResolveMe::Object(1 + number);
        write::listen(
            &mut message,
            Dialect::default(),
            Target::Answer(answer),
            resolver,
        );
        let (link, end) = link(world, 0, 1);
        world.inject(link, end, message);
    };
    for (ask, most) in [(calls, 3), (listens, 2)] {
        let small = limited(|it| (it.answers, it.listens) = (4, 2));
        let (mut world, ..) = used_with(46, Options::default(), small);
        again(&mut world, 1);
        let session = world.connect(0, 1);
        let theirs = world.fetch(0, session, "n:counter");
        world.call(0, theirs, "never", []).expect("asked");
        world.run(100);
        for number in 0..most {
            ask(&mut world, theirs, number);
        }
        world.run(100);
        assert_eq!(world.session(1).status, "active");
        ask(&mut world, theirs, most);
        world.run(100);
        assert_eq!(world.add(0, theirs), Err(ErrorCode::PeerAborted));
    }
}

#[test]
fn deposits_in_the_store_count_and_none_is_dropped() {
    let mut options = limited(|it| it.gifts = 2);
    options.config.times.queue = 3_600_000;
    let mut world = World::new(47, vec![options, on_demand(), on_demand()]);
    let mut tokens = Vec::new();
    for peer in [1, 2] {
        let session = world.connect(0, peer);
        let counter = world.fetch(0, session, "n:counter");
        world.works(0, counter);
        let token = world.with(0, |client, env| client.ref_token(env, counter));
        tokens.push(token.expect("a token"));
    }
    world.run(100);
    // The exporter is away, so that nobody says that it has them.
    world.crash(1, false);
    world.run(100);
    let introduce = |world: &mut World| {
        let [gift, receiver] = [0, 1].map(|at| {
            let named = world.with(0, |client, env| client.ref_from_token(env, &tokens[at]));
            named.expect("it is known")
        });
        let introduced = world.call(0, receiver, "keep", [Value::Ref(gift)]);
        world.run(100);
        introduced.map(|_| ())
    };
    assert_eq!(introduce(&mut world), Ok(()));
    assert_eq!(introduce(&mut world), Ok(()));
    assert_eq!(keys(&world, 0, "/g:"), 2);
    for lowered in [2, 1] {
        world.sides[0].options.config.limits.gifts = lowered;
        again(&mut world, 0);
        world.connect(0, 2);
        assert_eq!(introduce(&mut world), Err(ErrorCode::LimitExceeded));
        assert_eq!(keys(&world, 0, "/g:"), 2);
        let inside = world.sides[0].client.inspect();
        let deposits = inside.sessions.iter().map(|session| session.deposits);
        assert_eq!(deposits.sum::<usize>(), 2, "all are still to be left");
    }
    world.start(1);
    world.until(60_000, "the gifts are left", |world| {
        keys(world, 0, "/g:") == 0
    });
    assert_eq!(introduce(&mut world), Ok(()));
}

#[test]
fn parked_sessions_in_the_store_count_and_the_oldest_go() {
    let peers = [1, 2, 3];
    let mut world = World::new(48, vec![Options::default(); 4]);
    let mut ids = Vec::new();
    let use_it = |world: &mut World, peer| {
        let session = world.connect(0, peer);
        let counter = world.fetch(0, session, "n:counter");
        world.works(0, counter);
        session
    };
    for peer in peers {
        let session = use_it(&mut world, peer);
        let sessions = world.sessions(0).into_iter();
        ids.extend(sessions.filter(|it| it.session == session).map(|it| it.id));
        // The peer forgets it, and says so without a proof of who it is.
        world.crash(peer, false);
        world.sides[peer].store = Default::default();
        world.start(peer);
        world.until(60_000, "it is parked, and another began", |world| {
            let sessions = world.sessions(0);
            let with = |status| sessions.iter().filter(|it| it.status == status).count();
            (with("parked"), with("active")) == (peer, peer)
        });
        use_it(&mut world, peer);
    }
    let left = |world: &World| -> Vec<bool> {
        let records = world.sides[0].store.visible.iter();
        let records = records.filter_map(|(key, _)| schema::parse_session_record(key));
        let records: Vec<SessionId> = records.map(|(_, id)| id).collect();
        ids.iter().map(|id| records.contains(id)).collect()
    };
    again(&mut world, 0);
    assert_eq!(left(&world), [true, true, true]);
    for (most, expected) in [
        (2, [false, true, true]),
        (1, [false, false, true]),
        (0, [false, false, false]),
    ] {
        world.sides[0].options.config.limits.parked = most;
        again(&mut world, 0);
        assert_eq!(left(&world), expected, "of {most}");
    }
    // Those that go on do not count.
    for peer in peers {
        use_it(&mut world, peer);
    }
    assert_eq!(world.sessions(0).len(), 3);
    assert!(world.sessions(0).iter().all(|it| it.resumes > 0));
}

#[test]
fn an_object_of_the_store_is_described_once_however_often_a_message_names_it() {
    let (mut world, ..) = used_with(14, on_demand(), on_demand());
    let name = format!("n:{}", "long".repeat(250));
    let session = world.session(0).session;
    world.fetch(0, session, &name);
    let imports = world.session(0).imports.into_iter();
    let position = imports.map(|import| import.0).max().expect("one");
    world.restart(1);
    world.run(100);
    world.connect(0, 1);
    world.run(50);
    let named = format!("<11'desc:export{position}+>").repeat(1_000);
    let args = format!("[4'none{named}]");
    let mut message = Vec::new();
    let to = Target::Export(0);
    write::deliver(
        &mut message,
        Dialect::default(),
        to,
        args.as_bytes(),
        None,
        None,
    )
    .expect("written");
    let side = &mut world.sides[1];
    let connection = *side.connections.keys().next_back().expect("one");
    let store = side.store.visible.clone();
    let env = Env {
        now: world.now,
        store: &store,
    };
    side.client
        .input_buffer(message.len())
        .copy_from_slice(&message);
    side.client.handle_input(env, connection, message.len());
    let described = side.client.side().len();
    assert!(
        (name.len()..2 * name.len()).contains(&described),
        "{described}"
    );
}

#[test]
fn many_objects_are_looked_for_in_the_store_before_any_is_given() {
    let (mut world, ..) = used_with(15, on_demand(), on_demand());
    world.restart(0);
    let session = world.connect(0, 1);
    let counter = world.fetch(0, session, "n:counter");
    let before = world.session(0).next_export;
    let args: Vec<Value> = (0..200).map(|n| named(&format!("n:{n}"))).collect();
    let call = world.call(0, counter, "keep", args).expect("asked");
    // Each attempt at the message would take positions.
    assert_eq!(world.session(0).next_export, before + 201);
    world.settles(0, call);
}
