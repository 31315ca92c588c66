import { printable } from './printable.ts';

const gap = 3;
const narrowest = 10;

/**
 * Rows in aligned columns, three blanks apart and at least ten wide, as docker
 * prints them. No cell makes lines or columns of its own.
 */
export function formatTable(rows: readonly (readonly string[])[], minimum = narrowest): string {
  const widths: number[] = [];
  const lines = rows.map((row) => row.map((cell) => printable(cell).replace(/[\n\t]+/g, ' ')));
  for (const row of lines) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? minimum, [...cell].length + gap);
    });
  }
  return lines.map((row) => formatRow(row, widths)).join('');
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const last = row.length - 1;
  return `${row.map((cell, column) => (column === last ? cell : pad(cell, widths[column] ?? 0))).join('')}\n`;
}

/** Pads by characters, not by UTF-16 units. */
function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - [...cell].length));
}

/** At most `width` characters, the last one an ellipsis when something was cut. */
export function truncate(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

/** The short form of an id: 12 characters, without `sha256:`. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
