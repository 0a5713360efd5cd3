#!/usr/bin/env node
// @ts-check
// The stage: starts the guestbook's server and the stamp shop as processes of their own, starts them again when they end, and
// kills them when a page asks for it.
//
//   node examples/guestbook/stage.mjs [--port 8642] [--directory build/guestbook]

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { fromRoot } from '../../scripts/lib/paths.mjs';
import { makeActor } from './stage/actor.mjs';
import { openDoor } from './stage/door.mjs';

const { values: options } = parseArgs({
  options: { port: { type: 'string', default: '8642' }, directory: { type: 'string', default: fromRoot('build/guestbook') } },
});
const port = Number(options.port);
const directory = resolve(options.directory);
if (!Number.isInteger(port) || port < 1 || port > 65535) throw Error(`Not a port: ${options.port}`);
mkdirSync(directory, { recursive: true });

/** What each server said last of its insides, by name. @type {Map<string, any>} */
const looks = new Map();

let shopUri = '';

/** @param {string} why */
const giveUp = why => {
  console.error(why);
  process.exit(1);
};

const common = (/** @type {string} */ name) => ({
  name,
  directory: join(directory, name),
  changed: (/** @type {boolean} */ isUp) => {
    if (!isUp) looks.delete(name);
    tellPlay();
  },
  looked: (/** @type {any} */ look) => {
    looks.set(name, look);
    door.show();
  },
  failed: giveUp,
});
const shop = makeActor({ ...common('shop'), program: 'server/shop.mjs', args: () => [] });
const guestbook = makeActor({
  ...common('guestbook'),
  program: 'server/guestbook.mjs',
  args: () => [String(port), shopUri, door.address],
});
const actors = [shop, guestbook];

const describePlay = () => ({ actors: actors.map(actor => actor.state()) });
const tellPlay = () => door.sayAll(describePlay());

const start = async () => {
  ({ uri: shopUri } = await shop.start());
  return guestbook.start();
};

const wipe = async () => {
  await Promise.all(actors.map(actor => actor.wipe()));
  looks.clear();
  await start();
  door.sayAll({ isWiped: true });
};

const door = await openDoor({
  origins: [`http://localhost:${port}`, `http://127.0.0.1:${port}`],
  greet: describePlay,
  find: sessionId => {
    for (const [name, { commits, sessions }] of looks) {
      const found = sessions.find((/** @type {any} */ { id, outgoing }) => id === sessionId && !outgoing);
      if (found !== undefined) return { name, commits, ...found };
    }
    return undefined;
  },
  obey: ({ kill, wipe: isWipe }) => {
    if (kill !== undefined) actors.find(actor => actor.state().name === kill)?.kill();
    if (isWipe) wipe().catch(error => giveUp(String(error)));
  },
});

// However this process ends, its children go with it.
process.on('exit', () => actors.forEach(actor => actor.abandon()));
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, async () => {
    door.close();
    await Promise.all(actors.map(actor => actor.stop()));
    process.exit(0);
  });
}

const { address } = await start();
console.log(`\nThe guestbook is at ${address}\n`);
for (const { name, pid } of actors.map(actor => actor.state())) {
  console.log(`  ${name.padEnd(10)} process ${pid}   kill -9 ${pid}   it comes back, and nothing is lost`);
}
console.log(`\nIts state is in ${directory}. Open the page in several tabs; Ctrl-C ends it.`);
