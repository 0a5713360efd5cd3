//! What a bootstrap object is asked about gifts.

use std::ops::Range;

use crate::syrup::{Reader, SyrupLimits, Writer};
use crate::wire::handoff::{HandoffReceive, Signed, write_signed};
use crate::wire::{Signature, Target, WireError};

/// The method that leaves a gift with its exporter.
pub const DEPOSIT: &str = "deposit-gift";

/// The method that fetches one.
pub const WITHDRAW: &str = "withdraw-gift";

/// A call of one of these methods.
#[expect(
    clippy::large_enum_variant,
    reason = "it is read, looked at and forgotten"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// `['deposit-gift gift-id gift]`, where the gift is the receiver's own.
    Deposit {
        /// Names the gift among those of the gifter's session.
        id: &'a [u8],
        /// What is given.
        gift: Target,
    },
    /// `['withdraw-gift <desc:sig-envelope <desc:handoff-receive ...> ...>]`.
    Withdraw(Signed<'a, HandoffReceive<'a>>),
}

impl<'a> Request<'a> {
    /// Reads the arguments of a call, at this range of a message. Nothing when it is another call,
    /// or one whose arguments are not these.
    pub fn read(input: &'a [u8], args: Range<usize>, limits: SyrupLimits) -> Option<Self> {
        Self::try_read(input, args, limits).ok().flatten()
    }

    fn try_read(
        input: &'a [u8],
        args: Range<usize>,
        limits: SyrupLimits,
    ) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::at(input, args.start, limits);
        reader.open_list()?;
        let request = match reader.symbol()? {
            DEPOSIT => Self::Deposit {
                id: reader.bytes()?,
                gift: Target::read(&mut reader)?,
            },
            WITHDRAW => Self::Withdraw(Signed::read(&mut reader, HandoffReceive::read)?),
            _ => return Ok(None),
        };
        reader.close()?;
        Ok(Some(request))
    }
}

/// The arguments of `deposit-gift`.
pub fn deposit(id: &[u8], gift: Target) -> Vec<u8> {
    let mut args = Vec::new();
    let mut writer = Writer::new(&mut args);
    writer.open_list();
    writer.symbol(DEPOSIT);
    writer.bytes(id);
    gift.write(&mut writer);
    writer.close_list();
    args
}

/// The arguments of `fetch`.
pub fn fetch(swissnum: &[u8]) -> Vec<u8> {
    let mut args = Vec::new();
    let mut writer = Writer::new(&mut args);
    writer.open_list();
    writer.symbol("fetch");
    writer.bytes(swissnum);
    writer.close_list();
    args
}

/// The arguments of `withdraw-gift`, for an encoded `desc:handoff-receive` and its signature.
pub fn withdraw(receive: &[u8], signature: &Signature) -> Vec<u8> {
    let mut args = Vec::new();
    let mut writer = Writer::new(&mut args);
    writer.open_list();
    writer.symbol(WITHDRAW);
    write_signed(&mut writer, receive, signature);
    writer.close_list();
    args
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn read(args: &[u8]) -> Option<Request<'_>> {
        Request::read(args, 0..args.len(), Limits::default().syrup())
    }

    #[test]
    fn a_deposit_is_read_as_it_is_written() {
        let args = deposit(b"gift", Target::Export(5));
        assert_eq!(args, b"[12'deposit-gift4:gift<11'desc:export5+>]");
        let gift = Target::Export(5);
        assert_eq!(read(&args), Some(Request::Deposit { id: b"gift", gift }));
    }

    #[test]
    fn other_calls_and_other_arguments_are_left_alone() {
        for args in [
            &b"[5'fetch4:gift]"[..],
            b"[]",
            b"5+",
            b"[12'deposit-gift]",
            b"[12'deposit-gift4:gift]",
            b"[12'deposit-gift4:gift<18'desc:import-object5+>]",
            b"[12'deposit-gift4:gift<11'desc:export5+>t]",
            b"[13'withdraw-gift<11'desc:export5+>]",
        ] {
            assert_eq!(read(args), None, "{}", String::from_utf8_lossy(args));
        }
    }
}
