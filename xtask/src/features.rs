//! What a compiled core says of itself in its section `target_features`.

use anyhow::{Result, bail};

/// The id of a custom section.
const CUSTOM: u8 = 0;

/// Magic number and version.
const HEADER: usize = 8;

const SECTION: &[u8] = b"target_features";

/// Says that the code does without functions of several results.
///
/// The standard library is compiled with that feature on, so wasm-bindgen would give it to every export that returns a
/// `Result`. V8 has one entry for all exports of at most one result, and compiles one for each other signature, at
/// the start: 2 ms.
pub(crate) fn without_multi_value(mut wasm: Vec<u8>) -> Result<Vec<u8>> {
    let Some(features) = section(&wasm)? else {
        bail!(
            "the core has no section target_features, from which wasm-bindgen knows what it may use"
        );
    };
    let mut at = features.start;
    let count = number(&wasm, &mut at)?;
    for _ in 0..count {
        let prefix = at;
        at += 1;
        let length = number(&wasm, &mut at)?;
        let end = at + length;
        if wasm.get(at..end) == Some(b"multivalue") {
            wasm[prefix] = b'-';
        }
        at = end;
    }
    if at != features.end {
        bail!("the section target_features is not as long as it says");
    }
    Ok(wasm)
}

/// Where the features are.
fn section(wasm: &[u8]) -> Result<Option<std::ops::Range<usize>>> {
    let mut at = HEADER;
    while at < wasm.len() {
        let id = wasm[at];
        at += 1;
        let length = number(wasm, &mut at)?;
        let end = at + length;
        if id == CUSTOM {
            let name_length = number(wasm, &mut at)?;
            let name_end = at + name_length;
            if wasm.get(at..name_end) == Some(SECTION) {
                return Ok(Some(name_end..end));
            }
        }
        at = end;
    }
    Ok(None)
}

/// Reads a LEB128 number.
fn number(wasm: &[u8], at: &mut usize) -> Result<usize> {
    let mut value = 0;
    for shift in (0..32).step_by(7) {
        let Some(byte) = wasm.get(*at) else {
            bail!("the core is cut off");
        };
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    bail!("a length in the core has too many digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with an empty section of types, and one of these features.
    fn module(features: &[u8]) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0\x01\x01\0\0".to_vec();
        wasm.push(u8::try_from(16 + features.len()).unwrap());
        wasm.extend(b"\x0ftarget_features");
        wasm.extend(features);
        wasm
    }

    #[test]
    fn takes_that_feature_back_and_no_other() {
        let with = module(b"\x02+\x0amultivalue+\x08sign-ext");
        let without = module(b"\x02-\x0amultivalue+\x08sign-ext");
        assert_eq!(without_multi_value(with).unwrap(), without);
        let neither = module(b"\x01+\x08sign-ext");
        assert_eq!(without_multi_value(neither.clone()).unwrap(), neither);
    }

    #[test]
    fn refuses_what_is_missing_or_broken() {
        for wasm in [
            b"\0asm\x01\0\0\0".to_vec(),
            module(b"\x02+\x0amultivalue"),
            module(b"\x01+\x0amultivalue and more"),
            module(b"\x01+\x0amulti"),
        ] {
            assert!(without_multi_value(wasm).is_err());
        }
    }
}
