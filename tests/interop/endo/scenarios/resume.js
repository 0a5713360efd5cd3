// @ts-check

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { scenario, until } from '../peer.js';

/**
 * op:resume-session with a peer that knows it: pull request 3175, as far as one of its processes goes.
 *
 * @import { Peer, Report, Stage } from '../peer.js'
 * @import { StartOptions } from '../party.mjs'
 * @import { Party } from '../parties.js'
 */

/** @type {Partial<StartOptions>} */
const DURABLE = { framing: 'none', resume: true };

/** @param {Party} us @param {string} type @param {number} times */
const saw = (us, type, times = 1) =>
  until(async () => (await us.ask('events')).filter((/** @type {any} */ event) => event.type === type).length >= times, `${type} ${times} times`);

/**
 * A session in which each has something of the other's, and where that is.
 *
 * @param {Party} us
 * @param {Party} them
 */
const begin = async (us, them) => {
  await us.act('keepEcho', { peer: them.location });
  assert.equal(await us.act('giveOurs', { peer: them.location }), 'through the peer');
  const sessionId = await us.ask('sessionId', them.location);
  assert.equal(await them.ask('sessionId', us.location), sessionId);
  return {
    sessionId,
    imported: await us.act('keptSlot', { peer: them.location }),
    exported: (await us.ask('exported', them.location, 'echo')).slot,
  };
};

/**
 * The same session goes on, and everything is where it was.
 *
 * @param {Party} us
 * @param {Party} them
 * @param {Awaited<ReturnType<typeof begin>>} before
 */
const goesOn = async (us, them, before) => {
  assert.equal(await us.ask('sessionId', them.location), before.sessionId);
  assert.equal(await us.act('useKept', { value: 'still' }), 'still');
  assert.equal(await us.act('keptSlot', { peer: them.location }), before.imported);
  assert.equal(await us.act('giveOurs', { peer: them.location }), 'through the peer');
  assert.equal((await us.ask('exported', them.location, 'echo')).slot, before.exported);
  // A reference that they got before is dead to them, whatever we do; one that they fetch is at the same place.
  await them.act('session', { peer: us.location });
  assert.equal((await us.ask('exported', them.location, 'echo')).slot, before.exported);
};

/** They dial until there is a session: at first they may not have noticed the cut. @param {Party} them @param {Party} us */
const theyDial = (them, us) =>
  until(async () => {
    await them.ask('provide', us.location).catch(() => {});
    return (await us.ask('sessionId', them.location)) !== undefined;
  }, 'they have a session');

/**
 * With a directory for our baggage.
 *
 * @param {(directory: string) => Promise<void>} run
 */
const withDirectory = async run => {
  const directory = mkdtempSync(join(tmpdir(), 'ocapn-interop-'));
  try {
    await run(join(directory, 'baggage'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** @param {Peer} peer @param {Report} report */
export const resume = async (peer, report) => {
  /** @param {string} name @param {(stage: Stage) => Promise<void>} play */
  const play = (name, play) => scenario(peer, report, `op:resume-session: ${name}`, play);

  await play('a cut, and we dial', async stage => {
    const [us, them] = [await stage.start('ours', DURABLE), await stage.start('endo', DURABLE)];
    const before = await begin(us, them);
    for (const times of [1, 2, 3]) {
      await us.ask('cut', them.location);
      await saw(us, 'resumed', times);
      await goesOn(us, them, before);
    }
    assert.deepEqual(new Set(await us.ask('seen')), new Set(['out', 'in']));
  });

  await play('a cut, and they dial', async stage => {
    const [us, them] = [await stage.start('ours', { ...DURABLE, reconnect: 'on-demand' }), await stage.start('endo', DURABLE)];
    const before = await begin(us, them);
    for (const times of [1, 2, 3]) {
      await them.ask('cut', us.location);
      await saw(us, 'suspended', times);
      await theyDial(them, us);
      await saw(us, 'resumed', times);
      await goesOn(us, them, before);
    }
    assert.equal((await us.ask('seen'))[0], 'in');
  });

  for (const [who, reconnect] of /** @type {const} */ ([
    ['we dial', 'auto'],
    ['they dial', 'on-demand'],
  ])) {
    await play(`we are killed and started again, and ${who}`, stage =>
      withDirectory(async baggage => {
        const options = { ...DURABLE, baggage, reconnect, designator: 'us' };
        const them = await stage.start('endo', DURABLE);
        let us = await stage.start('ours', options);
        const before = await begin(us, them);
        for (let round = 0; round < 2; round += 1) {
          const port = Number(us.location.hints.port);
          await us.kill();
          us = await stage.start('ours', { ...options, port });
          if (who === 'we dial') {
            assert.equal(await us.ask('provide', them.location), before.sessionId);
          } else {
            await theyDial(them, us);
          }
          await saw(us, 'resumed');
          // What names a reference in a process ends with it: it is fetched again, and is where it was.
          await us.act('keepEcho', { peer: them.location });
          await goesOn(us, them, before);
        }
      }),
    );
  }

  await play('their reply gets lost, and the count is in step after', async stage => {
    const [us, them] = [await stage.start('ours', DURABLE), await stage.start('endo', DURABLE)];
    const before = await begin(us, them);
    for (const times of [1, 2]) {
      await us.ask('lose', 'in');
      await us.ask('cut', them.location);
      await saw(us, 'resumed', times);
      await goesOn(us, them, before);
      const dials = (await us.ask('seen')).filter((/** @type {string} */ way) => way === 'out').length;
      assert.ok(dials >= 2 * times, `${dials} dials after ${times} lost replies`);
    }
    await us.ask('cut', them.location);
    await saw(us, 'resumed', 3);
    await goesOn(us, them, before);
  });

  await play('our reply gets lost, and the count is in step after', async stage => {
    const [us, them] = [await stage.start('ours', { ...DURABLE, reconnect: 'on-demand' }), await stage.start('endo', DURABLE)];
    const before = await begin(us, them);
    for (const times of [1, 2]) {
      await us.ask('lose', 'out');
      await them.ask('cut', us.location);
      await saw(us, 'suspended', times);
      // Our side goes on with the answer, and is cut at once when that gets lost.
      await until(async () => {
        await them.ask('provide', us.location).catch(() => {});
        const answers = (await us.ask('seen')).filter((/** @type {string} */ way) => way === 'out').length;
        return answers === 2 * times && (await us.ask('sessionId', them.location)) === before.sessionId;
      }, 'an answer arrives');
      await goesOn(us, them, before);
    }
  });

  await play('a peer that lost its state refuses, and a fresh session begins', async stage => {
    const us = await stage.start('ours', DURABLE);
    const options = { ...DURABLE, designator: 'them' };
    const old = await stage.start('endo', options);
    const before = await begin(us, old);
    const { location } = old;
    await old.kill();
    await saw(us, 'suspended');
    await stage.start('endo', { ...options, port: Number(location.hints.port) });
    await saw(us, 'refused');
    await us.act('session', { peer: location });
    assert.notEqual(await us.ask('sessionId', location), before.sessionId);
    await assert.rejects(us.act('useKept', {}), { code: 'SESSION_REFUSED' });
  });
};

/**
 * The offer to a peer that has never heard of it.
 *
 * @param {Peer} peer
 * @param {Report} report
 */
export const declined = (peer, report) =>
  scenario(peer, report, 'op:resume-session: is declined, and a fresh session begins', async stage => {
    const [us, them] = [await stage.start('ours', { resume: true }), await stage.start('endo')];
    await us.act('keepEcho', { peer: them.location });
    const before = await us.ask('sessionId', them.location);
    await us.ask('cut', them.location);
    await saw(us, 'refused');
    await us.act('session', { peer: them.location });
    const after = await us.ask('sessionId', them.location);
    assert.notEqual(after, before);
    assert.deepEqual(await us.ask('seen'), ['out']);
    await assert.rejects(us.act('useKept', {}), { code: 'SESSION_REFUSED' });
    // It is not offered again.
    await us.ask('cut', them.location);
    await saw(us, 'severed');
    await us.act('session', { peer: them.location });
    assert.deepEqual(await us.ask('seen'), ['out']);
  });
