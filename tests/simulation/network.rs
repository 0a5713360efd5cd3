//! Links between sides: each keeps the order of its messages, and can be slow, cut or half-open.

use std::collections::VecDeque;

use ocapn_wasm::identity::KeyPair;

/// One of the two ends of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    Dialler,
    Acceptor,
}

impl End {
    pub fn other(self) -> Self {
        match self {
            End::Dialler => End::Acceptor,
            End::Acceptor => End::Dialler,
        }
    }
}

/// Who is at an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A side, in this of its processes, which knows the link as a connection of this number.
    Side {
        side: usize,
        life: u32,
        connection: u32,
    },
    /// The peer as the pull request has it.
    OldPeer,
    /// The attacker.
    Attacker,
    /// The end is closed.
    Nobody,
}

/// What travels on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parcel {
    Bytes(Vec<u8>),
    Close,
}

#[derive(Debug)]
pub struct Link {
    pub parties: [Party; 2],
    /// Nothing arrives any more, and nobody is told.
    pub dead: bool,
    /// When the last parcel towards each end arrives.
    pub last: [u64; 2],
    /// Everything that each end sent.
    pub sent: [Vec<Vec<u8>>; 2],
    /// What the attacker answers with, when it is at the acceptor's end.
    pub script: VecDeque<Vec<u8>>,
    /// The attacker answers on, with this key.
    pub forger: Option<KeyPair>,
}

impl Link {
    pub fn new(dialler: Party, acceptor: Party) -> Self {
        Self {
            parties: [dialler, acceptor],
            dead: false,
            last: [0, 0],
            sent: [Vec::new(), Vec::new()],
            script: VecDeque::new(),
            forger: None,
        }
    }

    pub fn party(&self, end: End) -> Party {
        self.parties[end as usize]
    }
}

/// What a link did, for the attacker to replay.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Which sides it was between: dialler, acceptor.
    pub sides: [usize; 2],
    pub sent: [Vec<Vec<u8>>; 2],
}

/// How the network treats what it carries.
#[derive(Clone, Debug)]
pub struct Weather {
    pub latency: (u64, u64),
    /// In 1000: a dial is refused.
    pub refuse: u64,
    /// In 1000: a message is lost with all that follow on its link, and the link is cut later.
    pub lose: u64,
    /// In 1000: whatever a dialler says comes twice, on two connections.
    pub duplicate: u64,
    /// In 1000: after a message the link is cut.
    pub cut: u64,
    /// In 1000 of the cuts: one end does not notice.
    pub half_open: u64,
}

impl Weather {
    pub fn fair() -> Self {
        Self {
            latency: (5, 5),
            refuse: 0,
            lose: 0,
            duplicate: 0,
            cut: 0,
            half_open: 0,
        }
    }
}
