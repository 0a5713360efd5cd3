use super::order::{KeyOrder, compare_keys};
use super::token::Int;
use crate::in_order;

/// The bits of the one NaN that canonical Syrup has.
pub const CANONICAL_NAN: u64 = 0x7ff8_0000_0000_0000;

/// Appends canonical Syrup to a buffer.
///
/// Scalars are canonical whatever is passed. The caller closes what it opens, and orders the keys
/// of a dictionary.
#[derive(Debug)]
pub struct Writer<'a>(pub &'a mut Vec<u8>);

impl<'a> Writer<'a> {
    /// A writer that appends to `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self(out)
    }

    /// `t` or `f`.
    pub fn bool(&mut self, value: bool) {
        self.0.push(if value { b't' } else { b'f' });
    }

    /// An integer.
    pub fn u64(&mut self, value: u64) {
        self.decimal(value);
        self.0.push(b'+');
    }

    /// An integer.
    pub fn u128(&mut self, value: u128) {
        match u64::try_from(value) {
            Ok(value) => self.u64(value),
            Err(_) => self.int(false, &value.to_string()),
        }
    }

    /// An integer.
    pub fn i64(&mut self, value: i64) {
        self.decimal(value.unsigned_abs());
        self.0.push(if value < 0 { b'-' } else { b'+' });
    }

    /// An integer of any size. `digits` are decimal, without leading zeros, and zero is not
    /// negative: what [`Int::new`] accepts.
    pub fn int(&mut self, negative: bool, digits: &str) {
        debug_assert!(Int::new(negative, digits).is_some());
        self.0.extend_from_slice(digits.as_bytes());
        self.0.push(if negative { b'-' } else { b'+' });
    }

    /// A float of double precision, from its bits. Every NaN becomes the canonical one; -0 is
    /// kept.
    pub fn float(&mut self, bits: u64) {
        let bits = if f64::from_bits(bits).is_nan() {
            CANONICAL_NAN
        } else {
            bits
        };
        self.0.push(b'D');
        self.0.extend_from_slice(&bits.to_be_bytes());
    }

    /// A byte string.
    pub fn bytes(&mut self, value: &[u8]) {
        self.counted(b':', value);
    }

    /// A string.
    pub fn string(&mut self, value: &str) {
        self.counted(b'"', value.as_bytes());
    }

    /// A symbol.
    pub fn symbol(&mut self, value: &str) {
        self.counted(b'\'', value.as_bytes());
    }

    /// Starts a list.
    pub fn open_list(&mut self) {
        self.0.push(b'[');
    }

    /// Ends a list.
    pub fn close_list(&mut self) {
        self.0.push(b']');
    }

    /// Starts a record with a symbol for its label.
    pub fn open_record(&mut self, label: &str) {
        self.0.push(b'<');
        self.symbol(label);
    }

    /// Ends a record.
    pub fn close_record(&mut self) {
        self.0.push(b'>');
    }

    /// Starts a dictionary. Keys and values follow in turn, in the order of the dialect.
    pub fn open_dict(&mut self) {
        self.0.push(b'{');
    }

    /// Ends a dictionary.
    pub fn close_dict(&mut self) {
        self.0.push(b'}');
    }

    /// Bytes that are a whole encoded value already.
    pub fn raw(&mut self, encoded: &[u8]) {
        self.0.extend_from_slice(encoded);
    }

    /// A dictionary of strings, sorted. The keys must differ.
    pub fn struct_of_strings<'s>(
        &mut self,
        order: KeyOrder,
        entries: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) {
        let entries: Vec<_> = entries.into_iter().collect();
        self.sorted_strings(order, &entries);
    }

    fn sorted_strings(&mut self, order: KeyOrder, entries: &[(&str, &str)]) {
        let key = |at: usize| entries.get(at).map_or("", |(key, _)| key);
        let sorted = in_order(entries.len(), &mut |a, b| {
            compare_keys(order, key(a), key(b))
        });
        self.open_dict();
        for (key, value) in sorted.into_iter().filter_map(|at| entries.get(at)) {
            self.string(key);
            self.string(value);
        }
        self.close_dict();
    }

    fn counted(&mut self, mark: u8, data: &[u8]) {
        self.0.reserve(data.len() + 4);
        self.decimal(data.len() as u64);
        self.0.push(mark);
        self.0.extend_from_slice(data);
    }

    fn decimal(&mut self, mut value: u64) {
        if value < 10 {
            self.0.push(b'0' + value as u8);
            return;
        }
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        while value > 0 && start > 0 {
            start -= 1;
            digits[start] = b'0' + (value % 10) as u8;
            value /= 10;
        }
        self.0.extend_from_slice(&digits[start..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Writer<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Writer::new(&mut out));
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn integers() {
        assert_eq!(written(|w| w.u64(0)), "0+");
        assert_eq!(written(|w| w.u64(10)), "10+");
        assert_eq!(written(|w| w.u64(u64::MAX)), "18446744073709551615+");
        assert_eq!(written(|w| w.i64(-1)), "1-");
        assert_eq!(written(|w| w.i64(i64::MIN)), "9223372036854775808-");
        assert_eq!(written(|w| w.u128(7)), "7+");
        assert_eq!(
            written(|w| w.u128(u128::MAX)),
            "340282366920938463463374607431768211455+"
        );
        assert_eq!(
            written(|w| w.int(true, "123456789012345678901234567890")),
            "123456789012345678901234567890-"
        );
    }

    #[test]
    fn structs_take_the_order_of_the_dialect() {
        let entries = [("url", "u"), ("port", "p")];
        assert_eq!(
            written(|w| w.struct_of_strings(KeyOrder::Utf16, entries)),
            "{4\"port1\"p3\"url1\"u}"
        );
        assert_eq!(
            written(|w| w.struct_of_strings(KeyOrder::Encoded, entries)),
            "{3\"url1\"u4\"port1\"p}"
        );
    }

    #[test]
    fn every_nan_is_the_canonical_one() {
        let mut out = Vec::new();
        Writer::new(&mut out).float(0xfff8_0000_0000_0001);
        assert_eq!(out, [b'D', 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]);
    }
}
