// @ts-check
// Reads as much of a message of OCapN (a record of Syrup) as it takes to say what it is. It shows, and never judges: what it
// cannot read it calls '?'.

const decoder = new TextDecoder();

const CLOSING = { '[': ']', '{': '}', '<': '>', '#': '$' };

/** Nesting beyond this is not looked into. */
const DEEPEST = 40;

/**
 * @typedef {{ kind: 'symbol' | 'string' | 'number' | 'list' | 'record' | 'other', text?: string, items?: Item[] }} Item
 */

/** @param {Uint8Array} bytes */
const makeReader = bytes => {
  let at = 0;

  /** @param {number} depth @returns {Item} */
  const read = depth => {
    const mark = String.fromCharCode(bytes[at] ?? 0);
    const closing = CLOSING[/** @type {keyof typeof CLOSING} */ (mark)];
    if (closing !== undefined && depth < DEEPEST) {
      at += 1;
      /** @type {Item[]} */
      const items = [];
      while (String.fromCharCode(bytes[at] ?? 0) !== closing) items.push(read(depth + 1));
      at += 1;
      return { kind: mark === '<' ? 'record' : mark === '[' ? 'list' : 'other', items };
    }
    if (mark === 't' || mark === 'f') {
      at += 1;
      return { kind: 'other' };
    }
    if (mark === 'D' || mark === 'F') {
      at += mark === 'D' ? 9 : 5;
      return { kind: 'number' };
    }
    const start = at;
    while (bytes[at] >= 0x30 && bytes[at] <= 0x39) at += 1;
    const digits = decoder.decode(bytes.subarray(start, at));
    const type = String.fromCharCode(bytes[at] ?? 0);
    if (digits === '' || !'+-:"\''.includes(type)) throw Error('not Syrup');
    at += 1;
    if (type === '+' || type === '-') return { kind: 'number', text: digits };
    const length = Number(digits);
    if (at + length > bytes.length) throw Error('cut off');
    const text = type === ':' ? '' : decoder.decode(bytes.subarray(at, at + length));
    at += length;
    return { kind: type === "'" ? 'symbol' : type === '"' ? 'string' : 'other', text };
  };
  return () => read(0);
};

/**
 * @typedef {object} Peeked
 * @property {string} operation `op:deliver` and the like
 * @property {string} detail the method that is called; what an op:abort says; empty where there is nothing to say
 * @property {boolean} isGift whether a reference to a third party's object is given in it
 */

/** @param {Item} item @returns {boolean} */
const holdsGift = ({ kind, items = [] }) =>
  items.some(one => (kind === 'record' && one.text === 'desc:handoff-give') || holdsGift(one));

/**
 * @param {Uint8Array} bytes one whole message
 * @returns {Peeked}
 */
export const peek = bytes => {
  try {
    const { items = [] } = makeReader(bytes)();
    const operation = items[0]?.text ?? '?';
    const isCall = operation === 'op:deliver' || operation === 'op:deliver-only';
    const said = isCall ? items[2]?.items?.[0] : operation === 'op:abort' ? items[1] : undefined;
    return {
      operation,
      detail: said?.kind === 'symbol' || said?.kind === 'string' ? (said.text ?? '') : '',
      isGift: items.some(holdsGift),
    };
  } catch {
    return { operation: '?', detail: '', isGift: false };
  }
};
