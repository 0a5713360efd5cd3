//! The few kinds of values that the simulated applications pass, as tapes and as words.

use ocapn_wasm::error::ErrorCode;
use ocapn_wasm::tape::tags;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Undefined,
    Bool(bool),
    Int(i32),
    Text(String),
    Symbol(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    /// Outgoing: any handle.
    Ref(u32),
    /// Outgoing: something of the application's own; it has a handle only while a call is made.
    Own(Object),
    Local {
        handle: u32,
        description: Option<Vec<u8>>,
    },
    RemoteObject(u32),
    RemotePromise(u32),
    /// A promise for what a third party has.
    Gift(u32),
    Broken(ErrorCode),
    /// What only a stranger sends.
    Other,
}

/// What an application has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    Bootstrap,
    /// It has a description, its name.
    Named(String),
    Ephemeral(u32),
    Promise(u32),
}

pub fn symbol(text: &str) -> Value {
    Value::Symbol(text.into())
}

pub fn text(text: &str) -> Value {
    Value::Text(text.into())
}

pub fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

impl Value {
    pub fn tape(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        fn word(out: &mut Vec<u8>, word: u32) {
            out.extend_from_slice(&word.to_le_bytes());
        }
        fn bytes(out: &mut Vec<u8>, tag: u32, bytes: &[u8]) {
            word(out, tag);
            word(out, bytes.len() as u32);
            out.extend_from_slice(bytes);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        match self {
            Value::Undefined => word(out, tags::UNDEFINED),
            Value::Bool(value) => word(out, if *value { tags::TRUE } else { tags::FALSE }),
            Value::Int(value) => {
                word(out, tags::INT32);
                word(out, value.cast_unsigned());
            }
            Value::Text(text) => bytes(out, tags::STRING, text.as_bytes()),
            Value::Symbol(text) => bytes(out, tags::SYMBOL, text.as_bytes()),
            Value::Bytes(value) => bytes(out, tags::BYTES, value),
            Value::List(items) => {
                word(out, tags::LIST);
                word(out, items.len() as u32);
                for item in items {
                    item.write(out);
                }
            }
            Value::Ref(handle)
            | Value::Local { handle, .. }
            | Value::RemoteObject(handle)
            | Value::RemotePromise(handle) => {
                word(out, tags::REF);
                word(out, *handle);
            }
            Value::Own(object) => panic!("{object:?} has no handle yet"),
            Value::Gift(handle) => {
                word(out, tags::REF);
                word(out, *handle);
            }
            Value::Other => word(out, tags::UNDEFINED),
            Value::Broken(code) => bytes(out, tags::STRING, code.as_str().as_bytes()),
        }
    }

    /// Every reference in it.
    pub fn references(&self) -> Vec<&Value> {
        match self {
            Value::List(items) => items.iter().flat_map(Value::references).collect(),
            Value::Local { .. }
            | Value::RemoteObject(_)
            | Value::RemotePromise(_)
            | Value::Gift(_) => vec![self],
            _ => Vec::new(),
        }
    }

    /// Whether it can be passed on as it is.
    pub fn is_plain(&self) -> bool {
        match self {
            Value::List(items) => items.iter().all(Value::is_plain),
            Value::Other | Value::Gift(_) => false,
            _ => true,
        }
    }
}

/// What words are read from.
pub struct Words<'a> {
    pub words: &'a [u32],
    pub input: &'a [u8],
    pub side: &'a [u8],
    pub at: usize,
}

impl Words<'_> {
    fn word(&mut self) -> u32 {
        self.at += 1;
        self.words[self.at - 1]
    }

    fn range(&mut self) -> Vec<u8> {
        let (from, len) = (self.word() as usize, self.word() as usize);
        self.input[from..from + len].to_vec()
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.range()).expect("text is UTF-8")
    }

    pub fn read(&mut self) -> Value {
        match self.word() {
            tags::UNDEFINED | tags::NULL => Value::Undefined,
            tags::FALSE => Value::Bool(false),
            tags::TRUE => Value::Bool(true),
            tags::INT32 => Value::Int(self.word().cast_signed()),
            tags::STRING => {
                let text = self.text();
                self.word();
                Value::Text(text)
            }
            tags::SYMBOL => Value::Symbol(self.text()),
            tags::BYTES => Value::Bytes(self.range()),
            tags::ERROR => Value::Text(self.text()),
            tags::LIST => {
                let count = self.word();
                Value::List((0..count).map(|_| self.read()).collect())
            }
            tags::REF => {
                let (kind, handle) = (self.word(), self.word());
                match kind {
                    tags::KIND_LOCAL => Value::Local {
                        handle,
                        description: None,
                    },
                    tags::KIND_REMOTE_OBJECT => Value::RemoteObject(handle),
                    tags::KIND_REMOTE_PROMISE => Value::RemotePromise(handle),
                    tags::KIND_BROKEN => {
                        Value::Broken(ErrorCode::from_number(handle).expect("a known code"))
                    }
                    tags::KIND_DESCRIBED => {
                        let (from, len) = (self.word() as usize, self.word() as usize);
                        Value::Local {
                            handle,
                            description: Some(self.side[from..from + len].to_vec()),
                        }
                    }
                    tags::KIND_GIFT => Value::Gift(handle),
                    kind => panic!("reference of kind {kind}"),
                }
            }
            tags::INT64 | tags::FLOAT64 => {
                self.at += 2;
                Value::Other
            }
            tags::BIGINT => {
                self.at += 3;
                Value::Other
            }
            tags::STRUCT => {
                for _ in 0..self.word() {
                    self.at += 3;
                    self.read();
                }
                Value::Other
            }
            tags::TAGGED => {
                self.at += 2;
                self.read();
                Value::Other
            }
            tags::STURDYREF => {
                for _ in 0..4 {
                    self.read();
                }
                Value::Other
            }
            tag => panic!("items of tag {tag}"),
        }
    }
}
