import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** How much of the end of a log is searched. */
const most = 64 * 1024;
const fatal = 60;

/**
 * Why a process ended, in its own words: the message of the last fatal line that it wrote to its log from `offset` on.
 * Knows the logs of workers (pino) and of nats-server. Undefined when it said nothing of the kind.
 */
export function lastWords(path: string, offset: number): string | undefined {
  const lines = endOf(path, offset).split('\n').reverse();
  for (const line of lines) {
    const words = /\[FTL\] (.*)/.exec(line)?.[1] ?? fatalMessage(line);
    if (words) return words;
  }
  return undefined;
}

function fatalMessage(line: string): string | undefined {
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return typeof level === 'number' && level >= fatal && typeof msg === 'string' ? msg : undefined;
  } catch {
    return undefined;
  }
}

function endOf(path: string, offset: number): string {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const from = Math.max(offset, size - most);
      const buffer = Buffer.alloc(Math.max(0, size - from));
      return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, from));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
