// @ts-check

/**
 * What a side of the benchmark can do. A side is a library that is measured, or the floor below all of them. What one lacks is
 * absent, and shows as `-`.
 *
 * @typedef {object} Side
 * @property {string} name
 * @property {(methods: Record<string, (...args: any[]) => any>) => any} makeObject an object that can be passed by reference
 * @property {(remote: any) => any} call what a method of a remote object is called on
 * @property {((remote: any) => any)} [send] the same for calls whose result nobody wants
 * @property {(promise: any) => void} [drop] lets go of a call or an imported object, where that has to be said
 * @property {(value: any) => any} harden
 * @property {(bytes: Uint8Array) => any} makeBytes what bytes are as a value
 * @property {(options: ConnectOptions) => Promise<Connected>} [connect] two ends in this process
 * @property {() => Handshake | Promise<Handshake>} [handshake]
 * @property {(target: any) => Promise<any>} [serveTcp] gives where it is, as JSON can carry it
 * @property {(where: any, options?: ConnectOptions) => Promise<Connected>} [dialTcp]
 * @property {() => Promise<Codec>} [codec]
 * @property {Durable} [durable] of those that keep sessions
 * @property {(script: string, ms: number) => number} [native] how often the core by itself does it in a second
 */

/**
 * @typedef {object} ConnectOptions
 * @property {any} [target] what the first end gets from the second
 * @property {any} [a] options of the first client
 * @property {any} [b] options of the second client
 */

/**
 * @typedef {object} Connected
 * @property {any} remote the target, from the other end
 * @property {() => unknown} close
 * @property {(() => { messages: number, bytes: number })} [takeCounts] what went either way since it was last asked
 * @property {() => Promise<void>} [cut] breaks the connection; settles when that was noticed
 * @property {any} [network]
 * @property {any} [a]
 * @property {any} [b]
 */

/**
 * One way to make a session, again and again.
 *
 * @typedef {object} Handshake
 * @property {(() => Promise<() => unknown>)} fresh makes two clients and a session between them; gives how to end them
 * @property {(() => Promise<{ again: () => Promise<void>, close: () => unknown }>)} [redial] the same two clients each time
 */

/**
 * @typedef {object} Codec
 * @property {(value: any) => any} encode
 * @property {(encoded: any) => any} decode
 */

/**
 * @typedef {object} Durable
 * @property {(directory: string) => any} openBaggage
 * @property {() => any} memoryBaggage
 * @property {() => any} network
 * @property {(network: any, name: string, options: any) => Promise<{ client: any, location: any }>} makePeer
 * @property {(peer: any, location: any) => Promise<any>} fetch
 * @property {() => number} [takeCommits] how often it wrote its store since it was last asked, where the baggage does not tell
 * @property {{ exports: number, whenQuick: number, live: number }} [most] what it can be asked to export at most, in a quick run
 *   too, and to keep while it echoes
 * @property {boolean} isLasting whether its sessions outlive connections, and processes
 */

/**
 * What a case is told of the run.
 *
 * @typedef {object} Context
 * @property {boolean} quick
 * @property {number} sampleMs how long one sample should take
 * @property {string} host `plain` or `lockdown`
 * @property {string} side
 * @property {() => string} makeDirectory an empty directory; removed when the run is over
 */

/**
 * One number that comes out of a case.
 *
 * @typedef {object} Output
 * @property {string} row
 * @property {string} unit
 * @property {string} [series] rows of one series are the same at different sizes
 * @property {number} [size] of a rate in whole things, such as '/s', how large one is; of another, how many units one run has
 */

/**
 * What is measured at one go.
 *
 * @typedef {import('./worker.mjs').SideKey} SideKey
 *
 * @typedef {object} Case
 * @property {Output[]} outputs
 * @property {number} [rounds] at most so many, where one takes long
 * @property {SideKey[]} [slow] sides of which one round has to do, under lockdown alone
 * @property {boolean} [once] of this process and not of a host: measured in `plain` alone
 * @property {(side: Side, context: Context) => Promise<Opened | undefined>} open `undefined` for what a side lacks
 */

/**
 * @typedef {object} Opened
 * @property {() => Promise<Array<number | undefined>> | Array<number | undefined>} sample a number for each output
 * @property {() => unknown} close
 */

/** @typedef {{ name: string, cases: (options: { quick: boolean }) => Case[] }} Row */

/**
 * @typedef {object} Result
 * @property {string} row
 * @property {string} variant
 * @property {string} unit
 * @property {Record<string, number>} values
 */

export {};
