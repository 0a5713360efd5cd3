// @ts-check

import { locationIdOf } from '../../../js/netlayers/location-id.js';
import { makeNarrator } from './meaning.js';
import { World } from './world.js';

/**
 * Runs a script against a transcript of it: plays what peers sent as soon as the clients have done what they had done by then,
 * and insists that they do just that.
 *
 * @import { Connection, NetLayer, NetlayerHandlers, SocketOperations } from '../../../js/netlayers/types.js'
 * @import { Entry, Transcript } from './transcript.js'
 * @import { Script } from './world.js'
 */

/** Ms that a client may take over what it has to do next. Nothing is waited for but itself. */
const PATIENCE = 10_000;

class Player {
  /** @type {World} */
  world;

  #transcript;

  #next = 0;

  /** @type {Error | undefined} */
  #failure;

  #isOver = false;

  /** @type {Map<string, NetlayerHandlers>} */
  #handlers = new Map();

  /** @type {Map<string, NetLayer[]>} */
  #netlayers = new Map();

  /** @type {Map<number, Connection>} */
  #connections = new Map();

  /** @type {Set<number>} */
  #closed = new Set();

  /** @param {Transcript} transcript */
  constructor(transcript) {
    this.#transcript = transcript;
    const { parameters, dialect, seed, clients } = transcript;
    this.world = new World({
      parameters,
      dialect,
      seed,
      boundary: {
        countNetlayers: (client, generation) => clients[client][generation].length,
        makeNetlayer: (client, generation, index, handlers) => this.#makeNetlayer(client, generation, index, handlers),
        cue: () => {},
      },
    });
  }

  /** @param {Script} script */
  async run(script) {
    const { world } = this;
    let isOver = false;
    const running = script.run(world).then(
      () => {
        isOver = true;
        world.wake();
      },
      error => this.#fail(error),
    );
    const { entries } = this.#transcript;
    for (;;) {
      await world.quiet();
      const entry = entries[this.#next];
      if (this.#failure !== undefined) break;
      if (entry === undefined) {
        world.finish();
        if (isOver) break;
        if (!(await world.change(PATIENCE))) this.#fail(Error('The script does not end, though all was played.'));
      } else if (entry.by === 'peer') {
        this.#next += 1;
        this.#play(entry);
      } else if (isOver || !(await world.change(PATIENCE))) {
        this.#fail(Error(`Nothing happened, though this was recorded: ${describe(entry)}`));
      }
    }
    if (this.#failure === undefined) {
      await running;
      await world.quiet();
    }
    this.#isOver = true;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** @param {Error} error */
  #fail(error) {
    this.#failure ??= error;
    this.world.wake();
  }

  /** @param {Entry} entry */
  #play({ client, connection, direction, netlayer = 0, bytes, error }) {
    const handlers = /** @type {NetlayerHandlers} */ (this.#handlers.get(client));
    if (direction === 'open') {
      const outer = /** @type {NetLayer[]} */ (this.#netlayers.get(client))[netlayer];
      this.#connections.set(connection, handlers.makeConnection(outer, false, this.#socket(client, connection)));
      return;
    }
    const known = /** @type {Connection} */ (this.#connections.get(connection));
    if (direction === 'in') {
      handlers.handleMessageData(known, new Uint8Array(Buffer.from(bytes ?? '', 'hex')));
    } else if (direction === 'established') {
      handlers.handleConnectionEstablished?.(known);
    } else {
      this.#closed.add(connection);
      handlers.handleConnectionClose(known, error && toError(error));
    }
  }

  /**
   * @param {Entry} did what a client did
   * @returns {Entry} as it was recorded
   */
  #expect(did) {
    const wanted = this.#transcript.entries[this.#next];
    if (this.#isOver || this.#failure !== undefined) return did;
    const same = wanted !== undefined && isSame(wanted, did);
    if (!same) {
      const was = wanted === undefined ? 'nothing more' : describe(wanted);
      this.#fail(Error(`Entry ${this.#next} differs.\nIt was ${was}\nIt is  ${describe(did)}`));
      return did;
    }
    this.#next += 1;
    this.world.touch();
    return wanted;
  }

  /**
   * @param {string} client
   * @param {number} connection
   * @returns {SocketOperations}
   */
  #socket(client, connection) {
    return {
      write: bytes => {
        this.#expect({ client, connection, direction: 'out', by: 'us', bytes: Buffer.from(bytes).toString('hex') });
      },
      end: () => {
        if (!this.#closed.has(connection)) {
          this.#closed.add(connection);
          this.#expect({ client, connection, direction: 'close', by: 'us' });
        }
      },
    };
  }

  /**
   * @param {string} client
   * @param {number} generation
   * @param {number} index
   * @param {NetlayerHandlers} handlers
   * @returns {NetLayer}
   */
  #makeNetlayer(client, generation, index, handlers) {
    const traits = this.#transcript.clients[client][generation][index];
    /** @type {NetLayer} */
    const netlayer = {
      ...traits,
      locationId: locationIdOf(traits.location),
      copiesBelow: Infinity,
      connect: to => {
        const { connection = 0 } = this.#transcript.entries[this.#next] ?? {};
        const { error } = this.#expect({ client, connection, direction: 'open', by: 'us', netlayer: index, to });
        if (error) throw toError(error);
        const made = handlers.makeConnection(netlayer, true, this.#socket(client, connection));
        this.#connections.set(connection, made);
        return made;
      },
      shutdown: () => {},
    };
    this.#handlers.set(client, handlers);
    const netlayers = generation === 0 && index === 0 ? [] : (this.#netlayers.get(client) ?? []);
    netlayers[index] = netlayer;
    this.#netlayers.set(client, netlayers);
    return netlayer;
  }
}

/** @param {{ code?: string, message: string }} recorded */
const toError = ({ code, message }) => Object.assign(Error(message), code && { code });

/**
 * @param {Entry} wanted
 * @param {Entry} did
 */
const isSame = (wanted, did) =>
  ['client', 'connection', 'direction', 'by', 'netlayer', 'bytes'].every(
    key => /** @type {any} */ (wanted)[key] === /** @type {any} */ (did)[key],
  ) && JSON.stringify(wanted.to) === JSON.stringify(did.to);

/** @param {Entry} entry */
const describe = ({ client, connection, direction, by, to, bytes, meaning }) => {
  const what = bytes === undefined ? JSON.stringify(to ?? '') : (meaning ?? makeNarrator()(Buffer.from(bytes, 'hex')));
  return `'${direction}' by ${by} on connection ${connection} of ${client}: ${what}\n        ${bytes ?? ''}`;
};

/**
 * Replays a transcript.
 *
 * @param {Transcript} transcript
 * @throws when a client does anything else than it did
 */
export const replay = async transcript => {
  const player = new Player(transcript);
  try {
    await player.run(await import(new URL(`../scripts/${transcript.script}`, import.meta.url).href));
  } catch (error) {
    const { troubles } = player.world;
    if (troubles.length > 0) {
      throw Error(`${/** @type {Error} */ (error).message}\nThe clients reported ${troubles.join('; ')}`, { cause: error });
    }
    throw error;
  } finally {
    await player.world.close();
  }
};
