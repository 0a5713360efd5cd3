// @ts-check
// What the steps share.

/**
 * @typedef {import('../lib/party.mjs').Party} Party
 * @typedef {import('../lib/timeline.mjs').Timeline} Timeline
 * @typedef {Awaited<ReturnType<typeof import('../lib/wire.mjs').makeWire>>} Wire
 */

/**
 * @typedef {object} Stage
 * @property {Party} a
 * @property {Party} b
 * @property {Timeline} timeline
 * @property {any} location A's, as A says it
 * @property {Wire | undefined} wire the way to A that a third party listens on
 * @property {string} session the id of the session between A and B
 * @property {Record<'A' | 'B', Record<string, string>>} slots where each side had each object first
 * @property {Record<'A' | 'B', number>} highest the highest position that each side ever gave
 * @property {number} value of the counter, as B knows it
 */

/** The objects that are at both ends from the first step on. */
const NAMES = ['counter', 'greeter', 'callback'];

/** @param {string} slot */
export const positionOf = slot => Number(slot.slice(2));

/**
 * A's location, dialled through the third party.
 *
 * @param {Stage} stage
 */
export const throughWire = ({ location, wire }) => {
  if (wire === undefined) throw Error('There is no wire yet.');
  const { host, port } = wire.address;
  return { ...location, hints: { host, port: String(port) } };
};

/**
 * @param {Stage} stage
 * @returns {Promise<Record<'A' | 'B', Record<string, string>>>}
 */
const askSlots = async ({ a, b }) => ({ A: await a.ask('slots'), B: await b.ask('slots') });

/**
 * Learns where the objects are, and that both ends agree on it.
 *
 * @param {Stage} stage
 */
export const learnSlots = async stage => {
  const { timeline } = stage;
  const slots = await askSlots(stage);
  for (const name of NAMES) {
    const [here, there] = [slots.A[name], slots.B[name]];
    timeline.say('A', `has ${name} at`, { session: stage.session, slot: here });
    timeline.say('B', `has ${name} at`, { session: stage.session, slot: there });
  }
  const agree = NAMES.every(name => positionOf(slots.A[name]) === positionOf(slots.B[name]));
  timeline.check('both ends name each object by the same position', agree, slots);
  stage.slots = slots;
};

/**
 * Checks that the objects are where they always were.
 *
 * @param {Stage} stage
 */
export const compareSlots = async stage => {
  const { timeline, session } = stage;
  const slots = await askSlots(stage);
  for (const who of /** @type {const} */ (['A', 'B'])) {
    timeline.say(who, `has ${NAMES.join(', ')} at`, { session, slot: NAMES.map(name => slots[who][name]).join(', ') });
    const same = NAMES.every(name => slots[who][name] === stage.slots[who][name]);
    timeline.check(`${who} has the same slots as in step 1`, same, { now: slots[who], before: stage.slots[who] });
  }
};

/**
 * The session between A and B as one side sees it.
 *
 * @param {Stage} stage
 * @param {Party} party
 */
export const lookAtSession = async (stage, party) => {
  const { sessions } = await party.ask('look');
  return sessions.find((/** @type {any} */ one) => one.id === stage.session);
};

/**
 * Notes the highest positions that were given so far.
 *
 * @param {Stage} stage
 */
export const noteHighest = async stage => {
  for (const party of [stage.a, stage.b]) {
    const { nextExport } = await lookAtSession(stage, party);
    stage.highest[party.name] = Math.max(stage.highest[party.name], nextExport - 1);
  }
};
