//! Bytes as text, for keys of the baggage and for people.

use sha2::{Digest, Sha256};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Components of a key are at most so many bytes long before they are hashed.
const COMPONENT: usize = 64;

/// Lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        push_hex(&mut text, *byte, HEX);
    }
    text
}

/// Reads 64 lower-case hexadecimal digits.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    fn nibble(digit: u8) -> Option<u8> {
        match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        }
    }
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        if let [high, low] = digits {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
    }
    Some(bytes)
}

/// One component of a key: percent-encoded, with the unreserved characters of RFC 3986 as they
/// are. A result over 64 bytes is replaced by `sha256:` and the hash of the bytes; since `:` is
/// never left as it is, no other component can be made to look like one of those.
pub fn component(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            _ => {
                text.push('%');
                push_hex(&mut text, *byte, b"0123456789ABCDEF");
            }
        }
        if text.len() > COMPONENT {
            return format!("sha256:{}", to_hex(&Sha256::digest(bytes)));
        }
    }
    text
}

fn push_hex(text: &mut String, byte: u8, digits: &[u8; 16]) {
    for nibble in [byte >> 4, byte & 15] {
        text.push(char::from(digits[usize::from(nibble)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_returns() {
        let bytes = std::array::from_fn(|index| index as u8 * 7);
        assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        assert_eq!(from_hex(&to_hex(&bytes).to_uppercase()), None);
        assert_eq!(from_hex("00"), None);
        assert_eq!(from_hex(&"é".repeat(32)), None);
    }

    #[test]
    fn components_are_escaped() {
        assert_eq!(component(b"tcp-testing-only"), "tcp-testing-only");
        assert_eq!(component(b"a/b:c%"), "a%2Fb%3Ac%25");
        assert_eq!(component("é".as_bytes()), "%C3%A9");
        assert_eq!(component(b""), "");
    }

    #[test]
    fn long_components_are_hashed_and_cannot_be_imitated() {
        assert_eq!(component(&[b'a'; 64]), "a".repeat(64));
        let long = component(&[b'a'; 65]);
        assert_eq!(
            long,
            "sha256:635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"
        );
        assert_ne!(component(long.as_bytes()), long);
        assert!(component(&[0xff; 22]).starts_with("sha256:"));
    }
}
