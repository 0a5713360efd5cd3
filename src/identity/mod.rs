//! Keys and identifiers: who a peer is in one session.
//!
//! A key pair serves one session. Signatures are Ed25519 and verified strictly: keys and
//! signatures of small order are refused, and nothing relies on a signature being the only one.

mod base;
mod key_pair;

use std::cmp::Ordering;
use std::fmt;

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

use crate::syrup::Writer;
use crate::wire::text::{from_hex, to_hex};
use crate::wire::{PublicKey, Signature, write};

pub use key_pair::KeyPair;

/// Whether the holder of `key` signed the message.
pub fn verify_strict(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

/// Whether the holder of `key` signed this location, an `ocapn-peer` as it was received.
pub fn verify_location(key: &PublicKey, location_bytes: &[u8], signature: &Signature) -> bool {
    verify_strict(key, &write::location_payload(location_bytes), signature)
}

/// Inlined, which the compiler thinks best, this is 600 bytes of code wherever a map is searched.
#[inline(never)]
fn compare(a: &[u8; 32], b: &[u8; 32]) -> Ordering {
    a.cmp(b)
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub [u8; 32]);

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                compare(&self.0, &other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// Lower-case hexadecimal, 64 digits.
            pub fn to_hex(self) -> String {
                to_hex(&self.0)
            }

            /// From 64 lower-case hexadecimal digits.
            pub fn from_hex(text: &str) -> Option<Self> {
                from_hex(text).map(Self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.to_hex())
            }
        }
    };
}

identifier! {
    /// Names one side of a session: a hash of its public key.
    PublicId
}

identifier! {
    /// Names a session: a hash of both public ids, the same on either side.
    SessionId
}

/// The public id of a key: the double SHA-256 of its encoded list form.
pub fn public_id(key: &PublicKey) -> PublicId {
    let mut encoded = Vec::with_capacity(128);
    key.write(&mut Writer::new(&mut encoded));
    PublicId(twice(Sha256::new_with_prefix(&encoded)))
}

/// The id of the session of two sides: the double SHA-256 of `prot0`, the lower id and the higher.
pub fn session_id(a: &PublicId, b: &PublicId) -> SessionId {
    let mut hash = Sha256::new_with_prefix(b"prot0");
    hash.update(a.min(b).0);
    hash.update(a.max(b).0);
    SessionId(twice(hash))
}

fn twice(hash: Sha256) -> [u8; 32] {
    Sha256::digest(hash.finalize()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_verifies_for_its_message_and_key_only() {
        let pair = KeyPair::from_seed([1; 32]);
        let other = KeyPair::from_seed([2; 32]);
        let signature = pair.sign(b"message");
        assert!(verify_strict(&pair.public(), b"message", &signature));
        assert!(!verify_strict(&pair.public(), b"massage", &signature));
        assert!(!verify_strict(&other.public(), b"message", &signature));
        let mut wrong = signature;
        wrong.0[40] ^= 1;
        assert!(!verify_strict(&pair.public(), b"message", &wrong));
    }

    #[test]
    fn keys_of_small_order_verify_nothing() {
        // The identity: with r the identity and s zero every message would verify.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        let (key, signature) = (PublicKey(identity), Signature(signature));
        assert!(!verify_strict(&key, b"message", &signature));
        let mut no_point = [0; 32];
        no_point[0] = 2;
        assert!(!verify_strict(&PublicKey(no_point), b"message", &signature));
    }
}
