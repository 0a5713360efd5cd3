use super::OutRefs;
use super::cursor::{Cursor, Text};
use super::entries::{Entries, Struct};
use super::error::TapeError;
use super::tags;
use crate::syrup::{Int, SyrupLimits, Writer};
use crate::{Dialect, label};

/// Turns the tape of one value into canonical Syrup, appended to `out`. See [`Encoder::encode`].
///
/// # Errors
///
/// As [`Encoder::encode`].
pub fn encode(
    tape: &[u8],
    out: &mut Vec<u8>,
    dialect: Dialect,
    limits: &SyrupLimits,
    refs: &mut dyn OutRefs,
) -> Result<usize, TapeError> {
    Encoder::default().encode(tape, out, dialect, limits, refs)
}

/// Encodes tapes, and keeps its buffers from one to the next.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    open: Vec<Frame>,
    entries: Entries,
}

#[derive(Clone, Debug)]
struct Frame {
    kind: Kind,
    /// Items that are still to come.
    left: u32,
}

#[derive(Clone, Debug)]
enum Kind {
    List,
    Struct(Struct),
    Tagged,
}

/// What is the same all along.
struct Call<'a> {
    dialect: Dialect,
    limits: &'a SyrupLimits,
    refs: &'a mut dyn OutRefs,
}

impl Encoder {
    /// Turns the tape of one value into canonical Syrup, appended to `out`, and returns how many
    /// bytes of the tape it took. A reader with the same limits accepts what was written.
    ///
    /// Allocates nothing but room in `out` and in the encoder, which both keep.
    ///
    /// # Errors
    ///
    /// [`TapeError`]; `out` is then as it was.
    pub fn encode(
        &mut self,
        tape: &[u8],
        out: &mut Vec<u8>,
        dialect: Dialect,
        limits: &SyrupLimits,
        refs: &mut dyn OutRefs,
    ) -> Result<usize, TapeError> {
        let start = out.len();
        let mut cursor = Cursor::new(tape);
        let mut call = Call {
            dialect,
            limits,
            refs,
        };
        let result = self.value(&mut cursor, out, &mut call);
        self.open.clear();
        self.entries.clear();
        if result.is_err() {
            out.truncate(start);
        }
        result.map(|()| cursor.at())
    }

    fn value(
        &mut self,
        cursor: &mut Cursor<'_>,
        out: &mut Vec<u8>,
        call: &mut Call<'_>,
    ) -> Result<(), TapeError> {
        loop {
            self.item(cursor, out, call)?;
            // Closes what is complete; what is not gets its next item.
            loop {
                let Some(frame) = self.open.last_mut() else {
                    return Ok(());
                };
                let order = call.dialect.key_order();
                if let Some(left) = frame.left.checked_sub(1) {
                    frame.left = left;
                    if let Kind::Struct(own) = &mut frame.kind {
                        let at = cursor.at();
                        let key = cursor.text()?;
                        self.entries.key(own, order, key, at, out)?;
                    }
                    break;
                }
                match frame.kind {
                    Kind::List => out.push(b']'),
                    Kind::Tagged => out.push(b'>'),
                    Kind::Struct(own) => {
                        self.entries.close(own, order, out)?;
                        out.push(b'}');
                    }
                }
                self.open.pop();
            }
        }
    }

    /// Writes a value that has no items, or the beginning of one that has.
    #[inline(always)]
    fn item(
        &mut self,
        cursor: &mut Cursor<'_>,
        out: &mut Vec<u8>,
        call: &mut Call<'_>,
    ) -> Result<(), TapeError> {
        let at = cursor.at();
        let mut writer = Writer::new(out);
        match cursor.word()? {
            tags::FALSE => writer.bool(false),
            tags::TRUE => writer.bool(true),
            tags::INT32 => writer.i64(i64::from(cursor.word()?.cast_signed())),
            tags::INT64 => writer.i64(cursor.two_words()?.cast_signed()),
            tags::FLOAT64 => writer.float(plus_zero(cursor.two_words()?, call.dialect)),
            tags::STRING => cursor.text()?.write_string(out),
            tags::SYMBOL => symbol(cursor)?.write_symbol(out),
            tags::BYTES => cursor.bytes()?.write(b':', out),
            tags::LIST => {
                self.room(1, at, call)?;
                writer.open_list();
                let left = cursor.word()?;
                self.open.push(Frame {
                    kind: Kind::List,
                    left,
                });
            }
            tags::STRUCT => {
                self.room(1, at, call)?;
                writer.open_dict();
                let kind = Kind::Struct(self.entries.open());
                let left = cursor.word()?;
                self.open.push(Frame { kind, left });
            }
            tags::TAGGED => {
                self.room(1, at, call)?;
                writer.open_record(label::TAGGED);
                cursor.text()?.write_symbol(out);
                let kind = Kind::Tagged;
                self.open.push(Frame { kind, left: 1 });
            }
            tags::UNDEFINED => {
                self.room(1, at, call)?;
                writer.raw(b"<4'void>");
            }
            tags::NULL => {
                self.room(1, at, call)?;
                writer.raw(b"<4'null>");
            }
            tags::ERROR => {
                self.room(1, at, call)?;
                writer.open_record(label::ERROR);
                cursor.text()?.write_string(out);
                out.push(b'>');
            }
            tags::REF => {
                self.room(1, at, call)?;
                let handle = cursor.word()?;
                let written = call.refs.reference(handle, out);
                written.map_err(|code| TapeError::Reference { at, code })?;
            }
            tags::BIGINT => big_integer(cursor, &mut writer, call.limits)?,
            tags::STURDYREF => self.sturdyref(at, cursor, out, call)?,
            _ => return Err(TapeError::UnexpectedTag { at }),
        }
        Ok(())
    }

    /// Whether so many containers more may be open.
    #[inline(always)]
    fn room(&self, more: usize, at: usize, call: &Call<'_>) -> Result<(), TapeError> {
        if self.open.len() + more > usize::from(call.limits.depth) {
            return Err(TapeError::TooDeep { at });
        }
        Ok(())
    }

    fn sturdyref(
        &mut self,
        at: usize,
        cursor: &mut Cursor<'_>,
        out: &mut Vec<u8>,
        call: &Call<'_>,
    ) -> Result<(), TapeError> {
        self.room(3, at, call)?;
        let mut writer = Writer::new(out);
        writer.open_record(label::STURDYREF);
        writer.open_record(label::PEER);
        expect(cursor, tags::STRING)?;
        symbol(cursor)?.write_symbol(out);
        expect(cursor, tags::STRING)?;
        cursor.text()?.write_string(out);
        let hints = cursor.at();
        match cursor.word()? {
            tags::FALSE => out.push(b'f'),
            tags::STRUCT => self.hints(cursor, out, call)?,
            _ => return Err(TapeError::UnexpectedTag { at: hints }),
        }
        out.push(b'>');
        expect(cursor, tags::BYTES)?;
        cursor.bytes()?.write(b':', out);
        out.push(b'>');
        Ok(())
    }

    /// A struct of strings.
    fn hints(
        &mut self,
        cursor: &mut Cursor<'_>,
        out: &mut Vec<u8>,
        call: &Call<'_>,
    ) -> Result<(), TapeError> {
        let order = call.dialect.key_order();
        let mut own = self.entries.open();
        Writer::new(out).open_dict();
        for _ in 0..cursor.word()? {
            let at = cursor.at();
            let key = cursor.text()?;
            self.entries.key(&mut own, order, key, at, out)?;
            expect(cursor, tags::STRING)?;
            cursor.text()?.write_string(out);
        }
        self.entries.close(own, order, out)?;
        Writer::new(out).close_dict();
        Ok(())
    }
}

fn expect(cursor: &mut Cursor<'_>, tag: u32) -> Result<(), TapeError> {
    let at = cursor.at();
    if cursor.word()? == tag {
        Ok(())
    } else {
        Err(TapeError::UnexpectedTag { at })
    }
}

#[inline(always)]
fn symbol<'a>(cursor: &mut Cursor<'a>) -> Result<Text<'a>, TapeError> {
    let at = cursor.at();
    let name = cursor.text()?;
    if name.text.starts_with("@@") {
        return Err(TapeError::ReservedSymbol { at });
    }
    Ok(name)
}

fn big_integer(
    cursor: &mut Cursor<'_>,
    writer: &mut Writer<'_>,
    limits: &SyrupLimits,
) -> Result<(), TapeError> {
    let at = cursor.at();
    let text = cursor.text()?.text;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.len() > limits.digits as usize {
        return Err(TapeError::TooManyDigits { at });
    }
    if Int::new(negative, digits).is_none() {
        return Err(TapeError::InvalidDigits { at });
    }
    writer.int(negative, digits);
    Ok(())
}

/// The bits of a float, without the sign of a zero where peers abort on it.
#[inline(always)]
fn plus_zero(bits: u64, dialect: Dialect) -> u64 {
    if bits == (-0.0f64).to_bits() && !dialect.minus_zero() {
        0
    } else {
        bits
    }
}
