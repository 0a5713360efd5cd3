//! Gifts of a session's peer, in the store.

use crate::baggage::{GiftRow, Record, schema};
use crate::client::shared::{Context, Shared};
use crate::handoff::Name;
use crate::locals::LocalKind;

use super::Session;

impl Session {
    fn gift_key(&self, name: &Name) -> String {
        schema::gift(&self.parties.own_id, &self.parties.id, name.id())
    }

    /// Stores a gift that can be described, before its deposit is acknowledged.
    pub(crate) fn store_gift(&self, shared: &mut Shared, name: &Name, local: u32) {
        let described = shared.locals.get(local);
        let described = described.and_then(|local| local.description.clone());
        if let Some(description) = described.filter(|_| self.stored) {
            let key = self.gift_key(name);
            let id = name.id().to_vec();
            let value = GiftRow { id, description }.encode(&key);
            shared.persist(key, Some(value));
        }
    }

    /// The key of the row that a gift may have, to be deleted once it was given.
    pub(crate) fn stored_gift(&self, shared: &Shared, name: &Name, local: u32) -> Option<String> {
        let local = shared.locals.get(local)?;
        let has_row = self.stored && local.description.is_some();
        has_row.then(|| self.gift_key(name))
    }

    /// Takes up the gifts that an earlier process kept, when the first is asked for.
    pub(crate) fn recall_gifts(&mut self, context: &mut Context<'_>) {
        if !std::mem::take(&mut self.gifts_in_store) {
            return;
        }
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
                Ok(row) => {
                    let shared = &mut *context.shared;
                    let kind = LocalKind::Object;
                    let local = shared.locals.allocate(kind, Some(row.description), true);
                    shared.locals.hold(local);
                    let name = Name::new(self.key, &row.id);
                    if !shared.gifts.restore(name, local) {
                        shared.locals.unhold(local);
                    }
                }
                Err(error) => {
                    context.shared.report(&error);
                }
            }
        }
    }
}
