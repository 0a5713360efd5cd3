//! Build steps of ocapn-wasm that need Rust libraries: `cargo run -p xtask -- <command>`.

mod bindgen;
mod features;
mod glue;

use std::env;
use std::path::Path;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo run -p xtask -- bindgen <wasm file> <output folder>";

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["bindgen", wasm, out_dir] => bindgen::generate(Path::new(wasm), Path::new(out_dir)),
        _ => bail!("{USAGE}"),
    }
}
