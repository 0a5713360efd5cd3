// @ts-check

/** The page of README.md, as it stands there. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { fromRoot } from '../../scripts/lib/paths.mjs';
import { openPage, openProfile, startServer, useBrowser } from './support/harness.js';

const { files } = useBrowser();

test('the page of the README counts on after it is loaded again', async t => {
  const { peer } = await startServer(t);
  const readme = readFileSync(fromRoot('README.md'), 'utf8');
  const [, code] = /`page\.mjs`[^]*?```js\n([^]*?)```/.exec(readme) ?? [];
  files().extra.set('/test/page.mjs', String(code));
  files().extra.set('/test/alice.json', JSON.stringify(peer.location));
  const page = await openPage(t, await openProfile(t));
  for (const count of ['1', '2']) {
    await page.addScriptTag({ type: 'module', url: 'page.mjs' });
    await page.waitForFunction(() => document.body.textContent !== '');
    assert.equal(await page.textContent('body'), count);
    await page.reload();
  }
  assert.equal(peer.events.all.filter(({ type }) => type === 'fresh').length, 1);
});
