//! Third-party handoffs: a reference to somebody else's object, passed on.
//!
//! The *gifter* deposits a gift with the *exporter*, whose object it is, and gives the *receiver* a
//! signed note. The receiver shows it to the exporter, signed once more, and gets the gift. Here is
//! what each must check, and what the exporter keeps; who talks to whom is the client's business.

pub mod check;
mod gifts;
mod passing;
mod repeats;
pub mod request;

pub use gifts::{Bounds, Claim, Claimant, Deposit, Gifts, Name};
pub use passing::{Arrived, Passing};
pub use repeats::Repeats;
