import type { Writable } from 'node:stream';

/** Writes, and waits when the reader is slower than we are. */
export async function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  if (data.length === 0 || stream.write(data)) return;
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
  process.stderr.write(`${line}\n`);
}

/** One error on stderr, in one line. */
export function complain(message: string): void {
  process.stderr.write(`arcbox: ${message.trim().replace(/\s*\n\s*/g, '; ')}\n`);
}

/** Resolves when everything written so far has left the process. */
export async function flush(stream: Writable): Promise<void> {
  if (stream.writableLength > 0 && !stream.destroyed)
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
