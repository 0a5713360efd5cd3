// @ts-check

/**
 * Calls, and what becomes of them, in the ledger.
 *
 * @typedef {ReturnType<typeof makeCalls>} Calls
 */

/** Ms after which nothing may be open: `times.queue`, and twice what a handshake and a probe may take, and half of it all. */
const PATIENCE = 60_000;

/** From a resume until all that was cut must have failed: one turn would do, were the machine not busy. */
const AFTER_RESUME = 500;

/** What a call that was cut may say. @type {Record<string, 'mayHaveRun' | 'didNotRun'>} */
const CUT = { MAY_HAVE_RUN: 'mayHaveRun', DID_NOT_RUN: 'didNotRun' };

/** What the objects say themselves. */
const ON_PURPOSE = 'on purpose';

/**
 * @param {string} generation what the ids begin with
 * @param {ReturnType<typeof import('./ledger.js').openLedger>} write
 * @param {{ isRepeating?: boolean }} [plant] a bug: a call that may have run is made again
 */
export const makeCalls = (generation, write, { isRepeating = false } = {}) => {
  let next = 0;
  /** How often the session was cut, as far as this side knows. */
  let cuts = 0;
  let isSuspended = false;
  /** @type {Map<string, { since: number, cuts: number, isCall: boolean }>} */
  const open = new Map();

  const newId = () => {
    next += 1;
    return `${generation}.${next}`;
  };

  /** @param {string} id @param {boolean} isCall */
  const opened = (id, isCall) => open.set(id, { since: Date.now(), cuts, isCall });

  const watch = setInterval(() => {
    for (const [id, { since }] of open) {
      if (Date.now() - since > PATIENCE) write('hung', id, `not settled after ${PATIENCE} ms`);
    }
  }, 1000);
  watch.unref();

  /** @param {number} cut */
  const checkCut = cut => {
    for (const [id, call] of open) {
      if (call.isCall && call.cuts < cut) write('hung', id, 'not settled after the resume that followed its cut');
    }
  };

  /** @param {any} error */
  const show = error => `${error?.code} ${error?.message}`;

  /**
   * @param {string} id
   * @param {any} error
   */
  const failed = (id, error) => {
    const fate = CUT[error?.code];
    if (fate !== undefined) write(fate, id);
    else if (String(error?.message).includes(ON_PURPOSE)) write('acknowledged', id);
    else write('wrong', id, show(error));
  };

  /**
   * Makes a call that has an effect.
   *
   * @param {(id: string) => Promise<any>} call
   * @param {unknown} [expected] its answer
   * @returns {Promise<any>} its answer, when it came
   */
  const make = async (call, expected) => {
    const id = newId();
    write('issued', id);
    opened(id, true);
    try {
      let answer;
      try {
        answer = await call(id);
      } catch (error) {
        if (!isRepeating || /** @type {any} */ (error)?.code !== 'MAY_HAVE_RUN') throw error;
        answer = await call(id);
      }
      write('acknowledged', id);
      if (expected !== undefined && answer !== expected) write('wrong', id, `answered ${answer}, not ${expected}`);
      return answer;
    } catch (error) {
      failed(id, error);
      return undefined;
    } finally {
      open.delete(id);
    }
  };

  /**
   * Makes a call without an effect.
   *
   * @param {() => Promise<any>} call
   * @param {unknown} [expected]
   * @param {string[]} [allowed] codes that it may fail with, but those of a cut
   * @returns {Promise<any>}
   */
  const ask = async (call, expected, allowed = []) => {
    const id = newId();
    opened(id, true);
    try {
      const answer = await call();
      if (expected !== undefined && answer !== expected) write('wrong', id, `answered ${answer}, not ${expected}`);
      return answer;
    } catch (error) {
      const { code } = /** @type {any} */ (error);
      if (!(code in CUT) && !allowed.includes(code)) write('wrong', id, show(error));
      return undefined;
    } finally {
      open.delete(id);
    }
  };

  /**
   * Waits for a promise of the peer's: it outlives a cut, but not the peer's process.
   *
   * @param {Promise<any>} promise
   * @param {boolean} isKept
   */
  const follow = async (promise, isKept) => {
    const id = newId();
    write('promised', id);
    opened(id, false);
    try {
      const value = await promise;
      write('settled', id);
      if (!isKept || value !== 'kept') write('wrong', id, `became ${value}`);
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      write('settled', id, code);
      if (code !== 'LOST' && (isKept || !message.includes(ON_PURPOSE))) write('wrong', id, show(error));
    } finally {
      open.delete(id);
    }
  };

  return {
    make,
    ask,
    follow,

    /** @param {{ type: string, sessionId: string, code?: string }} event */
    heard: ({ type, sessionId, code }) => {
      write('session', type, `${sessionId} ${code ?? ''}`);
      // A resume that takes over cuts as well.
      if (type === 'suspended' || (type === 'resumed' && !isSuspended)) cuts += 1;
      isSuspended = type === 'suspended';
      if (type === 'resumed') setTimeout(checkCut, AFTER_RESUME, cuts);
    },

    /** How much waits for the peer. */
    get openCount() {
      return open.size;
    },
  };
};
