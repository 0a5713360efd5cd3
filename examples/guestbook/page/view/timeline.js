// @ts-check
// What passed, oldest first: messages, commits, and what became of sessions.

import { h } from './dom.js';

/** Lines that are kept. */
const MOST = 120;

/** Distance from the end, in px, at which a reader still counts as being there. */
const NEAR = 60;

/** @typedef {'sent' | 'received' | 'commit' | 'session' | 'trouble'} Kind */

/** @type {Record<Kind, [glyph: string, spoken: string]>} */
const MARKS = {
  sent: ['→', 'sent'],
  received: ['←', 'received'],
  commit: ['◆', 'commit'],
  session: ['●', 'session'],
  trouble: ['●', 'trouble'],
};

/** @typedef {{ kind: Kind, at: number, text: string, note: string }} Line */

/** @param {number} at */
const timeOf = at => {
  const time = new Date(at);
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  return `${two(time.getMinutes())}:${two(time.getSeconds())}.${Math.floor(time.getMilliseconds() / 100)}`;
};

/**
 * @param {HTMLElement} list
 * @param {() => void} changed
 */
export const makeTimeline = (list, changed) => {
  /** @type {Line[]} */
  let fresh = [];
  return {
    /** @param {Kind} kind @param {string} text @param {string} [note] */
    add: (kind, text, note = '') => {
      fresh.push({ kind, at: Date.now(), text, note });
      fresh = fresh.slice(-MOST);
      changed();
    },

    draw: () => {
      if (fresh.length === 0) return;
      const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
      list.append(
        ...fresh.map(({ kind, at, text, note }) =>
          h('li', { class: kind }, h('span', { class: 'time' }, timeOf(at)), h('span', { class: 'glyph', 'aria-hidden': 'true' }, MARKS[kind][0]), h('span', { class: 'what', title: text }, h('span', { class: 'unseen' }, `${MARKS[kind][1]} `), text), h('span', { class: 'note' }, note)),
        ),
      );
      fresh = [];
      if (isAtEnd) {
        while (list.childElementCount > MOST) list.firstElementChild?.remove();
        list.scrollTop = list.scrollHeight;
      }
    },
  };
};
