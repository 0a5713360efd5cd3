//! The cached DataView over the module's memory.
//!
//! The glue trusts `ArrayBuffer.prototype.detached`. Where the engine has none (Node 20), SES's shim
//! defines it as always false, so that the view stays the old one after the memory has grown.
//! Comparing the buffers needs no support from the engine.

use anyhow::{Result, bail};

use super::replace_once;

const VIEW: &str = "function getDataViewMemory0()";
const STALE: &str = "cachedDataViewMemory0.buffer.detached === true || \
    (cachedDataViewMemory0.buffer.detached === undefined && \
    cachedDataViewMemory0.buffer !== wasm.memory.buffer)";
const REPAIRED: &str = "cachedDataViewMemory0.buffer !== wasm.memory.buffer";

pub(super) fn repair(glue: &str) -> Result<String> {
    let repaired = if glue.contains(VIEW) {
        replace_once(glue, "stale DataView check", STALE, REPAIRED)?
    } else {
        glue.to_owned()
    };
    if repaired.contains(".detached") {
        bail!("stale DataView check: the glue asks for `detached` in a place that is not known");
    }
    Ok(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As wasm-bindgen 0.2.130 writes it.
    const GLUE: &str = "\
let cachedDataViewMemory0 = null;
function getDataViewMemory0() {
    if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)) {
        cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
    }
    return cachedDataViewMemory0;
}
";

    #[test]
    fn compares_buffers_only() {
        let repaired = repair(GLUE).unwrap();
        assert!(!repaired.contains("detached"));
        assert!(repaired.contains(
            "if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer !== wasm.memory.buffer) {"
        ));
    }

    #[test]
    fn refuses_a_check_that_changed() {
        let error = repair(&GLUE.replace("=== true", "== true")).unwrap_err();
        assert!(error.to_string().contains("found it 0 times"), "{error}");
    }

    #[test]
    fn refuses_another_use_of_detached() {
        let glue = format!("{GLUE}\nif (view.buffer.detached) {{}}\n");
        assert!(repair(&glue).is_err());
    }
}
