//! The key pair of one session, and signing with it.
//!
//! The signature equation stands here and not in `ed25519-dalek`, whose own multiplies by a table
//! that the core would have to carry: see [`super::base`]. The secret is expanded, and the signature
//! verified, by `ed25519-dalek`.

use std::fmt;
use std::hash::{Hash, Hasher};

use curve25519_dalek::Scalar;
use ed25519_dalek::SecretKey;
use ed25519_dalek::hazmat::ExpandedSecretKey;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::wire::{PublicKey, Signature, write};

use super::base;

/// The key pair of one session. Two are equal when their public keys are.
#[derive(Clone)]
pub struct KeyPair {
    seed: Zeroizing<SecretKey>,
    public: PublicKey,
}

impl KeyPair {
    /// The pair of a secret of 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let expanded = ExpandedSecretKey::from(&seed);
        let public = PublicKey(base::multiply(&expanded.scalar).compress().to_bytes());
        Self {
            seed: Zeroizing::new(seed),
            public,
        }
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// The secret that it was made from.
    pub fn seed(&self) -> [u8; 32] {
        *self.seed
    }

    /// Signs a message: Ed25519, RFC 8032 section 5.1.6.
    pub fn sign(&self, message: &[u8]) -> Signature {
        let key = ExpandedSecretKey::from(&*self.seed);
        let nonce = Zeroizing::new(Scalar::from_hash(
            Sha512::new_with_prefix(key.hash_prefix).chain_update(message),
        ));
        let commitment = base::multiply(&nonce).compress().to_bytes();
        let challenge = Scalar::from_hash(
            Sha512::new_with_prefix(commitment)
                .chain_update(self.public.0)
                .chain_update(message),
        );
        let response = challenge * key.scalar + *nonce;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&commitment);
        signature[32..].copy_from_slice(response.as_bytes());
        Signature(signature)
    }

    /// Signs its own location, an encoded `ocapn-peer`.
    pub fn sign_location(&self, location_bytes: &[u8]) -> Signature {
        self.sign(&write::location_payload(location_bytes))
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl PartialEq for KeyPair {
    fn eq(&self, other: &Self) -> bool {
        self.public == other.public
    }
}

impl Eq for KeyPair {}

impl Hash for KeyPair {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.public.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let pair = KeyPair::from_seed([7; 32]);
        assert_eq!(pair.seed(), [7; 32]);
        assert!(!format!("{pair:?}").contains("seed"));
        assert!(!format!("{pair:?}").contains("0707"));
        assert_eq!(pair, KeyPair::from_seed([7; 32]));
    }

    proptest! {
        /// A signature is a function of key and message, so another program's says all.
        #[test]
        fn signs_as_ed25519_dalek_does(seed: [u8; 32], message: Vec<u8>) {
            let (ours, theirs) = (KeyPair::from_seed(seed), SigningKey::from_bytes(&seed));
            prop_assert_eq!(ours.public().0, theirs.verifying_key().to_bytes());
            prop_assert_eq!(ours.sign(&message).0, theirs.sign(&message).to_bytes());
        }
    }
}
