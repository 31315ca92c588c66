import { printable } from '../printable.ts';

/** Lines shown before and after. */
const around = 2;

/** What went wrong in a build. */
export interface BuildFailure {
  readonly message: string;
  /** Name of the step that failed, such as `[build 2/5] RUN make`. */
  readonly step?: string | undefined;
}

/** The lines of a Dockerfile around the one where a build failed; empty when that cannot be told. */
export function excerptOf(dockerfile: string, failure: BuildFailure): string {
  const lines = dockerfile.split(/\r?\n/);
  const line = lineOf(lines, failure);
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

/** The line that the message names, or the only one that says most of the step; NaN when there is none. */
function lineOf(lines: readonly string[], { message, step = '' }: BuildFailure): number {
  const named = /\bon line (\d+)\b/.exec(message)?.[1];
  if (named) return Number(named);
  const instruction = inOneLine(step.replace(/^\[[^\]]*\] /, ''));
  const candidates = lines.flatMap((text, index) => {
    const start = inOneLine(text.replace(/\\\s*$/, ''));
    return start.includes(' ') && instruction.startsWith(start) ? [{ line: index + 1, length: start.length }] : [];
  });
  const [best, second] = candidates.sort((a, b) => b.length - a.length);
  return best && best.length !== second?.length ? best.line : Number.NaN;
}

const inOneLine = (text: string): string => text.trim().replace(/\s+/g, ' ');
