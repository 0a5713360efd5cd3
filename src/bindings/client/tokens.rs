//! Tokens of references.

use wasm_bindgen::prelude::*;

use super::{CoreClient, Env};
use crate::error::ErrorCode;

#[wasm_bindgen]
impl CoreClient {
    /// The token of a remote object; empty when there is none, and why.
    pub fn ref_token(&mut self, now: f64, handle: u32) -> Vec<u8> {
        self.outputs.clear();
        let token = at!(self, now, |client, env| client.ref_token(env, handle));
        self.succeed(token.map(|_| ()));
        self.drain();
        token.map_or(Vec::new(), Vec::from)
    }

    /// The handle of the object that has the token in the scratch buffer, or 0, and why.
    pub fn ref_from_token(&mut self, now: f64, len: u32) -> u32 {
        let Ok(token) = self.scratch(0, len).try_into() else {
            return self.fail(ErrorCode::TokenUnknown);
        };
        self.outputs.clear();
        let found = at!(self, now, |client, env| client.ref_from_token(env, &token));
        self.succeed(found.map(|_| ()));
        self.drain();
        found.unwrap_or_default()
    }

    /// Lets go of what the token in the scratch buffer kept.
    pub fn release_token(&mut self, now: f64, len: u32) {
        let Ok(token) = self.scratch(0, len).try_into() else {
            self.fail(ErrorCode::TokenUnknown);
            return;
        };
        self.outputs.clear();
        let released = at!(self, now, |client, env| client.release_token(env, &token));
        self.succeed(released);
        self.drain();
    }
}
