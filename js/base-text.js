// @ts-check

/**
 * Bytes as text in an alphabet of 32 or 64 characters, without padding (RFC 4648).
 */

/**
 * @typedef {object} BaseText
 * @property {(bytes: Uint8Array) => string} encode
 * @property {(text: string) => Uint8Array | undefined} decode `undefined` for text that `encode` never gives: of other
 *   characters, of an impossible length, padded, or with bits left over that are not zero
 */

/**
 * @param {string} alphabet of 2, 4, ..., 64 characters
 * @returns {BaseText}
 */
const makeBaseText = alphabet => {
  const width = Math.log2(alphabet.length);
  const values = new Map([...alphabet].map((character, value) => [character, value]));

  return {
    encode(bytes) {
      let text = '';
      let rest = 0;
      let bits = 0;
      for (const byte of bytes) {
        rest = (rest << 8) | byte;
        bits += 8;
        while (bits >= width) {
          bits -= width;
          text += alphabet[rest >> bits];
          rest &= (1 << bits) - 1;
        }
      }
      return bits > 0 ? text + alphabet[rest << (width - bits)] : text;
    },

    decode(text) {
      const bytes = new Uint8Array(Math.floor((text.length * width) / 8));
      let length = 0;
      let rest = 0;
      let bits = 0;
      for (const character of text) {
        const value = values.get(character);
        if (value === undefined) {
          return undefined;
        }
        rest = (rest << width) | value;
        bits += width;
        if (bits >= 8) {
          bits -= 8;
          bytes[length] = rest >> bits;
          length += 1;
          rest &= (1 << bits) - 1;
        }
      }
      return bits < width && rest === 0 ? bytes : undefined;
    },
  };
};

/** Lower case, as designators are written. */
export const base32 = makeBaseText('abcdefghijklmnopqrstuvwxyz234567');

/** The alphabet for URLs, as swissnums are written. */
export const base64url = makeBaseText('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
