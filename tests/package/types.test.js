// @ts-check

/** The types of the installed package, with every way of finding them that TypeScript has for it, and with the least of libraries. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { fromRoot } from '../../scripts/lib/paths.mjs';
import { TSC } from '../../scripts/lib/types.mjs';
import { useInstalled } from './support/installed.js';

const installed = useInstalled();

/**
 * @param {string} name of a folder in the program's
 * @param {Record<string, string>} sources by file name
 * @param {object} compilerOptions
 * @returns {Promise<string>} what tsc says
 */
const check = (name, sources, compilerOptions) => {
  const folder = join(installed.get().folder, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(sources)) writeFileSync(join(folder, file), text);
  const options = { strict: true, noEmit: true, target: 'es2022', types: [], ...compilerOptions };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts', '*.mts', '*.cts'] }));
  return new Promise(resolve => {
    execFile(process.execPath, [TSC, '--project', folder], (_error, stdout, stderr) => resolve(stdout + stderr));
  });
};

/** Everything, as a user writes it. What is marked must be refused: types that are `any` would let it pass. */
const USE = `
import {
  encodeSwissnum, encryptedBaggage, init, inspectBaggage, makeClient, makeFsDurableBaggage, makeInMemoryBaggage, type Baggage, type Client,
  type AuthenticateSession, type ClientOptions, type CodedError, type Connection, type Dialect, type DurableMap, type ErrorCode,
  type GiftTable, type Limits, type NetLayer, type NetlayerBaggage, type OcapnLocation, type Session, type SessionEvent, type SessionStatus, type SocketOperations,
  type SturdyRef, type SwissnumTable, type Times,
} from 'ocapn-wasm';

export const use = async (location: OcapnLocation): Promise<string> => {
  await init({ random: length => new Uint8Array(length) });
  const baggage: Baggage = makeInMemoryBaggage();
  const options: ClientOptions = { baggage, tryResumeSession: true, onSessionEvent: (event: SessionEvent) => void event.code };
  const client: Client = makeClient(options);
  const netlayer: NetLayer | undefined = undefined as NetLayer | undefined;
  void netlayer?.location.designator;
  const session: Session = await client.provideSession(location);
  const sturdyRef: SturdyRef = client.makeSturdyRef(location, encodeSwissnum('greeter'));
  const remote: unknown = await client.enlivenSturdyRef(sturdyRef);
  void [remote, encryptedBaggage, inspectBaggage, makeFsDurableBaggage];
  // @ts-expect-error
  makeClient({ tryResumeSession: 'yes' });
  // @ts-expect-error
  client.provideSession(7);
  // @ts-expect-error
  const number: number = session.sessionId;
  const [limits, times, dialect]: [Limits, Times, Dialect] = [{ frame: 2 ** 20 }, { queue: 1000 }, 'auto'];
  const tables: [SwissnumTable, GiftTable, NetlayerBaggage] = [new Map(), new Map(), baggage];
  const judge: AuthenticateSession = ({ isResume }) => isResume;
  makeClient({ limits, times, dialect, swissnumTable: tables[0], giftTable: tables[1], authenticateSession: judge });
  const status: SessionStatus = session.status();
  const map = new Map<string, bigint>() as DurableMap<bigint> | Map<string, bigint>;
  const count: bigint | undefined = map.get(status);
  const line = undefined as [SocketOperations, Connection] | undefined;
  line?.[1].end();
  try {
    await client.shutdown();
  } catch (error) {
    const code: ErrorCode = (error as CodedError).code as ErrorCode;
    // @ts-expect-error
    if (code === 'NO_SUCH_CODE') return '';
    return code + count;
  }
  // @ts-expect-error
  makeClient({ dialect: '2027-01' });
  // @ts-expect-error
  makeClient({ limits: { frames: 7 } });
  return session.sessionId;
};
`;

/** @returns {string[]} the specifiers of all entries that are JavaScript */
const entries = () => {
  const { exports } = JSON.parse(readFileSync(join(installed.get().folder, 'node_modules/ocapn-wasm/package.json'), 'utf8'));
  return Object.keys(exports).filter(entry => !/\.(?:json|wasm)$/.test(entry)).map(entry => `ocapn-wasm${entry.slice(1)}`);
};

/** Each entry is something, and not \`any\`. */
const importsOfAll = () =>
  entries().map((entry, index) => `
    import * as entry${index} from '${entry}';
    // @ts-expect-error
    entry${index}.thereIsNoSuchName;
    export const names${index}: object = entry${index};`).join('\n');

/** @param {string} path of a file of the package */
const textOf = path => readFileSync(join(installed.get().folder, 'node_modules/ocapn-wasm', path), 'utf8');

test('types say what they are, and members of records of options their units and defaults', () => {
  const face = textOf('types/face.d.ts');
  const names = [...face.matchAll(/^export type (\w+)/gm)].map(([, name]) => name);
  assert.ok(names.length > 25, names.join());
  assert.deepEqual(names.filter(name => !new RegExp(`\\*/\nexport type ${name}\\b`).test(face)), []);
  for (const [file, says] of /** @type {const} */ ([
    ['face', [/A JavaScript `Map` is one\./, /\* Like a Map, but each `set`, `delete` and `clear` is written to the baggage/]],
    ['options', [/Spans of time, in milliseconds/, /16 MiB by default; a netlayer has its own/, /ms that a call waits for a suspended session; 60,000/]],
    ['baggage/types', [/A JavaScript `Map` is one\./]],
    ['location', [/Where a peer is\./]],
    ['swissnum', [/immutable ArrayBuffer\.\n \*\/\nexport type SwissNum/]],
  ])) {
    const text = textOf(`types/${file}.d.ts`);
    for (const one of says) assert.match(text, one);
    const lines = text.split(/^export declare/m, 1).join().split('\n');
    const silent = lines.filter((line, index) => /^ {4}\w+\??: /.test(line) && !lines[index - 1]?.endsWith('*/'));
    assert.deepEqual(silent, [], file);
  }
});

const NODE = { lib: ['es2022', 'dom'], types: ['node', 'ws'], typeRoots: [fromRoot('node_modules/@types')] };

for (const [name, options, extension] of /** @type {const} */ ([
  ['node16', { module: 'node16', moduleResolution: 'node16' }, 'mts'],
  ['nodenext', { module: 'nodenext', moduleResolution: 'nodenext' }, 'ts'],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler' }, 'ts'],
])) {
  test(`types of every entry, module resolution ${name}`, async () => {
    assert.equal(await check(`types-${name}`, { [`all.${extension}`]: importsOfAll(), [`use.${extension}`]: USE }, { ...options, ...NODE }), '');
  });
}

test('types of the client need neither the DOM, nor Node, nor esnext.disposable', async () => {
  const told = await check('types-bare', { 'use.ts': USE }, { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022'] });
  assert.equal(told, '');
});

test('where esnext.disposable is known, `using` is', async () => {
  const source = `
    import { makeClient } from 'ocapn-wasm';
    export const use = async () => {
      using now = makeClient();
      await using later = makeClient();
      const nothing: void = now[Symbol.dispose]();
      const promise: Promise<void> = later[Symbol.asyncDispose]();
      // @ts-expect-error
      using session = await now.provideSession({ type: 'ocapn-peer', transport: 'x', designator: 'y', hints: false });
      return [nothing, promise, session];
    };
  `;
  const options = { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'esnext.disposable'] };
  assert.equal(await check('types-using', { 'use.ts': source }, options), '');
});
