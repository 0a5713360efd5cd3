//! The JavaScript bindings of a compiled core.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{features, glue};

/// Base name of what is generated.
const NAME: &str = "ocapn_wasm";

/// Writes the bindings of `wasm`, as an ES module that any host can initialise, to `out_dir`.
///
/// The glue names no path of the wasm file by itself: whoever loads it says where that is, since
/// bundlers and hosts differ in what they make of such a path.
pub(crate) fn generate(wasm: &Path, out_dir: &Path) -> Result<()> {
    let core = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
    Bindgen::new()
        .input_bytes(NAME, features::without_multi_value(core)?)
        .out_name(NAME)
        .web(true)?
        .omit_default_module_path(true)
        .typescript(true)
        .generate(out_dir)
        .with_context(|| format!("generating bindings for {}", wasm.display()))?;
    repair(&out_dir.join(format!("{NAME}.js")))
}

fn repair(path: &Path) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let repaired = glue::repair(&text).with_context(|| format!("repairing {}", path.display()))?;
    fs::write(path, repaired).with_context(|| format!("writing {}", path.display()))
}
