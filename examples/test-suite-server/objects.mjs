// @ts-check
// The objects that the OCapN test suite calls, as its README describes them.

// First: it brings what @endo/eventual-send needs of its host, where nobody else did.
import 'ocapn-wasm';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

/** Ends the process of nobody when a call fails that nobody waits for. */
const ignore = () => {};

/** @param {unknown} symbol */
const nameOf = symbol => {
  const name = typeof symbol === 'symbol' ? Symbol.keyFor(symbol) : undefined;
  if (name === undefined) {
    throw Error('A car is ordered as a list of two symbols: its colour and its model.');
  }
  return name;
};

/** A builder of factories of cars: `builder()`, `factory([colour, model])`, `car()`. */
const carFactoryBuilder = Far('CarFactoryBuilder', () =>
  Far('CarFactory', (/** @type {unknown[]} */ order) => {
    if (!Array.isArray(order) || order.length !== 2) {
      throw Error('A car is ordered as a list of two symbols: its colour and its model.');
    }
    const [color, model] = order.map(nameOf);
    return Far('Car', () => `Vroom! I am a ${color} ${model} car!`);
  }),
);

/** Gives a promise, and an object whose methods `fulfill` and `break` settle it. */
const promiseResolver = Far('PromiseResolver', () => {
  /** @type {{ resolve: (value: unknown) => void, reject: (reason: unknown) => void }} */
  let kit = { resolve: ignore, reject: ignore };
  const promise = new Promise((resolve, reject) => {
    kit = { resolve, reject };
  });
  const resolver = Far('Resolver', {
    fulfill: (/** @type {unknown} */ value) => kit.resolve(value),
    break: (/** @type {unknown} */ reason) => kit.reject(reason),
  });
  return [promise, resolver];
});

/**
 * @param {object} options
 * @param {(sturdyRef: any) => Promise<unknown>} options.enliven
 * @param {(references: unknown[]) => void} [options.drop] told what a call left behind that nobody uses any more
 * @returns {Map<string, object>} by swissnum
 */
export const makeTestObjects = ({ enliven, drop = ignore }) =>
  new Map(
    Object.entries({
      'JadQ0++RzsD4M+40uLxTWVaVqM10DcBJ': carFactoryBuilder,

      // Gives back what it was given, and keeps nothing.
      'IO58l1laTyhcrgDKbEzFOO32MDd6zE5w': Far('EchoGc', (/** @type {unknown[]} */ ...args) => {
        drop(args);
        return args;
      }),

      // Greets, and does not wait for the answer. It is a call with an answer all the same.
      'VMDDd1voKWarCe2GvgLbxbVFysNzRPzx': Far('Greeter', (/** @type {any} */ target) => {
        E(target)('Hello').catch(ignore).finally(() => drop([target]));
      }),

      'IokCxYmMj04nos2JN1TDoY1bT8dXh6Lr': promiseResolver,

      'gi02I1qghIwPiKGKleCQAOhpy3ZtYRpB': Far('SturdyrefEnlivener', (/** @type {unknown} */ sturdyRef) => enliven(sturdyRef)),
    }),
  );
