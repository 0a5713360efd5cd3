/// One step of a value, in the order of the bytes. Text and bytes point into the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// `t` or `f`.
    Bool(bool),
    /// An integer of any size.
    Int(Int<'a>),
    /// The bits of a float of double precision. -0 is kept; a NaN is the canonical one.
    Float(u64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A string. A byte order mark at its start is part of it.
    String(&'a str),
    /// A symbol.
    Symbol(&'a str),
    /// `[`
    ListOpen,
    /// `{`: keys and values in turn until the close.
    DictOpen,
    /// `<`: a label and then the fields.
    RecordOpen,
    /// `#`
    SetOpen,
    /// The end of the innermost container.
    Close,
}

/// A canonical integer: no leading zeros, and zero is not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Int<'a> {
    /// Whether it is below zero.
    pub negative: bool,
    digits: &'a [u8],
    /// The magnitude modulo 2^64.
    low: u64,
}

/// A number of so many digits always fits 64 bits.
const DIGITS_OF_U64: usize = 19;

impl<'a> Int<'a> {
    /// An integer of these decimal digits, or nothing if they are not canonical.
    pub fn new(negative: bool, digits: &'a str) -> Option<Self> {
        let digits = digits.as_bytes();
        let canonical = match digits {
            [] => false,
            [b'0'] => !negative,
            [first, ..] => *first != b'0' && digits.iter().all(u8::is_ascii_digit),
        };
        canonical.then(|| {
            let low = digits.iter().fold(0u64, |low, digit| {
                low.wrapping_mul(10)
                    .wrapping_add(u64::from(digit.wrapping_sub(b'0')))
            });
            Self {
                negative,
                digits,
                low,
            }
        })
    }

    /// For the reader, which has checked the digits and knows their value modulo 2^64.
    pub(super) fn checked(negative: bool, digits: &'a [u8], low: u64) -> Self {
        Self {
            negative,
            digits,
            low,
        }
    }

    /// The decimal digits of the magnitude.
    pub fn digits(self) -> &'a str {
        std::str::from_utf8(self.digits).unwrap_or_default()
    }

    /// The value, if it is in range.
    pub fn to_u64(self) -> Option<u64> {
        if self.negative {
            return None;
        }
        self.magnitude()
    }

    /// The value, if it is in range.
    pub fn to_u128(self) -> Option<u128> {
        if self.negative {
            return None;
        }
        if self.digits.len() <= DIGITS_OF_U64 {
            return Some(u128::from(self.low));
        }
        self.digits.iter().try_fold(0u128, |value, digit| {
            value
                .checked_mul(10)?
                .checked_add(u128::from(digit.wrapping_sub(b'0')))
        })
    }

    /// The value, if it is in range.
    pub fn to_i64(self) -> Option<i64> {
        let magnitude = self.magnitude()?;
        if self.negative {
            0i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        }
    }

    fn magnitude(self) -> Option<u64> {
        if self.digits.len() <= DIGITS_OF_U64 {
            return Some(self.low);
        }
        self.digits.iter().try_fold(0u64, |value, digit| {
            value
                .checked_mul(10)?
                .checked_add(u64::from(digit.wrapping_sub(b'0')))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_end_where_the_types_do() {
        let int = |negative, digits| Int::new(negative, digits).expect("canonical");
        assert_eq!(int(false, "18446744073709551615").to_u64(), Some(u64::MAX));
        assert_eq!(int(false, "18446744073709551616").to_u64(), None);
        assert_eq!(int(true, "9223372036854775808").to_i64(), Some(i64::MIN));
        assert_eq!(int(true, "9223372036854775809").to_i64(), None);
        assert_eq!(int(false, "9223372036854775808").to_i64(), None);
        assert_eq!(int(true, "1").to_u64(), None);
        let max = u128::MAX.to_string();
        assert_eq!(int(false, &max).to_u128(), Some(u128::MAX));
        assert_eq!(
            int(false, "340282366920938463463374607431768211456").to_u128(),
            None
        );
    }

    #[test]
    fn only_canonical_digits_make_an_integer() {
        for (negative, digits) in [(false, ""), (false, "01"), (true, "0"), (false, "1a")] {
            assert_eq!(Int::new(negative, digits), None);
        }
    }

    proptest! {
        #[test]
        fn values_survive(value in any::<u128>(), signed in any::<i64>()) {
            let digits = value.to_string();
            let int = Int::new(false, &digits).expect("canonical");
            prop_assert_eq!(int.to_u128(), Some(value));
            prop_assert_eq!(int.to_u64(), u64::try_from(value).ok());
            prop_assert_eq!(int.to_i64(), i64::try_from(value).ok());
            prop_assert_eq!(int.digits(), &digits);
            let digits = signed.unsigned_abs().to_string();
            let int = Int::new(signed < 0, &digits).expect("canonical");
            prop_assert_eq!(int.to_i64(), Some(signed));
        }
    }
}
