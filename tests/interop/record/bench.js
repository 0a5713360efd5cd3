// @ts-check

/**
 * What the scripts of `tests/interop/scripts/` call at the peer: any peer that is recorded offers such an object, under the
 * swissnum `bench`. It is made with the peer's own packages.
 *
 * @param {{ E: any, Far: (name: string, methods: any) => any }} tools
 */
export const makeBenchWith = ({ E, Far }) => {
  /** @type {any} */
  let kept;

  const makeCounter = () => {
    let count = 0n;
    return Far('counter', {
      add: (/** @type {bigint} */ by) => {
        count += by;
        return count;
      },
    });
  };

  const makePromise = () => {
    /** @type {any} */
    let kit;
    const promise = new Promise((resolve, reject) => {
      kit = { resolve, reject };
    });
    const resolver = Far('resolver', {
      resolve: (/** @type {unknown} */ value) => void kit.resolve(value),
      reject: (/** @type {unknown} */ reason) => void kit.reject(reason),
    });
    return { promise, resolver };
  };

  const bench = Far('bench', {
    echo: (/** @type {unknown[]} */ ...values) => values,
    fail: (/** @type {string} */ message) => {
      throw Error(message);
    },
    itself: () => bench,
    makeCounter,
    makePromise,
    callBack: (/** @type {any} */ target, /** @type {string} */ method, /** @type {unknown[]} */ ...args) =>
      E(target)[method](...args),
    keep: (/** @type {unknown} */ value) => {
      kept = value;
    },
    kept: () => kept,
    callKept: (/** @type {string} */ method, /** @type {unknown[]} */ ...args) => E(kept)[method](...args),
  });
  return bench;
};
