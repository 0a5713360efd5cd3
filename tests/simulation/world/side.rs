//! One side: how it is made, and its present process.

use std::collections::BTreeMap;

use ocapn_wasm::client::config::{Config, Times};
use ocapn_wasm::client::{Authenticates, Client};
use ocapn_wasm::wire::Location;

use crate::application::{Application, Call};
use crate::network::End;
use crate::store::{Kind, Store};

/// What a side is made with.
#[derive(Clone, Debug)]
pub struct Options {
    pub config: Config,
    pub authenticates: Authenticates,
    pub framed: bool,
    pub trust_claims: bool,
    /// How long a commit takes.
    pub commit: (u64, u64),
    pub store: Kind,
}

impl Default for Options {
    fn default() -> Self {
        let times = Times {
            handshake: 3_000,
            idle: 5_000,
            probe: 2_000,
            queue: 10_000,
            call: 0,
            resume_grace: 8_000,
            expiry: 3_600_000,
            retry_least: 50,
            retry_most: 2_000,
            gather: 20,
            unclaimed: 1_000,
            recount: 300,
            gift: 1_000,
        };
        Self {
            config: Config {
                resume: true,
                times,
                ..Config::default()
            },
            authenticates: Authenticates::Nothing,
            framed: true,
            trust_claims: true,
            commit: (1, 1),
            store: Kind::Atomic,
        }
    }
}

#[derive(Debug)]
pub struct Side {
    pub name: char,
    pub options: Options,
    pub location: Location,
    pub client: Client,
    pub netlayer: u32,
    pub store: Store,
    pub app: Application,
    pub life: u32,
    pub up: bool,
    /// Its store failed: it does nothing any more.
    pub stopped: bool,
    pub timer: Option<u64>,
    pub connections: BTreeMap<u32, (u32, End)>,
    /// What the host was asked to dial, and what became of it: for tests.
    pub dials: u64,
    /// Calls of earlier processes.
    pub past: Vec<Call>,
}
