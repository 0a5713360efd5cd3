//! The settings of a client, and locations, as JavaScript writes them.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::client::config::{Config, EphemeralExports, Reconnect, Times};
use crate::limits::Limits;
use crate::tables::SortedMap;
use crate::wire::{Dialect, Location};

/// A number that may be given, and where it goes.
struct Setting<T> {
    field: &'static str,
    set: fn(&mut T, f64),
}

/// Lists the numbers of a struct that may be overridden.
macro_rules! settings {
    ($($field:ident: $type:ty,)*) => {
        &[$(Setting {
            field: stringify!($field),
            set: |target, value| target.$field = value as $type,
        },)*]
    };
}

const TIMES: &[Setting<Times>] = settings! {
    handshake: u64, idle: u64, probe: u64, queue: u64, call: u64, resume_grace: u64, expiry: u64,
    retry_least: u64, retry_most: u64, gather: u64, unclaimed: u64, recount: u64, gift: u64,
};

const LIMITS: &[Setting<Limits>] = settings! {
    frame: usize, hello_frame: usize, depth: u16, digits: u32, exports: usize, imports: usize, questions: usize,
    answers: usize, listens: usize, queued_bytes: usize, unsent_bytes: usize, gifts: usize, client_gifts: usize,
    sessions: usize, strangers: usize, parked: usize, positions: usize, handshakes: usize,
};

/// Reads the settings; anything unknown or out of range is an error that names it.
pub(super) fn config(options: &JsValue) -> Result<Config, String> {
    let dialect = text(options, "dialect")?;
    let mut config = Config {
        captp_version: text(options, "captpVersion")?,
        dialect: match dialect.as_str() {
            "auto" => Dialect::default(),
            name => name
                .parse()
                .map_err(|_| format!("unknown dialect '{name}'"))?,
        },
        auto_dialect: dialect == "auto",
        resume: flag(options, "resume")?,
        collect: flag(options, "collect")?,
        authenticate: flag(options, "authenticate")?,
        ephemeral_exports: match text(options, "ephemeralExports")?.as_str() {
            "break" => EphemeralExports::Break,
            "reject" => EphemeralExports::Reject,
            other => return Err(format!("ephemeralExports is '{other}'")),
        },
        reconnect: match text(options, "reconnect")?.as_str() {
            "auto" => Reconnect::Auto,
            "on-demand" => Reconnect::OnDemand,
            other => return Err(format!("reconnect is '{other}'")),
        },
        ..Config::default()
    };
    numbers(options, "times", TIMES, &mut config.times)?;
    numbers(options, "limits", LIMITS, &mut config.limits)?;
    Ok(config)
}

fn text(of: &JsValue, name: &str) -> Result<String, String> {
    let text = member(of, name).as_string();
    text.ok_or_else(|| format!("{name} is not a string"))
}

fn flag(of: &JsValue, name: &str) -> Result<bool, String> {
    let flag = member(of, name).as_bool();
    flag.ok_or_else(|| format!("{name} is not true or false"))
}

fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or_default()
}

/// Reads a record of numbers, each of which may be left out.
fn numbers<T>(
    options: &JsValue,
    record: &str,
    settings: &[Setting<T>],
    target: &mut T,
) -> Result<(), String> {
    let given = member(options, record);
    if given.is_undefined() {
        return Ok(());
    }
    let given = given.dyn_ref::<Object>();
    let given = given.ok_or_else(|| format!("{record} is not a record"))?;
    for (name, value) in entries(given) {
        let setting = name.as_string().and_then(|name| {
            let mut settings = settings.iter();
            settings.find(|setting| is_camel_case_of(&name, setting.field))
        });
        let shown = || name.as_string().unwrap_or_default();
        let setting = setting.ok_or_else(|| format!("{record}.{} is not an option", shown()))?;
        if value.is_undefined() || value.is_null() {
            continue;
        }
        match value.as_f64() {
            Some(value) if value >= 0.0 => (setting.set)(target, value),
            _ => return Err(format!("{record}.{} is not a number from 0 on", shown())),
        }
    }
    Ok(())
}

fn entries(of: &Object) -> impl Iterator<Item = (JsValue, JsValue)> {
    Object::entries(of).into_iter().map(|entry| {
        let entry: Array = entry.unchecked_into();
        (entry.get(0), entry.get(1))
    })
}

fn is_camel_case_of(name: &str, field: &str) -> bool {
    let words = name.chars().flat_map(|letter| {
        let gap = letter.is_ascii_uppercase().then_some('_');
        gap.into_iter().chain([letter.to_ascii_lowercase()])
    });
    words.eq(field.chars())
}

/// Reads a location: `{ type: 'ocapn-peer', transport, designator, hints: {...} | false }`.
pub(super) fn location(value: &JsValue) -> Result<Location, String> {
    let given = member(value, "hints");
    let refused = || "hints are a record of strings, or false".to_owned();
    let hints_absent = given.as_bool() == Some(false);
    let mut hints = SortedMap::new();
    if !hints_absent {
        for (key, value) in entries(given.dyn_ref::<Object>().ok_or_else(refused)?) {
            let (key, value) = key.as_string().zip(value.as_string()).ok_or_else(refused)?;
            hints.insert(key, value);
        }
    }
    Ok(Location {
        transport: text(value, "transport")?,
        designator: text(value, "designator")?,
        hints,
        hints_absent,
    })
}
