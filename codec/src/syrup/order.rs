use std::cmp::Ordering;

/// The order of the keys of a dictionary. Peers disagree; a reader takes either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOrder {
    /// By the UTF-16 code units of the text, as JavaScript compares strings.
    Utf16,
    /// By the bytes of the encoded key, its length included, as Syrup has it.
    Encoded,
}

/// Compares two keys as they would stand in a dictionary of that order.
pub fn compare_keys(order: KeyOrder, a: &str, b: &str) -> Ordering {
    match order {
        KeyOrder::Utf16 => compare_utf16(a.as_bytes(), b.as_bytes()),
        KeyOrder::Encoded => compare_encoded(a, b),
    }
}

/// UTF-8 and UTF-16 disagree in one thing: surrogates, so all characters of four UTF-8 bytes, come
/// before U+E000..U+FFFF. Both inputs are UTF-8.
#[inline(always)]
pub(super) fn compare_utf16(a: &[u8], b: &[u8]) -> Ordering {
    fn rank(byte: u8) -> u16 {
        match byte {
            0xee | 0xef => u16::from(byte) + 0x100,
            _ => u16::from(byte),
        }
    }
    match a.iter().zip(b).find(|(x, y)| x != y) {
        Some((x, y)) => rank(*x).cmp(&rank(*y)),
        None => a.len().cmp(&b.len()),
    }
}

fn compare_encoded(a: &str, b: &str) -> Ordering {
    if a.len() == b.len() {
        return a.cmp(b);
    }
    // The digits decide: the quote that ends them sorts below every digit, as an end does.
    a.len().to_string().cmp(&b.len().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn length_decides_between_encoded_keys() {
        assert_eq!(compare_keys(KeyOrder::Encoded, "b", "aa"), Ordering::Less);
        assert_eq!(
            compare_keys(KeyOrder::Encoded, "abcdefghij", "b"),
            Ordering::Greater
        );
        assert_eq!(
            compare_keys(KeyOrder::Encoded, "abcdefghij", "bb"),
            Ordering::Less
        );
        assert_eq!(compare_keys(KeyOrder::Utf16, "b", "aa"), Ordering::Greater);
    }

    #[test]
    fn astral_keys_come_before_the_end_of_the_plane() {
        assert_eq!(
            compare_keys(KeyOrder::Utf16, "\u{1f680}", "\u{e000}"),
            Ordering::Less
        );
        assert_eq!(
            compare_keys(KeyOrder::Utf16, "\u{1f680}", "\u{d7ff}"),
            Ordering::Greater
        );
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-c\u{e9}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}",
            "[ab]{0,12}",
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn utf16_order_is_that_of_code_units(a in key(), b in key()) {
            let expected = a.encode_utf16().cmp(b.encode_utf16());
            prop_assert_eq!(compare_keys(KeyOrder::Utf16, &a, &b), expected);
        }

        #[test]
        fn encoded_order_is_that_of_the_bytes(a in key(), b in key()) {
            let encode = |key: &str| format!("{}\"{key}", key.len()).into_bytes();
            let expected = encode(&a).cmp(&encode(&b));
            prop_assert_eq!(compare_keys(KeyOrder::Encoded, &a, &b), expected);
        }
    }
}
