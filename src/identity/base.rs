//! Multiples of the base point of Ed25519, in constant time.
//!
//! With a table of multiples this takes a third of the time. The table that `curve25519-dalek` carries
//! is 30 kB that no compression makes smaller, a sixth of what a page would load; and to make one takes as
//! long as some sixty multiplications. So the first ones do without, and a process that goes on makes it then.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsBasepointTable;
use curve25519_dalek::traits::BasepointTable;
use curve25519_dalek::{EdwardsPoint, Scalar};

/// After so many multiplications the table would have paid for itself.
const UNTIL_TABLE: u32 = 64;

/// How often was multiplied without the table.
static MADE: AtomicU32 = AtomicU32::new(0);

static TABLE: OnceLock<Box<EdwardsBasepointTable>> = OnceLock::new();

/// `scalar` times the base point.
pub(super) fn multiply(scalar: &Scalar) -> EdwardsPoint {
    if let Some(table) = TABLE.get() {
        return table.mul_base(scalar);
    }
    if MADE.fetch_add(1, Ordering::Relaxed) < UNTIL_TABLE {
        return ED25519_BASEPOINT_POINT * scalar;
    }
    let make = || Box::new(EdwardsBasepointTable::create(&ED25519_BASEPOINT_POINT));
    TABLE.get_or_init(make).mul_base(scalar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_changes_no_result() {
        for number in 0..2 * u64::from(UNTIL_TABLE) {
            let scalar = Scalar::from(number) * Scalar::from(u64::MAX);
            assert_eq!(multiply(&scalar), EdwardsPoint::mul_base(&scalar));
        }
        assert!(TABLE.get().is_some());
    }
}
