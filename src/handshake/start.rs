//! op:start-session: a fresh session.

use crate::handshake::Refusal;
use crate::identity::{KeyPair, verify_location};
use crate::wire::{Location, PublicKey, Signature, StartSession, write};

/// A peer's hello, whose signature was checked over the bytes as received.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hello {
    /// The key that the peer made for this session.
    pub key: PublicKey,
    /// The location that it claims.
    pub location: Location,
    /// That location as it came.
    pub location_bytes: Vec<u8>,
    /// The key's signature over it.
    pub signature: Signature,
}

/// Checks version and signature, in the order of the reference (4.1).
pub fn check(expected_version: &str, hello: StartSession<'_>) -> Result<Hello, Refusal> {
    if hello.version != expected_version {
        return Err(Refusal::InvalidVersion);
    }
    if !verify_location(&hello.key, hello.location_bytes, &hello.signature) {
        return Err(Refusal::InvalidLocationSignature);
    }
    Ok(Hello {
        key: hello.key,
        location: hello.location,
        location_bytes: hello.location_bytes.to_vec(),
        signature: hello.signature,
    })
}

/// Writes our own hello.
pub fn write_hello(out: &mut Vec<u8>, version: &str, key: &KeyPair, location_bytes: &[u8]) {
    let signature = key.sign_location(location_bytes);
    write::start_session(out, version, &key.public(), location_bytes, &signature);
}
