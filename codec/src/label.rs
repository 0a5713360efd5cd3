//! Labels of records that stand inside operations.

/// The sender's own object: the receiver imports it.
pub const IMPORT_OBJECT: &str = "desc:import-object";
/// The sender's own promise: the receiver imports it.
pub const IMPORT_PROMISE: &str = "desc:import-promise";
/// The receiver's own object or promise.
pub const EXPORT: &str = "desc:export";
/// An answer at the receiver.
pub const ANSWER: &str = "desc:answer";
/// A tagged value.
pub const TAGGED: &str = "desc:tagged";
/// An error.
pub const ERROR: &str = "desc:error";
/// A signed object.
pub const SIG_ENVELOPE: &str = "desc:sig-envelope";
/// What the gifter of a handoff signs.
pub const HANDOFF_GIVE: &str = "desc:handoff-give";
/// What the receiver of a handoff signs.
pub const HANDOFF_RECEIVE: &str = "desc:handoff-receive";
/// A location.
pub const PEER: &str = "ocapn-peer";
/// What a peer signs of its own location.
pub const MY_LOCATION: &str = "my-location";
/// A sturdyref.
pub const STURDYREF: &str = "ocapn-sturdyref";
/// The undefined value.
pub const VOID: &str = "void";
/// The null value.
pub const NULL: &str = "null";
