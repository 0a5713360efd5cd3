// @ts-check

import { makeNarrator } from './meaning.js';
import { World } from './world.js';

/**
 * Runs a script against real peers, and writes down what crosses the boundary between its clients and their netlayers. What
 * peers send is handed on one piece at a time, when all that followed from the last one is done: so a replay, which does the
 * same, meets the same order.
 *
 * @import { OcapnLocation } from '../../../js/location.js'
 * @import { Connection, Logger, NetLayer, NetlayerHandlers, SocketOperations } from '../../../js/netlayers/types.js'
 * @import { Entry, Transcript } from './transcript.js'
 * @import { Boundary, Script } from './world.js'
 */

/**
 * @typedef {object} NetlayerContext
 * @property {NetlayerHandlers} handlers
 * @property {Logger} logger
 * @property {number} generation how often the client was started before
 * @property {OcapnLocation | undefined} before where it was then: it has to be there again
 */

/**
 * @typedef {object} Recording
 * @property {string} name
 * @property {string} peer
 * @property {string} commit
 * @property {string} dialect
 * @property {string} [seed]
 * @property {string} script
 * @property {Record<string, any>} [parameters]
 * @property {Record<string, Array<(context: NetlayerContext) => NetLayer | Promise<NetLayer>>>} netlayers of each client
 * @property {Record<string, (...args: any[]) => void>} [cues] what the script asks for
 * @property {Promise<unknown>} [until] settles when the peers are through, for a script that only serves
 */

/**
 * A connection between a client and a netlayer.
 *
 * @typedef {object} Line
 * @property {string} client
 * @property {number} generation
 * @property {number} number 0 until the client knows it
 * @property {(bytes: Uint8Array) => string} hear
 * @property {(bytes: Uint8Array) => string} say
 * @property {Connection | undefined} connection the client's
 * @property {boolean} isClosed whether the client closed it
 */

class Recorder {
  /** @type {Entry[]} */
  entries = [];

  /** @type {Transcript['clients']} */
  clients = {};

  /** @type {World} */
  world;

  #recording;

  /** @type {Array<() => void>} */
  #heard = [];

  #count = 0;

  /** @param {Recording} recording */
  constructor(recording) {
    this.#recording = recording;
    const { parameters = {}, dialect, seed = recording.name } = recording;
    /** @type {Boundary} */
    const boundary = {
      countNetlayers: client => recording.netlayers[client].length,
      makeNetlayer: (...args) => this.#makeNetlayer(...args),
      cue: (cue, args) => {
        const run = recording.cues?.[cue];
        if (run === undefined) throw Error(`The script asks for what nobody does: ${cue}`);
        run(...args);
      },
    };
    this.world = new World({ parameters, dialect, seed, boundary });
  }

  /**
   * Hands on what peers sent, until the script is over.
   *
   * @param {Script} script
   */
  async run(script) {
    const { world } = this;
    const state = { isOver: false, isThrough: false };
    const running = script.run(world).finally(() => {
      state.isOver = true;
      world.wake();
    });
    running.catch(() => {});
    const through = () => {
      state.isThrough = true;
      world.wake();
    };
    this.#recording.until?.then(through, through);
    await world.quiet();
    while (!state.isOver) {
      const next = this.#heard.shift();
      if (next !== undefined) {
        next();
      } else if (state.isThrough) {
        world.finish();
        await running;
      } else {
        await world.change();
      }
      await world.quiet();
    }
    await running;
  }

  /** @param {Entry} entry */
  #write(entry) {
    this.entries.push(entry);
    this.world.touch();
  }

  /**
   * @param {string} client
   * @param {number} generation
   * @param {number} index
   * @param {NetlayerHandlers} handlers
   * @param {Logger} logger
   * @returns {Promise<NetLayer>}
   */
  async #makeNetlayer(client, generation, index, handlers, logger) {
    const generations = (this.clients[client] ??= []);
    const before = generations[generation - 1]?.[index]?.location;
    /** @type {WeakMap<Connection, Line>} */
    const lines = new WeakMap();

    /**
     * @param {Line} line
     * @param {SocketOperations} socket
     * @returns {SocketOperations}
     */
    const recorded = (line, socket) => ({
      write: bytes => {
        const copy = bytes.slice();
        this.#write({ ...common(line), direction: 'out', by: 'us', bytes: toHex(copy), meaning: line.say(copy) });
        socket.write(copy);
      },
      end: () => {
        if (!line.isClosed) {
          line.isClosed = true;
          this.#write({ ...common(line), direction: 'close', by: 'us' });
        }
        socket.end();
      },
    });

    /**
     * @param {Connection} facade
     * @param {(line: Line, connection: Connection) => void} tell
     */
    const later = (facade, tell) => {
      this.#heard.push(() => {
        const line = lines.get(facade);
        if (line?.connection !== undefined && !line.isClosed && this.world.isRunning(client, generation)) {
          tell(line, line.connection);
        }
      });
      this.world.wake();
    };

    /** @type {NetlayerHandlers} */
    const listening = {
      makeConnection: (_inner, isOutgoing, socket) => {
        let isOver = false;
        /** @type {Line} */
        const line = {
          client,
          generation,
          number: 0,
          hear: makeNarrator(),
          say: makeNarrator(),
          connection: undefined,
          isClosed: false,
        };
        /** @type {Connection} */
        const facade = {
          netlayer: outer,
          isOutgoing,
          get isDestroyed() {
            return isOver || line.isClosed;
          },
          write: bytes => socket.write(bytes),
          end: () => {
            isOver = true;
            socket.end();
          },
        };
        lines.set(facade, line);
        const open = () => {
          line.number = this.#count += 1;
          line.connection = handlers.makeConnection(outer, isOutgoing, recorded(line, socket));
        };
        if (isOutgoing) {
          open();
        } else {
          this.#heard.push(() => {
            if (this.world.isRunning(client, generation)) {
              this.#write({ client, connection: this.#count + 1, direction: 'open', by: 'peer', netlayer: index });
              open();
            }
          });
          this.world.wake();
        }
        return facade;
      },
      handleMessageData: (facade, data) => {
        const bytes = data.slice();
        later(facade, (line, connection) => {
          this.#write({ ...common(line), direction: 'in', by: 'peer', bytes: toHex(bytes), meaning: line.hear(bytes) });
          handlers.handleMessageData(connection, bytes);
        });
      },
      handleConnectionEstablished: facade =>
        later(facade, (line, connection) => {
          this.#write({ ...common(line), direction: 'established', by: 'peer' });
          handlers.handleConnectionEstablished?.(connection);
        }),
      handleConnectionClose: (facade, reason) =>
        later(facade, (line, connection) => {
          line.isClosed = true;
          this.#write({ ...common(line), direction: 'close', by: 'peer', ...(reason && { error: errorOf(reason) }) });
          handlers.handleConnectionClose(connection, reason);
        }),
    };

    const make = this.#recording.netlayers[client][index];
    const inner = await make({ handlers: listening, logger, generation, before });
    const { location, locationId, authenticates, framed, trustClaims, maxFrame } = inner;

    /** @type {NetLayer} */
    const outer = {
      location,
      locationId,
      authenticates,
      framed,
      trustClaims,
      maxFrame,
      copiesBelow: Infinity,
      connect: to => {
        const entry = { client, connection: this.#count + 1, direction: /** @type {const} */ ('open') };
        const at = this.entries.length;
        this.#write({ ...entry, by: 'us', netlayer: index, to });
        try {
          const line = lines.get(inner.connect(to));
          return /** @type {Connection} */ (line?.connection);
        } catch (error) {
          this.entries[at].error = errorOf(/** @type {Error} */ (error));
          this.#count = entry.connection;
          throw error;
        }
      },
      shutdown: () => inner.shutdown(),
    };
    (generations[generation] ??= [])[index] = { location, authenticates, framed, trustClaims, maxFrame };
    return outer;
  }
}

/** @param {Line} line */
const common = ({ client, number }) => ({ client, connection: number });

/** @param {Uint8Array} bytes */
const toHex = bytes => Buffer.from(bytes).toString('hex');

/** @param {Error & { code?: string }} error */
const errorOf = ({ code, message }) => ({ code, message });

/**
 * Runs a script and records it.
 *
 * @param {Recording} recording
 * @returns {Promise<Transcript>} what to write to a file
 */
export const record = async recording => {
  const { name, peer, commit, dialect, seed = name, script, parameters = {} } = recording;
  const recorder = new Recorder(recording);
  try {
    await recorder.run(await import(new URL(`../scripts/${script}`, import.meta.url).href));
    const { clients } = recorder;
    return { name, peer, commit, dialect, seed, script, parameters, clients, entries: [...recorder.entries] };
  } catch (error) {
    const said = recorder.entries.map(entry => JSON.stringify(entry)).join('\n');
    throw Error(`Recording ${name} failed; ${JSON.stringify(recorder.world.troubles.map(String))}\n${said}`, { cause: error });
  } finally {
    await recorder.world.close();
  }
};
