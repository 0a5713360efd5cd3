use std::cmp::Ordering;

/// The indices of so many things, in the order that `compare` finds between them. Equal ones stay
/// as they stand.
///
/// The core sorts a handful of types, none of them often. Each would cost some 5 kB of code for
/// `sort`, and 10 kB a `sort` of indices that calls what compares; so they share this merge sort.
#[inline(never)]
pub fn in_order(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    let mut width = 1;
    while width < len {
        let mut merged = Vec::with_capacity(len);
        for pair in order.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([a, later @ ..], [b, rest @ ..]) = (left, right) {
                if compare(*b, *a).is_lt() {
                    merged.push(*b);
                    right = rest;
                } else {
                    merged.push(*a);
                    left = later;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        order = merged;
        width *= 2;
    }
    order
}

/// Sorts numbers, and leaves one of those that are equal.
#[inline(never)]
pub fn sort_and_dedup(numbers: &mut Vec<u64>) {
    if !numbers.is_sorted_by(|a, b| a < b) {
        let order = in_order(numbers.len(), &mut |a, b| {
            numbers.get(a).cmp(&numbers.get(b))
        });
        *numbers = order
            .into_iter()
            .filter_map(|at| numbers.get(at).copied())
            .collect();
        numbers.dedup();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn orders_as_a_stable_sort(keys in prop::collection::vec(0..9_u8, 0..80)) {
            let order = in_order(keys.len(), &mut |a, b| keys[a].cmp(&keys[b]));
            let mut expected: Vec<usize> = (0..keys.len()).collect();
            expected.sort_by_key(|at| keys[*at]);
            prop_assert_eq!(order, expected);
        }

        #[test]
        fn numbers_end_in_order_and_once(numbers in prop::collection::vec(0..40_u64, 0..80)) {
            let mut sorted = numbers.clone();
            sort_and_dedup(&mut sorted);
            let expected: std::collections::BTreeSet<u64> = numbers.into_iter().collect();
            prop_assert_eq!(sorted, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
