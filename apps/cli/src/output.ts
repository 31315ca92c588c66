import type { Writable } from 'node:stream';
import { printable } from './printable.ts';

/**
 * Writes, and waits when the reader is slower than we are. Text quotes what the
 * engine, registries and images say, and steers no terminal; bytes go out as they are.
 */
export async function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  if (data.length === 0 || stream.write(typeof data === 'string' ? printable(data) : data)) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      stream.off('drain', finish);
      stream.off('close', finish);
      resolve();
    };
    stream.once('drain', finish);
    stream.once('close', finish);
  });
}

/** One line on stdout. */
export async function print(line: string): Promise<void> {
  await write(process.stdout, `${line}\n`);
}

/** One line on stderr that is not an error. */
export function note(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** One error on stderr, in one line. */
export function complain(message: string): void {
  process.stderr.write(`arcbox: ${printable(message).trim().replace(/\s*\n\s*/g, '; ')}\n`);
}

/** Resolves when everything written so far has left the process. */
export async function flush(stream: Writable): Promise<void> {
  if (stream.writableLength > 0 && !stream.destroyed)
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
