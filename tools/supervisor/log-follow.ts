import { createReadStream, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const interval = 200;

/** Yields what is appended to a log file from now on, line by line, until the signal; survives rotation. */
export async function* followLog(path: string, signal: AbortSignal): AsyncGenerator<string> {
  let offset = sizeOf(path);
  let rest = '';
  while (!signal.aborted) {
    const size = sizeOf(path);
    if (size < offset) offset = 0;
    if (size > offset) {
      for await (const chunk of createReadStream(path, { start: offset, end: size - 1, encoding: 'utf8' })) rest += chunk;
      offset = size;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
