// @ts-check
// The book: entries in the order in which they were signed, then the drafts of this tab that are not in it yet. What stands
// there stays where it is: room for a stamp is kept, and an entry that is taken back leaves its place.

import { byId, h, setText } from './dom.js';
import { DESIGNS, makeStamp } from './stamp.js';

/**
 * @import { Draft } from '../desk.js'
 * @import { ShownEntry } from '../entries.js'
 */

/** Distance from the end, in px, at which a reader still counts as being there. */
const NEAR = 80;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const calendar = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' });

/** @param {number} at */
const timeText = at => (new Date(at).toDateString() === new Date().toDateString() ? clock : calendar).format(at);

/** @param {string} design */
const nameOf = design => DESIGNS.find(([id]) => id === design)?.[1] ?? design;

/**
 * @param {object} actions
 * @param {(entry: ShownEntry, isOn: boolean) => void} actions.thank
 * @param {(mark: string) => void} actions.erase
 * @param {(mark: string) => void} actions.discard
 * @param {(mark: string) => boolean} actions.isMine
 * @param {(number: number) => boolean} actions.isThanked
 */
export const makeBookView = actions => {
  const scroller = byId('book');
  const list = byId('entries');
  const empty = byId('empty');
  /** By number. @type {Map<number, { element: HTMLElement, update: (entry: ShownEntry) => void }>} */
  const shown = new Map();
  /** The marks of the same. @type {Set<string>} */
  const marks = new Set();
  /** By mark. @type {Map<string, HTMLElement>} */
  const pending = new Map();

  const isNearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
  const goToEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
  };
  /** Where the reader went last: who is at the end stays there when the window changes. */
  let wasAtEnd = true;
  scroller.addEventListener('scroll', () => {
    wasAtEnd = isNearEnd();
  });
  new ResizeObserver(() => {
    if (wasAtEnd) goToEnd();
  }).observe(scroller);

  /** @param {ShownEntry} first */
  const makeItem = first => {
    let entry = first;
    const thanks = h('span', { class: 'count' });
    const thank = h('button', { type: 'button', class: 'quiet thank', onclick: () => actions.thank(entry, !actions.isThanked(entry.number)) }, h('span', { class: 'heart', 'aria-hidden': 'true' }, '♥'), ' Thanks ', thanks);
    const tools = h('div', { class: 'tools' }, thank);
    const corner = h('div', { class: 'corner' });
    const words = h('p', { class: 'words' }, entry.text);
    const element = h(
      'li',
      { 'data-mark': entry.mark, 'data-number': entry.number },
      h(
        'article',
        { class: 'entry', 'aria-label': `${entry.name}, ${timeText(entry.at)}` },
        h('div', { class: 'body' }, words, h('p', { class: 'signed' }, h('span', { class: 'name' }, entry.name), h('time', { datetime: new Date(entry.at).toISOString() }, timeText(entry.at))), tools),
        corner,
      ),
    );

    /** @param {ShownEntry} next */
    const update = next => {
      entry = next;
      if (entry.isErased) {
        if (element.classList.contains('erased')) return;
        element.style.minBlockSize = `${element.offsetHeight}px`;
        element.classList.add('erased');
        element.replaceChildren(h('p', { class: 'muted' }, 'This entry was taken back.'));
        return;
      }
      setText(thanks, entry.thanks > 0 ? String(entry.thanks) : '');
      thank.setAttribute('aria-pressed', String(actions.isThanked(entry.number)));
      thank.setAttribute('aria-label', `Thanks to ${entry.name}${entry.thanks > 0 ? `, ${entry.thanks} so far` : ''}`);
      if (entry.stamp !== null && corner.childElementCount === 0) {
        corner.append(makeStamp(entry.stamp.design, { postmark: 'guestbook' }), h('span', { class: 'unseen' }, `Stamp: ${nameOf(entry.stamp.design)}, number ${entry.stamp.serial}`));
        corner.title = `${nameOf(entry.stamp.design)}, stamp no. ${entry.stamp.serial} of the shop`;
      }
      if (actions.isMine(entry.mark) && tools.childElementCount === 1) {
        tools.append(h('button', { type: 'button', class: 'quiet', 'aria-label': `Take back: ${entry.text.slice(0, 40)}`, onclick: () => actions.erase(entry.mark) }, 'Take back'));
      }
    };
    update(entry);
    return { element, update };
  };

  /** @param {Draft} draft */
  const makePending = ({ mark, name, text, design, refusal }) => {
    const corner = h('div', { class: 'corner' }, design !== '' && h('div', { class: 'awaited', 'aria-hidden': 'true' }));
    const state = refusal === '' ? 'On its way…' : `Not taken: ${refusal}`;
    const discard = refusal !== '' && h('button', { type: 'button', class: 'quiet', onclick: () => actions.discard(mark) }, 'Discard');
    return h(
      'li',
      { 'data-draft': mark },
      h('article', { class: 'entry pending', 'aria-label': `${name}, ${state}` },
        h('div', { class: 'body' }, h('p', { class: 'words' }, text), h('p', { class: 'signed' }, h('span', { class: 'name' }, name), h('span', { class: 'muted' }, state)), h('div', { class: 'tools' }, discard)),
        corner,
      ),
    );
  };

  /**
   * @param {Iterable<ShownEntry>} entries
   * @param {Draft[]} drafts
   */
  const draw = (entries, drafts) => {
    const isAtEnd = isNearEnd();
    const count = shown.size + pending.size;
    for (const entry of [...entries].sort((one, other) => one.number - other.number)) {
      const item = shown.get(entry.number);
      if (item !== undefined) item.update(entry);
      else if (!entry.isErased) {
        const made = makeItem(entry);
        shown.set(entry.number, made);
        marks.add(entry.mark);
        const draft = pending.get(entry.mark);
        pending.delete(entry.mark);
        const before = draft ?? [...pending.values()].at(0) ?? null;
        list.insertBefore(made.element, before);
        draft?.remove();
      }
    }
    for (const [mark, element] of pending) {
      const draft = drafts.find(one => one.mark === mark);
      if (draft === undefined || draft.refusal !== '') {
        element.remove();
        pending.delete(mark);
      }
    }
    for (const draft of drafts) {
      if (!marks.has(draft.mark) && !pending.has(draft.mark)) {
        const element = makePending(draft);
        pending.set(draft.mark, element);
        list.append(element);
      }
    }
    empty.hidden = shown.size + pending.size > 0;
    if (isAtEnd && shown.size + pending.size > count) goToEnd();
  };

  return { draw };
};
