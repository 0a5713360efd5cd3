// @ts-check

/**
 * The first word of each item on a value tape: the same numbers as in `codec/src/tape/tags.rs`.
 *
 * Outgoing, JavaScript writes an item's text and bytes behind its words, padded to a multiple of four. Incoming,
 * the core writes words alone, and text and bytes are offsets into the message.
 */

export const UNDEFINED = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
export const INT32 = 4;
export const INT64 = 5;
export const BIGINT = 6;
export const FLOAT64 = 7;
export const STRING = 8;
export const SYMBOL = 9;
export const BYTES = 10;
export const LIST = 11;
export const STRUCT = 12;
export const TAGGED = 13;
export const ERROR = 14;
export const REF = 15;
export const STURDYREF = 16;
/** Incoming only. */
export const HANDOFF = 17;

/** What an incoming {@link REF} refers to: its second word. */
export const LOCAL = 0;
export const REMOTE_OBJECT = 1;
export const REMOTE_PROMISE = 2;
export const BROKEN = 3;
export const LOCAL_DESCRIBED = 4;
export const GIFT = 5;
