// @ts-check

/**
 * What a party does at its parent's word, with its own packages: each `(context, params) => result`, and throws when something is
 * not as it should be. Whoever does it may be ours or theirs.
 */

export * from './calls.js';
export * from './handoffs.js';
export * from './releases.js';
export * from './self.js';
