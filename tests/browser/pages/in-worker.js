// @ts-check

/** Starts the peer of peer.js in a dedicated worker, and stands for it in the page. */

/** @param {any} options */
export const start = async options => {
  const worker = new Worker('/resolved/tests/browser/pages/worker.js', { type: 'module' });
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: any) => void }>} */
  const asked = new Map();
  let next = 0;
  worker.onmessage = ({ data: { id, value, error } }) => {
    const kit = asked.get(id);
    asked.delete(id);
    if (error === undefined) kit?.resolve(value);
    else kit?.reject(Object.assign(Error(error.message), error));
  };
  worker.onerror = event => asked.forEach(({ reject }) => reject(Error(`the worker failed: ${event.message}`)));

  /** @param {string} op @param {any[]} args */
  const ask = (op, args) =>
    new Promise((resolve, reject) => {
      next += 1;
      asked.set(next, { resolve, reject });
      worker.postMessage({ id: next, op, args });
    });
  // Which the worker may not hear itself.
  addEventListener('online', () => void ask('online', []));
  await ask('start', [options]);
  return new Proxy({}, {
    get: (_target, op) => {
      if (op === 'then') return undefined;
      if (op === 'terminate') return () => worker.terminate();
      return (...args) => ask(String(op), args);
    },
  });
};
