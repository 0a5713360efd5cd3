use super::WireError;
use crate::syrup::Reader;

/// Positions of a release, read and checked. They stay in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PosList<'a> {
    integers: Integers<'a>,
    count: usize,
    scalar: bool,
}

impl<'a> PosList<'a> {
    /// Reads one integer, or a list of them.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        Self::read_from(reader, 0)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether it was one integer and not a list, as dialect 2026-01 has it.
    pub fn is_scalar(&self) -> bool {
        self.scalar
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + 'a {
        self.integers
    }

    fn read_from(reader: &mut Reader<'a>, least: u64) -> Result<Self, WireError> {
        let scalar = reader.peek() != Some(b'[');
        if !scalar {
            reader.open_list()?;
        }
        let start = reader.position();
        let mut count = 0;
        while scalar && count == 0 || !scalar && !reader.at_close()? {
            let at = reader.position();
            if reader.u64()? < least {
                return Err(WireError::DeltaIsZero { at });
            }
            count += 1;
        }
        let integers = reader.input().get(start..reader.position());
        if !scalar {
            reader.close()?;
        }
        Ok(Self {
            integers: Integers(integers.unwrap_or_default()),
            count,
            scalar,
        })
    }
}

/// Positions of a release, each with how many references it gives back. Read and checked: no
/// delta is zero. A position may be there more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairList<'a> {
    positions: PosList<'a>,
    deltas: PosList<'a>,
}

impl<'a> PairList<'a> {
    /// Reads two integers, or two lists of the same length.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, WireError> {
        let positions = PosList::read(reader)?;
        let at = reader.position();
        let deltas = PosList::read_from(reader, 1)?;
        if positions.count == deltas.count && positions.scalar == deltas.scalar {
            Ok(Self { positions, deltas })
        } else {
            Err(WireError::DeltasDoNotMatch { at })
        }
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Whether it was two integers and not lists, as dialect 2026-01 has it.
    pub fn is_scalar(&self) -> bool {
        self.positions.is_scalar()
    }

    /// Each position with its delta, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + 'a {
        self.positions.iter().zip(self.deltas.iter())
    }
}

/// Encoded integers, one after the other, that were read as `u64` before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Integers<'a>(&'a [u8]);

impl Iterator for Integers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let mut value = 0u64;
        while let Some((&byte, rest)) = self.0.split_first() {
            self.0 = rest;
            if byte == b'+' {
                return Some(value);
            }
            value = value
                .wrapping_mul(10)
                .wrapping_add(u64::from(byte.wrapping_sub(b'0')));
        }
        None
    }
}
