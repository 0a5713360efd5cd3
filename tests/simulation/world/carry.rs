//! Messages leave, travel and arrive.

use super::World;
use super::time::Happening;
use crate::network::{End, Parcel, Party, Recording};

impl World {
    pub(super) fn transmit(&mut self, index: usize, connection: u32, bytes: Vec<u8>) {
        let side = &self.sides[index];
        assert!(
            !side.stopped,
            "{} transmits though its store failed",
            side.name
        );
        let Some((number, end)) = side.connections.get(&connection).copied() else {
            panic!(
                "{} transmits on connection {connection}, which is closed",
                side.name
            );
        };
        if self.tracing {
            let line = crate::watch::summary(&bytes);
            let name = self.sides[index].name;
            self.log(|| format!("{name} -> link {number} {line}"));
        }
        self.watch
            .transmitted(&self.sides[index], index, number, end, &bytes);
        if let Some(link) = self.links.get_mut(&number) {
            link.sent[end as usize].push(bytes.clone());
        }
        if self.lose.is_some_and(|lose| lose(&bytes)) {
            self.silence(number);
            return;
        }
        if self.is_ambushed(index, number, end) {
            return;
        }
        if end == End::Dialler {
            self.shadow(number, &bytes);
        }
        let chunks = if self.sides[index].options.framed {
            vec![bytes]
        } else {
            self.chop(&bytes)
        };
        for chunk in chunks {
            self.send(number, end, chunk);
        }
        let (lose, cut, half_open) = (self.weather.lose, self.weather.cut, self.weather.half_open);
        if self.chance(lose) {
            self.silence(number);
        } else if self.chance(cut) {
            let deaf = self.chance(half_open).then_some(if self.chance(500) {
                End::Dialler
            } else {
                End::Acceptor
            });
            let after = self.below(20);
            self.plan(self.now + after, Happening::Cut { link: number, deaf });
        }
    }

    /// A stream has no messages: pieces of any length arrive.
    fn chop(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        let mut rest = bytes;
        let most = if self.chance(300) { 3 } else { 200 };
        while !rest.is_empty() {
            let len = (1 + self.below(most) as usize).min(rest.len());
            chunks.push(rest[..len].to_vec());
            rest = &rest[len..];
        }
        chunks
    }

    pub(super) fn send(&mut self, number: u32, from: End, bytes: Vec<u8>) {
        let latency = self.weather.latency;
        let latency = self.between(latency);
        let Some(link) = self.links.get_mut(&number).filter(|link| !link.dead) else {
            return;
        };
        let end = from.other();
        let at = link.last[end as usize].max(self.now + latency);
        link.last[end as usize] = at;
        let parcel = Parcel::Bytes(bytes);
        self.plan(
            at,
            Happening::Arrive {
                link: number,
                end,
                parcel,
            },
        );
    }

    pub(super) fn arrive(&mut self, number: u32, end: End, parcel: Parcel) {
        let Some(link) = self.links.get_mut(&number) else {
            return;
        };
        match (link.party(end), parcel) {
            (Party::Nobody, _) => {}
            (Party::OldPeer, Parcel::Close) => self.close_end(number, end),
            (Party::OldPeer, Parcel::Bytes(bytes)) => {
                if !link.dead {
                    self.old_receives(number, end, &bytes);
                }
            }
            (Party::Attacker, Parcel::Close) => link.parties[end as usize] = Party::Nobody,
            (Party::Attacker, Parcel::Bytes(bytes)) => self.attacker_hears(number, end, &bytes),
            (Party::Side { .. }, Parcel::Close) => self.close_end(number, end),
            (
                Party::Side {
                    side,
                    life,
                    connection,
                },
                Parcel::Bytes(bytes),
            ) => {
                if link.dead || self.sides[side].life != life || !self.sides[side].up {
                    return;
                }
                self.watch.delivered(&self.sides[side], number, end, &bytes);
                self.with(side, |client, env| {
                    client.input_buffer(bytes.len()).copy_from_slice(&bytes);
                    client.handle_input(env, connection, bytes.len());
                });
            }
        }
    }

    /// A message that the owner of this end never wrote.
    pub fn inject(&mut self, link: u32, from: End, bytes: Vec<u8>) {
        self.send(link, from, bytes);
    }

    /// Everything that went over links so far.
    pub fn record(&mut self) -> Vec<Recording> {
        let mut all = Vec::new();
        for (number, link) in &self.links {
            if let Some(sides) = self.watch.sides_of(*number) {
                all.push(Recording {
                    sides,
                    sent: link.sent.clone(),
                });
            }
        }
        all
    }
}
