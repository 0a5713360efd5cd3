//! Repairs of the generated glue, for hosts whose intrinsics are frozen or shimmed (SES lockdown).
//!
//! Each repair looks for the text that the pinned wasm-bindgen generates, and is an error when that
//! text has changed: a repair that silently does nothing would be found by a user.

mod ascii_strings;
mod data_view;

use anyhow::{Result, bail};

/// The glue with all repairs.
pub(crate) fn repair(glue: &str) -> Result<String> {
    let glue = data_view::repair(glue)?;
    ascii_strings::repair(&glue)
}

/// Replaces the one place of `from` by `to`.
fn replace_once(glue: &str, what: &str, from: &str, to: &str) -> Result<String> {
    match glue.matches(from).count() {
        1 => Ok(glue.replacen(from, to, 1)),
        count => {
            bail!("{what}: expected this text once in the glue, found it {count} times:\n{from}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_is_there_once() {
        assert_eq!(replace_once("a b c", "x", "b", "d").unwrap(), "a d c");
    }

    #[test]
    fn refuses_what_is_missing_or_there_twice() {
        for glue in ["a c", "a b b"] {
            let error = replace_once(glue, "the repair", "b", "d").unwrap_err();
            assert!(error.to_string().starts_with("the repair: "), "{error}");
        }
    }

    #[test]
    fn leaves_glue_alone_that_needs_no_repair() {
        let glue = "export function answer() { return wasm.answer(); }";
        assert_eq!(repair(glue).unwrap(), glue);
    }
}
