//! A whole client that is fed bytes at each phase of a connection.
//!
//! The first byte is the phase, the second the setup; then come steps: a byte that says what happens,
//! and for a message its length (two bytes, little-endian) and its bytes.

use ocapn_wasm::baggage::MemoryStore;

use crate::host::{Host, Setup};

/// Brings a client to a phase.
pub fn at(phase: u8, setup: u8) -> Host {
    let setup = Setup {
        framed: setup & 1 == 0,
        old: setup & 2 != 0,
        dialled: setup & 4 != 0,
    };
    let mut host = Host::new(setup, MemoryStore::new());
    match phase % 8 {
        0 => host.accept(),
        1 => {
            host.ask_for_session();
            host.dialled();
        }
        3 => {
            host.accept();
            host.hello();
            host.act(0x57);
        }
        phase => {
            host.ask_for_session();
            host.dialled();
            host.hello();
            // A call with an object of ours; and the peer said something.
            host.act(0x57);
            host.receive(b"<10'op:deliver<11'desc:export0+>[4'echo<18'desc:import-object5+>]f<18'desc:import-object9+>>");
            if phase > 2 {
                resumed(&mut host, phase);
            }
        }
    }
    if phase % 8 == 7 {
        host = host.restarted();
        host.accept();
    }
    host
}

fn resumed(host: &mut Host, phase: u8) {
    host.close();
    match phase {
        4 => {
            host.pass(1_000);
            host.dialled();
        }
        5 | 6 => {
            host.accept();
            for count in [2, 1, 0] {
                host.resume(None, count);
            }
            if phase == 6 {
                let count = host.count;
                host.resume(None, count);
            }
        }
        _ => {}
    }
}

pub fn run(data: &[u8]) {
    let [phase, setup, steps @ ..] = data else {
        return;
    };
    let mut host = at(*phase, *setup);
    let id = host.id();
    let mut rest = steps;
    while let [what, more @ ..] = rest {
        rest = more;
        match what % 16 {
            0..9 => {
                let [low, high, more @ ..] = rest else { break };
                let len = usize::from(u16::from_le_bytes([*low, *high])).min(more.len());
                host.receive(&more[..len]);
                rest = &more[len..];
            }
            9 => host.pass(1 << (what >> 4)),
            10 => host.close(),
            11 => host.accept(),
            12 => {
                host.ask_for_session();
                host.dialled();
            }
            13 => {
                let count = (u128::from(what >> 4) % 6) << (64 * u32::from(what >> 7));
                host.resume(id, count);
            }
            14 => {
                let count = host.count;
                host.resume(id, count);
            }
            _ => {
                let [what, more @ ..] = rest else { break };
                host.act(*what);
                rest = more;
            }
        }
        host.check();
    }
    host.pass(100_000);
    host.with(|client, env| client.shutdown(env));
}
