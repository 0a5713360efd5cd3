// @ts-check
// The slot tables of both sides of one session, as they fill and drain. What one side exports the other imports, at the same
// positions; while a message is on its way they differ.

import { h, setText } from './dom.js';

/** @typedef {{ position: number, promise: boolean, count: number, stored?: boolean, isAsleep?: boolean }} Row */

/** Slots that a box has room for, three rows of them; of more the highest are shown. @param {number} highest */
const roomFor = highest => 3 * Math.max(2, 8 - Math.max(2, String(highest).length));

/** How long one that is gone is still seen, in ms. */
const FADE = 700;

/** @param {string} caption */
const makeBox = caption => {
  const number = h('span', { class: 'number' }, '0');
  const more = h('span', { class: 'more' });
  const cells = h('div', { class: 'cells' });
  const element = h('div', { class: 'box' }, h('div', { class: 'caption' }, h('span', {}, caption), number), cells, more);
  /** @type {Map<string, HTMLElement>} */
  const chips = new Map();

  /** @param {Row[] | undefined} rows `undefined` when nobody says */
  const draw = rows => {
    element.classList.toggle('unknown', rows === undefined);
    const all = [...(rows ?? [])].sort((one, other) => one.position - other.position);
    const room = roomFor(all.at(-1)?.position ?? 0);
    const seen = all.slice(-room);
    const keys = new Set(seen.map(({ position, promise }) => `${promise ? 'p' : 'o'}${position}`));
    for (const [key, chip] of chips) {
      if (!keys.has(key)) {
        chips.delete(key);
        chip.classList.add('leaving');
        setTimeout(() => chip.remove(), FADE);
      }
    }
    for (const { position, promise, count, stored, isAsleep = false } of seen) {
      const key = `${promise ? 'p' : 'o'}${position}`;
      let chip = chips.get(key);
      if (chip === undefined) {
        chip = h('span', { class: promise ? 'chip promise' : 'chip' }, String(position));
        chips.set(key, chip);
        cells.append(chip);
      }
      chip.classList.toggle('stored', stored === true);
      chip.classList.toggle('asleep', isAsleep);
      chip.title = isAsleep
        ? `${promise ? 'promise' : 'object'} ${position}: stored, and not named since the start`
        : `${promise ? 'promise' : 'object'} ${position}, sent ${count} ×${stored === true ? ', described: it outlives the process' : ''}`;
    }
    setText(number, rows === undefined ? '–' : String(all.length));
    setText(more, all.length > room ? `and ${all.length - room} lower` : '');
  };
  return { element, draw };
};

/** @param {HTMLElement} place */
export const makeSlotsView = place => {
  const boxes = {
    ownHere: makeBox('exports'),
    ownThere: makeBox('imports'),
    peersHere: makeBox('imports'),
    peersThere: makeBox('exports'),
  };
  const there = h('span', {}, 'Server');
  const flight = h('p', { class: 'flight' });
  const lane = (/** @type {string} */ name, /** @type {Element} */ left, /** @type {Element} */ right) =>
    h('div', { class: `lane ${name}` }, left, h('span', { class: 'link' }), right);
  const picture = h(
    'div',
    { class: 'tables', role: 'img' },
    h('div', { class: 'sides' }, h('span', {}, 'This tab'), h('span', {}), there),
    lane('own', boxes.ownHere.element, boxes.ownThere.element),
    lane('peers', boxes.peersHere.element, boxes.peersThere.element),
  );
  const key = (/** @type {string} */ kind) => h('span', { class: `chip ${kind}`, 'aria-hidden': 'true' }, 'n');
  const legend = h('p', { class: 'legend' }, h('span', {}, key('stored'), 'outlives its process'), h('span', {}, key('asleep'), 'stored only'));
  place.replaceChildren(picture, flight, legend);

  /**
   * @param {string} server what it is called
   * @param {any} here the session as this tab has it
   * @param {any} view the same as the server has it
   */
  const draw = (server, here, view) => {
    setText(there, server);
    boxes.ownHere.draw(here?.exports ?? []);
    boxes.ownThere.draw(here === undefined ? [] : view?.imports);
    boxes.peersHere.draw(here?.imports ?? []);
    boxes.peersThere.draw(here === undefined ? [] : view?.exports);
    const [asked, answering, waiting] = [here?.questions ?? 0, here?.answers ?? 0, here?.queued ?? 0];
    setText(flight, `Asked ${asked} · answering ${answering} · waiting ${waiting}`);
    const told = `This tab exports ${here?.exports.length ?? 0} and imports ${here?.imports.length ?? 0}. ${server} imports ${view?.imports.length ?? 'an unknown number'} and exports ${view?.exports.length ?? 'an unknown number'}.`;
    if (picture.getAttribute('aria-label') !== told) picture.setAttribute('aria-label', told);
  };
  return { draw };
};
