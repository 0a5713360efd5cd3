// @ts-check
// Where one signs.

import { byId, h } from './dom.js';
import { DESIGNS, makeStamp } from './stamp.js';

/** @param {(words: { name: string, text: string, design: string }) => void} sign */
export const makeForm = sign => {
  /** @type {HTMLFormElement} */
  const form = byId('form');
  /** @type {HTMLInputElement} */
  const name = byId('name');
  /** @type {HTMLTextAreaElement} */
  const text = byId('text');

  /** @param {string} id @param {string} title @param {Element} picture */
  const choice = (id, title, picture) =>
    h('label', { title }, h('input', { type: 'radio', name: 'design', value: id, checked: id === '' }), picture, h('span', { class: 'unseen' }, title));
  byId('designs').append(
    choice('', 'No stamp', h('span', { class: 'none', 'aria-hidden': 'true' })),
    ...DESIGNS.map(([id, title]) => choice(id, title, makeStamp(id))),
  );

  let isEnabled = false;
  form.addEventListener('submit', event => {
    event.preventDefault();
    const words = { name: name.value.trim(), text: text.value.trim(), design: String(new FormData(form).get('design') ?? '') };
    if (!isEnabled || words.name === '' || words.text === '') return;
    sign(words);
    text.value = '';
    text.focus();
  });
  text.addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  return {
    /** @param {string} kept */
    setName: kept => {
      if (name.value === '') name.value = kept;
    },
    enable: () => {
      isEnabled = true;
    },
  };
};
