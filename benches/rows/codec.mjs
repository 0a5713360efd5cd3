// @ts-check
import { rate } from '../lib/rate.mjs';
import { codecSamples } from '../lib/samples.mjs';

/**
 * Values to bytes and back, without a session. Speeds are in bytes of Syrup for every side, so that a shorter encoding is no
 * slower one. What is decoded is hardened, where a side hardens. The floor is JSON.
 */

/** @type {import('../lib/types.mjs').Row['cases']} */
export const cases = () =>
  codecSamples.flatMap(({ name, series, isMain, bytes, make, like }) => {
    const value = (/** @type {import('../lib/types.mjs').Side} */ side) =>
      side.name === 'floor' ? like() : side.harden(make(side));
    return [
      rate({
        row: `encode ${name}`,
        unit: 'MB/s',
        scale: bytes / 1e6,
        // Few rounds have to do for how it grows.
        rounds: isMain ? undefined : 3,
        series: `encode ${series}`,
        size: bytes,
        open: async side => {
          const codec = await side.codec?.();
          if (codec === undefined) return undefined;
          const { encode } = codec;
          const sample = value(side);
          return {
            run: n => {
              for (let i = 0; i < n; i += 1) encode(sample);
            },
            close: () => {},
          };
        },
      }),
      rate({
        row: `decode ${name}`,
        unit: 'MB/s',
        scale: bytes / 1e6,
        // Few rounds have to do for how it grows.
        rounds: isMain ? undefined : 3,
        series: `decode ${series}`,
        size: bytes,
        open: async side => {
          const codec = await side.codec?.();
          if (codec === undefined) return undefined;
          const { encode, decode } = codec;
          const encoded = encode(value(side));
          return {
            run: n => {
              for (let i = 0; i < n; i += 1) decode(encoded);
            },
            close: () => {},
          };
        },
      }),
    ];
  });
