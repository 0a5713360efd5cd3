// @ts-check

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/**
 * What other implementations do wrong, as the notes on the wire have it (their sections 1 to 5, 10 and 13), and the test that shows
 * that we do not: by its file and its name. What only a network can mend, or the wire says so, is at the end.
 *
 * @type {Array<[section: string, what: string, file: string, name: string]>}
 */
const BUGS = [
  ['1.2', '007+, 0- and 05"hello are accepted', 'tests/vectors.rs', 'what_is_not_canonical_is_refused'],
  ['1.2', '007+ and 0- are accepted in a message', 'bad-input/in-session', 'an integer with a leading zero'],
  ['1.2', '-0 is refused on read, and written as +0 to everybody', 'semantics/dialects', 'the keys of a struct, and -0'],
  ['1.2', 'a byte order mark is stripped: the value changes', 'codec/src/syrup/tests.rs', 'minus_zero_and_byte_order_marks_are_kept'],
  ['1.2', 'an astral character cannot be written', 'bad-input/results', 'what other implementations stumble over passes as it is'],
  ['1.2', 'a lone surrogate in a symbol is written as U+FFFD', 'values/cases', 'a lone surrogate in a symbol'],
  ['1.2', 'a label may be a string or bytes: <4"void> is undefined', 'peer-bugs/mended', 'a label is a symbol: what is labelled with text, or with another word, is no message'],
  ['1.2', 'the last of two equal keys wins', 'bad-input/in-session', 'a struct with a key twice'],
  ['1.2', 'a length allocates what it says', 'netlayer-framing', 'a length that is only claimed allocates nothing'],
  ['1.2', 'nesting is bounded by the stack', 'bad-input/in-session', 'an argument nested a million deep'],
  ['1.2', 'the key __proto__ sets the prototype', 'bad-input/in-session', 'a struct with the key __proto__'],
  ['1.3', 'a struct in the order of its encoded keys ends the session', 'codec/src/syrup/tests.rs', 'keys_follow_either_order_as_a_whole'],
  ['1.3', 'one order is written to everybody', 'semantics/dialects', 'the keys of a struct, and -0'],
  ['2.1', 'the first question cannot be a get: answer positions start at 0', 'peer-bugs/mended', 'the first question of a session may be a get: answer positions start at 1'],
  ['2.1', 'answer position 0 is refused in op:get', 'peer-bugs/mended', 'answer position 0 is a position: a peer may call with it, and get with it'],
  ['2.1', 'the label of a resolver is ignored', 'peer-bugs/mended', 'a label is a symbol: what is labelled with text, or with another word, is no message'],
  ['2.5', 'junk ends the session, and its callers hang', 'bad-input/never-hang', 'every promise settles with a code when'],
  ['2.5', 'a release of an unknown position leaves callers hanging', 'bad-input/in-session', 'a release of an export that never was'],
  ['2.6', 'a chunk of the stream is taken for a whole message', 'tests/simulation/scenarios/stream.rs', 'byte_by_byte_and_all_at_once_are_both_read'],
  ['2.6', 'what follows the hello in the same chunk is an internal error', 'bad-input/before-session', 'a hello in pieces of a byte, and one with the first call in the same piece, are good'],
  ['2.6', 'a prefix with leading zeros is accepted', 'bad-input/before-session', 'a length with a leading zero'],
  ['3', 'signatures are verified leniently (ZIP-215)', 'src/identity/mod.rs', 'keys_of_small_order_verify_nothing'],
  ['3', 'a count is recorded only where the gift is there, so a replay that waits succeeds', 'handoff-refusals', 'a replayed withdrawal is refused although the first still waits, and although it then got its gift'],
  ['4.1', 'one key serves all sessions', 'flaws/own-key', 'flaw 07: no key serves two sessions, of one peer or of two'],
  ['4.2', "the loser's abort rejects the caller, a moment before the winner's hello", 'tests/simulation/scenarios/crossed.rs', 'the_losers_abort_may_come_before_the_winners_hello'],
  ['4.3', 'session.abort says nothing to the peer', 'face-session', 'abort ends a session for both, with the reason'],
  ['4.4', 'a refused resume is refused for ever', 'flaws/refused', 'flaw 02: a refusal of the count is followed by a dial with the next number, and that resumes'],
  ['4.4', 'any client answers a resume', 'flaws/refused', 'flaw 12: a client without a baggage answers no resume, and its peer falls back'],
  ['4.5', 'other hints are another peer', 'flaws/address', 'flaw 10: a peer that restarts on another port is the same peer, and its session resumes'],
  ['4.5', 'other hints defeat the check against dialling oneself', 'peer-bugs/mended', 'we are ourselves under any hints'],
  ['4.5', 'a live connection is greeted again when it is dialled with other hints', 'netlayer-host', 'a netlayer that gives one connection to two dials: the second fails, and the first goes on'],
  ['4.5', 'a dialled peer that claims another location: the caller hangs', 'tests/simulation/scenarios/stranger.rs', 'another_location_than_the_dialled_one_is_peer_changed'],
  ['4.5', 'a peer that comes back is refused until its old socket is found dead', 'flaws/half-open', 'flaw 09: a resume takes over from a connection that is dead and does not know it'],
  ['5.6', 'a release of more than was given drops the object', 'bad-input/in-session', 'a release of more than was given'],
  ['5.6', 'a delta beyond 2^53 loses precision', 'bad-input/in-session', 'a release of 2^64 - 1'],
  ['5.6', 'the bootstrap object can be given back, and the next fetch ends the session', 'semantics/references', 'the bootstrap object is pinned, whatever is released of it'],
  ['5.7', 'an answer position in use is overwritten', 'bad-input/in-session', 'two answers at one position'],
  ['5.13', 'a result that cannot be sent leaves its caller hanging', 'bad-input/results', 'a result that cannot be passed breaks the promise of its caller'],
  ['5.14', 'a call that is not sent exports its arguments', 'bad-input/results', 'a call that was refused exports nothing'],
  ['5.3', "the receiver does not look at the give's key", 'handoff-refusals', 'a give for another key is not pursued'],
  ['5.3', "the exporter does not look at the gifter's side and the location", 'src/handoff/check.rs', 'each_thing_that_is_not_true_is_refused'],
  ['5.3', 'gifts of an ended session can be withdrawn', 'handoff-refusals', 'gifts of an ended session cannot be withdrawn'],
  ['5.3', 'an unsettled promise that is handed off hangs for ever', 'handoff', 'what has not settled is given, and settles'],
  ['5.3', 'a second withdrawal takes the place of the first that waits', 'handoff-refusals', 'the second who comes for the same gift is refused, and the first gets it'],
  ['5.3', 'who waits for a gift is never forgotten', 'handoff-refusals', 'who waits and goes away leaves nothing behind'],
  ['5.3', 'the gift table outlives sessions', 'handoff', 'gifts go with the session of their giver, and who waits for one is told'],
  ['5.3', 'an exporter that is the receiver under another hint is dialled, and refused', 'handoff-refusals', 'a gift of our own that comes to us under another hint needs no dialling'],
  ['5.3', 'a reference of a session that is over is a third party’s: deposits without end', 'handoff', 'a reference of a severed session is broken, and never given'],
  ['10', 'whoever claims a location becomes the session with its peer', 'tests/simulation/scenarios/stranger.rs', 'a_claim_never_takes_the_place_of_a_session_that_exists'],
  ['10', 'the same over a WebSocket', 'netlayer-websocket-sessions', 'an incoming connection never becomes the session of provideSession'],
  ['10', 'a claim with a high id takes the place of a dial, and is sent its swissnum', 'tests/simulation/scenarios/proving.rs', 'a_hello_that_claims_to_be_who_is_being_dialled_does_not_get_the_dial'],
  ['10', 'one hello locks the real peer out', 'tests/simulation/scenarios/proving.rs', 'a_claim_does_not_lock_its_victim_out'],
  ['10', 'a peer that holds a session refuses ours for ever', 'tests/simulation/scenarios/proving.rs', 'a_peer_that_refuses_a_second_session_is_dialled_again_without_the_first'],
  ['10', 'forged releases reach what others hold', 'peer-bugs/mended', 'what was exported to one peer is not reachable by another'],
  ['10', 'restored tables are open to anyone who claims the location', 'flaws/replay', 'flaw 04: a captured resume is not accepted after a fresh start'],
  ['10', 'a withdrawal can be replayed', 'handoff-refusals', 'a replayed withdrawal is refused, after a second deposit too'],
  ['10', 'a replay is taken after a resume, which forgets the counts', 'handoff-durable', 'a used count is refused after a resume, and in another process'],
  ['10', 'gifts are unbounded', 'limits/peers', 'gifts: one too many breaks, and the session goes on'],
  ['10', 'a dial passes for an answer, and an answer for a dial', 'flaws/roles', 'is not accepted as a dial'],
  ['10', 'a hello can be sent back to whom it came from', 'peer-bugs/mended', 'our own hello, sent back to us, begins nothing'],
  ['10', '999,999,999 bytes are allocated at the first chunk', 'limits/peers', 'helloFrame: who has no session may send no more, framing'],
  ['10', 'an integer may have any number of digits', 'bad-input/in-session', 'an integer of 5,000 digits'],
  ['10', 'tables, listens, answers and queues are unbounded', 'limits/peers', 'a peer that goes beyond it loses its session, and nobody else'],
  ['10', 'an error tells the swissnum, a stack, or the names of methods', 'peer-bugs/mended', 'errors say no more than their message: no stack, no names of methods, no swissnum'],
  ['13', 'a struct {type: "desc:sig-envelope"} is taken for a handoff', 'bad-input/in-session', 'a struct that looks like a descriptor'],
  ['13', 'there is no handshake timeout', 'limits/peers', 'times.handshake: who dialled and says nothing is let go, and who was dialled too, with HANDSHAKE_TIMEOUT'],
  ['13', 'reasons of aborts in the handshake never reach the application', 'peer-bugs/mended', 'the reason of an abort in the handshake reaches whoever asked for the session'],
  ['13', 'without framing an argument of 70,000 bytes breaks the session', 'limits/peers', 'helloFrame: who has no session may send no more, framing'],
  ['13', 'a peer of the other framing is left connected', 'bad-input/dialled', 'a peer that speaks the other framing is told apart on both sides'],
  ['13', 'each redial is kept for ever', 'bad-input/floods', 'sessions that come and go leave nothing behind'],
  ['13', 'references held over a resume are dead', 'face-durable', 'references go on over a new connection'],
  ['13', "only the dialler's flag matters", 'flaws/refused', 'flaw 12: the same while the client without a baggage lives: a cut ends the session there'],
  ['13', 'a lost reply ends every later resume', 'flaws/lost-messages', 'flaw 03: a lost reply, a lost confirmation or a crash between them leaves no count behind'],
  ['13', 'a reply that was never delivered is good for a dial', 'flaws/replay', 'flaw 04: a captured resume that never arrived gives its thief an answer, but no session'],
  ['13', 'resolvers stay after each drop', 'face-gc', 'memory does not grow with the number of calls'],
  ['13', 'ended sessions are never pruned', 'flaws/ended', 'flaw 11: an abort deletes all of a session, on both sides, and a restart does not bring it back'],
  ['13', 'a damaged baggage loads as an empty one', 'baggage-provide', 'damage anywhere in a record is a typed error that names its key'],
];

/**
 * What remains, since the wire is others' too.
 *
 * - Over plain ws:, the proof of a designator can be relayed by whoever is in between; wss: prevents it.
 * - What is signed to resume carries no label: it is a list of an id that is a hash of both keys, and a count that says whose it is.
 * - A swissnum is looked up in a Map that the host may supply, as in `@endo/ocapn`: by the engine's hash, not in constant time.
 * - An error crosses as its message: its class is lost.
 */

const at = (/** @type {string} */ file) => new URL(file.endsWith('.rs') ? `../../../${file}` : `../${file}${file === 'values/cases' ? '' : '.test'}.js`, import.meta.url);

for (const [section, what, file, name] of BUGS) {
  test(`${section}: ${what}`, () => {
    const source = readFileSync(at(file), 'utf8');
    const isThere = file.endsWith('.rs') ? source.includes(`fn ${name}(`) : source.includes(name);
    assert.ok(isThere, `${file} has no test '${name}'`);
  });
}
