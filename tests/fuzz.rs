//! What the fuzzers begin with, and what they once found, as an ordinary test.
//!
//! `cargo test --test fuzz -- --ignored` writes the seeds anew, from the vectors.

#![allow(unreachable_pub, reason = "nothing outside a test binary sees it")]

#[path = "../fuzz/src/host.rs"]
mod host;
#[path = "../fuzz/src/peer.rs"]
mod peer;
#[path = "../fuzz/src/records.rs"]
mod records;
#[path = "fuzz/seeds.rs"]
mod seeds;
#[path = "../fuzz/src/tape.rs"]
mod tape;
#[path = "../fuzz/src/wire.rs"]
mod wire;

use std::path::{Path, PathBuf};

fn files(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let entries = std::fs::read_dir(&folder).expect("seeds");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no seeds in {}", folder.display());
    files
}

fn replay(target: &str, run: fn(&[u8])) {
    for file in files(target) {
        let data = std::fs::read(&file).expect("a file");
        if std::panic::catch_unwind(|| run(&data)).is_err() {
            panic!("{} fails", file.display());
        }
        // What is left when it is cut short somewhere is as bad as any.
        for upto in (0..data.len()).step_by(7) {
            run(&data[..upto]);
        }
    }
}

#[test]
fn seeds_of_wire_run() {
    replay("wire", wire::run);
}

#[test]
fn seeds_of_tape_run() {
    replay("tape", tape::run);
}

#[test]
fn seeds_of_peer_run() {
    replay("peer", peer::run);
}

#[test]
fn seeds_of_records_run() {
    replay("records", records::run);
}
