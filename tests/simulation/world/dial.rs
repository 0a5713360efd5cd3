//! Dials, and the links that come of them.

use ocapn_wasm::client::Env;
use ocapn_wasm::wire::Location;

use super::World;
use super::time::Happening;
use crate::network::{End, Link, Party};

impl World {
    pub(super) fn dial_ends(&mut self, index: usize, dial: u32, location: &Location) {
        let refused = self.weather.refuse;
        let refused = self.chance(refused);
        let old = self.old.as_ref();
        if !refused
            && self.hijack.is_none()
            && old.is_some_and(|old| old.location.same_peer(location))
        {
            self.dial_old(index, dial);
            return;
        }
        let target = self
            .sides
            .iter()
            .position(|side| side.location.same_peer(location));
        let hijacked = self.hijack.as_ref().is_some_and(|(side, _)| *side == index);
        let target = target.filter(|target| {
            !refused && (hijacked || (self.sides[*target].up && !self.sides[*target].stopped))
        });
        let Some(target) = target else {
            self.with(index, |client, env| client.handle_dial_failed(env, dial));
            return;
        };
        let number = self.next_link;
        self.next_link += 1;
        self.links
            .insert(number, Link::new(Party::Nobody, Party::Nobody));
        if hijacked {
            if let (Some(link), Some((_, script))) = (self.links.get_mut(&number), &self.hijack) {
                link.parties[1] = Party::Attacker;
                link.script = script.clone();
            }
        } else if !self.open(target, number, End::Acceptor, None) {
            self.with(index, |client, env| client.handle_dial_failed(env, dial));
            return;
        }
        self.watch.linked(number, index, target, hijacked);
        let duplicate = self.weather.duplicate;
        if !hijacked && self.chance(duplicate) {
            let shadow = self.attack(target, &[]);
            self.shadows.insert(number, shadow);
            let after = self.between((200, 5_000));
            let link = shadow;
            self.plan(self.now + after, Happening::Cut { link, deaf: None });
        }
        self.open(index, number, End::Dialler, Some(dial));
    }

    /// A side gets one end of a link.
    pub(super) fn open(&mut self, index: usize, number: u32, end: End, dial: Option<u32>) -> bool {
        let side = &mut self.sides[index];
        let env = Env {
            now: self.now,
            store: &side.store,
        };
        let connection = side.client.handle_opened(env, side.netlayer, dial);
        let life = side.life;
        match connection {
            Some(connection) => {
                side.connections.insert(connection, (number, end));
                let party = Party::Side {
                    side: index,
                    life,
                    connection,
                };
                if let Some(link) = self.links.get_mut(&number) {
                    link.parties[end as usize] = party;
                }
                if dial.is_some() {
                    self.sides[index].client.handle_established(connection);
                }
                self.log(|| {
                    format!(
                        "{} has link {number} as connection {connection}",
                        (b'A' + index as u8) as char
                    )
                });
            }
            None => self.leave(number, end, false),
        }
        self.drain(index);
        connection.is_some()
    }
}
