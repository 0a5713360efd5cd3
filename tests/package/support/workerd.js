// @ts-check

/** workerd, the runtime of Cloudflare's workers, with programs that esbuild bundled for it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The first day whose compatibility brings `FinalizationRegistry`, as docs/packaging.md says. */
const DATE = '2025-05-05';

/**
 * @param {string[]} names of programs, each of which becomes a service with a socket
 * @param {string} keeping the one that has a Durable Object
 */
const configOf = (names, keeping) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${names.map(name => `(name = "${name}", worker = (
      modules = [
        (name = "${name}.js", esModule = embed "${name}.js"),
        (name = "core.wasm", wasm = embed "core.wasm"),
      ],
      compatibilityDate = "${DATE}",
      ${name === keeping ? `
      durableObjectNamespaces = [(className = "Keeper", uniqueKey = "keeper")],
      durableObjectStorage = (inMemory = void),
      bindings = [(name = "KEEPER", durableObjectNamespace = "Keeper")],` : ''}
      globalOutbound = "local",
    )),`).join('\n    ')}
    (name = "local", network = (allow = ["local"])),
  ],
  sockets = [${names.map(name => `(name = "${name}", address = "127.0.0.1:0", service = "${name}")`).join(', ')}],
);
`;

/**
 * The core goes along as a file, which is a module there: what wrangler does, too.
 *
 * @param {string} folder of the programs
 * @param {string[]} names
 * @param {string} outdir
 */
const bundle = (folder, names, outdir) =>
  build({
    entryPoints: names.map(name => join(folder, `${name}.mjs`)),
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd'],
    loader: { '.wasm': 'copy' },
    assetNames: 'core',
    logLevel: 'error',
  });

/**
 * @param {object} options
 * @param {string} options.binary
 * @param {string} options.folder of the programs
 * @param {string[]} options.names of the programs
 * @param {string} options.keeping the one of them that has a Durable Object
 * @param {string} options.out a folder
 */
export const startWorkerd = async ({ binary, folder, names, keeping, out }) => {
  await bundle(folder, names, out);
  const config = join(out, 'config.capnp');
  writeFileSync(config, configOf(names, keeping));
  const child = spawn(binary, ['serve', '--control-fd=3', config], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const exited = once(child, 'exit');
  /** @type {Map<string, number>} */
  const ports = new Map();
  let told = '';
  // It ends with the process, whatever ended that.
  for await (const data of /** @type {import('node:stream').Readable} */ (child.stdio[3])) {
    told += data;
    const lines = told.split('\n');
    told = String(lines.pop());
    for (const line of lines) {
      const { event, socket, port } = JSON.parse(line);
      if (event === 'listen') ports.set(socket, port);
    }
    if (ports.size === names.length) break;
  }
  if (ports.size < names.length) throw Error(`workerd ended: ${await exited}`);
  return {
    /** @param {string} name @param {string} path @param {string} body @returns {Promise<string>} */
    ask: async (name, path, body) => (await fetch(`http://127.0.0.1:${ports.get(name)}${path}`, { method: 'POST', body })).text(),
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};
