// @ts-check

/**
 * Columns as wide as what is in them.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly unknown[])[]} rows
 * @returns {string} a line for each row; numbers stand to the right
 */
export const formatTable = (head, rows) => {
  const cells = rows.map(row => row.map(cell => printable(String(cell))));
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map(row => row[i]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ row, /** @type {readonly unknown[]} */ values) =>
    row
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        return typeof values[i] === 'number' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(head, rows[0] ?? []), ...cells.map((row, i) => line(row, rows[i] ?? []))].join('\n');
};

/**
 * Text of a stranger's, for a terminal: nothing in it moves the cursor, or changes the direction of what follows.
 *
 * @param {string} text
 * @returns {string}
 */
export const printable = text =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu, char => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
