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

/** @type {import('./peer.js').Peer | undefined} */
let peer;
/** @type {import('./stage-link.js').StageLink | undefined} */
let stage;
/** @type {import('./desk.js').Desk | undefined} */
let desk;
/** What this tab keeps for itself. @type {ReturnType<typeof provideMapStoreFromBaggage> | undefined} */
let own;
let commits = 0;
let isLeaving = false;
let hasJoined = false;

/** For what nobody waits for. @param {Promise<unknown> | undefined} promise */
const attempt = promise => {
  promise?.catch(error => {
    if (!isLeaving) timeline.add('trouble', error.code ?? error.message);
  });
};

/** @param {string} text */
const announce = text => setText(byId('announcer'), text);

/** @type {Record<string, [state: string, text: string]>} */
const STATES = {
  none: ['starting', 'Opening…'],
  active: ['active', 'Connected'],
  suspended: ['suspended', 'Reconnecting…'],
  refused: ['suspended', 'Beginning anew…'],
};

const drawState = () => {
  const session = peer?.look('guestbook');
  const [state, text] = STATES[session?.status ?? 'none'] ?? STATES.none;
  byId('state').dataset.state = state;
  setText(byId('state-text'), text);
  const waiting = desk?.drafts().filter(({ refusal }) => refusal === '').length ?? 0;
  const isAway = state === 'suspended';
  setText(byId('hint'), isAway ? 'The server is away. What you sign waits here, and goes out by itself.' : waiting > 1 ? `${waiting} entries are on their way.` : '');
};

const draw = onFrame(() => {
  if (isLeaving) return;
  timeline.draw();
  panel.draw();
  drawState();
  book.draw(entries.known.values(), desk?.drafts() ?? []);
});

const timeline = makeTimeline(byId('timeline'), draw);

const entries = makeEntries(news => {
  const last = news.filter(entry => !entry.isErased && !desk?.isMine(entry.mark)).at(-1);
  if (last !== undefined) announce(`${last.name}: ${last.text}`);
  draw();
});

/** What this tab says thanks for is kept by entry. @param {number} number */
const isThanked = number => own?.get(`thanks ${number}`) === true;

const book = makeBookView({
  isMine: mark => desk?.isMine(mark) ?? false,
  isThanked,
  discard: mark => desk?.discard(mark),
  erase: mark => attempt(desk?.erase(mark)),
  thank: ({ number, entry }, isOn) => {
    own?.set(`thanks ${number}`, isOn);
    draw();
    // To say it twice does no harm.
    attempt(peer?.persist('guestbook', () => E(entry).thank(own?.get('who'), isOn)));
  },
});

const form = makeForm(words => {
  own?.set('name', words.name);
  desk?.add(words);
  announce('Your entry is on its way.');
});

/** Whoever this tab was, it is another one after this. */
const becomeAnother = async () => {
  if (isLeaving) return;
  isLeaving = true;
  await peer?.close();
  await wipeTab(tab.name);
  location.reload();
};

const panel = makePanel({
  getPeer: () => peer,
  getStage: () => stage,
  commits: () => commits,
  changed: draw,
  wipe: what => (what === 'all' ? stage?.wipe() : attempt(becomeAnother())),
});

const tab = await openTab();
const peers = await fetchPeers();
stage = openStageLink({ address: peers.stage, changed: draw, wiped: () => attempt(becomeAnother()) });

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
    commits += 1;
    timeline.add('commit', `commit, ${writes} ${writes === 1 ? 'write' : 'writes'}`, `${ms.toFixed(1)} ms`);
  },
  session: ({ type, code, peer: name }) => {
    const isGood = type === 'fresh' || type === 'resumed';
    timeline.add(isGood ? 'session' : 'trouble', code === undefined ? type : `${type}: ${code}`, titleOf(name));
    if (name === 'guestbook') announce(isGood ? 'Connected.' : 'The connection is lost. It comes back by itself.');
    if (isGood) attempt(stage?.refresh());
    // A session that begins knows nobody yet.
    if (type === 'fresh' && name === 'guestbook' && hasJoined) attempt(join());
  },
};

peer = await openPeer({
  baggage: tab.baggage,
  peers,
  observer,
  prepare: client => client.registerSturdyRef('reader', reader),
});
own = provideMapStoreFromBaggage(peer.baggage, 'own');
if (own.get('peers') !== undefined && own.get('peers') !== peers.guestbook) await becomeAnother();
own.set('peers', peers.guestbook);
if (!own.has('who')) own.set('who', randomText(8));
desk = makeDesk(peer, draw);
form.setName(own.get('name') ?? '');
if (tab.isCopy) timeline.add('session', 'a copy of another tab: a baggage of its own');

/** The server keeps the reader by a token, and calls it from then on, in whatever process. */
const join = async () => peer?.persist('guestbook', guestbook => E(guestbook).join(reader));

form.enable();
draw();
attempt(desk.work());
await join();
hasJoined = true;
