// @ts-check
// What is known of the session with one of the servers, and ways to trouble it.

import { byId, setText } from './dom.js';
import { makeSlotsView } from './slots.js';

/** @typedef {import('../peer.js').PeerName} PeerName */

/** @type {Record<PeerName, string>} */
export const TITLES = { guestbook: 'Guestbook', shop: 'Stamp shop' };

/** @type {Record<string, string>} */
const STATES = { active: 'active', suspended: 'suspended', refused: 'refused', severed: 'severed' };

/**
 * @param {object} options
 * @param {() => import('../peer.js').Peer | undefined} options.getPeer
 * @param {() => import('../stage-link.js').StageLink | undefined} options.getStage
 * @param {() => number} options.commits of this tab
 * @param {() => void} options.changed
 * @param {(what: 'tab' | 'all') => void} options.wipe
 */
export const makePanel = ({ getPeer, getStage, commits, changed, wipe }) => {
  /** @type {PeerName} */
  let chosen = 'guestbook';
  const slots = makeSlotsView(byId('slots'));
  const buttons = { cut: byId('cut'), kill: byId('kill') };
  /** @type {HTMLDialogElement} */
  const dialog = byId('wipe-dialog');

  byId('peers').addEventListener('change', event => {
    chosen = /** @type {any} */ (event.target).value;
    changed();
  });
  buttons.cut.addEventListener('click', () => {
    if (buttons.cut.ariaDisabled !== 'true') getPeer()?.cut(chosen);
  });
  buttons.kill.addEventListener('click', () => {
    if (buttons.kill.ariaDisabled !== 'true') getStage()?.kill(chosen);
  });
  byId('wipe').addEventListener('click', () => dialog.showModal());
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'tab' || dialog.returnValue === 'all') wipe(dialog.returnValue);
    dialog.returnValue = '';
  });

  const draw = () => {
    const peer = getPeer();
    const stage = getStage();
    const sessions = { guestbook: peer?.look('guestbook'), shop: peer?.look('shop') };
    stage?.watch(Object.values(sessions).flatMap(session => (session ? [session.id] : [])));
    const here = sessions[chosen];
    const view = here && stage?.view(here.id);
    const actor = stage?.actor(chosen);

    setText(byId('fact-state'), here ? (STATES[here.status] ?? here.status) : 'none yet');
    byId('fact-state').dataset.state = here?.status ?? 'none';
    setText(byId('fact-resumes'), here ? `${here.resumes} ×` : '–');
    setText(byId('fact-id'), here?.id ?? '–');
    byId('fact-id').title = here?.id ?? '';
    setText(byId('fact-server'), actor === undefined ? '–' : actor.pid === undefined ? 'gone' : `process ${actor.pid}`);
    setText(byId('fact-commits'), `tab ${commits()} · server ${view?.commits ?? '–'}`);
    slots.draw(TITLES[chosen], here, view);
    // Not `disabled`: who has just pressed one by keyboard stays there.
    buttons.cut.ariaDisabled = String(here?.status !== 'active');
    buttons.kill.ariaDisabled = String(actor?.pid === undefined);
  };

  return { draw };
};
