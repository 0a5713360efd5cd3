//! What befalls one message that leaves.

use super::World;
use super::time::Happening;
use crate::network::End;

/// What happens to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambush {
    /// The link is cut in its place.
    Close,
    /// It and what follows never arrive, and nobody is told.
    Silence,
    /// Something else arrives.
    Garbage,
    /// Its sender is killed with it.
    KillSender,
    /// It arrives, and its receiver is killed.
    KillReceiver,
    /// It is late.
    Delay(u64),
}

impl World {
    /// Whether a message meets something that keeps it from arriving.
    pub(super) fn is_ambushed(&mut self, index: usize, link: u32, end: End) -> bool {
        let Some((left, ambush)) = self.ambush else {
            return false;
        };
        if left > 0 {
            self.ambush = Some((left - 1, ambush));
            return false;
        }
        self.ambush = None;
        self.log(|| format!("ambush: {ambush:?}"));
        match ambush {
            Ambush::Close => self.plan(self.now, Happening::Cut { link, deaf: None }),
            Ambush::Silence => self.silence(link),
            Ambush::Garbage => self.send(link, end, b"<7'garbage>".to_vec()),
            Ambush::KillSender => {
                self.silence(link);
                self.plan(self.now, Happening::Crash { side: index });
                self.plan(self.now + 300, Happening::Start { side: index });
            }
            Ambush::KillReceiver => {
                if let Some([dialler, acceptor]) = self.watch.sides_of(link) {
                    let side = if end == End::Dialler {
                        acceptor
                    } else {
                        dialler
                    };
                    self.plan(self.now + 7, Happening::Crash { side });
                    self.plan(self.now + 300, Happening::Start { side });
                }
                return false;
            }
            Ambush::Delay(time) => {
                let at = self.now + time;
                if let Some(link) = self.links.get_mut(&link) {
                    let last = &mut link.last[end.other() as usize];
                    *last = at.max(*last);
                }
                return false;
            }
        }
        true
    }
}
