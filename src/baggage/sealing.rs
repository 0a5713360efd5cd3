//! Values and names of a baggage, encrypted for whoever has its key.
//!
//! Each store has an id of its own, and keys that are derived from the owner's and that id. A value is
//! sealed with XChaCha20-Poly1305, with the store's id and the value's name as associated data: one that
//! is under another name, or in another store, does not open. Its nonce is a keyed hash of fresh random
//! bytes, the name and the value, so that a source of randomness that repeats itself, as that of a
//! machine restored from a snapshot may, tells no more than that two equal values are equal.
//!
//! A name is sealed with a nonce that is a keyed hash of the name alone: the same name looks the same
//! each time, and can be found by it. Whoever reads the store learns how many names there are, how
//! long they are, and which change.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit, Tag};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of the owner's key, and of those derived from it.
pub const KEY: usize = 32;

/// Bytes of a store's id.
pub const ID: usize = 16;

/// Random bytes that sealing a value takes.
pub const RANDOM: usize = 24;

const NONCE: usize = 24;
const TAG: usize = 16;

/// What a sealed value begins with.
const VERSION: u8 = 1;

/// Seals and opens the values of one store.
pub struct Sealer {
    id: [u8; ID],
    values: XChaCha20Poly1305,
    names: XChaCha20Poly1305,
    value_nonces: Hmac<Sha256>,
    name_nonces: Hmac<Sha256>,
    check: Hmac<Sha256>,
}

impl Sealer {
    /// The keys of the store with this id. `key` is uniformly random, not a password.
    pub fn new(key: &[u8; KEY], id: [u8; ID]) -> Self {
        let derive = |purpose| derive(key, &id, purpose);
        Self {
            id,
            values: XChaCha20Poly1305::new(&derive("values").into()),
            names: XChaCha20Poly1305::new(&derive("names").into()),
            value_nonces: keyed(&derive("value nonces")),
            name_nonces: keyed(&derive("name nonces")),
            check: keyed(&derive("check")),
        }
    }

    /// Tells, of the same `settings`, that a key is the one that the store was made with.
    pub fn check(&self, settings: &[u8]) -> [u8; KEY] {
        hash(&self.check, &[settings])
    }

    /// Encrypts the value of a name. Each call takes new random bytes.
    pub fn seal(&self, name: &[u8], value: &[u8], random: &[u8; RANDOM]) -> Vec<u8> {
        let length = (name.len() as u64).to_be_bytes();
        let hash = hash(&self.value_nonces, &[random, &length, name, value]);
        let mut sealed = vec![VERSION];
        append(
            &self.values,
            nonce(&hash),
            &self.data(name),
            value,
            &mut sealed,
        );
        sealed
    }

    /// The value of a name; nothing if this is not what [`Self::seal`] made of one.
    pub fn open(&self, name: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = sealed.split_first()?;
        if *version != VERSION {
            return None;
        }
        open(&self.values, &self.data(name), rest)
    }

    /// Encrypts a name: always to the same bytes.
    pub fn seal_name(&self, name: &[u8]) -> Vec<u8> {
        let hash = hash(&self.name_nonces, &[name]);
        let mut sealed = Vec::new();
        append(&self.names, nonce(&hash), &self.id, name, &mut sealed);
        sealed
    }

    /// The name; nothing if this is not what [`Self::seal_name`] made of one.
    pub fn open_name(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let name = open(&self.names, &self.id, sealed)?;
        // One form each: two keys never mean the same name.
        (self.seal_name(&name) == sealed).then_some(name)
    }

    fn data(&self, name: &[u8]) -> Vec<u8> {
        [&self.id[..], name].concat()
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

fn derive(key: &[u8; KEY], id: &[u8; ID], purpose: &str) -> [u8; KEY] {
    let label = b"ocapn-wasm encrypted baggage\0";
    hash(&keyed(key), &[label, id, purpose.as_bytes()])
}

fn keyed(key: &[u8; KEY]) -> Hmac<Sha256> {
    // A key of one block of the hash at most is taken as it is.
    let mut block = [0; 64];
    block[..KEY].copy_from_slice(key);
    <Hmac<Sha256> as KeyInit>::new(&block.into())
}

fn hash(keyed: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; KEY] {
    let mut mac = keyed.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn nonce(hash: &[u8; KEY]) -> [u8; NONCE] {
    std::array::from_fn(|index| hash[index])
}

/// Appends nonce, ciphertext and tag.
fn append(
    cipher: &XChaCha20Poly1305,
    nonce: [u8; NONCE],
    data: &[u8],
    plain: &[u8],
    out: &mut Vec<u8>,
) {
    out.reserve(NONCE + plain.len() + TAG);
    out.extend_from_slice(&nonce);
    let start = out.len();
    out.extend_from_slice(plain);
    let buffer = InOutBuf::from(out.get_mut(start..).unwrap_or_default());
    // Fails beyond 256 GB alone, which no memory of ours holds.
    match cipher.encrypt_inout_detached(&XNonce::from(nonce), data, buffer) {
        Ok(tag) => out.extend_from_slice(&tag),
        Err(_) => out.clear(),
    }
}

fn open(cipher: &XChaCha20Poly1305, data: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
    let (text, tag) = rest.split_last_chunk::<TAG>()?;
    let mut plain = text.to_vec();
    let tag = Tag::<XChaCha20Poly1305>::from(*tag);
    let buffer = InOutBuf::from(plain.as_mut_slice());
    let opened = cipher.decrypt_inout_detached(&XNonce::from(*nonce), data, buffer, &tag);
    opened.is_ok().then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer() -> Sealer {
        Sealer::new(&[7; KEY], [1; ID])
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(name in any::<Vec<u8>>(), value in any::<Vec<u8>>(), random in any::<[u8; RANDOM]>()) {
            let sealer = sealer();
            let sealed = sealer.seal(&name, &value, &random);
            prop_assert_eq!(sealed.len(), 1 + NONCE + value.len() + TAG);
            prop_assert_eq!(sealer.open(&name, &sealed), Some(value));
            let hidden = sealer.seal_name(&name);
            prop_assert_eq!(sealer.open_name(&hidden), Some(name.clone()));
            prop_assert_eq!(sealer.seal_name(&name), hidden);
        }

        #[test]
        fn no_change_of_a_bit_opens(value in any::<Vec<u8>>(), place in any::<prop::sample::Index>(), bit in 0u8..8) {
            let sealer = sealer();
            for mut sealed in [sealer.seal(b"name", &value, &[3; RANDOM]), sealer.seal_name(&value)] {
                let place = place.index(sealed.len());
                sealed[place] ^= 1 << bit;
                prop_assert_eq!(sealer.open(b"name", &sealed), None);
                prop_assert_eq!(sealer.open_name(&sealed), None);
                sealed[place] ^= 1 << bit;
                sealed.truncate(place);
                prop_assert_eq!(sealer.open(b"name", &sealed), None);
                prop_assert_eq!(sealer.open_name(&sealed), None);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(sealer().open(b"name", &bytes), None);
            prop_assert_eq!(sealer().open_name(&bytes), None);
        }
    }

    #[test]
    fn a_value_opens_under_its_name_in_its_store_with_its_key() {
        let sealed = sealer().seal(b"name", b"value", &[3; RANDOM]);
        assert_eq!(sealer().open(b"other", &sealed), None);
        let others = [
            Sealer::new(&[7; KEY], [2; ID]),
            Sealer::new(&[8; KEY], [1; ID]),
        ];
        for other in others {
            assert_eq!(other.open(b"name", &sealed), None);
            assert_eq!(other.open_name(&sealer().seal_name(b"name")), None);
            assert_ne!(other.check(b""), sealer().check(b""));
        }
        assert_ne!(sealer().check(b"a"), sealer().check(b"b"));
    }

    #[test]
    fn randomness_that_repeats_gives_no_nonce_twice() {
        let nonce_of = |name: &[u8], value: &[u8]| {
            let sealed = sealer().seal(name, value, &[0; RANDOM]);
            sealed[1..=NONCE].to_vec()
        };
        let nonces = [
            nonce_of(b"name", b"value"),
            nonce_of(b"name", b"value!"),
            nonce_of(b"namev", b"alue"),
            nonce_of(b"", b"namevalue"),
        ];
        for (index, nonce) in nonces.iter().enumerate() {
            assert!(!nonces[..index].contains(nonce), "{index}");
        }
        let again = sealer().seal(b"name", b"value", &[1; RANDOM]);
        assert_ne!(again[1..=NONCE], nonces[0]);
    }

    /// Computed with another implementation of both primitives. What was stored stays readable.
    #[test]
    fn the_bytes_are_those_of_the_first_version() {
        let hex = |bytes: &[u8]| crate::wire::text::to_hex(bytes);
        let sealed = sealer().seal(b"name", b"value", &[3; RANDOM]);
        assert_eq!(
            hex(&sealed),
            "014a5d7244c2dccbfb5865dd7fbf889ce31aa02ee5ce8e0e9dfdb258cffd54cb9a0c576490eebdd764ce5f8dc39c"
        );
        assert_eq!(
            hex(&sealer().seal_name(b"name")),
            "0b01e14443beb2e48025b2fa0c8709a615e7527d5d2a8d0ecf6509b2bc3c0d9f0e05b4400902711407e454b0"
        );
        assert_eq!(
            hex(&sealer().check(b"hidden")),
            "40abf9e0a38c4e9f1d1e081df7dba6ced7d9593c6e536708165978d59ad23d1f"
        );
    }
}
