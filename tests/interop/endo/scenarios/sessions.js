// @ts-check

import assert from 'node:assert/strict';

import { scenario, scenarios, until } from '../peer.js';

/**
 * Two parties, one session: everything that can be said in it, in both directions.
 *
 * @import { Peer, Report, Stage } from '../peer.js'
 * @import { StartOptions } from '../party.mjs'
 * @import { Kind, Party } from '../parties.js'
 */

/** In words, what is asked of the other side. @type {Array<[string, string]>} */
const ACTIONS = [
  ['start-session, fetch and call', 'session'],
  ['values', 'values'],
  ['errors', 'errors'],
  ['pipelining', 'pipelines'],
  ['promises', 'promises'],
  ['an answer goes back before it is there', 'pendingAnswer'],
  ['a result that cannot be passed', 'unpassableResult'],
  ['op:get and op:index', 'picks'],
  ['op:untag', 'untag'],
  ['sturdyrefs', 'sturdyRefs'],
  ['calls without an answer', 'sendOnly'],
];

/** Objects that are fetched and let go. */
const MANY = 60;

/** What `@endo/ocapn` cannot answer, whoever asks. @type {Record<string, string>} */
const CANNOT_ANSWER = {
  pendingAnswer: '@endo/ocapn sends a call of an answer of its own that is pending to the wire, where it cannot be written',
  unpassableResult: '@endo/ocapn leaves who asked waiting for a result that it cannot write',
};

/** What costs `@endo/ocapn` the session that it dialled over a netlayer which proves the dialled side. @type {Record<string, string>} */
const LOSES = {
  sturdyRefs: 'to enliven what is theirs we dial them; @endo/ocapn refuses a second session, so the one that it dialled is closed',
};

/** @param {Party} one @param {Party} other */
const collecting = async (one, other) => {
  await Promise.all([one.ask('collecting'), other.ask('collecting')]);
};

/**
 * Counts on both sides, and that they come to nothing.
 *
 * @param {Party} importer
 * @param {Party} exporter
 */
const releases = async (importer, exporter) => {
  const { location } = exporter;
  const imported = await importer.act('countImports', { peer: location });
  const exported = await exporter.ask('exported', importer.location, 'echo');
  assert.equal(exported.slot.replace('+', '-'), imported.slot);
  assert.equal(exported.count, imported.count);
  await collecting(importer, exporter);
  await importer.act('exportsAreReleased', { peer: location });
  await importer.act('importMany', { peer: location, count: MANY });
  await until(async () => {
    await importer.act('stir', { peer: location });
    // What is still on the stack of an engine that runs so much may stay: theirs holds a few, or half of them.
    const left = await exporter.act('madeExports', { peer: importer.location });
    return left <= (importer.kind === 'endo' ? MANY - 5 : MANY / 10);
  }, 'the exporter is told of what is not used');
  await importer.act('session', { peer: location });
};

/**
 * @param {Peer} peer
 * @param {Report} report
 * @param {object} how
 * @param {string} how.label
 * @param {Partial<StartOptions>} how.options
 * @param {Kind} [how.us]
 * @param {boolean} [how.callsAlone]
 */
export const sessions = async (peer, report, { label, options, us = 'ours', callsAlone = false }) => {
  const pairs = /** @type {Array<[string, (stage: Stage) => Promise<[Party, Party]>]>} */ ([
    ['we dial', async stage => [await stage.start(us, options), await stage.start('endo', options)]],
    ['they dial', async stage => [await stage.start('endo', options), await stage.start(us, options)]],
  ]);
  for (const [direction, cast] of pairs) {
    /** @param {string} name @param {(dialler: Party, other: Party) => Promise<void>} play */
    const play = (name, play) => scenario(peer, report, `${label}, ${direction}: ${name}`, async stage => play(...(await cast(stage))));
    const both = /** @type {const} */ ([
      ['the dialler asks', 0],
      ['the dialled side asks', 1],
    ]);
    for (const [asker, index] of both) {
      const named = `${label}, ${direction}, ${asker}`;
      await scenarios(peer, report, named, async (stage, step) => {
        const pair = await cast(stage);
        const [dialler, other] = pair;
        await dialler.act('session', { peer: other.location });
        for (const [what, action] of ACTIONS) {
          const asksUs = pair[index].kind === 'endo';
          const why = asksUs ? (options.transport === 'websocket' && index === 0 ? LOSES[action] : undefined) : CANNOT_ANSWER[action];
          if (why !== undefined) {
            report.skip(`${peer.name}: ${named}: ${what}`, why);
            continue;
          }
          await step(what, () => pair[index].act(action, { peer: pair[1 - index].location }));
        }
      });
    }
    if (callsAlone) continue;
    await play('counts and releases', async (dialler, other) => {
      await releases(dialler, other);
      await releases(other, dialler);
    });
    await play('an abort ends what is pending', async (dialler, other) => {
      await dialler.act('pendingCall', { peer: other.location });
      await other.ask('cut', dialler.location);
      await dialler.act('pendingRejects', {});
      await until(async () => (await dialler.ask('sessionId', other.location)) === undefined, 'the session ends');
      await dialler.act('session', { peer: other.location });
    });
    if (options.framing === 'none') {
      const why = 'what follows our hello in one chunk leaves @endo/ocapn with a session that has no connection, and refuses others';
      report.skip(`${peer.name}: ${label}, ${direction}: both dial at once`, why);
    } else {
      await play('both dial at once', async (dialler, other) => {
        // Who loses may lose a call with it: @endo/ocapn reads what follows a hello at once as another, and has room for one session.
        await Promise.allSettled([
          dialler.act('session', { peer: other.location }),
          other.act('session', { peer: dialler.location }),
        ]);
        const calls = () => dialler.act('session', { peer: other.location });
        await until(() => calls().then(() => true, () => false), 'there is a session');
        await dialler.act('values', { peer: other.location });
      });
    }
    await play('the other side is killed in the middle', async (dialler, other) => {
      await dialler.act('pendingCall', { peer: other.location });
      await other.kill();
      await dialler.act('pendingRejects', {});
    });
  }
};
