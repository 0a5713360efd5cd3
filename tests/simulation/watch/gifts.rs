//! Gifts on their way, judged from the bytes and the durable part of the store alone.

use std::collections::{BTreeMap, BTreeSet};

use ocapn_wasm::baggage::SessionRecord;
use ocapn_wasm::handoff::request::Request;
use ocapn_wasm::identity::SessionId;
use ocapn_wasm::syrup::SyrupLimits;
use ocapn_wasm::wire::{Operation, Target};

use super::Slot;

#[derive(Debug)]
struct Withdrawn {
    count: u64,
    /// The gift: its giver's session, and its id there.
    gift: (SessionId, Vec<u8>),
}

#[derive(Debug, Default)]
pub struct GiftWatch {
    /// What was left with an exporter, and where that has it.
    deposits: BTreeMap<(SessionId, Vec<u8>), Slot>,
    /// Counts that a receiver used with an exporter.
    counts: BTreeSet<(SessionId, usize, u64)>,
    /// Withdrawals, by session, exporter, and position of the receiver's resolver.
    withdrawn: BTreeMap<Slot, Withdrawn>,
    pub withdrawals: u64,
}

impl GiftWatch {
    /// A message leaves from `index` to `peer`.
    pub fn leaves(
        &mut self,
        (id, index, peer): (SessionId, usize, usize),
        name: char,
        record: Option<&SessionRecord>,
        bytes: &[u8],
        operation: &Operation<'_>,
        resolver: Option<u64>,
    ) {
        let Operation::Deliver {
            to: Target::Export(0),
            args,
            ..
        } = operation
        else {
            return;
        };
        match Request::read(bytes, args.clone(), SyrupLimits::default()) {
            Some(Request::Deposit {
                id: gift,
                gift: Target::Export(position),
            }) => {
                self.deposits
                    .insert((id, gift.to_vec()), (id, peer, position));
            }
            Some(Request::Withdraw(receive)) => {
                let count = receive.object.handoff_count;
                assert!(
                    self.counts.insert((id, index, count)),
                    "{name}: handoff count {count} is used twice"
                );
                if let Some(record) = record {
                    assert!(
                        record.handoffs_given > count,
                        "{name}: handoff count {count} leaves before it is durable"
                    );
                }
                let give = &receive.object.signed_give.object;
                if let (Ok(session), Some(resolver)) = (give.session.try_into(), resolver) {
                    let gift = (SessionId(session), give.gift_id.to_vec());
                    self.withdrawn
                        .insert((id, peer, resolver), Withdrawn { count, gift });
                }
            }
            _ => {}
        }
    }

    /// An answer leaves for a resolver of the peer's: if it brings a gift, where the exporter had it
    /// when it was given. The count is to be durable.
    pub fn answered(
        &mut self,
        (id, index, resolver): Slot,
        name: char,
        record: Option<&SessionRecord>,
    ) -> Option<Slot> {
        let Withdrawn { count, gift } = self.withdrawn.remove(&(id, index, resolver))?;
        if let Some(record) = record {
            assert!(
                record.handoffs_used.contains(count),
                "{name}: a gift leaves before its count {count} is spent for good"
            );
        }
        self.withdrawals += 1;
        self.deposits.get(&gift).copied()
    }
}
