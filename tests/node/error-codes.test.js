// @ts-check

/** The codes of errors: the type names all that there are, and README says of each what it means. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** @param {string} text @param {RegExp} pattern */
const codesIn = (text, pattern) => [...text.matchAll(pattern)].map(([, code]) => String(code));

const typed = codesIn(read('js/error-codes.js'), /'([A-Z_]+)'/g);

test('the type has every code, of the core and of JavaScript, once', () => {
  const sources = readdirSync(new URL('../../js', import.meta.url), { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.js'));
  const used = [
    ...codesIn(read('codec/src/error.rs'), /= \d+, "([A-Z_]+)",/g),
    ...sources.flatMap(file => codesIn(read(`js/${file}`), /(?:makeError|errorOf)\(\s*'([A-Z_]+)'/g)),
  ];
  assert.ok(used.length > 100);
  assert.deepEqual([...new Set(used)].filter(code => !typed.includes(code)), []);
  assert.equal(new Set(typed).size, typed.length);
});

test('README has every code, and no other', () => {
  const [, section = ''] = read('README.md').split('\n## Errors\n');
  const [table = ''] = section.split('\n## ');
  const listed = codesIn(table, /`([A-Z]+_[A-Z_]+|LOST|EXPIRED)`/g);
  assert.deepEqual(listed.filter(code => !typed.includes(code)), []);
  // What a failed commit of IndexedDB has for a cause is said where that is.
  const causes = ['QUOTA_EXCEEDED', 'STORE_DELETED'];
  assert.deepEqual(typed.filter(code => !listed.includes(code)), causes);
  for (const code of causes) assert.ok(read('README.md').includes(`\`${code}\``), code);
});
