import { printable } from '../printable.ts';

/** Lines shown before and after. */
const around = 2;

/** The lines of a Dockerfile around the one that a message speaks of; empty when it speaks of none. */
export function excerptOf(dockerfile: string, message: string): string {
  const line = Number(/\bon line (\d+)\b/.exec(message)?.[1]);
  const lines = dockerfile.split(/\r?\n/);
  if (!(line >= 1 && line <= lines.length)) return '';
  const first = Math.max(1, line - around);
  const shown = lines.slice(first - 1, line + around);
  const width = String(first + shown.length - 1).length;
  const rows = shown.map((text, index) => {
    const number = first + index;
    return ` ${String(number).padStart(width)} | ${number === line ? '>>>' : '   '} ${printable(text)}\n`;
  });
  return `Dockerfile:${line}\n--------------------\n${rows.join('')}--------------------\n`;
}
