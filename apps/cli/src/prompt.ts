import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { invalidArgument } from '@arcbox/errors';

/** Asks a person at the terminal; hidden answers are not shown. */
export async function askFor(question: string, { hidden = false } = {}): Promise<string> {
  if (!process.stdin.isTTY)
    throw invalidArgument('nobody to ask: standard input is not a terminal; see --help for options');
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  using lines = disposable(
    createInterface({ input: process.stdin, output: hidden ? nowhere : process.stderr, terminal: true }),
  );
  const answer = await lines.question('');
  if (hidden) process.stderr.write('\n');
  return answer;
}

/** Everything up to the end of a stream, as text. */
export async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** True for yes. */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await askFor(`${question} [y/N] `)).trim());
}

function disposable<Closable extends { close(): void }>(closable: Closable): Closable & Disposable {
  return Object.assign(closable, { [Symbol.dispose]: () => closable.close() });
}
