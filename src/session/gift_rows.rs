//! Gifts of a session's peer, in the store.

use crate::baggage::{GiftRow, Record, schema};
use crate::client::shared::{Context, Shared};
use crate::handoff::Name;
use crate::locals::LocalKind;

use super::Session;

impl Session {
    fn gift_key(&self, id: &[u8]) -> String {
        schema::gift(&self.parties.own_id, &self.parties.id, id)
    }

    /// Stores a gift that can be described, before its deposit is acknowledged.
    pub(crate) fn store_gift(&self, shared: &mut Shared, name: &Name, local: u32) {
        let described = shared.locals.get(local);
        let described = described.and_then(|local| local.description.clone());
        if let Some(description) = described.filter(|_| self.stored) {
            let (key, value) = self.gift_row(name, Some(description));
            shared.persist(key, Some(value));
        }
    }

    /// A gift went to who had waited for it.
    pub(crate) fn store_taken(&self, shared: &mut Shared, name: &Name, local: u32) {
        if self.has_gift_row(shared, local) && self.repeats.is_taken(name.id()) {
            let (key, value) = self.gift_row(name, None);
            shared.persist(key, Some(value));
        }
    }

    fn gift_row(&self, name: &Name, description: Option<Vec<u8>>) -> (String, Vec<u8>) {
        let key = self.gift_key(name.id());
        let id = name.id().to_vec();
        let value = GiftRow { id, description }.encode(&key);
        (key, value)
    }

    /// Whether a gift was stored, or what became of it has to be.
    pub(crate) fn has_gift_row(&self, shared: &Shared, local: u32) -> bool {
        let local = shared.locals.get(local);
        self.stored && local.is_some_and(|local| local.description.is_some())
    }

    /// Whoever came for a gift has been told of it: its row goes, unless the peer may leave it again.
    pub(crate) fn gift_is_told(&self, shared: &mut Shared, name: &Name) {
        if self.repeats.is_taken(name.id()) {
            let (key, value) = self.gift_row(name, None);
            shared.persist_lazily(key, Some(value));
        } else {
            shared.persist_lazily(self.gift_key(name.id()), None);
        }
    }

    /// The peer let go of an answer: if that acknowledged a deposit, it will not come again.
    pub(super) fn deposit_is_acknowledged(&mut self, context: &mut Context<'_>, answer: u64) {
        if let Some(id) = self.repeats.acknowledge(answer) {
            self.forget_taken(context.shared, &id);
        }
    }

    /// The peer sent something else than a deposit.
    pub(crate) fn no_deposits_again(&mut self, context: &mut Context<'_>) {
        if self.repeats.are_open() {
            for id in self.repeats.close() {
                self.forget_taken(context.shared, &id);
            }
        }
    }

    fn forget_taken(&self, shared: &mut Shared, id: &[u8]) {
        if self.stored {
            shared.persist_lazily(self.gift_key(id), None);
        }
    }

    /// Takes up the gifts that an earlier process kept, when the first is asked for.
    pub(crate) fn recall_gifts(&mut self, context: &mut Context<'_>) {
        if !std::mem::take(&mut self.gifts_in_store) {
            return;
        }
        let (own, id) = (self.parties.own_id, self.parties.id);
        context.shared.gifts.uncount(own, id);
        let prefix = schema::gifts(&self.parties.own_id, &self.parties.id);
        let keys = match context.env.store.keys(&prefix) {
            Ok(keys) => keys,
            Err(error) => {
                context.shared.report(&error);
                return;
            }
        };
        for key in keys {
            let row = match context.env.store.get(&key) {
                Ok(Some(bytes)) => GiftRow::decode(&key, &bytes),
                Ok(None) => continue,
                Err(error) => Err(error),
            };
            match row {
                Ok(row) => self.recall_gift(context.shared, key, row),
                Err(error) => {
                    context.shared.report(&error);
                }
            }
        }
    }

    fn recall_gift(&mut self, shared: &mut Shared, key: String, row: GiftRow) {
        let GiftRow { id, description } = row;
        let (taken, most) = (description.is_none(), shared.config.limits.gifts);
        let may_come_again = self.repeats.recall(&id, taken, most);
        if taken {
            if !may_come_again {
                shared.persist_lazily(key, None);
            }
            return;
        }
        let local = shared.locals.allocate(LocalKind::Object, description, true);
        shared.locals.hold(local);
        let name = Name::new(self.key, &id);
        if !shared.gifts.restore(name, local) {
            shared.locals.unhold(local);
        }
    }
}
