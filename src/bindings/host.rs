//! What the core takes from the host when the host gives nothing better: clock, randomness,
//! console.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Performance;

/// The host's `performance`: milliseconds since the epoch that do not jump when somebody sets the
/// clock.
#[derive(Debug)]
pub(super) struct Clock(Option<Performance>);

impl Clock {
    pub(super) fn new() -> Self {
        let performance = Reflect::get(&js_sys::global(), &JsValue::from_str("performance"));
        Self(performance.ok().map(JsCast::unchecked_into))
    }

    /// The time that JavaScript passes, or this clock's where that is NaN.
    pub(super) fn at(&self, now: f64) -> u64 {
        let now = if now.is_nan() {
            match &self.0 {
                Some(performance) => performance.time_origin() + performance.now(),
                None => js_sys::Date::now(),
            }
        } else {
            now
        };
        now.max(0.0) as u64
    }
}

/// 32 bytes: the host's, or those of its cryptographic source.
pub(super) fn seed(given: Option<Vec<u8>>) -> Result<[u8; 32], JsValue> {
    let mut seed = [0; 32];
    match given {
        Some(bytes) => {
            seed = bytes
                .try_into()
                .map_err(|_| JsValue::from(js_sys::TypeError::new("a seed has 32 bytes")))?;
        }
        None => getrandom::fill(&mut seed)
            .map_err(|error| JsValue::from(js_sys::Error::new(&error.to_string())))?,
    }
    Ok(seed)
}

/// Says on the console why the module is dead, once it is.
pub(super) fn report_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let text = format!("ocapn-wasm: a bug, please report it: {panic}");
            web_sys::console::error_1(&JsValue::from(text));
        }));
    });
}
