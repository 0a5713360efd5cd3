// @ts-check
import { RpcSession, RpcTarget } from 'capnweb';

const box = () => {
  /** @type {string[]} */
  const messages = [];
  /** @type {Array<(message: string) => void>} */
  const waiting = [];
  return {
    push: (/** @type {string} */ message) => {
      const next = waiting.shift();
      if (next === undefined) messages.push(message);
      else next(message);
    },
    receive: () => {
      const message = messages.shift();
      return message === undefined ? new Promise(resolve => waiting.push(resolve)) : Promise.resolve(message);
    },
  };
};

class Target extends RpcTarget {
  /** @param {unknown} x */
  echo(x) {
    return x;
  }
}

export const run = () => {
  const [there, back] = [box(), box()];
  const near = new RpcSession({ send: async message => there.push(message), receive: /** @type {any} */ (back.receive) });
  new RpcSession({ send: async message => back.push(message), receive: /** @type {any} */ (there.receive) }, new Target());
  return /** @type {any} */ (near.getRemoteMain()).echo('hello');
};
