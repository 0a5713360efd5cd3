// @ts-check
// The page: puts its parts together.

// First: it brings what @endo/eventual-send needs of its host, where nobody else did.
import { provideMapStoreFromBaggage } from 'ocapn-wasm';
import { E } from '@endo/eventual-send';
import { Far } from '@endo/pass-style';

import { makeDesk } from './desk.js';
import { makeEntries } from './entries.js';
import { fetchPeers, openPeer } from './peer.js';
import { openStageLink } from './stage-link.js';
import { openTab, randomText, wipeTab } from './tab.js';
import { makeBookView } from './view/book.js';
import { byId, onFrame, setText } from './view/dom.js';
import { makeForm } from './view/form.js';
import { TITLES, makePanel } from './view/panel.js';
import { makeTimeline } from './view/timeline.js';

/** @typedef {import('./peer.js').PeerName} PeerName */

/**
 * What there is once it is open.
 *
 * @type {{
 *   peer?: import('./peer.js').Peer,
 *   stage?: import('./stage-link.js').StageLink,
 *   desk?: import('./desk.js').Desk,
 *   own?: ReturnType<typeof provideMapStoreFromBaggage>,
 *   commits: number,
 *   hasJoined: boolean,
 *   isLost: boolean,
 *   isLeaving: boolean,
 * }} `own`: what this tab keeps for itself; `isLost`: the last session with the guestbook ended, and none has begun since
 */
const my = { commits: 0, hasJoined: false, isLost: false, isLeaving: false };

/** For what nobody waits for. @param {Promise<unknown> | undefined} promise */
const attempt = promise => {
  promise?.catch(error => {
    if (!my.isLeaving) timeline.add('trouble', error.code ?? error.message);
  });
};

/** @param {string} text */
const announce = text => setText(byId('announcer'), text);

/** @type {Record<string, [state: string, text: string]>} */
const STATES = {
  none: ['starting', 'Opening…'],
  lost: ['suspended', 'Reconnecting…'],
  active: ['active', 'Connected'],
  suspended: ['suspended', 'Reconnecting…'],
  refused: ['suspended', 'Beginning anew…'],
};

const drawState = () => {
  const session = my.peer?.look('guestbook');
  const [state, text] = STATES[session?.status ?? (my.isLost ? 'lost' : 'none')] ?? STATES.none;
  byId('state').dataset.state = state;
  setText(byId('state-text'), text);
  const waiting = my.desk?.drafts().filter(({ refusal }) => refusal === '').length ?? 0;
  const isAway = state === 'suspended';
  setText(byId('hint'), isAway ? 'The server is away. What you sign waits here, and goes out by itself.' : waiting > 1 ? `${waiting} entries are on their way.` : '');
};

const draw = onFrame(() => {
  if (my.isLeaving) return;
  timeline.draw();
  panel.draw();
  drawState();
  book.draw(entries.known.values(), my.desk?.drafts() ?? []);
});

const timeline = makeTimeline(byId('timeline'), draw);

const entries = makeEntries(news => {
  const last = news.filter(entry => !entry.isErased && !my.desk?.isMine(entry.mark)).at(-1);
  if (last !== undefined) announce(`${last.name}: ${last.text}`);
  draw();
});

/** What this tab says thanks for is kept by entry. @param {number} number */
const isThanked = number => my.own?.get(`thanks ${number}`) === true;

const book = makeBookView({
  isMine: mark => my.desk?.isMine(mark) ?? false,
  isThanked,
  discard: mark => my.desk?.discard(mark),
  erase: mark => attempt(my.desk?.erase(mark)),
  thank: ({ number, entry }, isOn) => {
    my.own?.set(`thanks ${number}`, isOn);
    draw();
    // To say it twice does no harm.
    attempt(my.peer?.persist('guestbook', () => E(entry).thank(my.own?.get('who'), isOn)));
  },
});

const form = makeForm(words => {
  my.own?.set('name', words.name);
  my.desk?.add(words);
  announce('Your entry is on its way.');
});

/** Whoever this tab was, it is another one after this. */
const becomeAnother = async () => {
  if (my.isLeaving) return;
  my.isLeaving = true;
  await my.peer?.close();
  await wipeTab(tab.name);
  location.reload();
};

const panel = makePanel({
  getPeer: () => my.peer,
  getStage: () => my.stage,
  commits: () => my.commits,
  changed: draw,
  wipe: what => (what === 'all' ? my.stage?.wipe() : attempt(becomeAnother())),
});

const tab = await openTab();
const peers = await fetchPeers();
my.stage = openStageLink({ address: peers.stage, changed: draw, wiped: () => attempt(becomeAnother()) });

/** @param {PeerName | undefined} name */
const titleOf = name => (name === undefined ? '' : TITLES[name]);

const reader = Far('reader', { hear: entries.hear });

/** @type {import('./peer.js').Observer} */
const observer = {
  message: ({ direction, operation, detail, isGift, peer: name }) => {
    const what = detail === '' ? operation : operation.startsWith('op:deliver') ? detail : `${operation} ${detail}`;
    timeline.add(direction, isGift ? `${what} + gift` : what, titleOf(name));
  },
  commit: ({ writes, ms }) => {
    my.commits += 1;
    timeline.add('commit', `commit, ${writes} ${writes === 1 ? 'write' : 'writes'}`, `${ms.toFixed(1)} ms`);
  },
  session: ({ type, code, peer: name }) => {
    const isGood = type === 'fresh' || type === 'resumed';
    timeline.add(isGood ? 'session' : 'trouble', code === undefined ? type : `${type}: ${code}`, titleOf(name));
    if (name === 'guestbook') {
      my.isLost = !isGood;
      announce(isGood ? 'Connected.' : 'The connection is lost. It comes back by itself.');
    }
    if (isGood) attempt(my.stage?.refresh());
    // A session that begins knows nobody yet.
    if (type === 'fresh' && name === 'guestbook' && my.hasJoined) attempt(join());
  },
};

my.peer = await openPeer({
  baggage: tab.baggage,
  peers,
  observer,
  prepare: client => client.registerSturdyRef('reader', reader),
});
my.own = provideMapStoreFromBaggage(my.peer.baggage, 'own');
if (my.own.get('peers') !== undefined && my.own.get('peers') !== peers.guestbook) {
  // The server that this tab knew is no more.
  await becomeAnother();
  await new Promise(() => {});
}
my.own.set('peers', peers.guestbook);
if (!my.own.has('who')) my.own.set('who', randomText(8));
my.desk = makeDesk(my.peer, draw);
form.setName(String(my.own.get('name') ?? ''));
if (tab.isCopy) timeline.add('session', 'a copy of another tab: a baggage of its own');

/** The server keeps the reader by a token, and calls it from then on, in whatever process. */
const join = async () => my.peer?.persist('guestbook', guestbook => E(guestbook).join(reader));

form.enable();
draw();
attempt(my.desk.work());
await join();
my.hasJoined = true;
