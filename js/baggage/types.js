// @ts-check

/**
 * What a host supplies to keep state in: map-like, with string keys and `Uint8Array` values. A JavaScript `Map` is one.
 *
 * Keys are well-formed strings that are not empty. Values are copied on their way in and out by every adapter here, so
 * nobody changes what is stored by writing into an array (a plain `Map` does not copy).
 *
 * @typedef {object} Baggage
 * @property {(key: string) => boolean} has
 * @property {(key: string) => Uint8Array | undefined} get
 * @property {(key: string, value: Uint8Array) => unknown} set
 * @property {(key: string) => unknown} delete
 * @property {(prefix?: string) => Iterable<string>} keys  a Map ignores the prefix; callers filter
 * @property {(key: string, value: Uint8Array) => void} [init]  throws when the key is there
 * @property {() => Promise<void> | void} [commit]  all sets and deletes since the last commit become durable, together;
 *   undefined, at once, when there are none
 * @property {() => Promise<void> | void} [close]
 * @property {'memory' | 'process' | 'power'} [durability]  what the data survives
 * @property {string} [bootId] with durability `'process'`, what names the time since the system was started, and is another
 *   one after each reboot (on Linux what `/proc/sys/kernel/random/boot_id` says). Sessions are kept only while it is the same
 */

export {};
