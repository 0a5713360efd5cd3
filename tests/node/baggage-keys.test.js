// @ts-check

import '../../js/shims.js';
import '../../js/wasm-node.js';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromComponent, toComponent } from '../../js/baggage/component.js';
import { compareKeys } from '../../js/baggage/entries.js';

test('components are those of the core', () => {
  assert.equal(toComponent('tcp-testing-only'), 'tcp-testing-only');
  assert.equal(toComponent("aZ09-._~!'()*"), 'aZ09-._~%21%27%28%29%2A');
  assert.equal(toComponent('a/b:c%'), 'a%2Fb%3Ac%25');
  assert.equal(toComponent('é'), '%C3%A9');
  assert.equal(toComponent('a'.repeat(64)), 'a'.repeat(64));
  const hashed = 'sha256:635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0';
  assert.equal(toComponent('a'.repeat(65)), hashed);
  assert.match(toComponent('/'.repeat(22)), /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(toComponent(hashed), hashed);
});

test('a name comes back from its component, unless that is a hash', () => {
  for (const name of ['', '%', ' ', 'a/b', '😀', 'sha256:', '\u0000']) {
    assert.equal(fromComponent(toComponent(name)), name);
    assert.notEqual(toComponent(name), '');
  }
  assert.equal(fromComponent(toComponent('x'.repeat(100))), undefined);
  assert.equal(fromComponent('%zz'), undefined);
});

test('keys are compared as their bytes are', () => {
  const keys = ['', 'a', 'aa', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '😀a', '\u{10ffff}'];
  for (const a of keys) {
    for (const b of keys) {
      assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)), JSON.stringify([a, b]));
    }
  }
});
