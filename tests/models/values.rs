//! The few values that these applications pass.

use ocapn_wasm::tape::tags;

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A list of references.
pub fn references(handles: &[u32]) -> Vec<u8> {
    let mut tape = vec![tags::LIST, handles.len() as u32];
    for handle in handles {
        tape.extend([tags::REF, *handle]);
    }
    words(&tape)
}

/// The empty string.
pub fn nothing() -> Vec<u8> {
    words(&[tags::STRING, 0])
}

/// References to the peer's objects in a list, as it came.
pub fn received(words: &[u32]) -> Vec<u32> {
    let mut found = Vec::new();
    if let [tags::LIST, rest @ ..] = words {
        for reference in rest.get(1..).unwrap_or_default().chunks(3) {
            if let [tags::REF, tags::KIND_REMOTE_OBJECT, handle] = reference {
                found.push(*handle);
            }
        }
    }
    found
}
