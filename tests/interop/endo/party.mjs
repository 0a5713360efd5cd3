// @ts-check

/**
 * A process with one client, which does what its parent asks for: `node party.mjs ours|ours-lockdown|endo [CHECKOUT]`.
 *
 * @typedef {object} StartOptions
 * @property {string} name
 * @property {'tcp-testing-only' | 'websocket'} [transport]
 * @property {'syrup' | 'none'} [framing] as the netlayer has it, when left out
 * @property {string} [designator]
 * @property {number} [port]
 * @property {any} [dialect] ours
 * @property {boolean} [resume]
 * @property {string} [baggage] a directory, ours
 * @property {'auto' | 'on-demand'} [reconnect] ours
 * @property {boolean} [trustClaims] ours
 * @property {boolean} [onOurs] theirs: on a netlayer of ours
 */

const [kind, checkout] = process.argv.slice(2);

const side = await (async () => {
  if (kind === 'endo') {
    const { loadEndo } = await import('./sides/endo.js');
    return loadEndo({ checkout: String(checkout) });
  }
  const { loadOurs } = await import('./sides/ours.js');
  return loadOurs({ lockdown: kind === 'ours-lockdown' });
})();

// Only now: what lockdown forbids to be imported before it is imported after it.
const { makeParty } = await import('./commands.js');
const party = makeParty(side);

process.on('message', async (/** @type {any} */ { id, command, args }) => {
  try {
    const result = await party[command](...args);
    process.send?.({ id, result });
  } catch (error) {
    const { message, code, stack } = Object(error);
    process.send?.({ id, error: { message: String(message ?? error), code, stack: String(stack) } });
  }
});
process.on('disconnect', () => process.exit(0));
process.on('unhandledRejection', error => console.error(`${kind}: unhandled rejection:`, error));
process.send?.({ ready: true });
