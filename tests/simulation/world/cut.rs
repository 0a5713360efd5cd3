//! Links are given up, cut and silenced.

use super::World;
use super::time::Happening;
use crate::application::STRANGER;
use crate::network::{End, Link, Parcel, Party};

impl World {
    /// An end of a link is given up by its owner.
    pub(super) fn leave(&mut self, number: u32, end: End, silent: bool) {
        let latency = self.weather.latency;
        let latency = self.between(latency);
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        link.parties[end as usize] = Party::Nobody;
        if silent {
            link.dead = true;
        } else {
            let at = link.last[end.other() as usize].max(self.now + latency);
            link.last[end.other() as usize] = at;
            let end = end.other();
            self.plan(
                at,
                Happening::Arrive {
                    link: number,
                    end,
                    parcel: Parcel::Close,
                },
            );
        }
    }

    /// From now on nothing arrives; both ends are told of the end, much later.
    pub fn silence(&mut self, link: u32) {
        if let Some(link) = self.links.get_mut(&link) {
            link.dead = true;
        }
    }

    /// The link is gone. An end may not notice.
    pub fn cut(&mut self, number: u32, deaf: Option<End>) {
        self.log(|| {
            format!(
                "link {number} is cut{}",
                deaf.map(|end| format!(", {end:?} deaf"))
                    .unwrap_or_default()
            )
        });
        self.silence(number);
        for end in [End::Dialler, End::Acceptor] {
            if deaf != Some(end) {
                self.close_end(number, end);
            }
        }
    }

    /// The link will be gone.
    pub fn cut_later(&mut self, link: u32, after: u64) {
        self.plan(self.now + after, Happening::Cut { link, deaf: None });
    }

    /// Sessions with those who say anything end, and their links with them.
    pub fn end_strangers(&mut self) {
        for index in 0..self.sides.len() {
            for session in self.sessions(index) {
                if session.peer.designator == STRANGER && self.sides[index].up {
                    self.with(index, |client, env| {
                        client.abort_session(env, session.session, "enough");
                    });
                }
            }
        }
        let attacked = |link: &Link| link.parties.contains(&Party::Attacker);
        let links = self.links.iter().filter(|(_, link)| attacked(link));
        for link in links.map(|(number, _)| *number).collect::<Vec<_>>() {
            self.cut(link, None);
        }
    }

    /// One end is told that its link is closed.
    pub fn close_end(&mut self, number: u32, end: End) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        let party = std::mem::replace(&mut link.parties[end as usize], Party::Nobody);
        if party == Party::OldPeer {
            self.old().closed(number);
        }
        if let Party::Side {
            side,
            life,
            connection,
        } = party
            && self.sides[side].life == life
            && self.sides[side].up
            && self.sides[side].connections.remove(&connection).is_some()
        {
            self.with(side, |client, env| client.handle_closed(env, connection));
        }
    }

    /// Links that both their ends have.
    pub fn live_links(&self) -> Vec<u32> {
        let live = |link: &Link| !link.parties.contains(&Party::Nobody) && !link.dead;
        let links = self.links.iter().filter(|(_, link)| live(link));
        links.map(|(number, _)| *number).collect()
    }

    pub fn cut_all(&mut self) {
        for link in self.links.keys().copied().collect::<Vec<_>>() {
            let parties = self.links[&link].parties;
            if parties != [Party::Nobody; 2] {
                self.cut(link, None);
            }
        }
    }
}
