//! Both maps do what a `BTreeMap` does.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{SortedMap, Table};

#[derive(Clone, Debug)]
enum Step {
    Insert(u32, u8),
    InsertNew(u32, u8),
    Remove(u32),
    Retain(u8),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let key = prop_oneof![0..16u32, any::<u32>()];
    prop_oneof![
        8 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
        4 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::InsertNew(key, value)),
        6 => key.prop_map(Step::Remove),
        1 => any::<u8>().prop_map(Step::Retain),
        1 => Just(Step::Clear),
    ]
}

proptest! {
    #[test]
    fn a_table_is_a_map(steps in prop::collection::vec(step(), 0..64)) {
        let mut model = BTreeMap::new();
        let mut table = Table::default();
        for step in steps {
            match step {
                Step::Insert(key, value) => {
                    prop_assert_eq!(table.insert(key, value), model.insert(key, value));
                }
                Step::InsertNew(key, value) => {
                    let free = !model.contains_key(&key);
                    model.entry(key).or_insert(value);
                    prop_assert_eq!(table.insert_new(key, value), free);
                }
                Step::Remove(key) => prop_assert_eq!(table.remove(key), model.remove(&key)),
                Step::Retain(least) => {
                    table.retain(|_, value| *value >= least);
                    model.retain(|_, value| *value >= least);
                }
                Step::Clear => {
                    table.clear();
                    model.clear();
                }
            }
            prop_assert_eq!(table.len(), model.len());
            let entries: Vec<_> = table.iter().map(|(key, value)| (key, *value)).collect();
            let expected: Vec<_> = model.iter().map(|(key, value)| (*key, *value)).collect();
            prop_assert_eq!(entries, expected);
            for key in 0..16 {
                prop_assert_eq!(table.get(key), model.get(&key));
            }
        }
        // However it came to hold what it holds.
        let mut anew = Table::default();
        for (key, value) in model.iter().rev() {
            anew.insert(*key, *value);
        }
        prop_assert_eq!(&anew, &table);
        prop_assert_eq!(table.take(), model.into_iter().collect::<Vec<_>>());
        prop_assert!(table.is_empty());
    }

    #[test]
    fn a_sorted_map_is_a_map(steps in prop::collection::vec(step(), 0..64), first in 0..16u32) {
        let mut model = BTreeMap::new();
        let mut map = SortedMap::new();
        for step in steps {
            match step {
                Step::Insert(key, value) => {
                    prop_assert_eq!(map.insert(key, value), model.insert(key, value));
                }
                Step::InsertNew(key, value) => {
                    let kept = *model.entry(key).or_insert(value);
                    prop_assert_eq!(*map.get_or_insert_with(key, || value), kept);
                }
                Step::Remove(key) => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                Step::Retain(least) => {
                    map.retain(|_, value| *value >= least);
                    model.retain(|_, value| *value >= least);
                }
                Step::Clear => {
                    map.clear();
                    model.clear();
                }
            }
            prop_assert_eq!(map.len(), model.len());
            prop_assert!(map.iter().eq(model.iter()));
            prop_assert!(map.from(&first).eq(model.range(first..)));
            for key in 0..16 {
                prop_assert_eq!(map.get(&key), model.get(&key));
            }
        }
    }
}
