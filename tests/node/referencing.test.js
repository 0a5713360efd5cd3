// @ts-check

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeClient } from '../../js/index.js';
import { makeTestObjects } from '../../examples/test-suite-server/objects.mjs';
import { Far } from '@endo/pass-style';
import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';
import { answered, deliver, exported, imported, startRaw } from './support/raw-session.js';
import { bool, float, int, list, record, str, struct, sym, SyrupRecord } from './support/syrup.js';

/**
 * op:get, op:index and op:untag of a peer, byte for byte in each dialect: what the branch add-referencing-tests of the OCapN
 * test suite asks for, and what it leaves out. Answers begin at position 0, as the suite's do.
 *
 * @import { ClientOptions } from '../../js/options.js'
 * @import { RawSession } from './support/raw-session.js'
 * @import { Encoded } from './support/syrup.js'
 */

const ECHO = 'IO58l1laTyhcrgDKbEzFOO32MDd6zE5w';
const PROMISES = 'IokCxYmMj04nos2JN1TDoY1bT8dXh6Lr';

/** What a peer writes that speaks a dialect. */
const writers = /** @param {string} dialect */ dialect => ({
  /**
   * @param {Encoded} to
   * @param {Encoded[]} args
   */
  only: (to, ...args) => (dialect === '2026-01' ? record('op:deliver-only', to, list(...args)) : deliver(to, args)),
  /**
   * @param {Encoded} to
   * @param {number} resolver
   */
  listen: (to, resolver) =>
    record('op:listen', to, imported(resolver), ...(dialect === '2026-03' ? [] : [bool(false)])),
});

/**
 * A server of the suite's objects, and a peer that speaks as the suite does.
 *
 * @param {NonNullable<ClientOptions['dialect']>} dialect
 */
const makeScene = async dialect => {
  const client = makeClient({ dialect, times: { gather: 60_000 } });
  for (const [swissnum, object] of makeTestObjects({ enliven: client.enlivenSturdyRef })) {
    client.registerSturdyRef(swissnum, object);
  }
  const odd = {
    get secret() {
      throw Error('a peer ran it');
    },
  };
  client.registerSturdyRef('odd', Far('Odd', () => odd));
  const { location } = await client.registerNetlayer((handlers, logger) =>
    makeTcpNetLayer({ handlers, logger, framing: 'none' }),
  );
  const session = await startRaw(location, { framing: 'none' });
  const { line } = session;
  const { only, listen } = writers(dialect);
  let answers = 0;

  /** @param {number} resolver */
  const heard = async resolver => {
    for (;;) {
      const { label, fields, bytes } = await line.next(`an answer at ${resolver}`);
      assert.match(label, /^op:deliver/, `there came an ${label}`);
      if (fields[0].label === 'desc:export' && Number(fields[0].fields[0]) === resolver) return { bytes, args: fields[1] };
    }
  };

  /**
   * @param {Encoded} to
   * @param {Encoded[]} args
   */
  const ask = async (to, ...args) => {
    const resolver = session.take();
    line.send(deliver(to, args, { resolver }));
    const { args: [how, value] } = await heard(resolver);
    assert.equal(how, Symbol.for('fulfill'));
    return value;
  };

  /** @param {string} swissnum */
  const fetch = async swissnum => {
    const value = await ask(exported(0), sym('fetch'), Buffer.from(`${swissnum.length}:${swissnum}`));
    return exported(value.fields[0]);
  };

  return {
    fetch,
    send: (/** @type {Encoded[]} */ ...messages) => line.send(...messages),
    takeAnswer: () => {
      answers += 1;
      return answers - 1;
    },
    /** The answer to a call of the echo object: the list of what it is given. @param {Encoded[]} values */
    echo: async (...values) => {
      const echo = await fetch(ECHO);
      const answer = answers;
      answers += 1;
      line.send(deliver(echo, values, { answer, resolver: session.take() }));
      return answered(answer);
    },
    /** A promise of the server's, and what settles it. */
    promise: async () => {
      const [vow, resolver] = await ask(await fetch(PROMISES));
      const [to, by] = [vow, resolver].map(({ fields }) => exported(fields[0]));
      assert.equal(vow.label, 'desc:import-promise');
      return {
        to,
        fulfill: (/** @type {Encoded} */ value) => line.send(only(by, sym('fulfill'), value)),
        break: (/** @type {Encoded} */ reason) => line.send(only(by, sym('break'), reason)),
      };
    },
    /**
     * @param {Encoded} to what has been picked
     * @returns {number} the resolver
     */
    listen: to => {
      const resolver = session.take();
      line.send(listen(to, resolver));
      return resolver;
    },
    /**
     * @param {number} resolver
     * @param {Encoded} value
     */
    isFulfilled: async (resolver, value) => {
      const { bytes } = await heard(resolver);
      assert.equal(bytes.toString('latin1'), only(exported(resolver), sym('fulfill'), value).toString('latin1'));
    },
    /**
     * @param {number} resolver
     * @param {RegExp | Encoded} reason the message of an error, or a value
     */
    isBroken: async (resolver, reason) => {
      const { bytes, args } = await heard(resolver);
      if (reason instanceof RegExp) {
        assert.deepEqual([args.length, args[0]], [2, Symbol.for('break')]);
        assert.ok(args[1] instanceof SyrupRecord && args[1].label === 'desc:error');
        assert.match(args[1].fields[0], reason);
      } else {
        assert.equal(bytes.toString('latin1'), only(exported(resolver), sym('break'), reason).toString('latin1'));
      }
    },
    close: async () => {
      line.end();
      await client.shutdown();
    },
  };
};

/** @typedef {Awaited<ReturnType<typeof makeScene>>} Scene */

/**
 * @param {Encoded} to
 * @param {number} index
 * @param {number} answer
 */
const opIndex = (to, index, answer) => record('op:index', to, int(index), int(answer));

/**
 * @param {Encoded} to
 * @param {string} field
 * @param {number} answer
 */
const opGet = (to, field, answer) => record('op:get', to, str(field), int(answer));

/**
 * @param {Encoded} to
 * @param {string} tag
 * @param {number} answer
 */
const opUntag = (to, tag, answer) => record('op:untag', to, str(tag), int(answer));

/** @type {Record<string, (scene: Scene) => Promise<void>>} */
const cases = {
  'op:index on an answer': async scene => {
    const to = await scene.echo(sym('foo'), sym('bar'), sym('baz'));
    const answer = scene.takeAnswer();
    scene.send(opIndex(to, 1, answer));
    await scene.isFulfilled(scene.listen(answered(answer)), sym('bar'));
  },

  'op:index on an exported promise, with the first answer of the session': async scene => {
    const promise = await scene.promise();
    const answer = scene.takeAnswer();
    assert.equal(answer, 0);
    scene.send(opIndex(promise.to, 2, answer));
    const resolver = scene.listen(answered(answer));
    promise.fulfill(list(int(100), int(200), int(300), int(400)));
    await scene.isFulfilled(resolver, int(300));
  },

  'op:index on what breaks, before and after': async scene => {
    const promise = await scene.promise();
    const [early, late] = [scene.takeAnswer(), scene.takeAnswer()];
    scene.send(opIndex(promise.to, 2, early));
    const resolver = scene.listen(answered(early));
    promise.break(sym('oh-no'));
    await scene.isBroken(resolver, sym('oh-no'));
    scene.send(opIndex(promise.to, 2, late));
    await scene.isBroken(scene.listen(answered(late)), sym('oh-no'));
  },

  'op:index beyond the end, and on no list': async scene => {
    const items = await scene.echo(sym('not-a-list'));
    const [beyond, item, nothing] = [scene.takeAnswer(), scene.takeAnswer(), scene.takeAnswer()];
    scene.send(opIndex(items, 1, beyond), opIndex(items, 0, item), opIndex(answered(item), 0, nothing));
    await scene.isBroken(scene.listen(answered(beyond)), /Index 1 out of bounds/);
    await scene.isBroken(scene.listen(answered(nothing)), /symbol/);
  },

  'op:get on an item of an answer, and of that again': async scene => {
    const values = await scene.echo(struct(['foo', struct(['bar', float(7.5)])]));
    const [item, foo, bar] = [scene.takeAnswer(), scene.takeAnswer(), scene.takeAnswer()];
    scene.send(opIndex(values, 0, item), opGet(answered(item), 'foo', foo), opGet(answered(foo), 'bar', bar));
    await scene.isFulfilled(scene.listen(answered(bar)), float(7.5));
    await scene.isFulfilled(scene.listen(answered(foo)), struct(['bar', float(7.5)]));
  },

  'op:get on an exported promise that is fulfilled already': async scene => {
    const promise = await scene.promise();
    promise.fulfill(struct(['bar', str('baz')], ['foo', int(72)]));
    const answer = scene.takeAnswer();
    scene.send(opGet(promise.to, 'foo', answer));
    await scene.isFulfilled(scene.listen(answered(answer)), int(72));
  },

  'op:get on a broken promise': async scene => {
    const promise = await scene.promise();
    promise.break(sym('oh-no'));
    const answer = scene.takeAnswer();
    scene.send(opGet(promise.to, 'foo', answer));
    await scene.isBroken(scene.listen(answered(answer)), sym('oh-no'));
  },

  'op:get on no struct, and of fields that are not its own': async scene => {
    const promise = await scene.promise();
    const other = await scene.promise();
    promise.fulfill(sym('not-a-struct'));
    other.fulfill(struct(['foo', int(72)]));
    const fields = ['bar', 'constructor', '__proto__', 'toString'];
    const answer = scene.takeAnswer();
    scene.send(opGet(promise.to, 'foo', answer));
    await scene.isBroken(scene.listen(answered(answer)), /symbol/);
    for (const field of fields) {
      const another = scene.takeAnswer();
      scene.send(opGet(other.to, field, another));
      await scene.isBroken(scene.listen(answered(another)), RegExp(`Field '${field}' not found`));
    }
  },

  'op:untag of a tagged value, by its tag alone': async scene => {
    const values = await scene.echo(record('desc:tagged', sym('decimal'), str('3.14')), str('plain'));
    const [item, plain] = [scene.takeAnswer(), scene.takeAnswer()];
    scene.send(opIndex(values, 0, item), opIndex(values, 1, plain));
    const [right, wrong, none] = [scene.takeAnswer(), scene.takeAnswer(), scene.takeAnswer()];
    scene.send(opUntag(answered(item), 'decimal', right), opUntag(answered(item), 'binary', wrong));
    scene.send(opUntag(answered(plain), 'decimal', none));
    await scene.isFulfilled(scene.listen(answered(right)), str('3.14'));
    await scene.isBroken(scene.listen(answered(wrong)), /Tag mismatch/);
    await scene.isBroken(scene.listen(answered(none)), /string/);
  },

  // The test runner's hooks mark promises, as those of tracing tools do.
  'op:index and op:get beside promises and objects': async scene => {
    const promise = await scene.promise();
    const values = await scene.echo(struct(['foo', int(1)], ['vow', promise.to]), promise.to, imported(1000));
    const [record0, foo, vow, own, self] = Array.from({ length: 5 }, scene.takeAnswer);
    scene.send(opIndex(values, 0, record0), opGet(answered(record0), 'foo', foo), opGet(answered(record0), 'vow', vow));
    scene.send(opIndex(values, 1, own), opIndex(values, 2, self));
    await scene.isFulfilled(scene.listen(answered(foo)), int(1));
    await scene.isFulfilled(scene.listen(answered(self)), exported(1000));
    const [early, late] = [scene.listen(answered(own)), scene.listen(answered(vow))];
    promise.fulfill(list(str('resolved')));
    await scene.isFulfilled(early, list(str('resolved')));
    await scene.isFulfilled(late, list(str('resolved')));
  },

  'op:get of what is no data': async scene => {
    const [result, secret] = [scene.takeAnswer(), scene.takeAnswer()];
    scene.send(deliver(await scene.fetch('odd'), [], { answer: result }), opGet(answered(result), 'secret', secret));
    await scene.isBroken(scene.listen(answered(secret)), /'secret' is no data/);
  },

  'a call of what was picked': async scene => {
    const values = await scene.echo(await scene.fetch(ECHO));
    const [echo, result] = [scene.takeAnswer(), scene.takeAnswer()];
    scene.send(opIndex(values, 0, echo), deliver(answered(echo), [str('again')], { answer: result }));
    await scene.isFulfilled(scene.listen(answered(result)), list(str('again')));
  },
};

for (const dialect of /** @type {const} */ (['2026-01', '2026-02', '2026-03'])) {
  for (const [name, run] of Object.entries(cases)) {
    test(`${dialect}: ${name}`, async () => {
      const scene = await makeScene(dialect);
      try {
        await run(scene);
      } finally {
        await scene.close();
      }
    });
  }
}
