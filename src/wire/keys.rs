use std::fmt;

use super::WireError;
use super::text::to_hex;
use crate::syrup::{Reader, Writer};

const KEY_HEAD: &[u8] = b"[10'public-key[3'ecc[5'curve7'Ed25519][5'flags5'eddsa][1'q32:";
const KEY_TAIL: &[u8] = b"]]]";
const SIGNATURE_HEAD: &[u8] = b"[7'sig-val[5'eddsa[1'r32:";
const SIGNATURE_MIDDLE: &[u8] = b"][1's32:";
const SIGNATURE_TAIL: &[u8] = b"]]]";

/// An Ed25519 public key, as it is on the wire. It need not be a point of the curve.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Reads the list form.
    ///
    /// # Errors
    ///
    /// [`WireError::NotPublicKey`] for any other value.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let range = reader.skip()?;
        let at = range.start;
        // Canonical Syrup has one form of each value, so bytes can be compared.
        reader
            .input()
            .get(range)
            .and_then(|bytes| bytes.strip_prefix(KEY_HEAD)?.strip_suffix(KEY_TAIL))
            .and_then(|key| key.try_into().ok())
            .map(Self)
            .ok_or(WireError::NotPublicKey { at })
    }

    /// Writes the list form.
    pub fn write(&self, writer: &mut Writer<'_>) {
        writer.raw(KEY_HEAD);
        writer.raw(&self.0);
        writer.raw(KEY_TAIL);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", to_hex(&self.0))
    }
}

/// An Ed25519 signature: r, then s.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signature(pub [u8; 64]);

impl Signature {
    /// Reads the list form.
    ///
    /// # Errors
    ///
    /// [`WireError::NotSignature`] for any other value.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let range = reader.skip()?;
        let at = range.start;
        reader
            .input()
            .get(range)
            .and_then(Self::from_list)
            .ok_or(WireError::NotSignature { at })
    }

    /// Writes the list form.
    pub fn write(&self, writer: &mut Writer<'_>) {
        let (r, s) = self.0.split_at(32);
        writer.raw(SIGNATURE_HEAD);
        writer.raw(r);
        writer.raw(SIGNATURE_MIDDLE);
        writer.raw(s);
        writer.raw(SIGNATURE_TAIL);
    }

    fn from_list(list: &[u8]) -> Option<Self> {
        let rest = list.strip_prefix(SIGNATURE_HEAD)?;
        let (r, rest) = rest.split_first_chunk::<32>()?;
        let rest = rest.strip_prefix(SIGNATURE_MIDDLE)?;
        let (s, rest) = rest.split_first_chunk::<32>()?;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(r);
        signature[32..].copy_from_slice(s);
        (rest == SIGNATURE_TAIL).then_some(Self(signature))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", to_hex(&self.0))
    }
}
