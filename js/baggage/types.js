// @ts-check

/**
 * What a host supplies to keep state in: map-like, with string keys and `Uint8Array` values. A JavaScript `Map` is one.
 *
 * Keys are well-formed strings that are not empty. Values are copied on their way in and out by every adapter here, so
 * nobody changes what is stored by writing into an array (a plain `Map` does not copy).
 *
 * @typedef {object} Baggage
 * @property {(key: string) => boolean} has whether there is a value
 * @property {(key: string) => Uint8Array | undefined} get the value, `undefined` where there is none
 * @property {(key: string, value: Uint8Array) => unknown} set seen by `get`, `has` and `keys` at once
 * @property {(key: string) => unknown} delete seen at once, too; of what is not there, nothing
 * @property {(prefix?: string) => Iterable<string>} keys all, or those that begin with the prefix. A Map ignores the prefix; callers filter
 * @property {(key: string, value: Uint8Array) => void} [init] sets what is not there yet; throws when the key is there
 * @property {() => Promise<void> | void} [commit] all sets and deletes since the last commit become durable, together;
 *   undefined, at once, when there are none
 * @property {() => Promise<void> | void} [close] commits, and lets go of what it holds
 * @property {'memory' | 'process' | 'power'} [durability] what the data survives: nothing, the end of the process, or that of the power
 * @property {string} [bootId] with durability `'process'`, what names the time since the system was started, and is another
 *   one after each reboot (on Linux what `/proc/sys/kernel/random/boot_id` says). Sessions are kept only while it is the same
 */

export {};
