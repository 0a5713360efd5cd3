//! Named cases.

mod auth;
mod continuity;
mod crossed;
mod cut;
mod dialect;
mod keeping;
mod limits;
mod limits_restarted;
mod old_peer;
mod proving;
pub mod recount;
mod replay;
mod resume;
mod slots;
mod start;
mod steps;
mod store;
mod stranger;
mod stream;
mod tokens;

use ocapn_wasm::client::config::Reconnect;

use crate::world::{Options, World};

/// Two sides with a session that was used both ways: the world, A's reference, B's reference.
pub fn used(seed: u64) -> (World, u32, u32) {
    used_with(seed, Options::default(), Options::default())
}

pub fn used_with(seed: u64, a: Options, b: Options) -> (World, u32, u32) {
    let mut world = World::new(seed, vec![a, b]);
    let session = world.connect(0, 1);
    let theirs = world.fetch(0, session, "n:counter");
    world.works(0, theirs);
    let back = world.connect(1, 0);
    let ours = world.fetch(1, back, "n:counter");
    world.works(1, ours);
    world.run(100);
    (world, theirs, ours)
}

/// Nobody dials but when asked.
pub fn on_demand() -> Options {
    let mut options = Options::default();
    options.config.reconnect = Reconnect::OnDemand;
    options
}
