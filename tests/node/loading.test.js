// @ts-check

/** How the entries load, each in a process of its own: what is loaded once is loaded for good. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Two clients that make a call, whatever loaded the core. */
const CALL = `
  const callOf = async ({ makeClient, encodeSwissnum }, options = {}) => {
    const { makeMemoryNetwork } = await import('ocapn-wasm/netlayer/memory');
    const { E } = await import('@endo/eventual-send');
    const { Far } = await import('@endo/pass-style');
    const network = makeMemoryNetwork();
    const [a, b] = ['a', 'b'].map(debugLabel => makeClient({ debugLabel, ...options }));
    b.registerSturdyRef('greeter', Far('greeter', { greet: name => 'hello ' + name }));
    const [, { location }] = await Promise.all(
      [a, b].map(client => client.registerNetlayer(handlers => network.makeNetLayer({ handlers }))),
    );
    const greeter = await a.enlivenSturdyRef(a.makeSturdyRef(location, encodeSwissnum('greeter')));
    const answer = await E(greeter).greet('you');
    await Promise.all([a.shutdown(), b.shutdown()]);
    return answer;
  };
  const codeOf = async act => { try { await act(); return 'none'; } catch (error) { return error.code; } };
  const core = async () => (await import('node:fs')).readFileSync(new URL(import.meta.resolve('ocapn-wasm/core.wasm')));
`;

/**
 * @param {string} program the value of whose last line is given back
 * @param {string[]} [options] of node
 */
const tell = async (program, options = []) => {
  const lines = program.trim().split('\n');
  const last = lines.pop();
  const code = `${CALL}\n${lines.join('\n')}\nconsole.log(JSON.stringify(${last}));`;
  const { stdout } = await run(process.execPath, [...options, '--input-type=module', '--eval', code], { cwd: ROOT });
  return JSON.parse(stdout);
};

test('in Node an import is enough, and init resolves', async () => {
  const told = await tell(`
    const ours = await import('ocapn-wasm');
    const before = await callOf(ours);
    await ours.init();
    [before, await callOf(ours)]
  `);
  assert.deepEqual(told, ['hello you', 'hello you']);
});

test('in Node all entries have one core between them, whichever comes first', async () => {
  const told = await tell(`
    const { exports } = JSON.parse((await import('node:fs')).readFileSync('package.json', 'utf8'));
    const entries = Object.keys(exports).filter(entry => !/wasm$|json$/.test(entry)).reverse();
    const all = await Promise.all(entries.map(entry => import('ocapn-wasm' + entry.slice(1))));
    const classes = name => new Set(all.flatMap(module => module[name] ?? []));
    // No init() of this one: the entry for Node has loaded the core.
    const inline = await import('ocapn-wasm/inline');
    [entries.length > 8, classes('makeClient').size, classes('makeWebSocketDialNetLayer').size, await callOf(inline)]
  `);
  assert.deepEqual(told, [true, 1, 1, 'hello you']);
});

test('require works', async () => {
  const told = await tell(`
    const { createRequire } = await import('node:module');
    const ours = createRequire(process.cwd() + '/x.cjs')('ocapn-wasm');
    await callOf(ours)
  `);
  assert.equal(told, 'hello you');
});

for (const entry of ['ocapn-wasm/inline', './js/index-slim.js']) {
  test(`${entry}: nothing works before init, which may be called again, and at once`, async () => {
    const told = await tell(`
      const ours = await import('${entry}');
      const { makeWebSocketDialNetLayer } = await import('ocapn-wasm/netlayer/ws-dial');
      const early = [
        await codeOf(() => ours.makeClient()),
        await codeOf(() => ours.provideFromBaggage(ours.makeInMemoryBaggage(), 'k', () => 1)),
        await codeOf(() => makeWebSocketDialNetLayer({ handlers: { makeConnection() {}, handleMessageData() {}, handleConnectionClose() {} } })),
      ];
      const module = ${entry.endsWith('slim.js') ? 'core()' : 'undefined'};
      await Promise.all([ours.init({ module }), ours.init({ module }), ours.init()]);
      await ours.init();
      [early, await callOf(ours)]
    `, ['--conditions=browser']);
    assert.deepEqual(told, [['API_MISUSE', 'API_MISUSE', 'API_MISUSE'], 'hello you']);
  });
}

test('a core that cannot be loaded is a typed error, and another attempt may work', async () => {
  const told = await tell(`
    const ours = await import('./js/index-slim.js');
    const failures = [];
    // Node fetches no files.
    failures.push(await codeOf(() => ours.init()));
    failures.push(await codeOf(() => ours.init({ module: new Uint8Array(8) })));
    failures.push(await codeOf(() => ours.init({ module: Promise.reject(Error('not today')) })));
    failures.push(await codeOf(() => ours.makeClient()));
    await ours.init({ module: await WebAssembly.compile(await core()) });
    [failures, await callOf(ours)]
  `);
  assert.deepEqual(told, [['WASM_FAILED', 'WASM_FAILED', 'WASM_FAILED', 'API_MISUSE'], 'hello you']);
});

test('randomness is the host\'s, where it gives some, and comes from one place', async () => {
  const told = await tell(`
    const ours = await import('ocapn-wasm/inline');
    const { webcrypto } = await import('node:crypto');
    let drawn = 0;
    const random = length => {
      drawn += length;
      return webcrypto.getRandomValues(new Uint8Array(length));
    };
    const misuses = [await codeOf(() => ours.init({ random: 1 }))];
    await ours.init({ random });
    await ours.init({ random });
    misuses.push(await codeOf(() => ours.init({ random: length => new Uint8Array(length) })));
    misuses.push(await codeOf(() => ours.init({ module: new Uint8Array(8) })));
    // What the host has is not looked at.
    Object.defineProperty(globalThis, 'crypto', { value: undefined });
    const answer = await callOf(ours);
    const { makeWebSocketDialNetLayer } = await import('ocapn-wasm/netlayer/ws-dial');
    const before = drawn;
    const handlers = { makeConnection: () => {}, handleMessageData: () => {}, handleConnectionClose: () => {} };
    await makeWebSocketDialNetLayer({ handlers, WebSocket: class {} });
    [misuses, answer, before, drawn - before]
  `, ['--conditions=browser']);
  assert.deepEqual(told, [['API_MISUSE', 'API_MISUSE', 'API_MISUSE'], 'hello you', 64, 32]);
});

test('a bundle for Node, without the file beside it, says which entry to use', async () => {
  const { message, code } = await tell(`
    const { mkdtempSync, cpSync, rmSync, symlinkSync } = await import('node:fs');
    const folder = mkdtempSync((await import('node:os')).tmpdir() + '/ocapn-');
    for (const part of ['js', 'pkg', 'package.json']) cpSync(part, folder + '/' + part, { recursive: true });
    symlinkSync(process.cwd() + '/node_modules', folder + '/node_modules');
    rmSync(folder + '/pkg/ocapn_wasm_bg.wasm');
    const ours = await import('file://' + folder + '/js/index.js');
    let failure;
    try { await ours.init(); } catch ({ code, message }) { failure = { code, message }; }
    rmSync(folder, { recursive: true });
    failure
  `);
  assert.equal(code, 'WASM_FAILED');
  assert.match(message, /ocapn-wasm\/inline/);
});

test('every entry of the package is there, with its types', () => {
  const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  const paths = Object.values(exports).flatMap(entry => (typeof entry === 'string' ? [entry] : Object.values(entry)));
  assert.deepEqual(paths.filter(path => !existsSync(ROOT + path)), []);
  const untyped = Object.entries(exports).filter(([, entry]) => typeof entry !== 'string' && Object.keys(entry)[0] !== 'types');
  assert.deepEqual(untyped, []);
});
