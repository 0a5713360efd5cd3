//! The loop that copies ASCII text into the module's memory, byte by byte.
//!
//! Once a prototype of a typed array is frozen, Node 20 takes 50 times longer for each store to an
//! element of it. DataView stores stay fast.

use anyhow::{Result, bail};

use super::replace_once;

const PASS_STRING: &str = "function passStringToWasm0(";
const VIEW: &str = "function getDataViewMemory0()";
const LOOP: &str = "\
    const mem = getUint8ArrayMemory0();

    let offset = 0;

    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem[ptr + offset] = code;
    }
";
const REPAIRED: &str = "\
    const mem = getDataViewMemory0();

    let offset = 0;

    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem.setUint8(ptr + offset, code);
    }
";
/// Added where no other part of the glue needs the view.
const VIEW_FUNCTION: &str = "\
let cachedDataViewMemory0 = null;
function getDataViewMemory0() {
    if (cachedDataViewMemory0 === null || cachedDataViewMemory0.buffer !== wasm.memory.buffer) {
        cachedDataViewMemory0 = new DataView(wasm.memory.buffer);
    }
    return cachedDataViewMemory0;
}

";

pub(super) fn repair(glue: &str) -> Result<String> {
    let mut repaired = glue.to_owned();
    if glue.contains(PASS_STRING) {
        repaired = replace_once(&repaired, "ASCII strings", LOOP, REPAIRED)?;
        if !repaired.contains(VIEW) {
            let with_view = format!("{VIEW_FUNCTION}{PASS_STRING}");
            repaired = replace_once(&repaired, "ASCII strings", PASS_STRING, &with_view)?;
        }
    }
    if repaired.contains("mem[ptr") {
        bail!("ASCII strings: the glue stores to elements in a place that is not known");
    }
    Ok(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glue() -> String {
        format!("function passStringToWasm0(arg, malloc, realloc) {{\n{LOOP}}}\n")
    }

    #[test]
    fn stores_through_the_view_that_is_there() {
        let glue = format!("function getDataViewMemory0() {{}}\n{}", glue());
        let repaired = repair(&glue).unwrap();
        assert!(repaired.contains("mem.setUint8(ptr + offset, code);"));
        assert_eq!(repaired.matches(VIEW).count(), 1);
    }

    #[test]
    fn brings_the_view_when_it_is_missing() {
        let repaired = repair(&glue()).unwrap();
        assert_eq!(repaired.matches(VIEW).count(), 1);
        assert!(!repaired.contains("mem[ptr"));
    }

    #[test]
    fn refuses_a_loop_that_changed() {
        let error = repair(&glue().replace("0x7F", "127")).unwrap_err();
        assert!(error.to_string().contains("found it 0 times"), "{error}");
    }
}
