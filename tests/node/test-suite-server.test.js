// @ts-check

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { encodeSwissnum, makeClient, parseLocator } from '../../js/index.js';
import { makeTcpNetLayer } from '../../js/netlayers/tcp.js';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';
import { until, within } from './support/waiting.js';

const SERVER = fileURLToPath(new URL('../../examples/test-suite-server/server.mjs', import.meta.url));

/** @param {string[]} flags */
const startServer = async (...flags) => {
  const child = spawn(process.execPath, [SERVER, '--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text));
  const locator = await within(Promise.race([line, ended.then(() => '')]), 'the server listens');
  return { child, ended, locator };
};

for (const dialect of /** @type {const} */ (['2026-01', '2026-02', '2026-03'])) {
  test(`${dialect}: the server has what the test suite calls`, async () => {
    const { child, ended, locator } = await startServer('--dialect', dialect, '--designator', 'suite');
    const client = makeClient({ dialect, debugMode: true });
    try {
      const { location } = await client.registerNetlayer((handlers, logger) =>
        makeTcpNetLayer({ handlers, logger, framing: 'none' }),
      );
      const server = parseLocator(locator);
      assert.equal(server.designator, 'suite');
      const { getBootstrap } = await client.provideSession(server);
      /** @param {string} swissnum */
      const fetch = swissnum => E(getBootstrap()).fetch(encodeSwissnum(swissnum));

      const factory = E(fetch('JadQ0++RzsD4M+40uLxTWVaVqM10DcBJ'))();
      const order = [Symbol.for('red'), Symbol.for('zoomracer')];
      assert.equal(await E(E(factory)(order))(), 'Vroom! I am a red zoomracer car!');
      await assert.rejects(E(factory)([1n, 2n, 3n]), /two symbols/);

      const ours = Far('ours', () => {});
      const echo = await fetch('IO58l1laTyhcrgDKbEzFOO32MDd6zE5w');
      assert.deepEqual(await E(echo)('foo', 1n, ours), ['foo', 1n, ours]);
      // Nothing of ours is left there: it collects garbage, and says so.
      const slots = () => client._debug.slotsOf(ours);
      await until(() => slots().length === 0, 'what it was given is released');

      const greeting = new Promise(resolve => {
        E.sendOnly(fetch('VMDDd1voKWarCe2GvgLbxbVFysNzRPzx'))(Far('greeted', resolve));
      });
      assert.equal(await within(greeting, 'a greeting'), 'Hello');

      const [promise, resolver] = await E(fetch('IokCxYmMj04nos2JN1TDoY1bT8dXh6Lr'))();
      E.sendOnly(resolver).fulfill('settled');
      assert.equal(await promise, 'settled');
      const [doomed, breaker] = await E(fetch('IokCxYmMj04nos2JN1TDoY1bT8dXh6Lr'))();
      E.sendOnly(breaker).break(Symbol.for('oh-no'));
      await assert.rejects(doomed, reason => reason === Symbol.for('oh-no'));

      client.registerSturdyRef('ours', ours);
      const sturdyRef = client.makeSturdyRef(location, encodeSwissnum('ours'));
      assert.equal(await E(fetch('gi02I1qghIwPiKGKleCQAOhpy3ZtYRpB'))(sturdyRef), ours);
    } finally {
      await client.shutdown();
      child.kill('SIGTERM');
      assert.deepEqual(await within(ended, 'the server ends'), [0, null]);
    }
  });
}
