use std::fmt;

/// Words of the header. The rest is free.
pub(super) const OUT_PTR: usize = 0;
pub(super) const OUT_LEN: usize = 1;
pub(super) const IN_PTR: usize = 2;
pub(super) const IN_CAP: usize = 3;
pub(super) const SCRATCH_PTR: usize = 4;
pub(super) const SCRATCH_CAP: usize = 5;
pub(super) const BYTES_PTR: usize = 6;
pub(super) const ERROR_CODE: usize = 7;

/// Where the buffers of an object are that JavaScript reads and writes: sixteen words that never
/// move, so that one look replaces a call.
pub(super) struct Header(Box<[u32; 16]>);

impl Header {
    pub(super) fn new() -> Self {
        Self(Box::new([0; 16]))
    }

    /// The address of the first word.
    pub(super) fn address(&self) -> u32 {
        address(self.0.as_ptr())
    }

    pub(super) fn set(&mut self, word: usize, value: u32) {
        if let Some(place) = self.0.get_mut(word) {
            *place = value;
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Header").field(&self.0).finish()
    }
}

/// An address as JavaScript has it: wasm32 has no more than 32 bits of it.
pub(super) fn address<T>(pointer: *const T) -> u32 {
    pointer.addr() as u32
}
