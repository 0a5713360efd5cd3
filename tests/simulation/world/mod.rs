//! Two or more sides, the network between them, and virtual time. Everything follows from one seed.

mod acts;
mod ambush;
mod attack;
mod calls;
mod carry;
mod chance;
mod commit;
mod cut;
mod dial;
mod drive;
mod old_links;
mod process;
mod side;
mod time;
mod ways;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ocapn_wasm::client::Client;
use ocapn_wasm::wire::Location;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

pub use self::ambush::Ambush;
pub use self::side::{Options, Side};
use self::time::Happening;
use crate::application::Application;
use crate::network::{Link, Weather};
use crate::old_peer::OldPeer;
use crate::store::Store;
use crate::watch::Watch;

pub const TRANSPORT: &str = "sim";

pub struct World {
    pub rng: ChaCha20Rng,
    pub now: u64,
    pub sides: Vec<Side>,
    pub links: BTreeMap<u32, Link>,
    next_link: u32,
    agenda: BTreeMap<(u64, u64), Happening>,
    order: u64,
    pub weather: Weather,
    pub old: Option<OldPeer>,
    pub watch: Watch,
    pub next_effect: u64,
    /// Dials of this side come to the attacker, who answers with these messages.
    pub hijack: Option<(usize, VecDeque<Vec<u8>>)>,
    /// Loses each message that it says yes to, with all that follow on its link.
    pub lose: Option<fn(&[u8]) -> bool>,
    /// So many messages from now, something happens.
    pub ambush: Option<(u64, Ambush)>,
    /// A side is killed after this many more of its outputs.
    pub doom: Option<(usize, u64)>,
    /// Which sides ran each effect, whether that lasted or not.
    pub ran: BTreeMap<u64, Vec<usize>>,
    /// Links on which everything that another's dialler says is said too.
    shadows: BTreeMap<u32, u32>,
    pub tracing: bool,
}

impl World {
    pub fn new(seed: u64, options: Vec<Options>) -> Self {
        let mut world = Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            now: 1_000_000,
            sides: Vec::new(),
            links: BTreeMap::new(),
            next_link: 1,
            agenda: BTreeMap::new(),
            order: 0,
            weather: Weather::fair(),
            old: None,
            watch: Watch::default(),
            next_effect: 1,
            hijack: None,
            lose: None,
            ambush: None,
            doom: None,
            ran: BTreeMap::new(),
            shadows: BTreeMap::new(),
            tracing: std::env::var_os("SIM_TRACE").is_some(),
        };
        for (index, options) in options.into_iter().enumerate() {
            let name = (b'A' + index as u8) as char;
            let location = Location {
                transport: TRANSPORT.into(),
                designator: name.to_string(),
                hints: Default::default(),
                hints_absent: false,
            };
            let client = world.client(&options);
            let store = Store::new(options.store);
            world.sides.push(Side {
                name,
                options,
                location,
                client,
                netlayer: 0,
                store,
                app: Application::new(BTreeSet::new()),
                life: 0,
                up: false,
                stopped: false,
                timer: None,
                connections: BTreeMap::new(),
                dials: 0,
                past: Vec::new(),
            });
            world.start(index);
        }
        world
    }

    pub fn pair(seed: u64) -> Self {
        Self::new(seed, vec![Options::default(), Options::default()])
    }

    fn client(&mut self, options: &Options) -> Client {
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        Client::new(options.config.clone(), seed)
    }

    pub fn log(&mut self, line: impl FnOnce() -> String) {
        if self.tracing {
            let line = format!("{:>8} {}", self.now - 1_000_000, line());
            eprintln!("{line}");
        }
    }
}
