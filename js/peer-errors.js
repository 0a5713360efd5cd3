// @ts-check

import { codeOf, makeError } from './errors.js';

/**
 * Errors cross as their message alone (reference: `desc:error`). Where a code says something of the call's own target, it is
 * said at the head of the message, `LOST: ...`, and a client of ours makes it a `code` again. It is the peer's word, no more.
 */

/** Codes that one of ours may say of what a peer asked for. */
const SPOKEN = new Set([
  'EPHEMERAL_EXPORT',
  'GIFTER_GONE',
  'GIFT_TAKEN',
  'GIFT_TIMEOUT',
  'HANDOFF_REFUSED',
  'HANDOFF_USED',
  'LIMIT_EXCEEDED',
  'LOST',
  'NOT_PASSABLE',
  'NOT_REVIVABLE',
  'STORE_DAMAGED',
]);

const HEAD = /^([A-Z_]+): /;

/**
 * The reason of a broken answer, as it is to be sent.
 *
 * @param {unknown} reason
 * @returns {unknown}
 */
export const spoken = reason => {
  const code = codeOf(reason);
  if (code === undefined || !SPOKEN.has(code) || !(reason instanceof Error)) {
    return reason;
  }
  const { message } = reason;
  return message.startsWith(`${code}: `) ? reason : makeError(code, `${code}: ${message}`);
};

/**
 * The reason of a broken answer, as it is to be told to the application.
 *
 * @param {unknown} reason
 * @returns {unknown}
 */
export const heard = reason => {
  try {
    if (!(reason instanceof Error)) {
      return reason;
    }
    const [, code] = HEAD.exec(reason.message) ?? [];
    return code !== undefined && SPOKEN.has(code) ? makeError(code, reason.message) : reason;
  } catch {
    // A proxy of ours, which the peer sent back.
    return reason;
  }
};
