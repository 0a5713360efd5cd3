//! The settings of a client, and locations, as JavaScript writes them.

use std::collections::BTreeMap;

use js_sys::{Array, Object, Reflect};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::client::config::{Config, EphemeralExports, Reconnect, Times};
use crate::limits::Limits;
use crate::wire::{Dialect, Location};

/// Declares a struct of optional numbers that overrides the fields of another.
macro_rules! overrides {
    ($name:ident for $target:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(Debug, Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct $name { $($field: Option<f64>,)* }

        impl $name {
            /// serde-wasm-bindgen reads the fields that it knows and does not look for others.
            const FIELDS: &[&str] = &[$(stringify!($field),)*];

            fn apply(&self, target: &mut $target) -> Result<(), String> {
                $(if let Some(value) = self.$field {
                    if value.is_nan() || value < 0.0 {
                        return Err(format!("{} is {value}, not a number from 0 on", stringify!($field)));
                    }
                    target.$field = value as $type;
                })*
                Ok(())
            }
        }
    };
}

overrides!(TimesOption for Times {
    handshake: u64, idle: u64, probe: u64, queue: u64, call: u64, resume_grace: u64, expiry: u64,
    retry_least: u64, retry_most: u64, gather: u64, unclaimed: u64, recount: u64, gift: u64,
});

overrides!(LimitsOption for Limits {
    frame: usize, hello_frame: usize, depth: u16, digits: u32, exports: usize, imports: usize, questions: usize,
    answers: usize, listens: usize, queued_bytes: usize, unsent_bytes: usize, gifts: usize, client_gifts: usize,
    sessions: usize, strangers: usize, parked: usize, positions: usize, handshakes: usize,
});

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    captp_version: String,
    dialect: String,
    resume: bool,
    collect: bool,
    authenticate: bool,
    ephemeral_exports: String,
    reconnect: String,
    #[serde(default)]
    times: TimesOption,
    #[serde(default)]
    limits: LimitsOption,
}

/// Reads the settings; anything unknown or out of range is an error that names it.
pub(super) fn config(options: JsValue) -> Result<Config, String> {
    refuse_unknown(&options, "times", TimesOption::FIELDS)?;
    refuse_unknown(&options, "limits", LimitsOption::FIELDS)?;
    let options: Options =
        serde_wasm_bindgen::from_value(options).map_err(|error| error.to_string())?;
    let mut config = Config {
        captp_version: options.captp_version,
        dialect: match options.dialect.as_str() {
            "auto" => Dialect::default(),
            name => name
                .parse()
                .map_err(|_| format!("unknown dialect '{name}'"))?,
        },
        auto_dialect: options.dialect == "auto",
        resume: options.resume,
        collect: options.collect,
        authenticate: options.authenticate,
        ephemeral_exports: match options.ephemeral_exports.as_str() {
            "break" => EphemeralExports::Break,
            "reject" => EphemeralExports::Reject,
            other => return Err(format!("ephemeralExports is '{other}'")),
        },
        reconnect: match options.reconnect.as_str() {
            "auto" => Reconnect::Auto,
            "on-demand" => Reconnect::OnDemand,
            other => return Err(format!("reconnect is '{other}'")),
        },
        ..Config::default()
    };
    options.times.apply(&mut config.times)?;
    options.limits.apply(&mut config.limits)?;
    Ok(config)
}

/// An error that names a key of one of the options' records which nothing reads.
fn refuse_unknown(options: &JsValue, record: &str, fields: &[&str]) -> Result<(), String> {
    let Ok(given) = Reflect::get(options, &JsValue::from_str(record)) else {
        return Ok(());
    };
    let Some(given) = given.dyn_ref::<Object>() else {
        return Ok(());
    };
    let keys = Object::keys(given);
    let mut names = keys.iter().filter_map(|key| key.as_string());
    match names.find(|name| !fields.iter().any(|field| is_camel_case_of(name, field))) {
        Some(name) => Err(format!("{record}.{name} is not an option")),
        None => Ok(()),
    }
}

fn is_camel_case_of(name: &str, field: &str) -> bool {
    let words = name.chars().flat_map(|letter| {
        let gap = letter.is_ascii_uppercase().then_some('_');
        gap.into_iter().chain([letter.to_ascii_lowercase()])
    });
    words.eq(field.chars())
}

#[derive(Debug, Deserialize)]
struct OcapnLocation {
    transport: String,
    designator: String,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    hints: JsValue,
}

/// Reads a location: `{ type: 'ocapn-peer', transport, designator, hints: {...} | false }`.
pub(super) fn location(value: JsValue) -> Result<Location, String> {
    let location: OcapnLocation =
        serde_wasm_bindgen::from_value(value).map_err(|error| error.to_string())?;
    let refused = || "hints are a record of strings, or false".to_owned();
    let hints_absent = location.hints.as_bool() == Some(false);
    let mut hints = BTreeMap::new();
    if !hints_absent {
        let given = location.hints.dyn_ref::<Object>().ok_or_else(refused)?;
        for entry in Object::entries(given) {
            let entry: Array = entry.unchecked_into();
            let (key, value) = (entry.get(0).as_string(), entry.get(1).as_string());
            let (key, value) = key.zip(value).ok_or_else(refused)?;
            hints.insert(key, value);
        }
    }
    Ok(Location {
        transport: location.transport,
        designator: location.designator,
        hints,
        hints_absent,
    })
}
