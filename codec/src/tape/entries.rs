use std::cmp::Ordering;

use super::cursor::Text;
use super::error::TapeError;
use crate::in_order;
use crate::syrup::KeyOrder;

/// The entries of the structs that are being written, and their order.
///
/// An entry is written where it comes; most come in order. At the end of a struct that did not, its
/// entries are put in order where they stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries(Vec<Entry>);

/// Offsets into the output.
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: usize,
    /// Where the text of the key starts.
    text: usize,
    /// Where the value starts, so the key ends.
    value: usize,
    /// Where the next one starts. Known when that comes.
    end: usize,
    /// Where the key stands on the tape.
    at: usize,
}

/// A struct whose entries are on their way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Struct {
    first: usize,
    ordered: bool,
}

impl Entries {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn open(&self) -> Struct {
        Struct {
            first: self.0.len(),
            ordered: true,
        }
    }

    /// Writes the key of the next entry. `at` is where it stands on the tape.
    #[inline(always)]
    pub(super) fn key(
        &mut self,
        of: &mut Struct,
        order: KeyOrder,
        key: Text<'_>,
        at: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), TapeError> {
        let start = out.len();
        key.write_string(out);
        let value = out.len();
        let entry = Entry {
            start,
            text: value - key.text.len(),
            value,
            end: value,
            at,
        };
        if let Some(previous) = self.0.get_mut(of.first..).and_then(|own| own.last_mut()) {
            previous.end = start;
            if of.ordered {
                match compare(order, out, previous, &entry) {
                    Ordering::Less => {}
                    Ordering::Equal => return Err(TapeError::DuplicateKey { at }),
                    Ordering::Greater => of.ordered = false,
                }
            }
        }
        self.0.push(entry);
        Ok(())
    }

    /// Ends the struct, before its closing byte.
    #[inline(always)]
    pub(super) fn close(
        &mut self,
        of: Struct,
        order: KeyOrder,
        out: &mut Vec<u8>,
    ) -> Result<(), TapeError> {
        if !of.ordered
            && let Some(own) = self.0.get_mut(of.first..)
        {
            sort(own, order, out)?;
        }
        self.0.truncate(of.first);
        Ok(())
    }
}

/// Puts the entries of the output in order.
#[cold]
fn sort(entries: &mut [Entry], order: KeyOrder, out: &mut Vec<u8>) -> Result<(), TapeError> {
    let end = out.len();
    let Some(start) = entries.first().map(|entry| entry.start) else {
        return Ok(());
    };
    if let Some(last) = entries.last_mut() {
        last.end = end;
    }
    let compared = |a: usize, b: usize, out: &[u8]| match (entries.get(a), entries.get(b)) {
        (Some(a), Some(b)) => compare(order, out, a, b),
        _ => Ordering::Equal,
    };
    let sorted = in_order(entries.len(), &mut |a, b| compared(a, b, out));
    for pair in sorted.windows(2) {
        if let [a, b] = *pair
            && compared(a, b, out).is_eq()
        {
            let at = entries.get(a.max(b)).map_or(0, |entry| entry.at);
            return Err(TapeError::DuplicateKey { at });
        }
    }
    for entry in sorted.into_iter().filter_map(|at| entries.get(at)) {
        out.extend_from_within(entry.start..entry.end);
    }
    out.copy_within(end.., start);
    out.truncate(end);
    Ok(())
}

fn compare(order: KeyOrder, out: &[u8], a: &Entry, b: &Entry) -> Ordering {
    match order {
        KeyOrder::Encoded => slice(out, a.start, a.value).cmp(slice(out, b.start, b.value)),
        KeyOrder::Utf16 => utf16(slice(out, a.text, a.value), slice(out, b.text, b.value)),
    }
}

/// As `syrup::compare_keys`, of text that is known to be UTF-8: only surrogates, so all characters
/// of four bytes, come elsewhere than by their bytes.
fn utf16(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |byte: u8| {
        u16::from(byte)
            + if matches!(byte, 0xee | 0xef) {
                0x100
            } else {
                0
            }
    };
    match a.iter().zip(b).find(|(x, y)| x != y) {
        Some((&x, &y)) => rank(x).cmp(&rank(y)),
        None => a.len().cmp(&b.len()),
    }
}

fn slice(out: &[u8], start: usize, end: usize) -> &[u8] {
    out.get(start..end).unwrap_or_default()
}
